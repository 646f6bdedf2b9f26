"""Receipts and payments: what came into the money accounts and what left them, for whom and what for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from stannary.ledger.book import Book
from stannary.ledger.store import EVERYTHING, AsOf
from stannary.ledger.tracing import Traced, trace

__all__ = [
    "BY",
    "MONEY",
    "By",
    "ReceiptLine",
    "ReceiptsAndPayments",
    "belongs_under",
    "receipts_and_payments",
]

By = Literal["member", "programme", "mineral", "account"]

BY: tuple[By, ...] = ("member", "programme", "mineral", "account")

MONEY = ("Assets:Cash", "Assets:Bank")
"""The accounts that hold money, with all below them."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What was received and paid under some names, in minor units; what was reversed is taken off again."""

    names: tuple[str, ...]
    commodity: str
    receipts: int
    payments: int

    @property
    def net(self) -> int:
        """Give receipts less payments."""
        return self.receipts - self.payments


@dataclass(frozen=True, slots=True)
class ReceiptsAndPayments:
    """Receipts and payments of a period, and what the money accounts stood at before and after it."""

    organisation: str
    since: date | None
    as_of: AsOf
    by: tuple[By, ...]
    lines: tuple[ReceiptLine, ...]
    opening: dict[str, int]
    closing: dict[str, int]

    @property
    def is_balanced(self) -> bool:
        """Say whether opening, receipts less payments, and closing agree. In a sound book they always do."""
        return all(
            self.opening.get(each, 0) + sum(line.net for line in self.lines if line.commodity == each)
            == self.closing[each]
            for each in self.closing
        )


def receipts_and_payments(
    book: Book,
    organisation: str,
    as_of: AsOf = EVERYTHING,
    *,
    since: date | None = None,
    by: Sequence[By] = ("member", "programme", "mineral"),
    money: Sequence[str] = MONEY,
) -> ReceiptsAndPayments:
    """Give receipts and payments from a day on, by the tags of their vouchers or the account they met.

    Money moved from one money account to another is neither. A reversal takes off what it reverses, in the
    period in which it takes effect.
    """
    if since is not None and since == date.min:
        since = None
    sums: dict[tuple[tuple[str, ...], str], list[int]] = {}
    for traced in trace(book.journal(organisation), as_of):
        voucher = traced.recorded.voucher
        if voucher.kind == "pending" or (since is not None and voucher.effective_on < since):
            continue
        sign = -1 if voucher.kind == "reverse" else 1
        for transfer in traced.recorded.transfers:
            debit, credit = transfer.debit, transfer.credit
            if sign < 0:
                debit, credit = credit, debit
            is_in, is_out = belongs_under(debit, money), belongs_under(credit, money)
            if is_in == is_out:
                continue
            names = _names(traced, by, credit if is_in else debit)
            pair = sums.setdefault((names, transfer.commodity), [0, 0])
            pair[0 if is_in else 1] += sign * transfer.amount
    lines = tuple(ReceiptLine(names, of, *pair) for (names, of), pair in sorted(sums.items()) if any(pair))
    before = None
    if since is not None:
        eve = since - timedelta(days=1)
        before = AsOf(min(eve, as_of.effective_on or eve), as_of.recorded_at)
    opening = {} if before is None else _money(book, organisation, before, money)
    return ReceiptsAndPayments(
        organisation, since, as_of, tuple(by), lines, opening, _money(book, organisation, as_of, money)
    )


def belongs_under(account: str, stems: Sequence[str]) -> bool:
    """Say whether an account is one of these or lies below one of them."""
    return any(account == stem or account.startswith(f"{stem}:") for stem in stems)


def _names(traced: Traced, by: Sequence[By], met: str) -> tuple[str, ...]:
    said = {
        "member": traced.member,
        "programme": traced.programme,
        "mineral": traced.mineral,
        "account": met,
    }
    return tuple(said[each] for each in by)


def _money(book: Book, organisation: str, as_of: AsOf, money: Sequence[str]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for standing in book.standings(organisation, as_of):
        if belongs_under(standing.account.name, money):
            commodity = standing.account.commodity
            sums[commodity] = sums.get(commodity, 0) + standing.balance
    return sums
