"""Climb down the ladder: for each product the firmest rung that holds, and why those above it did not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from stannary.charter.charter import Charter
from stannary.charter.price_method import PriceMethod
from stannary.dated import months_later
from stannary.pricing.fallbacks import ProducerCost, carried, from_chain, from_cost, last_of, periods_between
from stannary.pricing.normalisation import Normalised
from stannary.pricing.publication import Publication, PublishedPrice, Rung, Unpriced
from stannary.pricing.quotes import from_quotes
from stannary.pricing.reports import reporters_among
from stannary.pricing.transactions import Attempt, decimal_of, from_transactions
from stannary.units import EXACT, round_cents

__all__ = ["Ladder", "Standing", "climb"]

ONE_DAY = timedelta(days=1)
SHARE = Decimal("0.0001")


@dataclass(frozen=True)
class Ladder:
    """What every rung of one publication stands on."""

    charter: Charter
    method: PriceMethod
    start: date
    end: date
    as_of: date
    previous: Sequence[Publication]
    costs: Mapping[str, ProducerCost]

    @property
    def takes_effect_on(self) -> date:
        """Give the day from which the prices are in force."""
        return max(self.end, self.as_of) + timedelta(days=self.method.takes_effect_days)

    @property
    def window_start(self) -> date:
        """Give the first day of the longer window, which ends with the period."""
        return months_later(self.end + ONE_DAY, -self.method.longer_window.months)

    @property
    def quotes_start(self) -> date:
        """Give the first day on which bids and offers count."""
        return self.end - timedelta(days=self.method.quotes.days - 1)


@dataclass
class Standing:
    """How the reports and products stand once the ladder is climbed."""

    prices: list[PublishedPrice] = field(default_factory=list)
    unpriced: list[Unpriced] = field(default_factory=list)
    weights: dict[str, Fraction] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def climb(products: Sequence[str], found: Iterable[Normalised], ladder: Ladder) -> Standing:
    """Price every product, in two passes: by its own reports, then by what others' reports made possible.

    `found` are the normalised reports that may count, in the order of their ids.
    """
    by_product: dict[str, list[Normalised]] = defaultdict(list)
    for each in found:
        by_product[each.report.product].append(each)
    standing = Standing()
    failed: dict[str, list[str]] = {}
    for product in products:
        failed[product] = _by_reports(product, by_product[product], ladder, standing)
    reported = {price.product: price for price in standing.prices}
    for product in products:
        if product not in reported:
            _without_reports(product, reported, failed[product], ladder, standing)
    standing.prices.sort(key=lambda price: products.index(price.product))
    return standing


def _by_reports(product: str, found: list[Normalised], ladder: Ladder, standing: Standing) -> list[str]:
    """Try the rungs that reports make; give, in words, why each that was tried did not hold."""
    method = ladder.method
    deals = [each for each in found if each.report.kind == "transaction"]
    quotes = [each for each in found if each.report.kind != "transaction"]
    recent = [each for each in deals if each.report.dated_on >= ladder.start]
    longer = [each for each in deals if each.report.dated_on >= ladder.window_start]
    timely = [each for each in quotes if each.report.dated_on >= ladder.quotes_start]
    window = method.longer_window

    def last() -> Decimal | None:
        price = last_of(product, ladder.previous, ladder.start, from_deals=True)
        age = periods_between(price.start, ladder.start, method) if price else 0
        return price.usd_per_t if price and age <= method.carry_forward.periods_most else None

    rungs: list[tuple[Rung, Callable[[], Attempt]]] = [
        ("transactions", lambda: from_transactions(recent, method, method.uncertainty_least)),
        ("longer_window", lambda: from_transactions(longer, method, window.uncertainty_least)),
        ("bids_and_offers", lambda: from_quotes(timely, last(), method)),
    ]
    failed: list[str] = []
    reasons: dict[str, str] = {}
    won: Rung | None = None
    for rung, attempt_at in rungs:
        attempt = _worth_something(attempt_at())
        reasons |= attempt.reasons
        if attempt.price is not None:
            won = rung
            used = [each for each in found if each.report.id in attempt.weights]
            standing.prices.append(_price(product, rung, attempt, used, failed, ladder))
            standing.weights |= attempt.weights
            break
        failed.append(f"{rung.replace('_', ' ')}: {attempt.why}")
    for each in found:
        if each.report.id not in standing.weights:
            standing.reasons[each.report.id] = _reason(each, won, reasons, ladder)
    return failed


def _reason(each: Normalised, won: Rung | None, reasons: Mapping[str, str], ladder: Ladder) -> str:
    """Say why a report that could have counted did not."""
    report = each.report
    first = ladder.window_start if report.kind == "transaction" else ladder.quotes_start
    if report.dated_on < first:
        return "outside_window"
    if won == "transactions" and report.kind == "transaction" and report.dated_on < ladder.start:
        return "outside_period"
    if won in ("transactions", "longer_window") and report.kind != "transaction":
        return "firmer_rung"
    return reasons.get(report.id, "too_thin")


def _without_reports(
    product: str,
    reported: Mapping[str, PublishedPrice],
    failed: list[str],
    ladder: Ladder,
    standing: Standing,
) -> None:
    """Try the rungs that need no report on the product itself; else leave it unpriced, and say why."""
    charter, method = ladder.charter, ladder.method
    defined = charter.scope.product(product)
    rungs: list[tuple[Rung, Callable[[], Attempt]]] = [
        ("cost_model", lambda: from_cost(product, charter, ladder.costs, ladder.end, method)),
        ("carried_forward", lambda: carried(product, ladder.previous, ladder.start, method)),
    ]
    if defined is not None:
        rungs.insert(0, ("linked_product", lambda: from_chain(defined, charter, reported, method)))
    for rung, attempt_at in rungs:
        attempt = _worth_something(attempt_at())
        if attempt.price is not None:
            standing.prices.append(_price(product, rung, attempt, [], failed, ladder))
            return
        failed.append(f"{rung.replace('_', ' ')}: {attempt.why}")
    standing.unpriced.append(Unpriced(product, "; ".join(failed)))


def _worth_something(attempt: Attempt) -> Attempt:
    """Give an attempt, or the failure of one whose price is less than a cent: no price is ever zero."""
    if attempt.price is None or round_cents(decimal_of(attempt.price)) > 0:
        return attempt
    return Attempt(None, "it comes to less than a cent a tonne", reasons=attempt.reasons)


def _price(
    product: str, rung: Rung, attempt: Attempt, used: list[Normalised], failed: list[str], ladder: Ladder
) -> PublishedPrice:
    """Write a price out, rounded once."""
    volume = Decimal(0)
    for each in used:
        volume = EXACT.add(volume, each.tonnes or Decimal(0))
    if attempt.price is None:
        raise ValueError(f"{product} has no price on the rung {rung}")
    above = [f"Firmer rungs: {'; '.join(failed)}."] if failed else []
    note = " ".join([*([f"{attempt.note}."] if attempt.note else []), *above])
    return PublishedPrice(
        product=product,
        start=ladder.start,
        end=ladder.end,
        takes_effect_on=ladder.takes_effect_on,
        usd_per_t=round_cents(decimal_of(attempt.price)),
        rung=rung,
        reports=len(used),
        reporters=reporters_among(each.report.teller for each in used),
        volume_t=volume,
        uncertainty=attempt.uncertainty.quantize(SHARE, rounding=ROUND_HALF_UP),
        method_version=ladder.method.version,
        inputs_fingerprint="",
        flags=attempt.flags,
        note=note,
    )
