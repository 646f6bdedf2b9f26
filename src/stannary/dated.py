"""A value that changes on known dates; the value in force on a day; start and end carried.

Law speaks of first and last days, so both ends of a spell are *inclusive*. An open end is `None`.
A value is never overwritten: a later one is added, and the earlier one ends the day before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

__all__ = ["FIRST_DAY", "LAST_DAY", "Dated", "Spell"]

T = TypeVar("T")

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(9999, 12, 31)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spell(Generic[T]):
    """A value and the days it is in force, both ends inclusive."""

    value: T
    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"a spell cannot end ({self.end}) before it starts ({self.start})")

    @property
    def last_day(self) -> date:
        """Give the last day in force, `LAST_DAY` when open."""
        return self.end or LAST_DAY

    def holds(self, on: date) -> bool:
        """Say whether the value is in force on a day."""
        return self.start <= on <= self.last_day


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A history of spells, sorted by start, no two on the same day."""

    spells: tuple[Spell[T], ...]

    def __post_init__(self) -> None:
        clashes = overlaps(self.spells)
        if clashes:
            earlier, later = clashes[0]
            raise ValueError(f"two values claim {later.start}: from {earlier.start} and from {later.start}")
        if list(self.spells) != sorted(self.spells, key=lambda spell: spell.start):
            raise ValueError("spells must be sorted by their first day")

    def __iter__(self) -> Iterator[Spell[T]]:
        return iter(self.spells)

    def spell(self, on: date) -> Spell[T] | None:
        """Give the spell in force on a day, or `None`."""
        return next((spell for spell in self.spells if spell.holds(on)), None)

    def in_force(self, on: date) -> T | None:
        """Give the value in force on a day, or `None`; a missing value is missing, never zero."""
        spell = self.spell(on)
        return None if spell is None else spell.value

    def gaps(self) -> tuple[tuple[date, date], ...]:
        """List the stretches of days (inclusive) between two spells on which nothing is in force."""
        found = []
        for earlier, later in zip(self.spells, self.spells[1:], strict=False):
            if later.start > earlier.last_day + ONE_DAY:
                found.append((earlier.last_day + ONE_DAY, later.start - ONE_DAY))
        return tuple(found)


def overlaps(spells: Iterable[Spell[T]]) -> list[tuple[Spell[T], Spell[T]]]:
    """List pairs of neighbours that claim the same day."""
    ordered = sorted(spells, key=lambda spell: (spell.start, spell.last_day))
    return [
        (earlier, later)
        for earlier, later in itertools.pairwise(ordered)
        if later.start <= earlier.last_day
    ]


def succession(values: Iterable[tuple[date, date | None, T]]) -> Dated[T]:
    """Build a history in which each value, unless it says its own end, ends the day before the next.

    `values` are (first day, last day or `None`, value). Raises `ValueError` when two start on one day or
    a stated end runs past the next start.
    """
    ordered = sorted(values, key=lambda item: item[0])
    spells = []
    for index, (start, end, value) in enumerate(ordered):
        if end is None and index + 1 < len(ordered):
            end = ordered[index + 1][0] - ONE_DAY
            if end < start:
                raise ValueError(f"two values claim {start}")
        spells.append(Spell(value, start, end))
    return Dated(tuple(spells))
