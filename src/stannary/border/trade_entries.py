"""Turn the atlas' trade into entry lines, one for each flow, as if it were entered on one day.

The lines are as good as the flows: import quantity x share of source x published price. What the flows
do not know (delivery terms, relation of the parties, stages before production) is left empty, and the
declared origin is the economy the flow comes from.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from stannary.atlas.atlas import Atlas
from stannary.atlas.trade import Flow
from stannary.border.workplace import arriving
from stannary.charter.charter import Charter
from stannary.errors import NotFoundError, Problem

__all__ = ["entries_from_trade", "importers_of"]

COLUMNS = (
    "entry_number", "line_number", "tariff_code", "product", "quantity", "quantity_unit", "assay", "value",
    "currency", "entered_on", "origin_economy", "export_economy", "importer", "trade_mineral", "trade_year",
    "trade_state", "derivation",
)  # fmt: skip


def entries_from_trade(
    charter: Charter, atlas: Atlas, out: Path, *, year: int | None = None, entered_on: date | None = None
) -> int:
    """Write the atlas' trade of one year as a CSV file of entry lines; give their number.

    `year` is the latest the atlas holds unless said; `entered_on` the first day the charter is in force.
    Quantities are tonnes, gross or (with an assay of 1) contained, as the flow has them. Raises
    `NotFoundError` when the atlas holds no trade of the year.
    """
    years = sorted({flow.year for flow in atlas.trade})
    chosen = year if year is not None else max(years, default=0)
    flows = [flow for flow in atlas.trade if flow.year == chosen]
    if not flows:
        known = ", ".join(map(str, years)) or "none"
        raise NotFoundError(
            [Problem("STN-FOUND-001", f"The atlas holds no trade of {chosen}.", f"Years held: {known}.")]
        )
    day = entered_on or charter.citation.in_force_from
    with arriving(out) as draft, draft.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_rows(flows, charter, atlas, day))
    return len(flows)


def _rows(flows: list[Flow], charter: Charter, atlas: Atlas, day: date) -> Iterator[tuple[str, ...]]:
    codes = {code.product: code.code for code in reversed(atlas.tariff_codes)}
    codes |= {product.id: product.codes[0].code for product in charter.scope.products if product.codes}
    minerals = {product.id: product.mineral for product in atlas.products}
    entries: dict[str, int] = {}
    for flow in flows:
        entry = f"{flow.importer}-{flow.year}-{flow.product}"
        entries[entry] = entries.get(entry, 0) + 1
        yield (
            entry,
            str(entries[entry]),
            codes.get(flow.product, ""),
            flow.product,
            _text(flow.quantity),
            "TNE",
            "1" if flow.basis == "contained" else "",
            _text(flow.value_usd),
            "USD",
            day.isoformat(),
            flow.exporter,
            flow.exporter,
            importers_of(flow.importer),
            minerals.get(flow.product, ""),
            str(flow.year),
            str(flow.state.value),
            flow.derivation,
        )


def importers_of(economy: str) -> str:
    """Name the importers of an economy, which the flows do not tell apart."""
    return f"all importers of {economy}"


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number:f}"
