"""Article: stockpile mandate. What must be held, when it is bought and sold, within which limits.

Precedents: the International Natural Rubber Agreements (bands round a reference price, composite indicator,
automatic revision); Japan's JOGMEC (days of base consumption, state and private); Project Vault (inventory
bought back at the price it was bought at, carrying cost paid by the subscriber, drawn stock replenished). The
lesson of the International Tin Council's collapse in 1985 is law here: the cap is on commitments, which are
cash *and* forward purchases *and* guarantees, and they are published.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from stannary.arithmetic import NUMBERS, Reading, formula
from stannary.charter.citation import LAW, Amount, Count, DatedNumber, Day, Name, Number, Sourced, Text

__all__ = [
    "ACTIONS",
    "BandRevision",
    "CommitmentCap",
    "IndicatorWeight",
    "PriceBands",
    "Release",
    "Rotation",
    "StockTarget",
    "StockpileMandate",
    "Subscription",
    "band_price",
    "carrying_cost",
    "commitments",
    "composite_indicator",
    "days_of_cover",
    "repurchase_price",
    "stock_revised",
]

ACTIONS = ("must_buy", "may_buy", "hold", "may_sell", "must_sell")


# -- the formulas -----------------------------------------------------------------------------------------


@formula
def composite_indicator(*pairs: Any, using: Reading) -> Any:
    """Weigh prices into one indicator: ``sum(weight x price)``, weights summing to one.

    `pairs` are price, weight, price, weight. Natural rubber: RSS1, RSS3 and TSR20 at 2:3:5.
    """
    total = using.number(Decimal(0))
    for price, weight in zip(pairs[0::2], pairs[1::2], strict=True):
        total = total + price * weight
    return total


@formula
def band_price(reference: Any, share: Any, *, using: Reading) -> Any:
    """Give the price at the edge of a band: ``reference x share`` (0.80, 0.85, 1.15, 1.20 for rubber)."""
    return reference * share


@formula
def stock_revised(reference: Any, net_purchases: Any, trigger: Any, step: Any, *, using: Reading) -> Any:
    """Revise a reference price after net buying (down) or net selling (up) of at least a trigger.

    International Natural Rubber Agreement 1987 and 1995, article 31: 300,000 t move the price by 3%.
    """
    lowered = using.choose(trigger <= net_purchases, reference * (1 - step), reference)
    return using.choose(net_purchases <= -trigger, reference * (1 + step), lowered)


@formula
def commitments(cash: Any, forwards: Any, guarantees: Any, *, using: Reading) -> Any:
    """Sum everything the stockpile is bound to pay: cash spent, forward purchases, guarantees given."""
    return cash + forwards + guarantees


@formula
def repurchase_price(tonnes: Any, bought_at: Any, *, using: Reading) -> Any:
    """Give what a subscriber pays to buy its stock back: the same quantity at the same price (``Q x P0``)."""
    return tonnes * bought_at


@formula
def carrying_cost(value: Any, interest: Any, tonnes: Any, storage: Any, years: Any, *, using: Reading) -> Any:
    """Cost the carrying of a stock: ``(value x interest + tonnes x storage) x years`` (Project Vault)."""
    return (value * interest + tonnes * storage) * years


@formula
def days_of_cover(state: Any, private: Any, *, using: Reading) -> Any:
    """Add the days of base consumption held by the state and by private firms (JOGMEC: 42 + 18 = 60)."""
    return state + private


# -- the mandate, as data -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, config=LAW)
class StockTarget(Sourced):
    """How much of a product is to be held: days of base consumption, or contained tonnes."""

    product: Name
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    days_state: Amount | None = Field(default=None, ge=0)
    days_private: Amount | None = Field(default=None, ge=0)
    days_most: Amount | None = Field(default=None, ge=0)
    """The most days for a product at high risk (JOGMEC: 180)."""
    tonnes: Amount | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _must_say_how_much(self) -> StockTarget:
        if self.days_state is None and self.days_private is None and self.tonnes is None:
            raise ValueError("a target needs days (`days_state`, `days_private`) or `tonnes`")
        return self

    @property
    def days(self) -> Decimal | None:
        """Give the days of base consumption held in all, or `None` where the target is in tonnes."""
        if self.days_state is None and self.days_private is None:
            return None
        zero = Decimal(0)
        held: Decimal = days_of_cover(self.days_state or zero, self.days_private or zero, using=NUMBERS)
        return held


@dataclass(frozen=True, kw_only=True, config=LAW)
class IndicatorWeight:
    """One price in the indicator and its weight."""

    series: Text
    weight: Amount = Field(gt=0, le=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class BandRevision(Sourced):
    """How the reference price of the bands moves by itself: after prices, and after net purchases."""

    every_months: Count = Field(ge=1, le=60)
    average_months: Count = Field(ge=1, le=60)
    band: Amount = Field(gt=0, lt=1)
    step: Amount = Field(gt=0, lt=1)
    stock_trigger_tonnes: Amount | None = Field(default=None, gt=0)
    stock_step: Amount | None = Field(default=None, gt=0, lt=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class PriceBands(Sourced):
    """Bands round a reference price: below them one may, then must buy; above, may, then must sell."""

    id: Name
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    products: tuple[Name, ...] = Field(min_length=1)
    references: tuple[DatedNumber, ...] = Field(min_length=1)
    must_buy: Amount = Field(gt=0, lt=1)
    may_buy: Amount = Field(gt=0, le=1)
    may_sell: Amount = Field(ge=1)
    must_sell: Amount = Field(gt=1)
    lowest: Number | None = None
    """The indicative floor that no revision passes."""
    highest: Number | None = None
    indicator: tuple[IndicatorWeight, ...] = ()
    indicator_days: Count = Field(default=5, ge=1)
    """Market days over which the indicator is averaged before anything is done."""
    revision: BandRevision | None = None

    @model_validator(mode="after")
    def _bands_must_widen(self) -> PriceBands:
        if not self.must_buy <= self.may_buy <= self.may_sell <= self.must_sell:
            raise ValueError("bands must widen: must_buy <= may_buy <= may_sell <= must_sell")
        if self.indicator and sum(each.weight for each in self.indicator) != 1:
            raise ValueError("the weights of the indicator must sum to one")
        return self

    def action(self, price: Decimal | None, reference: Decimal | None) -> str | None:
        """Say what the manager may or must do at a price: one of `ACTIONS`, `None` where either is missing.

        At the edge itself the action is due (rubber: at or below the lower trigger price it must buy).
        """
        edges = [band_price(reference, share, using=NUMBERS) for share in self._shares]
        if price is None or None in edges:
            return None
        must_buy, may_buy, may_sell, must_sell = edges
        if price <= must_buy:
            return "must_buy"
        if price >= must_sell:
            return "must_sell"
        if price <= may_buy:
            return "may_buy"
        return "may_sell" if price >= may_sell else "hold"

    @property
    def _shares(self) -> tuple[Decimal, ...]:
        return self.must_buy, self.may_buy, self.may_sell, self.must_sell


@dataclass(frozen=True, kw_only=True, config=LAW)
class CommitmentCap(Sourced):
    """The most the stockpile may spend, and the most it may be bound to pay in all."""

    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    cash: Number
    commitments: Number
    """Cash, forwards and guarantees together."""
    published_every_months: Count = Field(default=1, ge=1)

    def is_kept(self, cash: Decimal, forwards: Decimal, guarantees: Decimal) -> bool:
        """Say whether both caps are kept."""
        bound = commitments(cash, forwards, guarantees, using=NUMBERS)
        return cash <= self.cash.value and bool(bound <= self.commitments.value)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Subscription(Sourced):
    """What a subscriber of the stockpile pays and may do. A term that was never published is left out."""

    id: Name
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    upfront_fee_share: Amount | None = Field(default=None, ge=0, le=1)
    interest: Amount | None = Field(default=None, ge=0)
    storage: Number | None = None
    buys_back_at: Literal["purchase_price", "market_price", "agreed_price"] = "purchase_price"
    may_draw: bool = True
    replenish_within_days: Count | None = Field(default=None, ge=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Release(Sourced):
    """What opens the stockpile, and how much of it."""

    id: Name
    trigger: Literal["disruption", "minister", "price", "parties_decide"]
    words: Text
    share: Amount | None = Field(default=None, gt=0, le=1)
    products: tuple[Name, ...] = ()


@dataclass(frozen=True, kw_only=True, config=LAW)
class Rotation(Sourced):
    """How often stock must be turned over so that it stays fit for use."""

    products: tuple[Name, ...] = ()
    every_months: Count = Field(ge=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class StockpileMandate:
    """The stockpile-mandate article."""

    targets: tuple[StockTarget, ...] = ()
    bands: tuple[PriceBands, ...] = ()
    caps: tuple[CommitmentCap, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    releases: tuple[Release, ...] = ()
    rotation: tuple[Rotation, ...] = ()
