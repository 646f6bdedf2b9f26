"""Spatial price equilibrium: three countries, linear curves, costs of transport.

Source: Miranda & Fackler, Applied Computational Economics and Finance (MIT Press, 2002), the spatial
equilibrium model of chapter 3, with the curves and costs printed in the demonstration DEMSLV14 of CompEcon.
In closed form country 1 sells to 2 and 2 to 3, so that prices are p, p + 3 and p + 6, and excess supplies
(3/2 p - 30) + (5/6 (p + 3) - 39/2) + (2 (p + 6) - 69) = 0 give p = 24.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stannary.market.economy import Economy, Form, economy
from stannary.market.equilibrium import Equilibrium, solve

# The fourth origin is a way round: it sells the goods of country 1 by another road.
FORM = Form(layers=1, goods=1, regions=3, origins=(0, 1, 2, 0), sourcing="homogeneous", wedges=("import",))
FREIGHT = np.array([[0, 3, 9], [3, 0, 3], [6, 3, 0], [0, 0, 0.0]])
NEAR = 1e-8


def trade(**changed: Any) -> Economy:
    """Give the three countries; the way round is closed unless `weights` opens it."""
    intercept, slope = np.array([42.0, 54.0, 51.0]), np.array([2.0, 3.0, 1.0])
    least, rise = np.array([9.0, 3.0, 18.0]), np.array([1.0, 2.0, 1.0])
    given = {
        "weights": np.array([[1.0] * 3] * 3 + [[0.0] * 3]),
        "freight": FREIGHT,
        "demand_intercept": intercept / slope,
        "demand_slope": 1.0 / slope,
        "supply_intercept": -least / rise,
        "supply_slope": 1.0 / rise,
        "start_price": 20.0,
    }
    return economy(FORM, **{**given, **changed})


@pytest.fixture(scope="module")
def solved() -> Callable[[Economy], Equilibrium]:
    compiled = jax.jit(lambda numbers: solve(FORM, numbers))

    def of(market: Economy) -> Equilibrium:
        found = compiled(market)
        assert bool(found.converged)
        return found

    return of


Solved = Callable[[Economy], Equilibrium]


def test_without_trade_each_price_is_where_its_curves_meet(solved: Solved) -> None:
    found = solved(trade(weights=np.eye(4, 3)))
    assert np.allclose(found.price, [20.0, 23.4, 34.5], rtol=NEAR)


def test_prices_differ_by_what_transport_costs_along_the_roads_in_use(solved: Solved) -> None:
    found = solved(trade())
    assert np.allclose(found.price, [24.0, 27.0, 30.0], rtol=NEAR)
    assert np.allclose(found.output, [15.0, 12.0, 12.0], rtol=NEAR)
    assert np.allclose(found.use, [9.0, 9.0, 21.0], rtol=NEAR)
    roads = np.array([[9, 6, 0], [0, 3, 9], [0, 0, 12], [0, 0, 0.0]])
    assert np.allclose(found.flows[0, 0], roads, rtol=NEAR, atol=1e-9)


def test_a_quota_on_one_road_sends_goods_by_another_and_earns_the_gap(solved: Solved) -> None:
    arcs = np.zeros((4, 3))
    arcs[0, 1] = 1.0
    found = solved(trade(wedge_arcs=arcs, wedge_tonnes=2.0))
    first = 95.5 * 3.0 / 13.0
    assert np.allclose(found.price, [first, first + 6.0, first + 9.0], rtol=NEAR)
    assert np.isclose(found.flows[0, 0, 0, 1], 2.0, rtol=NEAR)
    assert np.isclose(found.flows[0, 0, 0, 2], 1.5 * first - 32.0, rtol=NEAR)
    assert np.isclose(found.wedge_rent[0], 3.0, rtol=NEAR)


def test_a_country_that_cannot_compete_makes_nothing(solved: Solved) -> None:
    found = solved(trade(supply_intercept=-np.array([9.0, 1.5, 100.0])))
    assert float(found.output[0, 0, 2]) == pytest.approx(0.0, abs=1e-9)
    assert float(found.flows[0, 0, :2, 2].sum()) == pytest.approx(float(found.use[0, 0, 2]), rel=NEAR)


def test_a_leak_without_limit_caps_the_price_at_the_outside_price_and_its_own_cost(solved: Solved) -> None:
    levied = np.zeros((4, 3))
    levied[:2, 2] = 1.0
    floor = np.array([0.0, 0.0, 33.0])
    closed = solved(trade(levied=levied, floor=floor))
    assert np.isclose(closed.average_price[0, 0, 2], 33.0, rtol=NEAR)
    weights = np.array([[1.0] * 3] * 3 + [[0.0, 0.0, 1.0]])
    freight = FREIGHT.copy()
    freight[3, 2] = 7.5
    opened = solved(trade(levied=levied, floor=floor, weights=weights, freight=freight))
    assert np.isclose(opened.average_price[0, 0, 2], opened.price[0, 0, 0] + 7.5, rtol=NEAR)
    assert float(opened.average_price[0, 0, 2]) < 33.0
    assert float((opened.levy * opened.flows).sum()) == pytest.approx(0.0, abs=1e-9)


def test_slopes_in_the_cost_of_transport_agree_with_differences(solved: Solved) -> None:
    def last(freight: jax.Array) -> jax.Array:
        return solve(FORM, trade().but(freight=freight)).price[0, 0, 2]

    freight = jnp.asarray(trade().freight)
    slope = np.asarray(jax.jit(jax.grad(last))(freight))[0, 0]
    # a dearer road from 2 to 3 isolates 3: excess supply of 1 and 2 (7/3) against that of 3 (2)
    assert np.isclose(slope[1, 2], (7.0 / 3.0) / (13.0 / 3.0), rtol=NEAR)
    assert slope[0, 2] == pytest.approx(0.0, abs=1e-9)
