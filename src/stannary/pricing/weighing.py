"""Weigh reports so that nobody weighs too much, find the middle of them, and say how sure it is.

Everything here is exact: weights are whole numbers that mean something only beside each other, results are
fractions. Cutting a report in two, or giving the reports in another order, changes nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from stannary.charter.price_method import PriceMethod

__all__ = ["Candidate", "Weights", "capped_weights", "deviation", "is_capped", "mean", "median", "variance"]

Weights = Mapping[str, int]
"""The weight of each report by id, in a measure of their own."""

Holders = Sequence[tuple[str, ...]]
"""The names behind each report in one role."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report that may count: price in USD per contained tonne, contained tonnes, and whose it is.

    `reporter` is the firm that tells, `owner` its owner where that is another; `parties` are all names of
    buyer and seller.
    """

    id: str
    usd_per_t: Decimal
    tonnes: Decimal
    reporter: str
    parties: tuple[str, ...]
    deal: tuple[object, ...]
    owner: str | None = None

    @property
    def teller(self) -> tuple[str, str]:
        """Give the firm that reports, and its owner."""
        return self.reporter, self.owner or self.reporter


def capped_weights(pool: Sequence[Candidate], method: PriceMethod) -> dict[str, int] | None:
    """Give each report a weight, at most its tonnes, so that nobody's share of the sum is above the cap.

    Reports are weighed first by the firm that reports, so that volume claimed in the names of others cannot
    drown them, then by firm and owner, and then by firm, owner and parties at once: no firm escapes the cap
    by naming several owners, and no owner by several firms. `None` where no weights can keep the caps: too
    few independent reporters or parties.
    """
    firms: Holders = [(each.reporter,) for each in pool]
    tellers: Holders = [tuple(dict.fromkeys(each.teller)) for each in pool]
    by_reporter, by_party = Fraction(method.reporter_cap), Fraction(method.party_cap)
    weights: list[int] | None = _whole_numbers(pool)
    for roles in (
        [(firms, by_reporter)],
        [(tellers, by_reporter)],
        [(tellers, by_reporter), ([each.parties for each in pool], by_party)],
    ):
        weights = None if weights is None else _filled(weights, roles)
    return None if weights is None else {each.id: weight for each, weight in zip(pool, weights, strict=True)}


def is_capped(pool: Sequence[Candidate], weights: Weights) -> bool:
    """Say whether weights are anything but the tonnes."""
    whole, tonnes = sum(weights[each.id] for each in pool), _whole_numbers(pool)
    every = sum(tonnes)
    return any(weights[each.id] * every != own * whole for each, own in zip(pool, tonnes, strict=True))


def _whole_numbers(pool: Sequence[Candidate]) -> list[int]:
    """Give the tonnes in the largest measure in which all are whole."""
    ratios = [each.tonnes.as_integer_ratio() for each in pool]
    measure = math.lcm(*{below for _, below in ratios})
    return [above * (measure // below) for above, below in ratios]


def _filled(base: Sequence[int], roles: Sequence[tuple[Holders, Fraction]]) -> list[int] | None:
    """Fill weights up from nothing, all alike, until each is whole or one of its holders is at the cap.

    With a sum W of all weights, a report of base b weighs ``b x min(1, cap x W / base of its holder)`` over
    its holders in every role; W is the largest number that is the sum of these. Every holder's share is then
    at most its cap. With one role this is the water-filling of a capped index. `None` where only W = 0 is.
    """
    measure = math.lcm(*(cap.numerator for _, cap in roles))
    levels = [0] * len(base)
    for holders, cap in roles:
        totals: dict[str, int] = defaultdict(int)
        for amount, names in zip(base, holders, strict=True):
            for name in names:
                totals[name] += amount
        # A report is whole once W reaches its holder's base over the cap; in whole numbers, `measure` x that.
        factor = cap.denominator * (measure // cap.numerator)
        for index, names in enumerate(holders):
            levels[index] = max(levels[index], *(totals[name] * factor for name in names))
    held: dict[int, int] = defaultdict(int)
    for amount, level in zip(base, levels, strict=True):
        held[level] += amount
    whole = _largest_sum(held, measure)
    if whole is None:
        return None
    parts = {level: min(Fraction(1), whole * measure / level) for level in held}
    shared = math.lcm(*(part.denominator for part in parts.values()))
    factors = {level: part.numerator * (shared // part.denominator) for level, part in parts.items()}
    weights = [amount * factors[level] for amount, level in zip(base, levels, strict=True)]
    largest = math.gcd(*weights)
    return [weight // largest for weight in weights]


def _largest_sum(held: Mapping[int, int], measure: int) -> Fraction | None:
    """Give the largest W > 0 with ``W = sum(b whole) + W x sum(measure x b / level capped)``, if any.

    `held` is the base by level; a base is whole where its level is at most ``measure x W``. The right side is
    concave in W, so from above the first W that agrees with what it takes to be capped is the largest.
    """
    free, slope = sum(held.values()), Fraction(0)
    for level in sorted(held, reverse=True):
        whole = free / (1 - slope)
        if level <= measure * whole:
            return whole
        free -= held[level]
        slope += Fraction(measure * held[level], level)
    return None


def median(pool: Iterable[Candidate], weights: Weights) -> Fraction:
    """Give the weighted median: the price at half the weight, the mean of two where half falls between."""
    return _middle({Fraction(price): weight for price, weight in _by_price(pool, weights).items()})


def deviation(pool: Iterable[Candidate], weights: Weights, centre: Fraction) -> Fraction:
    """Give the weighted median of the absolute deviations from a centre (MAD, not scaled)."""
    by_distance: dict[Fraction, int] = defaultdict(int)
    for price, weight in _by_price(pool, weights).items():
        by_distance[abs(Fraction(price) - centre)] += weight
    return _middle(by_distance)


def _by_price(pool: Iterable[Candidate], weights: Weights) -> dict[Decimal, int]:
    by_price: dict[Decimal, int] = defaultdict(int)
    for each in pool:
        by_price[each.usd_per_t] += weights[each.id]
    return by_price


def _middle(weight_of: Mapping[Fraction, int]) -> Fraction:
    ordered, whole, passed = sorted(weight_of), sum(weight_of.values()), 0
    for index, value in enumerate(ordered):
        passed += weight_of[value]
        if passed * 2 == whole:
            return (value + ordered[index + 1]) / 2
        if passed * 2 > whole:
            return value
    raise ValueError("there is nothing to find the middle of")


def mean(pool: Iterable[Candidate], weights: Weights) -> Fraction:
    """Give the weighted mean price."""
    by_price = _by_price(pool, weights)
    total = sum((Fraction(price) * weight for price, weight in by_price.items()), Fraction(0))
    return total / sum(by_price.values())


def variance(pool: Iterable[Candidate], weights: Weights, centre: Fraction) -> Fraction:
    """Give the variance of a weighted mean (its standard error squared), reporters being independent.

    ``n / (n - 1) x sum over reporters of (sum of weight x (price - mean) / whole weight)^2``: the linearised
    variance of a ratio, reporters being the clusters. Raises `ZeroDivisionError` for a single reporter.
    """
    listed = tuple(pool)
    firms, owners = ({each.teller[which] for each in listed} for which in (0, 1))
    which = 0 if len(firms) < len(owners) else 1
    by_reporter: dict[str, dict[Decimal, int]] = defaultdict(lambda: defaultdict(int))
    for each in listed:
        by_reporter[each.teller[which]][each.usd_per_t] += weights[each.id]
    whole, spread = 0, Fraction(0)
    for told in by_reporter.values():
        own = sum(told.values())
        off = sum((Fraction(price) * weight for price, weight in told.items()), Fraction(0)) - centre * own
        whole += own
        spread += off * off
    count = len(by_reporter)
    return spread / whole**2 * Fraction(count, count - 1)
