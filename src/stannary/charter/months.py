"""Days counted in months, as agreements count them: the same day, or the month's last where it has none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count

from stannary.dated import months_later

__all__ = ["every_months"]


def every_months(first: date, months: int, last: date) -> Iterator[date]:
    """List the days from the first on, every so many months, up to the last (inclusive)."""
    for number in count():
        try:
            day = months_later(first, number * months)
        except ValueError:
            return  # past the last day of the calendar
        if day > last:
            return
        yield day
