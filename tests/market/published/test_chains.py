"""Chains, by-products and joint products: what a floor on one stage does, and what a host limits."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from stannary.market.economy import Economy, Form, economy
from stannary.market.equilibrium import Equilibrium, solve

CHAIN = Form(layers=3, goods=1, regions=3, origins=(0, 1, 2))
ZONE = 0
PRICE = np.array([100.0, 250.0, 600.0])[:, None, None]
LEVIED = np.zeros((3, 3))
LEVIED[1:, ZONE] = 1.0
SOLVED = jax.jit(lambda numbers: solve(CHAIN, numbers))


def chain(floors: tuple[float, float, float]) -> Equilibrium:
    """Give a zone, a dominant supplier and the rest, with these floors on mine, metal and component."""
    made = np.array([[[10.0, 70.0, 20.0]], [[8.0, 72.0, 10.0]], [[12.0, 60.0, 9.0]]])
    inputs = np.zeros((3, 1, 1, 3))
    inputs[1:] = 1.1
    bought = np.concatenate([0.0 * PRICE[:1], 1.1 * PRICE[:-1]])
    margin = 0.4 * (PRICE - bought) * np.ones_like(made)
    floor = np.zeros((3, 1, 3))
    floor[:, 0, ZONE] = floors
    found = SOLVED(
        economy(
            CHAIN,
            inputs=inputs,
            conversion_cost=PRICE - bought - margin,
            supply_scale=made / margin**0.6,
            supply_elasticity=0.6,
            capacity=3.0 * made,
            final_demand=np.array([[[0.0] * 3], [[0.0] * 3], [[25.0, 40.0, 20.0]]]),
            demand_elasticity=0.4,
            reference_price=PRICE,
            weights=1.0 + 2.0 * np.eye(3),
            sigma=4.0,
            freight=0.03 * PRICE[..., None] * (1.0 - np.eye(3)),
            floor=floor,
            levied=LEVIED,
            start_price=PRICE,
        )
    )
    assert bool(found.converged)
    return found


@pytest.fixture(scope="module")
def free() -> Equilibrium:
    return chain((0.0, 0.0, 0.0))


def test_a_floor_on_one_stage_alone_feeds_that_stage_and_starves_the_next(free: Equilibrium) -> None:
    floor = 1.3 * float(free.price[1, 0, ZONE])
    found = chain((0.0, floor, 0.0))
    assert float(found.output[1, 0, ZONE]) > 1.02 * float(free.output[1, 0, ZONE])
    assert float(found.output[2, 0, ZONE]) < 0.98 * float(free.output[2, 0, ZONE])
    assert float(found.output[2, 0, 1]) > float(free.output[2, 0, 1])


def test_floors_along_the_whole_chain_keep_the_last_stage_too(free: Equilibrium) -> None:
    prices = np.asarray(free.price)[:, 0, ZONE]
    alone = chain((0.0, 1.3 * prices[1], 0.0))
    whole = chain((1.3 * prices[0], 1.3 * prices[1], 1.3 * prices[2]))
    for stage in range(3):
        assert float(whole.output[stage, 0, ZONE]) > float(free.output[stage, 0, ZONE])
    assert float(whole.output[2, 0, ZONE]) > 1.02 * float(alone.output[2, 0, ZONE])


def test_tonnes_add_up_along_the_chain(free: Equilibrium) -> None:
    flows = np.asarray(free.flows)[:, 0]
    assert np.allclose(flows.sum(1), np.asarray(free.use)[:, 0], rtol=1e-12)
    assert np.allclose(flows.sum(2), np.asarray(free.output)[:, 0], rtol=1e-8)
    used = 1.1 * np.asarray(free.throughput)[1:, 0]
    assert np.allclose(np.asarray(free.use)[:-1, 0], used, rtol=1e-12)


GOODS = Form(layers=1, goods=2, regions=2, origins=(0, 1))
MARKET = jax.jit(lambda numbers: solve(GOODS, numbers))


def goods(**given: Any) -> tuple[Economy, Equilibrium]:
    """Give two goods in two regions."""
    told: dict[str, Any] = {"final_demand": 10.0, "demand_elasticity": 0.5, "sigma": 4.0}
    numbers = economy(GOODS, **{**told, **given})
    found = MARKET(numbers)
    assert bool(found.converged)
    return numbers, found


@pytest.mark.parametrize("wanted", [3.0, 30.0])
def test_a_by_product_is_limited_by_its_host_so_that_demand_moves_its_price_alone(wanted: float) -> None:
    _, found = goods(
        supply_scale=np.array([[10.0, 10.0], [0.0, 0.0]]),
        byproduct_tonnes=np.array([[0.0, 0.0], [6.0, 2.0]]),
        byproduct_elasticity=0.8,
        final_demand=np.array([[10.0, 10.0], [wanted, 0.5 * wanted]]),
        weights=np.ones((2, 2)),
        priced_directly=np.array([[0.0], [1.0]]),
    )
    price, made = np.asarray(found.price)[0, 1], np.asarray(found.output)[0, 1]
    limit = np.array([6.0, 2.0])
    assert np.allclose(made, limit * np.minimum(1.0, price**0.8), rtol=1e-9)
    if wanted == 30.0:
        assert np.allclose(made, limit, rtol=1e-9)
        assert (price > 10.0).all()


def test_one_plant_makes_two_goods_in_fixed_shares_at_the_margin_of_their_basket() -> None:
    # One process (the first) makes 0.75 t of the first good and 0.25 t of the second from a tonne.
    yields = np.zeros((1, 2, 2, 1))
    yields[0, 0, :, 0] = 0.75, 0.25
    _, found = goods(
        yields=yields,
        supply_scale=np.array([[8.0, 12.0], [0.0, 0.0]]),
        supply_elasticity=0.7,
        conversion_cost=0.5,
        priced_directly=1.0,
        weights=1.0,
    )
    price, made = np.asarray(found.price)[0], np.asarray(found.output)[0]
    assert np.allclose(made[0], 3.0 * made[1], rtol=1e-12)
    margin = 0.75 * price[0] + 0.25 * price[1] - 0.5
    assert np.allclose(found.margin[0, 0], margin, rtol=1e-12)
    assert np.allclose(made.sum(0), np.array([8.0, 12.0]) * margin**0.7, rtol=1e-8)
    assert (price[1] > price[0]).all()


def test_where_only_one_good_of_a_plant_is_wanted_more_the_other_becomes_cheaper() -> None:
    yields = np.zeros((1, 2, 2, 1))
    yields[0, 0, :, 0] = 0.75, 0.25
    law: dict[str, Any] = {
        "yields": yields,
        "supply_scale": np.array([[8.0, 12.0], [0.0, 0.0]]),
        "conversion_cost": 0.5,
        "priced_directly": 1.0,
        "weights": 1.0,
    }
    _, before = goods(**law)
    _, after = goods(**law | {"final_demand": np.array([[10.0], [20.0]])})
    assert (np.asarray(after.price)[0, 1] > np.asarray(before.price)[0, 1]).all()
    assert (np.asarray(after.price)[0, 0] < np.asarray(before.price)[0, 0]).all()
