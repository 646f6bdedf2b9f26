from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from stannary.arithmetic import NUMBERS
from stannary.charter.coherence import effective_protection
from stannary.market.economy import Form, economy
from stannary.market.welfare import margin_for, producers_surplus, protection, users_gain

from .economies import ACCOUNT, FORM, SOLVE, SOURCES, K, R, some_economy

FEW = settings(max_examples=12, deadline=None)
SEEDS = st.integers(0, 10_000)
ONE = Form(layers=1, goods=1, regions=1, origins=(0,))


@FEW
@given(SEEDS)
def test_the_supply_curve_is_inverted(seed):
    numbers = some_economy(seed)
    solved = SOLVE(FORM, numbers)
    w = margin_for(numbers, solved.throughput)
    line = np.maximum(numbers.supply_intercept + numbers.supply_slope * w, 0)
    power = numbers.supply_scale * np.maximum(w, 0) ** numbers.supply_elasticity
    made = np.minimum(line + power, numbers.capacity)
    assert np.allclose(made, solved.throughput, rtol=1e-9, atol=1e-9)


@jax.jit
def surplus(numbers, margin, throughput):
    """Give producers' surplus and the margin at which the throughput is reached, of one process alone."""
    nothing = jnp.zeros((1, 1, 1))
    solved = SimpleNamespace(
        price=nothing + 1.0, margin=nothing + margin, throughput=nothing + throughput, support=nothing,
        supported_output=nothing,
    )  # fmt: skip
    return producers_surplus(ONE, numbers, solved).sum(), margin_for(numbers, solved.throughput).sum()


@pytest.mark.parametrize("seed", range(40))
def test_producers_surplus_is_the_area_left_of_the_supply_curve(seed):
    dice = np.random.default_rng(seed)
    scale, slope = dice.choice([0.0, 1.0], 2) * dice.uniform(0.01, 2.0, 2)
    power, start, limit = dice.uniform(0.2, 2.0), dice.uniform(-1.0, 1.0), dice.uniform(0.5, 5.0)
    price = dice.uniform(0.5, 8.0)
    numbers = economy(
        ONE, supply_scale=scale, supply_elasticity=power, supply_slope=slope, supply_intercept=start,
        capacity=limit,
    )  # fmt: skip

    def supply(w: float) -> float:
        line = max(start + slope * w, 0.0)
        return min(line + scale * max(w, 0.0) ** power, limit)

    begins = -start / slope if slope > 0 else 0.0
    lowest = min(begins, 0.0) if scale > 0 else begins
    found, reached = surplus(numbers, price, supply(price))
    cuts = sorted({lowest, *(w for w in (0.0, begins, float(reached)) if lowest < w < price), price})
    expected = sum(quad(supply, *ends, limit=200)[0] for ends in pairwise(cuts)) if lowest < price else 0.0
    assert float(found) == pytest.approx(expected, rel=1e-6, abs=1e-7)


@FEW
@given(
    elasticity=st.one_of(st.just(1.0), st.floats(0.0, 3.0)),
    slope=st.floats(0.0, 0.5),
    paid=st.floats(0.5, 40.0),
)
def test_users_gain_is_the_area_left_of_the_demand_curve(elasticity, slope, paid):
    slope = 0.0 if slope < 0.01 else slope
    numbers = economy(
        ONE, final_demand=2.0, reference_price=5.0, demand_elasticity=elasticity, demand_intercept=3.0,
        demand_slope=slope,
    )  # fmt: skip

    def demand(p: float) -> float:
        return 2.0 * (p / 5.0) ** -elasticity + max(3.0 - slope * p, 0.0)

    kink = 3.0 / slope if slope else 0.0
    points = [kink] if min(paid, 5.0) < kink < max(paid, 5.0) else None
    expected = quad(demand, paid, 5.0, points=points)
    found = users_gain(numbers, jnp.full((1, 1, 1), paid))
    assert float(found.sum()) == pytest.approx(expected[0], rel=1e-7, abs=1e-9)


def test_near_an_elasticity_of_one_the_gain_is_smooth():
    near = [economy(ONE, final_demand=1.0, demand_elasticity=1.0 + e) for e in (-1e-8, -1e-10, 0.0, 1e-10)]
    gains = [float(users_gain(numbers, jnp.full((1, 1, 1), 3.0)).sum()) for numbers in near]
    assert np.allclose(gains, -np.log(3.0), rtol=1e-7)


@FEW
@given(SEEDS)
def test_a_producer_earns_its_output_on_a_little_more_margin(seed):
    """Hotelling: the slope of the surplus in the producers' price is the output that earns it."""
    numbers = some_economy(seed, support_share=0.0, upside_share=0.0)
    solved = SOLVE(FORM, numbers)

    def whole(more: jax.Array) -> jax.Array:
        richer = replace(solved, margin=solved.margin + more)
        return producers_surplus(FORM, numbers, richer).sum()

    slope = jax.grad(lambda more: whole(more * jnp.ones_like(solved.margin)))(0.0)
    assert float(slope) == pytest.approx(float(solved.throughput.sum()), rel=1e-9)


def transfers(**changes):
    """Give the sum of all gains where nobody makes or uses more or less, whatever the price."""
    fixed = dict.fromkeys(("supply_scale", "supply_slope", "byproduct_tonnes"), 0.0)
    weights = np.zeros((K, 1, SOURCES, R))
    weights[:, :, 1, 0] = weights[:, :, 0, 1] = weights[:, :, 2, 2] = 1.0  # each buys of one origin only
    numbers = some_economy(
        1, **fixed, supply_intercept=1.0, capacity=1e30, inputs=0.0, final_demand=0.9, demand_elasticity=0.5,
        demand_intercept=0.0, demand_slope=0.0, weights=weights, freight=0.0, offtake=0.0, released=0.0,
        band_tonnes=0.0, **changes,
    )  # fmt: skip
    solved = SOLVE(FORM, numbers)
    assert bool(solved.converged)
    found = ACCOUNT(FORM, numbers, solved)
    parts = (found.producers, found.users, found.treasury, found.export_taxes, found.export_rents,
             found.quota_rents, found.leak_margins, found.stocks)  # fmt: skip
    return float(sum(part.sum() for part in parts)), found


def test_pure_transfers_sum_to_nothing():
    plain, before = transfers(tariff=0.0, export_tax=0.0, floor=0.0, support_share=0.0, upside_share=0.0)
    levied, after = transfers(tariff=0.1, export_tax=0.05, floor=0.0)
    assert float(after.treasury.sum()) != pytest.approx(float(before.treasury.sum()))
    assert levied == pytest.approx(plain, rel=1e-9)


def test_protection_is_the_charters_own_formula():
    numbers = some_economy(4, upside_share=0.0, support_share=0.0)
    law, free = SOLVE(FORM, numbers), SOLVE(FORM, numbers.but(floor=jnp.zeros_like(numbers.floor)))
    rate = protection(numbers, law, free)
    k, r = 2, 0
    told = [law.price[k, 0, r], free.price[k, 0, r], numbers.inputs[k, 0, 0, r]]
    told += [law.average_price[k - 1, 0, r], free.average_price[k - 1, 0, r]]
    exact = effective_protection(*(Decimal(float(value)) for value in told), using=NUMBERS)
    assert float(rate[k, 0, r]) == pytest.approx(float(exact), rel=1e-9)


def test_protection_is_not_a_number_where_no_value_is_added():
    numbers = some_economy(4)
    law = SOLVE(FORM, numbers)
    dear = numbers.but(inputs=numbers.inputs * 100.0)
    assert np.isnan(np.asarray(protection(dear, law, law))[1:]).all()
