"""Twenty-five years of the world of problem A: what grows, what is built, what is drawn.

Demand grows by 3% a year and is shaken by 8%, in every layer and region; from the third year the zone's
floors hold, a tenth above the base year's prices. Capacity is ordered where it pays, mines with eight years
of lead, plants with four. What is drawn of each path is what each scenario of problem A has of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import market_problem
from stannary.market.dynamics import dynamics
from stannary.market.model import Model

YEARS, SLOTS = 25, 8


@dataclass(frozen=True)
class Years:
    """A schedule: how many years from when, and what changes in them."""

    overrides: Mapping[str, Any]
    periods: int = YEARS
    start_year: int = 2026
    reactions: tuple[()] = ()


def model() -> Model:
    """Make the world of problem A with names and with people who build."""
    base = market_problem.draw(1, moved=0.0)
    form = market_problem.form()
    market, _ = market_problem.economies(base)
    floor = np.zeros((market_problem.LAYERS, 1, market_problem.REGIONS))
    floor[:, 0, list(market_problem.MEMBERS)] = 1.1 * base.price.mean(axis=1)[:, None]
    names = tuple(f"region {number}" for number in range(market_problem.REGIONS))
    stages = tuple(f"layer {number}" for number in range(market_problem.LAYERS))
    lead = np.where(np.arange(market_problem.LAYERS) == 0, 8.0, 4.0)
    return Model(
        name="problem A",
        mineral="drawn",
        regions=names,
        layers=stages,
        goods=tuple((f"good of {stage}",) for stage in stages),
        members={name: (name,) for name in names},
        zone=tuple(names[number] for number in market_problem.MEMBERS),
        dominant=names[market_problem.DOMINANT],
        base_year=2025,
        form=form,
        economy=market.but(floor=floor),
        dynamics=dynamics(form, capex=2 * base.price[:, None], lead_periods=lead[:, None, None]),
    )


def years(world: Model) -> Years:
    """Make the schedule: growth, shocks, and floors from the third year."""
    shape = (YEARS, market_problem.LAYERS, 1, market_problem.REGIONS)
    shocks = np.random.default_rng(25).normal(0.0, 0.08, shape)
    growth = 1.03 ** np.arange(YEARS)[:, None, None, None]
    in_force = (np.arange(YEARS) >= 2)[:, None, None, None]
    return Years(
        {
            "final_demand": np.asarray(world.economy.final_demand) * growth * np.exp(shocks),
            "floor": np.asarray(world.economy.floor) * in_force,
        }
    )


def draws(paths: int) -> dict[str, np.ndarray]:
    """Draw what each path has of its own; the floors are the law's."""
    _, drawn = market_problem.economies(market_problem.draw(paths, seed=25, moved=0.5))
    return {name: values for name, values in drawn.items() if name != "floor"}
