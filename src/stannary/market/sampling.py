"""Draws of what is not known of a market: one Latin hypercube over its priors, the base year kept.

A drawn elasticity turns a curve about the point that was observed: whoever believes another elasticity, or
another freight, still saw the same tonnes at the same prices. So with every draw the parameters that were
calibrated (weights of origins, scales of supply, what is left of costs) are calibrated again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
from jax.scipy.special import ndtri

from stannary.market.baseline import Baseline, baseline
from stannary.market.dynamics import AXES as MOVES
from stannary.market.dynamics import Dynamics, dynamics
from stannary.market.economy import AXES, Economy
from stannary.market.model import Model, Prior

__all__ = ["draws", "draws_at", "quantile_of"]

TENTH = float(-ndtri(0.1))
"""Standard deviations from the middle to the 10% and 90% points of a normal law."""


def draws(model: Model, count: int, seed: int) -> dict[str, np.ndarray]:
    """Draw the fields that a model's priors are about: whole arrays, ``draw *axes of the field``.

    A Latin hypercube: each prior has one value in each of `count` equal parts of its law. The same model,
    count and seed give the same draws. Fields that follow from a drawn one, so that the base year stays what
    it was, are among them. No priors, no fields.
    """
    return draws_at(model, _hypercube(len(model.priors), count, seed)) if model.priors else {}


def draws_at(model: Model, chances: np.ndarray) -> dict[str, np.ndarray]:
    """Give the fields of draws at these chances between 0 and 1, ``draw prior``; none, without priors."""
    if not model.priors:
        return {}
    count, own = len(chances), _own(model)
    drawn: dict[str, np.ndarray] = {}
    for column, prior in enumerate(model.priors):
        name = prior.parameter
        if name not in drawn:
            drawn[name] = np.repeat(own[name][None], count, axis=0)
        where = (slice(None), *_where(model, prior))
        values = quantile_of(prior, chances[:, column])
        shaped = values.reshape(-1, *(1,) * (drawn[name][where].ndim - 1))
        drawn[name][where] = drawn[name][where] * shaped if prior.acts == "factor" else shaped
    return drawn | _calibrated_again(model, own, drawn)


def _hypercube(columns: int, count: int, seed: int) -> np.ndarray:
    """Give chances ``draw prior``, each column with one in every of `count` equal parts of 0 to 1."""
    dice = np.random.default_rng(seed)
    order = np.stack([dice.permutation(count) for _ in range(columns)], axis=1)
    return np.asarray((order + dice.random((count, columns))) / count)


def quantile_of(prior: Prior, chance: np.ndarray) -> np.ndarray:
    """Give the values of a prior at chances between 0 and 1; each side of the centre has its own spread."""
    low, centre, high = prior.low, prior.centre, prior.high
    if prior.law == "triangular":
        if high <= low:
            return np.full_like(chance, centre)
        peak = (centre - low) / (high - low)
        rising = low + np.sqrt(chance * (high - low) * (centre - low))
        falling = high - np.sqrt((1.0 - chance) * (high - low) * (high - centre))
        return np.asarray(np.where(chance < peak, rising, falling))
    steps = np.asarray(ndtri(chance)) / TENTH
    if prior.law == "lognormal":
        sides = np.where(steps < 0, np.log(centre / low), np.log(high / centre))
        return np.asarray(centre * np.exp(steps * sides))
    return np.asarray(centre + steps * np.where(steps < 0, centre - low, high - centre))


def _own(model: Model) -> dict[str, np.ndarray]:
    moves = model.dynamics if model.dynamics is not None else dynamics(model.form)
    own = {each.name: np.asarray(getattr(model.economy, each.name)) for each in fields(Economy)}
    return own | {each.name: np.asarray(getattr(moves, each.name)) for each in fields(Dynamics)}


def _where(model: Model, prior: Prior) -> Iterator[slice | int]:
    """Give the places of a field that a prior is about; the first region axis of flows is the origin's."""
    places: dict[str, int] = {}
    if prior.layer is not None:
        places["K"] = model.layer(prior.layer)
    if prior.good is not None:
        places["K"], places["E"] = model.good(prior.good)
    if prior.region is not None:
        places["R"] = model.region(prior.region)
    for letter in (AXES | MOVES)[prior.parameter]:
        place = places.get(letter)
        yield slice(None) if place is None else slice(place, place + 1)


def _calibrated_again(
    model: Model, own: dict[str, np.ndarray], drawn: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Give the fields that keep the base year as it was under the drawn ones."""
    base = baseline(model)
    found: dict[str, np.ndarray] = {}
    landed, average = base.landed, base.average
    if {"freight", "sigma"} & drawn.keys():
        rate = (1.0 + own["tariff"])[None]
        landed = base.landed + (drawn.get("freight", own["freight"][None]) - own["freight"]) * rate
        average = np.sum(base.shares * landed, axis=-2)
        sigma = drawn.get("sigma", own["sigma"][None])[..., None, None]
        turned = sigma * np.log(landed) - own["sigma"][..., None, None] * np.log(base.landed)
        # weights matter up to a factor by user; the largest stays as it was
        turned = turned - turned.max(axis=-2, keepdims=True, where=own["weights"] > 0, initial=-np.inf)
        turned = np.where(own["weights"] > 0, turned, 0.0)
        found["weights"] = own["weights"] * np.exp(turned)
    if "freight" in drawn:
        dearer = average - base.average
        found["reference_price"] = own["reference_price"] * (average / base.average)
        cost = np.repeat(own["conversion_cost"][None], len(dearer), axis=0)
        cost[:, 1:] -= np.einsum("kjir,nkir->nkjr", own["inputs"][1:], dearer[:, :-1])
        found["conversion_cost"] = cost
    if "supply_elasticity" in drawn:
        margin = np.maximum(_margin(own, base), 1e-9)
        turn = (own["supply_elasticity"] - drawn["supply_elasticity"]) * np.log(margin)
        found["supply_scale"] = own["supply_scale"] * np.exp(turn)
    if "byproduct_elasticity" in drawn:
        price, full = own["start_price"], own["byproduct_full_price"]
        power = own["byproduct_elasticity"] / drawn["byproduct_elasticity"]
        found["byproduct_full_price"] = np.where(price < full, price * (full / price) ** power, full)
    return {name: values for name, values in found.items() if name not in drawn}


def _margin(own: dict[str, np.ndarray], base: Baseline) -> np.ndarray:
    """Give the margin of every process in the base year, USD/t of throughput."""
    cost = own["conversion_cost"].copy()
    cost[1:] += np.einsum("kjir,kir->kjr", own["inputs"][1:], base.average[:-1])
    return np.asarray(np.einsum("kjer,ker->kjr", own["yields"], own["start_price"]) - cost)
