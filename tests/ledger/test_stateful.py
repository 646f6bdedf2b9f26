"""Any sequence of vouchers: every store does what the model does, and the invariants hold after each step.

The numbers I01 to I13 are those of the invariants of a book: balanced, kept, never rewritten, recorded in
order, once per key, within limits, settled once, and closed once closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from stannary.errors import LedgerError
from stannary.ledger.accounts import Account, Standing
from stannary.ledger.book import Book
from stannary.ledger.commodities import LARGEST
from stannary.ledger.memory import MemoryStore
from stannary.ledger.state import Recorded, State
from stannary.ledger.store import EVERYTHING, AsOf, Store
from stannary.ledger.sums import standings_of
from stannary.ledger.vouchers import Cause, Transfer, Voucher

CAUSE = Cause("determination", "E-100/1", "ab" * 32, "cd" * 32, "Article 5", "0.1.0")
ACCOUNTS = (
    Account("USA", "Assets:Bank", "USD"),
    Account("USA", "Income:Duties", "USD"),
    Account("USA", "Assets:Loan", "USD", highest=60),
    Account("USA", "Assets:Fund", "USD", lowest=-40, highest=200),
    Account("USA", "Assets:Lot", "NDPR.OXIDE", lowest=0),
    Account("USA", "Equity:Depot", "NDPR.OXIDE"),
)
LATER = Account("USA", "Assets:Later", "USD", lowest=-5)

dollars = st.sampled_from([each.name for each in (*ACCOUNTS[:4], LATER)])
metals = st.sampled_from([each.name for each in ACCOUNTS[4:]])
amounts = st.one_of(st.integers(1, 70), st.sampled_from([LARGEST, LARGEST + 1, 0, -3]))
days = st.integers(0, 4)
transfers = st.lists(
    st.one_of(
        st.builds(Transfer, dollars, dollars, amounts, st.just("USD")),
        st.builds(Transfer, metals, metals, amounts, st.just("NDPR.OXIDE")),
    ),
    min_size=1,
    max_size=3,
)


class Books(RuleBasedStateMachine):
    """Send the same to a store and to the model, and look at both."""

    store: Store
    today: date
    organisations: Iterator[int]

    def __init__(self) -> None:
        super().__init__()
        self.organisation = f"ORG{next(self.organisations)}"
        self.accounts = [replace(each, organisation=self.organisation) for each in ACCOUNTS]
        self.book = Book(self.store)
        self.model = Book(MemoryStore(lambda: datetime.combine(self.today, time(12), UTC)))
        self.first_day = self.today - timedelta(days=9)
        self.sent: list[Voucher] = []
        self.seen: list[Recorded] = []
        self.numbers = 0

    def key(self) -> str:
        """Give a key that was not used yet."""
        self.numbers += 1
        return f"v{self.numbers}"

    def send(self, *vouchers: Voucher) -> None:
        """Send to both; they answer alike, in words and in receipts (I07)."""
        assert _outcome(self.book, vouchers) == _outcome(self.model, vouchers)
        self.sent += vouchers

    def about(self, kind: Any, account: Account, day: int = 0) -> Voucher:
        """Give a voucher about an account."""
        on = self.first_day + timedelta(days=day)
        mine = replace(account, organisation=self.organisation)
        return Voucher(self.organisation, self.key(), kind, on, CAUSE, account=mine)

    def moving(self, kind: Any, made: Sequence[Transfer], day: int, **fields: Any) -> Voucher:
        """Give a voucher that moves amounts, or holds them."""
        on = self.first_day + timedelta(days=day)
        return Voucher(self.organisation, self.key(), kind, on, CAUSE, tuple(made), **fields)

    def chosen(self, data: st.DataObject, kinds: tuple[str, ...]) -> str:
        """Choose the key of a voucher to act on: mostly one that stands and is of the right kind."""
        fitting = [each.voucher.key for each in self.seen if each.voucher.kind in kinds]
        return data.draw(st.sampled_from([*fitting, *fitting, "v1", "nothing"]))

    @initialize()
    def open(self) -> None:
        """Open the accounts."""
        self.send(*(self.about("open_account", each) for each in self.accounts))

    @rule(made=transfers, day=days)
    def post(self, made: list[Transfer], day: int) -> None:
        """Move amounts."""
        self.send(self.moving("post", made, day))

    @rule(made=transfers, day=days, holds=st.none() | st.integers(1, 20))
    def hold(self, made: list[Transfer], day: int, holds: int | None) -> None:
        """Hold amounts, for ever or for some days."""
        until = None if holds is None else self.first_day + timedelta(days=day + holds)
        self.send(self.moving("pending", made, day, expires_on=until))

    @rule(data=st.data(), day=days, kind=st.sampled_from(["post_pending", "void_pending"]))
    def settle(self, data: st.DataObject, day: int, kind: str) -> None:
        """Post or void what is held."""
        self.send(self.moving(kind, (), day, refers_to=self.chosen(data, ("pending",))))

    @rule(data=st.data(), day=days, less=st.integers(-1, 5))
    def settle_in_part(self, data: st.DataObject, day: int, less: int) -> None:
        """Post somewhat less than is held, or more."""
        key = self.chosen(data, ("pending",))
        held = [each.transfers for each in self.seen if each.voucher.key == key]
        made = [replace(each, amount=each.amount - less) for part in held for each in part]
        self.send(self.moving("post_pending", made, day, refers_to=key))

    @rule(data=st.data(), day=days)
    def undo(self, data: st.DataObject, day: int) -> None:
        """Reverse what was posted."""
        self.send(self.moving("reverse", (), day, refers_to=self.chosen(data, ("post", "post_pending"))))

    @rule(data=st.data(), changed=st.booleans())
    def repeat(self, data: st.DataObject, changed: bool) -> None:
        """Send a voucher again, the same or with its key on another."""
        voucher = data.draw(st.sampled_from(self.sent))
        self.send(replace(voucher, narrative="another") if changed else voucher)

    @rule(made=st.lists(st.tuples(transfers, days), min_size=2, max_size=4))
    def post_a_batch(self, made: list[tuple[list[Transfer], int]]) -> None:
        """Move amounts by several vouchers that stand or fall together."""
        self.send(*(self.moving("post", each, day) for each, day in made))

    @rule(highest=st.integers(0, 90))
    def limit(self, highest: int) -> None:
        """Change the limit of the loan."""
        self.send(self.about("set_limits", replace(self.accounts[2], highest=highest), 4))

    @rule(kind=st.sampled_from(["open_account", "close_account"]))
    def open_or_close(self, kind: str) -> None:
        """Open an account that was not there from the start, or close it."""
        self.send(self.about(kind, LATER, 4))

    @rule(day=st.integers(-1, 2))
    def close_a_period(self, day: int) -> None:
        """Close the books up to a day."""
        on = self.first_day + timedelta(days=day)
        self.send(Voucher(self.organisation, self.key(), "close_period", on, CAUSE))

    @rule()
    def expire(self) -> None:
        """Void what has expired."""
        on = self.first_day + timedelta(days=9)
        assert [each.key for each in self.book.expire(self.organisation, on)] == [
            each.key for each in self.model.expire(self.organisation, on)
        ]

    @invariant()
    def every_invariant_holds(self) -> None:
        """Look at the whole book."""
        journal = list(self.book.journal(self.organisation))
        assert journal[: len(self.seen)] == self.seen  # I04
        self.seen = journal
        hours = [each.recorded_at for each in journal]
        assert hours == sorted(hours)  # I05
        keys = Counter(each.voucher.key for each in journal)
        assert all(times == 1 for times in keys.values())  # I07
        _check_transfers(journal)
        _check_targets(journal)
        _check_periods(journal)
        standings = self.book.standings(self.organisation)
        assert standings == self.model.standings()
        views = [EVERYTHING, AsOf(self.first_day + timedelta(days=2))]
        for as_of in [*views, *(AsOf(None, hour) for hour in hours[len(hours) // 2 :][:1])]:
            folded = standings_of(standings, journal, as_of)
            assert self.book.standings(self.organisation, as_of) == [folded[at] for at in sorted(folded)]
            _check_sums(folded.values())
        assert all(each.keeps_its_limits for each in standings)  # I12
        self.check_kept_sums(standings)

    def check_kept_sums(self, standings: list[Standing]) -> None:
        """The sums that limits are judged by are those of the vouchers (I03)."""
        kept: list[Standing] = []

        def look(state: State) -> list[Any]:
            kept.extend(state.accounts[at] for at in sorted(state.accounts) if at[0] == self.organisation)
            return []

        asked = [self.about("set_limits", each.account) for each in standings]
        assert self.book.store.commit(asked, look) == []
        limited = [each for each in standings if each.account.is_constrained]
        assert [each for each in kept if each.account.is_constrained] == limited


def _outcome(book: Book, vouchers: Sequence[Voucher]) -> Any:
    try:
        receipts = book.post(*vouchers)
    except LedgerError as refusal:
        return refusal.problems
    return [(each.recorded.voucher, each.recorded.transfers, each.is_repeat) for each in receipts]


def _check_transfers(journal: list[Recorded]) -> None:
    """Nothing is empty, negative, to itself, or of two commodities (I01, I08, I09)."""
    of = {each.name: each.commodity for each in (*ACCOUNTS, LATER)}
    for each in journal:
        for made in each.transfers:
            assert 0 < made.amount <= LARGEST
            assert made.debit != made.credit
            assert of[made.debit] == of[made.credit] == made.commodity
        is_money = each.voucher.kind in ("post", "pending", "post_pending", "reverse")
        assert bool(each.transfers) == is_money


def _check_targets(journal: list[Recorded]) -> None:
    """A target is settled once, a reversal mirrors it, and no more is posted than was held (I10, I11)."""
    by_key = {each.voucher.key: each for each in journal}
    settled = Counter(each.voucher.refers_to for each in journal if each.voucher.refers_to)
    assert all(times == 1 for times in settled.values())
    for each in journal:
        if each.voucher.refers_to is None:
            continue
        target = by_key[each.voucher.refers_to]
        if each.voucher.kind == "reverse":
            mirrored = [(made.credit, made.debit, made.amount) for made in target.transfers]
            assert [(made.debit, made.credit, made.amount) for made in each.transfers] == mirrored
        elif each.voucher.kind == "post_pending":
            for made, held in zip(each.transfers, target.transfers, strict=True):
                assert made.amount <= held.amount


def _check_periods(journal: list[Recorded]) -> None:
    """Nothing takes effect in a period after it was closed (I13)."""
    closed = date.min
    for each in journal:
        assert each.voucher.effective_on > closed
        if each.voucher.kind == "close_period":
            closed = each.voucher.effective_on


def _check_sums(standings: Any) -> None:
    """Debits equal credits, in every commodity, posted and pending (I02)."""
    sums: Counter[tuple[str, str]] = Counter()
    for each in standings:
        sums[each.account.commodity, "posted"] += each.debits - each.credits
        sums[each.account.commodity, "pending"] += each.pending_debits - each.pending_credits
    assert not any(sums.values())


@pytest.mark.parametrize("examples", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_every_store_does_what_the_model_does(store: Store, today: date, examples: int) -> None:
    settled = {"store": store, "today": today, "organisations": count()}
    machine = type("Machine", (Books,), settled)
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=30))
