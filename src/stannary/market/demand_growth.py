"""How final use grows: the scenarios of the atlas, year by year."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from stannary.atlas.atlas import Atlas
from stannary.errors import MarketError, Place, Problem
from stannary.market.base_data import WORLD, Findings, made, require
from stannary.market.model import Note
from stannary.market.recipes import Growth, Recipe, open_recipe

__all__ = ["FLAT", "demand_growth", "growth_note", "growth_scenarios"]

FLAT = "flat"
HISTORICAL = "historical"


def demand_growth(atlas: Atlas, mineral: str, scenario: str, years: Iterable[int]) -> NDArray[np.float64]:
    """Give the factor on final use in each year, 1 in the base year.

    Between the years a scenario names use grows by a constant share; after its last year it stands still.
    Where the scenario speaks of a part of use only, the rest stays as it was. "flat" is 1 throughout, and
    so is every scenario of a mineral that has none: `growth_note` says so. Raises `MarketError`
    (STN-MARKET-001) for a scenario the atlas does not know.
    """
    recipe = open_recipe(atlas, mineral)
    wanted = np.array(list(years), dtype=np.float64)
    known = growth_scenarios(atlas, mineral)
    if recipe.growth is None or scenario == FLAT:
        return np.ones_like(wanted)
    if scenario not in known:
        remedy = f"It has {', '.join(known)}."
        message = f"There is no scenario {scenario!r} of the demand for {recipe.title}."
        raise MarketError([Problem("STN-MARKET-001", message, remedy, Place(path="scenario"))])
    points = _points(atlas, recipe, recipe.growth, scenario)
    start = points[recipe.base_year]
    at = np.array(sorted(points), dtype=np.float64)
    logs = np.log([points[int(year)] for year in at])
    path = np.exp(np.interp(wanted, at, logs))
    if recipe.growth.part_only:
        return 1.0 + (path - start) / max(_world(atlas, recipe), start)
    factor: NDArray[np.float64] = path / start
    return factor


def growth_scenarios(atlas: Atlas, mineral: str) -> tuple[str, ...]:
    """Name the scenarios of a mineral's use that the atlas knows; "flat" is always one."""
    recipe = open_recipe(atlas, mineral)
    if recipe.growth is None:
        return (FLAT,)
    growth = recipe.growth
    found = {
        row.scenario
        for row in atlas.consumption
        if (row.mineral, row.metric, row.economy) == (growth.mineral, growth.metric, WORLD)
        and row.scenario != HISTORICAL
        and row.source == growth.source
    }
    return (*sorted(found), FLAT)


def growth_note(atlas: Atlas, mineral: str, scenario: str) -> Note:
    """Say what a path of demand rests on, for the list of assumptions."""
    recipe = open_recipe(atlas, mineral)
    if recipe.growth is None or scenario == FLAT:
        text = f"final use of {recipe.title} is taken to stand still"
        if recipe.growth is None:
            text += ": the atlas has no scenario of it"
        return Note(kind="assumed", parameter="final_demand", where="growth", text=text)
    growth = recipe.growth
    text = f"{scenario}: {growth.metric} of {growth.mineral}"
    if growth.part_only:
        text += "; it speaks of clean energy alone, and all other use is taken to stand still"
    kind = "assumed" if growth.part_only else "data"
    return Note(kind=kind, parameter="final_demand", where="growth", text=text, source=growth.source)  # type: ignore[arg-type]


def _points(atlas: Atlas, recipe: Recipe, growth: Growth, scenario: str) -> dict[int, float]:
    points = {
        row.year: float(row.value)
        for row in atlas.consumption
        if (row.mineral, row.metric, row.economy) == (growth.mineral, growth.metric, WORLD)
        and row.source == growth.source
        and row.value is not None
        and (row.scenario == scenario or (row.scenario == HISTORICAL and row.year == recipe.base_year))
    }
    if recipe.base_year not in points:
        message = f"The atlas has no {growth.metric} of {growth.mineral} in {recipe.base_year}."
        raise MarketError([Problem("STN-MARKET-007", message, "Add it.", Place(path="growth"))])
    return points


def _world(atlas: Atlas, recipe: Recipe) -> float:
    """Give the tonnes of the first layer whose output is known."""
    found = Findings()
    for layer in recipe.layers:
        for good in layer.goods:
            each = made(atlas, recipe, layer, good, found) if good.output else None
            if each is not None and (each.tonnes or each.world):
                require(found)
                return each.world or sum(each.tonnes.values())
    return 0.0
