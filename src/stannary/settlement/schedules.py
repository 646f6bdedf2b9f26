"""Schedules of repayment whose principal sums to what was lent, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from stannary.dated import months_later
from stannary.settlement.day_counts import year_fraction
from stannary.settlement.loans import LoanTerms, to_decimal
from stannary.units import allocate

__all__ = ["Instalment", "repayment_schedule"]


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment: the day, principal and interest, and the principal left after it, in minor units."""

    due_on: date
    principal: int
    interest: int
    left: int


def repayment_schedule(terms: LoanTerms, principal: int, from_day: date) -> tuple[Instalment, ...]:
    """Give the schedule for a principal (minor units) on which interest runs from a day.

    Level: equal principal by largest remainder. Annuity: equal payments as if every interval were the same
    part of a year, the last taking what rounding left. Bullet: all at the end. Interest follows the loan's
    own day count and is rounded once an instalment. Principal sums to `principal` exactly. Raises
    `ValueError` where the terms name no first day of repayment, or one not after `from_day`.
    """
    first = terms.first_repayment_on
    if first is None or first <= from_day:
        raise ValueError("the loan names no first day of repayment after the day interest runs from")
    days = [months_later(first, terms.months_between * number) for number in range(terms.instalments)]
    parts = _principal(terms, principal)
    found: list[Instalment] = []
    left, since = principal, from_day
    for day, part in zip(days, parts, strict=True):
        exact = Fraction(left) * Fraction(terms.interest_rate) * year_fraction(since, day, terms.day_count)
        left -= part
        found.append(Instalment(day, part, int(exact + Fraction(1, 2)), left))
        since = day
    return tuple(found)


def _principal(terms: LoanTerms, principal: int) -> tuple[int, ...]:
    count = terms.instalments
    if terms.form == "bullet":
        return (0,) * (count - 1) + (principal,)
    rate = Fraction(terms.interest_rate) * terms.months_between / 12
    if terms.form == "level" or not rate:
        return allocate(principal, [Decimal(1)] * count)
    # The shares of an annuity grow by (1 + rate) each time.
    return allocate(principal, [to_decimal((1 + rate) ** number) for number in range(count)])
