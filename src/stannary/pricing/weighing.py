"""Weigh reports so that nobody weighs too much, find the middle of them, and say how sure it is.

Everything here is exact: weights are fractions, prices decimals. Cutting a report in two, or giving the
reports in another order, changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from stannary.charter.price_method import PriceMethod

__all__ = ["Candidate", "capped_weights", "deviation", "mean", "median", "variance"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report that may count: price in USD per contained tonne, contained tonnes, and whose it is."""

    id: str
    usd_per_t: Decimal
    tonnes: Decimal
    reporter: str
    parties: tuple[str, ...]
    deal: tuple[object, ...]


Weights = Mapping[str, Fraction]


def capped_weights(pool: Sequence[Candidate], method: PriceMethod) -> dict[str, Fraction] | None:
    """Give each report a weight, at most its tonnes, so that nobody's share of the sum is above the cap.

    Reports are weighed first by reporter alone, so that volume claimed in the names of others cannot drown
    them, and then by reporter and parties at once. `None` where no weights can keep the caps: too few
    independent reporters or parties.
    """
    reporters = [((each.reporter,), method.reporter_cap) for each in pool]
    first = _filled([Fraction(each.tonnes) for each in pool], [[who] for who in reporters])
    if first is None:
        return None
    parties = [(each.parties, method.party_cap) for each in pool]
    both = _filled(first, [list(pair) for pair in zip(reporters, parties, strict=True)])
    return None if both is None else {each.id: weight for each, weight in zip(pool, both, strict=True)}


Holders = list[tuple[tuple[str, ...], Decimal]]
"""Who is behind a report, by role: the names, and the cap of the role."""


def _filled(base: list[Fraction], holders: list[Holders]) -> list[Fraction] | None:
    """Fill weights up from nothing, all alike, until each is whole or one of its holders is at the cap.

    With a sum W of all weights, a report of base b weighs ``b x min(1, cap x W / base of its holder)`` over
    its holders; W is the largest number that is the sum of these. Every holder's share is then at most its
    cap. With one role this is the water-filling of a capped index. No W exists where the reports cannot
    share the whole among them within their caps.
    """
    totals: dict[tuple[int, str], Fraction] = defaultdict(Fraction)
    for amount, roles in zip(base, holders, strict=True):
        for role, (names, _) in enumerate(roles):
            for name in names:
                totals[role, name] += amount
    level_of = [
        max(totals[role, name] / Fraction(cap) for role, (names, cap) in enumerate(roles) for name in names)
        for roles in holders
    ]
    held: dict[Fraction, Fraction] = defaultdict(Fraction)
    for amount, level in zip(base, level_of, strict=True):
        held[level] += amount
    whole = _fixed_point(held)
    if whole is None:
        return None
    return [
        amount if level <= whole else amount * whole / level
        for amount, level in zip(base, level_of, strict=True)
    ]


def _fixed_point(held: Mapping[Fraction, Fraction]) -> Fraction | None:
    """Give the largest W with ``W = sum(b where level <= W) + W x sum(b / level elsewhere)``.

    The right side is concave in W and begins at nothing, so the largest such W lies where it last crosses.
    """
    levels = sorted(held)
    whole, slope = Fraction(0), sum((held[level] / level for level in levels), Fraction(0))
    if slope < 1:
        return None
    for level in levels:
        # Between the level before and this one, the sum is `whole + slope x W`.
        if slope < 1 and whole / (1 - slope) < level:
            return whole / (1 - slope)
        whole += held[level]
        slope -= held[level] / level
    return whole


def median(pool: Iterable[Candidate], weights: Weights) -> Fraction:
    """Give the weighted median: the price at half the weight, the mean of two where half falls between."""
    return _middle([(Fraction(each.usd_per_t), weights[each.id]) for each in pool])


def deviation(pool: Iterable[Candidate], weights: Weights, centre: Fraction) -> Fraction:
    """Give the weighted median of the absolute deviations from a centre (MAD, not scaled)."""
    return _middle([(abs(Fraction(each.usd_per_t) - centre), weights[each.id]) for each in pool])


def _middle(pairs: list[tuple[Fraction, Fraction]]) -> Fraction:
    by_value: dict[Fraction, Fraction] = defaultdict(Fraction)
    for value, weight in pairs:
        by_value[value] += weight
    ordered = sorted(by_value)
    half = sum(by_value.values(), Fraction(0)) / 2
    passed = Fraction(0)
    for index, value in enumerate(ordered):
        passed += by_value[value]
        if passed == half and index + 1 < len(ordered):
            return (value + ordered[index + 1]) / 2
        if passed >= half:
            return value
    raise ValueError("there is nothing to find the middle of")


def mean(pool: Iterable[Candidate], weights: Weights) -> Fraction:
    """Give the weighted mean price."""
    total, whole = Fraction(0), Fraction(0)
    by_price: dict[Decimal, Fraction] = defaultdict(Fraction)
    for each in pool:
        by_price[each.usd_per_t] += weights[each.id]
    for price, weight in by_price.items():
        total += Fraction(price) * weight
        whole += weight
    return total / whole


def variance(pool: Sequence[Candidate], weights: Weights, centre: Fraction) -> Fraction:
    """Give the variance of a weighted mean (its standard error squared), reporters being independent.

    ``n / (n - 1) x sum over reporters of (sum of weight x (price - mean) / whole weight)^2``: the linearised
    variance of a ratio with clusters (Cochran, Sampling Techniques, 1977, section 6 and 9). Undefined (an
    error) for a single reporter.
    """
    by_reporter: dict[str, Fraction] = defaultdict(Fraction)
    whole = Fraction(0)
    for each in pool:
        by_reporter[each.reporter] += weights[each.id] * (Fraction(each.usd_per_t) - centre)
        whole += weights[each.id]
    count = len(by_reporter)
    spread = sum((part * part for part in by_reporter.values()), Fraction(0))
    return spread / whole**2 * Fraction(count, count - 1)
