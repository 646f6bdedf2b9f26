"""General tariffs of the base year, where the atlas publishes them: those of the United States."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from stannary.atlas.atlas import Atlas
from stannary.market.base_data import Findings
from stannary.market.grouping import Grouping
from stannary.market.model import Note
from stannary.market.recipes import Defaults, Recipe

__all__ = ["base_tariffs"]

PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")


def base_tariffs(
    atlas: Atlas, recipe: Recipe, defaults: Defaults, grouping: Grouping, goods: int, found: Findings
) -> NDArray[np.float64]:
    """Give ad valorem tariffs, axes layer good origin region: the general rate, none for free-trade partners.

    A good with several codes pays the lowest of their rates; one whose rate is by weight, or that has no
    code, pays none here, and a rate by weight is noted. Regions of several economies pay the general rate.
    """
    regions = len(grouping.regions)
    tariff = np.zeros((len(recipe.layers), goods, regions, regions))
    economy = defaults.free_trade.economy
    if economy not in grouping.regions:
        return tariff
    here = grouping.regions.index(economy)
    paying = [
        r for r, name in enumerate(grouping.regions) if name not in (economy, *defaults.free_trade.partners)
    ]
    for k, layer in enumerate(recipe.layers):
        for e, good in enumerate(layer.goods):
            rates = [
                (_rate(row.us_mfn_duty), row) for row in atlas.tariff_codes if row.product == good.product
            ]
            where = f"{layer.name}.{good.product}"
            known = sorted((rate, row.source) for rate, row in rates if rate is not None)
            if rates and not known:
                text = f"{economy}'s duty is {rates[0][1].us_mfn_duty}, not a share of the value: left out"
                found.note(
                    Note(
                        kind="assumed", parameter="tariff", where=where, text=text, source=rates[0][1].source
                    )
                )
            if known and known[0][0] > 0:
                tariff[k, e, paying, here] = known[0][0]
                text = f"{economy}'s general rate; free for partners: {defaults.free_trade.assumed}"
                found.note(Note(kind="assumed", parameter="tariff", where=where, text=text, size=known[0][0],
                                source=known[0][1]))  # fmt: skip
    return tariff


def _rate(text: str) -> float | None:
    """Read a rate as the tariff writes it: `Free` or a percentage; `None` for one by weight."""
    if text.strip().lower() == "free":
        return 0.0
    match = PERCENT.fullmatch(text.strip())
    return float(match.group(1)) / 100.0 if match else None
