"""The finer sums of a run, for its readers: by stage, economy and segment, and the biggest products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stannary.border.determinations import Determinations
from stannary.border.workplace import Workplace

__all__ = ["Breakdown", "break_down"]

MOST_PRODUCTS = 14


@dataclass(frozen=True)
class Breakdown:
    """Sums as rows with `lines`, `adjusted`, `value` and `adjustment` (USD), and rows of single lines.

    `by_stage` adds stage and outcome, `by_economy` economy and origin, `by_segment` the segment of the law
    (adjusted lines only); `products` holds the line of highest customs value of each of the biggest products.
    """

    by_stage: list[dict[str, Any]]
    by_economy: list[dict[str, Any]]
    by_segment: list[dict[str, Any]]
    products: list[dict[str, Any]]


def break_down(determinations: Determinations) -> Breakdown:
    """Add a run's determinations up by stage, economy and segment, and find its biggest products."""
    with Workplace() as work:
        table = determinations.in_words(work.backend)
        economy = _economy_column(table)
        return Breakdown(
            by_stage=_sums(work, table.group_by(["stage", "outcome"])),
            by_economy=_sums(work, table.mutate(economy=economy).group_by(["economy", "origin"])),
            by_segment=_sums(work, table.filter(table.outcome == "adjusted").group_by(["segment"])),
            products=_biggest_of_each_product(work, table),
        )


def _economy_column(table: Any) -> Any:
    """Give the economy goods were produced in, as declared; a column of empty text where nothing says it."""
    given = [table[name].cast("string").nullif("") for name in PRODUCED_IN if name in table.columns]
    if not given:
        return table.outcome.substr(0, 0)
    return given[0].coalesce(*given[1:]) if given[1:] else given[0]


PRODUCED_IN = ("produced_in", "origin_economy")
"""Where a line says its goods were produced, the surer column first."""


def _sums(work: Workplace, grouped: Any) -> list[dict[str, Any]]:
    sums = grouped.aggregate(
        lines=lambda t: t.count(),
        adjusted=lambda t: (t.outcome == "adjusted").sum(),
        value=lambda t: t.customs_value_usd.sum(),
        adjustment=lambda t: t.adjustment_usd.sum(),
    )
    found: list[dict[str, Any]] = work.backend.to_pyarrow(sums).to_pylist()
    return found


def _biggest_of_each_product(work: Workplace, table: Any) -> list[dict[str, Any]]:
    """Give the line of highest customs value of each of the biggest products, the biggest product first."""
    valued = table.filter(table.product_id.notnull() & table.customs_value_usd.notnull())
    sums = valued.group_by("product_id").aggregate(
        total=lambda t: t.customs_value_usd.sum(),
        biggest=lambda t: t.row.argmax(t.customs_value_usd.cast("float64") * 1e6 - t.row),
    )
    rows = sorted(work.backend.to_pyarrow(sums).to_pylist(), key=lambda s: (-s["total"], s["product_id"]))
    chosen = [row["biggest"] for row in rows[:MOST_PRODUCTS]]
    if not chosen:
        return []
    lines = {
        row["row"]: row for row in work.backend.to_pyarrow(table.filter(table.row.isin(chosen))).to_pylist()
    }
    return [lines[row] for row in chosen]
