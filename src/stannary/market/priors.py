"""How unsure the parameters of a model are: published spreads, wide assumed ones where there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stannary.atlas.atlas import Atlas
from stannary.atlas.elasticities import Elasticity
from stannary.market.base_data import Findings, figure_note
from stannary.market.calibrated_form import layer_kind
from stannary.market.model import Note, Prior
from stannary.market.recipes import Defaults, Figure, Recipe

__all__ = ["Responses", "responses"]

Array = NDArray[np.float64]

SUPPLY = ("supply_own_price", "short_run")
DEMAND = ("demand_own_price", "long_run")
SPREAD = "base metals"


@dataclass(frozen=True)
class Responses:
    """Central responses by layer, and the priors round them."""

    arrays: Mapping[str, Array]
    priors: tuple[Prior, ...]


def responses(atlas: Atlas, recipe: Recipe, defaults: Defaults, goods: int, found: Findings) -> Responses:
    """Choose the responses of supply, demand and sourcing, with their priors.

    In this order: the recipe's own figure, the atlas' estimate for the mineral, the atlas' spread of
    published estimates for base metals. Mines answer to their price, plants to their margin.
    """
    layers = len(recipe.layers)
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
                demand[k, e], prior = _demand(
                    atlas, recipe, layer.name, good.product, good.demand_elasticity, found
                )
                priors.append(prior)
    priors.append(_freight_prior(defaults))
    arrays = {
        "sigma": sigma,
        "price_elasticity": by_price,
        "margin_elasticity": by_margin,
        "demand_elasticity": demand,
    }
    return Responses(arrays, tuple(priors))


def _supply(
    atlas: Atlas, recipe: Recipe, layer: str, own: Figure | None, found: Findings
) -> tuple[float, Prior]:
    spread = _spread(atlas, *SUPPLY)
    row = _own_row(atlas, recipe, *SUPPLY)
    if own:
        centre, source, assumed, text = (
            own.number,
            own.source,
            bool(own.assumed),
            own.assumed or own.note or "",
        )
    elif row is not None and row.amount is not None:
        centre, source, assumed = float(row.amount), row.source, row.state == "assumed"
        text = row.note
    elif spread is not None and spread.amount is not None:
        centre, source, assumed = float(spread.amount), spread.source, True
        text = f"no estimate for {recipe.title}: the median of published estimates for base metals stands in"
    else:
        found.lack("The atlas has no elasticity of supply to fall back on.", layer)
        centre, source, assumed, text = 0.1, None, True, ""
    text = f"output to price within a year: {centre}; {text}"
    found.note(Note(kind="assumed" if assumed else "data", parameter="supply_elasticity", where=layer,
                    text=text, size=centre, source=source))  # fmt: skip
    low, high = _factors(spread, centre)
    why = "factor on the response; the published quartiles, and never below a quarter"
    prior = Prior(parameter="supply_elasticity", layer=layer, law="lognormal", centre=1.0, low=low,
                  high=high, acts="factor", text=why, source=spread.source if spread else None,
                  assumed=True)  # fmt: skip
    return centre, prior


def _demand(
    atlas: Atlas, recipe: Recipe, layer: str, good: str, own: Figure | None, found: Findings
) -> tuple[float, Prior]:
    spread = _spread(atlas, *DEMAND)
    row = _own_row(atlas, recipe, *DEMAND)
    if own:
        centre, source, assumed, text = (
            own.number,
            own.source,
            bool(own.assumed),
            own.assumed or own.note or "",
        )
    elif row is not None and row.amount is not None:
        centre, source, assumed, text = -float(row.amount), row.source, row.state == "assumed", row.note
    elif spread is not None and spread.amount is not None:
        centre, source, assumed = -float(spread.amount), spread.source, True
        text = f"no estimate for {recipe.title}: the median of published estimates for base metals stands in"
    else:
        found.lack("The atlas has no elasticity of demand to fall back on.", layer)
        centre, source, assumed, text = 0.1, None, True, ""
    where = f"{layer}.{good}"
    found.note(Note(kind="assumed" if assumed else "data", parameter="demand_elasticity", where=where,
                    text=f"use to price: {centre}; {text}", size=centre, source=source))  # fmt: skip
    ends = (0.02, 0.6)
    if spread is not None and spread.low is not None and spread.high is not None:
        ends = (max(-float(spread.high), 0.02), -float(spread.low))
    prior = Prior(
        parameter="demand_elasticity", layer=layer, good=good, law="triangular", centre=centre,
        low=min(ends[0], 0.5 * centre), high=max(ends[1], 1.5 * centre), acts="value",
        text="the published quartiles for base metals, widened to hold the centre",
        source=spread.source if spread else None, assumed=spread is None,
    )  # fmt: skip
    return centre, prior


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


def _factors(spread: Elasticity | None, centre: float) -> tuple[float, float]:
    """Give 10% and 90% points of a factor from published quartiles (a normal's are 1.9 times as far)."""
    if spread is None or not spread.amount or spread.high is None:
        return 0.25, 4.0
    wide = (float(spread.high) / float(spread.amount)) ** 1.9
    return 1.0 / max(min(wide, 4.0), 1.5), max(min(wide, 4.0), 1.5)


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
