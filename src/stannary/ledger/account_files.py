"""Files of accounts (CSV): the accounts an organisation opens, with limits, as a bookkeeper lists them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from stannary.errors import LedgerError, Place, Problem
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.commodities import is_commodity
from stannary.ledger.csv_rows import CsvRow, csv_rows, no_more_than_can_be_read
from stannary.ledger.files import Filed, read_amount
from stannary.ledger.form import faults_of
from stannary.ledger.vouchers import Cause, Voucher

__all__ = ["COLUMNS", "FiledAccount", "openings_of", "read_accounts"]

COLUMNS = ("account", "commodity", "lowest", "highest", "clears_within_days")
REQUIRED = ("account", "commodity")

LONGEST_KEY = 200
DAYS = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class FiledAccount:
    """An account and where in its file it stands."""

    account: Account
    place: Place


def read_accounts(content: bytes, *, name: str, organisation: str) -> tuple[FiledAccount, ...]:
    """Read a CSV file of accounts; limits are amounts in major units, empty for none.

    Raises `LedgerError` with every fault: STN-LEDGER-022 where the file cannot be read, 001, 004, 013 where
    an account is not in its form, 014 for one that is listed twice.
    """
    problems: list[Problem] = []
    filed: dict[str, FiledAccount] = {}
    for row in csv_rows(content, name, COLUMNS, REQUIRED, problems):
        account = _account(row, organisation, problems)
        if account.name in filed:
            message, remedy = f"{account.name} is listed twice.", "Leave one out."
            problems.append(Problem("STN-LEDGER-014", message, remedy, row.at("account")))
        filed.setdefault(account.name, FiledAccount(account, replace(row.place, path=account.name[:80])))
    if not problems:
        for each in filed.values():
            opening = _opening(each.account, date(2000, 1, 1), Cause("chart", name))
            problems += (replace(fault, place=each.place) for fault in faults_of(opening))
    if problems:
        raise LedgerError(no_more_than_can_be_read(problems))
    return tuple(filed.values())


def openings_of(
    book: Book, accounts: Iterable[FiledAccount], on: date, cause: Cause
) -> tuple[tuple[Filed, ...], int]:
    """Give the vouchers that open what is not open yet, and how many accounts stand already as listed.

    An account that stands otherwise than listed is left to the book, which refuses it (STN-LEDGER-014).
    """
    listed = tuple(accounts)
    standing = {
        (each.account.organisation, each.account.name): each.account
        for organisation in {each.account.organisation for each in listed}
        for each in book.standings(organisation)
        if not each.is_closed
    }
    made, known = [], 0
    for each in listed:
        account = each.account
        if standing.get((account.organisation, account.name)) == account:
            known += 1
            continue
        made.append(Filed(_opening(account, on, cause), each.place))
    return tuple(made), known


def _opening(account: Account, on: date, cause: Cause) -> Voucher:
    key = f"open/{account.name}"
    if len(key) > LONGEST_KEY:
        key = f"open/{hashlib.sha256(account.name.encode()).hexdigest()}"
    return Voucher(account.organisation, key, "open_account", on, cause, account=account)


def _account(row: CsvRow, organisation: str, problems: list[Problem]) -> Account:
    cells = row.cells
    commodity = cells["commodity"]
    bounds: dict[str, int | None] = {"lowest": None, "highest": None}
    if not is_commodity(commodity):
        message = f"{commodity[:40]!r} is nothing a book counts."
        remedy = "Use an ISO 4217 currency, or a product in capitals such as NDPR.OXIDE."
        problems.append(Problem("STN-LEDGER-004", message, remedy, row.at("commodity")))
    else:
        for bound in bounds:
            units = read_amount(cells[bound], commodity) if cells[bound] else None
            if isinstance(units, str):
                remedy = "Write digits, a point and no separators: 1250.00, or leave it empty."
                problems.append(Problem("STN-LEDGER-013", units, remedy, row.at(bound)))
            else:
                bounds[bound] = units
    days = cells["clears_within_days"]
    if days and DAYS.fullmatch(days) is None:
        message, at = f"{days[:40]!r} is no number of days.", row.at("clears_within_days")
        problems.append(Problem("STN-LEDGER-001", message, "Write, say, 30, or leave it empty.", at))
        days = ""
    return Account(
        organisation,
        cells["account"],
        commodity,
        bounds["lowest"],
        bounds["highest"],
        int(days) if days else None,
    )
