"""Commitments: everything a stockpile is bound to pay, held under the charter's cap and disclosed.

The International Tin Council defended a price with cash it had and forward purchases it did not show; when
the price fell they were found out together. Here cash, forwards and guarantees count alike against the cap
before a purchase is made, and the table of them is published with what they would lose at other prices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from stannary.arithmetic import NUMBERS, exactly
from stannary.charter.stockpile_mandate import CommitmentCap, commitments
from stannary.errors import Problem, SettlementError, refuse
from stannary.ledger.accounts import Account
from stannary.ledger.commodities import amount_of, minor_units
from stannary.settlement.chart import Chart
from stannary.settlement.reckoning import Books, Leg, Reckoning, Tags, problem
from stannary.settlement.statement import Settlement, money_of

__all__ = [
    "Disclosure",
    "Forward",
    "Guarantee",
    "Position",
    "Projection",
    "commit_forward",
    "deliver_forward",
    "disclose",
    "give_guarantee",
    "project",
    "release_guarantee",
    "spend_cash",
]

MANDATE = "stockpile"


@dataclass(frozen=True, slots=True)
class Forward:
    """A purchase agreed and not yet made: contained tonnes of a product at a price per tonne."""

    id: str
    product: str
    tonnes: Decimal
    price: Decimal
    delivery_on: date

    @property
    def amount(self) -> Decimal:
        """Give what must be paid on delivery."""
        with exactly():
            return self.tonnes * self.price


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A promise to pay for another."""

    id: str
    beneficiary: str
    amount: Decimal
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """What a stockpile has spent and is bound to: cash, forwards, guarantees; and the tonnes it holds.

    Money is in `currency`. `cash` is what was spent under the mandate, `debts` how much of it was borrowed,
    `held` contained tonnes by product.
    """

    currency: str = "USD"
    cash: Decimal = Decimal(0)
    debts: Decimal = Decimal(0)
    forwards: tuple[Forward, ...] = ()
    guarantees: tuple[Guarantee, ...] = ()
    held: tuple[tuple[str, Decimal], ...] = ()

    @property
    def in_forwards(self) -> Decimal:
        """Sum what forwards bind to."""
        with exactly():
            return sum((each.amount for each in self.forwards), Decimal(0))

    @property
    def in_guarantees(self) -> Decimal:
        """Sum what guarantees bind to."""
        with exactly():
            return sum((each.amount for each in self.guarantees), Decimal(0))

    @property
    def bound(self) -> Decimal:
        """Sum everything the stockpile is bound to pay, by the charter's formula."""
        found: Decimal = commitments(self.cash, self.in_forwards, self.in_guarantees, using=NUMBERS)
        return found


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is published to members: every commitment, the caps, and what is left under them."""

    on: date
    currency: str
    rows: tuple[tuple[str, str, Decimal, Decimal | None], ...]
    """Kind, name, amount, and what selling it at today's price would lose (`None`: no price)."""
    cash: Decimal
    forwards: Decimal
    guarantees: Decimal
    bound: Decimal
    cash_cap: Decimal
    cap: Decimal

    @property
    def headroom(self) -> Decimal:
        """Give what may still be promised; below zero, the cap is broken."""
        with exactly():
            return self.cap - self.bound

    @property
    def hidden(self) -> Decimal:
        """Give what a look at the cash alone would not show: forwards and guarantees."""
        with exactly():
            return self.forwards + self.guarantees


@dataclass(frozen=True, slots=True)
class Projection:
    """The stockpile after a fall of prices: what its goods fetch, what it owes, what is left."""

    fall: Decimal
    worth: Decimal
    """Goods held, and goods to come under forwards, at the fallen prices."""
    owed: Decimal
    """Debts, payments due under forwards, and guarantees called."""
    net: Decimal


def spend_cash(
    books: Books, cap: CommitmentCap, position: Position, amount: Decimal, reference: str, on: date
) -> tuple[Position, Settlement]:
    """Count cash spent against the caps, before it is spent.

    Raises `SettlementError` (STN-SETTLE-004) where either cap would be passed.
    """
    after = replace(position, cash=_sum(position.cash, amount))
    reckoning = _checked(cap, position, after, amount, f"cash/{reference}", on)
    return after, _bound(books, cap, reckoning, books.chart(position.currency).spent(MANDATE), amount)


def commit_forward(
    books: Books, cap: CommitmentCap, position: Position, forward: Forward, on: date
) -> tuple[Position, Settlement]:
    """Count a forward purchase against the cap, before it is agreed.

    Raises `SettlementError` (STN-SETTLE-004) where the cap would be passed, and (STN-SETTLE-005) for a
    forward that stands already.
    """
    if any(each.id == forward.id for each in position.forwards):
        message = f"The forward {forward.id} stands already."
        raise SettlementError([problem("005", message, "Choose another name.", f"commitments.{forward.id}")])
    after = replace(position, forwards=(*position.forwards, forward))
    reckoning = _checked(cap, position, after, forward.amount, f"forward/{forward.id}", on)
    reckoning.given("tonnes", forward.tonnes, "t")
    reckoning.given("price", forward.price, f"{position.currency}/t")
    chart = books.chart(position.currency)
    return after, _bound(books, cap, reckoning, chart.forwards(forward.id), forward.amount)


def give_guarantee(
    books: Books, cap: CommitmentCap, position: Position, guarantee: Guarantee, on: date
) -> tuple[Position, Settlement]:
    """Count a guarantee against the cap, before it is given.

    Raises `SettlementError` (STN-SETTLE-004) where the cap would be passed, and (STN-SETTLE-005) for a
    guarantee that stands already.
    """
    if any(each.id == guarantee.id for each in position.guarantees):
        message, path = f"The guarantee {guarantee.id} stands already.", f"commitments.{guarantee.id}"
        raise SettlementError([problem("005", message, "Choose another name.", path)])
    after = replace(position, guarantees=(*position.guarantees, guarantee))
    reckoning = _checked(cap, position, after, guarantee.amount, f"guarantee/{guarantee.id}", on)
    chart = books.chart(position.currency)
    return after, _bound(books, cap, reckoning, chart.guarantees_given(guarantee.id), guarantee.amount)


def deliver_forward(
    books: Books, cap: CommitmentCap, position: Position, forward_id: str, on: date
) -> tuple[Position, Settlement]:
    """Settle the end of a forward: what was promised is now cash spent, and must be within the cap on cash.

    Raises `SettlementError` (STN-SETTLE-004, 005) where cash would pass its cap, or no such forward stands.
    """
    path = f"commitments.{forward_id}"
    forward = next((each for each in position.forwards if each.id == forward_id), None)
    if forward is None:
        raise SettlementError([problem("005", f"No forward {forward_id} stands.", "Check its name.", path)])
    left = tuple(each for each in position.forwards if each is not forward)
    after = replace(position, cash=_sum(position.cash, forward.amount), forwards=left)
    reckoning = _checked(cap, position, after, forward.amount, f"delivered/{forward_id}", on)
    chart, units = books.chart(position.currency), minor_units(forward.amount, position.currency)
    legs = [Leg(chart.spent(MANDATE), chart.forwards(forward_id), units)]
    outcome = f"{money_of(forward.amount, position.currency)} promised is now spent."
    tags = Tags(programme=MANDATE)
    return after, reckoning.settle(books, (units, position.currency), legs, outcome=outcome, tags=tags)


def release_guarantee(
    books: Books, cap: CommitmentCap, position: Position, guarantee_id: str, on: date
) -> tuple[Position, Settlement]:
    """Settle the end of a guarantee that was not called. Raises `SettlementError` (STN-SETTLE-005)."""
    path = f"commitments.{guarantee_id}"
    ended = next((each for each in position.guarantees if each.id == guarantee_id), None)
    if ended is None:
        message = f"No guarantee {guarantee_id} stands."
        raise SettlementError([problem("005", message, "Check its name.", path)])
    left = tuple(each for each in position.guarantees if each is not ended)
    money = position.currency
    reckoning = Reckoning("commitment", f"released/{guarantee_id}", on, "stockpile_mandate.caps")
    reckoning.given("guarantee", ended.amount, money, ended.beneficiary)
    reckoning.step("no longer bound", "the guarantee", ended.amount, money)
    chart, units = books.chart(money), minor_units(ended.amount, money)
    limit = minor_units(cap.commitments.value, money)
    legs = [Leg(chart.bound(MANDATE, limit), chart.guarantees_given(guarantee_id), units)]
    outcome = f"{money_of(ended.amount, money)} is no longer promised."
    settled = reckoning.settle(books, (units, money), legs, outcome=outcome, tags=Tags(programme=MANDATE))
    return replace(position, guarantees=left), settled


def disclose(position: Position, cap: CommitmentCap, on: date, prices: Mapping[str, Decimal]) -> Disclosure:
    """Give the table that is published: every commitment with what it would lose at today's prices per tonne.

    A commitment in a product without a price is shown with no loss stated, never with a loss of zero.
    """
    rows: list[tuple[str, str, Decimal, Decimal | None]] = [("cash", "spent", position.cash, None)]
    with exactly():
        for each in position.forwards:
            price = prices.get(each.product)
            loss = None if price is None else each.tonnes * (each.price - price)
            rows.append(("forward", each.id, each.amount, loss))
        for guarantee in position.guarantees:
            rows.append(("guarantee", guarantee.id, guarantee.amount, None))
    return Disclosure(
        on,
        position.currency,
        tuple(rows),
        position.cash,
        position.in_forwards,
        position.in_guarantees,
        position.bound,
        cap.cash.value,
        cap.commitments.value,
    )


def project(
    position: Position, prices: Mapping[str, Decimal], falls: Sequence[Decimal]
) -> tuple[Projection, ...]:
    """Work out what is left of a stockpile if prices fall by each share, and every promise is called.

    `prices` are today's, per tonne. Raises `SettlementError` (STN-SETTLE-003) for a product without one: a
    missing price is no price of zero; and (STN-SETTLE-001) for a fall that is no share from 0 to 1.
    """
    goods = [*position.held, *((each.product, each.tonnes) for each in position.forwards)]
    missing = sorted({product for product, _ in goods if product not in prices})
    path = "commitments"
    problems = [problem("003", f"No price of {each} is given.", "Give one.", path) for each in missing]
    for fall in falls:
        if not fall.is_finite() or not 0 <= fall <= 1:
            problems.append(problem("001", f"{fall} is no share to fall by.", "Write, say, 0.38.", path))
    refuse(SettlementError, problems)
    found = []
    with exactly():
        today = sum((tonnes * prices[product] for product, tonnes in goods), Decimal(0))
        owed = position.debts + position.in_forwards + position.in_guarantees
        for fall in falls:
            worth = today * (1 - fall)
            found.append(Projection(fall, worth, owed, worth - owed))
    return tuple(found)


def _checked(
    cap: CommitmentCap, before: Position, after: Position, amount: Decimal, reference: str, on: date
) -> Reckoning:
    """Refuse what would pass a cap; give the reckoning of what would not."""
    refuse(SettlementError, _faults(cap, before, after, amount, reference, on))
    reckoning = Reckoning("commitment", reference, on, "stockpile_mandate.caps")
    money = before.currency
    reckoning.given("cap on commitments", cap.commitments.value, cap.commitments.unit, cap.source or "")
    reckoning.given("cap on cash", cap.cash.value, cap.cash.unit, cap.source or "")
    reckoning.given("bound before", before.bound, money)
    reckoning.step("amount", "what this adds", amount, money)
    reckoning.step("bound after", "cash + forwards + guarantees", after.bound, money)
    with exactly():
        reckoning.step("left under the cap", "cap - bound", cap.commitments.value - after.bound, money)
    return reckoning


def _faults(
    cap: CommitmentCap, before: Position, after: Position, amount: Decimal, reference: str, on: date
) -> Iterator[Problem]:
    path, money = f"commitments.{reference}", before.currency
    if on < cap.start or (cap.end is not None and on > cap.end):
        yield problem("002", f"No cap is in force on {on}, so nothing may be promised.", "", path)
    if {cap.cash.unit.split()[0], cap.commitments.unit.split()[0]} != {money}:
        yield problem("001", f"The caps are not in {money}.", "Convert by a stated rate first.", path)
    if not amount.is_finite() or amount <= 0:
        yield problem("001", f"{amount} is not an amount to promise.", "Write more than 0.", path)
    elif not cap.is_kept(after.cash, after.in_forwards, after.in_guarantees):
        if after.cash > cap.cash.value:
            what, bar, there = "cash", cap.cash.value, after.cash
        else:
            what, bar, there = "commitments", cap.commitments.value, after.bound
        message = (
            f"With this, {what} would be {money_of(there, money)}; the cap is {money_of(bar, money)}. "
            f"Bound so far: {money_of(before.cash, money)} in cash, {money_of(before.in_forwards, money)} in "
            f"forwards, {money_of(before.in_guarantees, money)} in guarantees."
        )
        yield problem("004", message, "Promise less, or have the cap raised by those who may.", path)


def _bound(
    books: Books, cap: CommitmentCap, reckoning: Reckoning, account: Account, amount: Decimal
) -> Settlement:
    money = account.commodity
    units = minor_units(amount, money)
    limit = minor_units(cap.commitments.value, money)
    legs = [Leg(account, Chart(books.organisation, money).bound(MANDATE, limit), units)]
    outcome = f"{money_of(amount_of(units, money), money)} is promised."
    return reckoning.settle(books, (units, money), legs, outcome=outcome, tags=Tags(programme=MANDATE))


def _sum(*amounts: Decimal) -> Decimal:
    with exactly():
        return sum(amounts, Decimal(0))
