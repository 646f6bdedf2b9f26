"""Small markets whose movements can be followed on paper, and random ones of two layers and three regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stannary.market.dynamics import dynamics
from stannary.market.economy import Form, economy
from stannary.market.model import Model
from stannary.market.reactions import Reaction

ALONE = Form(layers=1, goods=1, regions=1, origins=(0,))
CHAIN = Form(layers=2, goods=1, regions=3, origins=(0, 1, 2))
ZONE, SUPPLIER, REST = range(3)


@dataclass(frozen=True)
class Periods:
    """A plan for a path: how many periods, what changes, who reacts."""

    periods: int
    overrides: Mapping[str, Any] = field(default_factory=dict)
    reactions: tuple[Reaction, ...] = ()
    start_year: int = 2025


def model(form: Form, numbers: Mapping[str, Any], moves: Mapping[str, Any], **named: Any) -> Model:
    """Give a model with these numbers and movements."""
    regions = ("zone", "supplier", "rest")[: form.regions]
    return Model(
        name="small",
        mineral="gallium",
        regions=regions,
        layers=("mine", "metal")[: form.layers],
        goods=(("ore",), ("metal",))[: form.layers],
        zone=regions[:1],
        base_year=2024,
        form=form,
        economy=economy(form, **numbers),
        dynamics=dynamics(form, **moves),
        **named,
    )


def straight(b: float, d: float, **moves: Any) -> Model:
    """Give a market of demand ``10 - d p`` and supply ``1 + b p`` that begins at a price of 5."""
    numbers = {
        "demand_intercept": 10.0,
        "demand_slope": d,
        "supply_intercept": 1.0,
        "supply_slope": b,
        "start_price": 5.0,
    }
    return model(ALONE, numbers, moves)


def curved(*, tonnes: float = 100.0, price: float = 100.0, numbers: Any = (), **moves: Any) -> Model:
    """Give one region at rest: supply ``tonnes (w / 60)^0.5`` over costs of 40, demand elasticity 0.3."""
    told = {
        "conversion_cost": 0.4 * price,
        "supply_scale": tonnes / (0.6 * price) ** 0.5,
        "supply_elasticity": 0.5,
        "capacity": 1.25 * tonnes,
        "final_demand": tonnes,
        "demand_elasticity": 0.3,
        "reference_price": price,
        "start_price": price,
        **dict(numbers),
    }
    return model(ALONE, told, moves)


def chain(seed: int, *, form: Form = CHAIN, numbers: Any = (), **moves: Any) -> Model:
    """Give a random chain of mine and metal in a zone with floors, a supplier and the rest of the world."""
    random = np.random.default_rng(seed)
    price = np.array([100.0, 300.0])[:, None, None] * random.uniform(0.9, 1.1, (2, 1, 3))
    made = np.array([120.0, 100.0])[:, None, None] * random.uniform(0.5, 1.5, (2, 1, 3))
    inputs = np.zeros((2, 1, 1, 3))
    inputs[1] = 1.1
    bought = np.stack([np.zeros((1, 3)), 1.1 * price[0]])
    conversion = 0.6 * (price - bought)
    margin = price - bought - conversion
    floor = np.zeros((2, 1, 3))
    floor[..., ZONE] = price.max(-1) * random.uniform(0.9, 1.4, (2, 1))
    levied = np.zeros((2, 1, 3, 3))
    levied[..., [SUPPLIER, REST], ZONE] = 1.0
    wanted = np.zeros((2, 1, 3))
    wanted[1] = made[1].sum() * random.dirichlet([4.0, 4.0, 4.0])
    told = {
        "conversion_cost": conversion,
        "inputs": inputs,
        "supply_scale": made / margin**0.7,
        "supply_elasticity": 0.7,
        "capacity": made * random.uniform(1.05, 1.5, (2, 1, 3)),
        "final_demand": wanted,
        "demand_elasticity": random.uniform(0.2, 0.8, (2, 1, 3)),
        "reference_price": price,
        "weights": random.uniform(0.2, 1.0, (2, 1, 3, 3)) + 2.0 * np.eye(3),
        "sigma": 4.0,
        "freight": 0.04 * price[..., None],
        "tariff": random.uniform(0.0, 0.1, (2, 1, 3, 3)) * (1.0 - np.eye(3)),
        "floor": floor,
        "levied": levied,
        "start_price": price,
        **dict(numbers),
    }
    return model(form, told, moves)


def busy(seed: int) -> dict[str, Any]:
    """Give random movements in which everything happens: building, closing, both kinds of stock."""
    random = np.random.default_rng(seed)
    zone = np.zeros((2, 1, 3))
    zone[..., ZONE] = 1.0
    price = np.array([100.0, 300.0])[:, None, None]
    return {
        "capex": price * random.uniform(1.0, 3.0, (2, 1, 3)),
        "lead_periods": random.uniform(1.0, 4.0, (2, 1, 3)),
        "investment_rate": 0.2,
        "cancel_threshold": 0.2,
        "mothball_threshold": 0.15,
        "restart_cost": 20.0,
        "maintenance": 0.5,
        "losses": random.uniform(0.0, 0.02, (2, 1, 3)),
        "projects": random.uniform(0.0, 3.0, (2, 1, 3)),
        "storage_tonnes": 10.0,
        "storage_cost": 1.0,
        "storage_interest": 0.05,
        "stock_floor": zone * price * random.uniform(0.9, 1.3),
        "stock_ceiling": price * random.uniform(1.3, 1.6),
        "stock_tonnes_max": 15.0 * zone,
        "stock_opening": 5.0 * zone,
        "stock_storage_cost": 2.0,
        "stock_interest": 0.03,
        "stock_cash": 3000.0 * zone[0, 0],
        "offtake_price": 1.2 * price,
        "offtake_stocked": 0.5,
        "demand_adjustment": 0.6,
        "learning": 0.1,
        "experience": 1000.0,
    }


def shocks(seed: int, periods: int, wanted: np.ndarray) -> dict[str, np.ndarray]:
    """Give final demand that goes up and down, and an offtake in the zone."""
    random = np.random.default_rng(seed)
    size = np.exp(0.25 * random.standard_normal((periods, 2, 1, 3)))
    offtake = np.zeros((periods, 2, 1, 3))
    offtake[2:, 1, :, ZONE] = 3.0
    return {"final_demand": size * wanted, "offtake": offtake}
