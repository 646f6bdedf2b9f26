"""The journal for others: rows of signed postings (CSV), and what plain-text accounting needs of a book.

What is written for a spreadsheet begins no cell with a sign that a spreadsheet would run as a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.files import amount_text, voucher_line
from stannary.ledger.state import Recorded
from stannary.ledger.vouchers import Cause

__all__ = [
    "JOURNAL_COLUMNS",
    "LifeOfAccount",
    "PlainBook",
    "cause_in_words",
    "gather",
    "harmless",
    "journal_csv",
    "journal_json",
    "journal_rows",
]

JOURNAL_COLUMNS = (
    "number", "organisation", "key", "kind", "effective_on", "recorded_at", "account", "amount", "held",
    "commodity", "narrative", "refers_to", "expires_on", "cause_kind", "cause", "cause_digest",
    "cause_charter", "cause_article", "cause_software", "member", "programme", "mineral",
)  # fmt: skip

STARTS_A_FORMULA = tuple("=+-@\t\r\n|%＝＋－＠")


@dataclass(frozen=True, slots=True)
class LifeOfAccount:
    """An account from its first day to its last, and what is posted to it in all, in minor units."""

    account: Account
    first_on: date
    closed_on: date | None
    units: int


@dataclass(frozen=True, slots=True)
class PlainBook:
    """One organisation's accounts by name, and its vouchers that moved amounts, by effective date."""

    organisation: str
    accounts: tuple[LifeOfAccount, ...]
    entries: tuple[Recorded, ...]

    @property
    def commodities(self) -> tuple[str, ...]:
        """Give what the accounts count, sorted."""
        return tuple(sorted({each.account.commodity for each in self.accounts}))

    @property
    def first_on(self) -> date:
        """Give the first day of any account."""
        return min((each.first_on for each in self.accounts), default=date(1970, 1, 1))

    @property
    def after(self) -> date:
        """Give the day after everything."""
        days = [each.voucher.effective_on for each in self.entries]
        days += [each.closed_on or each.first_on for each in self.accounts]
        return max(days, default=date(1970, 1, 1)) + timedelta(days=1)


def journal_csv(journal: Iterable[Recorded]) -> Iterator[str]:
    """Write a journal as CSV, line by line: one row a posting, the header first."""
    text = io.StringIO()
    writer = csv.DictWriter(text, JOURNAL_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in journal_rows(journal):
        writer.writerow({name: harmless(said, name) for name, said in row.items()})
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def journal_json(journal: Iterable[Recorded]) -> Iterator[str]:
    """Write a journal as a file of vouchers, one a line, which an empty book can be posted from."""
    for recorded in journal:
        yield voucher_line(recorded.voucher)


def journal_rows(journal: Iterable[Recorded]) -> Iterator[dict[str, str]]:
    """Give one row a posting: `amount` sums to the balance; what a pending voucher holds is under `held`."""
    for number, recorded in enumerate(journal, 1):
        about = _about(number, recorded)
        voucher = recorded.voucher
        column = "held" if voucher.kind == "pending" else "amount"
        for transfer in recorded.transfers:
            for account, units in ((transfer.debit, transfer.amount), (transfer.credit, -transfer.amount)):
                written = amount_text(units, transfer.commodity)
                yield about | {"account": account, column: written, "commodity": transfer.commodity}
        if not recorded.transfers:
            of = voucher.account
            yield about if of is None else about | {"account": of.name, "commodity": of.commodity}


def harmless(text: str, column: str = "") -> str:
    """Give a cell that no spreadsheet runs: a quote is put before text that would begin a formula.

    Columns of amounts are left alone; they hold digits, a point and a minus.
    """
    if column in ("amount", "held") or not text.startswith(STARTS_A_FORMULA):
        return text
    return f"'{text}"


def gather(book: Book, organisation: str) -> PlainBook:
    """Gather what plain-text accounting needs of a book, everything posted; what is pending is left out."""
    entries: list[Recorded] = []
    first: dict[str, date] = {}
    last: dict[str, date] = {}
    closed: dict[str, date] = {}
    for recorded in book.journal(organisation):
        voucher = recorded.voucher
        names = {name for each in recorded.transfers for name in (each.debit, each.credit)}
        if voucher.account is not None:
            names.add(voucher.account.name)
        for name in names:
            first[name] = min(first.get(name, voucher.effective_on), voucher.effective_on)
            last[name] = max(last.get(name, voucher.effective_on), voucher.effective_on)
        if voucher.kind == "close_account" and voucher.account is not None:
            closed[voucher.account.name] = voucher.effective_on
        if recorded.transfers and voucher.kind != "pending":
            entries.append(recorded)
    accounts = tuple(
        LifeOfAccount(
            each.account,
            first[each.account.name],
            last[each.account.name] if each.account.name in closed else None,
            each.balance,
        )
        for each in book.standings(organisation)
    )
    entries.sort(key=lambda recorded: recorded.voucher.effective_on)
    return PlainBook(organisation, accounts, tuple(entries))


def cause_in_words(cause: Cause) -> str:
    """Name a decision: its kind and its reference."""
    return f"{cause.kind} {cause.reference}"


def _about(number: int, recorded: Recorded) -> dict[str, str]:
    voucher, cause = recorded.voucher, recorded.voucher.cause
    about = dict.fromkeys(JOURNAL_COLUMNS, "")
    return about | {
        "number": str(number),
        "organisation": voucher.organisation,
        "key": voucher.key,
        "kind": voucher.kind,
        "effective_on": voucher.effective_on.isoformat(),
        "recorded_at": recorded.recorded_at.isoformat(),
        "narrative": voucher.narrative,
        "refers_to": voucher.refers_to or "",
        "expires_on": "" if voucher.expires_on is None else voucher.expires_on.isoformat(),
        "cause_kind": cause.kind,
        "cause": cause.reference,
        "cause_digest": cause.digest,
        "cause_charter": cause.charter,
        "cause_article": cause.article,
        "cause_software": cause.software,
        "member": voucher.member,
        "programme": voucher.programme,
        "mineral": voucher.mineral,
    }
