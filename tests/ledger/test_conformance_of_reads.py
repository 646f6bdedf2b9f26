"""What every store of books gives back alike: sums, journal, leaves; and equal books for equal vouchers."""

from __future__ import annotations

import hashlib
import random
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from tests.ledger.sent_to_books import (
    ACCOUNTS,
    BANK,
    CAUSE,
    CLEARING,
    DUTIES,
    LOAN,
    PREPAID,
    about,
    acting,
    all_kinds,
    codes,
    moving,
    standing,
)

from stannary.errors import LedgerError, NotFoundError
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.commodities import LARGEST
from stannary.ledger.memory import MemoryStore
from stannary.ledger.state import Recorded
from stannary.ledger.statements import commitments
from stannary.ledger.store import AsOf, Checkpoint, Store
from stannary.ledger.sums import standings_of
from stannary.ledger.vouchers import Transfer, Voucher


def test_standings_are_as_of_both_axes(opened: Book, day: date) -> None:
    for number, voucher in enumerate(all_kinds(day)[3:-1]):
        opened.post(replace(voucher, effective_on=voucher.effective_on + timedelta(days=number)))
    opened.post(moving("back", BANK, DUTIES, 40, day))
    journal = list(opened.journal())
    days = [None, *(day + timedelta(days=number) for number in range(-1, 12))]
    hours = [None, *(each.recorded_at for each in journal[len(ACCOUNTS) - 1 :])]
    accounts = opened.standings()
    for effective_on in days:
        for recorded_at in hours:
            as_of = AsOf(effective_on, recorded_at)
            folded = standings_of(accounts, journal, as_of)
            assert opened.standings(None, as_of) == [folded[at] for at in sorted(folded)]
    assert opened.balance("USA", BANK, AsOf(day, hours[-2])).balance != standing(opened, BANK).balance


def test_sums_are_exact_beyond_64_bits(opened: Book, day: date) -> None:
    opened.post(*(moving(f"p{number}", BANK, DUTIES, LARGEST - number, day) for number in range(9)))
    assert standing(opened, BANK).debits == 9 * LARGEST - 36
    assert standing(opened, DUTIES).balance == -(9 * LARGEST - 36)


def test_a_limited_account_never_overflows(opened: Book, day: date) -> None:
    opened.post(
        about("open/x", "open_account", Account("USA", "Assets:X", "USD", lowest=0), day),
        *(moving(f"p{number}", "Assets:X", BANK, LARGEST, day) for number in range(2)),
    )
    with pytest.raises(LedgerError) as refusal:
        opened.post(moving("more", "Assets:X", BANK, 1, day))
    assert codes(refusal) == ["STN-LEDGER-013"]


def test_a_long_journal_comes_in_order_and_whole_while_it_grows(opened: Book, day: date) -> None:
    many = (moving(f"p{number}", BANK, DUTIES, number + 1, day) for number in range(2_300))
    assert sum(1 for _ in opened.post_many(many)) == 2_300
    seen: list[Recorded] = []
    for recorded in opened.journal("USA"):
        if len(seen) in (0, 1_500):
            opened.post(moving(f"later{len(seen)}", BANK, DUTIES, 1, day))
        seen.append(recorded)
    keys = [each.voucher.key for each in seen[len(ACCOUNTS) :]]
    assert keys[:2_300] == [f"p{number}" for number in range(2_300)]
    hours = [each.recorded_at for each in opened.journal()]
    assert hours == sorted(hours)


def test_a_voucher_may_move_a_thousand_amounts(opened: Book, day: date) -> None:
    sent = Voucher(
        "USA", "wide", "post", day, CAUSE, tuple(Transfer(BANK, DUTIES, n, "USD") for n in range(1, 1_001))
    )
    opened.post(sent)
    found = opened.store.find("USA", "wide")
    assert found is not None
    assert found.voucher == sent
    assert standing(opened, BANK).debits == 500_500


def test_leaves_are_dense_and_in_the_order_of_recording(opened: Book, day: date) -> None:
    opened.post(*all_kinds(day))
    store = opened.store
    assert store.leaf_of("USA", "p1") is None
    first = store.add_leaves(_digest, 5)
    rest = store.add_leaves(_digest, 1_000)
    assert store.add_leaves(_digest, 1_000) == []
    leaves = list(store.leaves())
    journal = list(opened.journal())
    assert leaves == first + rest
    assert [leaf.number for leaf in leaves] == list(range(len(journal)))
    assert [leaf.key for leaf in leaves] == [each.voucher.key for each in journal]
    assert [leaf.digest for leaf in leaves] == [_digest(each) for each in journal]
    assert [leaf.sealed_at for leaf in leaves] == sorted(leaf.sealed_at for leaf in leaves)
    assert list(store.sealed()) == journal
    assert list(store.sealed(3, 6)) == journal[3:6]
    assert list(store.leaves(3, 6)) == leaves[3:6]
    assert store.leaf_of("USA", "p1") == leaves[[each.voucher.key for each in journal].index("p1")]


def _digest(recorded: Recorded) -> bytes:
    return hashlib.sha256(recorded.voucher.key.encode()).digest()


def test_checkpoints_only_grow_and_gain_signatures(store: Store, today: date) -> None:
    hour = datetime.combine(today, time(8, 30), UTC)
    first = Checkpoint(3, b"a" * 32, "book\n3\n", hour)
    second = Checkpoint(7, b"b" * 32, "book\n7\n", hour + timedelta(seconds=1))
    for each in (first, second):
        store.add_checkpoint(each)
    store.add_checkpoint(replace(first, note="book\n3\n— a witness\n", sealed_at=hour + timedelta(days=1)))
    assert store.checkpoints() == [replace(first, note="book\n3\n— a witness\n"), second]
    for wrong in (replace(second, root=b"c" * 32), replace(second, size=5), replace(second, size=0)):
        with pytest.raises(LedgerError) as refusal:
            store.add_checkpoint(wrong)
        assert codes(refusal) == ["STN-LEDGER-021"]
    assert len(store.checkpoints()) == 2


def test_equal_sequences_give_equal_books_on_every_store(opened: Book, day: date, today: date) -> None:
    model = Book(MemoryStore(lambda: datetime.combine(today, time(12), UTC)))
    model.post(*(each.voucher for each in opened.journal()))
    draw = random.Random(4)
    for number in range(250):
        batch = [_drawn(draw, f"{number}/{place}", day) for place in range(draw.choice((1, 1, 1, 3)))]
        assert _outcome(opened, batch) == _outcome(model, batch)
    assert opened.standings() == model.standings()
    assert [(each.voucher, each.transfers) for each in opened.journal()] == [
        (each.voucher, each.transfers) for each in model.journal()
    ]
    for each in model.journal():
        key = each.voucher.key
        assert opened.store.settled_by("USA", key) == model.store.settled_by("USA", key)
    assert any(each.voucher.kind == "post_pending" for each in model.journal())
    assert any(each.voucher.kind == "reverse" for each in model.journal())


def _drawn(draw: random.Random, key: str, day: date) -> Voucher:
    target = f"{draw.randrange(250)}/{draw.randrange(2)}"
    on = day + timedelta(days=draw.randrange(3))
    names = draw.sample((BANK, DUTIES, LOAN, PREPAID, CLEARING), 2)
    kind = draw.choice(
        ("post", "post", "pending", "pending", "post_pending", "void_pending", "reverse", "redo")
    )
    if kind in ("post", "pending"):
        return moving(key, names[0], names[1], draw.randrange(1, 400), on, kind=kind)
    if kind == "redo":
        return moving(target, BANK, DUTIES, 5, day)
    return acting(key, kind, target, on)


def _outcome(book: Book, batch: list[Voucher]) -> Any:
    try:
        receipts = book.post(*batch)
    except LedgerError as refusal:
        return refusal.problems
    return [(each.recorded.voucher, each.recorded.transfers, each.is_repeat) for each in receipts]


def test_one_account_stands_alone_as_it_stands_among_all(opened: Book, day: date) -> None:
    opened.post(
        *all_kinds(day),
        about("de/bank", "open_account", Account("DEU", BANK, "EUR"), day),
        about("de/duties", "open_account", Account("DEU", DUTIES, "EUR"), day),
        moving("p1", BANK, DUTIES, 3, day, organisation="DEU", commodity="EUR"),
        moving("held", LOAN, BANK, 60, day, kind="pending"),
    )
    recorded_at = [each.recorded_at for each in opened.journal()][len(ACCOUNTS) + 4]
    for as_of in (AsOf(), AsOf(day), AsOf(None, recorded_at), AsOf(day - timedelta(days=1), recorded_at)):
        everything = opened.standings(None, as_of)
        assert {BANK, LOAN, CLEARING} <= {each.account.name for each in everything}
        for each in everything:
            it = each.account
            assert opened.store.standings(it.organisation, as_of, it.name) == [each]
            assert opened.balance(it.organisation, it.name, as_of) == each
            named = [other for other in everything if other.account.name == it.name]
            assert opened.store.standings(None, as_of, it.name) == named
    for nobody, nothing in (("USA", "Assets:None"), ("FRA", BANK), ("USA", "' OR 1=1"), ("USA", "")):
        assert opened.store.standings(nobody, AsOf(), nothing) == []
        with pytest.raises(NotFoundError):
            opened.balance(nobody, nothing)


def test_an_hour_without_a_zone_is_no_point_of_view() -> None:
    with pytest.raises(ValueError, match="time zone"):
        AsOf(None, datetime(2026, 11, 2, 9))  # noqa: DTZ001


def test_what_is_posted_while_the_journal_is_read_does_not_keep_it_going(opened: Book, day: date) -> None:
    for number, _ in enumerate(opened.journal("USA")):
        opened.post(moving(f"p{number}", BANK, DUTIES, 1, day))
    assert standing(opened, BANK).debits == len(ACCOUNTS)


def test_threads_share_a_book_and_lose_nothing(opened: Book, day: date) -> None:
    def send(name: str) -> None:
        for number in range(25):
            opened.post(
                moving(f"{name}/{number}", BANK, DUTIES, 1, day),
                moving(f"same/{number}", BANK, DUTIES, 1, day),
            )

    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=send, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(often)
    keys = [each.voucher.key for each in opened.journal("USA")]
    assert len(keys) == len(set(keys)) == len(ACCOUNTS) + 100
    assert standing(opened, BANK).debits == 100
    assert all(opened.store.find("USA", key) is not None for key in keys)


def test_limits_are_changed_and_the_days_to_clear_are_not(opened: Book, day: date) -> None:
    held = Account("USA", "Assets:Passing", "USD", lowest=0, clears_within_days=5)
    opened.post(about("passing", "open_account", held, day))
    with pytest.raises(LedgerError) as refusal:
        opened.post(about("days", "set_limits", replace(held, lowest=-5, clears_within_days=30), day))
    assert codes(refusal) == ["STN-LEDGER-010"]
    opened.post(about("wider", "set_limits", replace(held, lowest=-5, clears_within_days=None), day))
    opened.post(about("wide", "set_limits", replace(held, lowest=-9), day))
    assert standing(opened, held.name).account == replace(held, lowest=-9)
    named = {each.account.name: each.account for each in commitments(opened, "USA").standings}
    assert named[held.name] == replace(held, lowest=-9)
