"""Four equal suppliers to one market, and a tariff of 5% on one of them.

Source: AD.PartialEquilibriumApi, Example Model (a partial-equilibrium model in the USITC's manner), whose
table is printed to four decimals and solved to about 1e-4; the longer figures solve the same equations.
"""

from __future__ import annotations

import jax
import numpy as np

from stannary.market.economy import Form, economy
from stannary.market.equilibrium import solve

# Four regions that make and a fifth that only buys.
FORM = Form(layers=1, goods=1, regions=5, origins=(0, 1, 2, 3, 4), sourcing="ces")
BUYER = 4
PRODUCER = [1.0032916989904535, 1.0032916989904535, 0.9817699899336106, 1.0032916989904535]
CONSUMER = [1.0032916989904535, 1.0032916989904535, 1.0308584894302912, 1.0032916989904535]
INDEX = 1.009907638484579


def test_prices_of_producers_and_users_and_the_index_are_as_published() -> None:
    makes = np.array([1.0, 1.0, 1.0, 1.0, 0.0])
    buys = 1.0 - makes
    tariff = np.zeros((5, 5))
    tariff[2, BUYER] = 0.05
    market = economy(
        FORM,
        active=makes,
        weights=0.25 * makes[:, None] * np.ones(5),
        sigma=4.0,
        final_demand=buys,
        demand_elasticity=1.0,
        supply_scale=0.25 * makes,
        supply_elasticity=5.0,
        tariff=tariff,
    )
    found = jax.jit(lambda numbers: solve(FORM, numbers))(market)
    assert bool(found.converged)
    producer = np.asarray(found.price)[0, 0, :4]
    consumer = np.asarray(found.landed_price)[0, 0, :4, BUYER]
    index = float(found.average_price[0, 0, BUYER])
    assert np.allclose(producer, PRODUCER, rtol=1e-9)
    assert np.allclose(consumer, CONSUMER, rtol=1e-9)
    assert np.isclose(index, INDEX, rtol=1e-9)
    assert np.allclose(
        [producer[0], producer[2], consumer[2], index], [1.0032, 0.9817, 1.0308, 1.0099], atol=1.5e-4
    )
