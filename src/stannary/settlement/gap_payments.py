"""Price-gap payments: claims for the gap between a target and the market, met out of a budget.

A claim is for a quantity a producer sold in the period. Where cap or appropriation does not reach, claims are
cut alike or met in order of receipt, as the charter says, and no cent is lost in the cutting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stannary.arithmetic import NUMBERS, exactly
from stannary.charter.charter import Charter
from stannary.charter.citation import history
from stannary.charter.price_support import PriceGapPayment, top_up
from stannary.errors import Problem, SettlementError, refuse
from stannary.ledger.commodities import amount_of, minor_units
from stannary.ledger.state import Recorded
from stannary.settlement.chart import word_of
from stannary.settlement.periods import Period, period_of, window
from stannary.settlement.prices import MarketPrice, PriceUnit, faults_of_price, price_unit, quantity_in
from stannary.settlement.reckoning import Books, Leg, Reckoning, Tags, problem
from stannary.settlement.statement import Settlement, Statement, key_of, money_of
from stannary.units import allocate

__all__ = [
    "Claim",
    "Target",
    "appropriate",
    "claim_keys",
    "claimed_before",
    "eligible_economies",
    "faults_of_claims",
    "free_before",
    "settle_gap",
    "targets_of",
]

KIND = "gap-payment"
PAID = "paid on "
"""How the step begins that names goods and what is paid on them."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A producer's claim for a quantity; `reference` names the goods, so that none counts twice."""

    beneficiary: str
    economy: str
    product: str
    quantity: Decimal
    unit: str
    reference: str
    received_on: date


@dataclass(frozen=True, slots=True)
class Target:
    """The price a payment is measured from, and where it stands."""

    price: Decimal
    unit: str
    source: str = ""


def settle_gap(
    books: Books,
    payment: PriceGapPayment,
    period: Period,
    claims: Sequence[Claim],
    targets: Mapping[str, Target],
    markets: Mapping[str, MarketPrice],
    *,
    economies: Collection[str],
    available: Decimal,
    paid_this_year: Decimal | None = None,
    claimed_before: Collection[str] = (),
    on: date | None = None,
) -> Settlement:
    """Settle a period's claims under `price_support.gap_payments`: one statement, a voucher for each claim.

    `targets` and `markets` are by product; `economies` are those whose producers may claim; `available` is
    what stands free in the appropriation, in the currency of the targets; `paid_this_year` is needed where
    the payment has a yearly cap. Raises `SettlementError` with every problem (STN-SETTLE-001 to 005).
    """
    path = f"gap_payments.{payment.id}"
    money = _currency(targets)
    problems = [*_faults_of_period(payment, period, path)]
    problems += faults_of_claims(payment, claims, economies, claimed_before)
    problems += _faults_of_prices(payment, period, claims, targets, markets, money, path)
    problems += _faults_of_budget(payment, available, paid_this_year, money, path)
    refuse(SettlementError, problems)
    reckoning = Reckoning(KIND, f"{payment.id}/{period.name}", on or period.end, f"price_support.{path}")
    asked = _asked(reckoning, payment, claims, targets, markets, money)
    left = _left(reckoning, payment, available, paid_this_year, money)
    paid = _shared_out(payment, claims, asked, left)
    for claim, units in zip(claims, paid, strict=True):
        rule = "every claim cut alike" if payment.when_short == "pro_rata" else "in order of receipt"
        rule = "in full" if sum(asked) <= left else f"{rule}, largest remainder"
        reckoning.step(f"{PAID}{claim.reference}", rule, amount_of(units, money), money)
    reckoning.step("due", "sum of what is paid", amount_of(sum(paid), money), money)
    chart = books.chart(money)
    parts = {}
    for claim, units in zip(claims, paid, strict=True):
        legs = [
            Leg(chart.support_expense(payment.id), chart.support_payable(claim.beneficiary), units),
            Leg(chart.set_aside(payment.id), chart.appropriation(payment.id), units),
        ]
        tags = Tags(claim.economy, payment.id, claim.product.partition(".")[0])
        parts[word_of(claim.reference)] = (legs, tags)
    short = "" if sum(asked) <= left else f" of {money_of(amount_of(sum(asked), money), money)} claimed"
    outcome = f"{money_of(amount_of(sum(paid), money), money)}{short} is paid on {len(claims)} claims."
    return reckoning.settle_parts(books, (sum(paid), money), parts, (books.organisation, ""), outcome)


def appropriate(
    books: Books, budget: str, amount: Decimal, currency: str, *, reference: str, on: date, article: str = ""
) -> Settlement:
    """Put money into a budget's appropriation; `reference` names the act or decision that grants it."""
    if not amount.is_finite() or amount <= 0:
        message = f"{amount} is not an amount to appropriate."
        raise SettlementError([problem("001", message, "Write more than 0.", f"appropriations.{budget}")])
    reckoning = Reckoning("appropriation", f"{budget}/{reference}", on, article)
    units = minor_units(amount, currency)
    reckoning.given("appropriated", amount, currency, reference)
    reckoning.rounded("due", units, currency)
    chart = books.chart(currency)
    legs = [Leg(chart.appropriation(budget), chart.appropriated(budget), units)]
    outcome = f"{money_of(amount_of(units, currency), currency)} is appropriated for {budget}."
    return reckoning.settle(books, (units, currency), legs, outcome=outcome, tags=Tags(programme=budget))


def claim_keys(payment_id: str, period: Period, claims: Iterable[Claim]) -> tuple[str, ...]:
    """Give the keys of the vouchers by which claims of a period stand in a book."""
    case = f"{payment_id}/{period.name}"
    return tuple(key_of(KIND, case, word_of(claim.reference)) for claim in claims)


def free_before(
    journal: Iterable[Recorded], appropriation: str, payment_id: str, period: Period
) -> int | None:
    """Give what was free in an appropriation before a period was settled out of it, in minor units.

    `journal` is the book's, in its order; `None` where it holds no settlement of that payment and period.
    Settled again, a period so starts from what it started from.
    """
    case = (KIND, f"{payment_id}/{period.name}")
    free = 0
    for recorded in journal:
        cause, moves = recorded.voucher.cause, recorded.transfers
        if (cause.kind, cause.reference) == case:
            return free
        if recorded.voucher.kind != "pending":
            free += sum(
                each.amount * ((each.debit == appropriation) - (each.credit == appropriation))
                for each in moves
            )
    return None


def claimed_before(
    payment_id: str, period: Period, earlier: Iterable[Statement]
) -> tuple[Decimal, frozenset[str]]:
    """Give what earlier statements of a payment paid in the year of a period, and all goods they paid for."""
    paid, references = 0, set()
    currency = "USD"
    for one in earlier:
        name, _, settled = one.reference.partition("/")
        if (one.kind, name) != (KIND, payment_id) or settled == period.name:
            continue
        references |= {each.name.removeprefix(PAID) for each in one.steps if each.name.startswith(PAID)}
        currency = one.currency
        if period_of(settled).start.year == period.start.year:
            paid += one.cents
    return amount_of(paid, currency), frozenset(references)


def targets_of(charter: Charter, payment: PriceGapPayment, period: Period) -> dict[str, Target]:
    """Give the target price of each product: the floor in force, or the agreed price, all through a period.

    Raises `SettlementError` (STN-SETTLE-003) for products without one, or whose target changes inside.
    """
    found: dict[str, Target] = {}
    problems = []
    for product in payment.products:
        target = _target(charter, payment, product, period)
        if isinstance(target, Problem):
            problems.append(target)
        else:
            found[product] = target
    refuse(SettlementError, problems)
    return found


def eligible_economies(charter: Charter, payment: PriceGapPayment, on: date) -> frozenset[str]:
    """Give the economies whose producers may claim on a day."""
    return frozenset().union(*(charter.membership.members(each, on) for each in payment.eligible_sets))


def _target(charter: Charter, payment: PriceGapPayment, product: str, period: Period) -> Target | Problem:
    path = f"gap_payments.{payment.id}.{product}"
    if payment.target == "agreed":
        agreed = history(payment.agreed)
        first, last = agreed.in_force(period.start), agreed.in_force(period.end)
        if first is not None and first == last:
            return Target(first.value, first.unit, first.source or first.assumed or "")
        return problem("003", f"No one agreed price is in force throughout {period.name}.", "", path)
    for floor in charter.floors:
        lasts = floor.end is None or period.end <= floor.end
        if floor.product == product and floor.start <= period.start and lasts:
            return Target(floor.usd_per_t, "USD/t", floor.source or floor.assumed or floor.how)
    remedy = "Settle the days before and after a change by themselves."
    return problem("003", f"No one floor of {product} is in force throughout {period.name}.", remedy, path)


# -- what must hold -----------------------------------------------------------------------------------------


def _currency(targets: Mapping[str, Target]) -> str:
    units = [price_unit(each.unit) for each in targets.values()]
    return next((unit.currency for unit in units if unit is not None), "USD")


def _faults_of_period(payment: PriceGapPayment, period: Period, path: str) -> Iterator[Problem]:
    if period.start < payment.start or (payment.end is not None and period.end > payment.end):
        term = f"{payment.start} to {payment.end or 'an open end'}"
        message = f"The payment runs from {term}; {period.name} is not wholly inside."
        yield problem("002", message, "Settle the days that are.", path)
    if period.start.year != period.end.year:
        message = f"{period.name} lies in two years, and the cap is by the calendar year."
        yield problem("001", message, "Settle each year by itself.", path)


def faults_of_claims(
    payment: PriceGapPayment, claims: Sequence[Claim], economies: Collection[str], before: Collection[str]
) -> Iterator[Problem]:
    """List what is wrong with claims; each problem has a path that ends in row and column: ``[2].unit``."""
    seen: set[str] = set()
    for number, claim in enumerate(claims, 1):
        spot = f"gap_payments.{payment.id}.claims[{number}]"
        if claim.product not in payment.products:
            known = ", ".join(payment.products)
            message = f"{claim.product} is not paid for."
            yield problem("001", message, f"It covers {known}.", f"{spot}.product")
        if claim.economy not in economies:
            known = ", ".join(sorted(economies)) or "none"
            message = f"Producers in {claim.economy} may not claim."
            yield problem("001", message, f"Those of: {known}.", f"{spot}.economy")
        if not claim.quantity.is_finite() or claim.quantity < 0:
            message = f"{claim.quantity} is not a quantity."
            yield problem("001", message, "Write its size in digits.", f"{spot}.quantity")
        if quantity_in(Decimal(1), claim.unit, "t") is None:
            message = f"{claim.unit!r} is not a unit of mass."
            yield problem("001", message, "Write, say, t or kg.", f"{spot}.unit")
        spot = f"{spot}.reference"
        if not claim.reference or not claim.beneficiary:
            yield problem("001", "The claim has no reference or no beneficiary.", "Name both.", spot)
        elif claim.reference in seen or claim.reference in before:
            yield problem("005", f"{claim.reference} is claimed twice.", "No goods count twice.", spot)
        seen.add(claim.reference)


def _faults_of_prices(
    payment: PriceGapPayment,
    period: Period,
    claims: Sequence[Claim],
    targets: Mapping[str, Target],
    markets: Mapping[str, MarketPrice],
    money: str,
    path: str,
) -> Iterator[Problem]:
    over = period if payment.benchmark is None else window(period.start, payment.benchmark.averaged_over)
    wanted = PriceUnit(money, "t", Decimal(1))
    if not over.holds(period):
        yield problem("003", f"{period.name} is in more than one window of the market price.", "", path)
    for product in dict.fromkeys(claim.product for claim in claims):
        spot = f"{path}.{product}"
        if product not in payment.products:
            continue
        if product not in targets:
            yield problem("003", f"No target price of {product} is given.", "", spot)
        else:
            unit = price_unit(targets[product].unit)
            if unit is None or (unit.currency, unit.quantity) != (money, "t"):
                yield problem(
                    "001", f"The target price of {product} is in {targets[product].unit}.", "", spot
                )
        if product not in markets:
            yield problem("003", f"No market price of {product} is given.", "Publish or give one.", spot)
            continue
        yield from faults_of_price(markets[product], wanted, over, spot)
        if payment.benchmark is not None and markets[product].weighted_by != payment.benchmark.weighted_by:
            message = f"The charter weighs prices by {payment.benchmark.weighted_by}."
            yield problem("003", message, "Give the average it asks for.", spot)


def _faults_of_budget(
    payment: PriceGapPayment, available: Decimal, paid: Decimal | None, money: str, path: str
) -> Iterator[Problem]:
    if not available.is_finite() or available < 0:
        yield problem("001", f"{available} cannot stand in an appropriation.", "", path)
    if payment.cap is not None and payment.cap.unit.split()[0] != money:
        yield problem("001", f"The cap is in {payment.cap.unit}, the target in {money}.", "", f"{path}.cap")
    if payment.cap is not None and paid is None:
        message = "The payment has a yearly cap, and what was paid this year is not given."
        yield problem("003", message, "Say how much was paid, 0 if nothing.", path)
    if paid is not None and (not paid.is_finite() or paid < 0):
        yield problem("001", f"{paid} is not an amount paid.", "Write its size.", path)


# -- the reckoning ------------------------------------------------------------------------------------------


def _asked(
    reckoning: Reckoning,
    payment: PriceGapPayment,
    claims: Sequence[Claim],
    targets: Mapping[str, Target],
    markets: Mapping[str, MarketPrice],
    money: str,
) -> list[int]:
    """Work out each claim in full, rounded once to the minor unit."""
    for product in dict.fromkeys(claim.product for claim in claims):
        target, market = targets[product], markets[product]
        reckoning.given(f"target price of {product}", target.price, target.unit, target.source)
        reckoning.given(f"market price of {product}", market.price, market.unit, market.source)
    reckoning.given(
        "share of the gap that is paid", payment.share, "", payment.source or payment.assumed or ""
    )
    asked = []
    for claim in claims:
        reckoning.given(f"claim {claim.reference} of {claim.beneficiary}", claim.quantity, claim.unit)
        target, market = targets[claim.product], markets[claim.product]
        bar, price = price_unit(target.unit), price_unit(market.unit)
        tonnes = quantity_in(claim.quantity, claim.unit, "t")
        assert bar is not None and price is not None and tonnes is not None
        gap = top_up(price.price_of(market.price), bar.price_of(target.price), tonnes, using=NUMBERS)
        with exactly():
            due = payment.share * gap
        units = minor_units(due, money)
        formula = "share x tonnes x max(0, target - market), rounded once"
        reckoning.step(f"claim {claim.reference}", formula, amount_of(units, money), money)
        asked.append(units)
    return asked


def _left(
    reckoning: Reckoning,
    payment: PriceGapPayment,
    available: Decimal,
    paid_this_year: Decimal | None,
    money: str,
) -> int:
    """Work out what the budget still allows, in whole minor units, never rounded up."""
    reckoning.given("free in the appropriation", available, money, "the book")
    if payment.cap is not None and paid_this_year is not None:
        reckoning.given("cap of the year", payment.cap.value, payment.cap.unit)
        reckoning.given("paid this year", paid_this_year, money)
        with exactly():
            available = min(available, max(payment.cap.value - paid_this_year, Decimal(0)))
    units = minor_units(available, money)
    units -= amount_of(units, money) > available
    reckoning.step("left in the budget", "min(appropriation, cap - paid)", amount_of(units, money), money)
    return units


def _shared_out(
    payment: PriceGapPayment, claims: Sequence[Claim], asked: Sequence[int], left: int
) -> tuple[int, ...]:
    """Share out what is left over the claims; no claim gets more than it asked for, no cent is lost."""
    if sum(asked) <= left:
        return tuple(asked)
    if payment.when_short == "pro_rata":
        return allocate(left, [Decimal(units) for units in asked])
    paid = [0] * len(asked)
    order = sorted(range(len(claims)), key=lambda n: (claims[n].received_on, claims[n].reference))
    for index in order:
        paid[index] = min(asked[index], left)
        left -= paid[index]
    return tuple(paid)
