"""Agreed purchases: deliveries at the agreed price, what was to be taken and was not, guaranteed earnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stannary.arithmetic import NUMBERS, exactly
from stannary.charter.citation import history
from stannary.charter.price_floors import cost_plus_return
from stannary.charter.price_support import AgreedPurchase, earnings_due, escalated, take_or_pay_due
from stannary.dated import months_later
from stannary.errors import Problem, SettlementError, refuse
from stannary.ledger.commodities import EXPONENTS, minor_units
from stannary.settlement.gap_payments import Target
from stannary.settlement.periods import Period
from stannary.settlement.prices import milligrams, price_unit, quantity_in
from stannary.settlement.reckoning import Books, Leg, Reckoning, Tags, problem
from stannary.settlement.statement import Settlement
from stannary.units import EXACT

__all__ = [
    "Delivery",
    "contract_year",
    "faults_of_deliveries",
    "settle_delivery",
    "settle_earnings",
    "settle_shortfall",
]

LONGEST_TERM = 200
"""Years that a contract may run."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Goods handed over; `reference` names them and becomes the name of their lot of stock."""

    product: str
    quantity: Decimal
    unit: str
    reference: str
    delivered_on: date


def settle_delivery(
    books: Books, purchase: AgreedPurchase, delivery: Delivery, quoted: Target | None = None
) -> Settlement:
    """Settle a delivery under `price_support.purchases`: the price owed, and the goods taken into stock.

    `quoted` is the cost per quantity where pricing is cost-plus, the benchmark or the floor where it is one
    of these; a fixed price stands in the charter. The quantity is contained tonnes of the product. Raises
    `SettlementError` with every problem (STN-SETTLE-001 to 003).
    """
    path = f"purchases.{purchase.id}"
    problems = [*_faults_of_delivery(purchase, delivery, path)]
    base = _base_price(purchase, delivery.delivered_on, quoted)
    unit = None if base is None else price_unit(base.unit)
    if base is None:
        needed = "cost" if purchase.pricing == "cost_plus" else purchase.pricing
        problems.append(problem("003", f"No {needed} price for {delivery.delivered_on} is given.", "", path))
    elif unit is None or unit.quantity != "t":
        problems.append(problem("001", f"{base.unit!r} is not a price for a mass.", "Write USD/kg.", path))
    refuse(SettlementError, problems)
    assert base is not None and unit is not None
    reference = f"{purchase.id}/{delivery.reference}"
    reckoning = Reckoning("delivery", reference, delivery.delivered_on, f"price_support.{path}")
    reckoning.given("delivered", delivery.quantity, delivery.unit, delivery.reference)
    reckoning.given(f"{purchase.pricing} price", base.price, base.unit, base.source)
    tonnes = quantity_in(delivery.quantity, delivery.unit, "t")
    assert tonnes is not None
    money, per = unit.currency, f"{unit.currency}/t"
    reckoning.step("tonnes", "delivered, in tonnes", tonnes, "t")
    price = reckoning.step("price", "price per tonne", unit.price_of(base.price), per)
    if purchase.pricing == "cost_plus" and purchase.return_share is not None:
        reckoning.given("return on cost", purchase.return_share)
        price = cost_plus_return(price, purchase.return_share, using=NUMBERS)
        reckoning.step("price with return", "cost x (1 + return)", price, per)
    with exactly():
        units = minor_units(tonnes * price, money)
    reckoning.rounded("due", units, money)
    chart = books.chart(money)
    legs = [
        Leg(chart.inventory(delivery.product), chart.contract_payable(purchase.id), units),
        Leg(
            chart.lot(delivery.product, delivery.reference),
            chart.received(delivery.product),
            milligrams(tonnes),
        ),
    ]
    tags = Tags(programme=purchase.id, mineral=delivery.product.partition(".")[0])
    return reckoning.settle(books, (units, money), legs, (purchase.buyer, purchase.seller), tags=tags)


def faults_of_deliveries(purchase: AgreedPurchase, deliveries: Sequence[Delivery]) -> Iterator[Problem]:
    """List what is wrong with deliveries; each problem has a path that ends in a row and a column."""
    seen: set[str] = set()
    for number, one in enumerate(deliveries, 1):
        path = f"purchases.{purchase.id}.deliveries[{number}]"
        yield from _faults_of_delivery(purchase, one, path)
        if one.reference and one.reference in seen:
            message = f"{one.reference} is delivered twice."
            yield problem("005", message, "No goods count twice.", f"{path}.reference")
        seen.add(one.reference)


def contract_year(purchase: AgreedPurchase, number: int) -> Period:
    """Give the days of a contract's year, from 1: each begins on the anniversary of the first day.

    Raises `ValueError` for a year outside the term.
    """
    if not 1 <= number <= LONGEST_TERM:
        raise ValueError(f"the contract has no year {number}")
    start = months_later(purchase.start, 12 * (number - 1))
    if purchase.end is not None and start > purchase.end:
        raise ValueError(f"the contract has no year {number}")
    end = months_later(purchase.start, 12 * number) - timedelta(days=1)
    return Period(start, end if purchase.end is None else min(end, purchase.end))


def settle_shortfall(
    books: Books,
    purchase: AgreedPurchase,
    year: int,
    taken: Decimal,
    quoted: Target | None = None,
    *,
    on: date | None = None,
) -> Settlement:
    """Settle take-or-pay for a year of a purchase: what was to be taken and was not, at the agreed price.

    `taken` is tonnes in that year; the price is the one in force on the year's last day (`quoted` where the
    charter states none). Raises `SettlementError` (STN-SETTLE-001 to 003).
    """
    path = f"purchases.{purchase.id}"
    over, problems = _year(purchase, year, path)
    agreed, share = purchase.tonnes_a_year, purchase.take_or_pay_share
    base = None if over is None else _base_price(purchase, over.end, quoted)
    unit = None if base is None else price_unit(base.unit)
    if agreed is None or share is None:
        message = "The purchase has no take-or-pay: no tonnes a year or no share of them."
        problems.append(problem("002", message, "There is nothing to settle.", path))
    elif quantity_in(agreed.value, agreed.unit.split()[0], "t") is None:
        problems.append(problem("001", f"The agreed quantity is in {agreed.unit}.", "Write t.", path))
    if base is None or unit is None or unit.quantity != "t":
        problems.append(problem("003", "No price for a mass is given.", "Give the price per tonne.", path))
    if not taken.is_finite() or taken < 0:
        problems.append(problem("001", f"{taken} is not a quantity.", "Write its size in digits.", path))
    refuse(SettlementError, problems)
    assert over is not None and agreed is not None and share is not None
    assert base is not None and unit is not None
    article = f"price_support.{path}"
    reckoning = Reckoning("shortfall", f"{purchase.id}/year-{year}", on or over.end, article)
    reckoning.given("year", over.name)
    reckoning.given("agreed", agreed.value, agreed.unit, agreed.source or agreed.assumed or "")
    reckoning.given("share paid for even if not taken", share)
    reckoning.given("taken", taken, "t", "as metered")
    reckoning.given("price", base.price, base.unit, base.source)
    tonnes = quantity_in(agreed.value, agreed.unit.split()[0], "t")
    assert tonnes is not None
    tonnes = _for_part(reckoning, purchase, year, over, tonnes, "t")
    due = take_or_pay_due(tonnes, share, taken, unit.price_of(base.price), using=NUMBERS)
    reckoning.step("shortfall", "price x max(0, agreed x share - taken)", due, unit.currency)
    return _shortfall_settled(books, reckoning, purchase, due, unit.currency)


def settle_earnings(
    books: Books, purchase: AgreedPurchase, year: int, earned: Decimal, *, on: date | None = None
) -> Settlement:
    """Settle guaranteed earnings for a year of a purchase: what is missing from the escalated guarantee.

    `earned` is what the seller earned in the year, in the guarantee's currency, below zero for a loss.
    Raises `SettlementError` (STN-SETTLE-001 or 002).
    """
    path = f"purchases.{purchase.id}"
    over, problems = _year(purchase, year, path)
    guarantee = purchase.guaranteed_earnings
    money = "" if guarantee is None else guarantee.unit.split()[0]
    if guarantee is None:
        problems.append(problem("002", "The purchase guarantees no earnings.", "", path))
    elif money not in EXPONENTS:
        problems.append(problem("001", f"The guarantee is in {guarantee.unit}.", "Write USD a year.", path))
    if not earned.is_finite():
        problems.append(problem("001", f"{earned} is not an amount.", "Write it in digits.", path))
    refuse(SettlementError, problems)
    assert over is not None and guarantee is not None
    article = f"price_support.{path}"
    reckoning = Reckoning("earnings", f"{purchase.id}/year-{year}", on or over.end, article)
    reckoning.given("year", over.name)
    reckoning.given(
        "guaranteed", guarantee.value, guarantee.unit, guarantee.source or guarantee.assumed or ""
    )
    reckoning.given("earned", earned, money, "as reported by the seller")
    rise = purchase.escalator or Decimal(0)
    reckoning.given("yearly rise", rise)
    bar = guarantee.value
    for _ in range(year - 1):
        bar = escalated(bar, rise, using=NUMBERS)
    reckoning.step("guaranteed in the year", "guaranteed x (1 + rise)^(year - 1)", bar, money)
    bar = _for_part(reckoning, purchase, year, over, bar, money)
    due = earnings_due(bar, earned, using=NUMBERS)
    reckoning.step("missing", "max(0, guaranteed - earned)", due, money)
    return _shortfall_settled(books, reckoning, purchase, due, money)


def _for_part(
    reckoning: Reckoning, purchase: AgreedPurchase, year: int, over: Period, amount: Decimal, unit: str
) -> Decimal:
    """Give what is agreed for a year by its days, where the contract ends before the year does."""
    following = months_later(purchase.start, 12 * year)
    whole = (following - over.start).days
    days = (over.end - over.start).days + 1
    if days == whole:
        return amount
    with exactly():
        part = EXACT.divide(amount * days, Decimal(whole))
    reckoning.step("for the days of the contract", f"a year x {days}/{whole} days", part, unit)
    return part


def _shortfall_settled(
    books: Books, reckoning: Reckoning, purchase: AgreedPurchase, due: Decimal, money: str
) -> Settlement:
    units = minor_units(due, money)
    reckoning.rounded("due", units, money)
    chart = books.chart(money)
    legs = [Leg(chart.shortfall_expense(purchase.id), chart.contract_payable(purchase.id), units)]
    parties = (purchase.buyer, purchase.seller)
    outcome = "" if units else f"{purchase.buyer} owes {purchase.seller} nothing."
    return reckoning.settle(books, (units, money), legs, parties, outcome, Tags(programme=purchase.id))


def _base_price(purchase: AgreedPurchase, on: date, quoted: Target | None) -> Target | None:
    """Give the price that a purchase starts from on a day: its own where it is fixed, else the one quoted."""
    if purchase.pricing != "fixed":
        return quoted
    found = history(purchase.prices).in_force(on)
    return None if found is None else Target(found.value, found.unit, found.source or found.assumed or "")


def _year(purchase: AgreedPurchase, year: int, path: str) -> tuple[Period | None, list[Problem]]:
    try:
        return contract_year(purchase, year), []
    except ValueError as error:
        return None, [problem("002", f"{str(error).capitalize()}.", "Count its years from 1.", path)]


def _faults_of_delivery(purchase: AgreedPurchase, delivery: Delivery, path: str) -> Iterator[Problem]:
    on = delivery.delivered_on
    if on < purchase.start or (purchase.end is not None and on > purchase.end):
        term = f"{purchase.start} to {purchase.end or 'an open end'}"
        yield problem("002", f"The purchase runs from {term}; {on} is outside.", "", f"{path}.delivered_on")
    if delivery.product not in purchase.products:
        known = ", ".join(purchase.products)
        message = f"{delivery.product} is not bought here."
        yield problem("001", message, f"It covers {known}.", f"{path}.product")
    if not delivery.quantity.is_finite() or delivery.quantity <= 0:
        message = f"{delivery.quantity} is not a quantity."
        yield problem("001", message, "Write more than 0.", f"{path}.quantity")
    if quantity_in(Decimal(1), delivery.unit, "t") is None:
        message = f"{delivery.unit!r} is not a unit of mass."
        yield problem("001", message, "Write, say, t or kg.", f"{path}.unit")
    if not delivery.reference:
        message = "The delivery has no reference."
        yield problem("001", message, "Name the lot or the invoice.", f"{path}.reference")
