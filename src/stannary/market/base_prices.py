"""Prices of the base year, USD per contained tonne ex works: published, brought to one basis, or derived."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stannary.atlas.atlas import Atlas
from stannary.market.base_data import Findings, figure_note
from stannary.market.model import Note
from stannary.market.recipes import Defaults, Published, Recipe
from stannary.market.stage_balance import Stages

__all__ = ["base_prices"]

Array = NDArray[np.float64]


def base_prices(atlas: Atlas, recipe: Recipe, defaults: Defaults, stages: Stages, found: Findings) -> Array:
    """Give a world price for every layer and good (1 for goods a layer does not make).

    A published price is divided by what the priced tonne contains, by one plus the tax inside it, and by
    one plus the costs between the works and the place it is quoted for. Where none is published the price
    is a share of that of the good made of it, or its inputs and a value added. What is missing is left in
    `found`.
    """
    inputs = stages.inputs[..., 0]
    price = np.full((len(recipe.layers), inputs.shape[1]), np.nan)
    for k, layer in enumerate(recipe.layers):
        for e, good in enumerate(layer.goods):
            if good.price.published:
                where = f"{layer.name}.{good.product}"
                price[k, e] = _published(atlas, recipe, defaults, good.price.published, found, where)
    for k in (*range(len(recipe.layers)), *reversed(range(len(recipe.layers)))):
        _derive(recipe, k, price, stages, found)
    for k in range(len(recipe.layers)):
        _derive(recipe, k, price, stages, found)
    for k, layer in enumerate(recipe.layers):
        for e, good in enumerate(layer.goods):
            if not np.isfinite(price[k, e]) or price[k, e] <= 0:
                found.lack(f"Nothing gives a price of {layer.name}.{good.product}.", layer.name)
    return np.where(np.isfinite(price), price, 1.0)


def _derive(recipe: Recipe, k: int, price: Array, stages: Stages, found: Findings) -> None:
    layer, inputs = recipe.layers[k], stages.inputs[..., 0]
    for e, good in enumerate(layer.goods):
        where = f"{layer.name}.{good.product}"
        if np.isfinite(price[k, e]):
            continue
        if good.price.share_of_next and k + 1 < len(recipe.layers):
            taken = inputs[k + 1, :, e]
            j = int(np.argmax(taken))
            worth = _worth(stages, k + 1, j, price[k + 1])
            if taken[j] > 0 and np.isfinite(worth):
                price[k, e] = good.price.share_of_next.number * worth / taken[j]
                found.note(figure_note("start_price", where, "share of the price of what is made of it",
                                       good.price.share_of_next))  # fmt: skip
        elif good.price.value_added and k:
            row = inputs[k, e]
            paid = float(np.sum(np.where(row > 0, row * np.where(row > 0, price[k - 1], 0.0), 0.0)))
            if np.isfinite(paid) and paid > 0:
                price[k, e] = paid / (1.0 - good.price.value_added.number)
                found.note(figure_note("start_price", where, "value added, share of the price",
                                       good.price.value_added))  # fmt: skip


def _worth(stages: Stages, k: int, j: int, price: Array) -> float:
    """Give the worth of what a tonne of throughput brings, at the world's average yields."""
    run = stages.throughput[k, j]
    brought = np.einsum("er,r->e", stages.yields[k, j], run) / max(float(run.sum()), 1e-300)
    held = brought > 0
    return float(np.sum(brought[held] * price[held])) if held.any() else float("nan")


def _published(
    atlas: Atlas, recipe: Recipe, defaults: Defaults, wanted: Published, found: Findings, where: str
) -> float:
    year = str(wanted.year or recipe.price_year)
    rows = [
        row
        for row in atlas.prices
        if (row.product, row.series, row.market, row.date, row.kind)
        == (wanted.product, wanted.series, wanted.market, year, "annual_average")
        and row.price_usd_per_t is not None
    ]
    if not rows:
        found.lack(f"The atlas has no price of {wanted.product} ({wanted.series}) in {year}.", where)
        return float("nan")
    quoted = float(rows[0].price_usd_per_t or 0)
    costs = {
        "ex_works": None, "fob": defaults.fob_costs, "cif": defaults.cif_costs,
        "delivered": defaults.cif_costs, "exchange": defaults.exchange_costs,
    }[wanted.basis]  # fmt: skip
    price = quoted
    if wanted.contained:
        price /= wanted.contained.number
        found.note(figure_note("start_price", where, "t contained in a tonne priced", wanted.contained))
    if wanted.vat:
        price /= 1.0 + wanted.vat.number
        found.note(figure_note("start_price", where, "tax inside the price", wanted.vat))
    if costs:
        price /= 1.0 + costs.number
        found.note(figure_note("start_price", where, f"from {wanted.basis} to ex works", costs))
    quote = f"{wanted.series}, {year}: {quoted:,.2f} USD/t {wanted.basis}"
    text = f"{quote}, {price:,.2f} contained, ex works"
    found.note(
        Note(kind="data", parameter="start_price", where=where, text=text, size=price, source=rows[0].source)
    )
    return price
