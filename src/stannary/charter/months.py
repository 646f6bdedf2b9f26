"""Days counted in months, as agreements count them: the same day, or the month's last where it has none."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date
from itertools import count

__all__ = ["every_months", "months_later"]


def months_later(day: date, months: int) -> date:
    """Give the day some months later (earlier when negative): 31 January plus one month is 28 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def every_months(first: date, months: int, last: date) -> Iterator[date]:
    """List the days from the first on, every so many months, up to the last (inclusive)."""
    for number in count():
        day = months_later(first, number * months)
        if day > last:
            return
        yield day
