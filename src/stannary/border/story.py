"""The story of an assessed line, step by step: finding, number, unit, article, source."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from stannary.border.determinations import Determination
from stannary.border.law_tables import LawTables
from stannary.charter.citation import Sourced
from stannary.charter.scope import Product
from stannary.dated import LAST_DAY

__all__ = ["Step", "steps_of"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an assessment: what was found, the number it rests on, and the article that says so."""

    name: str
    finding: str
    article: str
    source: str = ""
    number: Decimal | None = None
    unit: str = ""


def steps_of(found: Determination, law: LawTables) -> tuple[Step, ...]:
    """Tell the steps a line went through, as far as it came."""
    cells = found.facts
    steps = [_classified(found, law)]
    if cells["product_index"] is None:
        return tuple(steps)
    steps += _valued(cells)
    steps += _contained(cells, law)
    steps += _floored(cells, law)
    steps += _from_where(cells, found, law)
    if found.exemption != "none":
        words = found.exemption.replace("_", " ")
        steps.append(Step("Exemption", f"{words} applies", f"exemptions: {found.exemption}"))
    elif cells["split"]:
        limit = _money(cells["de_minimis"])
        steps.append(
            Step(
                "Exemption",
                f"a split consignment: not below the de minimis of {limit}",
                "exemptions: de minimis",
            )
        )
    steps += _adjusted(cells, found, law)
    return tuple(steps)


def _money(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"{amount:,.2f} USD"


def _plain(number: Decimal) -> str:
    """Write a number in full, without trailing zeros or exponents."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _cited(law: LawTables, item: Sourced | Any) -> str:
    """Say where a value comes from: the text cited, or that it is assumed and why."""
    if item.source:
        title = next((s.title for s in law.charter.citation.sources if s.id == item.source), item.source)
        where = getattr(item, "locator", None)
        return f"{title}, {where}" if where else title
    return f"assumed: {item.assumed}"


def _classified(found: Determination, law: LawTables) -> Step:
    code = found.facts["in_tariff_code"]
    if found.product is None:
        return Step("Classification", f"tariff code {code} names no covered product", "scope")
    product = law.products[found.facts["product_index"]]
    finding = f"tariff code {code} is {product.title} ({product.id}; {product.mineral}, {product.stage})"
    return Step("Classification", finding, f"scope: {product.id}", _cited(law, product))


def _valued(cells: Any) -> list[Step]:
    if cells["in_value"] is None:
        return []
    term = cells["in_incoterm"] or "CIF"
    parts = [f"{_plain(cells['in_value'])} {cells['in_currency']} declared, {term}"]
    for name in ("freight", "insurance"):
        if cells[f"adds_{name}"]:
            declared, uplift = cells[f"in_{name}"], cells[f"{name}_uplift"]
            if declared is not None:
                parts.append(f"plus {name} {_plain(declared)}")
            elif uplift is not None:
                parts.append(f"plus {name} not declared, {uplift:.2%} of the value")
    if cells["holds_duties"] and cells["in_duties_included"] is not None:
        parts.append(f"less duties {_plain(cells['in_duties_included'])}")
    if cells["rate"] is not None and cells["in_currency"] != "USD":
        parts.append(f"at {_plain(cells['rate'])} USD")
    value = None if cells["customs_value_cents"] is None else Decimal(cells["customs_value_cents"]).scaleb(-2)
    finding = f"{', '.join(parts)}: net frontier value before duty {_money(value)}"
    return [Step("Value", finding, "border adjustment: valuation", number=value, unit="USD")]


def _contained(cells: Any, law: LawTables) -> list[Step]:
    factor, share, quantity = cells["tonnes_per_unit"], cells["share"], cells["in_quantity"]
    if factor is None or share is None or quantity is None:
        return []
    tonnes = quantity * factor * share
    product: Product = law.products[cells["product_index"]]
    basis = "by assay" if cells["in_assay"] is not None else "the usual content of the code"
    mass = f"{_plain(quantity)} {cells['in_quantity_unit']} x {_plain(share)} ({basis})"
    finding = f"{mass} = {_plain(tonnes)} t ({product.contained_basis})"
    steps = [Step("Content", finding, f"scope: {product.id}", number=tonnes, unit=product.contained_basis)]
    if tonnes and cells["customs_value_cents"] is not None:
        price = Decimal(cells["customs_value_cents"]).scaleb(-2) / tonnes
        words = f"{price:,.2f} USD per contained tonne at the frontier, before duty"
        steps.append(Step("Price", words, "border adjustment: valuation", number=price, unit="USD/t"))
    return steps


def _floored(cells: Any, law: LawTables) -> list[Step]:
    if cells["segment"] is None:
        return []
    if cells["floor_row"] is None:
        return [Step("Floor", "no floor is in force on the day", "price floors")]
    floor = law.floors[cells["floor_row"]]
    until = f"to {floor.end}" if floor.end and floor.end != LAST_DAY else "until changed"
    finding = f"{_plain(floor.usd_per_t)} USD/t in force from {floor.start} {until}: {floor.how}"
    return [
        Step("Floor", finding, f"price floors: {floor.product}", _cited(law, floor), floor.usd_per_t, "USD/t")
    ]


def _from_where(cells: Any, found: Determination, law: LawTables) -> list[Step]:
    if cells["test_index"] is None:
        return [Step("Origin", "no test of origin is in force on the day", "rules of origin")]
    test = law.tests[cells["test_index"]]
    stages = [f"{stage} in {cells[f'at_{stage}'] or 'unknown'}" for stage in test.stages]
    share = cells["origin_share"]
    pays = "" if share is None else f"; it pays {share:.0%} of the adjustment"
    finding = f"{', '.join(stages)}: {found.origin} origin{pays}"
    return [Step("Origin", finding, f"rules of origin: {test.id}", _cited(law, test), share, "share")]


def _adjusted(cells: Any, found: Determination, law: LawTables) -> list[Step]:
    if cells["rule_index"] is None:
        return []
    item = law.rules[cells["rule_index"]]
    kind = item.rule.kind.replace("_", " ")
    if found.outcome == "adjusted":
        finding = f"{kind} on the {item.levy} price: {_money(found.adjustment_usd)} owed"
    elif cells["adjustment_cents"] is None:
        finding = f"{kind}: cannot be worked out"
    else:
        finding = f"{kind}: nothing is owed"
    return [
        Step(
            "Adjustment",
            finding,
            f"border adjustment: {item.id}",
            _cited(law, item),
            found.adjustment_usd,
            "USD",
        )
    ]
