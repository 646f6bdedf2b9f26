"""Balances folded from the vouchers, held against a fold written the long way, from every point of view."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.ledger.accounts import Standing
from stannary.ledger.store import EVERYTHING, AsOf
from stannary.ledger.sums import is_seen, standings_of
from stannary.ledger.vouchers import Cause, Transfer, Voucher

from .drawn_histories import ACCOUNTS, FIRST_ON, History, histories, new_history

FEW = settings(max_examples=15)
"""Each example is a whole history."""

SUMS = ("debits", "credits", "pending_debits", "pending_credits")


def seen_by_hand(history: History, as_of: AsOf) -> dict[tuple[str, str], list[int]]:
    """Sum what is visible voucher by voucher: what is posted moves, what is held and not freed is pending."""
    day, hour = as_of.effective_on, as_of.recorded_at
    visible = [
        each
        for each in history.journal
        if (day is None or each.voucher.effective_on <= day) and (hour is None or each.recorded_at <= hour)
    ]
    freed = {
        (each.voucher.organisation, each.voucher.refers_to)
        for each in visible
        if each.voucher.kind in ("post_pending", "void_pending")
    }
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for each in visible:
        organisation = each.voucher.organisation
        if each.voucher.kind == "pending" and (organisation, each.voucher.key) in freed:
            continue
        side = 2 if each.voucher.kind == "pending" else 0
        for transfer in each.transfers:
            sums[organisation, transfer.debit][side] += transfer.amount
            sums[organisation, transfer.credit][side + 1] += transfer.amount
    return sums


def told(standing: Standing) -> list[int]:
    return [getattr(standing, name) for name in SUMS]


VIEWS = st.tuples(
    st.one_of(st.none(), st.integers(-4, 14)), st.one_of(st.none(), st.floats(0, 1.2, allow_nan=False))
)


@FEW
@given(histories(), st.lists(VIEWS, min_size=1, max_size=6))
def test_balances_are_the_sums_of_what_is_visible_on_both_axes(
    history: History, views: list[tuple[int | None, float | None]]
) -> None:
    journal = history.journal
    begun, span = journal[0].recorded_at, journal[-1].recorded_at - journal[0].recorded_at
    for days, part in [(None, None), *views]:
        day = None if days is None else FIRST_ON + timedelta(days)
        hour = None if part is None else begun + span * part
        expected = seen_by_hand(history, AsOf(day, hour))
        for each in history.book.standings(as_of=AsOf(day, hour)):
            assert told(each) == expected[each.account.organisation, each.account.name]
            assert min(told(each)) >= 0


@FEW
@given(histories())
def test_the_sums_kept_while_posting_are_those_folded_afterwards(history: History) -> None:
    folded = standings_of(history.book.standings(), history.journal, EVERYTHING)
    state = {(each.account.organisation, each.account.name): each for each in history.book.standings()}
    assert folded == state
    empty = [replace(each, debits=99, pending_credits=7) for each in history.book.standings()]
    assert standings_of(empty, history.journal, EVERYTHING) == folded


@FEW
@given(histories(), st.integers(0, 30))
def test_what_was_known_at_an_hour_never_changes_afterwards(history: History, count: int) -> None:
    journal = history.journal
    known = journal[: len(ACCOUNTS) + count]
    hour = known[-1].recorded_at
    known = [each for each in journal if each.recorded_at <= hour]
    before = standings_of(history.book.standings(), known, EVERYTHING)
    assert standings_of(history.book.standings(), journal, AsOf(recorded_at=hour)) == before


@FEW
@given(histories())
def test_from_before_anything_nothing_is_seen(history: History) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    for as_of in (AsOf(effective_on=long_ago.date()), AsOf(recorded_at=long_ago)):
        assert not any(is_seen(each, as_of) for each in history.journal)
        assert all(told(each) == [0, 0, 0, 0] for each in history.book.standings(as_of=as_of))


def test_a_correction_is_seen_from_when_it_was_known_and_from_when_it_takes_effect() -> None:
    history = new_history()
    cause, one = Cause("determination", "E-1/1"), Transfer("Assets:Cash", "Income:Duties", 40, "USD")
    history.send(Voucher("USA", "duty", "post", FIRST_ON, cause, (one,)))
    posted_at = history.hours.hour
    history.hours.hour += timedelta(days=2)
    undone_on = FIRST_ON + timedelta(1)
    history.send(Voucher("USA", "undo", "reverse", undone_on, cause, refers_to="duty"))

    def cash(day: date | None = None, hour: datetime | None = None) -> int:
        return history.book.balance("USA", "Assets:Cash", AsOf(day, hour)).balance

    assert (cash(), cash(undone_on), cash(FIRST_ON), cash(FIRST_ON - timedelta(1))) == (0, 0, 40, 0)
    assert (cash(hour=posted_at), cash(undone_on, posted_at), cash(hour=posted_at - timedelta(1))) == (
        40,
        40,
        0,
    )
