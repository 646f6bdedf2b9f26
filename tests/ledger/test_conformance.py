"""What every store of books accepts and refuses alike, from the model in memory to the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.ledger.sent_to_books import (
    ACCOUNTS,
    BANK,
    CAUSE,
    CLEARING,
    DEPOT,
    DUTIES,
    LOAN,
    LOT,
    about,
    acting,
    all_kinds,
    closing,
    codes,
    moving,
    standing,
)

from stannary.errors import LedgerError, NotFoundError
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.commodities import LARGEST
from stannary.ledger.vouchers import Cause, Transfer, Voucher

Build = Callable[[date], Voucher]


def test_every_kind_of_voucher_stands_and_is_given_back_exactly_as_sent(opened: Book, day: date) -> None:
    sent = all_kinds(day)
    receipts = [receipt for voucher in sent for receipt in opened.post(voucher)]
    assert [receipt.recorded.voucher for receipt in receipts] == sent
    assert not any(receipt.is_repeat for receipt in receipts)
    journal = list(opened.journal())[len(ACCOUNTS) :]
    assert journal == [receipt.recorded for receipt in receipts]
    for receipt, recorded in zip(receipts, journal, strict=True):
        assert recorded.voucher.request_hash == receipt.recorded.voucher.request_hash
        assert opened.store.find("USA", receipt.key) == recorded
        assert recorded.recorded_at.utcoffset() == timedelta(0)
    assert opened.store.find("USA", "nothing") is None
    assert opened.store.find("USA\x00", "p1") is None


def test_one_batch_stands_as_the_same_vouchers_one_by_one(opened: Book, day: date) -> None:
    receipts = opened.post(*all_kinds(day))
    made = {receipt.key: receipt.recorded.transfers for receipt in receipts}
    assert made["h1/part"] == (Transfer(LOAN, BANK, 200, "USD"),)
    assert made["h2/all"] == made["h2"] == (Transfer(LOAN, BANK, 400, "USD"),)
    assert made["h3/void"] == ()
    assert made["p1/undo"] == (Transfer(DUTIES, BANK, 700, "USD"),)
    assert made["h1/undo"] == (Transfer(BANK, LOAN, 200, "USD"),)
    loan = standing(opened, LOAN)
    assert (loan.debits, loan.credits, loan.pending_debits, loan.pending_credits) == (600, 200, 0, 0)
    assert len({receipt.recorded.recorded_at for receipt in receipts}) == 1


REFUSED: dict[str, tuple[str, Build]] = {
    "a control character": ("001", lambda on: moving("bad\x00", BANK, DUTIES, 1, on)),
    "no transfer": ("001", lambda on: Voucher("USA", "x", "post", on, CAUSE)),
    "transfers of no type": ("001", lambda on: Voucher("USA", "x", "post", on, CAUSE, [1])),  # type: ignore[arg-type]
    "a name that cannot be": ("001", lambda on: moving("x", "bank'; --", DUTIES, 1, on)),
    "no such account": ("002", lambda on: moving("x", "Assets:Nowhere", DUTIES, 1, on)),
    "an account elsewhere": ("002", lambda on: moving("x", BANK, DUTIES, 1, on, organisation="JPN")),
    "limits of no account": (
        "002",
        lambda on: about("x", "set_limits", Account("USA", "Assets:No", "USD", 0), on),
    ),
    "another currency": ("004", lambda on: moving("x", BANK, DUTIES, 1, on, commodity="JPY")),
    "metal as money": ("004", lambda on: moving("x", LOT, BANK, 1, on)),
    "a day too far ahead": ("006", lambda on: moving("x", BANK, DUTIES, 1, on + timedelta(days=400))),
    "a period not over": ("006", lambda on: closing("x", on + timedelta(days=40))),
    "over the highest": ("007", lambda on: moving("x", LOAN, BANK, 1_001, on)),
    "under the lowest": ("007", lambda on: moving("x", DEPOT, LOT, 1, on, commodity="NDPR.OXIDE")),
    "no such target": ("009", lambda on: acting("x", "reverse", "nothing", on)),
    "a target elsewhere": ("009", lambda on: replace(acting("x", "reverse", "p", on), organisation="JPN")),
    "a reversal of a holding": ("010", lambda on: acting("x", "reverse", "h", on)),
    "a posting of a posting": ("010", lambda on: acting("x", "post_pending", "p", on)),
    "more than is held": (
        "011",
        lambda on: acting("x", "post_pending", "h", on, Transfer(LOAN, BANK, 11, "USD")),
    ),
    "other accounts than held": (
        "011",
        lambda on: acting("x", "post_pending", "h", on, Transfer(BANK, LOAN, 1, "USD")),
    ),
    "an expired holding": ("011", lambda on: acting("x", "post_pending", "old", on)),
    "an account not at zero": ("012", lambda on: about("x", "close_account", ACCOUNTS[0], on)),
    "an account with a holding": ("012", lambda on: about("x", "close_account", ACCOUNTS[2], on)),
    "half a cent": ("013", lambda on: moving("x", BANK, DUTIES, 1.5, on)),  # type: ignore[arg-type]
    "nothing": ("013", lambda on: moving("x", BANK, DUTIES, 0, on)),
    "too much": ("013", lambda on: moving("x", BANK, DUTIES, LARGEST + 1, on)),
    "an account twice": ("014", lambda on: about("x", "open_account", ACCOUNTS[0], on)),
    "no cause": ("016", lambda on: replace(moving("x", BANK, DUTIES, 1, on), cause=Cause("", ""))),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_refused_alike_and_leaves_no_trace(opened: Book, day: date, case: str) -> None:
    opened.post(
        moving("p", BANK, DUTIES, 5, day),
        moving("h", LOAN, BANK, 10, day, kind="pending"),
        moving("old", LOAN, BANK, 10, day, kind="pending", expires_on=day + timedelta(days=1)),
    )
    journal, standings = list(opened.journal()), opened.standings()
    code, build = REFUSED[case]
    with pytest.raises(LedgerError) as refusal:
        opened.post(build(day))
    assert set(codes(refusal)) == {f"STN-LEDGER-{code}"}
    assert list(opened.journal()) == journal
    assert opened.standings() == standings


def test_one_refusal_refuses_the_batch_and_tells_every_problem(opened: Book, day: date) -> None:
    before = list(opened.journal())
    with pytest.raises(LedgerError) as refusal:
        opened.post(
            moving("good", BANK, DUTIES, 5, day),
            moving("over", LOAN, BANK, 1_001, day),
            moving("nowhere", "Assets:Nowhere", "Assets:Neither", 5, day),
        )
    assert codes(refusal) == ["STN-LEDGER-007", "STN-LEDGER-002", "STN-LEDGER-002"]
    assert list(opened.journal()) == before
    assert opened.store.find("USA", "good") is None


def test_a_voucher_sent_again_is_answered_and_not_repeated(opened: Book, day: date) -> None:
    voucher = moving("p", BANK, LOAN, 5, day)
    [first] = opened.post(voucher)
    opened.post(closing("close", day))
    again = opened.post(voucher, voucher)
    assert [receipt.recorded for receipt in again] == [first.recorded, first.recorded]
    assert all(receipt.is_repeat for receipt in again)
    assert standing(opened, BANK).debits == 5
    assert standing(opened, LOAN).credits == 5


def test_a_voucher_twice_in_one_batch_stands_once(opened: Book, day: date) -> None:
    voucher = moving("p", BANK, LOAN, 5, day)
    receipts = opened.post(voucher, voucher)
    assert [receipt.is_repeat for receipt in receipts] == [False, True]
    assert standing(opened, LOAN).credits == 5


def test_a_key_used_with_other_content_is_refused(opened: Book, day: date) -> None:
    opened.post(moving("p", BANK, DUTIES, 5, day))
    for other in (moving("p", BANK, DUTIES, 6, day), moving("p", BANK, DUTIES, 5, day, narrative="x")):
        with pytest.raises(LedgerError) as refusal:
            opened.post(other)
        assert codes(refusal) == ["STN-LEDGER-008"]


def test_organisations_share_neither_keys_nor_accounts(opened: Book, day: date) -> None:
    for account in (Account("JPN", BANK, "JPY"), Account("JPN", DUTIES, "JPY")):
        opened.post(about(f"open/{account.name}", "open_account", account, day))
    opened.post(
        moving("p", BANK, DUTIES, 5, day),
        moving("p", BANK, DUTIES, 9, day, organisation="JPN", commodity="JPY"),
    )
    assert standing(opened, BANK).debits == 5
    assert opened.balance("JPN", BANK).debits == 9
    assert [each.voucher.organisation for each in opened.journal("JPN")] == ["JPN"] * 3
    assert [each.account.organisation for each in opened.standings("JPN")] == ["JPN", "JPN"]
    names = [(each.account.organisation, each.account.name) for each in opened.standings()]
    assert names == sorted(names)
    with pytest.raises(NotFoundError):
        opened.balance("JPN", LOAN)


def test_what_is_held_counts_against_a_limit_until_it_is_freed(opened: Book, day: date) -> None:
    opened.post(moving("h", LOAN, BANK, 600, day, kind="pending"))
    with pytest.raises(LedgerError):
        opened.post(moving("p1", LOAN, BANK, 401, day))
    opened.post(moving("p2", LOAN, BANK, 400, day))
    with pytest.raises(LedgerError):
        opened.post(moving("p3", LOAN, BANK, 1, day))
    opened.post(acting("h/part", "post_pending", "h", day, Transfer(LOAN, BANK, 100, "USD")))
    opened.post(moving("p4", LOAN, BANK, 500, day))
    assert standing(opened, LOAN).most == 1_000
    with pytest.raises(LedgerError):
        opened.post(acting("h/void", "void_pending", "h", day))
    opened.post(acting("p2/undo", "reverse", "p2", day))
    assert standing(opened, LOAN).balance == 600


def test_limits_change_by_a_voucher_and_hold_from_then_on(opened: Book, day: date) -> None:
    opened.post(moving("p1", LOAN, BANK, 900, day))
    with pytest.raises(LedgerError) as refusal:
        opened.post(about("l1", "set_limits", Account("USA", LOAN, "USD", highest=899), day))
    assert codes(refusal) == ["STN-LEDGER-007"]
    opened.post(about("l2", "set_limits", Account("USA", LOAN, "USD", lowest=0, highest=2_000), day))
    opened.post(moving("p2", LOAN, BANK, 1_100, day))
    assert standing(opened, LOAN).account == Account("USA", LOAN, "USD", lowest=0, highest=2_000)
    with pytest.raises(LedgerError):
        opened.post(moving("p3", BANK, LOAN, 2_001, day))


def test_an_account_closes_at_zero_and_takes_nothing_more(opened: Book, day: date) -> None:
    opened.post(moving("in", CLEARING, BANK, 50, day), moving("out", BANK, CLEARING, 50, day))
    opened.post(about("close", "close_account", ACCOUNTS[6], day))
    closed = standing(opened, CLEARING)
    assert closed.is_closed
    assert (closed.debits, closed.credits) == (50, 50)
    for voucher in (moving("late", CLEARING, BANK, 1, day), acting("undo", "reverse", "out", day)):
        with pytest.raises(LedgerError) as refusal:
            opened.post(voucher)
        assert codes(refusal) == ["STN-LEDGER-003"]


def test_an_account_opened_used_and_closed_in_one_batch_stays_closed(opened: Book, day: date) -> None:
    brief = Account("USA", "Assets:Brief", "USD", lowest=0)
    opened.post(
        about("open/brief", "open_account", brief, day),
        moving("in", brief.name, BANK, 7, day),
        moving("out", BANK, brief.name, 7, day),
        about("close/brief", "close_account", brief, day),
    )
    found = standing(opened, brief.name)
    assert found.is_closed
    assert (found.debits, found.credits, found.account) == (7, 7, brief)


def test_a_closed_period_takes_nothing_and_stays_closed(opened: Book, day: date) -> None:
    assert opened.store.closed_through("USA") is None
    opened.post(closing("c1", day))
    opened.post(closing("c2", day + timedelta(days=2)))
    assert opened.store.closed_through("USA") == day + timedelta(days=2)
    assert opened.store.closed_through("JPN") is None
    for voucher in (moving("late", BANK, DUTIES, 1, day + timedelta(days=2)), closing("c3", day)):
        with pytest.raises(LedgerError) as refusal:
            opened.post(voucher)
        assert codes(refusal) == ["STN-LEDGER-005"]
    opened.post(moving("next", BANK, DUTIES, 1, day + timedelta(days=3)))


def test_a_voucher_is_settled_once(opened: Book, day: date) -> None:
    opened.post(moving("p", BANK, DUTIES, 5, day), moving("h", LOAN, BANK, 10, day, kind="pending"))
    assert opened.store.settled_by("USA", "h") is None
    opened.post(acting("h/post", "post_pending", "h", day), acting("p/undo", "reverse", "p", day))
    assert opened.store.settled_by("USA", "h") == "h/post"
    assert opened.store.settled_by("USA", "p") == "p/undo"
    for kind, target in (("void_pending", "h"), ("post_pending", "h"), ("reverse", "p")):
        with pytest.raises(LedgerError) as refusal:
            opened.post(acting("again", kind, target, day))
        assert codes(refusal) == ["STN-LEDGER-010"]


def test_what_has_expired_is_freed_exactly_once(opened: Book, day: date) -> None:
    for number in range(3):
        until = day + timedelta(days=number + 1)
        opened.post(moving(f"h{number}", LOAN, BANK, 100, day, kind="pending", expires_on=until))
    opened.post(acting("h0/void", "void_pending", "h0", day))
    on = day + timedelta(days=2)
    assert [each.voucher.key for each in opened.store.lapsed("USA", on)] == ["h1"]
    assert [receipt.key for receipt in opened.expire("USA", on)] == ["h1/expired"]
    assert opened.expire("USA", on) == []
    assert standing(opened, LOAN).pending_debits == 100
