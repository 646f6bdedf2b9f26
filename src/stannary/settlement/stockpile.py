"""Stockpile movements, settled: purchases into stock, releases, losses, splits, blends and rotation.

Each gives the stock after it and a settlement: metal moves between accounts in milligrams, and the inventory
at cost moves with it, so that the book's inventory is the stock's valuation by the stated method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stannary.arithmetic import exactly
from stannary.charter.stockpile_mandate import Release, Rotation
from stannary.dated import months_later
from stannary.errors import Problem, SettlementError, refuse
from stannary.ledger.commodities import amount_of, in_words, metal, minor_units
from stannary.settlement.chart import Chart
from stannary.settlement.prices import milligrams, price_unit, quantity_in
from stannary.settlement.reckoning import Books, Leg, Reckoning, Tags, problem
from stannary.settlement.statement import Settlement, money_of
from stannary.settlement.stock import Lot, Stock, Taken, add, blend, split, take

__all__ = [
    "Intake",
    "Outflow",
    "blend_lots",
    "buy_stock",
    "lose_stock",
    "open_stock",
    "release_stock",
    "rotation_due",
    "split_lot",
]

ARTICLE = "stockpile_mandate"


@dataclass(frozen=True, slots=True)
class Intake:
    """A purchase into stock. `quantity` is the mass of the goods, `purity` the share of it that is metal;
    `price` is for contained metal. `owner` is the subscriber it is bought for, or empty.
    """

    lot: str
    product: str
    quantity: Decimal
    unit: str
    price: Decimal
    price_unit: str
    seller: str
    on: date
    purity: Decimal = Decimal(1)
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Outflow:
    """Contained metal that leaves stock; `reference` names the decision or the count it rests on."""

    reference: str
    product: str
    quantity: Decimal
    unit: str
    on: date
    owner: str = ""


def buy_stock(books: Books, stock: Stock, intake: Intake) -> tuple[Stock, Settlement]:
    """Settle a purchase into stock: a new lot at cost, owed to the seller.

    Raises `SettlementError` with every problem (STN-SETTLE-001), or for a name in use (STN-SETTLE-005).
    """
    path = f"stock.{intake.lot}"
    unit, gross = price_unit(intake.price_unit), quantity_in(intake.quantity, intake.unit, "t")
    problems = []
    if not intake.quantity.is_finite() or intake.quantity <= 0 or gross is None:
        problems.append(problem("001", f"{intake.quantity} {intake.unit} is not a mass.", "Write 5 t.", path))
    if unit is None or unit.quantity != "t" or unit.currency != stock.currency:
        message = f"{intake.price_unit!r} is not a price in {stock.currency} for a mass."
        problems.append(problem("001", message, f"Write {stock.currency}/t.", path))
    if not intake.price.is_finite() or intake.price < 0:
        problems.append(problem("001", f"{intake.price} is not a price.", "Write its size.", path))
    if not 0 < intake.purity <= 1:
        problems.append(problem("001", f"A purity of {intake.purity} is not a share.", "Write 0.995.", path))
    refuse(SettlementError, problems)
    assert unit is not None and gross is not None
    reckoning = Reckoning("stock-purchase", intake.lot, intake.on, ARTICLE)
    reckoning.given("bought", intake.quantity, intake.unit, intake.seller)
    reckoning.given("purity", intake.purity)
    reckoning.given("price", intake.price, intake.price_unit)
    with exactly():
        tonnes = gross * intake.purity
        cost = minor_units(tonnes * unit.price_of(intake.price), unit.currency)
    reckoning.step("contained", "mass x purity", tonnes, "t")
    reckoning.rounded("due", cost, unit.currency)
    content = milligrams(tonnes)
    lot = Lot(intake.lot, intake.product, milligrams(gross), content, cost, intake.on, intake.owner)
    chart = books.chart(unit.currency)
    legs = [
        Leg(chart.inventory(intake.product), chart.supplier_payable(intake.seller), cost),
        Leg(chart.lot(intake.product, intake.lot), chart.received(intake.product), content),
    ]
    parties = (books.organisation, intake.seller)
    tags = Tags(programme="stockpile", mineral=mineral_of(intake.product))
    return add(stock, lot), reckoning.settle(books, (cost, unit.currency), legs, parties, tags=tags)


def open_stock(books: Books, stock: Stock, lot: Lot) -> tuple[Stock, Settlement]:
    """Settle the opening of a lot that was held before the book began, at the cost it is said to have.

    Raises `SettlementError` (STN-SETTLE-001, 005) for a bad lot or a name in use.
    """
    after = add(stock, lot)
    reckoning = Reckoning("stock-opening", lot.id, lot.received_on, ARTICLE)
    reckoning.step("contained", "as held", amount_of(lot.content, metal(lot.product)), "t")
    reckoning.step("cost", "as held", amount_of(lot.cost, stock.currency), stock.currency)
    chart = books.chart(stock.currency)
    legs = [
        Leg(chart.inventory(lot.product), chart.opening_stock(lot.product), lot.cost),
        Leg(chart.lot(lot.product, lot.id), chart.received(lot.product), lot.content),
    ]
    outcome = f"{in_words(lot.content, metal(lot.product))} held before is brought into the book."
    tags = Tags(programme="stockpile", mineral=mineral_of(lot.product))
    return after, reckoning.settle(books, (0, stock.currency), legs, outcome=outcome, tags=tags)


def release_stock(
    books: Books,
    stock: Stock,
    outflow: Outflow,
    price: Decimal,
    unit_of_price: str,
    buyer: str,
    rule: Release | None = None,
) -> tuple[Stock, Settlement]:
    """Settle a release: the buyer owes the price, the oldest lots leave at their cost.

    `rule` is the charter's release that opens the stockpile: no more than its share of what is held, and only
    its products. Raises `SettlementError` (STN-SETTLE-001, 004): more than is held or allowed is refused.
    """
    path = f"stock.{outflow.product}"
    unit = price_unit(unit_of_price)
    problems = []
    if unit is None or unit.quantity != "t" or unit.currency != stock.currency:
        message = f"{unit_of_price!r} is not a price in {stock.currency} for a mass."
        problems.append(problem("001", message, f"Write {stock.currency}/t.", path))
    if not price.is_finite() or price < 0:
        problems.append(problem("001", f"{price} is not a price.", "Write its size.", path))
    content = content_of(outflow, problems, path)
    problems += _beyond_the_rule(stock, outflow, content, rule, path)
    refuse(SettlementError, problems)
    assert unit is not None
    after, taken = take(stock, outflow.product, content, outflow.owner)
    article = ARTICLE if rule is None else f"{ARTICLE}.releases.{rule.id}"
    reckoning = Reckoning("stock-release", outflow.reference, outflow.on, article)
    reckoning.given("released", outflow.quantity, outflow.unit, outflow.reference)
    reckoning.given("price", price, unit_of_price)
    with exactly():
        due = minor_units(amount_of(content, metal(outflow.product)) * unit.price_of(price), unit.currency)
    reckoning.rounded("due", due, unit.currency)
    cost = write_taken(reckoning, stock, outflow.product, taken)
    chart = books.chart(unit.currency)
    legs = [
        Leg(chart.subscriber_receivable(buyer), chart.sales(outflow.product), due),
        Leg(chart.cost_of_releases(outflow.product), chart.inventory(outflow.product), cost),
        *metal_out(chart, outflow.product, taken),
    ]
    tags = Tags(programme="stockpile", mineral=mineral_of(outflow.product))
    return after, reckoning.settle(books, (due, unit.currency), legs, (buyer, books.organisation), tags=tags)


def lose_stock(books: Books, stock: Stock, outflow: Outflow, reason: str) -> tuple[Stock, Settlement]:
    """Settle a loss: metal that a count, a fire or a theft took, written off at cost.

    Raises `SettlementError` (STN-SETTLE-001, 004).
    """
    path = f"stock.{outflow.product}"
    problems: list[Problem] = []
    content = content_of(outflow, problems, path)
    if not reason.strip():
        problems.append(problem("001", "A loss needs a reason.", "Say what happened.", path))
    refuse(SettlementError, problems)
    after, taken = take(stock, outflow.product, content, outflow.owner)
    reckoning = Reckoning("stock-loss", outflow.reference, outflow.on, ARTICLE)
    reckoning.given("lost", outflow.quantity, outflow.unit, outflow.reference)
    reckoning.given("reason", reason)
    cost = write_taken(reckoning, stock, outflow.product, taken)
    chart = books.chart(stock.currency)
    legs = [Leg(chart.stock_loss(outflow.product), chart.inventory(outflow.product), cost)]
    legs += [
        Leg(chart.lost(outflow.product), chart.lot(outflow.product, part.lot), part.content) for part in taken
    ]
    money = money_of(amount_of(cost, stock.currency), stock.currency)
    outcome = f"{in_words(content, metal(outflow.product))} is written off at {money}."
    tags = Tags(programme="stockpile", mineral=mineral_of(outflow.product))
    return after, reckoning.settle(books, (cost, stock.currency), legs, outcome=outcome, tags=tags)


def split_lot(
    books: Books, stock: Stock, lot_id: str, parts: Sequence[tuple[str, int]], reference: str, on: date
) -> tuple[Stock, Settlement]:
    """Settle the division of a lot into named parts by mass in milligrams: metal moves, no value does.

    `reference` names the order to do so; one reference is one movement.
    Raises `SettlementError` (STN-SETTLE-001, 004, 005).
    """
    lot = stock.find(lot_id)
    after = split(stock, lot_id, parts)
    reckoning = Reckoning("stock-split", reference, on, ARTICLE)
    reckoning.given("lot", lot_id)
    return after, _regrouped(books, reckoning, stock, after, [lot], [name for name, _ in parts])


def blend_lots(
    books: Books, stock: Stock, lot_ids: Sequence[str], name: str, reference: str, on: date
) -> tuple[Stock, Settlement]:
    """Settle the mixing of lots into a new one: metal moves, none appears or vanishes, no value does.

    `reference` names the order to do so; one reference is one movement.
    Raises `SettlementError` (STN-SETTLE-001, 004, 005).
    """
    lots = [stock.find(lot_id) for lot_id in dict.fromkeys(lot_ids)]
    after = blend(stock, lot_ids, name, on)
    reckoning = Reckoning("stock-blend", reference, on, ARTICLE)
    reckoning.given("lots", ", ".join(lot.id for lot in lots))
    return after, _regrouped(books, reckoning, stock, after, lots, [name])


def rotation_due(stock: Stock, rules: Sequence[Rotation], on: date) -> tuple[Lot, ...]:
    """List lots that must be turned over by a day, oldest first: released, and replaced by fresh ones."""
    due = []
    for lot in stock.lots:
        months = [rule.every_months for rule in rules if not rule.products or lot.product in rule.products]
        if months and months_later(lot.received_on, min(months)) <= on:
            due.append(lot)
    return tuple(sorted(due, key=lambda lot: lot.age))


def content_of(outflow: Outflow, problems: list[Problem], path: str) -> int:
    """Give the milligrams of an outflow; what is wrong with it is added to the problems."""
    tonnes = quantity_in(outflow.quantity, outflow.unit, "t")
    if tonnes is None or not outflow.quantity.is_finite() or outflow.quantity <= 0:
        message = f"{outflow.quantity} {outflow.unit} is not a mass."
        problems.append(problem("001", message, "Write, say, 5 t.", path))
        return 0
    if not outflow.reference:
        problems.append(problem("001", "The movement has no reference.", "Name the decision.", path))
    return milligrams(tonnes)


def write_taken(reckoning: Reckoning, stock: Stock, product: str, taken: Sequence[Taken]) -> int:
    """Write down what leaves each lot, and give the cost of all of it in minor units."""
    for part in taken:
        reckoning.step(f"from lot {part.lot}", "oldest first", amount_of(part.content, metal(product)), "t")
    cost = sum(part.cost for part in taken)
    rule = "each lot's own cost" if stock.method == "fifo" else "average cost of the stock"
    reckoning.step("cost of it", rule, amount_of(cost, stock.currency), stock.currency)
    return cost


def metal_out(chart: Chart, product: str, taken: Sequence[Taken]) -> list[Leg]:
    """Give the legs that move released metal out of its lots."""
    return [Leg(chart.released(product), chart.lot(product, part.lot), part.content) for part in taken]


def mineral_of(product: str) -> str:
    """Name the mineral of a product."""
    return product.partition(".")[0]


def _beyond_the_rule(
    stock: Stock, outflow: Outflow, content: int, rule: Release | None, path: str
) -> list[Problem]:
    if rule is None:
        return []
    found = []
    if rule.products and outflow.product not in rule.products:
        message = f"The release {rule.id} does not open the stock of {outflow.product}."
        found.append(problem("004", message, f"It opens {', '.join(rule.products)}.", path))
    held = stock.content(outflow.product, outflow.owner)
    if rule.share is not None and content > rule.share * held:
        message = f"The release {rule.id} opens {rule.share} of what is held, and more is asked for."
        found.append(problem("004", message, "Ask for less.", path))
    return found


def _regrouped(
    books: Books,
    reckoning: Reckoning,
    before: Stock,
    after: Stock,
    gone: Sequence[Lot],
    made: Sequence[str],
) -> Settlement:
    """Move metal from the lots that are gone to the lots that were made, by content."""
    product = gone[0].product
    chart = books.chart(before.currency)
    ids, left = [lot.id for lot in gone], [lot.content for lot in gone]
    legs: list[Leg] = []
    at = 0
    for name in made:
        wanted = after.find(name).content
        reckoning.step(f"lot {name}", "contained metal", amount_of(wanted, metal(product)), "t")
        while wanted:
            part = min(wanted, left[at])
            if ids[at] != name:  # what stays under its own name does not move
                legs.append(Leg(chart.lot(product, name), chart.lot(product, ids[at]), part))
            wanted -= part
            left[at] -= part
            at += not left[at]
    value = sum(lot.cost for lot in gone)
    reckoning.step("value", "unchanged", amount_of(value, before.currency), before.currency)
    mass = in_words(sum(lot.content for lot in gone), metal(product))
    outcome = f"{mass} in {len(gone)} lots is {mass} in {len(made)} lots; nothing is owed."
    tags = Tags(programme="stockpile", mineral=mineral_of(product))
    return reckoning.settle(books, (0, before.currency), legs, outcome=outcome, tags=tags)
