"""Random small economies with every kind of supply, demand, border and budget there is."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from stannary.market.accounts import accounts
from stannary.market.economy import Economy, Form, economy
from stannary.market.equilibrium import describe, solve

K, E, R, SOURCES = 3, 1, 3, 4

FORM = Form(layers=K, goods=E, regions=R, origins=(0, 1, 2, 1), bands=1, supports=True)
"""Three layers, three regions, and a channel by which the second region's goods reach the first."""

SOLVE = jax.jit(solve, static_argnums=0)
DESCRIBE = jax.jit(describe, static_argnums=0)
ACCOUNT = jax.jit(accounts, static_argnums=0)


def some_economy(seed: int, **changes: Any) -> Economy:
    """Give a random economy: half the processes limited, mixed curves, floors, support, stock, offtake."""
    dice = np.random.default_rng(seed)
    inputs = np.zeros((K, E, E, R))
    inputs[1:] = dice.uniform(1.0, 1.3, (K - 1, E, E, R))
    weights = dice.uniform(0.5, 2.0, (K, E, SOURCES, R))
    weights[:, :, 3] = [0.05, 0.0, 0.0]
    levied = np.zeros((K, E, SOURCES, R))
    levied[:, :, 1:3, 0], levied[:, :, 3, 0] = 1.0, 0.2
    final = np.stack([dice.uniform(0.1, 0.3, (E, R))] * (K - 1) + [dice.uniform(2.0, 6.0, (E, R))])
    given: dict[str, Any] = {
        "conversion_cost": dice.uniform(0.5, 2.0, (K, E, R)),
        "inputs": inputs,
        "supply_scale": dice.uniform(0.5, 2.0, (K, E, R)),
        "supply_elasticity": dice.uniform(0.3, 1.2, (K, E, R)),
        "supply_slope": dice.choice([0.0, 0.2], (K, E, R)),
        "supply_intercept": dice.choice([-0.3, 0.0, 0.1], (K, E, R)),
        "capacity": np.where(dice.uniform(size=(K, E, R)) < 0.5, 3.0, 1e30),
        "byproduct_tonnes": dice.uniform(0.0, 0.4, (K, E, R)),
        "byproduct_full_price": 8.0,
        "byproduct_elasticity": 0.5,
        "final_demand": final,
        "demand_elasticity": dice.uniform(0.3, 1.5, (K, E, R)),
        "reference_price": np.array([4.0, 8.0, 12.0])[:, None, None],
        "demand_intercept": 0.3,
        "demand_slope": 0.005,
        "weights": weights,
        "sigma": 4.0,
        "freight": dice.uniform(0.0, 0.5, (K, E, SOURCES, R)),
        "export_tax": dice.uniform(0.0, 0.1, (K, E, SOURCES, R)),
        "tariff": dice.uniform(0.0, 0.1, (K, E, SOURCES, R)),
        "floor": np.array([5.0, 9.0, 14.0])[:, None, None],
        "levied": levied,
        "strike": 8.0,
        "support_share": np.array([1.0, 0.0, 0.0]),
        "upside_share": np.array([0.3, 0.0, 0.0]),
        "supported_tonnes": 1.0,
        "index_weights": np.eye(R)[None, None],
        "band_price": np.array([6.0, 0.0, 0.0])[:, None],
        "band_tonnes": 0.2,
        "released": np.array([0.1, 0.0, 0.0]),
        "offtake": 0.02,
        "start_price": np.array([4.0, 8.0, 12.0])[:, None, None],
    }
    return economy(FORM, **(given | changes))
