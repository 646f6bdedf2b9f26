"""Books to seal: a plain one of duties, and one in which every kind of voucher stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stannary.errors import LedgerError
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.logbook import write_log
from stannary.ledger.migrating import migrate
from stannary.ledger.notes import SigningKey
from stannary.ledger.sealing import SealedLog, keep_cosignatures
from stannary.ledger.sqlite import SqliteStore
from stannary.ledger.store import Store
from stannary.ledger.vouchers import Cause, Kind, Transfer, Voucher
from stannary.ledger.witnessing import Witness, cosign

ORIGIN = "zone.example/books"
KEY = SigningKey(ORIGIN, 1, bytes(range(32)))
OTHER_KEY = SigningKey(ORIGIN, 1, bytes(range(1, 33)))
VKEY = str(KEY.vkey)
WITNESS = SigningKey("witness.example", 4, bytes([9]) * 32)
DAY = date(2024, 1, 2)
NOW = datetime(2024, 1, 2, 9, tzinfo=UTC)
HOUR = 1_793_600_000
CAUSE = Cause("determination", "E-100/1", "a" * 64, "b" * 64, "floors-3", "0.1.0")
CASH, DUTIES, OWED, LOAN = "Assets:Cash", "Income:Duties", "Assets:Receivable:Duties", "Assets:Loans:Acme"
STOCK, RECEIPTS = "Assets:Stock:NdPr", "Equity:Stock:NdPr"
METAL = "NDPR.OXIDE"


class Clock:
    """A clock that moves a second each time it is read."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Give the hour."""
        self.now += timedelta(seconds=1)
        return self.now


def opening() -> list[Voucher]:
    """Open the accounts of a plain book."""
    return [
        Voucher("USA", f"open/{at}", "open_account", DAY, CAUSE, account=Account("USA", name, "USD"))
        for at, name in enumerate((CASH, DUTIES, OWED))
    ]


def duty(number: int, amount: int = 100) -> Voucher:
    """Book a duty of a little more than `amount`."""
    transfers = (Transfer(OWED, DUTIES, amount + number, "USD"),)
    return Voucher("USA", f"duty/{number}", "post", DAY, CAUSE, transfers, narrative="Żółć – 関税")


def filled(store: Store, count: int = 5) -> Store:
    """Give a store with three accounts and so many duties, each put in by itself."""
    book = Book(store)
    book.post(*opening())
    for number in range(count):
        book.post(duty(number))
    return store


def voucher(key: str, kind: Kind, *transfers: Transfer, day: date = DAY, **more: Any) -> Voucher:
    """Give a voucher of one organisation."""
    return Voucher("USA", key, kind, day, CAUSE, transfers, **more)


def fill(store: Store) -> None:
    """Put a voucher of every kind into a book, for two organisations."""
    book = Book(store)
    accounts = [
        Account("USA", CASH, "USD"), Account("USA", DUTIES, "USD"),
        Account("USA", OWED, "USD", clears_within_days=30),
        Account("USA", LOAN, "USD", lowest=0, highest=500),
        Account("USA", STOCK, METAL, lowest=0), Account("USA", RECEIPTS, METAL),
        Account("USA", "Assets:Old", "USD"), Account("CAN", CASH, "CAD"), Account("CAN", DUTIES, "CAD"),
    ]  # fmt: skip
    for number, account in enumerate(accounts):
        book.post(
            Voucher(account.organisation, f"open/{number}", "open_account", DAY, CAUSE, account=account)
        )
    duty = Transfer(OWED, DUTIES, 101, "USD")
    draw = Transfer(LOAN, CASH, 300, "USD")
    book.post(voucher("duty/1", "post", duty, Transfer(CASH, OWED, 50, "USD"), narrative="Żółć – 関税"))
    book.post(voucher("draw/1", "pending", draw, expires_on=DAY + timedelta(20), member="USA"))
    book.post(voucher("draw/2", "pending", replace(draw, amount=150)))
    book.post(voucher("draw/1/post", "post_pending", replace(draw, amount=200), refers_to="draw/1"))
    book.post(voucher("draw/2/void", "void_pending", refers_to="draw/2"))
    book.post(voucher("draw/3", "pending", replace(draw, amount=10)))
    book.post(voucher("draw/3/post", "post_pending", refers_to="draw/3"))
    book.post(voucher("duty/2", "post", replace(duty, amount=7)))
    book.post(voucher("duty/2/undo", "reverse", refers_to="duty/2"))
    book.post(voucher("stock/1", "post", Transfer(STOCK, RECEIPTS, 5_000_000_000, METAL), mineral="ndpr"))
    book.post(voucher("limit/1", "set_limits", account=replace(accounts[3], highest=900)))
    book.post(voucher("old", "close_account", account=accounts[6]))
    book.post(
        Voucher("CAN", "duty/1", "post", DAY, CAUSE, (Transfer(CASH, DUTIES, 5, "CAD"),), programme="p")
    )
    book.post(voucher("close/1", "close_period", day=DAY - timedelta(1)))
    book.post(voucher("draw/4", "pending", replace(draw, amount=20), day=DAY + timedelta(1)))


def seal_a_lively_book(folder: Path) -> tuple[Path, Path, str]:
    """Give a sealed book in SQLite, its log, and its checkpoint with the signature of a witness."""
    book, log = folder / "book.stannary", folder / "log.ndjson"
    migrate(book)
    store = SqliteStore(book, Clock())
    try:
        fill(store)
        tree = SealedLog(store)
        member = Witness(WITNESS, KEY.vkey, ORIGIN, folder / "seen")
        checkpoint = tree.seal(KEY, ORIGIN, Clock())
        note = cosign(member, checkpoint.note, tree.continues, HOUR)
        checkpoint = keep_cosignatures(store, note, KEY.vkey, [WITNESS.vkey])
        write_log(store, log)
    finally:
        store.close()
    return book, log, checkpoint.note


def witness(folder: Path, number: int = 1) -> Witness:
    """Give one of several witnesses."""
    key = SigningKey(f"witness{number}.example", 4, bytes([number]) * 32)
    return Witness(key, KEY.vkey, ORIGIN, folder / f"seen{number}")


def fails(code: str, act: Callable[[], object]) -> str:
    """Have it refused with this code and no other; give the message."""
    with pytest.raises(LedgerError) as caught:
        act()
    assert [problem.code for problem in caught.value.problems] == [code]
    return caught.value.problems[0].message
