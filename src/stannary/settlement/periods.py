"""Periods over which something is settled, named so that one period has one name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from stannary.dated import months_later

__all__ = ["Period", "period_of", "window"]

Window = Literal["day", "month", "quarter", "year"]
MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from a first to a last, both inclusive."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period cannot end ({self.end}) before it starts ({self.start})")

    @property
    def name(self) -> str:
        """Give its one name, the shortest that fits, whatever it was called when it was asked for.

        ``2026``, ``2026-Q1``, ``2026-03``, ``2026-03-05`` or ``2026-03-05..2026-04-01``.
        """
        start = self.start
        if self == window(start, "year"):
            return f"{start.year}"
        if self == window(start, "quarter"):
            return f"{start.year}-Q{(start.month + 2) // 3}"
        if self == window(start, "month"):
            return f"{start.year}-{start.month:02}"
        return f"{start}" if start == self.end else f"{start}..{self.end}"

    @property
    def days(self) -> int:
        """Give its number of days."""
        return (self.end - self.start).days + 1

    def overlaps(self, other: Period) -> bool:
        """Say whether two periods share a day."""
        return self.start <= other.end and other.start <= self.end

    def holds(self, other: Period) -> bool:
        """Say whether another period lies wholly inside."""
        return self.start <= other.start and other.end <= self.end


def period_of(text: str) -> Period:
    """Read a period by its name; ``2026-Q1..`` forms with two days are both inclusive.

    Raises `ValueError` in words for any other text.
    """
    text = text.strip()
    try:
        if match := re.fullmatch(r"([0-9]{4})-Q([1-4])", text):
            return window(date(int(match[1]), 3 * int(match[2]) - 2, 1), "quarter")
        if re.fullmatch(r"[0-9]{4}", text):
            return window(date(int(text), 1, 1), "year")
        if match := re.fullmatch(r"([0-9]{4})-([0-9]{2})", text):
            return window(date(int(match[1]), int(match[2]), 1), "month")
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return Period(date.fromisoformat(text), date.fromisoformat(text))
        if match := re.fullmatch(r"([0-9-]{10})\.\.([0-9-]{10})", text):
            return Period(date.fromisoformat(match[1]), date.fromisoformat(match[2]))
    except ValueError as error:
        raise ValueError(f"{text!r} is not a period: {error}") from error
    raise ValueError(f"{text!r} is not a period; write 2026-Q1, 2026-03, 2026 or 2026-01-01..2026-03-31")


def window(on: date, kind: Window) -> Period:
    """Give the calendar day, month, quarter or year that holds a day."""
    if kind == "day":
        return Period(on, on)
    months = MONTHS[kind]
    start = date(on.year, (on.month - 1) // months * months + 1, 1)
    return Period(start, months_later(start, months) - ONE_DAY)
