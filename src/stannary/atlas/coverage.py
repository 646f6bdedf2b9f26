"""How far the atlas reaches: rows, states and newest year of each mineral in each table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stannary.atlas.atlas import Atlas
from stannary.atlas.products import Mineral
from stannary.atlas.states import State

__all__ = ["COVERED_TABLES", "Coverage", "MineralCoverage", "coverage"]

COVERED_TABLES = (
    "products",
    "tariff_codes",
    "chains",
    "production",
    "refining",
    "reserves",
    "consumption",
    "imports",
    "import_sources",
    "trade",
    "prices",
    "costs",
    "elasticities",
    "projects",
    "deals",
)
"""The tables counted, in the order of their columns on screen."""

GROUPS: Mapping[str, frozenset[State]] = {
    "reported": frozenset({State.REPORTED, State.ZERO, State.ROUNDED_TOTAL, State.SHARE, State.QUOTA}),
    "estimated": frozenset({State.ESTIMATED, State.RANGE_MID, State.PROJECTION, State.PLANNED}),
    "derived": frozenset(state for state in State if state.is_derived),
    "assumed": frozenset({State.ASSUMED}),
    "withheld": frozenset(state for state in State if not state.has_value),
}


@dataclass(frozen=True, slots=True)
class MineralCoverage:
    """What the atlas holds on one mineral: rows by table, rows by group of states, newest past year.

    `valued` counts the rows that carry a value: neither withheld nor only a bound.
    """

    mineral: Mineral
    rows: Mapping[str, int]
    valued: Mapping[str, int]
    states: Mapping[str, int]
    newest_year: int | None

    def share(self, group: str) -> float:
        """Give the share (0 to 1) of figures in a group of states (`reported`, `withheld`, …)."""
        total = sum(self.states.values())
        return self.states.get(group, 0) / total if total else 0.0

    def has(self, table: str) -> bool:
        """Say whether a table holds any value on the mineral."""
        return self.valued.get(table, 0) > 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of every mineral, in the order of the minerals table."""

    minerals: tuple[MineralCoverage, ...]
    rows: int

    @property
    def listed(self) -> tuple[MineralCoverage, ...]:
        """Give the minerals of the US 2025 list."""
        return tuple(line for line in self.minerals if line.mineral.on_us_2025_list)

    def without(self, table: str) -> tuple[str, ...]:
        """Name the listed minerals on which a table holds no value."""
        return tuple(line.mineral.id for line in self.listed if not line.has(table))

    @property
    def outcome(self) -> str:
        """Say the coverage in a sentence."""
        total = len(self.listed)
        parts = [
            f"{total - len(self.without(table))} have {words}"
            for table, words in (
                ("production", "mine production"),
                ("refining", "refining"),
                ("prices", "prices"),
                ("trade", "US imports by source"),
                ("tariff_codes", "tariff codes"),
            )
        ]
        nothing = [line.mineral.id for line in self.listed if not any(line.has(table) for table in FIGURES)]
        bare = f" No figures at all: {', '.join(nothing)}." if nothing else ""
        return f"Of {total} listed minerals {', '.join(parts)}; {self.rows:,} rows in all.{bare}"


FIGURES = (
    "production",
    "refining",
    "reserves",
    "consumption",
    "imports",
    "import_sources",
    "trade",
    "prices",
)


def coverage(atlas: Atlas) -> Coverage:
    """Count what an atlas holds by mineral and table; reads every table.

    A row with several minerals counts for each. Projections do not make a year newer than the present
    edition: the newest year is taken from other states.
    """
    mineral_of = {product.id: product.mineral for product in atlas.products}
    rows: dict[str, Counter[str]] = {mineral.id: Counter() for mineral in atlas.minerals}
    valued: dict[str, Counter[str]] = {mineral.id: Counter() for mineral in atlas.minerals}
    states: dict[str, Counter[str]] = {mineral.id: Counter() for mineral in atlas.minerals}
    newest: dict[str, int] = {}
    for table in COVERED_TABLES:
        for row in atlas.rows(table):
            for mineral in minerals_of(row, mineral_of):
                rows[mineral][table] += 1
                group = group_of(row)
                valued[mineral][table] += group != "withheld"
                if group:
                    states[mineral][group] += 1
                year = year_of(row)
                if year is not None:
                    newest[mineral] = max(year, newest.get(mineral, year))
    lines = tuple(
        MineralCoverage(
            mineral,
            dict(rows[mineral.id]),
            dict(valued[mineral.id]),
            dict(states[mineral.id]),
            newest.get(mineral.id),
        )
        for mineral in atlas.minerals
    )
    return Coverage(lines, sum(len(atlas.rows(table)) for table in atlas.tables))


def minerals_of(row: Any, mineral_of: Mapping[str, str]) -> Iterable[str]:
    """Name the minerals a row is about, by its own columns or those of its products."""
    found = {mineral_of.get(getattr(row, name, ""), "") for name in ("product", "from_product", "to_product")}
    found |= {getattr(row, "mineral", ""), *getattr(row, "minerals", ())}
    return sorted(found - {""})


def group_of(row: Any) -> str:
    """Name the group of states a row falls in; empty for rows without a state."""
    state = getattr(row, "state", None)
    return next((group for group, members in GROUPS.items() if state in members), "")


def year_of(row: Any) -> int | None:
    """Give the year a row speaks of, `None` for projections, plans and rows without one."""
    if getattr(row, "state", None) in (State.PROJECTION, State.PLANNED):
        return None
    year = getattr(row, "year", None)
    date = getattr(row, "date", "") or getattr(row, "dated_on", "")
    return year if isinstance(year, int) else int(date[:4]) if date else None
