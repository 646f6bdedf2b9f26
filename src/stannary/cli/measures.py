"""`stannary atlas measures`: how concentrated supply is, stage by stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Group as Stack
from rich.text import Text

from stannary.atlas.atlas import Atlas
from stannary.atlas.measures import (
    effective_suppliers,
    herfindahl_bounds,
    largest_outside_supplier,
    loss_of_largest_supplier,
)
from stannary.atlas.reader import open_atlas
from stannary.atlas.states import State
from stannary.charter.reader import open_charter
from stannary.cli.options import AsOf, Form, Out, Place, day_of, settings_of, zone_folders
from stannary.cli.output import Answer, emit
from stannary.report.tables import listing
from stannary.report.words import count

__all__ = ["measures"]

STAGES = (("production", "mined"), ("refining", "refined"))
PLANS = frozenset({State.PROJECTION, State.PLANNED})
WORLD = "WLD"
SOURCES = (
    "HHI: sum of squared shares in percent, 0 to 10,000; 1,500 and 2,500 are the marks of the US "
    "Horizontal Merger Guidelines (2010); least and most where quantities are withheld. N-1: the share of "
    "supply lost when the largest outside supplier stops and nobody replaces it, after Regulation (EU) "
    "2017/1938, annex II."
)


@dataclass(frozen=True)
class Supply:
    """The supply of one product in one year by one publisher's series."""

    product: str
    mineral: str
    stage: str
    series: str
    year: int
    unit: str
    quantities: dict[str, Decimal]
    withheld: tuple[str, ...]
    total: Decimal | None
    source: str


def measures(
    *,
    mineral: Annotated[str | None, Parameter(help="Only this mineral, by its id, such as gallium.")] = None,
    place: Place | None = None,
    as_of: AsOf = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Measure how concentrated supply is, and what is lost when the largest supplier stops.

    Shares are of the world's supply in the newest published year; outside means no party to the charter's
    zone on the day. A measure of withheld numbers is a range, never a guess.
    """
    settings = settings_of(place, as_of=as_of, format=form)
    charter_at, atlas_at = zone_folders(settings)
    atlas = open_atlas(atlas_at)
    if mineral is not None:
        atlas.mineral(mineral)
    on = day_of(settings)
    inside = open_charter(charter_at).membership.members("parties", on)
    rows = [_row(s, inside) for s in _supplies(atlas) if mineral in (None, s.mineral)]
    sentence = (
        f"{count(len(rows), 'supply', 'supplies')} measured; outside means no party to the zone on {on}."
    )
    emit(
        Answer(
            table=lambda: _drawn(sentence, rows),
            data={"outcome": sentence, "as_of": on, "method": SOURCES, "measures": rows},
            rows=lambda: rows,
        ),
        settings.format,
        out,
    )


def _supplies(atlas: Atlas) -> Iterator[Supply]:
    """Give, for each product and stage, the supply of the newest year that names economies."""
    mineral_of = {product.id: product.mineral for product in atlas.products}
    for table, stage in STAGES:
        groups: dict[tuple[str, ...], dict[int, list[Any]]] = {}
        for row in atlas.rows(table):
            if row.state in PLANS or getattr(row, "measure", "production") != "production":
                continue
            key = (row.product, row.series, row.unit, row.basis)
            groups.setdefault(key, {}).setdefault(row.year, []).append(row)
        for (product, series, unit, basis), years in sorted(groups.items()):
            year = max(years)
            rows = years[year]
            named = [row for row in rows if row.economy != WORLD]
            if not any(row.value for row in named) or unit in ("share", "percent"):
                continue
            total = next((row.value for row in rows if row.economy == WORLD), None)
            known = {row.economy: row.value for row in named if row.value is not None}
            whole = sum(known.values(), Decimal(0))
            yield Supply(
                product=product,
                mineral=mineral_of.get(product, ""),
                stage=stage,
                series=series,
                year=year,
                unit=f"{unit} {basis}".strip(),
                quantities=known,
                withheld=tuple(row.economy for row in named if row.value is None),
                # a rounded world total may lie below the sum of its parts
                total=None if total is None or total < whole else total,
                source=named[0].source,
            )


def _row(supply: Supply, inside: frozenset[str]) -> dict[str, Any]:
    bounds = herfindahl_bounds(supply.quantities, withheld=supply.withheld, total=supply.total)
    outside = largest_outside_supplier(supply.quantities, inside=inside)
    loss = loss_of_largest_supplier(supply.quantities, inside=inside)
    number = effective_suppliers(supply.quantities)
    return {
        "mineral": supply.mineral,
        "product": supply.product,
        "stage": supply.stage,
        "series": supply.series,
        "year": supply.year,
        "suppliers": sum(1 for quantity in supply.quantities.values() if quantity),
        "withheld": list(supply.withheld),
        "hhi_low": _rounded(bounds.low, "1") if bounds else None,
        "hhi_high": _rounded(bounds.high, "1") if bounds else None,
        "effective_suppliers": _rounded(number, "0.1"),
        "largest_outside": outside.economy if outside else None,
        "largest_outside_share": _rounded(outside.share if outside else None, "0.0001"),
        "n_minus_1_lost": _rounded(loss.lost if loss else None, "0.0001"),
        "unit": supply.unit,
        "source": supply.source,
    }


def _rounded(number: Decimal | None, to: str) -> Decimal | None:
    return None if number is None else number.quantize(Decimal(to), "ROUND_HALF_UP")


def _drawn(sentence: str, rows: Iterable[dict[str, Any]]) -> Stack:
    told = (
        (
            row["product"],
            row["stage"],
            str(row["year"]),
            _range(row["hhi_low"], row["hhi_high"]),
            f"{row['effective_suppliers']}",
            row["largest_outside"] or "–",
            "–" if row["largest_outside_share"] is None else f"{row['largest_outside_share']:.0%}",
            ", ".join(row["withheld"]) or "",
        )
        for row in rows
    )
    columns = (
        "Product",
        "Stage",
        "Year",
        "HHI",
        "As many as",
        "Largest outside",
        "Its share, N-1 loss",
        "Withheld",
    )
    return Stack(
        Text(sentence, style="bold"),
        "",
        listing("", columns, told, right=("Year", "HHI", "As many as", "Its share, N-1 loss")),
        "",
        Text(SOURCES),
    )


def _range(low: Decimal | None, high: Decimal | None) -> str:
    if low is None or high is None:
        return "–"
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
