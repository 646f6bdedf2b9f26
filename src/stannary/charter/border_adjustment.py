"""Article: border adjustment. What is owed when goods arrive below the floor in force.

Duty rules are pluggable. Each is written once, here, on the *net frontier price before duty* and the
floor, and reads itself on numbers, columns or arrays. Every rule is homogeneous of degree one in
price, floor and tonnes: give price and floor per tonne (and one tonne), or all three as totals of a line,
and the duty comes out in the same measure.
No rule divides, so decimals stay exact. A lower price or a higher floor never lowers the duty (a duty ad
valorem asks for no floor, and falls with the value it is a share of).

Precedents: EU ferro-alloy safeguard, Regulation (EU) 2025/2351 (gap, quota then gap); EU entry prices
for fruit and vegetables (cliff); Regulation 504/2007 article 3 (tiered); Indian minimum import prices
(licence gate); US steel trigger price mechanism 1978-82 (trigger only); US Section 232 derivatives
(ad valorem on content).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from stannary.arithmetic import NUMBERS, Reading, formula
from stannary.charter.citation import LAW, Amount, Day, Name, Number, Sourced

__all__ = [
    "AdValorem",
    "BorderAdjustment",
    "Cliff",
    "DutyRule",
    "Gap",
    "Incoterm",
    "LicenceGate",
    "QuotaThenGap",
    "RuleInForce",
    "Tier",
    "Tiered",
    "TriggerOnly",
    "Valuation",
    "ad_valorem",
    "breach",
    "capped",
    "cliff",
    "frontier_value",
    "gap",
    "price_band",
    "shared",
    "tiered",
]


ZERO = Decimal(0)
ONE = Decimal(1)


# -- the formulas -----------------------------------------------------------------------------------------


@formula
def gap(price: Any, floor: Any, *, using: Reading) -> Any:
    """Charge the whole gap: ``max(0, floor - price)``. Regulation (EU) 2025/2351, out of quota."""
    return using.maximum(floor - price, using.number(ZERO))


@formula
def price_band(price: Any, floor: Any, tariff: Any, *, using: Reading) -> Any:
    """Charge the gap and the tariff on it: ``max(0, floor - price) x (1 + tariff)`` (Peru, Andean band)."""
    return using.maximum(floor - price, using.number(ZERO)) * (1 + tariff)


@formula
def cliff(price: Any, floor: Any, tolerance: Any, maximum_duty: Any, *, using: Reading) -> Any:
    """Charge the gap up to a tolerance, the full maximum duty from there on (EU entry price).

    `tolerance` is a share of the floor (0.08); `maximum_duty` the maximum tariff equivalent in the
    measure of price and floor. At a shortfall of exactly the tolerance the maximum duty is due.
    """
    below = using.maximum(floor - price, using.number(ZERO))
    return using.choose(price <= floor * (1 - tolerance), using.maximum(maximum_duty, below), below)


@formula
def tiered(price: Any, floor: Any, *tiers: Any, using: Reading) -> Any:
    """Charge a rising share of each slice of the shortfall (Regulation 504/2007 article 3).

    `tiers` are (from share of floor, rate) pairs in rising order, flattened. The duty is the sum over
    tiers of rate x the part of the shortfall inside the tier.
    """
    duty = using.number(ZERO)
    starts = list(tiers[0::2])
    for index, rate in enumerate(tiers[1::2]):
        top = floor * (1 - starts[index])
        slice_ = using.maximum(top - price, using.number(ZERO))
        if index + 1 < len(starts):
            slice_ = using.minimum(slice_, floor * (starts[index + 1] - starts[index]))
        duty = duty + slice_ * rate
    return duty


@formula
def ad_valorem(base: Any, rate: Any, *, using: Reading) -> Any:
    """Charge a share of the value, or of the value of the covered content (US Section 232)."""
    return base * rate


@formula
def capped(duty: Any, base: Any, share: Any, *, using: Reading) -> Any:
    """Limit a duty to a share of a base (of the floor, so that the limit never falls as the gap grows)."""
    return using.minimum(duty, base * share)


@formula
def shared(duty: Any, share: Any, *, using: Reading) -> Any:
    """Take a share of a duty: the origin's rate, or what is left after preference."""
    return duty * share


def breach(price: Any, floor: Any, at_floor: bool, *, using: Reading) -> Any:
    """Say, as 1 or 0, whether a price breaks the floor; `at_floor` tells if equality breaks it.

    Boundary equality differs between notices (Indian knitted fabric: free *at* 3.50 USD/kg; Indian
    apples: prohibited *at* 50 INR/kg), so it is a parameter.
    """
    return _breach_at(price, floor, using=using) if at_floor else _breach_below(price, floor, using=using)


@formula
def _breach_at(price: Any, floor: Any, *, using: Reading) -> Any:
    return using.choose(price <= floor, using.number(ONE), using.number(ZERO))


@formula
def _breach_below(price: Any, floor: Any, *, using: Reading) -> Any:
    return using.choose(price < floor, using.number(ONE), using.number(ZERO))


@formula
def frontier_value(value: Any, freight: Any, insurance: Any, duties: Any, *, using: Reading) -> Any:
    """Give the net frontier value before duty from a declared value, in its own currency.

    `freight` and `insurance` are what the declared value leaves out, `duties` what it already holds.
    """
    return value + freight + insurance - duties


# -- the rules, as data -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, config=LAW)
class Gap:
    """Charge the whole gap between floor and price; with a `tariff`, the gap and the tariff on it (Peru)."""

    kind: Literal["gap"] = "gap"
    tariff: Amount = Field(default=ZERO, ge=0)

    def duty(self, price: Any, floor: Any, tonnes: Any = ONE, using: Reading = NUMBERS) -> Any:
        """Read the rule on one price and floor, in one measure."""
        if self.tariff == ZERO:
            return gap(price, floor, using=using)
        return price_band(price, floor, self.tariff, using=using)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Cliff:
    """Charge the gap up to a tolerance, and the maximum tariff equivalent from there on."""

    kind: Literal["cliff"] = "cliff"
    tolerance: Amount = Field(gt=0, lt=1)
    maximum_duty_usd_per_t: Amount = Field(gt=0)
    """The maximum tariff equivalent (71 EUR/t for oranges at an entry price of 354)."""

    def duty(self, price: Any, floor: Any, tonnes: Any = ONE, using: Reading = NUMBERS) -> Any:
        """Read the rule on one price and floor; `tonnes` turns the maximum duty into their measure."""
        maximum = shared(tonnes, self.maximum_duty_usd_per_t, using=using)
        return cliff(price, floor, self.tolerance, maximum, using=using)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Tier:
    """A slice of the shortfall: from this share of the floor on, this rate."""

    from_share: Amount = Field(ge=0, lt=1)
    rate: Amount = Field(ge=0, le=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Tiered:
    """Charge a rising share of each slice of the shortfall."""

    kind: Literal["tiered"] = "tiered"
    tiers: tuple[Tier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _tiers_must_rise(self) -> Tiered:
        starts = [tier.from_share for tier in self.tiers]
        if starts != sorted(set(starts)):
            raise ValueError("tiers must start at rising shares of the floor")
        return self

    def duty(self, price: Any, floor: Any, tonnes: Any = ONE, using: Reading = NUMBERS) -> Any:
        """Read the rule on one price and floor, in one measure."""
        flat = [number for tier in self.tiers for number in (tier.from_share, tier.rate)]
        return tiered(price, floor, *flat, using=using)


@dataclass(frozen=True, kw_only=True, config=LAW)
class QuotaThenGap:
    """Charge nothing while the tariff quota lasts, then the whole gap.

    The line declares whether it is drawn on the quota (`quota_order`). With `quota_tonnes` (contained
    tonnes a product and period) the border keeps the balance, first come, first served; without, balances
    are kept by the quota's manager.
    """

    kind: Literal["quota_then_gap"] = "quota_then_gap"
    quota_tonnes: Amount | None = Field(default=None, gt=0)
    period: Literal["quarter", "year"] = "quarter"

    def duty(self, price: Any, floor: Any, tonnes: Any = ONE, using: Reading = NUMBERS) -> Any:
        """Read the out-of-quota rule on one price and floor, in one measure."""
        return gap(price, floor, using=using)


@dataclass(frozen=True, kw_only=True, config=LAW)
class LicenceGate:
    """Charge nothing; below the floor goods need a licence and are referred."""

    kind: Literal["licence_gate"] = "licence_gate"

    def duty(self, price: Any, floor: Any, tonnes: Any = ONE, using: Reading = NUMBERS) -> Any:
        """Give a duty of zero."""
        return shared(gap(price, floor, using=using), ZERO, using=using)


@dataclass(frozen=True, kw_only=True, config=LAW)
class TriggerOnly:
    """Charge nothing; below the floor an investigation is opened (US steel trigger price)."""

    kind: Literal["trigger_only"] = "trigger_only"

    def duty(self, price: Any, floor: Any, tonnes: Any = ONE, using: Reading = NUMBERS) -> Any:
        """Give a duty of zero."""
        return shared(gap(price, floor, using=using), ZERO, using=using)


@dataclass(frozen=True, kw_only=True, config=LAW)
class AdValorem:
    """Charge a rate on the value, or on the declared value of the covered content alone."""

    kind: Literal["ad_valorem"] = "ad_valorem"
    rate: Amount = Field(ge=0)

    def duty(self, price: Any, floor: Any, tonnes: Any = ONE, using: Reading = NUMBERS) -> Any:
        """Read the rule on one base; the floor plays no part."""
        return ad_valorem(price, self.rate, using=using)


DutyRule = Annotated[
    Gap | Cliff | Tiered | QuotaThenGap | LicenceGate | TriggerOnly | AdValorem, Field(discriminator="kind")
]


@dataclass(frozen=True, kw_only=True, config=LAW)
class RuleInForce(Sourced):
    """A duty rule in force for some products from a day to a day.

    `levy`: `invoice` compares the price of the line itself with the floor; `reference` compares the
    published reference price of the product, so that one duty holds for all sellers. `base`: the whole
    value, or the `content` value of the covered mineral in a derivative. `cap` limits the duty to a share
    of the floor value. `at_floor`: does a price exactly at the floor break it?
    """

    id: Name
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    products: tuple[Name, ...] = ()
    """Products the rule is for; empty: every product that no other rule names."""
    rule: DutyRule
    levy: Literal["invoice", "reference"] = "invoice"
    base: Literal["value", "content"] = "value"
    at_floor: bool = False
    cap: Amount | None = Field(default=None, gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Incoterm:
    """What a delivery term leaves out of the price, and what is added when the amount is not declared."""

    term: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    adds_freight: bool
    adds_insurance: bool
    holds_duties: bool = False
    freight_uplift: Number | None = None
    insurance_uplift: Number | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Valuation:
    """How the net frontier price before duty is found."""

    incoterms: tuple[Incoterm, ...]
    related_party: Literal["accept", "reference_price", "refer"] = "reference_price"
    """What replaces the price between related parties: nothing, the reference price, or an officer."""
    absurd_quantity_t: Amount = Decimal(10_000_000)
    absurd_value_usd: Amount = Decimal(100_000_000_000)


@dataclass(frozen=True, kw_only=True, config=LAW)
class BorderAdjustment:
    """The border adjustment article."""

    valuation: Valuation
    rules: tuple[RuleInForce, ...]

    def rule_for(self, product: str, on: date) -> RuleInForce | None:
        """Give the rule in force for a product on a day: one that names it, else the general one."""
        live = [rule for rule in self.rules if rule.start <= on and (rule.end is None or on <= rule.end)]
        named = [rule for rule in live if product in rule.products]
        general = [rule for rule in live if not rule.products]
        return next(iter(named or general), None)
