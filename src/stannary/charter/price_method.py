"""The method of the reference prices: how a price is made from reports, as data and formulas.

A price that duties hang on must be one that anybody can work out again. The method is therefore law: its
numbers are dated by the version they belong to, each is cited or assumed, and its formulas are written here,
once. The order of what counts (deals done, then firm bids and offers, then what can be worked out), the
published minimum of data, the log of inputs and the rule on conflicts follow the Principles for Oil Price
Reporting Agencies of the International Organization of Securities Commissions (FR06/12, 5 October 2012).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from stannary.arithmetic import Reading, formula
from stannary.charter.citation import LAW, Amount, Count, Name, Number, Sourced, Text

__all__ = [
    "CarryForward",
    "LeastInputs",
    "LongerWindow",
    "Outliers",
    "PriceMethod",
    "Quotes",
    "SpecificationPremium",
    "TermEquivalent",
    "carried_uncertainty",
    "held_near",
    "netted_back",
    "per_contained_tonne",
    "quoted",
    "reach",
    "stripped",
    "with_carriage",
    "without_carriage",
]

MONTHS = {"month": 1, "quarter": 3}
ONE = Decimal(1)


# -- the formulas -----------------------------------------------------------------------------------------


@formula
def stripped(price: Any, vat: Any, duty: Any, *, using: Reading) -> Any:
    """Take VAT and duty out of a price: ``price / (1 + vat) - duty``, per unit, in its own currency."""
    return price / (1 + vat) - duty


@formula
def with_carriage(price: Any, amount: Any, share: Any, *, using: Reading) -> Any:
    """Add the freight and insurance a term leaves out: ``price x (1 + share) + amount``."""
    return price * (1 + share) + amount


@formula
def without_carriage(price: Any, amount: Any, share: Any, *, using: Reading) -> Any:
    """Take out the freight and insurance a term holds: ``(price - amount) / (1 + share)``."""
    return (price - amount) / (1 + share)


@formula
def per_contained_tonne(price: Any, rate: Any, tonnes: Any, purity: Any, *, using: Reading) -> Any:
    """Give USD per contained tonne: ``price x rate / (tonnes in a unit x contained share)``."""
    return price * rate / (tonnes * purity)


@formula
def reach(median: Any, deviation: Any, multiple: Any, band: Any, *, using: Reading) -> Any:
    """Say how far a price may lie from the weighted median: ``max(multiple x MAD, band x median)``."""
    return using.maximum(deviation * multiple, median * band)


@formula
def quoted(bid: Any, offer: Any, last: Any, *, using: Reading) -> Any:
    """Give the price that bids and offers make: ``min((bid + offer) / 2, max(bid, last))``.

    Offers may lower the price; above the last price from transactions only bids can lift it.
    """
    middle = (bid + offer) / 2
    return using.minimum(middle, using.maximum(bid, last))


@formula
def held_near(price: Any, last: Any, share: Any, *, using: Reading) -> Any:
    """Hold a price within a share of the last price from transactions, up and down."""
    return using.minimum(using.maximum(price, last * (1 - share)), last * (1 + share))


@formula
def netted_back(price: Any, conversion_cost: Any, other_inputs: Any, tonnes: Any, *, using: Reading) -> Any:
    """Give what an input is worth: ``(output price - conversion - other inputs) / tonnes per tonne``."""
    return (price - conversion_cost - other_inputs) / tonnes


@formula
def carried_uncertainty(last: Any, step: Any, periods: Any, *, using: Reading) -> Any:
    """Let the uncertainty of a price grow as it is carried forward: ``last + step x periods``."""
    return last + step * periods


# -- the method, as data ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, config=LAW)
class Outliers(Sourced):
    """How far from the weighted median a report may lie: a multiple of the weighted MAD, at least a band.

    MAD is the weighted median of the absolute deviations from the weighted median. Weights are the capped
    ones, so that no reporter can move the median by volume alone.
    """

    multiple: Amount = Field(gt=0)
    band: Amount = Field(gt=0, lt=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class LeastInputs(Sourced):
    """The least a price from transactions rests on: distinct reporters, distinct deals, contained tonnes.

    `products` names the products it is for; the one without any is for all others.
    """

    id: Name
    products: tuple[Name, ...] = ()
    reporters: Count = Field(ge=1)
    deals: Count = Field(ge=1)
    tonnes: Amount = Field(gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class LongerWindow(Sourced):
    """The months, up to the period's last day, that are looked at when the period alone is too thin."""

    months: Count = Field(ge=1, le=24)
    uncertainty_least: Amount = Field(ge=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Quotes(Sourced):
    """How firm bids and offers make a price when transactions do not.

    `days` at the end of the period count. On each side the best `depth_share` of the weight is averaged; with
    a share above the reporter's cap no single reporter is the market. `most_move` is how far from the last
    price from transactions the result may lie.
    """

    days: Count = Field(ge=1, le=92)
    reporters: Count = Field(ge=1)
    depth_share: Amount = Field(gt=0, le=1)
    most_move: Amount = Field(gt=0, lt=1)
    uncertainty_least: Amount = Field(ge=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class CarryForward(Sourced):
    """For how many periods a price may be carried forward, and how its uncertainty grows with each."""

    periods_most: Count = Field(ge=0, le=12)
    step: Amount = Field(gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class TermEquivalent(Sourced):
    """The Incoterm that a delivery term of the trade (LME cash, in warehouse) stands for."""

    term: Text
    stands_for: Text


@dataclass(frozen=True, kw_only=True, config=LAW)
class SpecificationPremium(Sourced):
    """What a specification fetches above (below, when negative) the product's own basis, USD per tonne."""

    product: Name
    specification: Text
    usd_per_t: Amount


@dataclass(frozen=True, kw_only=True, config=LAW)
class PriceMethod(Sourced):
    """How reference prices are made from price reports; a change of any number is a new version.

    `products` are those priced from reports; none named: every product of the article. A price takes effect
    `takes_effect_days` after the period ends or its inputs close. No reporter weighs more than
    `reporter_cap`, no owner of buyers or sellers more than `party_cap`. `excluded_sets` are sets of the
    membership article whose goods may not set the price. Trades are a round trip when the lesser flow
    between two owners is at least `round_trip_share` of the greater, or the least round three `ring_share` of
    the greatest. `uncertainty_least`, `link_uncertainty` and `cost_uncertainty` are the least half-widths of
    a 95% interval, as shares of the price, on the rungs they are for; `coverage` is the multiple of the
    standard error that makes the half-width.
    """

    version: Text
    period: Literal["month", "quarter"]
    products: tuple[Name, ...] = ()
    takes_effect_days: Count = Field(ge=1, le=366)
    reporter_cap: Amount = Field(gt=0, lt=Decimal("0.5"))
    party_cap: Amount = Field(gt=0, lt=1)
    excluded_sets: tuple[Name, ...] = ("covered_economies",)
    exchange_rate_days: Count = Field(ge=0, le=31)
    round_trip_share: Amount = Field(gt=0, le=1)
    ring_share: Amount = Field(gt=0, le=1)
    outliers: Outliers
    least: tuple[LeastInputs, ...] = Field(min_length=1)
    coverage: Number
    uncertainty_least: Amount = Field(ge=0)
    longer_window: LongerWindow
    quotes: Quotes
    link_uncertainty: Number
    cost_uncertainty: Number
    carry_forward: CarryForward
    terms: tuple[TermEquivalent, ...] = ()
    premiums: tuple[SpecificationPremium, ...] = ()

    @model_validator(mode="after")
    def _must_hold_together(self) -> PriceMethod:
        if self.quotes.depth_share <= self.reporter_cap:
            raise ValueError("the depth of bids and offers must be above the reporter's cap")
        if self.longer_window.months <= self.months:
            raise ValueError("the longer window must be longer than the period")
        if sum(not each.products for each in self.least) != 1:
            raise ValueError("just one of the least inputs must name no products: it is for all others")
        fewest = min(self.quotes.reporters, *(each.reporters for each in self.least))
        if fewest * self.reporter_cap < ONE:
            raise ValueError("so few reporters cannot all stay within the reporter's cap")
        return self

    @property
    def months(self) -> int:
        """Give the months of a period."""
        return MONTHS[self.period]

    def least_for(self, product: str) -> LeastInputs:
        """Give the least inputs for a product: those that name it, else the general ones."""
        named = (each for each in self.least if product in each.products)
        return next(named, None) or next(each for each in self.least if not each.products)

    def incoterm(self, term: str) -> str:
        """Give the Incoterm that a delivery term stands for, or the term itself."""
        wanted = term.casefold()
        return next((each.stands_for for each in self.terms if each.term.casefold() == wanted), term)

    def premium(self, product: str, specification: str | None) -> Decimal | None:
        """Give USD per contained tonne above the basis, `None` for a specification not named here."""
        if specification is None:
            return Decimal(0)
        named = (
            p.usd_per_t for p in self.premiums if (p.product, p.specification) == (product, specification)
        )
        return next(named, None)
