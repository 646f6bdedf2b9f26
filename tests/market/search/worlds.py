"""A market so small that designs for it can be checked: a zone and one supplier, one good, three years."""

from __future__ import annotations

from typing import Any

import numpy as np

from stannary.market.bench import Bench
from stannary.market.dynamics import dynamics
from stannary.market.economy import Form, economy
from stannary.market.goals import aim, read_goal
from stannary.market.levers import Knobs, Lever
from stannary.market.model import Model, Prior
from stannary.market.schedule import Schedule
from stannary.market.trial import Trial

PERIODS = 3
FORM = Form(layers=1, goods=1, regions=2, origins=(0, 1), supports=True)
PRODUCT = "tin.metal"
FLOOR = Lever(kind="floors", product=PRODUCT, low=0.0, high=200.0)
SUPPORT = Lever(kind="support", product=PRODUCT, low=0.0, high=200.0)


def prior(parameter: str, low: float, high: float) -> Prior:
    """Give a factor between two points."""
    return Prior(
        parameter=parameter, law="lognormal", centre=1.0, low=low, high=high, acts="factor", text="unsure"
    )


PRIORS = (prior("supply_elasticity", 0.7, 1.4), prior("demand_elasticity", 0.7, 1.4))


def pair(priors: tuple[Prior, ...] = PRIORS, **numbers: Any) -> Model:
    """Give a zone that makes a third of what it uses, and a supplier that sells it the rest, at 100 USD/t."""
    told = {
        "conversion_cost": 40.0,
        "supply_scale": np.array([[[40.0, 160.0]]]) / 60.0,
        "supply_elasticity": 1.0,
        "capacity": 1e4,
        "final_demand": np.array([[[120.0, 80.0]]]),
        "demand_elasticity": 0.4,
        "reference_price": 100.0,
        "weights": np.array([[[[0.3, 0.05], [0.7, 0.95]]]]),
        "sigma": 4.0,
        "levied": np.array([[[[0.0, 0.0], [1.0, 0.0]]]]),
        "support_share": np.array([[[1.0, 0.0]]]),
        "index_weights": np.eye(2)[None, None],
        "start_price": 100.0,
        **numbers,
    }
    return Model(
        name="pair", mineral="tin", regions=("zone", "CHN"), layers=("metal",), goods=((PRODUCT,),),
        zone=("zone",), dominant="CHN", base_year=2030, form=FORM, economy=economy(FORM, **told),
        dynamics=dynamics(FORM), priors=priors,
    )  # fmt: skip


def plan(**overrides: Any) -> Schedule:
    """Give three years in which nothing happens but what is told."""
    zone = np.broadcast_to(np.array([1.0, 0.0]), (PERIODS, 2))
    return Schedule(
        scenario="quiet", periods=PERIODS, start_year=2030, periods_a_year=1,
        overrides={"zone": zone, **overrides}, growth=np.ones((PERIODS, 1, 1, 2)), zone=zone,
        labels=("2030", "2031", "2032"),
    )  # fmt: skip


def turned(*fields: str) -> Knobs:
    """Give knobs, one a field, on the zone's good in all years."""
    weights = {}
    for place, name in enumerate(fields):
        weights[name] = np.zeros((len(fields), PERIODS, 1, 1, 2))
        weights[name][place, ..., 0] = 1.0
    return Knobs(stays={name: np.zeros((PERIODS, 1, 1, 2)) for name in fields}, weights=weights)


def bench(goal: str, *, model: Model | None = None, levers: tuple[Lever, ...] = (FLOOR,)) -> Bench:
    """Give a bench for a goal on the pair, without draws."""
    world = pair() if model is None else model
    wanted, held = read_goal(goal), plan()
    names = {"floors": "floor", "support": "strike"}
    knobs = turned(*(names[each.kind] for each in levers))
    trial = Trial(world, held, knobs, aim(wanted, world, held.labels))
    return Bench(
        trials=(trial,), scenarios=("quiet",), levers_held=levers, goal=wanted, samples=(), scale=36_000.0
    )
