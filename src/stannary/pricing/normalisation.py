"""Bring every report to one basis: USD per contained tonne, the product's own delivery term, no VAT, no duty.

What a report does not say is never guessed. Freight and insurance alone may be stood in for, by the share of
value that the charter's article on valuation states for the term.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from stannary.arithmetic import NUMBERS
from stannary.atlas.exchange_rates import ExchangeRate
from stannary.charter.border_adjustment import Incoterm
from stannary.charter.charter import Charter
from stannary.charter.price_method import (
    PriceMethod,
    per_contained_tonne,
    stripped,
    with_carriage,
    without_carriage,
)
from stannary.pricing.reports import PriceReport
from stannary.units import CENT, EXACT, tonnes_per

__all__ = ["Basis", "Normalised", "basis_of", "normalised"]

HELD = Context(prec=28, rounding=ROUND_HALF_UP)
ONE = Decimal(1)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A report on the zone's basis, or the reason why it cannot be brought to it.

    `usd_per_t` is USD per contained tonne, to 28 digits; `tonnes` are contained tonnes, exact.
    """

    report: PriceReport
    usd_per_t: Decimal | None
    tonnes: Decimal | None
    reason: str | None = None


@dataclass(frozen=True)
class Basis:
    """What prices are brought to, and by what: the law of terms, the bases of products, the rates of days."""

    method: PriceMethod
    terms: dict[str, Incoterm]
    """The charter's delivery terms, by their names in small letters."""
    products: dict[str, Incoterm | None]
    """The term of each product's basis; `None` where the charter does not say what it holds."""
    rates: dict[str, tuple[tuple[date, ...], tuple[Decimal, ...]]]

    def rate(self, currency: str, on: date) -> Decimal | None:
        """Give USD for one unit on a day: the latest rate, no older than the method allows, or `None`."""
        if currency == "USD":
            return ONE
        days, rates = self.rates.get(currency, ((), ()))
        index = bisect_right(days, on) - 1
        if index < 0 or (on - days[index]).days > self.method.exchange_rate_days:
            return None
        return rates[index]


def basis_of(charter: Charter, method: PriceMethod, exchange_rates: Iterable[ExchangeRate]) -> Basis:
    """Gather what reports are normalised by. Of two rates of one currency and day the later row counts."""
    terms = {term.term.casefold(): term for term in charter.border_adjustment.valuation.incoterms}
    products = {
        price.product: terms.get(method.incoterm(price.basis.incoterm).casefold())
        for price in charter.reference_prices.prices
    }
    found: dict[str, dict[date, Decimal]] = {}
    for rate in exchange_rates:
        found.setdefault(rate.currency, {})[rate.day] = rate.usd_per_unit
    rates = {}
    for currency, by_day in found.items():
        days = tuple(sorted(by_day))
        rates[currency] = (days, tuple(by_day[day] for day in days))
    return Basis(method, terms, products, rates)


def normalised(report: PriceReport, basis: Basis) -> Normalised:
    """Bring one report to the basis of its product."""
    unit = tonnes_per(report.price_unit)
    tonnes = None
    if report.purity is not None:
        gross = EXACT.multiply(report.quantity, tonnes_per(report.quantity_unit))
        tonnes = EXACT.multiply(gross, report.purity)
    price, reason = _on_basis(report, basis)
    if price is None or report.purity is None:
        return Normalised(report, None, tonnes, reason or "purity_unknown")
    rate = basis.rate(report.currency, report.dated_on)
    premium = basis.method.premium(report.product, report.specification)
    if rate is None or premium is None:
        lacking = "no_exchange_rate" if rate is None else "specification_unknown"
        return Normalised(report, None, tonnes, lacking)
    share = report.purity if report.price_basis == "gross" else ONE
    exact = EXACT.subtract(per_contained_tonne(price, rate, unit, share, using=NUMBERS), premium)
    usd_per_t = HELD.plus(exact)
    if usd_per_t < CENT:
        return Normalised(report, None, tonnes, "worthless")
    return Normalised(report, usd_per_t, tonnes)


def _on_basis(report: PriceReport, basis: Basis) -> tuple[Decimal | None, str | None]:
    """Give the price without VAT and duty on the product's delivery term, or why it cannot be given."""
    term = basis.terms.get(basis.method.incoterm(report.incoterm).casefold())
    wanted = basis.products[report.product]
    if term is None or wanted is None:
        return None, "term_unknown"
    if report.vat_included is None:
        return None, "vat_unknown"
    if term.holds_duties and report.duty_included is None:
        return None, "duty_unknown"
    price = stripped(report.price, report.vat_included, report.duty_included or NOTHING, using=NUMBERS)
    more_amount, more_share, less_amount, less_share = NOTHING, NOTHING, NOTHING, NOTHING
    for left_out, left_out_of_basis, declared, uplift, basis_uplift in (
        (term.adds_freight, wanted.adds_freight, report.freight, term.freight_uplift, wanted.freight_uplift),
        (
            term.adds_insurance,
            wanted.adds_insurance,
            report.insurance,
            term.insurance_uplift,
            wanted.insurance_uplift,
        ),
    ):
        if left_out == left_out_of_basis:
            continue
        stand_in = uplift if left_out else basis_uplift
        if declared is None and stand_in is None:
            return None, "freight_unknown"
        amount = declared or NOTHING
        share = stand_in.value if declared is None and stand_in is not None else NOTHING
        if left_out:
            more_amount, more_share = more_amount + amount, more_share + share
        else:
            less_amount, less_share = less_amount + amount, less_share + share
    if more_amount or more_share:
        price = with_carriage(price, more_amount, more_share, using=NUMBERS)
    if less_amount or less_share:
        price = without_carriage(price, less_amount, less_share, using=NUMBERS)
    return price, None
