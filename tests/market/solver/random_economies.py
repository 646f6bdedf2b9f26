"""Random economies of every kind, small enough to solve at once."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from stannary.market.economy import Economy, Form, economy

LAYERS, REGIONS = 2, 3


def form(**kind: Any) -> Form:
    """Give a small form: two layers, three regions, or as the kind says."""
    channels = kind.pop("channels", 0)
    given = {"layers": LAYERS, "goods": 1, "regions": REGIONS, **kind}
    origins = (*range(given["regions"]), *[1] * channels)
    return Form(**{**given, "origins": origins})


def draw(kind: Form, seed: int) -> tuple[Economy, Any]:
    """Draw an economy of a form, and market prices that do not clear it."""
    random = np.random.default_rng(seed)

    def size(letters: str, low: float, high: float) -> np.ndarray:
        return random.uniform(low, high, kind.size(letters))

    inputs = size("KEER", 0.3, 1.2)
    inputs[0] = 0.0
    yields, direct = np.zeros(kind.size("KEER")), np.zeros(kind.size("KER"))
    yields[:] = np.eye(kind.goods)[None, :, :, None]
    if kind.goods > 1:
        yields[1] = 0.0
        yields[1, 0] = random.uniform(0.2, 0.8, yields[1, 0].shape)
        direct[1] = 1.0
    runs = yields.sum(axis=2) > 0
    given: dict[str, Any] = {
        "supply_scale": size("KER", 0.5, 2.0) * runs,
        "supply_elasticity": size("KER", 0.2, 0.9),
        "supply_intercept": size("KER", 0.0, 0.2) * runs * (kind.layers < 4),
        "supply_slope": size("KER", 0.0, 0.1) * runs,
        "capacity": size("KER", 1.0, 3.0),
        "conversion_cost": size("KER", 0.1, 0.5),
        "final_demand": size("KER", 0.3, 1.0),
        "demand_elasticity": size("KER", 0.2, 0.9),
        "demand_intercept": size("KER", 0.0, 0.5),
        "demand_slope": size("KER", 0.0, 0.05),
        "byproduct_tonnes": size("KER", 0.0, 0.3) * (kind.layers < 4),
        "byproduct_full_price": size("KER", 1.0, 5.0),
        "byproduct_elasticity": 0.6,
        "sigma": size("KE", 2.0, 8.0),
        "outer_sigma": size("KE", 1.2, 2.0),
        "weights": size("KEOR", 0.1, 1.0),
        "outer_weights": size("KEGR", 0.3, 1.0),
        "inside": (np.arange(len(kind.origins)) == 0) * 1.0,
        "freight": size("KEOR", 0.0, 0.2),
        "export_tax": size("KEOR", 0.0, 0.2),
        "tariff": size("KEOR", 0.0, 0.2),
        "floor": size("KER", 0.5, 6.0),
        "levied": (size("KEOR", 0.0, 1.0) > 0.5) * 1.0,
        "strike": size("KER", 0.5, 3.0),
        "support_share": size("KER", 0.0, 1.0) * kind.supports,
        "upside_share": size("KER", 0.0, 0.5) * kind.supports,
        "supported_tonnes": size("KER", 0.1, 0.6),
        "index_weights": size("KERR", 0.0, 0.5),
        "published_index": 0.3,
        "band_price": -np.sort(-size("KERN", 0.5, 6.0)),
        "band_tonnes": size("KERN", 0.1, 1.0),
        "released": size("KER", 0.0, 0.2) * (kind.bands > 0),
        "offtake": size("KER", 0.0, 0.05),
        "inputs": inputs,
        "yields": yields,
        "priced_directly": direct,
        "start_price": 2.0,
    }
    if kind.wedges:
        arcs = np.zeros(kind.size("WKEOR"))
        for place in range(len(kind.wedges)):
            arcs[place, place % kind.layers, 0, 1, 0] = 1.0
        given |= {"wedge_arcs": arcs, "wedge_tonnes": 0.05, "wedge_slope": 0.3, "wedge_rent_max": 2.0}
    market = jnp.array(np.cumsum(random.uniform(1.0, 6.0, kind.size("KER")), axis=0))
    return jax.tree.map(jnp.asarray, economy(kind, **given)), market
