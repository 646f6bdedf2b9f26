"""Equity: preferred stock bought, dividends paid in kind, and the shares it converts into, with warrants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from pydantic import Field
from pydantic.dataclasses import dataclass as law_dataclass

from stannary.charter.citation import LAW, Amount, Count, Day, Name, Sourced, Text
from stannary.dated import months_later
from stannary.errors import Problem, SettlementError, refuse
from stannary.ledger.commodities import EXPONENTS, amount_of, minor_units
from stannary.settlement.day_counts import DayCount, year_fraction
from stannary.settlement.loans import to_decimal
from stannary.settlement.reckoning import Books, Leg, Reckoning, Tags, problem
from stannary.settlement.statement import Settlement

__all__ = [
    "Stake",
    "StakeTerms",
    "accrue_in_kind",
    "as_converted",
    "buy_stake",
    "convert_stake",
]


def as_converted(invested: Decimal, price: Decimal, warrants: Decimal) -> int:
    """Count the shares a holder has once everything is converted: whole shares, a fraction is left out.

    ``floor(invested / price) + warrants``. MP Materials 2025: 400,000,000 / 30.03 with 11,201,659 warrants is
    24,521,672 shares. Raises `ValueError` for a price that is not above zero.
    """
    if price <= 0:
        raise ValueError("shares convert at a price above zero")
    return int(Fraction(invested) / Fraction(price)) + int(warrants)


@law_dataclass(frozen=True, kw_only=True, config=LAW)
class StakeTerms(Sourced):
    """The terms of preferred stock. `in_kind_rate` is a share a year, added every so many months.

    `conversion_price` is money for one common share; `warrants` are shares that may be bought at
    `warrant_price`.
    """

    id: Name
    holder: Text
    issuer: Text
    currency: Text = "USD"
    invested: Amount = Field(gt=0)
    bought_on: Day
    in_kind_rate: Amount = Field(default=Decimal(0), ge=0)
    compounds_every_months: Count = Field(default=12, ge=1, le=12)
    day_count: DayCount = "30/360"
    conversion_price: Amount | None = Field(default=None, gt=0)
    warrants: Count = Field(default=0, ge=0)
    warrant_price: Amount | None = Field(default=None, gt=0)
    envelope: Name | None = None
    mineral: str = ""

    @property
    def article(self) -> str:
        """Give where the charter speaks of it."""
        return "financing" if self.envelope is None else f"financing.envelopes.{self.envelope}"


@dataclass(frozen=True, slots=True)
class Stake:
    """A stake as it stands: what it counts for in minor units, and the day dividends are added through."""

    amount: int
    added_through: date
    is_converted: bool = False


def buy_stake(books: Books, terms: StakeTerms) -> tuple[Stake, Settlement]:
    """Settle the purchase of the stock, paid in money. Raises `SettlementError` (STN-SETTLE-001)."""
    refuse(SettlementError, _faults(terms))
    units = minor_units(terms.invested, terms.currency)
    reckoning = Reckoning("stake", f"{terms.id}/bought", terms.bought_on, terms.article)
    reckoning.given("invested", terms.invested, terms.currency, terms.source or terms.assumed or "")
    reckoning.rounded("due", units, terms.currency)
    _shares(reckoning, terms, units)
    chart = books.chart(terms.currency)
    legs = [Leg(chart.stake(terms.issuer), chart.cash(), units)]
    parties = (terms.holder, terms.issuer)
    settled = reckoning.settle(books, (units, terms.currency), legs, parties, tags=_tags(terms))
    return Stake(units, terms.bought_on), settled


def accrue_in_kind(books: Books, terms: StakeTerms, stake: Stake, through: date) -> tuple[Stake, Settlement]:
    """Settle dividends paid in kind, from the day they were added through to a day.

    Each whole interval of compounding adds ``amount x rate x years`` to the stake, rounded once an interval;
    days past the last whole interval wait for the next time. Raises `SettlementError` (STN-SETTLE-005) where
    no interval is complete or the stake was converted.
    """
    path = f"stakes.{terms.id}"
    problems = [*_faults(terms)]
    first = stake.added_through
    later = _due_after(terms, first)
    if stake.is_converted:
        problems.append(problem("005", "The stake was converted.", "It earns nothing in kind.", path))
    elif later > through:
        message = f"Dividends were added through {first}; the next are due on {later}."
        problems.append(problem("005", message, "Name that day or a later one.", path))
    refuse(SettlementError, problems)
    money, amount = terms.currency, stake.amount
    due = [later]
    while (later := _due_after(terms, later)) <= through:
        due.append(later)
    reckoning = Reckoning("stake-dividend", f"{terms.id}/{first}..{due[-1]}", due[-1], terms.article)
    reckoning.given("stake before", amount_of(amount, money), money)
    reckoning.given("paid in kind", terms.in_kind_rate, "a year", terms.source or terms.assumed or "")
    for day in due:
        years = year_fraction(first, day, terms.day_count)
        exact = Fraction(amount_of(amount, money)) * Fraction(terms.in_kind_rate) * years
        part = minor_units(to_decimal(exact), money)
        reckoning.step(f"{first} to {day}", f"stake x rate x {years}", amount_of(part, money), money)
        amount, first = amount + part, day
    reckoning.step("due", "sum of what is added", amount_of(amount - stake.amount, money), money)
    _shares(reckoning, terms, amount)
    chart = books.chart(money)
    legs = [Leg(chart.stake(terms.issuer), chart.dividend_income(terms.issuer), amount - stake.amount)]
    parties = (terms.issuer, terms.holder)
    owed = (amount - stake.amount, money)
    return Stake(amount, first), reckoning.settle(books, owed, legs, parties, tags=_tags(terms))


def convert_stake(books: Books, terms: StakeTerms, stake: Stake, on: date) -> tuple[Stake, Settlement]:
    """State the conversion of a stake into common shares: shares change, no money and no value moves.

    Raises `SettlementError` (STN-SETTLE-002, 005) where the terms allow none, or it was converted already.
    """
    path = f"stakes.{terms.id}"
    problems = [*_faults(terms)]
    if terms.conversion_price is None:
        problems.append(problem("002", "The terms allow no conversion.", "", path))
    if stake.is_converted:
        problems.append(problem("005", "The stake was converted already.", "", path))
    if on < stake.added_through:
        problems.append(problem("005", f"Dividends run to {stake.added_through}.", "Name a later day.", path))
    refuse(SettlementError, problems)
    reckoning = Reckoning("stake-conversion", f"{terms.id}/converted", on, terms.article)
    shares = _shares(reckoning, terms, stake.amount)
    outcome = f"{terms.holder} holds {shares:,} shares of {terms.issuer}, warrants counted."
    settled = reckoning.settle(books, (0, terms.currency), [], outcome=outcome, tags=_tags(terms))
    return Stake(stake.amount, stake.added_through, is_converted=True), settled


def _due_after(terms: StakeTerms, day: date) -> date:
    """Give the first day after one on which dividends are added.

    Counted from the day of purchase, so that a 31st comes back after a shorter month.
    """
    months = 12 * (day.year - terms.bought_on.year) + day.month - terms.bought_on.month
    intervals = max(months // terms.compounds_every_months, 0)
    while (due := months_later(terms.bought_on, terms.compounds_every_months * intervals)) <= day:
        intervals += 1
    return due


def _shares(reckoning: Reckoning, terms: StakeTerms, units: int) -> int:
    if terms.conversion_price is None:
        return 0
    held = amount_of(units, terms.currency)
    source = terms.source or terms.assumed or ""
    reckoning.given("conversion price", terms.conversion_price, f"{terms.currency} a share", source)
    reckoning.given("warrants", Decimal(terms.warrants), "shares", source)
    shares = as_converted(held, terms.conversion_price, Decimal(terms.warrants))
    formula = "floor(stake / conversion price) + warrants"
    reckoning.step("shares if converted", formula, Decimal(shares), "shares")
    return shares


def _tags(terms: StakeTerms) -> Tags:
    return Tags(programme=terms.envelope or terms.id, mineral=terms.mineral)


def _faults(terms: StakeTerms) -> Iterator[Problem]:
    if terms.currency not in EXPONENTS:
        path = f"stakes.{terms.id}"
        yield problem("001", f"{terms.currency!r} is not a currency.", "Write, say, USD.", path)
