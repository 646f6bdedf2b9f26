"""The numbers of an `Economy` that reproduce a balanced base year exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stannary.market.base_data import Findings, figure_note
from stannary.market.economy import Economy, Form, economy
from stannary.market.grouping import Grouping
from stannary.market.model import Note
from stannary.market.recipes import Defaults, Figure, Layer, Recipe
from stannary.market.stage_balance import Stages

__all__ = ["calibrated", "freight_costs", "layer_kind"]

Array = NDArray[np.float64]


def calibrated(
    recipe: Recipe,
    defaults: Defaults,
    grouping: Grouping,
    stages: Stages,
    flows: Array,
    world_price: Array,
    tariff: Array,
    responses: dict[str, Array],
    limits: dict[str, Array],
    found: Findings,
) -> tuple[Form, Economy, Array]:
    """Give the form and numbers whose solution is the base year, and the margins (layer process region).

    Weights ``(x / X) m^sigma``, scaled to a largest of 1 in each region; supply scale ``q / w^elasticity``
    at the margin w left after inputs and conversion cost; final demand at its own average price. Prices
    start from `world_price` (layer good); a plant whose inputs leave less than the least value added gets
    a higher price, which is noted. `responses` holds `sigma` (layer good), `price_elasticity` and
    `margin_elasticity` (layer; one of them NaN), `demand_elasticity` (layer good); `limits` the capacity
    (layer process region) and, for by-products, tonnes and elasticity.
    """
    layers, goods, regions = stages.output.shape
    form = Form(layers=layers, goods=goods, regions=regions, origins=tuple(range(regions)))
    active = (stages.output > 0).astype(float)
    price = np.repeat(world_price[:, :, None], regions, axis=2)
    freight = np.zeros((layers, goods, regions, regions))
    landed, average = np.ones_like(freight), np.ones_like(price)
    cost, margin = np.zeros_like(price), np.zeros_like(price)
    for k, layer in enumerate(recipe.layers):
        paid = np.einsum("jir,ir->jr", stages.inputs[k], average[k - 1]) if k else np.zeros((goods, regions))
        _lift(recipe, defaults, grouping, k, stages, paid, price, found)
        added = np.einsum("jer,er->jr", stages.yields[k], price[k]) - paid
        share = layer.margin or (defaults.plant_margin if k else defaults.mine_margin)
        found.note(figure_note("conversion_cost", layer.name, "margin, share of the value added", share))
        margin[k] = np.where(stages.throughput[k] > 0, share.number * added, 0.0)
        cost[k] = np.where(stages.throughput[k] > 0, added - margin[k], 0.0)
        freight[k] = freight_costs(layer, k, recipe, defaults, price[k], found)
        landed[k] = (price[k][:, :, None] + freight[k]) * (1.0 + tariff[k])
        bought = flows[k].sum(1)
        value = np.einsum("eor,eor->er", flows[k], landed[k])
        average[k] = np.where(bought > 0, value / np.where(bought > 0, bought, 1.0), price[k])
    weights = _weights(flows, landed, responses["sigma"], active)
    free = _free_price(flows, landed, active, responses["sigma"], weights, average)
    given: dict[str, Any] = {
        "active": active,
        "conversion_cost": cost,
        "inputs": stages.inputs,
        "yields": stages.yields,
        **_supply(stages, price, margin, responses, limits, recipe),
        "released": stages.released,
        "final_demand": stages.final,
        "reference_price": free,
        "demand_elasticity": responses["demand_elasticity"][:, :, None],
        "weights": weights,
        "sigma": responses["sigma"],
        "freight": freight,
        "tariff": tariff,
        "start_price": price,
    }
    for k, layer in enumerate(recipe.layers):
        if layer.joint:
            given.setdefault("priced_directly", np.zeros_like(price))[k] = 1.0
    return form, economy(form, **given), margin


def layer_kind(recipe: Recipe, k: int) -> str:
    """Say whether a layer is a mine, a plant, or the last of three or more: a component."""
    if k == 0:
        return "mine"
    return "component" if k + 1 == len(recipe.layers) and len(recipe.layers) > 2 else "plant"


def freight_costs(
    layer: Layer, k: int, recipe: Recipe, defaults: Defaults, price: Array, found: Findings
) -> Array:
    """Give freight and insurance, USD/t, axes good origin region: a share of price, none at home."""
    kind = layer_kind(recipe, k)
    figure: Figure = layer.freight or getattr(defaults, f"{kind}_freight")
    found.note(figure_note("freight", layer.name, "share of the price", figure))
    regions = price.shape[-1]
    away = 1.0 - np.eye(regions)
    table: Array = figure.number * price[:, :, None] * away[None]
    return table


def _lift(
    recipe: Recipe, defaults: Defaults, grouping: Grouping, k: int, stages: Stages, paid: Array,
    price: Array, found: Findings,
) -> None:  # fmt: skip
    """Raise the price of plants whose inputs would leave too little, in place."""
    if not k:
        return
    least = defaults.least_value_added.number
    earned = np.einsum("jer,er->jr", stages.yields[k], price[k])
    for j, r in zip(*np.nonzero(stages.throughput[k] > 0), strict=True):
        if paid[j, r] <= (1.0 - least) * earned[j, r]:
            continue
        lift = paid[j, r] / (1.0 - least) / earned[j, r]
        held = stages.yields[k, j, :, r] > 0
        price[k, held, r] *= lift
        where = f"{recipe.layers[k].name}, {grouping.regions[r]}"
        text = "price raised so that inputs leave the least value added: " + str(
            defaults.least_value_added.assumed
        )
        found.note(
            Note(kind="adjusted", parameter="start_price", where=where, text=text, size=float(lift - 1))
        )


def _weights(flows: Array, landed: Array, sigma: Array, active: Array) -> Array:
    """Give weights ``x m^sigma``; where a region buys nothing, those of an equal share of all origins."""
    bought = flows.sum(2, keepdims=True)
    shares = np.where(bought > 0, flows / np.where(bought > 0, bought, 1.0), active[:, :, :, None])
    logs = np.log(np.where(shares > 0, shares, 1.0)) + sigma[:, :, None, None] * np.log(landed)
    logs = np.where(shares > 0, logs, -np.inf)
    top = np.max(logs, axis=2, keepdims=True)
    weights: Array = np.where(np.isfinite(top), np.exp(logs - np.where(np.isfinite(top), top, 0.0)), 1.0)
    return weights


def _free_price(
    flows: Array, landed: Array, active: Array, sigma: Array, weights: Array, average: Array
) -> Array:
    """Give the average price paid, also where nothing is bought yet."""
    power = weights * landed ** -sigma[:, :, None, None] * (landed.mean() ** 0)
    total = power.sum(2, keepdims=True)
    share = power / np.where(total > 0, total, 1.0)
    hypothetical = np.einsum("keor,keor->ker", share, landed)
    out: Array = np.where(
        flows.sum(2) > 0, average, np.where(active.sum(2, keepdims=True) > 0, hypothetical, 1.0)
    )
    return out


def _supply(
    stages: Stages, price: Array, margin: Array, responses: dict[str, Array], limits: dict[str, Array],
    recipe: Recipe,
) -> dict[str, Array]:  # fmt: skip
    """Give supply curves through the base year; a by-product's layer has no process of its own."""
    runs = stages.throughput > 0
    direct = responses["margin_elasticity"][:, None, None] * np.ones_like(price)
    received = np.einsum("kjer,ker->kjr", stages.yields, price)
    by_price = responses["price_elasticity"][:, None, None] * margin / np.where(runs, received, 1.0)
    elasticity = np.where(np.isfinite(direct), direct, by_price)
    elasticity = np.where(runs, elasticity, 1.0)
    scale = np.where(runs, stages.throughput / np.where(runs, margin, 1.0) ** elasticity, 0.0)
    capacity, tonnes = limits["capacity"], limits["byproduct_tonnes"]
    is_byproduct = tonnes > 0
    full = np.ones_like(price)
    power = limits["byproduct_elasticity"]
    held = is_byproduct & (stages.output > 0)
    ratio = np.where(held, tonnes / np.where(held, stages.output, 1.0), 1.0)
    full = np.where(held, price * ratio ** (1.0 / power), full)
    return {
        "supply_scale": np.where(is_byproduct, 0.0, scale),
        "supply_elasticity": elasticity,
        "capacity": np.where(is_byproduct, 0.0, capacity),
        "byproduct_tonnes": tonnes,
        "byproduct_full_price": full,
        "byproduct_elasticity": power,
    }
