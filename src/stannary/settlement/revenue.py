"""Revenue: what a member collected in a period, shared out by the charter's rule, with no cent lost.

The member keeps its share and owes the rest to the others. What it owes stands on clearing accounts in both
books, for and against, until it is paid; then both are back at zero. Amounts are split to the cent by largest
remainder. Where refunds outweigh receipts the shares are negative, and the others pay back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from stannary.charter.charter import Charter
from stannary.charter.revenue import RevenueRecipient
from stannary.errors import SettlementError
from stannary.ledger.commodities import amount_of
from stannary.ledger.state import Recorded
from stannary.settlement.duties import CURRENCY, PROGRAMME, cents_of
from stannary.settlement.periods import Period
from stannary.settlement.reckoning import Books, Leg, Reckoning, Tags, problem
from stannary.settlement.statement import Settlement
from stannary.units import allocate

__all__ = ["ORGANISATIONS", "Allocation", "allocate_revenue", "collected_in", "pay_allocation"]

ORGANISATIONS = {"stockpile": "Stockpile", "support_fund": "Support-Fund"}
"""In whose books the zone's own recipients stand."""

RECEIPTS = "revenue"
"""The programme of what is shared out: apart from what is collected, so that no sharing is shared again."""


@dataclass(frozen=True)
class Allocation:
    """What a member collected in a period and who gets it, in cents; with the settlement of each book.

    `shares` sum to `collected`; the member's own is among them.
    """

    member: str
    period: Period
    collected: int
    shares: Mapping[str, int]
    settlements: tuple[Settlement, ...]
    charter: str = field(default="", repr=False)
    software: str = field(default="", repr=False)


def collected_in(journal: Iterable[Recorded], member: str, period: Period) -> int:
    """Give what a member took in and paid back under the border adjustment in a period, in cents.

    Counts money at hand only, by effective date: duty owed is not yet collected.
    """
    cents = 0
    for recorded in journal:
        voucher = recorded.voucher
        ours = (voucher.organisation, voucher.programme) == (member, PROGRAMME)
        if not ours or voucher.kind == "pending" or not period.start <= voucher.effective_on <= period.end:
            continue
        for each in recorded.transfers:
            cents += each.amount * (each.debit.startswith(CASH) - each.credit.startswith(CASH))
    return cents


CASH = "Assets:Cash:"


def allocate_revenue(
    collected: Decimal,
    member: str,
    period: Period,
    charter: Charter,
    on: date,
    *,
    organisations: Mapping[str, str] = ORGANISATIONS,
    software: str = "",
) -> Allocation:
    """Share out what a member collected (USD) in a period by the charter's rule of its last day.

    `on` is the day it takes effect in the books. Raises `SettlementError` where the charter has no rule on
    that day (STN-SETTLE-002).
    """
    rule = charter.revenue.shares_on(period.end) if charter.revenue is not None else ()
    reference = f"{member}/{period.name}"
    if not rule:
        message = f"The charter does not say who gets revenue on {period.end}."
        remedy = "Add the article `revenue` to the charter."
        raise SettlementError([problem("002", message, remedy, f"revenue/{reference}")])
    total = cents_of(collected)
    parts = allocate(total, [share for _, share in rule])
    parties = sorted(charter.membership.members("parties", period.end) | {member})
    shares: dict[str, int] = {member: 0}
    for (recipient, _), part in zip(rule, parts, strict=True):
        for name, cents in _recipients(recipient, part, member, parties, organisations):
            shares[name] = shares.get(name, 0) + cents
    reckoning = _reckoning("revenue", reference, on)
    reckoning.given("collected", collected, CURRENCY, period.name)
    for (recipient, share), part in zip(rule, parts, strict=True):
        reckoning.given(f"share of {recipient.id}", share, "", f"revenue.recipients.{recipient.id}")
        formula = "collected x share, to the cent by largest remainder"
        reckoning.step(recipient.id, formula, amount_of(part, CURRENCY), CURRENCY)
    outcome = f"{collected:,.2f} {CURRENCY} collected by {member} in {period.name} shared out."
    settlements = _both_books(reckoning, shares, member, (charter.fingerprint, software), outcome, _owed)
    return Allocation(member, period, total, shares, settlements, charter.fingerprint, software)


def pay_allocation(allocation: Allocation, paid_on: date) -> tuple[Settlement, ...]:
    """Settle the payment of everything an allocation left open: the clearing accounts return to zero."""
    reference = f"{allocation.member}/{allocation.period.name}"
    reckoning = _reckoning("revenue-payment", reference, paid_on)
    for name, cents in allocation.shares.items():
        if name != allocation.member:
            reckoning.given(f"open with {name}", amount_of(cents, CURRENCY), CURRENCY, f"revenue/{reference}")
    handed = sum(cents for name, cents in allocation.shares.items() if name != allocation.member)
    reckoning.step("paid", "all that is open", amount_of(handed, CURRENCY), CURRENCY)
    outcome = f"The revenue of {allocation.period.name} that {allocation.member} owed is paid."
    law = (allocation.charter, allocation.software)
    return _both_books(reckoning, allocation.shares, allocation.member, law, outcome, _paid)


def _recipients(
    recipient: RevenueRecipient,
    part: int,
    member: str,
    parties: Sequence[str],
    organisations: Mapping[str, str],
) -> list[tuple[str, int]]:
    if recipient.kind == "collecting_member":
        return [(member, part)]
    if recipient.kind == "parties":
        return list(zip(parties, allocate(part, [Decimal(1)] * len(parties)), strict=True))
    return [(organisations[recipient.kind], part)]


def _reckoning(kind: str, reference: str, on: date) -> Reckoning:
    return Reckoning(kind, reference, on, "revenue")


Sides = tuple[Leg, Leg]


def _owed(ours: Books, theirs: Books, cents: int) -> Sides:
    """Give the legs, in the member's book and the other's, of a share that is owed."""
    here, there = ours.chart(CURRENCY), theirs.chart(CURRENCY)
    shared, clearing = here.revenue_shared(theirs.organisation), here.clearing(theirs.organisation)
    opposite, received = there.clearing(ours.organisation), there.revenue_received(ours.organisation)
    return Leg.signed(shared, clearing, cents), Leg.signed(opposite, received, cents)


def _paid(ours: Books, theirs: Books, cents: int) -> Sides:
    """Give the legs, in the member's book and the other's, of a share that is paid."""
    here, there = ours.chart(CURRENCY), theirs.chart(CURRENCY)
    out = Leg.signed(here.clearing(theirs.organisation), here.cash(), cents)
    return out, Leg.signed(there.cash(), there.clearing(ours.organisation), cents)


def _both_books(
    reckoning: Reckoning,
    shares: Mapping[str, int],
    member: str,
    law: tuple[str, str],
    outcome: str,
    sides: Callable[[Books, Books, int], Sides],
) -> tuple[Settlement, ...]:
    """Give the settlement in the member's book, with a leg for each other, and one in each other's book."""
    ours = Books(member, *law)
    tags = Tags(member, RECEIPTS)
    others = {name: cents for name, cents in shares.items() if name != member and cents != 0}
    pairs = {name: sides(ours, Books(name, *law), cents) for name, cents in others.items()}
    legs = [pair[0] for pair in pairs.values()]
    here = _told(reckoning, ours, sum(others.values()), legs, (member, "the recipients"), outcome, tags)
    there = (
        _told(reckoning, Books(name, *law), others[name], [pair[1]], (member, name), outcome, tags)
        for name, pair in pairs.items()
    )
    return (here, *there)


def _told(
    reckoning: Reckoning,
    books: Books,
    cents: int,
    legs: list[Leg],
    parties: tuple[str, str],
    outcome: str,
    tags: Tags,
) -> Settlement:
    """Give one book's settlement; who pays and who is paid change places where the amount is negative."""
    told = parties if cents >= 0 else (parties[1], parties[0])
    return reckoning.settle(books, (abs(cents), CURRENCY), legs, told, outcome, tags)
