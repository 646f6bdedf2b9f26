"""The first two rungs: the volume-weighted price of deals done, in the period or in a longer window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from stannary.arithmetic import NUMBERS
from stannary.charter.price_method import LeastInputs, PriceMethod, reach
from stannary.pricing.normalisation import Normalised
from stannary.pricing.publication import counted
from stannary.pricing.reports import reporters_among
from stannary.pricing.screening import faults_between
from stannary.pricing.weighing import (
    Candidate,
    Weights,
    capped_weights,
    deviation,
    is_capped,
    mean,
    median,
    variance,
)
from stannary.units import EXACT

__all__ = ["Attempt", "candidate", "decimal_of", "from_transactions", "trimmed"]

DIGITS = Context(prec=40, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Attempt:
    """What came of one rung for one product.

    `price` is in USD per contained tonne, unrounded, `None` where the rung gives none: then `why` says so.
    `weights` are the shares of the price by report; `reasons` say why other reports it looked at do not
    count.
    """

    price: Fraction | None
    why: str = ""
    uncertainty: Decimal = Decimal(0)
    weights: dict[str, Fraction] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    note: str = ""


def from_transactions(
    found: Sequence[Normalised], method: PriceMethod, uncertainty_least: Decimal
) -> Attempt:
    """Average the deals of a window by capped volume, outliers left out; refuse where too little is left.

    The uncertainty is ``max(least, coverage x standard error / price)``.
    """
    reasons = faults_between(found, method)
    pool = [candidate(each) for each in found if each.report.id not in reasons]
    least = method.least_for(found[0].report.product) if found else None
    why = _too_thin(pool, least)
    weights = None if why else capped_weights(pool, method)
    if weights is None:
        return Attempt(None, why or DEPENDENT, reasons=reasons)
    kept, outliers = trimmed(pool, weights, method)
    reasons |= dict.fromkeys(outliers, "outlier")
    why = _too_thin(kept, least)
    weights = None if why else capped_weights(kept, method)
    if weights is None:
        told = (
            f"{why or DEPENDENT}, {counted(len(outliers), 'outlier')} left out"
            if outliers
            else why or DEPENDENT
        )
        return Attempt(None, told, reasons=reasons)
    price = mean(kept, weights)
    error = DIGITS.sqrt(decimal_of(variance(kept, weights, price)))
    share = DIGITS.divide(DIGITS.multiply(error, method.coverage.value), decimal_of(price))
    whole = sum(weights.values())
    return Attempt(
        price,
        uncertainty=max(share, uncertainty_least),
        weights={key: Fraction(weight, whole) for key, weight in weights.items()},
        reasons=reasons,
        flags=("capped",) if is_capped(kept, weights) else (),
    )


DEPENDENT = "too few independent reporters, buyers or sellers to stay within the caps"


def candidate(each: Normalised) -> Candidate:
    """Give a normalised report as something to be weighed."""
    report = each.report
    if each.usd_per_t is None or each.tonnes is None:
        raise ValueError(f"{report.id} is not normalised")
    parties = tuple(sorted(report.buyers | report.sellers))
    deal = (report.dated_on, report.buyer_owner, report.seller_owner, each.usd_per_t)
    firm, owner = report.teller
    return Candidate(report.id, each.usd_per_t, each.tonnes, firm, parties, deal, owner)


def trimmed(
    pool: Sequence[Candidate], weights: Weights, method: PriceMethod
) -> tuple[list[Candidate], list[str]]:
    """Part reports from outliers, by their distance from the weighted median; at the edge a report stays."""
    centre = median(pool, weights)
    outliers = method.outliers
    farthest = reach(
        centre,
        deviation(pool, weights, centre),
        Fraction(outliers.multiple),
        Fraction(outliers.band),
        using=NUMBERS,
    )
    near = {price for price in {each.usd_per_t for each in pool} if abs(Fraction(price) - centre) <= farthest}
    kept = [each for each in pool if each.usd_per_t in near]
    return kept, [each.id for each in pool if each.usd_per_t not in near]


def decimal_of(value: Fraction) -> Decimal:
    """Give a fraction as a decimal of 40 digits."""
    return DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))


def _too_thin(pool: Sequence[Candidate], least: LeastInputs | None) -> str:
    """Say in words what a pool lacks of the least inputs; nothing when it has enough."""
    reporters = reporters_among(each.teller for each in pool)
    deals = len({each.deal for each in pool})
    tonnes = Decimal(0)
    for each in pool:
        tonnes = EXACT.add(tonnes, each.tonnes)
    if least is None:
        return "no deals that may count"
    lacking = []
    if reporters < least.reporters:
        lacking.append(f"{reporters} of {least.reporters} reporters")
    if deals < least.deals:
        lacking.append(f"{deals} of {least.deals} deals")
    if tonnes < least.tonnes:
        lacking.append(f"{tonnes:f} of {least.tonnes} t")
    return ", ".join(lacking)
