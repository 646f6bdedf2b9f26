"""Contracts for difference, one-way and two-way: what a market price makes one side owe the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stannary.arithmetic import NUMBERS, exactly
from stannary.charter.citation import Number, history
from stannary.charter.price_support import DifferenceContract, difference_payment, top_up, upside
from stannary.errors import Problem, SettlementError, refuse
from stannary.ledger.commodities import amount_of, minor_units
from stannary.settlement.periods import Period, window
from stannary.settlement.prices import MarketPrice, PriceUnit, faults_of_price, price_unit, quantity_in
from stannary.settlement.reckoning import Books, Leg, Reckoning, Tags, problem
from stannary.settlement.statement import Settlement, Statement, money_of

__all__ = [
    "Designated",
    "designated_tonnes",
    "faults_of_output",
    "revise_difference",
    "settle_difference",
    "settled_before",
    "signed_amount",
]

KIND = "difference"
DESIGNATED = "designated "
"""How the input that names units put under a contract begins."""


@dataclass(frozen=True, slots=True)
class Designated:
    """Output put under a contract. `reference` names the units (lot, invoice), so that none counts twice."""

    product: str
    designation: str
    quantity: Decimal
    unit: str
    reference: str


def settle_difference(
    books: Books,
    contract: DifferenceContract,
    period: Period,
    market: MarketPrice,
    designated: Sequence[Designated],
    *,
    condition_met: bool = False,
    paid_so_far: Decimal | None = None,
    designated_before: Collection[str] = (),
    on: date | None = None,
) -> Settlement:
    """Settle a contract for difference for one period, under `price_support.contracts`.

    The market price must be final and averaged as the contract says over the window that holds the period.
    `paid_so_far` (in the contract's currency) is needed where the contract has a cap; `designated_before` are
    references of units put under the contract in earlier periods. `on` is the day it takes effect, the
    period's last unless said. Where nothing is owed there is a statement and no voucher. Raises
    `SettlementError` with every problem (STN-SETTLE-001 to 005).
    """
    path = f"contracts.{contract.id}"
    unit = price_unit(unit_of(contract, period) or "")
    problems = [*_faults_of_term(contract, period, path)]
    if unit is None:
        problems.append(problem("001", "The strike price has no unit of money for a quantity.", "", path))
        raise SettlementError(problems)
    over = window(period.start, contract.benchmark.averaged_over)
    problems += faults_of_price(market, unit, over, path)
    problems += _faults_of_averaging(contract, period, market, over, path)
    problems += faults_of_output(contract, designated, designated_before, unit.quantity)
    problems += _faults_of_cap(contract, paid_so_far, unit, path)
    refuse(SettlementError, problems)
    reckoning = Reckoning(KIND, f"{contract.id}/{period.name}", on or period.end, f"price_support.{path}")
    exact = _worked_out(reckoning, contract, period, market, designated, condition_met, unit)
    exact = _capped(reckoning, contract, exact, paid_so_far, unit)
    units = minor_units(exact, unit.currency)
    reckoning.rounded("due", units, unit.currency)
    return _settled(books, reckoning, contract, units, unit.currency, minerals_of(designated))


def signed_amount(statement: Statement) -> int:
    """Give what a statement of a difference makes the counterparty owe, in minor units; negative, it is owed.

    Raises `ValueError` for a statement of another kind.
    """
    if statement.kind not in (KIND, f"{KIND}-revision"):
        raise ValueError(f"{statement.kind} is not a difference")
    return minor_units(next(s.value for s in statement.steps if s.name == "due"), statement.currency)


def settled_before(contract_id: str, earlier: Iterable[Statement]) -> tuple[Decimal, frozenset[str]]:
    """Give what earlier statements of a contract paid in all, and the references of units under it.

    Of a period that was revised the last revision counts, in the order in which statements are given.
    """
    paid: dict[str, int] = {}
    references: set[str] = set()
    currency = "USD"
    for one in earlier:
        if one.kind not in (KIND, f"{KIND}-revision") or one.reference.partition("/")[0] != contract_id:
            continue
        paid[one.reference.split("/")[1]] = max(signed_amount(one), 0)
        currency = one.currency
        references |= {
            each.name.removeprefix(DESIGNATED) for each in one.inputs if each.name.startswith(DESIGNATED)
        }
    return amount_of(sum(paid.values()), currency), frozenset(references)


def revise_difference(
    books: Books,
    contract: DifferenceContract,
    earlier: Statement,
    later: Statement,
    *,
    number: int,
    reason: str,
    on: date,
) -> Settlement:
    """Settle the difference between two statements of one period, after a price or quantity was corrected.

    `earlier` is what stands (with its revisions), `later` what is now right; `number` counts the revisions of
    the period from 1. Nothing posted is changed: only the difference is posted, in an open period. Raises
    `SettlementError` (STN-SETTLE-005) where the two are not of the same contract and period.
    """
    case = earlier.reference.rpartition("/")[0] if earlier.kind != KIND else earlier.reference
    if (case, earlier.currency) != (later.reference, later.currency):
        message = f"{earlier.reference} and {later.reference} are not one case."
        raise SettlementError([problem("005", message, "Revise a period by itself.", earlier.reference)])
    before, after = signed_amount(earlier), signed_amount(later)
    reckoning = Reckoning(f"{KIND}-revision", f"{later.reference}/{number}", on, later.article)
    reckoning.given("statement revised", earlier.digest)
    reckoning.given("statement that is right", later.digest)
    reckoning.given("reason", reason)
    money, change = later.currency, after - before
    reckoning.step("settled before", "due of the earlier statement", amount_of(before, money), money)
    reckoning.step("difference", "due of the later statement - before", amount_of(change, money), money)
    # A later revision starts from what is right now.
    reckoning.step("due", "due of the later statement", amount_of(after, money), money)
    chart = books.chart(later.currency)
    legs = [
        Leg.signed(
            chart.support_expense(contract.id),
            chart.contract_payable(contract.id),
            max(after, 0) - max(before, 0),
        ),
        Leg.signed(
            chart.contract_receivable(contract.id),
            chart.support_income(contract.id),
            max(-after, 0) - max(-before, 0),
        ),
    ]
    parties = _parties(contract, change)
    tags = Tags(programme=contract.id)
    return reckoning.settle(books, (abs(change), later.currency), legs, parties, tags=tags)


def designated_tonnes(designated: Iterable[Designated], unit: str = "t") -> Decimal:
    """Sum designated output in tonnes, or in another unit as written."""
    with exactly():
        return sum(
            (quantity_in(one.quantity, one.unit, unit) or Decimal(0) for one in designated), Decimal(0)
        )


def unit_of(contract: DifferenceContract, period: Period) -> str | None:
    """Give the unit of the strike price in force at a period's end, or `None` where there is none."""
    found = history(contract.strikes).in_force(min(period.end, contract.end or period.end))
    return None if found is None else found.unit


def minerals_of(designated: Iterable[Designated]) -> str:
    """Name the mineral of designated output, where there is only one."""
    names = {one.product.partition(".")[0] for one in designated}
    return names.pop() if len(names) == 1 else ""


# -- what must hold before anything is reckoned -------------------------------------------------------------


def _faults_of_term(contract: DifferenceContract, period: Period, path: str) -> Iterator[Problem]:
    last = contract.end or period.end
    if period.start < contract.start or period.end > last:
        term = f"{contract.start} to {contract.end or 'an open end'}"
        message = f"The contract runs from {term}; {period.name} is not wholly inside."
        yield problem("002", message, "Settle the days that are.", path)
        return
    strikes = history(contract.strikes)
    if strikes.in_force(period.start) is None or strikes.in_force(period.end) is None:
        yield problem("002", f"No strike price is in force throughout {period.name}.", "", path)
    elif strikes.in_force(period.start) != strikes.in_force(period.end):
        message = f"The strike price changes within {period.name}."
        yield problem("002", message, "Settle the days before and after by themselves.", path)
    shares = contract.upside_from
    if shares is not None and period.start < shares <= period.end:
        message = f"The share of the excess begins on {shares}, within {period.name}."
        yield problem("002", message, "Settle the days before and after by themselves.", path)


def _faults_of_averaging(
    contract: DifferenceContract, period: Period, market: MarketPrice, over: Period, path: str
) -> Iterator[Problem]:
    wanted = contract.benchmark
    if not over.holds(period):
        message = (
            f"The market price is averaged by the {wanted.averaged_over}; {period.name} is in more than one."
        )
        yield problem("003", message, f"Settle each {wanted.averaged_over} by itself.", path)
    if market.weighted_by != wanted.weighted_by:
        message = f"The contract weighs prices by {wanted.weighted_by}, this one is by {market.weighted_by}."
        yield problem("003", message, "Give the average the contract asks for.", path)


def faults_of_output(
    contract: DifferenceContract, designated: Sequence[Designated], before: Collection[str], unit: str
) -> Iterator[Problem]:
    """List what is wrong with output put under a contract whose price is for a quantity in `unit`.

    Each problem has a path that ends in the number of the row and what is wrong in it: ``[2].unit``.
    """
    seen: set[str] = set()
    for number, one in enumerate(designated, 1):
        spot = f"contracts.{contract.id}.designated[{number}]"
        if one.product not in contract.products:
            known = ", ".join(contract.products)
            yield problem(
                "001", f"{one.product} is not under the contract.", f"It covers {known}.", f"{spot}.product"
            )
        if one.designation not in contract.designations:
            known = ", ".join(contract.designations)
            message = f"Output may not be designated as {one.designation}."
            yield problem("001", message, f"The contract allows {known}.", f"{spot}.designation")
        if not one.quantity.is_finite() or one.quantity < 0:
            message = f"{one.quantity} is not a quantity."
            yield problem("001", message, "Write its size in digits.", f"{spot}.quantity")
        if quantity_in(Decimal(1), one.unit, unit) is None:
            message = f"A quantity in {one.unit!r} does not fit a price for a {unit}."
            yield problem("001", message, f"Write it in {unit}.", f"{spot}.unit")
        spot = f"{spot}.reference"
        if not one.reference:
            yield problem("001", "The units have no reference.", "Name the lot or the invoice.", spot)
        elif one.reference in seen:
            yield problem("001", f"{one.reference} is designated twice.", "No unit counts twice.", spot)
        elif one.reference in before:
            message = f"{one.reference} was put under the contract in an earlier period."
            yield problem("005", message, "No unit counts twice.", spot)
        seen.add(one.reference)


def _faults_of_cap(
    contract: DifferenceContract, paid_so_far: Decimal | None, unit: PriceUnit, path: str
) -> Iterator[Problem]:
    cap = contract.cap
    if cap is not None and cap.unit.split()[0] != unit.currency:
        yield problem("001", f"The cap is in {cap.unit}, the strike in {unit.currency}.", "", f"{path}.cap")
    if cap is not None and paid_so_far is None:
        message = "The contract has a cap, and what was paid so far is not given."
        yield problem("003", message, "Say how much was paid, 0 if nothing.", path)
    if paid_so_far is not None and (not paid_so_far.is_finite() or paid_so_far < 0):
        yield problem("001", f"{paid_so_far} is not an amount paid.", "Write its size.", path)
    limit = contract.tonnes_cap
    if limit is not None and quantity_in(limit.value, limit.unit.split()[0], unit.quantity) is None:
        message = f"The cap on output is in {limit.unit}, the strike for a {unit.quantity}."
        yield problem("001", message, "", f"{path}.tonnes_cap")


# -- the reckoning ------------------------------------------------------------------------------------------


def _worked_out(
    reckoning: Reckoning,
    contract: DifferenceContract,
    period: Period,
    market: MarketPrice,
    designated: Sequence[Designated],
    condition_met: bool,
    unit: PriceUnit,
) -> Decimal:
    """Work out the payment before any cap on money, per the charter's own formulas; negative, it is owed."""
    strike = history(contract.strikes).in_force(period.end)
    assert strike is not None
    per = f"{unit.currency}/{unit.quantity}"
    market_unit = price_unit(market.unit)
    assert market_unit is not None
    reckoning.given("strike price", strike.value, strike.unit, strike.source or strike.assumed or "")
    reckoning.given("market price", market.price, market.unit, market.source or contract.benchmark.series)
    for one in designated:
        words = f"{one.product}, {one.designation}"
        reckoning.given(f"{DESIGNATED}{one.reference}", one.quantity, one.unit, words)
    bar = reckoning.step("strike", "strike price per unit", unit.price_of(strike.value), per)
    price = reckoning.step("market", "market price per unit", market_unit.price_of(market.price), per)
    output = reckoning.step(
        "output", "sum of designated output", designated_tonnes(designated, unit.quantity), unit.quantity
    )
    limit = _limit(contract.tonnes_cap, unit)
    if contract.form == "two_way":
        capacity = output if limit is None else limit
        if limit is not None:
            reckoning.given("capacity", limit, unit.quantity, "the contract")
        paid: Decimal = difference_payment(output, capacity, bar, price, using=NUMBERS)
        formula = "min(output, capacity) x (strike - market)"
        return reckoning.step("difference", formula, paid, unit.currency)
    if limit is not None:
        output = reckoning.step("counted", "min(output, cap on output)", min(output, limit), unit.quantity)
    paid = top_up(price, bar, output, using=NUMBERS)
    reckoning.step("top-up", "output x max(0, strike - market)", paid, unit.currency)
    if contract.shares_upside(period.end, condition_met):
        share = contract.upside_share
        reckoning.given("share of the excess", share, "", contract.source or contract.assumed or "")
        taken: Decimal = upside(price, bar, share, output, using=NUMBERS)
        reckoning.step(
            "share of the excess", "share x output x max(0, market - strike)", taken, unit.currency
        )
        with exactly():
            paid = paid - taken
    elif contract.upside_condition:
        reckoning.given("not met", contract.upside_condition, "", "so no share of an excess is taken")
    return paid


def _limit(cap: Number | None, unit: PriceUnit) -> Decimal | None:
    return None if cap is None else quantity_in(cap.value, cap.unit.split()[0], unit.quantity)


def _capped(
    reckoning: Reckoning,
    contract: DifferenceContract,
    exact: Decimal,
    paid_so_far: Decimal | None,
    unit: PriceUnit,
) -> Decimal:
    """Keep a payment within what the contract's cap still leaves; what the producer owes has no cap."""
    if contract.cap is None or paid_so_far is None:
        return exact
    reckoning.given("cap on payments", contract.cap.value, contract.cap.unit, "the contract")
    reckoning.given("paid so far", paid_so_far, unit.currency, "as given")
    with exactly():
        left = max(contract.cap.value - paid_so_far, Decimal(0))
    reckoning.step("left under the cap", "max(0, cap - paid so far)", left, unit.currency)
    return reckoning.step("within the cap", "min(payment, left)", min(exact, left), unit.currency)


def _settled(
    books: Books, reckoning: Reckoning, contract: DifferenceContract, units: int, currency: str, mineral: str
) -> Settlement:
    chart = books.chart(currency)
    if units >= 0:
        leg = Leg(chart.support_expense(contract.id), chart.contract_payable(contract.id), units)
    else:
        leg = Leg(chart.contract_receivable(contract.id), chart.support_income(contract.id), -units)
    payer, payee = _parties(contract, units)
    outcome = f"{payer} owes {payee} {money_of(amount_of(abs(units), currency), currency)}."
    if units == 0:
        outcome = f"{payer} and {payee} owe each other nothing."
    tags = Tags(programme=contract.id, mineral=mineral)
    return reckoning.settle(books, (abs(units), currency), [leg], (payer, payee), outcome, tags)


def _parties(contract: DifferenceContract, units: int) -> tuple[str, str]:
    sides = (contract.counterparty, contract.beneficiary)
    return sides if units >= 0 else (sides[1], sides[0])
