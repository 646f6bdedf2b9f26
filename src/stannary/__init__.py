"""Stannary: run, and rehearse, a preferential trade zone for critical minerals.

The names below are the public ones. Each is loaded from its home when it is first asked for, so that
``import stannary`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

HOMES: dict[str, str] = {
    # the two halves of a zone
    "Zone": "stannary.zone",
    "open_zone": "stannary.zone",
    "Charter": "stannary.charter.charter",
    "open_charter": "stannary.charter.reader",
    "check": "stannary.charter.checks",
    "exposure": "stannary.charter.coherence",
    "amend": "stannary.charter.amendment",
    "diff": "stannary.charter.difference",
    "Atlas": "stannary.atlas.atlas",
    "open_atlas": "stannary.atlas.reader",
    "coverage": "stannary.atlas.coverage",
    # the border
    "assess": "stannary.border.assessment",
    "assess_line": "stannary.border.assessment",
    "Determination": "stannary.border.determinations",
    "Determinations": "stannary.border.determinations",
    "open_determinations": "stannary.border.determinations",
    "Summary": "stannary.border.summary",
    "explain": "stannary.border.explanation",
    "Explanation": "stannary.border.explanation",
    "reassess": "stannary.border.correction",
    "entries_from_trade": "stannary.border.trade_entries",
    # the market
    "simulate": "stannary.market.simulation",
    "compare": "stannary.market.comparison",
    "Comparison": "stannary.market.comparison",
    "Outlook": "stannary.market.outlook",
    "open_outlook": "stannary.market.outlook_files",
    "save_outlook": "stannary.market.outlook_files",
    "calibrate": "stannary.market.calibration",
    "Model": "stannary.market.model",
    "open_scenario": "stannary.market.scenario_reader",
    "Scenario": "stannary.market.scenario",
    "design": "stannary.market.search",
    "Design": "stannary.market.designs",
    "front": "stannary.market.pareto",
    "Front": "stannary.market.pareto",
    "sensitivity": "stannary.market.sensitivity",
    "Sensitivity": "stannary.market.sensitivity",
    "loss": "stannary.market.loss",
    "LossReport": "stannary.market.loss",
    # reference prices
    "publish": "stannary.pricing.publishing",
    "republish": "stannary.pricing.publishing",
    "read_reports": "stannary.pricing.report_files",
    "Publication": "stannary.pricing.publication",
    "with_published": "stannary.pricing.in_law",
    "notice": "stannary.pricing.floor_notice",
    # the books
    "begin_book": "stannary.ledger.migrating",
    "open_book": "stannary.ledger.opening",
    "Book": "stannary.ledger.book",
    "Account": "stannary.ledger.accounts",
    "Voucher": "stannary.ledger.vouchers",
    "Transfer": "stannary.ledger.vouchers",
    "Cause": "stannary.ledger.vouchers",
    "AsOf": "stannary.ledger.store",
    "seal": "stannary.ledger.sealing",
    # what is owed
    "Settlement": "stannary.settlement.statement",
    "Statement": "stannary.settlement.statement",
    "settle_duty": "stannary.settlement.duties",
    "post_duties": "stannary.settlement.duty_batches",
    "settle_difference": "stannary.settlement.differences",
    "allocate_revenue": "stannary.settlement.revenue",
    # readings of one law
    "NUMBERS": "stannary.arithmetic",
    "COLUMNS": "stannary.border.columns",
    "ARRAYS": "stannary.market.arrays",
    # values and refusals
    "Dated": "stannary.dated",
    "Spell": "stannary.dated",
    "Lineage": "stannary.lineage",
    "Place": "stannary.errors",
    "Problem": "stannary.errors",
    "StannaryError": "stannary.errors",
    "CharterError": "stannary.errors",
    "AtlasError": "stannary.errors",
    "ZoneError": "stannary.errors",
    "EntriesError": "stannary.errors",
    "MarketError": "stannary.errors",
    "LedgerError": "stannary.errors",
    "PriceError": "stannary.errors",
    "SettlementError": "stannary.errors",
    "SolverError": "stannary.errors",
    "UnitError": "stannary.errors",
    "LicenceError": "stannary.errors",
    "NotFoundError": "stannary.errors",
    "SourceUnavailableError": "stannary.errors",
    "UsageError": "stannary.errors",
    "page": "stannary.report.page",
    "outlook_page": "stannary.report.market_page",
}
"""Every public name and the module that defines it."""

__all__ = sorted([*HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    """Load a public name from its home."""
    if name == "__version__":
        from importlib.metadata import version

        return version("stannary")
    home = HOMES.get(name)
    if home is None:
        raise AttributeError(f"stannary has no public name {name!r}; it has {', '.join(sorted(HOMES))}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return list(__all__)
