"""What holds in every market: tonnes and money add up, units do not matter, order does not matter.

Random chains of two layers and three regions, with floors, tariffs and capacities; one compiled solver.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stannary.market.economy import AXES, Economy, Form, economy
from stannary.market.equilibrium import Equilibrium, solve

FORM = Form(layers=2, goods=1, regions=3, origins=(0, 1, 2))
ZONE = 0
SOLVED = jax.jit(lambda numbers: solve(FORM, numbers))
MONEY = (
    "conversion_cost",
    "reference_price",
    "freight",
    "floor",
    "start_price",
    "byproduct_full_price",
)
SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=8)


def chain(seed: int, **changed: Any) -> Economy:
    """Give a random chain; the first region has floors that may or may not bind."""
    random = np.random.default_rng(seed)
    price = np.array([100.0, 300.0])[:, None, None] * random.uniform(0.8, 1.2, (2, 1, 3))
    made = np.array([120.0, 100.0])[:, None, None] * random.uniform(0.4, 1.6, (2, 1, 3))
    inputs = np.zeros((2, 1, 1, 3))
    inputs[1] = random.uniform(1.0, 1.2)
    bought = np.stack([np.zeros((1, 3)), inputs[1, 0] * price[0]])
    margin = (price - bought) * random.uniform(0.2, 0.5, (2, 1, 3))
    power = random.uniform(0.3, 1.5, (2, 1, 3))
    floor, levied = np.zeros((2, 1, 3)), np.zeros((2, 1, 3, 3))
    floor[..., ZONE] = price.max(-1) * random.uniform(0.8, 1.5, (2, 1))
    levied[..., 1:, ZONE] = 1.0
    wanted = np.zeros((2, 1, 3))
    wanted[1] = made[1].sum() * random.dirichlet([4.0, 4.0, 4.0])
    given: dict[str, Any] = {
        "conversion_cost": price - bought - margin,
        "inputs": inputs,
        "supply_scale": made / margin**power,
        "supply_elasticity": power,
        "capacity": made * random.uniform(0.9, 2.0, (2, 1, 3)),
        "final_demand": wanted,
        "demand_elasticity": random.uniform(0.2, 0.9, (2, 1, 3)),
        "reference_price": price,
        "weights": random.uniform(0.2, 1.0, (2, 1, 3, 3)) + 2.0 * np.eye(3),
        "sigma": random.uniform(2.0, 8.0, (2, 1)),
        "freight": 0.05 * price[..., None] * (1.0 - np.eye(3)),
        "tariff": random.uniform(0.0, 0.2, (2, 1, 3, 3)) * (1.0 - np.eye(3)),
        "floor": floor,
        "levied": levied,
        "start_price": price,
    }
    return economy(FORM, **{**given, **changed})


def solved(numbers: Economy) -> Equilibrium:
    """Solve, and say so."""
    found = SOLVED(numbers)
    assert bool(found.converged)
    return found


@FEW
@given(SEEDS)
def test_tonnes_and_money_add_up(seed: int) -> None:
    numbers = chain(seed)
    found = solved(numbers)
    flows = np.asarray(found.flows)
    assert np.allclose(flows.sum(-2), found.use, rtol=1e-12)
    assert np.allclose(flows.sum(-1), found.output, rtol=1e-8)
    outlay = float((found.average_price * found.use).sum())
    received = float((found.price * found.output).sum())
    freight = float((np.asarray(numbers.freight) * flows).sum())
    treasury = float(((found.tariff_duty + found.levy) * flows).sum())
    assert outlay == pytest.approx(received + freight + treasury, rel=1e-8)
    border = np.asarray(found.border_price)
    levy = np.maximum(np.asarray(numbers.floor)[..., None, :] - border, 0.0) * np.asarray(numbers.levied)
    assert np.allclose(found.levy, levy, rtol=1e-12, atol=1e-9)


@FEW
@given(SEEDS, st.sampled_from([0.01, 7.0, 1000.0]))
def test_counting_money_in_another_unit_changes_prices_alone(seed: int, factor: float) -> None:
    numbers = chain(seed)
    power = np.asarray(numbers.supply_elasticity)
    scaled = {name: factor * np.asarray(getattr(numbers, name)) for name in MONEY}
    other = numbers.but(**scaled, supply_scale=np.asarray(numbers.supply_scale) * factor**-power)
    before, after = solved(numbers), solved(other)
    assert np.allclose(after.price, factor * np.asarray(before.price), rtol=1e-8)
    assert np.allclose(after.flows, before.flows, rtol=1e-7)


@FEW
@given(SEEDS, st.permutations(range(3)))
def test_the_order_of_regions_does_not_matter(seed: int, order: list[int]) -> None:
    numbers = chain(seed)
    moved = {
        name: shuffled(np.asarray(getattr(numbers, name)), AXES[name], order)
        for name in AXES
        if set(AXES[name]) & {"R", "O"}
    }
    before, after = solved(numbers), solved(numbers.but(**moved))
    assert np.allclose(after.price, np.asarray(before.price)[..., order], rtol=1e-8)
    assert np.allclose(after.flows, shuffled(np.asarray(before.flows), "KEOR", order), rtol=1e-7)


def shuffled(values: np.ndarray, letters: str, order: list[int]) -> np.ndarray:
    """Put regions (and the origins that are regions) in another order."""
    for axis, letter in enumerate(letters):
        if letter in "RO":
            values = np.take(values, order, axis=axis)
    return values


@FEW
@given(SEEDS, st.floats(1.01, 1.3))
def test_a_higher_floor_never_lowers_what_the_zone_s_producers_get(seed: int, factor: float) -> None:
    numbers = chain(seed)
    floor = np.array(numbers.floor)
    floor[0] = 0.0
    raised = floor.copy()
    raised[1] *= factor
    low, high = solved(numbers.but(floor=floor)), solved(numbers.but(floor=raised))
    assert float(high.price[1, 0, ZONE]) >= float(low.price[1, 0, ZONE]) * (1.0 - 1e-9)


def test_a_batch_of_one_is_a_batch_of_many() -> None:
    markets = [chain(seed) for seed in range(3)]
    together = jax.jit(jax.vmap(lambda numbers: solve(FORM, numbers)))(
        jax.tree.map(lambda *each: jnp.stack(each), *markets)
    )
    for place, numbers in enumerate(markets):
        assert np.allclose(together.price[place], solved(numbers).price, rtol=1e-10)


FIELDS = ("floor", "final_demand", "sigma", "tariff", "capacity", "conversion_cost")


@pytest.fixture(scope="module")
def slope() -> Any:
    """Give value and slopes of what the zone's users pay and its producers get."""

    def worth(numbers: Economy) -> jax.Array:
        found = solve(FORM, numbers)
        return jnp.sum(found.price[..., ZONE] * found.output[..., ZONE]) - 0.3 * jnp.sum(
            found.average_price[..., ZONE] * found.use[..., ZONE]
        )

    return jax.jit(jax.value_and_grad(worth))


@FEW
@given(seed=SEEDS)
def test_slopes_agree_with_central_differences(slope: Any, seed: int) -> None:
    numbers = jax.tree.map(jnp.asarray, chain(seed))
    found = solved(numbers)
    gap = np.asarray(numbers.floor)[..., None, :] - np.asarray(found.border_price)
    near = np.abs(gap / np.asarray(found.border_price))[np.asarray(numbers.levied) > 0]
    full = np.abs(np.asarray(found.throughput) / np.asarray(numbers.capacity) - 1.0)
    assume(near.min() > 1e-3 and full[full > 1e-9].min(initial=1.0) > 1e-3)
    _, slopes = slope(numbers)
    random = np.random.default_rng(seed)
    for name in FIELDS:
        value = np.asarray(getattr(numbers, name))
        along = value * random.uniform(-1.0, 1.0, value.shape)
        step = 1e-5
        up, _ = slope(numbers.but(**{name: jnp.asarray(value + step * along)}))
        down, _ = slope(numbers.but(**{name: jnp.asarray(value - step * along)}))
        expected = float(up - down) / (2.0 * step)
        assert float(np.sum(np.asarray(getattr(slopes, name)) * along)) == pytest.approx(
            expected, rel=1e-5, abs=1e-3
        )
