"""Loans: commitment with its exposure fee, draws, the fee on what is not drawn, interest, repayment.

What may be drawn stands beside the balance sheet until it is drawn. A draw beyond the commitment, and a
repayment beyond what is owed, are refused here and by the book itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass as law_dataclass

from stannary.arithmetic import NUMBERS
from stannary.charter.citation import LAW, Amount, Count, Day, Name, Sourced, Text
from stannary.charter.financing import commitment_with_fee, exposure_fee, undrawn_fee
from stannary.errors import Problem, SettlementError, refuse
from stannary.ledger.commodities import EXPONENTS, amount_of, minor_units
from stannary.settlement.day_counts import DayCount, year_fraction
from stannary.settlement.reckoning import Books, Leg, Reckoning, Tags, problem
from stannary.settlement.statement import Settlement, money_of
from stannary.units import EXACT

__all__ = [
    "LoanState",
    "LoanTerms",
    "charge_interest",
    "charge_undrawn",
    "commit_loan",
    "draw_loan",
    "repay_loan",
]


@law_dataclass(frozen=True, kw_only=True, config=LAW)
class LoanTerms(Sourced):
    """The terms of one loan. Rates are shares a year; `portion` is the amount financed before any fee.

    `fee_financed`: the exposure fee is lent too and adds to the commitment. `form`: equal principal each
    time, equal payments (annuity), or all at the end (bullet).
    """

    id: Name
    lender: Text
    borrower: Text
    currency: Text = "USD"
    portion: Amount = Field(gt=0)
    agreed_on: Day
    last_draw_on: Day | None = None
    interest_rate: Amount = Field(ge=0)
    day_count: DayCount
    exposure_fee_rate: Amount = Field(default=Decimal(0), ge=0)
    fee_financed: bool = False
    commitment_fee_rate: Amount = Field(default=Decimal(0), ge=0)
    first_repayment_on: Day | None = None
    instalments: Count = Field(default=1, ge=1, le=600)
    months_between: Count = Field(default=3, ge=1, le=60)
    form: Literal["level", "annuity", "bullet"] = "level"
    envelope: Name | None = None
    mineral: str = ""

    @property
    def article(self) -> str:
        """Give where the charter speaks of it."""
        return "financing" if self.envelope is None else f"financing.envelopes.{self.envelope}"

    @property
    def commitment(self) -> int:
        """Give the whole commitment in minor units: the portion, and the fee where it is financed."""
        rate = self.exposure_fee_rate if self.fee_financed else Decimal(0)
        return minor_units(commitment_with_fee(self.portion, rate, using=NUMBERS), self.currency)

    @property
    def fee(self) -> int:
        """Give the exposure fee in minor units."""
        if self.fee_financed:
            return self.commitment - minor_units(self.portion, self.currency)
        return minor_units(exposure_fee(self.portion, self.exposure_fee_rate, using=NUMBERS), self.currency)


@dataclass(frozen=True, slots=True)
class LoanState:
    """A loan as it stands: what was drawn and repaid in all, and what interest and fees are owed.

    Amounts are minor units. `movements` are the days and amounts by which the principal changed.
    """

    drawn: int = 0
    repaid: int = 0
    accrued: int = 0
    accrued_through: date | None = None
    fees_through: date | None = None
    movements: tuple[tuple[date, int], ...] = ()
    draws: tuple[tuple[date, int], ...] = ()

    @property
    def principal(self) -> int:
        """Give the principal outstanding."""
        return self.drawn - self.repaid

    @property
    def outstanding(self) -> int:
        """Give everything the borrower owes: principal, and interest and fees charged."""
        return self.principal + self.accrued


def commit_loan(books: Books, terms: LoanTerms) -> tuple[LoanState, Settlement]:
    """Settle the signing: the commitment beside the balance sheet, and the exposure fee.

    A fee that is financed is drawn on the day of signing, as EXIM's loan agreements have it; any other is
    owed on that day. Raises `SettlementError` (STN-SETTLE-001) for a currency that no book counts.
    """
    refuse(SettlementError, _faults_of_terms(terms))
    money = terms.currency
    reckoning = Reckoning("loan", f"{terms.id}/signed", terms.agreed_on, terms.article)
    _given(reckoning, terms)
    fee = reckoning.step("exposure fee", "portion x rate", amount_of(terms.fee, money), money)
    rule = "portion x (1 + rate)" if terms.fee_financed else "portion"
    reckoning.step("commitment", rule, amount_of(terms.commitment, money), money)
    chart = books.chart(money)
    legs = [Leg(chart.undrawn(terms.id), chart.bound(terms.id), terms.commitment)]
    state = LoanState(fees_through=terms.agreed_on)
    if terms.fee_financed and terms.fee:
        legs += [
            Leg(chart.loan(terms.id, terms.commitment), chart.fee_income(terms.id), terms.fee),
            Leg(chart.bound(terms.id), chart.undrawn(terms.id), terms.fee),
        ]
        move = ((terms.agreed_on, terms.fee),)
        state = replace(state, drawn=terms.fee, movements=move, draws=move, accrued_through=terms.agreed_on)
    elif terms.fee:
        legs.append(Leg(chart.interest_receivable(terms.id), chart.fee_income(terms.id), terms.fee))
        state = replace(state, accrued=terms.fee)
    committed = money_of(amount_of(terms.commitment, money), money)
    outcome = f"{terms.lender} commits {committed} to {terms.borrower}; the fee is {money_of(fee, money)}."
    parties = (terms.borrower, terms.lender)
    return state, reckoning.settle(books, (terms.fee, money), legs, parties, outcome, _tags(terms))


def draw_loan(
    books: Books, terms: LoanTerms, state: LoanState, amount: Decimal, reference: str, on: date
) -> tuple[LoanState, Settlement]:
    """Settle a draw. Raises `SettlementError` (STN-SETTLE-001, 004, 005): too large, late or out of order."""
    path = f"loans.{terms.id}"
    problems = [*_faults_of_terms(terms), *_faults_of_amount(amount, path)]
    problems += _faults_of_order(state, on, path)
    if on < terms.agreed_on or (terms.last_draw_on is not None and on > terms.last_draw_on):
        message = f"Nothing may be drawn on {on}."
        problems.append(problem("005", message, f"From {terms.agreed_on} to {terms.last_draw_on}.", path))
    money = terms.currency
    units = 0 if problems else minor_units(amount, money)
    left = terms.commitment - state.drawn
    if units > left:
        room = money_of(amount_of(left, money), money)
        message = f"{money_of(amount, money)} is asked for, {room} of the commitment is left."
        problems.append(problem("004", message, "Draw less.", path))
    refuse(SettlementError, problems)
    reckoning = Reckoning("loan-draw", f"{terms.id}/{reference}", on, terms.article)
    reckoning.given("commitment", amount_of(terms.commitment, money), money)
    reckoning.given("drawn before", amount_of(state.drawn, money), money)
    reckoning.rounded("drawn", units, money)
    reckoning.step("left to draw", "commitment - drawn", amount_of(left - units, money), money)
    chart = books.chart(money)
    legs = [
        Leg(chart.loan(terms.id, terms.commitment), chart.cash(), units),
        Leg(chart.bound(terms.id), chart.undrawn(terms.id), units),
    ]
    after = replace(
        state,
        drawn=state.drawn + units,
        movements=(*state.movements, (on, units)),
        draws=(*state.draws, (on, units)),
        accrued_through=state.accrued_through or on,
    )
    parties = (terms.lender, terms.borrower)
    outcome = f"{terms.borrower} draws {money_of(amount_of(units, money), money)}."
    return after, reckoning.settle(books, (units, money), legs, parties, outcome, _tags(terms))


def charge_undrawn(
    books: Books, terms: LoanTerms, state: LoanState, through: date
) -> tuple[LoanState, Settlement]:
    """Settle the commitment fee on what was not drawn, from the day charged last to a day (not included).

    ``(committed - drawn) x rate x years``, summed over the days between draws and rounded once. Raises
    `SettlementError` (STN-SETTLE-005) for days that were charged already.
    """
    start = state.fees_through or terms.agreed_on
    refuse(SettlementError, _faults_of_days(terms, start, through))
    reckoning = Reckoning("commitment-fee", f"{terms.id}/{start}..{through}", through, terms.article)
    reckoning.given(
        "commitment fee", terms.commitment_fee_rate, "a year", terms.source or terms.assumed or ""
    )
    reckoning.given("day count", terms.day_count)
    exact = Fraction(0)
    committed = amount_of(terms.commitment, terms.currency)
    for first, last, units in spells(state.draws, start, through):
        years = year_fraction(first, last, terms.day_count)
        drawn = amount_of(units, terms.currency)
        part = undrawn_fee(committed, drawn, terms.commitment_fee_rate, Decimal(1), using=NUMBERS)
        exact += Fraction(part) * years
        shown = round(to_decimal(Fraction(part) * years), 6)
        formula = f"(committed - {money_of(drawn, terms.currency)}) x rate x {years}"
        reckoning.step(f"{first} to {last}", formula, shown, terms.currency)
    after = replace(state, fees_through=through)
    return _charged(books, reckoning, terms, after, exact, "fee_income")


def charge_interest(
    books: Books, terms: LoanTerms, state: LoanState, through: date
) -> tuple[LoanState, Settlement]:
    """Settle the interest on the principal, from the day charged last to a day (not included).

    Simple interest over the days between movements, by the loan's own day count, rounded once. Raises
    `SettlementError` (STN-SETTLE-005) for days that were charged already.
    """
    start = state.accrued_through or terms.agreed_on
    refuse(SettlementError, _faults_of_days(terms, start, through))
    reckoning = Reckoning("interest", f"{terms.id}/{start}..{through}", through, terms.article)
    reckoning.given("interest", terms.interest_rate, "a year", terms.source or terms.assumed or "")
    reckoning.given("day count", terms.day_count)
    exact = Fraction(0)
    for first, last, units in spells(state.movements, start, through):
        years = year_fraction(first, last, terms.day_count)
        principal = amount_of(units, terms.currency)
        part = Fraction(principal) * Fraction(terms.interest_rate) * years
        exact += part
        formula = f"{money_of(principal, terms.currency)} x rate x {years}"
        reckoning.step(f"{first} to {last}", formula, round(to_decimal(part), 6), terms.currency)
    after = replace(state, accrued_through=through)
    return _charged(books, reckoning, terms, after, exact, "interest_income")


def repay_loan(
    books: Books, terms: LoanTerms, state: LoanState, amount: Decimal, reference: str, on: date
) -> tuple[LoanState, Settlement]:
    """Settle a payment by the borrower: interest and fees owed first, then principal.

    Raises `SettlementError` (STN-SETTLE-001, 004, 005) for more than is owed, or interest not yet charged.
    """
    path = f"loans.{terms.id}"
    problems = [*_faults_of_terms(terms), *_faults_of_amount(amount, path)]
    problems += _faults_of_order(state, on, path)
    money = terms.currency
    if state.principal and state.accrued_through is not None and state.accrued_through < on:
        message = f"Interest is charged up to {state.accrued_through} only."
        problems.append(problem("005", message, f"Charge it to {on} first.", path))
    units = 0 if problems else minor_units(amount, money)
    if units > state.outstanding:
        owed = money_of(amount_of(state.outstanding, money), money)
        message = f"{money_of(amount, money)} is paid, {owed} is owed."
        problems.append(problem("004", message, "Pay no more than is owed.", path))
    refuse(SettlementError, problems)
    to_interest = min(units, state.accrued)
    to_principal = units - to_interest
    reckoning = Reckoning("loan-repayment", f"{terms.id}/{reference}", on, terms.article)
    reckoning.given("paid", amount, money, reference)
    reckoning.step("to interest and fees", "what is owed of them", amount_of(to_interest, money), money)
    reckoning.step("to principal", "the rest", amount_of(to_principal, money), money)
    left = state.principal - to_principal
    reckoning.step("principal left", "before - repaid", amount_of(left, money), money)
    chart = books.chart(money)
    legs = [
        Leg(chart.cash(), chart.interest_receivable(terms.id), to_interest),
        Leg(chart.cash(), chart.loan(terms.id, terms.commitment), to_principal),
    ]
    moves = ((on, -to_principal),) if to_principal else ()
    after = replace(
        state,
        repaid=state.repaid + to_principal,
        accrued=state.accrued - to_interest,
        movements=(*state.movements, *moves),
    )
    parties = (terms.borrower, terms.lender)
    outcome = f"{terms.borrower} pays {money_of(amount_of(units, money), money)}."
    return after, reckoning.settle(books, (units, money), legs, parties, outcome, _tags(terms))


def spells(moves: Sequence[tuple[date, int]], start: date, through: date) -> Iterator[tuple[date, date, int]]:
    """Cut the days from `start` to `through` where amounts change: first day, day after, sum meanwhile."""
    days = sorted({start, through, *(day for day, _ in moves if start < day < through)})
    for first, last in pairwise(days):
        yield first, last, sum(amount for day, amount in moves if day <= first)


def to_decimal(value: Fraction) -> Decimal:
    """Give a fraction as a decimal of 120 digits."""
    return EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _charged(
    books: Books, reckoning: Reckoning, terms: LoanTerms, state: LoanState, exact: Fraction, income: str
) -> tuple[LoanState, Settlement]:
    money = terms.currency
    units = minor_units(to_decimal(exact), money)
    reckoning.rounded("due", units, money)
    chart = books.chart(money)
    earned = chart.fee_income(terms.id) if income == "fee_income" else chart.interest_income(terms.id)
    legs = [Leg(chart.interest_receivable(terms.id), earned, units)]
    after = replace(state, accrued=state.accrued + units)
    parties = (terms.borrower, terms.lender)
    return after, reckoning.settle(books, (units, money), legs, parties, tags=_tags(terms))


def _given(reckoning: Reckoning, terms: LoanTerms) -> None:
    source = terms.source or terms.assumed or ""
    reckoning.given("financed portion", terms.portion, terms.currency, source)
    reckoning.given("exposure fee", terms.exposure_fee_rate, "of the portion", source)
    reckoning.given("the fee is financed", "yes" if terms.fee_financed else "no", "", source)


def _tags(terms: LoanTerms) -> Tags:
    return Tags(programme=terms.envelope or terms.id, mineral=terms.mineral)


def _faults_of_terms(terms: LoanTerms) -> Iterator[Problem]:
    if terms.currency not in EXPONENTS:
        yield problem(
            "001", f"{terms.currency!r} is not a currency.", "Write, say, USD.", f"loans.{terms.id}"
        )


def _faults_of_amount(amount: Decimal, path: str) -> Iterator[Problem]:
    if not amount.is_finite() or amount <= 0:
        yield problem("001", f"{amount} is not an amount to move.", "Write more than 0.", path)


def _faults_of_order(state: LoanState, on: date, path: str) -> Iterator[Problem]:
    latest = max((day for day, _ in state.movements), default=on)
    charged = max((day for day in (state.accrued_through, state.fees_through) if day), default=on)
    if on < max(latest, charged):
        message = f"The loan was moved or charged up to {max(latest, charged)}; {on} is earlier."
        yield problem("005", message, "Settle in order of date.", path)


def _faults_of_days(terms: LoanTerms, start: date, through: date) -> Iterator[Problem]:
    yield from _faults_of_terms(terms)
    if through <= start:
        message = f"The days up to {start} were charged already."
        yield problem("005", message, "Name a later day.", f"loans.{terms.id}")
