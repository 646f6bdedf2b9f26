"""Days counted in months."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from stannary.charter.months import every_months, months_later

DAYS = st.dates(date(1950, 1, 1), date(2900, 1, 1))


def test_a_day_the_month_does_not_have_becomes_its_last() -> None:
    assert months_later(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert months_later(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert months_later(date(2027, 3, 31), -1) == date(2027, 2, 28)


def test_days_do_not_drift_after_a_short_month() -> None:
    assert list(every_months(date(2027, 1, 31), 1, date(2027, 3, 31))) == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
    ]


@given(DAYS, st.integers(0, 600))
def test_there_and_back_is_the_same_month(day: date, months: int) -> None:
    back = months_later(months_later(day, months), -months)
    assert (back.year, back.month) == (day.year, day.month)
    assert back.day <= day.day
