"""Step 2: what the goods are worth at the frontier, before duty, and how much covered mineral they hold.

The net frontier value is the declared value plus what the delivery term leaves out (freight, insurance)
less the duties it holds, turned into USD at the rate of the day. Contained tonnes are the quantity in
tonnes times the assay, or times the usual content of the code.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from stannary.border.law_tables import SHARE_DECIMALS, LawTables, held
from stannary.charter.border_adjustment import frontier_value
from stannary.charter.border_adjustment import shared as times

__all__ = ["contained_tonnes", "frontier_usd", "value"]


def value(lines: Any, law: LawTables, using: Any) -> Any:
    """Find the exchange rate, the mass unit and the amounts the delivery term leaves out or holds."""
    lines = using.find_rates(lines, law)
    lines = using.find_units(lines, law)
    terms = law.charter.border_adjustment.valuation.incoterms
    term = lines.in_incoterm
    blank = term.isnull() | (term == "")
    known = term.isin([item.term for item in terms])
    adds_freight = term.isin([item.term for item in terms if item.adds_freight]).fill_null(False)
    adds_insurance = term.isin([item.term for item in terms if item.adds_insurance]).fill_null(False)
    holds_duties = term.isin([item.term for item in terms if item.holds_duties]).fill_null(False)
    lines = using.extend(
        lines,
        term_unknown=~(blank | known).fill_null(False),
        adds_freight=adds_freight,
        adds_insurance=adds_insurance,
        holds_duties=holds_duties,
        freight_uplift=_uplift(lines, terms, "freight_uplift", using),
        insurance_uplift=_uplift(lines, terms, "insurance_uplift", using),
        share=lines.in_assay.fill_null(lines.usual_share),
    )
    lines = using.hold(
        lines,
        law,
        landed_usd=landed_usd,
        duties_inside_usd=duties_inside_usd,
        contained_tonnes=contained_tonnes,
    )
    return using.settle(lines, law, "customs_value_cents", frontier_usd)


def _uplift(lines: Any, terms: Any, name: str, using: Any) -> Any:
    """Give the share of value that stands in for an amount not declared, by term."""
    by_share: dict[Decimal, list[str]] = {}
    for item in terms:
        uplift = getattr(item, name)
        if uplift is not None:
            by_share.setdefault(held(uplift.value, SHARE_DECIMALS), []).append(item.term)
    branches = [
        (lines.in_incoterm.isin(names), using.literal(share, "decimal(9, 6)"))
        for share, names in by_share.items()
    ]
    return (
        using.cases(*branches, otherwise=using.missing("decimal(9, 6)"))
        if branches
        else using.missing("decimal(9, 6)")
    )


def frontier_usd(lines: Any, law: LawTables, measure: Any) -> Any:
    """Give the net frontier value before duty, in USD, as read by a measure.

    What is added and what is taken off are tilted apart: their difference may be small beside them.
    """
    landed = measure.held("landed_usd")
    inside = measure.held("duties_inside_usd")
    if landed is None:
        landed, inside = landed_usd(lines, law, measure), duties_inside_usd(lines, law, measure)
    nothing = measure.using.number(Decimal(0))
    return frontier_value(
        measure.as_price(landed), nothing, nothing, measure.as_floor(inside), using=measure.using
    )


def landed_usd(lines: Any, law: LawTables, measure: Any) -> Any:
    """Give the declared value with what its delivery term leaves out, in USD, as read by a measure."""
    using = measure.declared or measure.using
    stated = measure.convert(lines.in_value, "decimal(38, 4)")
    whole = frontier_value(
        stated,
        _left_out(lines, measure, stated, "freight"),
        _left_out(lines, measure, stated, "insurance"),
        using.number(Decimal(0)),
        using=using,
    )
    return times(whole, measure.convert(lines.rate, "decimal(38, 10)"), using=using)


def duties_inside_usd(lines: Any, law: LawTables, measure: Any) -> Any:
    """Give the duties the declared value holds (delivered duty paid), in USD, as read by a measure."""
    using = measure.declared or measure.using
    declared = lines.in_duties_included
    inside = using.cases(
        (lines.holds_duties & declared.notnull(), measure.convert(declared, "decimal(38, 4)")),
        otherwise=using.number(Decimal(0)),
    )
    return times(inside, measure.convert(lines.rate, "decimal(38, 10)"), using=using)


def _left_out(lines: Any, measure: Any, stated: Any, name: str) -> Any:
    """Give an amount the term leaves out: as declared, else its uplift, else nothing."""
    using = measure.declared or measure.using
    declared = lines[f"in_{name}"]
    uplift = times(stated, measure.convert(lines[f"{name}_uplift"], "decimal(38, 6)"), using=using)
    nothing = using.number(Decimal(0))
    return using.cases(
        (~lines[f"adds_{name}"], nothing),
        (declared.notnull(), measure.convert(declared, "decimal(38, 4)")),
        otherwise=uplift,
    )


def contained_tonnes(lines: Any, law: LawTables, measure: Any) -> Any:
    """Give the contained tonnes of covered mineral, as read by a measure."""
    held = measure.held("contained_tonnes")
    if held is not None:
        return held
    using = measure.using
    tonnes = times(
        measure.convert(lines.in_quantity, "decimal(38, 6)"),
        measure.convert(lines.tonnes_per_unit, "decimal(38, 6)"),
        using=using,
    )
    return times(tonnes, measure.convert(lines.share, "decimal(38, 6)"), using=using)
