"""Days counted in months."""

from datetime import date

from stannary.charter.months import every_months


def test_days_do_not_drift_after_a_short_month() -> None:
    assert list(every_months(date(2027, 1, 31), 1, date(2027, 3, 31))) == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
    ]
