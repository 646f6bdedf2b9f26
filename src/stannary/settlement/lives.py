"""The whole life of a stock, a loan or a stake: each event of a file settled in order, from the beginning.

Settling a life again gives the same statements and the same keys, so that posting it again adds only what is
new at its end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from stannary.charter.charter import Charter
from stannary.charter.stockpile_mandate import Release, StockpileMandate, Subscription
from stannary.errors import Problem, SettlementError
from stannary.ledger.commodities import amount_of, metal, minor_units
from stannary.settlement.equity import Stake, accrue_in_kind, buy_stake, convert_stake
from stannary.settlement.forms import (
    Blend,
    Buy,
    BuyBack,
    Carrying,
    Fee,
    LoanCharge,
    LoanDraw,
    LoanFile,
    Loss,
    LotRow,
    Opening,
    Out,
    Split,
    StakeFile,
    StockFile,
    Subscriber,
)
from stannary.settlement.loans import (
    LoanState,
    charge_interest,
    charge_undrawn,
    commit_loan,
    draw_loan,
    repay_loan,
)
from stannary.settlement.periods import period_of
from stannary.settlement.prices import milligrams
from stannary.settlement.reckoning import Books, problem
from stannary.settlement.statement import Settlement
from stannary.settlement.stock import Lot, Stock, add
from stannary.settlement.stockpile import (
    Intake,
    Outflow,
    blend_lots,
    buy_stock,
    lose_stock,
    open_stock,
    release_stock,
    split_lot,
)
from stannary.settlement.subscriptions import Subscribed, buy_back, charge_carrying, charge_fee

__all__ = ["Life", "lots_of", "settle_loan", "settle_stake", "settle_stock"]


@dataclass(frozen=True)
class Life:
    """Everything settled, in order, and how the thing stands after it."""

    settlements: tuple[Settlement, ...]
    stock: Stock | None = None
    loan: LoanState | None = None
    stake: Stake | None = None


def settle_stock(books: Books, file: StockFile, charter: Charter) -> Life:
    """Settle the movements of a stock in order. Raises `SettlementError` at the first that cannot be."""
    mandate = charter.stockpile_mandate or StockpileMandate()
    stock = Stock(method=file.method, currency=file.currency)
    for row in file.lots:
        stock = add(stock, _lot(row, file.currency))
    done: list[Settlement] = []
    for number, movement in enumerate(file.movements, 1):
        try:
            stock, settled = _moved(books, stock, movement, mandate)
        except SettlementError as error:
            raise SettlementError(_at(one, f"movements[{number}]") for one in error.problems) from error
        done.append(settled)
    return Life(tuple(done), stock=stock)


def settle_loan(books: Books, file: LoanFile) -> Life:
    """Settle a loan from its signing on. Raises `SettlementError` at the first event that cannot be."""
    state, settled = commit_loan(books, file.terms)
    done = [settled]
    for number, event in enumerate(file.events, 1):
        try:
            if isinstance(event, LoanCharge):
                charge = charge_interest if event.kind == "interest" else charge_undrawn
                state, settled = charge(books, file.terms, state, event.through)
            else:
                move = draw_loan if isinstance(event, LoanDraw) else repay_loan
                state, settled = move(books, file.terms, state, event.amount, event.reference, event.on)
        except SettlementError as error:
            raise SettlementError(_at(one, f"events[{number}]") for one in error.problems) from error
        done.append(settled)
    return Life(tuple(done), loan=state)


def settle_stake(books: Books, file: StakeFile) -> Life:
    """Settle a stake from its purchase on. Raises `SettlementError` at the first event that cannot be."""
    stake, settled = buy_stake(books, file.terms)
    done = [settled]
    for day in file.added_through:
        stake, settled = accrue_in_kind(books, file.terms, stake, day)
        done.append(settled)
    if file.converted_on is not None:
        stake, settled = convert_stake(books, file.terms, stake, file.converted_on)
        done.append(settled)
    return Life(tuple(done), stake=stake)


def lots_of(stock: Stock) -> list[dict[str, Any]]:
    """Give the lots held as rows of a stock file: masses in tonnes, costs in money."""
    return [
        {
            "lot": lot.id,
            "product": lot.product,
            "tonnes": amount_of(lot.gross, metal(lot.product)),
            "contained": amount_of(lot.content, metal(lot.product)),
            "cost": amount_of(lot.cost, stock.currency),
            "received_on": lot.received_on.isoformat(),
            "owner": lot.owner,
        }
        for lot in sorted(stock.lots, key=lambda lot: (lot.product, lot.age))
    ]


def _moved(
    books: Books, stock: Stock, movement: object, mandate: StockpileMandate
) -> tuple[Stock, Settlement]:
    match movement:
        case Opening():
            return open_stock(books, stock, _lot(movement, stock.currency))
        case Buy():
            return buy_stock(books, stock, _intake(movement))
        case Out():
            rule = None if movement.rule is None else _release(mandate, movement.rule)
            flow = _outflow(movement)
            return release_stock(
                books, stock, flow, movement.price, movement.price_unit, movement.buyer, rule
            )
        case Loss():
            return lose_stock(books, stock, _outflow(movement), movement.reason)
        case Split():
            parts = [(part.lot, milligrams(part.tonnes)) for part in movement.parts]
            return split_lot(books, stock, movement.lot, parts, movement.reference, movement.on)
        case Blend():
            reference, into = movement.reference, movement.into
            return blend_lots(books, stock, movement.lots, into, reference, movement.on)
        case Fee():
            terms = _subscription(mandate, movement.subscription)
            return stock, charge_fee(books, terms, _subscribed(movement))
        case Carrying():
            terms = _subscription(mandate, movement.subscription)
            try:
                period = period_of(movement.period)
            except ValueError as error:
                raise SettlementError([problem("001", f"{error}.", "", "period")]) from None
            given = _subscribed(movement)
            return stock, charge_carrying(books, terms, given, period, movement.day_count)
        case BuyBack():
            terms = _subscription(mandate, movement.subscription)
            market, agreed, on = movement.market, movement.agreed, movement.bought_back_on
            given = _subscribed(movement)
            return buy_back(books, stock, terms, given, on=on, market=market, agreed=agreed)
    raise TypeError(f"{movement!r} is no movement")


def _lot(row: LotRow, currency: str) -> Lot:
    content, cost = milligrams(row.contained), minor_units(row.cost, currency)
    return Lot(row.lot, row.product, milligrams(row.tonnes), content, cost, row.received_on, row.owner)


def _intake(row: Buy) -> Intake:
    return Intake(
        row.lot, row.product, row.quantity, row.unit, row.price, row.price_unit, row.seller, row.on,
        row.purity, row.owner,
    )  # fmt: skip


def _outflow(row: Out | Loss) -> Outflow:
    return Outflow(row.reference, row.product, row.quantity, row.unit, row.on, row.owner)


def _subscribed(row: Subscriber) -> Subscribed:
    return Subscribed(row.subscriber, row.product, row.quantity, row.unit, row.price, row.price_unit, row.on)


def _release(mandate: StockpileMandate, name: str) -> Release:
    for each in mandate.releases:
        if each.id == name:
            return each
    known = ", ".join(each.id for each in mandate.releases) or "none"
    message = f"The charter has no release {name}."
    raise SettlementError([problem("002", message, f"Its releases: {known}.", "rule")])


def _subscription(mandate: StockpileMandate, name: str) -> Subscription:
    for each in mandate.subscriptions:
        if each.id == name:
            return each
    known = ", ".join(each.id for each in mandate.subscriptions) or "none"
    message = f"The charter has no subscription {name}."
    raise SettlementError([problem("002", message, f"Its subscriptions: {known}.", "subscription")])


def _at(found: Problem, where: str) -> Problem:
    """Say in which row of the file a problem lies."""
    path = f"{where}: {found.place.path}" if found.place.path else where
    return replace(found, place=replace(found.place, path=path))
