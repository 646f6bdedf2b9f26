"""The revenue article: who gets what the border adjustment brings in, and that nothing is left over."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from stannary.charter.amendment import amend
from stannary.charter.charter import Charter
from stannary.errors import CharterError, Problem

HALVES = """
recipients:
  - id: kept
    kind: collecting_member
    shares: [{from: 2026-07-01, value: 0.4, unit: share, assumed: x}]
  - id: stock
    kind: stockpile
    shares:
      - {from: 2026-07-01, value: 0.6, unit: share, assumed: x}
"""


def test_the_shares_in_force_are_those_of_the_day(charter: Callable[..., Charter]) -> None:
    law = charter(revenue=HALVES).revenue
    assert law is not None
    assert law.shares_on(date(2026, 6, 30)) == ()
    assert [(each.id, share) for each, share in law.shares_on(date(2026, 7, 1))] == [
        ("kept", Decimal("0.4")),
        ("stock", Decimal("0.6")),
    ]


def test_shares_that_do_not_make_up_one_are_refused(problems: Callable[..., tuple[Problem, ...]]) -> None:
    (found,) = problems(revenue=HALVES.replace("0.6", "0.5"))
    assert (found.code, found.place.file) == ("STN-CHARTER-020", "revenue.yaml")
    assert "from 2026-07-01 the shares of the revenue make up 0.9, not 1" in found.message


def test_a_change_of_one_share_alone_is_refused(problems: Callable[..., tuple[Problem, ...]]) -> None:
    later = "      - {from: 2027-01-01, value: 0.5, unit: share, assumed: x}\n"
    (found,) = problems(revenue=HALVES + later)
    assert "from 2027-01-01 the shares of the revenue make up 0.9" in found.message


@pytest.mark.parametrize("wrong", ["value: -0.4", "value: 0.4, unit: percent"])
def test_a_share_below_zero_or_in_percent_is_refused(
    problems: Callable[..., tuple[Problem, ...]], wrong: str
) -> None:
    text = HALVES.replace("value: 0.4, unit: share" if "unit" in wrong else "value: 0.4", wrong)
    assert "STN-CHARTER-005" in {found.code for found in problems(revenue=text)}


def test_an_amendment_may_change_all_shares_together_and_not_one_alone(
    charter: Callable[..., Charter],
) -> None:
    first = charter(revenue=HALVES)
    both = {
        "revenue.recipients.kept": {"2027-01-01": "0.1"},
        "revenue.recipients.stock": {"2027-01-01": "0.9"},
    }
    later = amend(first, both).revenue
    assert later is not None
    assert [share for _, share in later.shares_on(date(2027, 1, 1))] == [Decimal("0.1"), Decimal("0.9")]
    assert [share for _, share in later.shares_on(date(2026, 12, 31))] == [Decimal("0.4"), Decimal("0.6")]
    with pytest.raises(CharterError, match="STN-CHARTER-020"):
        amend(first, {"revenue.recipients.kept": {"2027-01-01": "0.1"}})
