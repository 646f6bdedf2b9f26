"""Whether the numbers of a market can be those of a market: every problem at once, by name and place."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

import numpy as np

from stannary.errors import Place, Problem
from stannary.market.economy import AXES, Economy, Form
from stannary.market.model import Model

__all__ = ["check", "near_names", "range_problems", "shape_problems", "share_problems"]

POSITIVE = ("reference_price", "start_price", "reference_income", "byproduct_full_price", "sigma")
AT_LEAST_ZERO = (
    "inputs", "yields", "supply_scale", "supply_slope", "supply_elasticity", "capacity",
    "byproduct_tonnes", "byproduct_elasticity", "final_demand", "demand_elasticity", "demand_intercept",
    "demand_slope", "weights", "outer_weights", "outer_sigma", "freight", "floor", "index_price", "strike",
    "supported_tonnes", "band_price", "band_tonnes", "released", "offtake", "wedge_tonnes", "wedge_slope",
    "wedge_rent_max",
)  # fmt: skip
ZERO_TO_ONE = (
    "active", "priced_directly", "inside", "by_reference", "credits_tariff", "levied", "support_share",
    "upside_share", "wedge_arcs",
)  # fmt: skip
ABOVE_MINUS_ONE = ("tariff", "export_tax")

SHARE_TOLERANCE = 1e-6
"""How far shares may be from summing to one: what six printed decimals leave."""

MOST = 3
"""How many places a problem names before it only counts them."""


def check(model: Model) -> list[Problem]:
    """List all that is wrong with a model: names, shapes, ranges, users without a seller; empty if nothing.

    Codes STN-MARKET-001 (names), 002 (shapes), 003 (values). Raises nothing.
    """
    form, problems = model.form, _name_problems(model)
    sizes = {"regions": len(model.regions), "layers": len(model.layers), "origins": len(model.origins)}
    wanted = {"regions": form.regions, "layers": form.layers, "origins": len(form.origins)}
    for noun, size in sizes.items():
        if size != wanted[noun]:
            said = f"The model names {size} {noun}, its form has {wanted[noun]}."
            problems.append(Problem("STN-MARKET-002", said, "Name each once.", Place(path=noun)))
    for row, goods in enumerate(model.goods):
        if len(goods) != form.goods:
            said = f"Layer {row} names {len(goods)} goods, the form has {form.goods} a layer."
            remedy = 'Fill up with "" and make those inactive.'
            problems.append(Problem("STN-MARKET-002", said, remedy, Place(path=f"goods[{row}]")))
    numbers = {name: np.asarray(getattr(model.economy, name)) for name in AXES}
    shapes = shape_problems(form, numbers, exact=True)
    if problems or shapes:
        return problems + shapes
    return range_problems(form, numbers, _names(model)) + _unserved(model.economy, _names(model))


def shape_problems(
    form: Form, numbers: Mapping[str, Any], *, axes: Mapping[str, str] = AXES, exact: bool = False
) -> list[Problem]:
    """List arrays that do not have the axes of their field (or, unless `exact`, do not broadcast to them)."""
    problems = []
    for name, value in numbers.items():
        wanted, fits = form.size(axes[name]), False
        said = f"{name} is not an array of numbers of the shape {wanted}."
        with suppress(TypeError, ValueError):
            array = np.asarray(value, dtype=np.float64)
            said = f"{name} has the shape {array.shape}, which is not {wanted}."
            fits = array.shape == wanted if exact else np.broadcast_shapes(array.shape, wanted) == wanted
        if not fits:
            remedy = f"Its axes are {_spelled(axes[name])}."
            problems.append(Problem("STN-MARKET-002", said, remedy, Place(path=name)))
    return problems


def range_problems(
    form: Form, numbers: Mapping[str, np.ndarray], names: Mapping[str, tuple[str, ...]]
) -> list[Problem]:
    """List values that no market can have: not finite, below zero, beyond one, a sigma that CES forbids."""
    problems = []

    def hold(name: str, bad: Any, rule: str) -> None:
        if name in numbers and np.any(bad):
            values = np.broadcast_to(numbers[name], form.size(AXES[name]))
            places = _places(values, np.broadcast_to(bad, values.shape), AXES[name], names)
            problems.append(Problem("STN-MARKET-003", f"{name} is {places}.", rule, Place(path=name)))

    for name, values in numbers.items():
        hold(name, ~np.isfinite(values), "It must be a number.")
    for name, values in numbers.items():
        if name in POSITIVE:
            hold(name, values <= 0, "It must be above zero.")
        if name in AT_LEAST_ZERO:
            hold(name, values < 0, "It cannot be negative.")
        if name in ZERO_TO_ONE:
            hold(name, (values < 0) | (values > 1), "It must lie between 0 and 1.")
        if name in ABOVE_MINUS_ONE:
            hold(name, values <= -1, "It must be above -1 (-100%).")
    if form.sourcing == "ces" and "sigma" in numbers:
        sigma = numbers["sigma"]
        rule = "With ordinary CES it must be above 1, or a good that is not sold makes the index infinite."
        hold("sigma", (sigma > 0) & (sigma <= 1), rule)
    if "duty" in numbers:
        known = range(max(len(form.duties), 1))
        rule = f"The form has {len(form.duties)} duty rules, counted from 0."
        hold("duty", ~np.isin(numbers["duty"], known), rule)
    return problems


def share_problems(
    name: str, shares: np.ndarray, axis: int, letters: str, names: Mapping[str, tuple[str, ...]]
) -> list[Problem]:
    """List shares that do not sum to one along an axis (sums of zero, where nothing is used, are let by)."""
    total = np.nansum(shares, axis=axis)
    bad = (np.abs(total - 1.0) > SHARE_TOLERANCE) & (total != 0.0)
    problems = []
    if np.any(shares < 0):
        places = _places(shares, shares < 0, letters, names)
        problems.append(
            Problem("STN-MARKET-003", f"{name} is {places}.", "A share is not negative.", Place(path=name))
        )
    if np.any(bad):
        rest = letters[: axis % len(letters)] + letters[axis % len(letters) + 1 :]
        places = _places(total, bad, rest, names)
        over = _spelled(letters[axis])
        said = f"{name} adds up, over {over}, to {places}."
        problems.append(Problem("STN-MARKET-004", said, "It must add up to 1.", Place(path=name)))
    return problems


def near_names(noun: str, name: str, known: tuple[str, ...]) -> Problem:
    """Say that a market has no region, layer or product of a name, with near ones."""
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    remedy = f"Did you mean {' or '.join(near)}?" if near else f"It has {', '.join(known)}."
    return Problem("STN-MARKET-001", f"The market has no {noun} {name!r}.", remedy, Place(path=noun))


SPELLED = {
    "K": "layer", "E": "good", "R": "region", "O": "origin", "N": "band", "W": "wedge", "G": "group",
}  # fmt: skip


def _spelled(letters: str) -> str:
    return " x ".join(SPELLED[letter] for letter in letters)


def _names(model: Model) -> dict[str, tuple[str, ...]]:
    return {"K": model.layers, "R": model.regions, "O": model.origins}


def _places(values: np.ndarray, bad: np.ndarray, letters: str, names: Mapping[str, tuple[str, ...]]) -> str:
    """Name the first few places of what is bad, with its values."""
    found = np.argwhere(bad)
    told = []
    for place in found[:MOST]:
        parts = [
            names[letter][at] if letter in names and at < len(names[letter]) else f"{SPELLED[letter]} {at}"
            for letter, at in zip(letters, place, strict=True)
            if len(names.get(letter, ())) != 1 and values.shape[letters.index(letter)] != 1
        ]
        told.append(f"{values[tuple(place)]:g}" + (f" at {', '.join(parts)}" if parts else ""))
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return "; ".join(told) + more


def _name_problems(model: Model) -> list[Problem]:
    problems = [near_names("region", name, model.regions) for name in model.zone if name not in model.regions]
    if model.dominant is not None and model.dominant not in model.regions:
        problems.append(near_names("region", model.dominant, model.regions))
    for noun, names in (
        ("regions", model.origins),
        ("layers", model.layers),
        ("goods", tuple(name for row in model.goods for name in row if name)),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            said = f"{name!r} is named more than once among the {noun}."
            problems.append(Problem("STN-MARKET-001", said, "Names must differ.", Place(path=noun)))
    return problems


def _unserved(economy: Economy, names: Mapping[str, tuple[str, ...]]) -> list[Problem]:
    """List regions whose final users can buy of nobody."""
    wanted = (np.asarray(economy.final_demand) > 0) | (np.asarray(economy.demand_intercept) > 0)
    bad = wanted & ~(np.asarray(economy.weights) > 0).any(axis=2)
    if not bad.any():
        return []
    places = _places(np.asarray(economy.final_demand), bad, "KER", names)
    said = f"final_demand is {places}, where no origin has a weight: nobody sells there."
    return [Problem("STN-MARKET-003", said, "Open an origin, or want nothing.", Place(path="weights"))]
