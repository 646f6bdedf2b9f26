"""A value that changes on known dates; the value in force on a day; start and end carried.

Law speaks of first and last days, so both ends of a spell are *inclusive*. An open end is `None`.
A value is never overwritten: a later one is added, and the earlier one ends the day before. Agreements
count in months and years too; a deadline is the last day on which something is still in time.
"""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

__all__ = ["FIRST_DAY", "LAST_DAY", "Dated", "Spell", "deadline", "months_later"]

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
        (earlier, later) for earlier, later in itertools.pairwise(ordered) if later.start <= earlier.last_day
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


PERIOD = re.compile(
    r"P(?=[0-9])(?:(?P<weeks>[0-9]+)W"
    r"|(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?(?:(?P<days>[0-9]+)D)?)"
)
"""An ISO 8601 duration of whole calendar units."""


def deadline(start: date, period: str) -> date:
    """Give the last day of a period counted from a day, which is itself not counted.

    `period` is an ISO 8601 duration of whole units: ``P180D``, ``P6M``, ``P3Y``, ``P2W``, ``P1Y6M10D``.
    Days are calendar days. Years and months are counted first and keep the day of the month; where the
    month has no such day, its last day is meant (31 August and P6M: 28 or 29 February). Raises
    `ValueError` for any other text, and for a day the calendar does not reach.
    """
    found = PERIOD.fullmatch(period)
    if found is None:
        raise ValueError(f"{period!r} is not a period such as P180D, P6M, P3Y or P2W")
    count = {unit: int(number or 0) for unit, number in found.groupdict().items()}
    try:
        reached = months_later(start, count["years"] * 12 + count["months"])
        return reached + timedelta(days=count["weeks"] * 7 + count["days"])
    except (OverflowError, ValueError) as error:
        raise ValueError(f"{period} after {start} is past the last day of the calendar") from error


def months_later(day: date, months: int) -> date:
    """Give the day some months later (earlier when negative): 31 January plus one month is 28 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
