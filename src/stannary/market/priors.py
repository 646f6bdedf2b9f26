"""How unsure the parameters of a model are: published spreads, wide assumed ones where there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stannary.atlas.atlas import Atlas
from stannary.atlas.elasticities import Elasticity
from stannary.market.base_data import Findings, figure_note
from stannary.market.calibrated_form import layer_kind
from stannary.market.model import Note, Prior
from stannary.market.recipes import Defaults, Figure, Good, Recipe
from stannary.market.stage_balance import Stages

__all__ = ["Responses", "responses"]

Array = NDArray[np.float64]

SUPPLY = ("supply_own_price", "short_run")
DEMAND = ("demand_own_price", "long_run")
SPREAD = "base metals"

LEAST_SHARE = 0.08
"""The least share of metal in a price that responses are scaled by."""


@dataclass(frozen=True)
class Responses:
    """Central responses by layer, and the priors round them."""

    arrays: Mapping[str, Array]
    priors: tuple[Prior, ...]


def responses(
    atlas: Atlas, recipe: Recipe, defaults: Defaults, stages: Stages, price: Array, found: Findings
) -> Responses:
    """Choose the responses of supply, demand and sourcing, with their priors.

    In this order: the recipe's own figure, the atlas' estimate for the mineral, the atlas' spread of
    published estimates for base metals. Mines answer to their price, plants to their margin. Estimates of
    demand speak of the price of the metal: who buys a component answers to its price, of which the metal is
    a part, by as much more. `price` has axes layer good.
    """
    layers, goods = price.shape
    held = metal_share(recipe, stages, price)
    sigma = np.full((layers, goods), 5.0)
    by_price, by_margin = np.full(layers, np.nan), np.full(layers, np.nan)
    demand = np.zeros((layers, goods))
    priors: list[Prior] = []
    for k, layer in enumerate(recipe.layers):
        kind = layer_kind(recipe, k)
        figure = layer.sigma or getattr(defaults, f"{kind}_sigma")
        found.note(figure_note("sigma", layer.name, "choice between origins", figure))
        sigma[k] = figure.number
        priors.append(_prior("sigma", layer.name, "triangular", figure.number, 3.0, 10.0, "value", figure))
        if (kind == "mine" and not layer.margin_elasticity) or layer.price_elasticity:
            by_price[k], prior = _supply(atlas, recipe, layer.name, layer.price_elasticity, found)
            priors.append(prior)
        else:
            figure = layer.margin_elasticity or defaults.margin_elasticity
            found.note(figure_note("supply_elasticity", layer.name, "output to margin", figure))
            by_margin[k] = figure.number
            priors.append(
                _prior("supply_elasticity", layer.name, "lognormal", 1.0, 0.4, 2.5, "factor", figure)
            )
        for e, good in enumerate(layer.goods):
            if good.uses:
                demand[k, e], prior = _demand(atlas, recipe, layer.name, good, float(held[k, e]), found)
                priors.append(prior)
    priors.append(_freight_prior(defaults))
    arrays = {
        "sigma": sigma,
        "price_elasticity": by_price,
        "margin_elasticity": by_margin,
        "demand_elasticity": demand,
    }
    return Responses(arrays, tuple(priors))


def metal_share(recipe: Recipe, stages: Stages, price: Array) -> Array:
    """Give the share of each good's price that is metal, 1 up to the first good with a published price.

    Metal is counted at that published price, by the tonnes of it that a tonne of the good goes back to.
    """
    priced = [k for k, layer in enumerate(recipe.layers) if any(good.price.published for good in layer.goods)]
    first = priced[0] if priced else 0
    share, worth = np.ones_like(price), price.copy()
    for k in range(first + 1, len(recipe.layers)):
        taken = stages.inputs[k, :, :, 0] @ worth[k - 1]
        worth[k] = np.where(taken > 0, taken, price[k])
        share[k] = np.clip(worth[k] / price[k], LEAST_SHARE, 1.0)
    return share


class _Centre(NamedTuple):
    value: float
    source: str | None
    assumed: bool
    text: str


def _centre(
    recipe: Recipe, own: Figure | None, row: Elasticity | None, spread: Elasticity | None
) -> _Centre | None:
    """Choose between the recipe's figure, the atlas' for the mineral, and the spread for base metals."""
    if own:
        return _Centre(own.number, own.source, bool(own.assumed), own.assumed or own.note or "")
    if row is not None and row.amount is not None:
        text = row.note or "estimate for the mineral"
        return _Centre(abs(float(row.amount)), row.source, row.state == "assumed", text)
    if spread is not None and spread.amount is not None:
        text = f"no estimate for {recipe.title}: the median of published estimates for base metals stands in"
        return _Centre(abs(float(spread.amount)), spread.source, True, text)
    return None


def _supply(
    atlas: Atlas, recipe: Recipe, layer: str, own: Figure | None, found: Findings
) -> tuple[float, Prior]:
    spread = _spread(atlas, *SUPPLY)
    chosen = _centre(recipe, own, _own_row(atlas, recipe, *SUPPLY), spread)
    if chosen is None:
        found.lack("The atlas has no elasticity of supply to fall back on.", layer)
        chosen = _Centre(1.0, None, True, "")
    text = f"output to price within a year: {chosen.value}; {chosen.text}"
    found.note(
        Note(kind="assumed" if chosen.assumed else "data", parameter="supply_elasticity", where=layer,
             text=text, size=chosen.value, source=chosen.source)
    )  # fmt: skip
    low, high = _factors(spread)
    prior = Prior(
        parameter="supply_elasticity", layer=layer, law="lognormal", centre=1.0, low=low, high=high,
        acts="factor", text="factor on the response, as wide as the published quartiles, at most four times",
        source=spread.source if spread else None, assumed=True,
    )  # fmt: skip
    return chosen.value, prior


def _demand(
    atlas: Atlas, recipe: Recipe, layer: str, good: Good, metal: float, found: Findings
) -> tuple[float, Prior]:
    spread = _spread(atlas, *DEMAND)
    chosen = _centre(recipe, good.demand_elasticity, _own_row(atlas, recipe, *DEMAND), spread)
    where = f"{layer}.{good.product}"
    if chosen is None:
        found.lack("The atlas has no elasticity of demand to fall back on.", where)
        chosen = _Centre(1.0, None, True, "")
    scale = 1.0 if good.demand_elasticity else 1.0 / metal
    value = chosen.value * scale
    text = f"use to price: {value:.4g}; {chosen.text}"
    if scale > 1:
        text += f"; to the price of the metal {chosen.value}, of which the good's price holds {metal:.3f}"
    kind: Literal["assumed", "data"] = "assumed" if chosen.assumed or scale > 1 else "data"
    found.note(
        Note(kind=kind, parameter="demand_elasticity", where=where, text=text, size=value,
             source=chosen.source)
    )  # fmt: skip
    low, high = 0.5 * chosen.value, 1.5 * chosen.value
    if spread is not None and spread.low is not None and spread.high is not None:
        low, high = min(low, max(-float(spread.high), 0.02)), max(high, -float(spread.low))
    prior = Prior(
        parameter="demand_elasticity", layer=layer, good=good.product, law="triangular", centre=value,
        low=low * scale, high=high * scale, acts="value",
        text="the published quartiles for base metals, widened to hold the centre",
        source=spread.source if spread else None, assumed=spread is None,
    )  # fmt: skip
    return value, prior


def _own_row(atlas: Atlas, recipe: Recipe, kind: str, horizon: str) -> Elasticity | None:
    for row in atlas.elasticities:
        if row.mineral in recipe.covers and row.kind == kind and row.horizon.startswith(horizon):
            return row
    return None


def _spread(atlas: Atlas, kind: str, horizon: str) -> Elasticity | None:
    for row in atlas.elasticities:
        if (row.sector, row.kind, row.horizon) == (SPREAD, kind, horizon):
            return row
    return None


def _factors(spread: Elasticity | None) -> tuple[float, float]:
    """Give 10% and 90% points of a factor from published quartiles (a normal's are 1.9 times as far)."""
    if spread is None or not spread.amount or spread.high is None:
        return 0.25, 4.0
    wide = min(max((float(spread.high) / float(spread.amount)) ** 1.9, 1.5), 4.0)
    return 1.0 / wide, wide


def _prior(
    parameter: str, layer: str, law: Literal["lognormal", "triangular", "normal"], centre: float,
    low: float, high: float, acts: Literal["factor", "value"], figure: Figure,
) -> Prior:  # fmt: skip
    text = figure.assumed or figure.note or figure.derivation or ""
    return Prior(
        parameter=parameter, layer=layer, law=law, centre=centre, low=low, high=high, acts=acts, text=text,
        source=figure.source, assumed=bool(figure.assumed),
    )  # fmt: skip


def _freight_prior(defaults: Defaults) -> Prior:
    text = "factor on freight; rates have halved and tripled within three years"
    return Prior(parameter="freight", law="lognormal", centre=1.0, low=0.5, high=2.0, acts="factor",
                 text=text, assumed=True)  # fmt: skip
