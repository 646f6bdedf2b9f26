from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.market.dynamics import ASSUMED, AXES, DEFAULTS, dynamics
from stannary.market.economy import AXES as NUMBERS
from stannary.market.expectations import believe, believe_cost, revise

from .worlds import ALONE, CHAIN

PRICES = st.floats(1.0, 1e6)
SHARES = st.floats(0.0, 1.0)


def one(value: float) -> jnp.ndarray:
    return jnp.full((1, 1, 1), value)


@given(PRICES, PRICES)
def test_naive_is_the_last_price_and_weight_zero_never_learns(expected, price):
    naive = dynamics(ALONE, expectation_weight=1.0)
    deaf = dynamics(ALONE, expectation_weight=0.0)
    before = one(price)
    assert float(revise(naive, one(expected), one(price), before)[0, 0, 0]) == pytest.approx(price)
    assert float(revise(deaf, one(expected), one(price), before)[0, 0, 0]) == pytest.approx(expected)


def test_a_trend_is_carried_on_but_never_below_zero():
    moves = dynamics(ALONE, expectation_weight=1.0, trend_weight=0.5)
    assert float(revise(moves, one(100.0), one(120.0), one(100.0))[0, 0, 0]) == 130.0
    assert float(revise(moves, one(100.0), one(10.0), one(100.0))[0, 0, 0]) == 0.0


@given(PRICES, PRICES, SHARES)
def test_a_floor_is_believed_as_far_as_it_is_credible(expected, floor, trust):
    moves = dynamics(ALONE, credibility=trust)
    told = float(believe(moves, one(expected), one(floor))[0, 0, 0])
    assert told == pytest.approx(trust * max(floor, expected) + (1 - trust) * expected)
    assert told >= expected * (1 - 1e-12)


def test_an_announced_floor_counts_before_it_is_in_force():
    moves = dynamics(ALONE, credibility=0.5, announced_floor=200.0)
    assert float(believe(moves, one(100.0), one(0.0))[0, 0, 0]) == 150.0


def test_a_given_price_replaces_what_was_expected_and_moves_what_users_expect_to_pay():
    moves = dynamics(ALONE, given_price=80.0)
    believed = believe(moves, one(100.0), one(500.0))
    assert float(believed[0, 0, 0]) == 80.0
    cost = believe_cost(moves, one(120.0), one(0.0), one(100.0), believed)
    assert float(cost[0, 0, 0]) == pytest.approx(96.0)


def test_every_default_that_does_something_says_why_it_was_assumed():
    silent = {"given_price", "stock_ceiling"}
    assert set(ASSUMED) == set(DEFAULTS) - silent
    assert not set(AXES) & set(NUMBERS)


def test_dynamics_broadcast_what_is_given_and_refuse_what_they_do_not_have():
    moves = dynamics(CHAIN, lead_periods=np.array([10.0, 4.0])[:, None, None], stock_cash=5.0)
    assert moves.lead_periods.shape == (2, 1, 3) and moves.stock_cash.shape == (3,)
    with pytest.raises(KeyError):
        dynamics(CHAIN, leed_periods=1.0)
    with pytest.raises(ValueError):
        dynamics(CHAIN, capex=np.ones(7))
