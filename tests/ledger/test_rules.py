"""The rule core as a whole: what holds in every book, whatever is sent to it and in whatever order."""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.errors import LedgerError
from stannary.ledger.accounts import Account
from stannary.ledger.commodities import LARGEST
from stannary.ledger.logbook import leaf_bytes, number_leaves
from stannary.ledger.rules import decide, decide_all
from stannary.ledger.state import Accepted, Repeated, State, fold
from stannary.ledger.store import AsOf
from stannary.ledger.vouchers import MONEY_KINDS, Cause, Transfer, Voucher

from .drawn_histories import ACCOUNTS, FIRST_ON, METAL, History, histories, new_history, vouchers

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
CAUSE = Cause("determination", "E-1/1")

FEW = settings(max_examples=15)
"""Each example is a whole history."""


def post(key: str, debit: str, credit: str, amount: int, commodity: str = "USD", **more: Any) -> Voucher:
    transfers = (Transfer(debit, credit, amount, commodity),)
    return Voucher("USA", key, more.pop("kind", "post"), FIRST_ON, CAUSE, transfers, **more)


# ------------------------------------------------------------ what is booked


@FEW
@given(histories())
def test_debits_equal_credits_in_every_commodity_from_every_point_of_view(history: History) -> None:
    hours = [None, *{each.recorded_at for each in history.journal}]
    for hour in hours:
        for day in (None, FIRST_ON, FIRST_ON + timedelta(4)):
            sums: Counter[tuple[str, str]] = Counter()
            for each in history.book.standings(as_of=AsOf(day, hour)):
                at = (each.account.organisation, each.account.commodity)
                sums[at] += each.debits - each.credits
                sums[*at, "held"] += each.pending_debits - each.pending_credits
            assert set(sums.values()) <= {0}


@FEW
@given(histories())
def test_whatever_stands_moves_whole_amounts_between_two_accounts_of_its_commodity(history: History) -> None:
    commodity = {(each.organisation, each.name): each.commodity for each in ACCOUNTS}
    for recorded in history.journal:
        organisation = recorded.voucher.organisation
        moves = recorded.voucher.kind in MONEY_KINDS and recorded.voucher.kind != "void_pending"
        assert bool(recorded.transfers) == moves
        for each in recorded.transfers:
            assert type(each.amount) is int
            assert 0 < each.amount <= LARGEST
            assert each.debit != each.credit
            assert (
                commodity[organisation, each.debit] == commodity[organisation, each.credit] == each.commodity
            )


@FEW
@given(histories())
def test_no_limit_is_ever_passed_whatever_becomes_of_what_is_held(history: History) -> None:
    again = new_history()
    for recorded in history.journal[len(ACCOUNTS) :]:
        again.hours.hour = recorded.recorded_at
        assert again.send(recorded.voucher) == "stands"
        for each in again.book.standings():
            lowest, highest = each.account.lowest, each.account.highest
            assert lowest is None or each.debits - each.credits - each.pending_credits >= lowest
            assert highest is None or each.debits + each.pending_debits - each.credits <= highest
            assert min(each.debits, each.credits, each.pending_debits, each.pending_credits) >= 0


# ------------------------------------------------------------ what never changes


@FEW
@given(histories(), st.lists(vouchers(), max_size=5))
def test_what_stands_never_changes_and_is_only_added_to(history: History, more: list[Voucher]) -> None:
    before = history.journal
    for voucher in more:
        history.send(voucher)
    assert history.journal[: len(before)] == before
    hours = [each.recorded_at for each in history.journal]
    assert hours == sorted(hours)


@FEW
@given(histories())
def test_a_voucher_sent_again_is_answered_with_the_first_receipt_byte_for_byte(history: History) -> None:
    before = history.journal
    history.hours.hour += timedelta(days=400)
    for recorded in before:
        (receipt,) = history.book.post(recorded.voucher)
        assert receipt.is_repeat
        assert leaf_bytes(receipt.recorded) == leaf_bytes(recorded)
        assert history.send(replace(recorded.voucher, narrative="changed")) == "STN-LEDGER-008"
    assert history.journal == before
    keys = Counter((each.voucher.organisation, each.voucher.key) for each in before)
    assert set(keys.values()) == {1}


@FEW
@given(histories())
def test_the_same_commands_give_the_same_rows_balances_and_root(history: History) -> None:
    again = new_history()
    for recorded in history.journal[len(ACCOUNTS) :]:
        again.hours.hour = recorded.recorded_at
        again.send(recorded.voucher)
    assert again.journal == history.journal
    assert again.book.standings() == history.book.standings()
    assert number_leaves(again.book.store) == number_leaves(history.book.store) == len(again.journal)
    leaves = [[leaf.digest for leaf in each.book.store.leaves()] for each in (again, history)]
    assert leaves[0] == leaves[1]


@FEW
@given(histories(), vouchers())
def test_deciding_changes_nothing_and_refusing_leaves_no_trace(history: History, voucher: Voucher) -> None:
    state = State(NOW)
    for recorded in history.journal:
        decide_all(replace_now(state, recorded.recorded_at), [recorded.voucher])
    before = copy.deepcopy(state)
    answer = decide(state, voucher)
    assert state == before
    journal, standings = history.journal, history.book.standings()
    outcome = history.send(voucher)
    if outcome != "stands":
        assert (history.journal, history.book.standings()) == (journal, standings)
    if isinstance(answer, Accepted):
        fold(state, answer)
        assert decide(state, voucher) == Repeated(answer.recorded)


def replace_now(state: State, now: datetime) -> State:
    state.now = now
    return state


@FEW
@given(st.lists(vouchers(), min_size=1, max_size=12))
def test_a_batch_stands_whole_or_not_at_all(batch: list[Voucher]) -> None:
    single, whole = new_history(), new_history()
    answers = [single.send(voucher) for voucher in batch]
    before = whole.journal
    if all(answer in ("stands", "repeated") for answer in answers):
        repeats = [receipt.is_repeat for receipt in whole.book.post(*batch)]
        assert repeats == [answer == "repeated" for answer in answers]
        assert whole.journal == single.journal
    else:
        with pytest.raises(LedgerError) as caught:
            whole.book.post(*batch)
        codes = {problem.code for problem in caught.value.problems}
        assert codes >= {answers[0]} or not answers[0].startswith("STN")
        assert whole.journal == before


# ------------------------------------------------------------ reversals, holds, periods


@FEW
@given(histories())
def test_a_reversal_mirrors_its_target_and_everything_is_settled_once(history: History) -> None:
    by_key = {(each.voucher.organisation, each.voucher.key): each for each in history.journal}
    settled: Counter[tuple[str, str]] = Counter()
    for recorded in history.journal:
        voucher = recorded.voucher
        if voucher.refers_to is None:
            continue
        target = by_key[voucher.organisation, voucher.refers_to]
        settled[voucher.organisation, voucher.refers_to] += 1
        assert voucher.effective_on >= target.voucher.effective_on
        assert history.book.store.settled_by(voucher.organisation, voucher.refers_to) == voucher.key
        if voucher.kind == "reverse":
            assert target.voucher.kind in ("post", "post_pending")
            mirrored = [(each.credit, each.debit, each.amount) for each in recorded.transfers]
            assert mirrored == [(each.debit, each.credit, each.amount) for each in target.transfers]
        else:
            assert target.voucher.kind == "pending"
            for made, held in zip(recorded.transfers, target.transfers, strict=False):
                assert (made.debit, made.credit) == (held.debit, held.credit)
                assert made.amount <= held.amount
    assert set(settled.values()) <= {1}


@FEW
@given(histories())
def test_what_is_held_is_what_was_neither_posted_nor_voided(history: History) -> None:
    held: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    store = history.book.store
    for recorded in history.journal:
        voucher = recorded.voucher
        if voucher.kind == "pending" and store.settled_by(voucher.organisation, voucher.key) is None:
            for each in recorded.transfers:
                held[voucher.organisation, each.debit][0] += each.amount
                held[voucher.organisation, each.credit][1] += each.amount
    for each in history.book.standings():
        at = (each.account.organisation, each.account.name)
        assert [each.pending_debits, each.pending_credits] == held[at]


@FEW
@given(histories())
def test_expiry_frees_what_is_held_exactly_once(history: History) -> None:
    history.hours.hour += timedelta(days=60)
    on = FIRST_ON + timedelta(days=40)
    for organisation in ("USA", "JPN"):
        lapsed = history.book.store.lapsed(organisation, on)
        if history.book.store.closed_through(organisation) not in (None, *_days_before(on)):
            continue
        assert len(history.book.expire(organisation, on)) == len(lapsed)
        assert history.book.expire(organisation, on) == []
        for each in lapsed:
            late = Voucher(organisation, "late", "post_pending", on, CAUSE, refers_to=each.voucher.key)
            assert history.send(late) == "STN-LEDGER-010"


def _days_before(day: date) -> list[date]:
    return [day - timedelta(days) for days in range(1, 60)]


def test_two_long_keys_that_begin_alike_expire_both() -> None:
    history = new_history()
    for ending in "ab":
        key = "k" * 198 + ending
        held = post(
            key, "Assets:Cash", "Income:Duties", 5, kind="pending", expires_on=FIRST_ON + timedelta(5)
        )
        assert history.send(held) == "stands"
    assert len(history.book.expire("USA", FIRST_ON + timedelta(5))) == 2


@FEW
@given(histories())
def test_nothing_is_recorded_into_a_period_once_it_is_closed(history: History) -> None:
    closed: dict[str, date] = {}
    for recorded in history.journal:
        voucher = recorded.voucher
        assert voucher.effective_on > closed.get(voucher.organisation, date.min)
        if voucher.kind == "close_period":
            assert voucher.effective_on <= recorded.recorded_at.date()
            closed[voucher.organisation] = voucher.effective_on
    for organisation, day in closed.items():
        assert history.book.store.closed_through(organisation) == day


# ------------------------------------------------------------ loans, stocks, large amounts


@FEW
@given(st.integers(1, 10**9), st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 4)), max_size=25))
def test_a_loan_is_never_drawn_beyond_its_commitment(commitment: int, draws: list[tuple[int, int]]) -> None:
    history = new_history()
    loan = Account("USA", "Assets:Loans:Orion", "USD", lowest=0, highest=commitment)
    history.send(Voucher("USA", "loan", "open_account", FIRST_ON, CAUSE, account=loan))
    drawn = held = 0
    for number, (amount, way) in enumerate(draws):
        kind = "post" if way in (0, 4) else "pending"
        sides = (loan.name, "Assets:Cash") if way != 4 else ("Assets:Cash", loan.name)
        answer = history.send(post(f"draw/{number}", *sides, amount, kind=kind))
        fits = amount <= drawn if way == 4 else drawn + held + amount <= commitment
        assert answer == ("stands" if fits else "STN-LEDGER-007")
        if not fits:
            continue
        if kind == "post":
            drawn += amount if way != 4 else -amount
        elif way == 1:
            held += amount
        else:
            end = Voucher(
                "USA", f"end/{number}", "post_pending" if way == 2 else "void_pending", FIRST_ON, CAUSE,
                refers_to=f"draw/{number}",
            )  # fmt: skip
            assert history.send(end) == "stands"
            drawn += amount if way == 2 else 0
    standing = history.book.balance("USA", loan.name)
    assert (standing.balance, standing.pending_debits) == (drawn, held)
    assert drawn + held <= commitment


STEPS = st.tuples(st.sampled_from(["receive", "release", "lose", "split"]), st.integers(1, 10**15))


@FEW
@given(st.lists(STEPS, max_size=25))
def test_a_stock_is_its_receipts_less_releases_and_losses(steps: list[tuple[str, int]]) -> None:
    history = new_history()
    lot, other = "Assets:Stock:Lot1", "Assets:Stock:Lot2"
    for number, name in enumerate((other, "Expenses:Losses")):
        account = Account("USA", name, METAL, lowest=0)
        history.send(Voucher("USA", f"open/s{number}", "open_account", FIRST_ON, CAUSE, account=account))
    sides = {
        "receive": (lot, "Equity:Stock"), "release": ("Equity:Stock", lot), "lose": ("Expenses:Losses", lot),
        "split": (other, lot),
    }  # fmt: skip
    content = Counter({lot: 0, other: 0, "Expenses:Losses": 0})
    for number, (step, milligrams) in enumerate(steps):
        debit, credit = sides[step]
        answer = history.send(post(f"stock/{number}", debit, credit, milligrams, METAL))
        fits = credit != lot or content[lot] >= milligrams
        assert answer == ("stands" if fits else "STN-LEDGER-007")
        if fits:
            content[debit] += milligrams
            content[credit] -= milligrams
    for name in (lot, other, "Expenses:Losses"):
        assert history.book.balance("USA", name).balance == content[name] >= 0
    assert sum(content.values()) == 0


def test_amounts_beyond_what_a_row_holds_are_refused_before_they_are_summed() -> None:
    history = new_history()
    vault = Account("USA", "Assets:Vault", "USD", lowest=0)
    history.send(Voucher("USA", "vault", "open_account", FIRST_ON, CAUSE, account=vault))
    for number in range(2):
        assert history.send(post(f"v/{number}", "Assets:Vault", "Income:Duties", LARGEST)) == "stands"
    assert history.send(post("v/2", "Assets:Vault", "Income:Duties", 1)) == "STN-LEDGER-013"
    assert history.send(post("v/3", "Assets:Cash", "Income:Duties", LARGEST + 1)) == "STN-LEDGER-013"
