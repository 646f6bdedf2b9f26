"""How much of a year lies between two days, by the conventions that contracts name."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Literal

__all__ = ["DayCount", "year_fraction"]

DayCount = Literal["act/360", "act/365", "30/360"]


def year_fraction(start: date, end: date, convention: DayCount) -> Fraction:
    """Give the part of a year from a day (included) to a later one (not included), exactly.

    ``act/360`` and ``act/365`` (fixed) divide the days by 360 or 365, in leap years too. ``30/360`` is the
    bond basis of the 2006 ISDA definitions, section 4.16(f): a 31st counts as the 30th, at the end only
    when the start is the 30th or 31st. Raises `ValueError` where the end lies before the start.
    """
    if end < start:
        raise ValueError(f"{end} lies before {start}")
    if convention == "act/360":
        return Fraction((end - start).days, 360)
    if convention == "act/365":
        return Fraction((end - start).days, 365)
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    days = 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first
    return Fraction(days, 360)
