"""Levers of a design: floors, support and stocks of a good, written over the schedule of a scenario.

The law writes itself: a lever enters the scenario as an event at a mark, the charter turns it into who pays
and who is paid in which period, and what a search moves afterwards is only the number where the mark stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from pydantic import TypeAdapter

from stannary.errors import MarketError, Place, Problem, refuse
from stannary.market.baseline import baseline
from stannary.market.model import Model
from stannary.market.scenario import Event, Scenario
from stannary.market.schedule import Schedule

__all__ = ["Knobs", "Lever", "LeverKind", "knobs", "levers_of", "values_at", "with_levers"]

LeverKind = Literal["floors", "support", "stocks", "stock_prices"]
ASKED = ("floors", "support", "stocks")
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
MARK = 9.0e11
"""USD/t that no market reaches: where it stands in a schedule, a lever's own number belongs."""
TONNES_MARK = 1.0e6
CASH = Decimal(10) ** 15
"""USD in the fund of a designed stock: its cost is counted, its cash is no limit."""
SELLS_AT = 1.5
"""A designed stock sells at this many times the price at which it buys."""
MOST = {"floors": 2.0, "support": 2.0, "stocks": 1.0, "stock_prices": 2.0}
"""The most that is tried: times the base price, and for stocks a year of the zone's use."""
WORDS = {
    "floors": "border floor",
    "support": "price at which support begins",
    "stocks": "public stock, at most",
    "stock_prices": "price below which the stock buys",
}


@dataclass(frozen=True, kw_only=True)
class Lever:
    """One number that a design may set: of which good, and between which values."""

    kind: LeverKind
    product: str
    low: float
    high: float

    @property
    def name(self) -> str:
        """Name the lever: floors:gallium.metal."""
        return f"{self.kind}:{self.product}"

    @property
    def unit(self) -> str:
        """Give the unit of its value."""
        return "t" if self.kind == "stocks" else "USD/t"

    @property
    def words(self) -> str:
        """Say what it sets."""
        return f"{WORDS[self.kind]}, {self.product}"


def levers_of(asked: Iterable[str], model: Model) -> tuple[Lever, ...]:
    """Read levers: ``floors``, ``support`` or ``stocks``, each alone or of a product with its bounds.

    ``floors`` is one floor for every good that the zone's users buy, ``floors:gallium.metal`` one floor,
    ``floors:gallium.metal=200000..700000`` one between two prices (``stocks`` in tonnes). Raises
    `MarketError` (STN-DESIGN-002) with everything wrong.
    """
    problems: list[Problem] = []
    found: dict[str, Lever] = {}
    for text in asked:
        head, _, bounds = text.strip().partition("=")
        kind, _, product = head.partition(":")
        if kind not in ASKED:
            near = get_close_matches(kind, ASKED, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}?" if near else "Levers are floors, support and stocks."
            problems.append(_problem(f"There is no lever {kind!r}.", hint))
            continue
        known = [name for row in model.goods for name in row if name]
        if product and product not in known:
            near = get_close_matches(product, known, n=3, cutoff=0.4)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"It has {', '.join(known)}."
            problems.append(_problem(f"The market has no product {product!r}.", hint))
            continue
        for name in [product] if product else _in_reach(kind, model):
            span = _span(text, bounds, kind, name, model, problems)
            kinds: tuple[Any, ...] = ("stocks", "stock_prices") if kind == "stocks" else (kind,)
            for each in kinds:
                low, high = span if each == kind else (0.0, MOST[each] * _base_price(model, name))
                lever = Lever(kind=each, product=name, low=low, high=high)
                found[lever.name] = lever
    if not found and not problems:
        problems.append(_problem("No lever was named.", "Name some of floors, support and stocks."))
    refuse(MarketError, problems)
    return tuple(found.values())


def _problem(message: str, remedy: str) -> Problem:
    return Problem("STN-DESIGN-002", message, remedy, Place(path="levers"))


def _in_reach(kind: str, model: Model) -> list[str]:
    """Name the goods that the zone buys (floors and stocks) or makes (support)."""
    base = baseline(model)
    tonnes = base.output if kind == "support" else base.use
    inside = [place for place, name in enumerate(model.regions) if name in model.zone]
    return [
        name
        for k, row in enumerate(model.goods)
        for e, name in enumerate(row)
        if name and tonnes[k, e][inside].sum() > 0
    ]


def _span(
    text: str, bounds: str, kind: str, product: str, model: Model, problems: list[Problem]
) -> tuple[float, float]:
    if not bounds:
        scale = _base_use(model, product) if kind == "stocks" else _base_price(model, product)
        return 0.0, MOST[kind] * scale
    low, _, high = bounds.partition("..")
    try:
        span = float(low), float(high)
    except ValueError:
        span = (1.0, 0.0)
    if not 0.0 <= span[0] < span[1] < float("inf"):
        hint = f"Write bounds as {kind}:{product}=200000..700000."
        problems.append(_problem(f"The bounds of the lever {text!r} are not two rising numbers.", hint))
    return span


def _base_price(model: Model, product: str) -> float:
    """Give what the zone's users paid in the base year, else what its makers earned, else anybody's."""
    base, (k, e) = baseline(model), model.good(product)
    inside = np.array([name in model.zone for name in model.regions])
    for weight, price in (
        (base.use[k, e] * inside, base.average[k, e]),
        (base.output[k, e] * inside, np.asarray(model.economy.start_price)[k, e]),
        (base.output[k, e], np.asarray(model.economy.start_price)[k, e]),
    ):
        if weight.sum() > 0:
            return float((weight * price).sum() / weight.sum())
    return float(np.asarray(model.economy.start_price)[k, e].mean())


def _base_use(model: Model, product: str) -> float:
    base, (k, e) = baseline(model), model.good(product)
    inside = [place for place, name in enumerate(model.regions) if name in model.zone]
    return max(float(base.use[k, e, inside].sum()) * model.periods_a_year, 1e-3)


# -- over a schedule ----------------------------------------------------------------------------------------


def with_levers(scenario: Scenario, levers: Sequence[Lever], since: int) -> Scenario:
    """Add the levers to a scenario as events at a mark, from the first day of a year on."""
    shared = {"from": date(since, 1, 1), "assumed": "a lever of a design"}
    told: list[dict[str, object]] = []
    floored = tuple(each.product for each in levers if each.kind == "floors")
    if floored:
        told.append({"kind": "floors", "use": "every", "products": floored})
    for lever in levers:
        if lever.kind == "support":
            told.append({"kind": "support", "use": "gap", "products": (lever.product,),
                         "strike_usd_per_t": Decimal(MARK)})  # fmt: skip
        if lever.kind == "stocks":
            told.append({"kind": "stockpile", "use": "bands", "products": (lever.product,), "cash_usd": CASH,
                         "buy_below_usd_per_t": Decimal(MARK), "tonnes": Decimal(TONNES_MARK),
                         "sell_above_usd_per_t": Decimal(SELLS_AT * MARK)})  # fmt: skip
    events = [EVENT.validate_python(shared | each) for each in told]
    return replace(scenario, events=(*scenario.events, *events))


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Knobs:
    """Where the numbers of levers stand: by field, what stays (``period …``) and weights ``lever period …``.

    A field is ``stays + Σ value weight``, so every lever at 0 is the law without them.
    """

    stays: Mapping[str, Array | np.ndarray]
    weights: Mapping[str, Array | np.ndarray]

    def turned(self, changes: Mapping[str, Any], values: Any) -> dict[str, Array]:
        """Give the overrides of a schedule with the levers at these values, in their own units."""
        moved = {
            name: jnp.asarray(self.stays[name])
            + jnp.tensordot(jnp.asarray(values), self.weights[name], axes=1)
            for name in self.stays
        }
        return {**changes, **moved}


def knobs(levers: Sequence[Lever], model: Model, plan: Schedule, since: int) -> Knobs:
    """Find where the levers of a scenario (`with_levers`) stand in its schedule.

    `model` and `plan` are what the schedule gave. Raises `MarketError` (STN-DESIGN-002) for every lever
    that moves nothing, such as support of a good that the zone does not make.
    """
    live = np.array([int(label[:4]) >= since for label in plan.labels])
    stays: dict[str, np.ndarray] = {}
    weights: dict[str, np.ndarray] = {}
    problems: list[Problem] = []
    for place, lever in enumerate(levers):
        k, e = model.good(lever.product)
        moved = 0
        for name, weight in _marks(lever, plan, (k, e), live).items():
            if name not in stays:
                stays[name] = np.array(plan.overrides[name])
                weights[name] = np.zeros((len(levers), *stays[name].shape))
            weights[name][place, :, k, e] = weight
            stays[name][:, k, e] = np.where(weight > 0, 0.0, stays[name][:, k, e])
            moved += int((weight > 0).sum())
        if not moved:
            remedy = "Leave it out: the zone neither makes nor buys the good, or the law does not reach it."
            problems.append(_problem(f"The lever {lever.name} moves nothing.", remedy))
    refuse(MarketError, problems)
    return Knobs(stays=stays, weights=weights)


def _marks(lever: Lever, plan: Schedule, good: tuple[int, int], live: np.ndarray) -> dict[str, np.ndarray]:
    """Give the weights of a lever on its good, ``period region``, by field."""
    k, e = good

    def at(name: str) -> np.ndarray:
        found = plan.overrides.get(name)
        return np.zeros((plan.periods, 1)) if found is None else np.asarray(found)[:, k, e]

    if lever.kind == "floors":
        floor = at("floor")
        return {"floor": ((floor > 0) & live[:, None]).astype(float)} if floor.any() else {}
    if lever.kind == "support":
        marked = at("strike") == MARK
        return {"strike": marked.astype(float)} if marked.any() else {}
    marked = at("stock_floor") == MARK
    if not marked.any():
        return {}
    if lever.kind == "stocks":
        return {"stock_tonnes_max": np.where(marked, at("stock_tonnes_max") / TONNES_MARK, 0.0)}
    found = {"stock_floor": marked.astype(float)}
    return found | {"stock_ceiling": SELLS_AT * marked}


def values_at(levers: Sequence[Lever], place: np.ndarray) -> np.ndarray:
    """Give the values of levers at a place between 0 (the low end) and 1 (the high end) of each."""
    low = np.array([lever.low for lever in levers])
    high = np.array([lever.high for lever in levers])
    return np.asarray(low + np.clip(place, 0.0, 1.0) * (high - low))
