"""Ageing: what is still open and since when, the oldest amount settled first.

Open items are pending vouchers, and what stands on receivables and payables, decision by decision. Clearing
accounts pass amounts on and must come back to zero in time; one that does not is an incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.receipts import belongs_under
from stannary.ledger.store import AsOf
from stannary.ledger.tracing import Traced, trace

__all__ = [
    "PAYABLES",
    "RECEIVABLES",
    "ClearingLine",
    "Layer",
    "OpenItem",
    "clearing",
    "open_items",
    "open_layers",
]

RECEIVABLES = ("Assets:Receivable", "Assets:Disputed")
PAYABLES = ("Liabilities:Payable", "Liabilities:Refunds")


@dataclass(frozen=True, slots=True)
class Layer:
    """An amount still open: debits positive, since its effective date."""

    effective_on: date
    units: int
    key: str


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something not yet settled: its decision, since when, how old on the day asked for, how much.

    `units` are debits less credits of a receivable or payable, or the amount held of a pending voucher
    (which `has_expired` if it can no longer be posted). `other` is the account that would give it.
    """

    kind: Literal["pending", "receivable", "payable"]
    account: str
    other: str
    reference: str
    key: str
    since: date
    days: int
    units: int
    commodity: str
    member: str = ""
    expires_on: date | None = None
    has_expired: bool = False


@dataclass(frozen=True, slots=True)
class ClearingLine:
    """A clearing account: what it stands at, its oldest open amount, how long that may stay."""

    account: Account
    units: int
    since: date | None
    days: int
    allowed_days: int

    @property
    def is_overdue(self) -> bool:
        """Say whether the oldest open amount has stayed longer than it may: an incident."""
        return self.since is not None and self.days > self.allowed_days


def open_items(
    book: Book,
    organisation: str,
    on: date,
    as_of: AsOf,
    *,
    receivables: Sequence[str] = RECEIVABLES,
    payables: Sequence[str] = PAYABLES,
) -> tuple[OpenItem, ...]:
    """Give what is open on a day: pending vouchers, then receivables and payables, the oldest first.

    Amounts on receivables and payables are told apart by the decision their vouchers go back to. A payment
    settles the decision that its cause names, or whose reference its own goes on from: ``E-1/2/BANK-7``
    settles ``E-1/2``.
    """
    stems = (*receivables, *payables)
    traced = list(trace(book.journal(organisation), as_of))
    settled = {each.recorded.voucher.refers_to for each in traced}
    pending = [item for each in traced for item in _held(each, settled, on)]
    first: dict[tuple[str, str], Traced] = {}
    for each in traced:
        for transfer in each.recorded.transfers:
            for name in (transfer.debit, transfer.credit):
                first.setdefault((name, each.cause.reference), each)
    standing: list[OpenItem] = []
    commodities = {each.account.name: each.account.commodity for each in book.standings(organisation)}
    for (account, reference), entries in _by_decision(_entries(traced, stems, by_reference=True)).items():
        layers = open_layers(entries)
        if not layers:
            continue
        since = layers[0].effective_on
        item = OpenItem(
            "receivable" if belongs_under(account, receivables) else "payable",
            account, "", reference, layers[0].key, since, (on - since).days,
            sum(layer.units for layer in layers), commodities[account],
            member=first[account, reference].member,
        )  # fmt: skip
        standing.append(item)
    return tuple(
        sorted(pending, key=lambda item: (item.since, item.key))
        + sorted(standing, key=lambda item: (item.since, item.account, item.reference))
    )


def clearing(book: Book, organisation: str, on: date, as_of: AsOf) -> tuple[ClearingLine, ...]:
    """Give every clearing account, the longest overdue first: its balance and its oldest open amount."""
    accounts = {
        each.account.name: each.account
        for each in book.standings(organisation, as_of)
        if each.account.clears_within_days is not None
    }
    entries = _entries(trace(book.journal(organisation), as_of), tuple(accounts), by_reference=False)
    lines = []
    for name, account in accounts.items():
        layers = open_layers(entries.get((name, ""), ()))
        since = layers[0].effective_on if layers else None
        allowed = account.clears_within_days or 0
        days = 0 if since is None else (on - since).days
        lines.append(ClearingLine(account, sum(layer.units for layer in layers), since, days, allowed))
    return tuple(sorted(lines, key=lambda line: (line.allowed_days - line.days, line.account.name)))


def open_layers(entries: Iterable[Layer]) -> list[Layer]:
    """Settle signed amounts against each other, the oldest first; give what is left open, oldest first."""
    queue: list[Layer] = []
    start = 0
    for entry in sorted(entries, key=lambda entry: entry.effective_on):
        left = entry.units
        while left and start < len(queue) and (queue[start].units > 0) != (left > 0):
            oldest = queue[start]
            if abs(oldest.units) > abs(left):
                queue[start] = Layer(oldest.effective_on, oldest.units + left, oldest.key)
                left = 0
            else:
                left += oldest.units
                start += 1
        if left:
            queue.append(Layer(entry.effective_on, left, entry.key))
    return queue[start:]


def _by_decision(entries: dict[tuple[str, str], list[Layer]]) -> dict[tuple[str, str], list[Layer]]:
    """Put what goes on from a decision to it: the shortest reference on the account that it begins with."""
    found: dict[tuple[str, str], list[Layer]] = {}
    for (account, reference), layers in entries.items():
        parts = reference.split("/")
        begins = ("/".join(parts[:length]) for length in range(1, len(parts) + 1))
        decision = next(each for each in begins if (account, each) in entries)
        found.setdefault((account, decision), []).extend(layers)
    return found


def _held(traced: Traced, settled: set[str | None], on: date) -> Iterator[OpenItem]:
    voucher = traced.recorded.voucher
    if voucher.kind != "pending" or voucher.key in settled:
        return
    for transfer in voucher.transfers:
        yield OpenItem(
            "pending", transfer.debit, transfer.credit, traced.cause.reference, voucher.key,
            voucher.effective_on, (on - voucher.effective_on).days, transfer.amount, transfer.commodity,
            member=traced.member, expires_on=voucher.expires_on,
            has_expired=voucher.expires_on is not None and voucher.expires_on <= on,
        )  # fmt: skip


def _entries(
    traced: Iterable[Traced], stems: Sequence[str], *, by_reference: bool
) -> dict[tuple[str, str], list[Layer]]:
    """Gather signed amounts by account, and by decision if asked; what was reversed is left out whole."""
    found: dict[tuple[str, str], list[Layer]] = {}
    reversed_keys: set[str] = set()
    for each in traced:
        voucher = each.recorded.voucher
        if voucher.kind == "reverse":
            assert voucher.refers_to is not None
            reversed_keys.add(voucher.refers_to)
        if voucher.kind in ("pending", "reverse"):
            continue
        reference = each.cause.reference if by_reference else ""
        for transfer in each.recorded.transfers:
            for name, units in ((transfer.debit, transfer.amount), (transfer.credit, -transfer.amount)):
                if belongs_under(name, stems):
                    layer = Layer(voucher.effective_on, units, voucher.key)
                    found.setdefault((name, reference), []).append(layer)
    return {at: [layer for layer in layers if layer.key not in reversed_keys] for at, layers in found.items()}
