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
    """Add up a table of determinations in words; the `largest` lines by what they owe come along.

    The lines are read once for all dimensions together, once for the importers, once for the largest.
    """
    together = _sums(table, [name for name in DIMENSIONS if name != "importer"], backend)
    by = {name: _groups(together, name) for name in DIMENSIONS if name != "importer"}
    importer = table.importer if "importer" in table.columns else ibis.null("string")
    by["importer"] = _groups(_sums(table.mutate(importer=importer), ["importer"], backend), "importer")
    ordered = table.filter(table.outcome == "adjusted").order_by(
        ibis.desc("adjustment_usd"), *order_of(table)
    )
    return Summary(
        total=Group(
            "all",
            sum(row["lines"] for row in together),
            sum(row["adjusted_lines"] for row in together),
            sum((row["customs_value_usd"] for row in together), NOTHING),
            sum((row["adjustment_usd"] for row in together), NOTHING),
        ),
        by=by,
        largest=tuple(backend.to_pyarrow(ordered.limit(largest)).to_pylist()),
        referred=_groups([row for row in together if row["outcome"] == "referred"], "reason"),
    )


def order_of(table: ir.Table) -> list[str]:
    """Give the columns that put determinations in the order of the input, or else of entry and line."""
    return ["row"] if "row" in table.columns else ["entry_number", "line_number"]


NOTHING = Decimal("0.00")


def _sums(table: ir.Table, dimensions: list[str], backend: Any) -> list[dict[str, Any]]:
    """Add up the lines of each combination of some dimensions."""
    sums = table.group_by(dimensions).aggregate(
        lines=table.count(),
        adjusted_lines=(table.outcome == "adjusted").sum().fill_null(0),
        customs_value_usd=table.customs_value_usd.sum(),
        adjustment_usd=table.adjustment_usd.sum(),
    )
    rows: list[dict[str, Any]] = backend.to_pyarrow(sums).to_pylist()
    for row in rows:
        row["customs_value_usd"] = row["customs_value_usd"] or NOTHING
        row["adjustment_usd"] = row["adjustment_usd"] or NOTHING
    return rows


def _groups(sums: list[dict[str, Any]], dimension: str) -> tuple[Group, ...]:
    """Give the groups of one dimension, those that owe most first."""
    found: dict[str, Group] = {}
    for row in sums:
        name = row[dimension] if row[dimension] is not None else "not stated"
        held = found.get(name, Group(name, 0, 0, NOTHING, NOTHING))
        found[name] = Group(
            name,
            held.lines + row["lines"],
            held.adjusted_lines + row["adjusted_lines"],
            held.customs_value_usd + row["customs_value_usd"],
            held.adjustment_usd + row["adjustment_usd"],
        )
    return tuple(sorted(found.values(), key=lambda g: (-g.adjustment_usd, -g.lines, g.name)))
