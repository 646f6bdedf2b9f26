"""Growth that was foreseen moves no price, growth that was not brings orders, and dear prices teach users."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.market.dynamics import dynamics
from stannary.market.investment import build, on_the_way, profitability, refitted
from stannary.market.path import path

from .worlds import ALONE, Periods, curved

RATE, SPREAD = 0.25, 0.25


def one(value: float) -> jnp.ndarray:
    return jnp.full((1, 1, 1), value)


def total(values: jnp.ndarray) -> float:
    return float(values.sum())


def keeping_up(growth: float, lead: float, worn: float = 0.0, **changes: Any) -> Any:
    """Give an industry whose orders at a price of 100 are what growth and wear need."""
    moves: dict[str, Any] = {
        "capex": 330.0,
        "lead_periods": lead,
        "investment_rate": RATE,
        "investment_spread": SPREAD,
        "retirement": worn,
        "maintenance": 0.0,
        "foreseen_growth": growth,
        **changes,
    }
    order = (growth + worn) * (1.0 + growth) ** (lead - 1.0)
    at_rest = float(profitability(curved(**moves).dynamics, one(60.0), 1).ravel()[0])
    return curved(**moves, investment_hurdle=at_rest + SPREAD * math.log(RATE / order - 1.0))


@pytest.mark.parametrize(("growth", "lead", "worn"), [(0.03, 8.0, 0.0), (0.03, 4.0, 0.05), (0.0, 5.0, 0.04)])
def test_growth_and_wear_that_were_foreseen_move_no_price(growth, lead, worn):
    world = keeping_up(growth, lead, worn, crowding=1.0, growth_weight=0.3)
    grown = (1.0 + growth) ** np.arange(20)
    told = path(world, Periods(20, {"final_demand": 100.0 * grown[:, None, None, None]})).record
    np.testing.assert_allclose(np.asarray(told.price).ravel(), 100.0, rtol=1e-8)
    np.testing.assert_allclose(np.asarray(told.capacity).ravel(), 125.0 * grown, rtol=1e-9)
    np.testing.assert_allclose(np.asarray(told.cancelled), 0.0)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.0, 0.2), st.floats(1.0, 12.0), st.floats(0.0, 0.1))
def test_what_is_on_the_way_at_the_start_is_what_steady_orders_would_have_put_there(growth, lead, worn):
    moves = dynamics(
        ALONE, capex=100.0, lead_periods=lead, foreseen_growth=growth, retirement=worn, maintenance=0.0
    )
    slots = 12
    found = np.asarray(on_the_way(moves, one(125.0), slots)).ravel()
    assert (found >= 0).all() and found[math.ceil(lead) - 1 :].sum() == pytest.approx(0.0, abs=1e-9)
    whole = math.floor(lead) - 1
    needed = 125.0 * (growth + worn) * (1.0 + growth) ** np.arange(whole)
    np.testing.assert_allclose(found[:whole], needed, rtol=1e-9, atol=1e-12)


def test_nothing_is_on_the_way_where_nobody_builds_or_capacity_has_no_limit():
    moves = dynamics(ALONE, foreseen_growth=0.05)
    assert total(on_the_way(moves, one(125.0), 4)) == 0.0
    assert total(on_the_way(moves.but(capex=np.full((1, 1, 1), 100.0)), one(1e30), 4)) == 0.0


def test_at_ten_times_its_cost_an_industry_orders_the_most_it_can_however_much_is_on_the_way():
    moves = dynamics(ALONE, capex=300.0, lead_periods=8.0, crowding=1.0)
    rate = float(moves.investment_rate.ravel()[0])
    crowded = jnp.zeros((8, 1, 1, 1)).at[:].set(rate * 100.0)
    found = build(moves, crowded, one(100.0), one(360.0), one(400.0), 1)
    assert total(found.ordered) > 0.99 * rate * 100.0


def test_what_others_build_is_a_reason_to_wait_and_what_growth_takes_up_is_none():
    moves = dynamics(ALONE, capex=300.0, lead_periods=4.0, crowding=1.0, foreseen_growth=0.03)
    due = on_the_way(moves, one(100.0), 4)
    blind = dynamics(ALONE, capex=300.0, lead_periods=4.0, foreseen_growth=0.03)
    ask = (one(100.0), one(60.0), one(100.0), 1)
    assert total(build(moves, due, *ask).ordered) == pytest.approx(total(build(blind, due, *ask).ordered))
    assert total(build(moves, 3.0 * due, *ask).ordered) < total(build(moves, due, *ask).ordered)


@pytest.mark.parametrize("growth", [0.0, 0.05, 0.15])
def test_orders_at_rest_fit_the_growth_foreseen(growth):
    moves = keeping_up(0.03, 4.0).dynamics
    now = refitted(moves, one(growth))
    got = total(build(now, on_the_way(now, one(125.0), 4), one(125.0), one(60.0), one(100.0), 1).ordered)
    asked = 125.0 * growth * (1.0 + growth) ** 3
    assert got == pytest.approx(min(max(asked, 125.0 * 0.01 * RATE), 125.0 * 0.9 * RATE), rel=1e-9)


def test_growth_that_comes_as_a_surprise_is_built_for_sooner_where_it_is_watched():
    grown = 100.0 * 1.08 ** np.arange(16)[:, None, None, None]
    plan = Periods(16, {"final_demand": grown})
    blind = path(keeping_up(0.01, 4.0), plan).record
    watched = path(keeping_up(0.01, 4.0, growth_weight=0.5), plan).record
    assert float(watched.capacity[-1].sum()) > float(blind.capacity[-1].sum())
    assert float(watched.price.max()) < float(blind.price.max())


def test_users_learn_to_do_without_until_use_answers_with_the_elasticity_of_the_long_run():
    """The price is held at 1.8 times the reference: use answers by 0.3 at once, in the end by 0.8."""
    within, in_the_end, rate, dear = 0.3, 0.8, 0.1, 1.8
    reference = np.full((80, 1, 1, 1), 100.0 / dear)
    world = curved(
        numbers={"supply_scale": 0.0, "byproduct_tonnes": 1e6, "byproduct_elasticity": 4000.0,
                 "byproduct_full_price": 100.23, "capacity": 1e30},
        demand_elasticity_long_run=in_the_end, thrift_rate=rate,
    )  # fmt: skip
    told = path(world, Periods(80, {"reference_price": reference})).record
    at = np.log(np.asarray(told.average_price).ravel() * dear / 100.0)
    use = np.log(np.asarray(told.final_use).ravel() / 100.0)
    learned = -(in_the_end - within) * (1.0 - (1.0 - rate) ** np.arange(80))
    np.testing.assert_allclose(use, -within * at + learned * math.log(dear), atol=2e-3)
    assert use[-1] / at[-1] == pytest.approx(-in_the_end, rel=1e-2)


def test_nobody_learns_where_the_response_of_the_long_run_is_no_larger():
    plain, same = (path(curved(**told), Periods(6, {"final_demand": np.full((6, 1, 1, 1), 115.0)})).record
                   for told in ({}, {"demand_elasticity_long_run": 0.3}))  # fmt: skip
    np.testing.assert_allclose(plain.price, same.price, rtol=1e-12)


def test_the_hosts_of_by_products_grow():
    world = curved(
        numbers={"supply_scale": 0.0, "byproduct_tonnes": 100.0, "byproduct_full_price": 100.0,
                 "capacity": 0.0},
        host_growth=0.02,
    )  # fmt: skip
    plan = Periods(10, {"final_demand": np.full((10, 1, 1, 1), 300.0)})
    made = np.asarray(path(world, plan).record.output).ravel()
    np.testing.assert_allclose(made, 100.0 * 1.02 ** np.arange(10), rtol=1e-9)
