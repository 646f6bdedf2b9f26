"""Periods of a simulation and the days they hold: what part of a period something is in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from stannary.dated import LAST_DAY, months_later

__all__ = ["Timeline"]

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Timeline:
    """Equal periods, years or quarters, from the first day of a year on."""

    start_year: int
    periods: int
    periods_a_year: int = 1

    def first_day(self, period: int) -> date:
        """Give the first day of a period; of the one after the last, too."""
        return months_later(date(self.start_year, 1, 1), period * 12 // self.periods_a_year)

    def last_day(self, period: int) -> date:
        """Give the last day of a period."""
        return self.first_day(period + 1) - ONE_DAY

    def label(self, period: int) -> str:
        """Name a period: 2030, or 2030Q2."""
        day = self.first_day(period)
        return str(day.year) if self.periods_a_year == 1 else f"{day.year}Q{(day.month + 2) // 3}"

    @property
    def labels(self) -> tuple[str, ...]:
        """Name all periods."""
        return tuple(self.label(period) for period in range(self.periods))

    def shares(self, start: date, end: date | None) -> np.ndarray:
        """Give the share of the days of each period from a day to a day (both inclusive)."""
        out = np.zeros(self.periods)
        for period in range(self.periods):
            first, last = self.first_day(period), self.last_day(period)
            days = (min(last, end or LAST_DAY) - max(first, start)).days + 1
            out[period] = max(days, 0) / ((last - first).days + 1)
        return out

    def stretches(self, changes: Iterable[date]) -> Iterator[tuple[int, date, float]]:
        """Cut every period at the days on which something changes: period, first day, share of its days."""
        days = sorted(set(changes))
        for period in range(self.periods):
            first, after = self.first_day(period), self.first_day(period + 1)
            cuts = [first, *(day for day in days if first < day < after), after]
            for start, end in pairwise(cuts):
                yield period, start, (end - start).days / (after - first).days
