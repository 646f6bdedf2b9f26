"""Accounts and vouchers that tests send to books of every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from stannary.errors import LedgerError
from stannary.ledger.accounts import Account, Standing
from stannary.ledger.book import Book
from stannary.ledger.vouchers import Cause, Transfer, Voucher

CAUSE = Cause("determination", "E-100/1", "ab" * 32, "cd" * 32, "Article 5", "0.1.0")
BANK, DUTIES, LOAN, PREPAID = "Assets:Bank", "Income:Duties", "Assets:Loan", "Liabilities:Prepaid"
LOT, DEPOT, CLEARING = "Assets:Lot:A1", "Equity:Depot", "Assets:Clearing"

ACCOUNTS = (
    Account("USA", BANK, "USD"),
    Account("USA", DUTIES, "USD"),
    Account("USA", LOAN, "USD", highest=1_000),
    Account("USA", PREPAID, "USD", lowest=-500, highest=0),
    Account("USA", LOT, "NDPR.OXIDE", lowest=0),
    Account("USA", DEPOT, "NDPR.OXIDE"),
    Account("USA", CLEARING, "USD", clears_within_days=5),
)


def moving(key: str, debit: str, credit: str, amount: int, on: date, **fields: Any) -> Voucher:
    """Give a voucher of one transfer in USD, of kind post unless told otherwise."""
    made = {"kind": "post", "commodity": "USD", "organisation": "USA", **fields}
    transfer = Transfer(debit, credit, amount, made.pop("commodity"))
    return Voucher(made.pop("organisation"), key, made.pop("kind"), on, CAUSE, (transfer,), **made)


def acting(key: str, kind: Any, target: str, on: date, *transfers: Transfer) -> Voucher:
    """Give a voucher that acts on another."""
    return Voucher("USA", key, kind, on, CAUSE, transfers, refers_to=target)


def about(key: str, kind: Any, account: Account, on: date) -> Voucher:
    """Give a voucher about an account."""
    return Voucher(account.organisation, key, kind, on, CAUSE, account=account)


def closing(key: str, on: date) -> Voucher:
    """Give a voucher that closes the books up to a day."""
    return Voucher("USA", key, "close_period", on, CAUSE)


def standing(book: Book, name: str) -> Standing:
    """Give an account of the organisation that most tests are about."""
    return book.balance("USA", name)


def codes(refusal: pytest.ExceptionInfo[LedgerError]) -> list[str]:
    """Give the codes of a refusal."""
    return [problem.code for problem in refusal.value.problems]


def all_kinds(day: date) -> list[Voucher]:
    """Give a voucher of every kind, in an order in which each is accepted."""
    spare = Account("USA", "Expenses:Spare", "JPY", lowest=0, highest=10, clears_within_days=3)
    words = {"narrative": "Überweisung — 关税", "member": "DEU", "programme": "vault", "mineral": "ndpr"}
    return [
        about("spare/open", "open_account", spare, day),
        about("spare/limits", "set_limits", replace(spare, lowest=None, highest=2**61), day),
        about("spare/close", "close_account", spare, day),
        moving("p1", BANK, DUTIES, 700, day, **words),
        moving("h1", LOAN, BANK, 300, day, kind="pending", expires_on=day + timedelta(days=40)),
        acting("h1/part", "post_pending", "h1", day, Transfer(LOAN, BANK, 200, "USD")),
        moving("h2", LOAN, BANK, 400, day, kind="pending"),
        acting("h2/all", "post_pending", "h2", day),
        moving("h3", BANK, PREPAID, 500, day, kind="pending"),
        acting("h3/void", "void_pending", "h3", day),
        acting("p1/undo", "reverse", "p1", day),
        acting("h1/undo", "reverse", "h1/part", day + timedelta(days=1)),
        closing("close/1", day - timedelta(days=1)),
    ]
