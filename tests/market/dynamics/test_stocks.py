from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stannary.market.bands import order
from stannary.market.path import path
from stannary.market.private_storage import holders_price

from .worlds import Periods, curved

PRICES = arrays(np.float64, (2, 4), elements=st.floats(-10.0, 1e6, allow_subnormal=False))
TONNES = arrays(np.float64, (2, 4), elements=st.floats(0.0, 100.0, allow_subnormal=False))


@given(PRICES, TONNES)
def test_bands_go_from_high_to_low_and_come_back_as_they_were(prices, tonnes):
    ordered = order(jnp.asarray(prices), jnp.asarray(tonnes))
    assert (np.diff(ordered.price, axis=-1) <= 0).all()
    np.testing.assert_allclose(ordered.by_band(ordered.tonnes), tonnes)
    np.testing.assert_allclose(ordered.by_band(ordered.price), prices)


def demand(*factors: float) -> dict[str, np.ndarray]:
    """Give final demand of so many times 100 tonnes by period."""
    return {"final_demand": 100.0 * np.array(factors)[:, None, None, None]}


def test_private_stocks_carry_a_glut_into_a_shortage_that_is_foreseen():
    seen = {**demand(0.8, 1.25, 1.0), "given_price": np.array([130.0, 60.0, 60.0])[:, None, None, None]}
    world = curved(storage_tonnes=50.0, storage_cost=2.0, storage_interest=0.05)
    told = path(world, Periods(3, seen)).record
    alone = path(curved(storage_cost=900.0, storage_tonnes=50.0), Periods(3, seen)).record
    held, price = np.asarray(told.storage).ravel(), np.asarray(told.price).ravel()
    bare = np.asarray(alone.price).ravel()
    assert 0.0 < held[0] < 50.0 and held[1] == 0.0
    assert price[0] == pytest.approx(130.0 / 1.05 - 2.0)
    assert price[0] > bare[0] and price[1] < bare[1]
    pays = np.asarray(holders_price(world.dynamics, jnp.asarray(60.0)))
    assert price[1] > float(pays.ravel()[0])


def test_who_expects_to_lose_by_holding_holds_nothing():
    told = path(curved(storage_tonnes=50.0, storage_cost=30.0), Periods(4, demand(1.0, 0.8, 1.2, 1.0))).record
    np.testing.assert_allclose(told.storage, 0.0)


def stockpile(**changes: float) -> dict[str, float]:
    plain = {"stock_floor": 95.0, "stock_ceiling": 105.0, "stock_tonnes_max": 40.0, "stock_cash": 1e5}
    return {**plain, **changes}


def test_a_stock_buys_at_its_floor_sells_at_its_ceiling_and_keeps_what_is_between():
    told = path(curved(**stockpile()), Periods(4, demand(0.9, 1.0, 1.1, 1.0))).record
    price, held = np.asarray(told.price).ravel(), np.asarray(told.stock).ravel()
    assert price[0] == pytest.approx(95.0) and held[0] > 0
    assert price[1] == pytest.approx(100.0) and held[1] == pytest.approx(held[0])
    assert price[2] == pytest.approx(105.0) and 0 < held[2] < held[1]
    sold = float(told.stock_sales[2].sum())
    assert sold == pytest.approx(105.0 * (held[1] - held[2]))
    assert float(told.fund[-1, 0]) == pytest.approx(1e5 - 95.0 * held[0] + sold)


def test_a_stock_that_runs_out_of_cash_lets_the_floor_go():
    told = path(curved(**stockpile(stock_cash=200.0)), Periods(3, demand(0.8, 0.8, 0.8))).record
    price, fund = np.asarray(told.price).ravel(), np.asarray(told.fund)[:, 0]
    assert price[0] < 95.0 and (np.diff(price) < 0.5).all()
    assert fund[0] == pytest.approx(200.0 - price[0] * 200.0 / 95.0)
    assert (fund >= 0).all() and (np.diff(fund) <= 0).all()


def test_a_stock_that_runs_out_of_tonnes_lets_the_ceiling_go():
    told = path(curved(**stockpile(stock_opening=5.0)), Periods(2, demand(1.3, 1.3))).record
    price, held = np.asarray(told.price).ravel(), np.asarray(told.stock).ravel()
    assert held[0] == pytest.approx(0.0, abs=1e-9) and price[1] > price[0] > 105.0


def test_a_full_stock_buys_no_more():
    told = path(curved(**stockpile(stock_opening=40.0)), Periods(2, demand(0.8, 0.8))).record
    np.testing.assert_allclose(told.stock.ravel(), 40.0, rtol=1e-9)
    assert (np.asarray(told.price) < 95.0).all()


def test_holding_costs_storage_and_interest_and_offtakes_are_paid_and_shelved():
    world = curved(
        stock_opening=10.0, stock_storage_cost=3.0, stock_interest=0.05, offtake_price=120.0,
        offtake_stocked=1.0,
    )  # fmt: skip
    told = path(world, Periods(1, {"offtake": np.full((1, 1, 1, 1), 4.0)})).record
    price = float(told.price[0, 0, 0, 0])
    assert float(told.stock[0, 0, 0, 0]) == pytest.approx(14.0)
    assert float(told.holding_cost[0, 0, 0, 0]) == pytest.approx(14.0 * (3.0 + 0.05 * price))
    assert float(told.offtake_cost[0, 0, 0, 0]) == pytest.approx(480.0)
    assert float(told.treasury[0, 0]) == pytest.approx(-480.0 - 14.0 * (3.0 + 0.05 * price))
