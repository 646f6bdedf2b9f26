"""Subscriptions of the stockpile: the fee, the carrying cost, drawing and replacing, buying back at P0.

A subscriber commits to a quantity at an inventory price, pays for its keeping, may draw it if it replaces it,
and buys the same quantity back at the same price: whatever the market does, the cash is ``Q x P0``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stannary.arithmetic import NUMBERS, exactly
from stannary.charter.stockpile_mandate import Subscription, carrying_cost, repurchase_price
from stannary.errors import Problem, SettlementError, refuse
from stannary.ledger.commodities import amount_of, in_words, metal, minor_units
from stannary.settlement.day_counts import DayCount, year_fraction
from stannary.settlement.periods import Period
from stannary.settlement.prices import milligrams, price_unit, quantity_in
from stannary.settlement.reckoning import Books, Leg, Reckoning, Tags, problem
from stannary.settlement.statement import Settlement, money_of
from stannary.settlement.stock import Lot, Stock, Taken, add, take
from stannary.settlement.stockpile import metal_out, mineral_of, write_taken
from stannary.units import EXACT

__all__ = [
    "Draw",
    "Subscribed",
    "buy_back",
    "charge_carrying",
    "charge_fee",
    "draw_stock",
    "replace_stock",
]


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What one subscriber committed to: contained tonnes of a product at an inventory price (`P0`)."""

    subscriber: str
    product: str
    quantity: Decimal
    unit: str
    price: Decimal
    price_unit: str
    on: date


@dataclass(frozen=True, slots=True)
class Draw:
    """What a subscriber has drawn of its own stock, at cost, and by when it must be replaced."""

    reference: str
    subscriber: str
    product: str
    gross: int
    content: int
    cost: int
    on: date
    replace_by: date | None


def charge_fee(books: Books, terms: Subscription, subscribed: Subscribed) -> Settlement:
    """Settle the upfront fee: a share of what the subscriber committed to, ``share x Q x P0``.

    Raises `SettlementError` (STN-SETTLE-003) where the charter states no share.
    """
    path = f"subscriptions.{terms.id}"
    problems = [*_faults(terms, subscribed, subscribed.on, path)]
    if terms.upfront_fee_share is None:
        message = "The subscription states no upfront fee."
        problems.append(problem("003", message, "Add `upfront_fee_share`, or charge none.", path))
    refuse(SettlementError, problems)
    assert terms.upfront_fee_share is not None
    reckoning, value, money = _begun("subscription-fee", terms, subscribed, subscribed.on, "fee")
    reckoning.given("fee", terms.upfront_fee_share, "of the value")
    with exactly():
        due = minor_units(terms.upfront_fee_share * value, money)
    reckoning.rounded("due", due, money)
    return _charged(books, reckoning, terms, subscribed, due, money)


def charge_carrying(
    books: Books,
    terms: Subscription,
    subscribed: Subscribed,
    period: Period,
    day_count: DayCount = "act/365",
) -> Settlement:
    """Settle the carrying cost of a period: ``(value x interest + tonnes x storage) x years``.

    Both ends of the period count. Raises `SettlementError` (STN-SETTLE-003) where the charter states no
    interest or no storage.
    """
    path = f"subscriptions.{terms.id}"
    problems = [*_faults(terms, subscribed, period.start, path)]
    if terms.end is not None and period.start <= terms.end < period.end:
        message = f"The subscription ends on {terms.end}, within {period.name}."
        problems.append(problem("002", message, "Charge the days up to then.", path))
    storage = None if terms.storage is None else price_unit(terms.storage.unit.split()[0])
    if terms.interest is None or terms.storage is None:
        message = "The subscription states no interest or no storage cost."
        problems.append(problem("003", message, "Add `interest` and `storage`.", path))
    unit = price_unit(subscribed.price_unit)
    if terms.storage is not None and (storage is None or unit is None or storage.quantity != "t"):
        problems.append(problem("001", f"Storage is in {terms.storage.unit}.", "Write USD/t a year.", path))
    elif storage is not None and unit is not None and storage.currency != unit.currency:
        problems.append(problem("001", f"Storage is in {storage.currency}.", f"Use {unit.currency}.", path))
    refuse(SettlementError, problems)
    assert terms.interest is not None and terms.storage is not None and storage is not None
    reckoning, value, money = _begun("carrying-cost", terms, subscribed, period.end, period.name)
    tonnes = quantity_in(subscribed.quantity, subscribed.unit, "t")
    part = year_fraction(period.start, period.end + timedelta(days=1), day_count)
    years = EXACT.divide(Decimal(part.numerator), Decimal(part.denominator))
    reckoning.given("interest", terms.interest, "a year")
    reckoning.given("storage", terms.storage.value, terms.storage.unit)
    reckoning.given("days", f"{period.start} to {period.end}, both counted", day_count)
    reckoning.step("years", f"days of {period.name} by {day_count}", round(years, 12), "")
    rate = storage.price_of(terms.storage.value)
    exact = carrying_cost(value, terms.interest, tonnes, rate, years, using=NUMBERS)
    due = minor_units(exact, money)
    reckoning.step("carrying cost", "(value x interest + tonnes x storage) x years", round(exact, 6), money)
    reckoning.rounded("due", due, money)
    return _charged(books, reckoning, terms, subscribed, due, money)


def buy_back(
    books: Books,
    stock: Stock,
    terms: Subscription,
    subscribed: Subscribed,
    *,
    on: date,
    market: Decimal | None = None,
    agreed: Decimal | None = None,
) -> tuple[Stock, Settlement]:
    """Settle a subscriber's buying back of its stock, at the price its terms say: P0, market or agreed.

    `market` and `agreed` are prices in the unit of P0; with `market` given, the statement says what the
    subscriber gains or loses against it. Raises `SettlementError` (STN-SETTLE-001 to 004).
    """
    path = f"subscriptions.{terms.id}"
    prices = {"purchase_price": subscribed.price, "market_price": market, "agreed_price": agreed}
    price = prices[terms.buys_back_at]
    problems = [*_faults(terms, subscribed, on, path)]
    if price is None or not price.is_finite() or price < 0:
        message = f"No {terms.buys_back_at.replace('_', ' ')} is given."
        problems.append(problem("003", message, "Give it in the unit of the inventory price.", path))
    refuse(SettlementError, problems)
    assert price is not None
    reckoning, _, money = _begun("buy-back", terms, subscribed, on, f"{on}")
    unit, tonnes = price_unit(subscribed.price_unit), _tonnes(subscribed)
    assert unit is not None
    due = minor_units(repurchase_price(tonnes, unit.price_of(price), using=NUMBERS), money)
    reckoning.step("cash", "tonnes x price of buying back", amount_of(due, money), money)
    if market is not None:
        with exactly():
            gain = tonnes * unit.price_of(market) - amount_of(due, money)
        reckoning.step("gain against the market", "tonnes x market price - cash", gain, money)
    after, taken = take(stock, subscribed.product, milligrams(tonnes), subscribed.subscriber)
    cost = write_taken(reckoning, stock, subscribed.product, taken)
    chart, product = books.chart(money), subscribed.product
    legs = [
        Leg(chart.subscriber_receivable(subscribed.subscriber), chart.sales(product), due),
        Leg(chart.cost_of_releases(product), chart.inventory(product), cost),
        *metal_out(chart, product, taken),
    ]
    parties = (subscribed.subscriber, books.organisation)
    tags = Tags(programme=terms.id, mineral=mineral_of(product))
    return after, reckoning.settle(books, (due, money), legs, parties, tags=tags)


def draw_stock(
    books: Books,
    stock: Stock,
    terms: Subscription,
    subscribed: Subscribed,
    content: int,
    reference: str,
    on: date,
) -> tuple[Stock, Draw, Settlement]:
    """Settle a subscriber's drawing of its own stock: `content` milligrams of metal, to be replaced.

    Raises `SettlementError` (STN-SETTLE-002, 004) where it may not draw, or asks for more than it has.
    """
    path = f"subscriptions.{terms.id}"
    problems = [*_faults(terms, subscribed, on, path)]
    if not terms.may_draw:
        problems.append(problem("002", "The subscription allows no drawing.", "", path))
    refuse(SettlementError, problems)
    product, who = subscribed.product, subscribed.subscriber
    after, taken = take(stock, product, content, who)
    days = terms.replenish_within_days
    draw = _drawn(taken, reference, subscribed, on, None if days is None else on + timedelta(days=days))
    reckoning = Reckoning("stock-draw", f"{terms.id}/{who}/{reference}", on, f"stockpile_mandate.{path}")
    reckoning.given("drawn", amount_of(content, metal(product)), "t", reference)
    reckoning.given("to be replaced by", "no day is stated" if days is None else f"{draw.replace_by}")
    write_taken(reckoning, stock, product, taken)
    chart = books.chart(stock.currency)
    legs = [Leg(chart.drawn_value(product, who), chart.inventory(product), draw.cost)]
    legs += [Leg(chart.drawn(product, who), chart.lot(product, part.lot), part.content) for part in taken]
    by = "" if days is None else f" by {draw.replace_by}"
    outcome = f"{who} has drawn {in_words(content, metal(product))} and is to replace it{by}."
    tags = Tags(programme=terms.id, mineral=mineral_of(product))
    return after, draw, reckoning.settle(books, (0, stock.currency), legs, outcome=outcome, tags=tags)


def replace_stock(books: Books, stock: Stock, draw: Draw, lot: str, on: date) -> tuple[Stock, Settlement]:
    """Settle the replacement of what was drawn: the same metal, at the same cost, in a new lot.

    Raises `SettlementError` (STN-SETTLE-005) for a lot's name that is in use.
    """
    back = Lot(lot, draw.product, draw.gross, draw.content, draw.cost, on, draw.subscriber)
    after = add(stock, back)
    reckoning = Reckoning("stock-replacement", f"{draw.subscriber}/{draw.reference}", on, "stockpile_mandate")
    reckoning.given("drawn on", f"{draw.on}", "", draw.reference)
    reckoning.step("replaced", "the metal drawn", amount_of(draw.content, metal(draw.product)), "t")
    chart = books.chart(stock.currency)
    legs = [
        Leg(chart.inventory(draw.product), chart.drawn_value(draw.product, draw.subscriber), draw.cost),
        Leg(chart.lot(draw.product, lot), chart.drawn(draw.product, draw.subscriber), draw.content),
    ]
    late = draw.replace_by is not None and on > draw.replace_by
    outcome = f"{draw.subscriber} has replaced what it drew{', late' if late else ''}."
    tags = Tags(programme="stockpile", mineral=mineral_of(draw.product))
    return after, reckoning.settle(books, (0, stock.currency), legs, outcome=outcome, tags=tags)


def _begun(
    kind: str, terms: Subscription, subscribed: Subscribed, on: date, step: str
) -> tuple[Reckoning, Decimal, str]:
    """Begin a reckoning with what was subscribed; give it, the value ``Q x P0`` and the currency."""
    unit = price_unit(subscribed.price_unit)
    assert unit is not None
    reference = f"{terms.id}/{subscribed.subscriber}/{subscribed.product}/{step}"
    reckoning = Reckoning(kind, reference, on, f"stockpile_mandate.subscriptions.{terms.id}")
    reckoning.given("subscribed", subscribed.quantity, f"{subscribed.unit} of {subscribed.product}")
    reckoning.given("inventory price", subscribed.price, subscribed.price_unit, f"{subscribed.on}")
    value: Decimal = repurchase_price(_tonnes(subscribed), unit.price_of(subscribed.price), using=NUMBERS)
    return reckoning, reckoning.step("value", "tonnes x inventory price", value, unit.currency), unit.currency


def _charged(
    books: Books, reckoning: Reckoning, terms: Subscription, subscribed: Subscribed, due: int, money: str
) -> Settlement:
    chart = books.chart(money)
    legs = [Leg(chart.subscriber_receivable(subscribed.subscriber), chart.fee_income(terms.id), due)]
    tags = Tags(programme=terms.id, mineral=mineral_of(subscribed.product))
    outcome = f"{subscribed.subscriber} owes {money_of(amount_of(due, money), money)}."
    parties = (subscribed.subscriber, books.organisation)
    return reckoning.settle(books, (due, money), legs, parties, outcome, tags)


def _drawn(
    taken: tuple[Taken, ...], reference: str, subscribed: Subscribed, on: date, by: date | None
) -> Draw:
    return Draw(
        reference,
        subscribed.subscriber,
        subscribed.product,
        sum(part.gross for part in taken),
        sum(part.content for part in taken),
        sum(part.cost for part in taken),
        on,
        by,
    )


def _tonnes(subscribed: Subscribed) -> Decimal:
    tonnes = quantity_in(subscribed.quantity, subscribed.unit, "t")
    assert tonnes is not None
    return tonnes


def _faults(terms: Subscription, subscribed: Subscribed, on: date, path: str) -> Iterator[Problem]:
    if on < terms.start or (terms.end is not None and on > terms.end):
        term = f"{terms.start} to {terms.end or 'an open end'}"
        yield problem("002", f"The subscription runs from {term}; {on} is outside.", "", path)
    if on < subscribed.on:
        message = f"{subscribed.subscriber} committed on {subscribed.on}; {on} is before that."
        yield problem("002", message, "Begin on that day.", path)
    unit = price_unit(subscribed.price_unit)
    if unit is None or unit.quantity != "t":
        yield problem("001", f"{subscribed.price_unit!r} is not a price for a mass.", "Write USD/kg.", path)
    tonnes = quantity_in(subscribed.quantity, subscribed.unit, "t")
    if tonnes is None or not subscribed.quantity.is_finite() or subscribed.quantity <= 0:
        message = f"{subscribed.quantity} {subscribed.unit} is not a mass."
        yield problem("001", message, "Write, say, 100 t.", path)
    if not subscribed.price.is_finite() or subscribed.price < 0:
        yield problem("001", f"{subscribed.price} is not a price.", "Write its size.", path)
