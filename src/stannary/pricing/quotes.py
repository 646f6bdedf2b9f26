"""The third rung: firm bids and offers, held to what the last transactions allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from stannary.arithmetic import NUMBERS
from stannary.charter.price_method import PriceMethod, held_near, quoted
from stannary.pricing.normalisation import Normalised
from stannary.pricing.reports import reporters_among
from stannary.pricing.transactions import Attempt, candidate, decimal_of, trimmed
from stannary.pricing.weighing import Candidate, capped_weights

__all__ = ["from_quotes"]

HALF = Fraction(1, 2)


def from_quotes(found: Sequence[Normalised], last: Decimal | None, method: PriceMethod) -> Attempt:
    """Make a price of the best bids and the best offers, each averaged by capped volume to a stated depth.

    `last` is the last price that transactions made. Without it, or without enough bids *and* enough offers,
    there is no price: asks alone set nothing, and above the last price only bids can lift it. The uncertainty
    is ``max(least, half the spread / price)``.
    """
    if last is None:
        reasons = {each.report.id: "no_anchor" for each in found}
        return Attempt(None, "no earlier price from transactions to hold bids and offers to", reasons=reasons)
    reasons = {}
    levels: list[Fraction] = []
    shares: dict[str, Fraction] = {}
    for kind, best_first in (("bid", -1), ("offer", 1)):
        side = [candidate(each) for each in found if each.report.kind == kind]
        level, parts, why = _level(side, best_first, method, reasons)
        if level is None:
            return Attempt(None, f"{why} among {kind}s", reasons=reasons)
        levels.append(level)
        shares |= {key: part * HALF for key, part in parts.items()}
    bid, offer = levels
    anchor = Fraction(last)
    free = quoted(bid, offer, anchor, using=NUMBERS)
    price = held_near(free, anchor, Fraction(method.quotes.most_move), using=NUMBERS)
    flags = []
    if bid > offer:
        flags.append("crossed")
    if (bid + offer) / 2 > free:
        flags.append("asks_not_followed")
    if price != free:
        flags.append("held")
    half_spread = decimal_of(abs(offer - bid) / 2 / price)
    return Attempt(
        price,
        uncertainty=max(method.quotes.uncertainty_least, half_spread),
        weights=shares,
        reasons=reasons,
        flags=tuple(flags),
        note=f"bid {decimal_of(bid):.2f}, offer {decimal_of(offer):.2f}, last price from transactions {last}",
    )


def _level(
    side: Sequence[Candidate], best_first: int, method: PriceMethod, reasons: dict[str, str]
) -> tuple[Fraction | None, dict[str, Fraction], str]:
    """Average the best part of one side; give the level, each report's share in it, or what is lacking."""
    weights, why = _weights(side, method)
    if weights is None:
        return None, {}, why
    kept, outliers = trimmed(side, weights, method)
    reasons |= dict.fromkeys(outliers, "outlier")
    weights, why = _weights(kept, method)
    if weights is None:
        return None, {}, why
    wanted = sum(weights.values()) * Fraction(method.quotes.depth_share)
    by_price: dict[Decimal, list[Candidate]] = defaultdict(list)
    for each in kept:
        by_price[each.usd_per_t].append(each)
    shares: dict[str, Fraction] = {}
    level, left = Fraction(0), wanted
    for price in sorted(by_price, key=lambda each: best_first * each):
        here = sum(weights[each.id] for each in by_price[price])
        taken = min(Fraction(here), left)
        left -= taken
        level += Fraction(price) * taken / wanted
        for each in by_price[price]:
            if taken:
                shares[each.id] = Fraction(weights[each.id], here) * taken / wanted
            else:
                reasons[each.id] = "beyond_depth"
    return level, shares, ""


def _weights(side: Sequence[Candidate], method: PriceMethod) -> tuple[dict[str, int] | None, str]:
    """Give capped weights, or say what is lacking."""
    reporters = reporters_among(each.teller for each in side)
    if reporters < method.quotes.reporters:
        return None, f"{reporters} of {method.quotes.reporters} reporters"
    weights = capped_weights(side, method)
    return weights, "" if weights else "too few independent reporters or parties to stay within the caps"
