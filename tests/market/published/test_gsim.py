"""GSIM: four regions, the United States and the European Union abolish tariffs between them.

Source: Francois & Hall, Global Simulation Analysis of Industry-Level Trade Policy (version 3.0, 2003), and
the spreadsheet GSIM4x4.XLS on the model page of J. Francois. World price changes are published to four
decimals; the longer figures follow from the same linear system.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stannary.market.economy import Economy, Form, economy
from stannary.market.equilibrium import solve
from stannary.market.first_order import FirstOrder, first_order, producers_triangle, users_triangle

FORM = Form(layers=1, goods=1, regions=4, origins=(0, 1, 2, 3), sourcing="ces")
TRADE = np.array([[0, 50, 200, 300], [500, 0, 150, 200], [300, 100, 200, 200], [50, 100, 110, 20.0]])
BEFORE = np.array(
    [[1.0, 1.21, 1.41, 1.22], [1.37, 1.0, 1.31, 1.23], [1.32, 1.36, 1.0, 1.18], [1.57, 1.41, 1.25, 1.15]]
)
AFTER = BEFORE.copy()
AFTER[0, 2] = AFTER[2, 0] = 1.0
DEMAND, SUPPLY, SIGMA = 1.25, 1.5, 5.0

PUBLISHED = [0.0792, -0.0316, 0.048, -0.0184]
PRICES = [0.07918131342789829, -0.031620942079123186, 0.04804929662302419, -0.018371709850974333]
QUANTITIES = [
    [np.nan, -0.29885364809358306, 0.7877706332945921, -0.2576228689207438],
    [-0.16555312623046195, np.nan, -0.11211879839015847, 0.2963884086143635],
    [0.6482168923800132, -0.14319356406921258, -0.5104699919008954, -0.10196278489637339],
    [-0.23179928737120623, 0.18891146830078004, -0.17836495953090273, 0.23014224747361922],
]
VALUES = [
    [0.0, 37.83320204777732, 385.86573202933664, 240.347858213084],
    [404.03043875298306, 0.0, 128.97083423408918, 251.07907716670445],
    [518.2237664223178, 89.7975382519342, 102.61031613282599, 188.23745432613106],
    [37.704377601453295, 116.70691317666622, 88.7194219892426, 24.150848620552168],
]
COMPOSITE = [-0.09028696469218941, 0.0258807784122422, -0.0800165480549904, 0.03687565285833267]
REVENUE = [-138.51724242856793, 0.6219206031626978, -93.83918589012168, -2.8699143729930765]
CONSUMERS = [110.59519673825899, -8.876051750561716, 68.55885367381683, -32.858942262681076]
PRODUCERS = [46.135965548762975, -26.240374731298026, 39.82467824199978, -5.073199616474652]
NET = [18.213919858454034, -34.49450587869704, 14.54434602569492, -40.80205625214881]


def benchmark() -> Economy:
    """Give the market whose trade at tariffs before is `TRADE`, at producers' prices of one."""
    spent = TRADE * BEFORE
    share = spent / spent.sum(0)
    return economy(
        FORM,
        weights=share * BEFORE ** (SIGMA - 1.0),
        sigma=SIGMA,
        final_demand=spent.sum(0),
        demand_elasticity=DEMAND,
        supply_scale=TRADE.sum(1),
        supply_elasticity=SUPPLY,
        tariff=BEFORE - 1.0,
    )


@pytest.fixture(scope="module")
def answer() -> FirstOrder:
    return jax.jit(lambda numbers: first_order(FORM, numbers, tariff=(AFTER - 1.0)[None, None]))(benchmark())


def changes(answer: FirstOrder) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give relative changes of world prices, of quantities, and the new values at world prices."""
    price = np.asarray(answer.relative("price"))[0, 0]
    quantity = np.asarray(answer.relative("flows"))[0, 0]
    return price, quantity, TRADE * (1.0 + np.nan_to_num(quantity)) * (1.0 + price[:, None])


def test_the_base_year_is_what_the_model_was_made_from(answer: FirstOrder) -> None:
    assert np.allclose(answer.base.flows[0, 0], TRADE, rtol=1e-10, atol=1e-10)
    assert np.allclose(answer.base.price, 1.0, rtol=1e-10)


def test_world_prices_change_as_published(answer: FirstOrder) -> None:
    price, _, _ = changes(answer)
    assert np.allclose(price, PUBLISHED, atol=5e-5)
    assert np.allclose(price, PRICES, rtol=1e-8)


def test_quantities_and_values_change_as_in_the_spreadsheet(answer: FirstOrder) -> None:
    _, quantity, value = changes(answer)
    traded = TRADE > 0
    assert np.allclose(quantity[traded], np.array(QUANTITIES)[traded], rtol=1e-8)
    assert np.allclose(value, VALUES, rtol=1e-8)


def test_welfare_by_triangles_is_that_of_the_spreadsheet(answer: FirstOrder) -> None:
    price, _, value = changes(answer)
    spent = TRADE * BEFORE
    ratio = (1.0 + price[:, None]) * AFTER / BEFORE
    composite = (spent / spent.sum(0) * (ratio - 1.0)).sum(0)
    revenue = (value * (AFTER - 1.0)).sum(0) - (TRADE * (BEFORE - 1.0)).sum(0)
    users = users_triangle(jnp.asarray(spent.sum(0)), jnp.asarray(composite), DEMAND)
    producers = producers_triangle(jnp.asarray(TRADE.sum(1)), jnp.asarray(price), SUPPLY)
    assert np.allclose(composite, COMPOSITE, rtol=1e-8)
    assert np.allclose(revenue, REVENUE, rtol=1e-8)
    assert np.allclose(users, CONSUMERS, rtol=1e-8)
    assert np.allclose(producers, PRODUCERS, rtol=1e-8)
    assert np.allclose(users + producers + revenue, NET, rtol=1e-8)


def test_the_exact_answer_nears_the_linear_one_as_the_change_becomes_small(answer: FirstOrder) -> None:
    linear, _, _ = changes(answer)
    exact = jax.jit(lambda numbers: solve(FORM, numbers).price[0, 0])
    gaps = []
    for share in (1.0, 0.1, 0.01):
        moved = benchmark().but(tariff=np.asarray((BEFORE + share * (AFTER - BEFORE) - 1.0)[None, None]))
        found = (np.asarray(exact(moved)) - 1.0) / share
        gaps.append(np.abs(found / linear - 1.0).max())
    assert gaps[0] == pytest.approx(0.65, abs=0.01)
    assert gaps[1] == pytest.approx(0.049, abs=0.001)
    assert gaps[2] < 0.11 * gaps[1]


def test_a_field_that_no_economy_has_is_refused() -> None:
    with pytest.raises(KeyError, match="tarif"):
        first_order(FORM, benchmark(), tarif=0.0)
