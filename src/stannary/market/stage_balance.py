"""Tonnes that add up: at every layer the world's output is what the next layer takes and users use.

What does not fit is adjusted in a fixed order, and every adjustment is noted with its size: final use
first; where a good has none, the tonnes the next layer takes (stocks, scrap and recoveries differ from the
recipe's); then trade, in `trade_tables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stannary.atlas.atlas import Atlas
from stannary.market.base_data import REST, Findings, Made, figure_note, figures_of, share_of
from stannary.market.baskets import basket_yields
from stannary.market.grouping import Grouping
from stannary.market.model import Note
from stannary.market.recipes import Defaults, Good, Layer, Recipe

__all__ = ["Stages", "balance_stages", "labels"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Stages:
    """A balanced base year, tonnes: axes as in `economy.py` (layer, process or good, region).

    `output` holds `released`, what is made of scrap.
    """

    output: Array
    released: Array
    throughput: Array
    yields: Array
    inputs: Array
    final: Array

    @property
    def use(self) -> Array:
        """Give use in each region: final, and what the next layer takes."""
        taken = np.einsum("kjir,kjr->kir", self.inputs[1:], self.throughput[1:])
        used: Array = self.final + np.concatenate([taken, np.zeros_like(self.final[:1])])
        return used


def labels(recipe: Recipe) -> tuple[tuple[str, ...], ...]:
    """Give the product ids of every layer, padded with "" to the same number."""
    most = max(len(layer.goods) for layer in recipe.layers)
    rows = [[good.product for good in layer.goods] for layer in recipe.layers]
    return tuple(tuple(row + [""] * (most - len(row))) for row in rows)


def balance_stages(
    atlas: Atlas,
    recipe: Recipe,
    defaults: Defaults,
    grouping: Grouping,
    made: Mapping[tuple[int, int], Made],
    joint: Mapping[int, Made],
    found: Findings,
) -> Stages:
    """Bring the tonnes of a base year into balance. `made` is by layer and good, `joint` by layer.

    Layers are taken from the mine down; one that is not traded makes what its own region's next layer
    takes. What is missing or cannot be balanced is left in `found`.
    """
    layers, goods, regions = len(recipe.layers), len(labels(recipe)[0]), len(grouping.regions)
    output = np.zeros((layers, goods, regions))
    throughput = np.zeros((layers, goods, regions))
    yields = np.zeros((layers, goods, goods, regions)) + np.eye(goods)[None, :, :, None]
    inputs = np.zeros((layers, goods, goods, regions))
    final = np.zeros((layers, goods, regions))
    released = np.zeros((layers, goods, regions))
    for k, layer in enumerate(recipe.layers):
        inputs[k] = _coefficients(recipe, k, goods, found)[:, :, None]
        if layer.joint:
            q = _spread(joint[k], joint[k].world, grouping, found, f"{layer.name}.total")
            y = basket_yields(atlas, layer, grouping, found)
            yields[k] = 0.0
            yields[k, 0] = y
            throughput[k, 0] = np.where(q > 0, q / np.maximum(y.sum(0), 1e-300), 0.0)
            output[k] = y * throughput[k, 0]
        elif layer.traded:
            for e, good in enumerate(layer.goods):
                world = made[k, e].world
                if world is None and made[k, e].shares:
                    world = _left(recipe, k, e, inputs, output)
                output[k, e] = _spread(made[k, e], world, grouping, found, f"{layer.name}.{good.product}")
            throughput[k] = output[k]
        if k and not recipe.layers[k - 1].traded:
            taken = np.einsum("jir,jr->ir", inputs[k], throughput[k])
            output[k - 1] = throughput[k - 1] = taken
    for k, layer in enumerate(recipe.layers):
        for e, good in enumerate(layer.goods):
            world = _close(recipe, k, e, output, throughput, released, inputs, found)
            final[k, e] = _by_users(atlas, recipe, layer, good, world, grouping, found)
    return Stages(output, released, throughput, yields, inputs, final)


def _coefficients(recipe: Recipe, k: int, goods: int, found: Findings) -> Array:
    """Give the tonnes of each good of the layer before that a tonne of each process takes."""
    table = np.zeros((goods, goods))
    layer = recipe.layers[k]
    before = [good.product for good in recipe.layers[k - 1].goods] if k else []
    for j, good in enumerate(layer.goods):
        if layer.joint and j:
            continue
        for each in good.inputs:
            where = f"{layer.name}.{good.product}"
            if each.good not in before:
                found.lack(f"{where} is made of {each.good}, which the layer before does not make.", where)
                continue
            table[j, before.index(each.good)] = each.tonnes.number
            found.note(figure_note("inputs", where, f"t of {each.good} per t", each.tonnes))
        if k and not good.inputs:
            found.lack(f"Nothing says what {layer.name}.{good.product} is made of.", layer.name)
    return table


def _left(recipe: Recipe, k: int, e: int, inputs: Array, output: Array) -> float | None:
    """Give the world output for which its main input suffices, after that input's own final use."""
    if not k or not inputs[k, e].any():
        return None
    main = int(np.argmax(inputs[k, e, :, 0]))
    share = recipe.layers[k - 1].goods[main].final_share
    left = float(output[k - 1, main].sum()) * (1.0 - (share.number if share else 0.0))
    return left / float(inputs[k, e, main, 0])


def _spread(made: Made, world: float | None, grouping: Grouping, found: Findings, where: str) -> Array:
    """Give tonnes by region from tonnes by economy, or from shares of a world total."""
    out = np.zeros(len(grouping.regions))
    place = {region: i for i, region in enumerate(grouping.regions)}
    for economy, tonnes in made.tonnes.items():
        out[place[grouping.region_of(economy)]] += tonnes
    if made.shares and world is not None:
        left = 1.0 - sum(made.shares.values())
        whole = max(world - out.sum(), 0.0)
        for name, share in made.shares.items():
            out[place[grouping.region_of(name)]] += share * whole
        if REST not in made.shares and left > 1e-12:
            out[place[REST]] += left * whole
            text = f"the remaining {left:.4g} of the world is counted to the rest"
            found.note(Note(kind="assumed", parameter="output", where=where, text=text, size=left))
    elif made.shares:
        found.lack(f"Nothing says of how many tonnes the shares of {where} are.", where)
    return out


def _close(
    recipe: Recipe, k: int, e: int, output: Array, throughput: Array, released: Array, inputs: Array,
    found: Findings,
) -> float:  # fmt: skip
    """Give the world's final use of a good, adjusting what the next layer takes where it has none."""
    layer, good = recipe.layers[k], recipe.layers[k].goods[e]
    where, whole = f"{layer.name}.{good.product}", float(output[k, e].sum())
    if k + 1 == len(recipe.layers):
        return whole
    taken = float(np.einsum("jr,jr->", inputs[k + 1, :, e], throughput[k + 1]))
    stated = good.final_share.number * whole if good.final_share else None
    if good.uses and taken <= whole:
        final = whole - taken
        if stated and abs(final / stated - 1) > 1e-9:
            text = f"final use moved from {stated:,.6g} t to {final:,.6g} t, what the next layer leaves"
            found.note(Note(kind="adjusted", parameter="final_demand", where=where, text=text,
                            size=final / stated - 1))  # fmt: skip
        return final
    if not layer.traded or not taken:
        return whole - taken
    scale = (whole - (stated or 0.0)) / taken
    if abs(scale - 1) > 1e-9:
        _adjust(recipe, k, e, scale, output, throughput, released, inputs, found)
    return stated or 0.0


def _adjust(
    recipe: Recipe, k: int, e: int, scale: float, output: Array, throughput: Array, released: Array,
    inputs: Array, found: Findings,
) -> None:  # fmt: skip
    """Make the next layer take `scale` times as much of a good, in place: the rest is scrap, or recovery."""
    following = recipe.layers[k + 1]
    name, where = recipe.layers[k].goods[e].product, f"{following.name}"
    takers = [j for j in range(len(following.goods)) if inputs[k + 1, j, e].any()]
    if scale < 1 and takers and all(following.goods[j].secondary for j in takers):
        made = range(len(following.goods)) if following.joint else takers
        for j in takers:
            throughput[k + 1, j] *= scale
        for g in made:
            released[k + 1, g] = (1.0 - scale) * output[k + 1, g]
        text = f"{1 - scale:.4f} of output is more than the {name} of the year holds: made of scrap"
        found.note(Note(kind="adjusted", parameter="released", where=where, text=text, size=1 - scale))
        return
    text = (
        f"takes {scale:.4f} times the recipe's tonnes of {name}, so that the world's output of it is used "
        "up: stock changes, scrap and other recoveries"
    )
    found.note(Note(kind="adjusted", parameter="inputs", where=where, text=text, size=scale - 1))
    inputs[k + 1, :, e] *= scale


def _by_users(
    atlas: Atlas, recipe: Recipe, layer: Layer, good: Good, world: float, grouping: Grouping, found: Findings
) -> Array:
    """Split the world's final use of a good among regions."""
    out = np.zeros(len(grouping.regions))
    where = f"{layer.name}.{good.product}"
    if world <= 0:
        return out
    if not good.uses:
        found.lack(f"Nothing says who uses {where}.", where)
        return out
    place = {region: i for i, region in enumerate(grouping.regions)}
    known = figures_of(atlas, recipe, good.used, found, where)
    for economy, tonnes in known.items():
        fitting = min(tonnes, 0.9 * world)
        if fitting < tonnes:
            text = f"{economy} uses {tonnes:,.6g} t of a world's {world:,.6g} t: held to nine tenths"
            found.note(Note(kind="adjusted", parameter="final_demand", where=where, text=text,
                            size=fitting / tonnes - 1))  # fmt: skip
        out[place[grouping.region_of(economy)]] += fitting
    left = max(world - out.sum(), 0.0)
    given = 0.0
    for share in good.uses:
        part = share_of(atlas, recipe, share, found, "final_demand", where)
        out[place[grouping.region_of(share.of)]] += part * left
        given += part
    if given > 1 + 1e-9:
        found.lack(f"The shares of the users of {where} add up to {given:.4f}.", where)
    out[place[REST]] += max(1.0 - given, 0.0) * left
    scaled: Array = out * (world / out.sum())
    return scaled
