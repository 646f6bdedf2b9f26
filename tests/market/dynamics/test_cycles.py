"""Boom and bust: long lead times and short memories make it, a credible floor or a stock damps it.

An industry at rest orders just what wears out. For three periods demand is a tenth higher; what happens then
is its own doing.
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from stannary.market.investment import profitability
from stannary.market.path import path

from .worlds import Periods, curved

PERIODS = 80
WORN, MOST, SPREAD = 0.05, 0.15, 0.05
DEMAND = 100.0 * np.concatenate([np.ones(2), np.full(3, 1.1), np.ones(PERIODS - 5)])[:, None, None, None]


def prices(lead: int = 6, **changes: Any) -> np.ndarray:
    """Give prices of an industry in which orders of 5% of capacity a period come at a price of 100."""
    moves: dict[str, Any] = {
        "capex": 330.0,
        "lead_periods": float(lead),
        "investment_rate": MOST,
        "investment_spread": SPREAD,
        "expectation_weight": 1.0,
        "retirement": WORN,
        "maintenance": 0.0,
    }
    at_rest = float(profitability(curved(**moves).dynamics, jnp.asarray(60.0), 1).ravel()[0])
    moves["investment_hurdle"] = at_rest - SPREAD * math.log(WORN / (MOST - WORN))
    world = curved(**{**moves, **changes})
    told = path(world, Periods(PERIODS, {"final_demand": DEMAND}), slots=6)
    assert int(told.failed_period) == -1
    return np.asarray(told.record.price).ravel()


def turns(series: np.ndarray) -> int:
    """Count the changes of direction."""
    steps = np.sign(np.diff(series))
    return int((steps[1:] * steps[:-1] < 0).sum())


def swing(series: np.ndarray) -> float:
    """Give the spread of log prices after twenty periods."""
    return float(np.std(np.log(series[20:])))


def test_long_lead_times_and_naive_expectations_make_a_cycle_that_does_not_die():
    late = prices()
    assert turns(late[20:]) >= 5
    assert late[60:].max() > 1.5 * late[60:].min()


def test_short_lead_times_swing_less():
    assert swing(prices(lead=1)) < 0.4 * swing(prices())


def test_slow_expectations_stretch_the_cycle_rather_than_end_it():
    naive, slow = prices(), prices(expectation_weight=0.05)
    assert turns(slow) < turns(naive)
    assert np.ptp(np.log(slow[5:30])) < 0.5 * np.ptp(np.log(naive[5:30]))


def test_a_credible_floor_damps_the_cycle_and_an_incredible_one_does_not():
    plain, believed, doubted = (
        prices(announced_floor=100.0, credibility=trust) for trust in (0.0, 0.8, 0.02)
    )
    assert swing(believed) < 0.5 * swing(plain)
    assert abs(swing(doubted) / swing(plain) - 1.0) < 0.1


def test_a_stock_that_buys_low_and_sells_high_damps_the_cycle():
    stock = {"stock_floor": 95.0, "stock_ceiling": 106.0, "stock_tonnes_max": 100.0, "stock_cash": 1e6}
    assert swing(prices(**stock)) < 0.7 * swing(prices())
