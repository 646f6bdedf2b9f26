"""A gravity counterfactual: endowments, ordinary CES, incomes that feed back (Anderson & van Wincoop 2003).

Iceberg costs c melt tonnes on the way and so belong in the weights, as c^(1 - σ); a tariff would pay a
treasury. Every region sells what it has and spends what it earns; one region's income is the numeraire. The
answer is held against a fixed point of prices written independently here, as general-equilibrium gravity
programs iterate it.
"""

from __future__ import annotations

import jax
import numpy as np

from stannary.market.economy import Form, economy
from stannary.market.equilibrium import solve

FORM = Form(layers=1, goods=1, regions=4, origins=(0, 1, 2, 3), sourcing="ces", incomes=True)
SIGMA = 5.0
INCOME = np.array([10.0, 4.0, 2.0, 1.0])
COST = 1.0 + 0.4 * np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
LATER = COST.copy()
LATER[1, 2] = LATER[2, 1] = 1.05


def fixed_point(taste: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give prices and trade values where income is p x endowment and the first region's price is one."""
    price = np.ones(4)
    for _ in range(4000):
        power = taste[:, None] * (price[:, None] * cost) ** (1.0 - SIGMA)
        value = power / power.sum(0) * (price * INCOME)
        price = price * (value.sum(1) / (price * INCOME)) ** 0.2
        price = price / price[0]
    return price, value


def market(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give prices, trade values and what a unit of the composite costs, by the market's own solver."""
    taste = np.array([0.4, 0.3, 0.2, 0.1])
    numbers = economy(
        FORM,
        weights=taste[:, None] * cost ** (1.0 - SIGMA),
        sigma=SIGMA,
        supply_scale=INCOME,
        supply_elasticity=0.0,
        final_demand=INCOME,
        demand_elasticity=1.0,
        income_elasticity=np.array([0.0, 1.0, 1.0, 1.0]),
        reference_income=INCOME,
    )
    found = SOLVED(numbers)
    assert bool(found.converged)
    price = np.asarray(found.price)[0, 0]
    value = np.asarray(found.flows * found.landed_price)[0, 0]
    return price, value, np.asarray(found.average_price)[0, 0]


SOLVED = jax.jit(lambda numbers: solve(FORM, numbers))


def test_prices_and_trade_before_and_after_a_treaty_are_those_of_the_fixed_point() -> None:
    taste = np.array([0.4, 0.3, 0.2, 0.1])
    for cost in (COST, LATER):
        price, value, _ = market(cost)
        expected, trade = fixed_point(taste, cost)
        assert np.isclose(price[0], 1.0, rtol=1e-8)
        assert np.allclose(price, expected, rtol=1e-8)
        assert np.allclose(value, trade, rtol=1e-8)


def test_the_parties_of_a_treaty_gain_and_trade_is_diverted_to_them() -> None:
    price, value, index = market(COST)
    later_price, later_value, later_index = market(LATER)
    welfare = (later_price / later_index) / (price / index)
    assert (welfare[[1, 2]] > 1.0).all()
    assert (welfare[[0, 3]] < 1.0).all()
    assert later_value[1, 2] > value[1, 2]
    assert later_value[0, 2] < value[0, 2]
