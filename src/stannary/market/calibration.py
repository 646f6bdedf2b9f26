"""From an atlas to a market: one mineral's base year, balanced, priced, and turned into a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter
from stannary.market.base_data import Findings, Made, figure_note, made, require, series
from stannary.market.base_dynamics import base_dynamics, dynamics_priors
from stannary.market.base_prices import base_prices
from stannary.market.base_tariffs import base_tariffs
from stannary.market.calibrated_form import calibrated, layer_kind
from stannary.market.economy import NO_LIMIT
from stannary.market.grouping import Grouping, Regions, group
from stannary.market.model import Model, Note, Prior
from stannary.market.priors import responses
from stannary.market.recipes import Byproduct, Defaults, Layer, Recipe, open_defaults, open_recipe, recipes
from stannary.market.stage_balance import Stages, balance_stages, labels
from stannary.market.trade_tables import trade_tables

__all__ = ["assumptions", "calibrate", "minerals"]

Array = NDArray[np.float64]

LEAST_SPARE = 1.001
"""Capacity over output where the published capacity of a later year is below the output of the base year."""


def calibrate(
    charter: Charter,
    atlas: Atlas,
    mineral: str,
    *,
    on: date | None = None,
    regions: Regions = "economies",
    quarterly: bool = False,
) -> Model:
    """Build the model of a mineral's base year; its solution is the base year itself.

    `on` is the day whose parties make up the zone (the charter's first day when not given). `regions`:
    "economies" lets the economies that matter stand alone, "bloc" knows the zone, the dominant supplier
    and the rest. `quarterly` counts tonnes a quarter. Raises `MarketError`: STN-MARKET-001 for a mineral
    without a recipe, STN-MARKET-008 for a faulty recipe, STN-MARKET-007 listing every fact that is missing.
    """
    recipe, defaults = open_recipe(atlas, mineral), open_defaults(atlas)
    found = Findings()
    by_good, joint = _everyone_made(atlas, recipe, found)
    require(found)
    day = on or charter.citation.in_force_from
    parties = charter.membership.members("parties", day)
    grouping = group(recipe, atlas, [*by_good.values(), *joint.values()], parties, regions)
    stages = balance_stages(atlas, recipe, defaults, grouping, by_good, joint, found)
    require(found)
    price = base_prices(atlas, recipe, defaults, stages, found)
    found.note(figure_note("weights", "all layers", "bought at home first", defaults.home))
    flows = trade_tables(atlas, recipe, stages, defaults.home.number, grouping, found)
    answered = responses(atlas, recipe, defaults, stages, price, found)
    limits = _limits(atlas, recipe, defaults, stages, grouping, found)
    require(found)
    periods = 4 if quarterly else 1
    stages, flows, limits = _a_period(stages, flows, limits, periods)
    tariff = base_tariffs(atlas, recipe, defaults, grouping, stages.output.shape[1], found)
    form, numbers, margin = calibrated(
        recipe, defaults, grouping, stages, flows, price, tariff, dict(answered.arrays), limits, found
    )
    moves = base_dynamics(atlas, recipe, defaults, grouping, form, numbers, margin, periods, found)
    require(found)
    return Model(
        name=f"{recipe.title}, {recipe.base_year}",
        mineral=recipe.mineral,
        regions=grouping.regions,
        layers=tuple(layer.name for layer in recipe.layers),
        goods=labels(recipe),
        members=grouping.members,
        zone=grouping.zone,
        dominant=grouping.dominant,
        base_year=recipe.base_year,
        price_year=recipe.price_year,
        periods_a_year=periods,
        form=form,
        economy=numbers,
        dynamics=moves,
        priors=(*answered.priors, *dynamics_priors()),
        notes=tuple(found.notes),
    )


def minerals(atlas: Atlas) -> tuple[str, ...]:
    """Name the minerals a market can be built of: those with a recipe beside the atlas."""
    return recipes(atlas)


def assumptions(model: Model) -> tuple[Note | Prior, ...]:
    """List what a model rests on that no source says: assumed and adjusted parameters, assumed spreads."""
    noted = [note for note in model.notes if note.kind in ("assumed", "adjusted")]
    return (*noted, *(prior for prior in model.priors if prior.assumed))


def _everyone_made(
    atlas: Atlas, recipe: Recipe, found: Findings
) -> tuple[dict[tuple[int, int], Made], dict[int, Made]]:
    """Read who makes the goods of every layer that is not derived from the next one."""
    by_good: dict[tuple[int, int], Made] = {}
    joint: dict[int, Made] = {}
    for k, layer in enumerate(recipe.layers):
        if layer.joint:
            total = made(atlas, recipe, layer, None, found)
            if total is not None:
                joint[k] = total
            continue
        for e, good in enumerate(layer.goods):
            if not layer.traded:
                continue
            each = made(atlas, recipe, layer, good, found)
            if each is None:
                found.lack(f"Nothing says who makes {layer.name}.{good.product}.", layer.name)
            else:
                by_good[k, e] = each
    return by_good, joint


def _limits(
    atlas: Atlas, recipe: Recipe, defaults: Defaults, stages: Stages, grouping: Grouping, found: Findings
) -> dict[str, Array]:
    """Give capacity (layer process region) and what hosts allow of by-products (layer good region)."""
    capacity = np.full(stages.output.shape, NO_LIMIT)
    tonnes, elasticity = np.zeros_like(stages.output), np.ones_like(stages.output)
    for k, layer in enumerate(recipe.layers):
        if layer.byproduct:
            tonnes[k, 0] = _host_limit(
                atlas, recipe, layer, layer.byproduct, stages.output[k, 0], grouping, found
            )
            elasticity[k] = layer.byproduct.elasticity.number
            found.note(
                figure_note(
                    "byproduct_elasticity", layer.name, "recovery to price", layer.byproduct.elasticity
                )
            )
            continue
        use = layer.utilisation or getattr(defaults, f"{layer_kind(recipe, k)}_utilisation")
        found.note(figure_note("capacity", layer.name, "share of capacity in use", use))
        capacity[k] = stages.throughput[k] / use.number
        if layer.capacity:
            known = _by_region(series(atlas, recipe, layer.capacity, found, layer.name, "capacity"), grouping)
            capacity[k, 0] = np.where(
                known > 0, np.maximum(known, LEAST_SPARE * stages.throughput[k, 0]), capacity[k, 0]
            )
    return {"capacity": capacity, "byproduct_tonnes": tonnes, "byproduct_elasticity": elasticity}


def _host_limit(
    atlas: Atlas,
    recipe: Recipe,
    layer: Layer,
    spec: Byproduct,
    output: Array,
    grouping: Grouping,
    found: Findings,
) -> Array:
    """Give the most a by-product can reach in each region: by its host, its capacity, or a multiple."""
    host = np.zeros_like(output)
    for facts in (spec.host, spec.capacity):
        if facts:
            host = np.maximum(
                host,
                _by_region(series(atlas, recipe, facts, found, layer.name, "byproduct_tonnes"), grouping),
            )
    found.note(
        figure_note(
            "byproduct_tonnes", layer.name, "limit where no host is known, times output", spec.multiple
        )
    )
    short = (output > 0) & (host < 1.05 * output)
    for r in np.flatnonzero(short & (host > 0)):
        name = grouping.regions[r]
        text = f"{name} makes more than its known host holds (imported feed): a multiple of output stands in"
        found.note(Note(kind="adjusted", parameter="byproduct_tonnes", where=layer.name, text=text,
                        size=float(output[r] / host[r])))  # fmt: skip
    limit: Array = np.where(short, spec.multiple.number * output, host)
    return np.where(output > 0, limit, 0.0)


def _by_region(tonnes: Mapping[str, float], grouping: Grouping) -> Array:
    out = np.zeros(len(grouping.regions))
    for economy, amount in tonnes.items():
        out[grouping.regions.index(grouping.region_of(economy))] += amount
    return out


def _a_period(
    stages: Stages, flows: Array, limits: dict[str, Array], periods: int
) -> tuple[Stages, Array, dict[str, Array]]:
    """Turn tonnes a year into tonnes a period."""
    if periods == 1:
        return stages, flows, limits
    held = replace(
        stages,
        output=stages.output / periods,
        released=stages.released / periods,
        throughput=stages.throughput / periods,
        final=stages.final / periods,
    )
    capacity = np.where(limits["capacity"] < NO_LIMIT, limits["capacity"] / periods, limits["capacity"])
    shorter = {**limits, "capacity": capacity, "byproduct_tonnes": limits["byproduct_tonnes"] / periods}
    return held, flows / periods, shorter
