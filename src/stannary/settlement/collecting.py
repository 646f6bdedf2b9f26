"""A run of the border, collected to the end: duties posted, paid in full, shared out, and the shares paid.

What a rehearsal or a demonstration does with determinations, as if everybody paid on one day. Every step is a
settlement like any other, so that doing it again adds nothing to the book.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from stannary.border.determinations import Determinations
from stannary.charter.charter import Charter
from stannary.ledger.book import Book
from stannary.ledger.commodities import amount_of
from stannary.settlement.duties import CURRENCY, Collection
from stannary.settlement.duty_batches import Posted, duties_of, post_duties
from stannary.settlement.duty_payments import settle_payment
from stannary.settlement.periods import window
from stannary.settlement.posting import post_settlements
from stannary.settlement.revenue import Allocation, allocate_revenue, collected_in, pay_allocation
from stannary.settlement.statement import Settlement

__all__ = ["Collected", "collect"]

BATCH = 500
"""Payments in one transaction."""


@dataclass(frozen=True)
class Collected:
    """What was put into the book: duties, and the allocation of each member that collected any."""

    duties: Posted
    allocations: tuple[Allocation, ...]


def collect(
    book: Book,
    determinations: Determinations,
    collection: Collection,
    charter: Charter,
    paid_on: date,
    reference: str,
) -> Collected:
    """Post a run's duties, pay each in full on one day, and share out what came in.

    `reference` names the payments. Nothing is shared out where the charter has no rule for it.
    """
    posted = post_duties(book, determinations, collection)
    members: set[str] = set()
    held: list[Settlement] = []
    for duty in duties_of(determinations):
        members.add(collection.member_of(duty.importer))
        owed = amount_of(duty.cents, CURRENCY)
        held.append(settle_payment(duty, owed, paid_on, reference, collection))
        if len(held) == BATCH:
            post_settlements(book, *held)
            held = []
    post_settlements(book, *held)
    return Collected(posted, tuple(_share_out(book, members, collection, charter, paid_on)))


def _share_out(
    book: Book, members: set[str], collection: Collection, charter: Charter, on: date
) -> Iterator[Allocation]:
    if charter.revenue is None or not charter.revenue.shares_on(on):
        return
    for member in sorted(members):
        period = window(on, "day")
        cents = collected_in(book.journal(member), member, period)
        amount = amount_of(cents, CURRENCY)
        allocation = allocate_revenue(amount, member, period, charter, on, software=collection.software)
        post_settlements(book, *allocation.settlements)
        post_settlements(book, *pay_allocation(allocation, on))
        yield allocation
