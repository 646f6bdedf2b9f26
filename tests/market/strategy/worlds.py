"""Small markets in which strategies can be worked out on paper."""

from __future__ import annotations

from typing import Any

import numpy as np

from stannary.market.dynamics import dynamics
from stannary.market.economy import Form, economy
from stannary.market.model import Model

ONE_WAY = Form(layers=1, goods=1, regions=2, origins=(0, 1))
THREE = Form(layers=1, goods=1, regions=3, origins=(0, 1, 2))
ZONE, SUPPLIER, REST = range(3)
STEEP = 1e4
"""Tonnes more for each dollar of margin of makers with nearly constant costs, which are ``c + q / STEEP``."""


def model(form: Form, numbers: dict[str, Any], **moves: Any) -> Model:
    """Give a market of one good: a zone, a supplier, and with three regions the rest of the world."""
    return Model(
        name="strategies",
        mineral="gallium",
        regions=("zone", "supplier", "rest")[: form.regions],
        layers=("metal",),
        goods=(("metal",),),
        zone=("zone",),
        dominant="supplier",
        base_year=2024,
        form=form,
        economy=economy(form, **numbers),
        dynamics=dynamics(form, **moves),
    )


def monopoly(*, cost: float = 2.0, floor: float = 0.0, index: float | None = None, **numbers: Any) -> Model:
    """Give users without makers, and a supplier without users, whose makers have (nearly) constant costs.

    Use is ``10 - p`` unless `numbers` say otherwise. With an `index` the levy of the floor is by reference.
    """
    weights = np.zeros((1, 1, 2, 2))
    weights[0, 0, SUPPLIER, ZONE] = 1.0
    levied = np.zeros((1, 1, 2, 2))
    levied[0, 0, SUPPLIER, ZONE] = 1.0
    given: dict[str, Any] = {
        "active": np.array([0.0, 1.0]),
        "weights": weights,
        "conversion_cost": np.array([0.0, cost]),
        "supply_slope": np.array([0.0, STEEP]),
        "demand_intercept": np.array([10.0, 0.0]),
        "demand_slope": np.array([1.0, 0.0]),
        "reference_price": cost,
        "start_price": cost * 1.001,
        "floor": np.array([floor, 0.0]),
        "levied": levied,
        "by_reference": 0.0 if index is None else 1.0,
        "index_price": index or 0.0,
    }
    return model(ONE_WAY, {**given, **numbers})


def net_trade(**numbers: Any) -> Model:
    """Give the two countries of the tariff game by their net trade.

    Home's import demand is ``80 - 40 P`` (demand 100 - 20 P, supply 20 + 20 P), the supplier's export supply
    ``40 P - 40`` (supply 40 + 20 P, demand 80 - 20 P).
    """
    given: dict[str, Any] = {
        "conversion_cost": 0.0,
        "supply_intercept": np.array([0.0, -40.0]),
        "supply_slope": np.array([0.0, 40.0]),
        "demand_intercept": np.array([80.0, 0.0]),
        "demand_slope": np.array([40.0, 0.0]),
        "priced_directly": 1.0,
        "reference_price": 1.5,
        "start_price": 1.1,
    }
    return monopoly(cost=1.0, **{**given, **numbers})


def trading(sigma: float, *, floor: float = 0.0, **numbers: Any) -> Model:
    """Give a zone, a supplier and a rest of the world whose goods are nearly the same to users.

    Zone and supplier are the two countries of `net_trade`, gross: alone, the zone's price is 2.
    """
    levied = np.zeros((1, 1, 3, 3))
    levied[0, 0, [SUPPLIER, REST], ZONE] = 1.0
    given: dict[str, Any] = {
        "sigma": sigma,
        "supply_intercept": np.array([20.0, 40.0, 10.0]),
        "supply_slope": np.array([20.0, 20.0, 5.0]),
        "demand_intercept": np.array([100.0, 80.0, 20.0]),
        "demand_slope": np.array([20.0, 20.0, 5.0]),
        "reference_price": 1.5,
        "start_price": 1.5,
        "floor": np.array([floor, 0.0, 0.0]),
        "levied": levied,
    }
    return model(THREE, {**given, **numbers})
