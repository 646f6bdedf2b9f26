"""Every number has a date, a unit, and a source or a reason."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stannary.charter.citation import DatedNumber, Number, history, number_on


def number(start: date, value: int, end: date | None = None) -> DatedNumber:
    return DatedNumber(value=Decimal(value), unit="USD/t", start=start, end=end, assumed="paper")


def test_a_number_needs_a_source_or_a_reason() -> None:
    assert Number(value=Decimal(1), unit="t", assumed="paper").source is None
    with pytest.raises(ValidationError, match="needs a source"):
        Number(value=Decimal(1), unit="t")


@pytest.mark.parametrize("value", ["1_000", "1,000", "NaN", "Infinity", "1e5", "", "1.", ".5", "٣", "9" * 31])
def test_a_number_in_another_form_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        Number(value=value, unit="t", assumed="paper")


@pytest.mark.parametrize("day", ["2026", "2026-02-30", "20260701", "1 July 2026", "1899-12-31", "3000-01-01"])
def test_a_day_in_another_form_is_refused(day: str) -> None:
    with pytest.raises(ValidationError):
        DatedNumber(value=Decimal(1), unit="t", start=day, assumed="paper")


def test_a_value_stands_from_its_day_until_the_day_before_the_next() -> None:
    values = (number(date(2026, 7, 1), 1), number(date(2027, 1, 1), 2))
    days = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31), date(2027, 1, 1), date(2999, 1, 1)]
    assert [number_on(values, day) for day in days] == [None, 1, 1, 2, 2]


def test_after_its_end_a_value_is_missing_and_not_zero() -> None:
    assert number_on((number(date(2026, 7, 1), 1, date(2026, 7, 31)),), date(2026, 8, 1)) is None


STARTS = st.lists(st.dates(date(2020, 1, 1), date(2040, 1, 1)), min_size=1, max_size=8, unique=True)


@given(STARTS, st.dates(date(2020, 1, 1), date(2041, 1, 1)))
def test_the_value_in_force_is_the_last_one_begun(starts: list[date], day: date) -> None:
    values = tuple(number(start, index) for index, start in enumerate(starts))
    begun = [(start, index) for index, start in enumerate(starts) if start <= day]
    assert number_on(values, day) == (max(begun)[1] if begun else None)


@given(STARTS)
def test_open_values_leave_no_gap_and_never_overlap(starts: list[date]) -> None:
    spells = list(history(tuple(number(start, 1) for start in starts)))
    for earlier, later in pairwise(spells):
        assert earlier.last_day + timedelta(days=1) == later.start
    assert spells[-1].end is None
