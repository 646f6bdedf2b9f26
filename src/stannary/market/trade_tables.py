"""Who buys from whom in the base year: a first guess from output, use and import shares, then balanced."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stannary.atlas.atlas import Atlas
from stannary.market.balancing import balance
from stannary.market.base_data import OTHER, REST, Findings
from stannary.market.grouping import Grouping
from stannary.market.model import Note
from stannary.market.recipes import Recipe
from stannary.market.stage_balance import Stages

__all__ = ["trade_tables"]

Array = NDArray[np.float64]

SPREAD = 0.05
"""The part of an economy's imports that is spread over all origins, so that none is impossible."""


def trade_tables(
    atlas: Atlas, recipe: Recipe, stages: Stages, home: float, grouping: Grouping, found: Findings
) -> Array:
    """Give tonnes bought, axes layer good origin region, with rows the outputs and columns the uses.

    First guess: the share `home` of what a region can supply to itself it buys at home, and the rest of
    all goods goes in proportion to world output and use; where an economy that stands alone publishes the
    sources of its imports, its column follows them. RAS then meets the sums.
    """
    use = stages.use
    flows = np.zeros((*stages.output.shape, stages.output.shape[-1]))
    for k, layer in enumerate(recipe.layers):
        for e, good in enumerate(layer.goods):
            made, used = stages.output[k, e], use[k, e]
            where = f"{layer.name}.{good.product}"
            if made.sum() <= 0:
                continue
            if not layer.traded:
                flows[k, e] = np.diag(made)
                continue
            first = _guess(made, used, home)
            for economy, series in good.imports.items():
                _by_source(atlas, recipe, first, made, economy, series, grouping, found, where)
            balanced = balance(first, made, used * (made.sum() / used.sum()))
            if balanced.distance > 1e-9:
                text = f"balanced by RAS: entropy distance {balanced.distance:.3g} from the first guess"
                found.note(Note(kind="adjusted", parameter="weights", where=where, text=text,
                                size=balanced.distance))  # fmt: skip
            flows[k, e] = balanced.table
    return flows


def _guess(made: Array, used: Array, home: float) -> Array:
    """Give a table with the sums asked for: own goods first, for the share `home`; else by size."""
    whole = made.sum()
    own = np.minimum(made, used)
    left, wanted = made - own, used - own
    first = np.diag(own)
    if left.sum() > 1e-12 * whole and wanted.sum() > 0:
        first = first + np.outer(left, wanted) / left.sum()
    table: Array = home * first + (1.0 - home) * np.outer(made, used) / whole
    return table


def _by_source(
    atlas: Atlas, recipe: Recipe, table: Array, made: Array, economy: str, series: str,
    grouping: Grouping, found: Findings, where: str,
) -> None:  # fmt: skip
    """Spread an economy's imports over their published sources, in place."""
    rows = [
        row
        for row in atlas.import_sources
        if row.mineral in recipe.covers and row.importer == economy and row.series == series
    ]
    if not rows:
        found.lack(f"The atlas has no sources of {economy}'s imports ({series}).", where)
        return
    if economy not in grouping.regions:
        return
    here = grouping.regions.index(economy)
    imports = table[:, here].sum() - table[here, here]
    shares = np.zeros(len(grouping.regions))
    for row in rows:
        if row.share is not None:
            name = REST if row.exporter == OTHER else grouping.region_of(row.exporter)
            shares[grouping.regions.index(name)] += float(row.share)
    lost = float(shares[made <= 0].sum())
    shares[made <= 0] = 0.0
    shares[here] = 0.0
    others = made.copy()
    others[here] = 0.0
    if imports <= 0 or shares.sum() <= 0 or others.sum() <= 0:
        return
    parts = (1.0 - SPREAD) * shares / shares.sum() + SPREAD * others / others.sum()
    own = table[here, here]
    table[:, here] = parts * imports
    table[here, here] = own
    followed = f"{economy}'s imports follow {series}, {rows[0].period}"
    text = f"{followed}; {lost:.3g} come from economies that make none"
    found.note(
        Note(kind="data", parameter="weights", where=where, text=text, size=lost, source=rows[0].source)
    )
