"""Six dated sets that are not mixed up."""

from collections.abc import Callable
from datetime import date

import pytest

from stannary.charter.charter import Charter

TEXT = """\
forum_participants:
  - {economy: IND, from: 2026-02-04, source: treaty}
pax_silica_signatories:
  - {economy: IND, from: 2026-02-20, source: treaty}
parties:
  - {economy: NOR, from: 2026-07-01, to: 2026-12-31, source: treaty}
  - {economy: NOR, from: 2027-01-01, to: 2027-03-31, status: suspended, source: treaty}
  - {economy: NOR, from: 2027-04-01, to: 2028-06-30, source: treaty}
covered_economies:
  - {economy: CHN, from: 2026-07-01, source: treaty}
"""


def test_a_suspended_party_is_no_party_until_it_is_back(charter: Callable[..., Charter]) -> None:
    membership = charter(membership=TEXT).membership
    days = {
        date(2026, 6, 30): False,
        date(2026, 7, 1): True,
        date(2026, 12, 31): True,
        date(2027, 1, 1): False,
        date(2027, 3, 31): False,
        date(2027, 4, 1): True,
        date(2028, 6, 30): True,
        date(2028, 7, 1): False,
    }
    assert {day: membership.is_party("NOR", day) for day in days} == days


def test_signing_another_text_makes_no_party(charter: Callable[..., Charter]) -> None:
    membership = charter(membership=TEXT).membership
    day = date(2026, 7, 1)
    assert membership.members("pax_silica_signatories", day) == {"IND"}
    assert membership.members("forum_participants", day) == {"IND"}
    assert not membership.is_party("IND", day)
    assert membership.is_covered("CHN", day)


def test_a_signature_counts_from_its_day(charter: Callable[..., Charter]) -> None:
    membership = charter(membership=TEXT).membership
    assert membership.members("pax_silica_signatories", date(2026, 2, 19)) == frozenset()
    assert membership.members("pax_silica_signatories", date(2026, 2, 20)) == {"IND"}


def test_a_set_that_does_not_exist_is_no_empty_set(charter: Callable[..., Charter]) -> None:
    with pytest.raises(KeyError):
        charter().membership.members("friends", date(2026, 7, 1))
