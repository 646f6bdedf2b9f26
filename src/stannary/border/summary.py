"""The sums of a run: how many lines and how much, by outcome, mineral, stage, origin, importer and reason."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

__all__ = ["Group", "Summary", "summarise"]

DIMENSIONS = ("outcome", "mineral", "stage", "origin", "importer", "reason", "exemption")


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that share a name: how many, what they are worth and what they owe, in USD."""

    name: str
    lines: int
    adjusted_lines: int
    customs_value_usd: Decimal
    adjustment_usd: Decimal


@dataclass(frozen=True)
class Summary:
    """The sums of a run. Amounts are USD, exact to the cent."""

    total: Group
    by: dict[str, tuple[Group, ...]]
    largest: tuple[dict[str, Any], ...]
    referred: tuple[Group, ...]

    def group(self, dimension: str, name: str) -> Group | None:
        """Give one group of one dimension, or `None`."""
        return next((group for group in self.by[dimension] if group.name == name), None)

    @property
    def outcome(self) -> str:
        """Say in a sentence how the run came out."""
        referred = self.group("outcome", "referred")
        return (
            f"{self.total.lines:,} lines worth {self.total.customs_value_usd:,.2f} USD: "
            f"{self.total.adjusted_lines:,} adjusted, owing {self.total.adjustment_usd:,.2f} USD; "
            f"{referred.lines if referred else 0:,} referred."
        )


def summarise(table: ir.Table, backend: Any, largest: int = 10) -> Summary:
    """Add up a table of determinations in words; the `largest` lines by what they owe come along."""
    by = {}
    for dimension in DIMENSIONS:
        name = table[dimension] if dimension in table.columns else ibis.null("string")
        by[dimension] = _groups(table.mutate(name=name.cast("string").fill_null("not stated")), backend)
    referred = table.filter(table.outcome == "referred").mutate(name=table.reason)
    top = table.filter(table.outcome == "adjusted")
    ordered = top.order_by(ibis.desc("adjustment_usd"), *order_of(top)).limit(largest)
    return Summary(
        total=(
            _groups(table.mutate(name=ibis.literal("all")), backend)
            or (Group("all", 0, 0, NOTHING, NOTHING),)
        )[0],
        by=by,
        largest=tuple(backend.to_pyarrow(ordered).to_pylist()),
        referred=_groups(referred, backend),
    )


def order_of(table: ir.Table) -> list[str]:
    """Give the columns that put determinations in the order of the input, or else of entry and line."""
    return ["row"] if "row" in table.columns else ["entry_number", "line_number"]


NOTHING = Decimal("0.00")


def _groups(table: ir.Table, backend: Any) -> tuple[Group, ...]:
    sums = table.group_by("name").aggregate(
        lines=table.count(),
        adjusted_lines=(table.outcome == "adjusted").sum(),
        customs_value_usd=table.customs_value_usd.sum(),
        adjustment_usd=table.adjustment_usd.sum(),
    )
    rows = backend.to_pyarrow(sums).to_pylist()
    found = [
        Group(
            r["name"],
            r["lines"],
            int(r["adjusted_lines"] or 0),
            r["customs_value_usd"] or NOTHING,
            r["adjustment_usd"] or NOTHING,
        )
        for r in rows
    ]
    return tuple(sorted(found, key=lambda g: (-g.adjustment_usd, -g.lines, g.name)))
