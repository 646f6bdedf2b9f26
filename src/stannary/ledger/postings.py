"""Files of postings: one signed row an account (CSV), for those whose books come out of a spreadsheet.

Rows of one key are one voucher: debits positive, credits negative, in sum zero in each commodity. They become
transfers in one way only: in the order of the rows, the first open debit takes from the first open credit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from stannary.errors import LedgerError, Problem
from stannary.ledger.commodities import in_words, is_commodity
from stannary.ledger.csv_rows import CsvRow, csv_rows, no_more_than_can_be_read
from stannary.ledger.files import MOST_PROBLEMS, Filed, read_amount, read_day
from stannary.ledger.form import MOST_TRANSFERS, faults_of
from stannary.ledger.vouchers import Cause, Transfer, Voucher

__all__ = ["COLUMNS", "REQUIRED", "read_postings", "transfers_of"]

REQUIRED = ("key", "date", "account", "amount", "commodity", "cause_kind", "cause")
COLUMNS = (
    *REQUIRED, "narrative", "organisation", "kind", "expires_on", "cause_digest", "cause_charter",
    "cause_article", "cause_software", "member", "programme", "mineral",
)  # fmt: skip

OF_THE_VOUCHER = tuple(name for name in COLUMNS if name not in ("key", "account", "amount", "commodity"))
"""Columns that say the same in every row of a key; a row after the first may leave them empty."""

FORM, COMMODITY, AMOUNT = "STN-LEDGER-001", "STN-LEDGER-004", "STN-LEDGER-013"
BALANCE, CAUSE = "STN-LEDGER-015", "STN-LEDGER-016"


def read_postings(content: bytes, *, name: str = "postings", organisation: str = "") -> tuple[Filed, ...]:
    """Read a CSV file of postings as vouchers, in the order in which their keys first appear.

    Raises `LedgerError` with every fault: STN-LEDGER-022 where the file cannot be read, 015 where the rows of
    a key do not sum to zero, 001, 004, 006, 013, 016 as for any voucher.
    """
    problems: list[Problem] = []
    by_key: dict[tuple[str, str], list[CsvRow]] = {}
    for row in csv_rows(content, name, COLUMNS, REQUIRED, problems):
        by_key.setdefault((row.cells["organisation"] or organisation, row.cells["key"]), []).append(row)
    filed: list[Filed] = []
    for (owner, key), rows in by_key.items():
        if len(problems) >= MOST_PROBLEMS:
            break
        voucher = _voucher(owner, key, rows, problems)
        if voucher is not None:
            filed.append(Filed(voucher, replace(rows[0].place, column=1)))
    if problems:
        raise LedgerError(no_more_than_can_be_read(problems))
    return tuple(filed)


def transfers_of(postings: Sequence[tuple[str, int, str]]) -> tuple[Transfer, ...]:
    """Turn signed postings (account, minor units, commodity) that sum to zero into transfers.

    Commodities in order of first appearance; in each, the first open debit takes from the first open credit.
    No account may stand on both sides.
    """
    made: list[Transfer] = []
    for commodity in dict.fromkeys(each[2] for each in postings):
        debits = deque((name, units) for name, units, of in postings if of == commodity and units > 0)
        credits = deque((name, -units) for name, units, of in postings if of == commodity and units < 0)
        while debits and credits:
            (debit, asked), (credit, given) = debits.popleft(), credits.popleft()
            amount = min(asked, given)
            made.append(Transfer(debit, credit, amount, commodity))
            if asked > amount:
                debits.appendleft((debit, asked - amount))
            if given > amount:
                credits.appendleft((credit, given - amount))
    return tuple(made)


def _voucher(owner: str, key: str, rows: list[CsvRow], problems: list[Problem]) -> Voucher | None:
    before = len(problems)
    if len(rows) > 2 * MOST_TRANSFERS:
        message = f"There are {len(rows):,} rows under the key {key[:80]}."
        problems.append(_fault(rows[0], "key", message, f"Split it: at most {2 * MOST_TRANSFERS:,} rows."))
        return None
    said = {name: _said(name, rows, problems) for name in OF_THE_VOUCHER}
    first = rows[0]
    if not owner:
        remedy = "Add the column organisation, or name one for the whole file."
        problems.append(_fault(first, "organisation", "The voucher belongs to no organisation.", remedy))
    kind = said["kind"] or "post"
    is_pending = kind == "pending"
    if kind not in ("post", "pending"):
        remedy = "Write post or pending; other kinds go into a file of vouchers."
        problems.append(_fault(first, "kind", f"{kind[:40]!r} is no kind of posting.", remedy))
    days = {name: _day(first, name, said[name], problems) for name in ("date", "expires_on")}
    if not said["date"]:
        problems.append(_fault(first, "date", "The date is missing.", "Write it YYYY-MM-DD."))
    if not said["cause_kind"] or not said["cause"]:
        message, remedy = "The voucher names no cause.", "Name the decision behind it."
        problems.append(_fault(first, "cause", message, remedy, CAUSE))
    postings = [each for row in rows if (each := _posting(row, problems)) is not None]
    if len(problems) == before:
        problems += _faults_of_sums(key, rows, postings)
    day = days["date"]
    if len(problems) > before or day is None:
        return None
    voucher = Voucher(
        owner, key, "pending" if is_pending else "post", day, _cause(said), transfers_of(postings),
        narrative=said["narrative"], expires_on=days["expires_on"],
        member=said["member"], programme=said["programme"], mineral=said["mineral"],
    )  # fmt: skip
    place = replace(first.place, column=1)
    problems += (replace(each, place=replace(place, path=each.place.path)) for each in faults_of(voucher))
    return voucher


def _said(name: str, rows: list[CsvRow], problems: list[Problem]) -> str:
    first = rows[0].cells[name]
    for row in rows[1:]:
        if row.cells[name] not in ("", first):
            here = row.cells[name][:40]
            message = f"{name} is {here!r} here and {first[:40]!r} in the first row of its key."
            problems.append(_fault(row, name, message, "Say it once, or use another key."))
    return first


def _day(row: CsvRow, name: str, text: str, problems: list[Problem]) -> date | None:
    day = read_day(text)
    if text and day is None:
        problems.append(_fault(row, name, f"{text[:40]!r} is no day.", "Write it YYYY-MM-DD."))
    return day


def _cause(said: Mapping[str, str]) -> Cause:
    return Cause(
        said["cause_kind"], said["cause"], said["cause_digest"], said["cause_charter"],
        said["cause_article"], said["cause_software"],
    )  # fmt: skip


def _posting(row: CsvRow, problems: list[Problem]) -> tuple[str, int, str] | None:
    commodity, written = row.cells["commodity"], row.cells["amount"]
    if not is_commodity(commodity):
        message = f"{commodity[:40]!r} is nothing a book counts."
        remedy = "Use an ISO 4217 currency, or a product in capitals such as NDPR.OXIDE."
        problems.append(_fault(row, "commodity", message, remedy, COMMODITY))
        return None
    units = read_amount(written, commodity)
    if isinstance(units, int) and units:
        return row.cells["account"], units, commodity
    message = units if isinstance(units, str) else "The amount is zero."
    remedy = "Write digits, a point and no separators: 1250.00, or -1250.00 for a credit."
    problems.append(_fault(row, "amount", message, remedy, AMOUNT))
    return None


def _faults_of_sums(key: str, rows: list[CsvRow], postings: list[tuple[str, int, str]]) -> Iterator[Problem]:
    sums: dict[str, int] = {}
    sides: dict[tuple[str, str], bool] = {}
    for row, (account, units, commodity) in zip(rows, postings, strict=True):
        sums[commodity] = sums.get(commodity, 0) + units
        if sides.setdefault((account, commodity), units > 0) != (units > 0):
            message = f"{account} is debited and credited under the key {key[:80]}."
            yield _fault(row, "account", message, "Net the two, or use two keys.")
    for commodity, total in sums.items():
        if total:
            message = f"The rows of {key[:80]} sum to {in_words(total, commodity)}, not to zero."
            yield _fault(rows[0], "amount", message, "Debits are positive, credits negative.", BALANCE)


def _fault(row: CsvRow, name: str, message: str, remedy: str, code: str = FORM) -> Problem:
    return Problem(code, message, remedy, row.at(name))
