"""Article: price floors. The lowest price at which each product may be sold inside the zone, by rule.

A floor is a fixed amount, a share of the reference price, the cost of the marginal zone producer plus a
return, or an earlier floor indexed. It may be revised automatically as the natural rubber agreements
did: when the average reference price over some months leaves a band round the floor's base, the floor
moves by a stated step. Floors end at their sunset and are reviewed on known days. All floors are USD per
contained tonne; a floor in force is published to four decimals, rounded half away from zero.
"""

from __future__ import annotations

from dataclasses import dataclass as plain_dataclass
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from stannary.arithmetic import NUMBERS, Reading, exactly, formula
from stannary.charter.citation import LAW, Amount, Count, DatedNumber, Day, Name, Sourced
from stannary.charter.months import every_months
from stannary.charter.reference_prices import ReferencePrices
from stannary.dated import LAST_DAY, Spell, months_later, succession
from stannary.units import EXACT

__all__ = [
    "CostPlus",
    "Fixed",
    "FloorInForce",
    "FloorRule",
    "FloorValue",
    "Indexed",
    "PriceFloors",
    "ProductFloor",
    "Revision",
    "ShareOfReference",
    "cost_plus_return",
    "floors_in_force",
    "revised",
    "share_of_reference",
]

PUBLISHED = Decimal("0.0001")

Prices = tuple[Spell[DatedNumber], ...]


@formula
def share_of_reference(reference: Any, share: Any, *, using: Reading) -> Any:
    """Set the floor at a share of the reference price."""
    return reference * share


@formula
def cost_plus_return(cost: Any, return_share: Any, *, using: Reading) -> Any:
    """Set the floor at the cost of the marginal zone producer plus a return on it."""
    return cost * (1 + return_share)


@formula
def indexed(amount: Any, index_ratio: Any, *, using: Reading) -> Any:
    """Move an amount by the ratio of an index now to the index at its base date."""
    return amount * index_ratio


@formula
def revised(base: Any, average: Any, band: Any, step: Any, *, using: Reading) -> Any:
    """Revise a base price: by a step down (up) when the average lies below (above) the band round it.

    International Natural Rubber Agreement 1995, article 31: six-month average outside the intervention
    band of 15%, revision of 5%. At the edge of the band nothing moves.
    """
    lowered = using.choose(average < base * (1 - band), base * (1 - step), base)
    return using.choose(average > base * (1 + band), base * (1 + step), lowered)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Fixed:
    """A fixed amount."""

    kind: Literal["fixed"] = "fixed"
    amount: Amount = Field(ge=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class ShareOfReference:
    """A share of the reference price in force."""

    kind: Literal["share_of_reference"] = "share_of_reference"
    share: Amount = Field(gt=0, le=2)


@dataclass(frozen=True, kw_only=True, config=LAW)
class CostPlus:
    """The cost of the marginal zone producer plus a return."""

    kind: Literal["cost_plus"] = "cost_plus"
    cost: Amount = Field(gt=0)
    return_share: Amount = Field(ge=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Indexed:
    """An amount indexed to a published series: amount x index / base index."""

    kind: Literal["indexed"] = "indexed"
    amount: Amount = Field(gt=0)
    index: str
    index_base: Amount = Field(gt=0)
    index_now: Amount = Field(gt=0)


FloorRule = Annotated[Fixed | ShareOfReference | CostPlus | Indexed, Field(discriminator="kind")]


@dataclass(frozen=True, kw_only=True, config=LAW)
class FloorValue(Sourced):
    """A floor rule in force from a day; later ones are added below, never written over it."""

    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    rule: FloorRule


@dataclass(frozen=True, kw_only=True, config=LAW)
class Revision(Sourced):
    """Automatic revision: on each review day, compare the average reference price with a band."""

    first_review: Day
    every_months: Count = Field(ge=1, le=60)
    average_months: Count = Field(ge=1, le=60)
    band: Amount = Field(gt=0, lt=1)
    step: Amount = Field(gt=0, lt=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class ProductFloor:
    """The floor of one product: its rules in order of date, revision, review and sunset."""

    product: Name
    unit: Literal["USD/t"] = "USD/t"
    values: tuple[FloorValue, ...] = Field(min_length=1)
    revision: Revision | None = None
    review_on: tuple[Day, ...] = ()
    sunset: Day | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class PriceFloors:
    """The price-floors article."""

    floors: tuple[ProductFloor, ...] = ()

    def floor(self, product: str) -> ProductFloor | None:
        """Give the floor article of a product, or `None`."""
        return next((floor for floor in self.floors if floor.product == product), None)


@plain_dataclass(frozen=True, slots=True)
class FloorInForce:
    """A floor as it stands from a day to a day, in USD per contained tonne, and how it came about."""

    product: str
    start: date
    end: date | None
    usd_per_t: Decimal
    kind: str
    how: str
    source: str | None
    assumed: str | None


def floors_in_force(floors: PriceFloors, references: ReferencePrices) -> tuple[FloorInForce, ...]:
    """Work out every floor in force, with its days, from the rules and the reference prices.

    A share of the reference price changes with it; where the reference is missing there is no floor
    (lines of those days are referred, not freed). Revisions are applied on their review days. Nothing is
    in force after the sunset. Raises `ValueError` where two values claim the same days.
    """
    prices = {price.product: tuple(price.history()) for price in references.prices}
    found: list[FloorInForce] = []
    for floor in floors.floors:
        found += _floors_of(floor, prices.get(floor.product, ()))
    return tuple(found)


def _floors_of(floor: ProductFloor, prices: Prices) -> list[FloorInForce]:
    found: list[FloorInForce] = []
    for spell in succession((value.start, value.end, value) for value in floor.values):
        last = min(spell.last_day, floor.sunset or LAST_DAY)
        rule = spell.value.rule
        stretches: list[tuple[date, date, Decimal | None]] = [(spell.start, last, None)]
        if isinstance(rule, ShareOfReference):
            stretches = [
                (max(price.start, spell.start), min(price.last_day, last), price.value.value)
                for price in prices
            ]
        for start, end, price in stretches:
            amount, how = _amount(rule, price) if start <= end else (None, "")
            if amount is not None:
                found.append(_in_force(floor.product, start, end, amount, rule.kind, how, spell.value))
    return _with_revisions(floor, found, prices)


def _in_force(
    product: str, start: date, end: date, amount: Decimal, kind: str, how: str, cited: Sourced
) -> FloorInForce:
    published = amount.quantize(PUBLISHED, rounding=ROUND_HALF_UP, context=EXACT)
    return FloorInForce(
        product, start, None if end == LAST_DAY else end, published, kind, how, cited.source, cited.assumed
    )


def _amount(rule: FloorRule, reference: Decimal | None) -> tuple[Decimal | None, str]:
    """Give the floor by one rule and, in words, how."""
    if isinstance(rule, Fixed):
        return rule.amount, f"fixed at {rule.amount} USD/t"
    if isinstance(rule, ShareOfReference):
        amount = share_of_reference(reference, rule.share, using=NUMBERS)
        return amount, f"{rule.share:%} of the reference price {reference} USD/t"
    if isinstance(rule, CostPlus):
        amount = cost_plus_return(rule.cost, rule.return_share, using=NUMBERS)
        return amount, f"cost {rule.cost} USD/t plus a return of {rule.return_share:%}"
    with exactly():
        ratio = rule.index_now / rule.index_base
    amount = indexed(rule.amount, ratio, using=NUMBERS)
    return amount, f"{rule.amount} USD/t x {rule.index} {rule.index_now} / {rule.index_base}"


def _with_revisions(floor: ProductFloor, spells: list[FloorInForce], prices: Prices) -> list[FloorInForce]:
    """Split the spells at review days on which the automatic revision moves the floor."""
    revision = floor.revision
    if revision is None or not prices or not spells:
        return spells
    out = list(spells)
    # A price that names its end is known up to it; of an open one nobody has said how long it will stand.
    newest = prices[-1]
    known = newest.start if newest.end is None else newest.end + timedelta(days=1)
    for day in every_months(revision.first_review, revision.every_months, known):
        index = next((i for i, s in enumerate(out) if s.start < day <= (s.end or LAST_DAY)), None)
        average = _average(prices, day, revision.average_months)
        if index is None or average is None:
            continue
        held = out[index]
        moved = revised(held.usd_per_t, average, revision.band, revision.step, using=NUMBERS)
        if moved == held.usd_per_t:
            continue
        how = (
            f"revised on {day}: the {revision.average_months}-month average {average} left the band "
            f"of {revision.band:%}"
        )
        after = _in_force(held.product, day, held.end or LAST_DAY, moved, "revised", how, revision)
        out[index : index + 1] = [replace(held, end=day - timedelta(days=1)), after]
    return out


def _average(prices: Prices, on: date, months: int) -> Decimal | None:
    """Average the reference price over the days of the months before a day; `None` where days are missing."""
    first, last = months_later(on, -months), on - timedelta(days=1)
    total, days = Decimal(0), 0
    with exactly():
        for price in prices:
            held = (min(price.last_day, last) - max(price.start, first)).days + 1
            if held > 0:
                total, days = total + price.value.value * held, days + held
        if days < (on - first).days:
            return None
        return (total / days).quantize(PUBLISHED, rounding=ROUND_HALF_UP)
