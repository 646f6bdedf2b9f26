"""Do the floors along a chain cohere? By how much is each stage covered, or left exposed?

A stage whose floor lies below what its inputs cost at *their* floors, plus the cost of converting them, is
left exposed: it must buy dear inside the zone and sell against cheap goods from outside, so making moves out.
A floor on oxide with free magnets moves magnet making out. Where a fact is missing only a bound can be given,
and the missing fact is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from stannary.arithmetic import NUMBERS, Reading, formula
from stannary.charter.charter import Charter
from stannary.charter.price_floors import FloorInForce
from stannary.charter.scope import Product
from stannary.dated import LAST_DAY
from stannary.errors import Problem
from stannary.units import EXACT

__all__ = ["Exposure", "chain_cost", "check_chains", "effective_protection", "exposure", "margin"]

ONE = Decimal(1)
SHARE = Decimal("0.0001")


@formula
def chain_cost(conversion_cost: Any, *pairs: Any, using: Reading) -> Any:
    """Cost one tonne of output at the floors of its inputs: ``conversion + sum(tonnes x input floor)``.

    `pairs` are tonnes per tonne, input floor, tonnes per tonne, input floor.
    """
    total = conversion_cost
    for tonnes, floor in zip(pairs[0::2], pairs[1::2], strict=True):
        total = total + tonnes * floor
    return total


@formula
def margin(floor: Any, cost: Any, *, using: Reading) -> Any:
    """Give what a floor leaves above the chain's cost; negative, the stage is exposed by that much."""
    return floor - cost


@formula
def effective_protection(floor: Any, world: Any, *inputs: Any, using: Reading) -> Any:
    """Give the rate by which floors raise a stage's value added over that at world prices.

    ``(V' - V) / V`` with ``V' = floor - sum(tonnes x input floor)`` and V the same at world prices; Corden,
    The Structure of a Tariff System and the Effective Protective Rate (1966). `inputs` are tonnes per tonne,
    input floor, input world price, repeated. Undefined where V is not positive.
    """
    protected, free = floor, world
    for tonnes, input_floor, input_world in zip(inputs[0::3], inputs[1::3], inputs[2::3], strict=True):
        protected = protected - tonnes * input_floor
        free = free - tonnes * input_world
    return (protected - free) / free


@dataclass(frozen=True, slots=True)
class Exposure:
    """How one stage stands on a day, in USD per contained tonne of its product.

    `cost` is the chain's cost at the inputs' floors (a lower bound where `missing` names a fact); the
    margins are what the floor leaves above it (then an upper bound). `nominal` and `effective` are rates of
    protection over the reference price; `None` where a price is missing or value added at world prices is not
    positive.
    """

    product: str
    on: date
    state: Literal["first", "covered", "exposed", "unknown"]
    floor: Decimal | None
    cost: Decimal | None
    margin_usd_per_t: Decimal | None
    margin_share: Decimal | None
    nominal: Decimal | None
    effective: Decimal | None
    missing: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """Say in a sentence how the stage stands."""
        lacking = f" (missing: {'; '.join(self.missing)})" if self.missing else ""
        if self.state == "first" or self.margin_usd_per_t is None or self.margin_share is None:
            what = "is the first stage of its chain" if self.state == "first" else "cannot be judged"
            return f"{self.product} {what} on {self.on}{lacking}."
        amount = f"{abs(self.margin_usd_per_t):,.2f} USD/t ({abs(self.margin_share):.2%})"
        bound = (
            "at least " if self.missing and self.state == "exposed" else "at most " if self.missing else ""
        )
        words = {"exposed": "left exposed by", "covered": "covered by", "unknown": "covered, if at all, by"}
        return f"{self.product} is {words[self.state]} {bound}{amount} on {self.on}{lacking}."


def exposure(charter: Charter, on: date) -> tuple[Exposure, ...]:
    """Say for every product in scope how its stage stands on a day."""
    floors = _by_product(charter)
    return tuple(_exposure(charter, product, on, floors) for product in charter.scope.products)


def check_chains(charter: Charter) -> Iterator[Problem]:
    """List stages left exposed, on the first day each is (012, a warning)."""
    floors = _by_product(charter)
    first, last = charter.citation.in_force_from, charter.citation.in_force_to or LAST_DAY
    for index, product in enumerate(charter.scope.products):
        chain = [product.id, *(each.product for each in product.inputs)] if product.inputs else []
        starts = {max(floor.start, first) for each in chain for floor in floors.get(each, ())}
        for day in sorted(start for start in starts if start <= last):
            stage = _exposure(charter, product, day, floors)
            if stage.state == "exposed":
                place = charter.place("scope", "products", index)
                remedy = f"Raise its floor to {stage.cost:f} USD/t, or lower those of its inputs."
                yield Problem("STN-CHARTER-012", stage.outcome, remedy, place, "warning")
                break


def _by_product(charter: Charter) -> dict[str, list[FloorInForce]]:
    floors: dict[str, list[FloorInForce]] = {}
    for floor in charter.floors:
        floors.setdefault(floor.product, []).append(floor)
    return floors


def _floor_on(floors: dict[str, list[FloorInForce]], product: str, on: date) -> Decimal | None:
    held = (each for each in floors.get(product, ()) if each.start <= on <= (each.end or LAST_DAY))
    floor = next(held, None)
    return None if floor is None else floor.usd_per_t


def _exposure(
    charter: Charter, product: Product, on: date, floors: dict[str, list[FloorInForce]]
) -> Exposure:
    floor = _floor_on(floors, product.id, on)
    inputs = [(each.tonnes_per_tonne, _floor_on(floors, each.product, on)) for each in product.inputs]
    costs = [each.conversion_cost.value for each in product.inputs if each.conversion_cost is not None]
    missing = _missing(product, floor, inputs, bool(costs))
    nominal, effective = _protection(charter, product, on, floor, inputs)
    if not product.inputs:
        return Exposure(product.id, on, "first", floor, None, None, None, nominal, effective, missing)
    known = [number for tonnes, price in inputs if price is not None for number in (tonnes, price)]
    cost = chain_cost(Decimal(0), *known, *(n for each in costs for n in (ONE, each)), using=NUMBERS)
    left = margin(floor, cost, using=NUMBERS)
    share = (
        None
        if left is None or cost == 0
        else EXACT.divide(left, cost).quantize(SHARE, rounding=ROUND_HALF_UP, context=EXACT)
    )
    state: Literal["covered", "exposed", "unknown"] = "unknown"
    if left is not None and left < 0:
        state = "exposed"
    elif left is not None and not missing:
        state = "covered"
    return Exposure(product.id, on, state, floor, cost, left, share, nominal, effective, missing)


def _missing(
    product: Product, floor: Decimal | None, inputs: list[tuple[Decimal, Decimal | None]], has_cost: bool
) -> tuple[str, ...]:
    """Name, in words, every fact that is missing to judge a stage."""
    found = []
    if floor is None and product.content_of:
        found.append(f"a floor of its own; its content is held to that of {product.content_of}")
    elif floor is None:
        found.append(f"a floor for {product.id}")
    for each, (_, price) in zip(product.inputs, inputs, strict=True):
        if price is None:
            found.append(f"a floor for {each.product}")
    if product.inputs and not has_cost:
        found.append("the cost of conversion")
    return tuple(found)


def _protection(
    charter: Charter,
    product: Product,
    on: date,
    floor: Decimal | None,
    inputs: list[tuple[Decimal, Decimal | None]],
) -> tuple[Decimal | None, Decimal | None]:
    """Give nominal and effective rates of protection over the reference prices in force."""
    world = _world(charter, product.id, on)
    worlds = [_world(charter, each.product, on) for each in product.inputs]
    if floor is None or world is None or world == 0:
        return None, None
    nominal = effective_protection(floor, world, using=NUMBERS)
    flat: list[Decimal | None] = []
    free: Decimal | None = world
    for (tonnes, price), value in zip(inputs, worlds, strict=True):
        flat += [tonnes, price, value]
        free = None if free is None or value is None else free - tonnes * value
    if free is None or free <= 0:
        return _rate(nominal), None
    return _rate(nominal), _rate(effective_protection(floor, world, *flat, using=NUMBERS))


def _rate(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(SHARE, rounding=ROUND_HALF_UP, context=EXACT)


def _world(charter: Charter, product: str, on: date) -> Decimal | None:
    price = charter.reference_prices.price(product)
    return None if price is None else price.in_force(on)
