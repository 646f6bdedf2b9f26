"""Review: days counted from the clause, decisions that stay written."""

from collections.abc import Callable
from datetime import date

from stannary.charter.charter import Charter
from stannary.charter.review import ReviewClause

TEXT = """\
reviews:
  - {subject: price_floors, first_on: 2027-01-31, every_months: 1, source: treaty}
majorities:
  - {subject: price_floors, share: 0.67, notice_days: 60, source: treaty}
withdrawal: {notice_days: {value: 180, unit: days, source: treaty}, source: treaty}
decisions:
  - {subject: price_floors, due_on: 2027-01-31, decided_on: 2027-01-30, outcome: kept, source: treaty}
"""


def test_review_days_are_counted_in_months_from_the_first() -> None:
    clause = ReviewClause(subject="price_floors", first_on=date(2027, 1, 31), every_months=1, assumed="paper")
    assert clause.days(date(2027, 1, 30)) == ()
    assert clause.days(date(2027, 3, 31)) == (date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31))


def test_a_review_without_an_interval_is_held_once() -> None:
    clause = ReviewClause(subject="charter", first_on=date(2027, 1, 31), assumed="paper")
    assert clause.days(date(2040, 1, 1)) == (date(2027, 1, 31),)
    assert clause.days(date(2027, 1, 30)) == ()


def test_a_decision_is_of_one_subject_and_day(charter: Callable[..., Charter]) -> None:
    review = charter(review=TEXT).review
    assert review is not None
    assert review.is_decided("price_floors", date(2027, 1, 31))
    assert not review.is_decided("price_floors", date(2027, 2, 28))
    assert not review.is_decided("scope", date(2027, 1, 31))
