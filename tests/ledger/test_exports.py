from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from beancount import loader
from beancount.core.data import Balance, Close, Commodity, Open, Transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.ledger.accounts import Account
from stannary.ledger.beancount import as_beancount, currencies_of
from stannary.ledger.book import Book
from stannary.ledger.commodities import amount_of, is_commodity
from stannary.ledger.export import (
    JOURNAL_COLUMNS,
    STARTS_A_FORMULA,
    gather,
    harmless,
    journal_csv,
    journal_json,
)
from stannary.ledger.files import read_vouchers
from stannary.ledger.hledger import as_hledger
from stannary.ledger.logbook import RecordedHours
from stannary.ledger.memory import MemoryStore
from stannary.ledger.vouchers import Cause, Voucher

from .lively_books import HOME, book_with, lively_books, moves

BRISK = settings(max_examples=30, deadline=None)
CASH, SUB = Account(HOME, "Assets:Cash", "USD"), Account(HOME, "Assets:Cash:Petty", "USD")
INCOME = Account(HOME, "Income:Duties", "USD")
CAUSE = Cause("determination", "E-1")
DAY = date(2026, 1, 5)


def beancount_of(book: Book):
    entries, errors, _ = loader.load_string("".join(as_beancount(gather(book, HOME))))
    assert [each.message for each in errors] == []
    return entries


def balances_in_beancount(entries) -> dict[tuple[str, str], Decimal]:
    codes = {each.currency: each.meta["code"] for each in entries if isinstance(each, Commodity)}
    sums: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else ():
            sums[posting.account, codes[posting.units.currency]] += posting.units.number
    return {at: total for at, total in sums.items() if total}


def balances_of(book: Book) -> dict[tuple[str, str], Decimal]:
    return {
        (each.account.name, each.account.commodity): amount_of(each.balance, each.account.commodity)
        for each in book.standings(HOME)
        if each.balance
    }


@BRISK
@given(lively_books())
def test_beancount_accepts_every_book_and_finds_the_same_balances(book):
    entries = beancount_of(book)
    assert balances_in_beancount(entries) == balances_of(book)
    opened = {each.account for each in entries if isinstance(each, Open)}
    assert opened == {each.account.name for each in book.standings(HOME)}
    closed = sum(isinstance(each, Close) for each in entries)
    asserted = [each for each in entries if isinstance(each, Balance)]
    assert len(asserted) + closed == len(opened)
    assert all(each.tolerance == 0 for each in asserted)


@BRISK
@given(lively_books())
def test_beancount_reads_back_every_word(book):
    told = {each.meta["key"]: each for each in beancount_of(book) if isinstance(each, Transaction)}
    posted = {
        each.voucher.key: each.voucher
        for each in book.journal(HOME)
        if each.transfers and each.voucher.kind != "pending"
    }
    assert told.keys() == posted.keys()
    for key, voucher in posted.items():
        assert told[key].date == voucher.effective_on
        assert told[key].meta.get("member", "") == voucher.member
        if voucher.narrative:
            assert told[key].narration == voucher.narrative


def test_a_balance_that_is_a_cent_off_is_not_accepted():
    book = book_with(
        (CASH, INCOME), Voucher(HOME, "a", "post", DAY, CAUSE, moves("Assets:Cash", INCOME.name, 100))
    )
    text = "".join(as_beancount(gather(book, HOME)))
    _, errors, _ = loader.load_string(text.replace("balance Assets:Cash 1.00", "balance Assets:Cash 1.01"))
    assert len(errors) == 1


def test_a_parent_account_is_asserted_with_all_below_it():
    vouchers = [
        Voucher(HOME, key, "post", DAY, CAUSE, moves(name, INCOME.name, 100))
        for key, name in (("a", CASH.name), ("b", SUB.name))
    ]
    book = book_with((CASH, SUB, INCOME), *vouchers)
    text = "".join(as_beancount(gather(book, HOME)))
    assert "balance Assets:Cash 2.00 ~ 0 USD" in text
    assert "balance Assets:Cash:Petty 1.00 ~ 0 USD" in text
    beancount_of(book)


def test_an_account_that_is_used_before_it_was_opened_and_closed_later_is_accepted():
    book = book_with(())
    on = date(2026, 3, 1)
    for account in (CASH, INCOME):
        book.post(Voucher(HOME, f"open/{account.name}", "open_account", on, CAUSE, account=account))
    book.post(Voucher(HOME, "a", "post", DAY, CAUSE, moves(CASH.name, INCOME.name, 100)))
    book.post(Voucher(HOME, "b", "reverse", on + timedelta(days=9), CAUSE, refers_to="a"))
    book.post(Voucher(HOME, "c", "close_account", on, CAUSE, account=CASH))
    opened = {each.account: each.date for each in beancount_of(book) if isinstance(each, Open)}
    assert opened[CASH.name] == DAY


CODES = st.from_regex(r"[A-Z][A-Z0-9_-]{0,6}(\.[A-Z0-9_-]{1,6}){1,2}", fullmatch=True).filter(is_commodity)


@settings(max_examples=50, deadline=None)
@given(st.lists(CODES, min_size=1, max_size=5, unique=True))
def test_every_commodity_has_a_name_of_its_own_that_beancount_reads(codes):
    names = currencies_of(codes)
    assert len(set(names.values())) == len(codes)
    text = "".join(f'2026-01-01 commodity {names[code]}\n  code: "{code}"\n' for code in codes)
    entries, errors, _ = loader.load_string(text)
    assert errors == []
    assert {each.currency: each.meta["code"] for each in entries} == {names[code]: code for code in codes}


@pytest.fixture(scope="module")
def hledger() -> str:
    """Give the program, or say that it is missing; where everything must be checked, that is a failure."""
    found = shutil.which("hledger")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("hledger is not installed; the checks must have it.")
        pytest.skip("hledger is not installed here; the checks have it.")
    return found


@settings(max_examples=8, deadline=None)
@given(book=lively_books())
def test_hledger_accepts_every_book_and_finds_the_same_balances(hledger, book):
    text = "".join(as_hledger(gather(book, HOME)))
    environment = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}

    def ran(*words: str) -> str:
        command = [hledger, "-f", "-", *words]
        return subprocess.run(
            command, input=text, encoding="utf-8", capture_output=True, check=True, env=environment
        ).stdout

    ran("check", "--strict")
    rows = csv.reader(io.StringIO(ran("balance", "--flat", "--no-total", "-O", "csv", "--layout", "bare")))
    next(rows)
    found = {(account, code): Decimal(amount) for account, code, amount in rows if Decimal(amount)}
    assert found == balances_of(book)


@BRISK
@given(lively_books())
def test_rows_for_a_spreadsheet_sum_to_the_balances_and_hold_no_formula(book):
    rows = list(csv.DictReader(io.StringIO("".join(journal_csv(book.journal())))))
    assert len({row["number"] for row in rows}) == sum(1 for _ in book.journal())
    sums: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row["amount"]:
            sums[row["account"], row["commodity"]] += Decimal(row["amount"])
        for column, cell in row.items():
            assert column in ("amount", "held") or not cell.startswith(STARTS_A_FORMULA)
    assert {at: total for at, total in sums.items() if total} == balances_of(book)


def test_an_empty_journal_is_a_header():
    assert list(journal_csv(())) == [",".join(JOURNAL_COLUMNS) + "\n"]


@given(st.text())
def test_what_is_made_harmless_is_only_marked(text):
    made = harmless(text)
    assert made in (text, f"'{text}")
    assert not made.startswith(STARTS_A_FORMULA)


@BRISK
@given(lively_books())
def test_a_book_written_as_vouchers_and_posted_again_is_the_same_book(book):
    text = "".join(journal_json(book.journal()))
    clock = RecordedHours()
    again = Book(MemoryStore(clock))
    for filed, recorded in zip(read_vouchers(text.encode()), book.journal(), strict=True):
        clock.hour = recorded.recorded_at
        again.post(filed.voucher)
    assert again.standings() == book.standings()
    assert [each.voucher for each in again.journal()] == [each.voucher for each in book.journal()]
