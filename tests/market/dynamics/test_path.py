"""What holds in every period of every path: tonnes, capacity and cash add up; order does not matter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.market.equilibrium import solve
from stannary.market.investment import on_the_way
from stannary.market.path import Path, path

from .worlds import CHAIN, Periods, busy, chain, curved, shocks

SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=6, deadline=None)
PERIODS = 8


def eventful(seed: int, **changes: Any) -> tuple[Any, Periods]:
    """Give a random model in which everything moves, and a plan of shocks for it."""
    world = chain(seed, **{**busy(seed), **changes})
    zone = np.broadcast_to(np.array([1.0, 0.0, 0.0]), (PERIODS, 3))
    changes = shocks(seed, PERIODS, np.asarray(world.economy.final_demand))
    return world, Periods(PERIODS, {**changes, "zone": zone})


def lived(seed: int) -> tuple[Any, Periods, Path]:
    world, plan = eventful(seed)
    found = path(world, plan, keep="flows")
    assert int(found.failed_period) == -1
    return world, plan, found


def before(opening: Any, values: Any) -> np.ndarray:
    """Give the values at the beginning of each period from those at its end."""
    return np.concatenate([np.asarray(opening)[None], np.asarray(values)[:-1]])


@FEW
@given(SEEDS)
def test_tonnes_held_made_and_imported_are_used_exported_and_held(seed):
    world, plan, found = lived(seed)
    told, flows = found.record, np.asarray(found.equilibria.flows)
    moves = world.dynamics
    opening = before(moves.stock_opening, told.stock) + before(moves.storage_opening, told.storage)
    home = np.einsum("tkerr->tker", flows)
    imports, exports = flows.sum(-2) - home, flows.sum(-1) - home
    taken = np.asarray(plan.overrides["offtake"]) * (1.0 - np.asarray(moves.offtake_stocked))
    coming = opening + told.output + imports
    going = told.use + exports + told.stock + told.storage + taken
    np.testing.assert_allclose(coming, going, rtol=1e-8)
    assert np.asarray(told.storage).max() <= 10.0 + 1e-9
    assert (np.asarray(told.stock) >= 0).all()


@FEW
@given(SEEDS)
def test_capacity_changes_by_what_arrives_and_what_is_lost_and_the_pipeline_by_what_enters_and_leaves(seed):
    world, _, found = lived(seed)
    told = found.record
    after = np.asarray(told.capacity + told.arriving + told.projects - told.retired)
    np.testing.assert_allclose(after[:-1], told.capacity[1:], rtol=1e-12)
    np.testing.assert_allclose(after[-1], found.closing.capacity, rtol=1e-12)
    slots = int(np.ceil(np.asarray(world.dynamics.lead_periods).max()))
    begun = np.asarray(on_the_way(world.dynamics, world.economy.capacity, slots)).sum(0)
    in_it = before(begun, told.pipeline) + told.ordered
    np.testing.assert_allclose(in_it, told.cancelled + told.arriving + told.pipeline, rtol=1e-9, atol=1e-9)
    assert (np.asarray(told.working) >= 0).all() and (np.asarray(told.mothballed) >= 0).all()
    assert (np.asarray(told.working + told.mothballed) <= np.asarray(told.capacity) * (1 + 1e-12)).all()
    assert float(told.ordered.sum()) > 0 and float(told.arriving.sum()) > 0


@FEW
@given(SEEDS)
def test_cash_changes_by_levies_tariffs_support_and_what_the_stock_bought_sold_and_cost(seed):
    _, _, found = lived(seed)
    told, solved = found.record, found.equilibria
    spent = np.asarray(told.stock_purchases + told.holding_cost + told.offtake_cost - told.stock_sales)
    levies = np.sum(solved.levy * solved.flows, axis=(1, 2, 3))
    tariffs = np.sum(solved.tariff_duty * solved.flows, axis=(1, 2, 3))
    change = levies + tariffs - told.support - spent.sum((1, 2))
    np.testing.assert_allclose(
        np.diff(before(np.zeros(3), told.treasury), axis=0), change[:-1], rtol=1e-9, atol=1e-6
    )
    np.testing.assert_allclose(np.cumsum(change, axis=0)[-1], told.treasury[-1], rtol=1e-9, atol=1e-6)
    traded = np.asarray(told.stock_sales - told.stock_purchases).sum((1, 2))
    fund = np.array([3000.0, 0.0, 0.0]) + np.cumsum(traded, axis=0)
    np.testing.assert_allclose(told.fund, fund, rtol=1e-9, atol=1e-6)
    assert np.asarray(told.fund).min() >= -1e-6


@FEW
@given(SEEDS)
def test_private_holders_expect_to_gain_nothing_by_holding_more_or_less(seed):
    world, _, found = lived(seed)
    told = found.record
    pays = np.asarray(told.expected_price) / 1.05 - 1.0
    price, held = np.asarray(told.price), np.asarray(told.storage)
    limit = float(np.max(world.dynamics.storage_tonnes))
    inside = (held > 1e-6) & (held < limit - 1e-6)
    np.testing.assert_allclose(price[inside], pays[inside], rtol=1e-7)
    assert (price >= pays * (1 - 1e-7))[held < limit - 1e-6].all()
    assert (price <= pays * (1 + 1e-7))[held > 1e-6].all()


@FEW
@given(SEEDS)
def test_the_order_of_regions_does_not_matter(seed):
    world, plan = eventful(seed)
    turn = np.array([2, 0, 1])
    turned = replace(
        world,
        economy=jax.tree.map(lambda each: _turned(each, turn), world.economy),
        dynamics=jax.tree.map(lambda each: _turned(each, turn), world.dynamics),
    )
    changes = {name: values[..., turn] for name, values in plan.overrides.items()}
    first = path(world, plan, keep="flows").record
    second = path(turned, Periods(PERIODS, changes), keep="flows").record
    for name in ("price", "output", "capacity", "storage", "stock", "sources", "treasury"):
        one, other = np.asarray(getattr(first, name)), np.asarray(getattr(second, name))
        np.testing.assert_allclose(one[..., turn], other, rtol=1e-7, atol=1e-6)


def _turned(values: Any, turn: np.ndarray) -> np.ndarray:
    values = np.asarray(values)
    for axis in range(max(values.ndim - 2, 0), values.ndim):
        if values.shape[axis] == len(turn):
            values = np.take(values, turn, axis=axis)
    return values


def test_one_period_is_one_solve():
    world = chain(3)
    found = path(world, Periods(1)).record
    alone = solve(CHAIN, world.economy)
    for name in ("price", "output", "use", "average_price", "final_use"):
        np.testing.assert_allclose(getattr(found, name)[0], getattr(alone, name), rtol=1e-9)


def test_a_path_can_be_cut_in_two():
    world, plan = eventful(5)
    whole = path(world, plan, keep="flows").record
    half = PERIODS // 2
    parts = [
        Periods(half, {name: values[cut] for name, values in plan.overrides.items()})
        for cut in (slice(half), slice(half, None))
    ]
    first = path(world, parts[0])
    second = path(world, parts[1], start=first.closing)
    for name in ("price", "capacity", "pipeline", "stock", "storage", "treasury", "fund"):
        both = np.concatenate([getattr(first.record, name), getattr(second.record, name)])
        np.testing.assert_allclose(both, getattr(whole, name), rtol=1e-8, atol=1e-8)


def test_a_batch_of_draws_is_each_draw_alone():
    world, plan = eventful(7)
    own = np.asarray(world.economy.demand_elasticity)
    draws = own * np.linspace(0.8, 1.2, 3)[:, None, None, None]
    batch = jax.vmap(lambda draw: path(world, plan, draw={"demand_elasticity": draw}).record)(draws)
    for place, draw in enumerate(draws):
        changed = replace(world, economy=world.economy.but(demand_elasticity=draw))
        alone = path(changed, plan, keep="flows").record
        np.testing.assert_allclose(batch.price[place], alone.price, rtol=1e-8)
        np.testing.assert_allclose(batch.capacity[place], alone.capacity, rtol=1e-8)


def test_what_a_schedule_says_of_a_drawn_field_moves_with_the_draw():
    world = curved()
    wanted = np.asarray(world.economy.final_demand)
    plan = Periods(2, {"final_demand": np.stack([wanted, 1.1 * wanted])})
    drawn = path(world, plan, draw={"final_demand": 1.2 * wanted}).record
    moved = path(world, Periods(2, {"final_demand": 1.2 * np.stack([wanted, 1.1 * wanted])})).record
    np.testing.assert_allclose(drawn.price, moved.price, rtol=1e-12)


def test_a_market_at_rest_stays_at_rest():
    told = path(curved(), Periods(12)).record
    np.testing.assert_allclose(told.price.ravel(), 100.0, rtol=1e-9)
    np.testing.assert_allclose(told.capacity.ravel(), 125.0, rtol=1e-12)
    np.testing.assert_allclose(told.mothballed.ravel(), 0.0)


def test_capacity_that_is_not_replaced_wears_out():
    told = path(curved(retirement=0.1, maintenance=0.0), Periods(5)).record
    np.testing.assert_allclose(told.capacity.ravel(), 125.0 * 0.9 ** np.arange(5), rtol=1e-12)
    assert (np.diff(told.price.ravel()) > 0).all()


def test_final_use_closes_a_share_of_its_gap_each_period():
    share, elasticity, dear = 0.3, 0.3, 1.8
    cost = np.full((6, 1, 1, 1), dear * 100.0)
    world = curved(
        numbers={"supply_scale": 0.0, "byproduct_tonnes": 1e6, "byproduct_elasticity": 40.0,
                 "byproduct_full_price": 125.9, "capacity": 1e30},
        demand_adjustment=share,
    )  # fmt: skip
    told = path(world, Periods(6, {"reference_price": cost / dear})).record
    use, price = told.final_use.ravel() / 100.0, told.average_price.ravel() / 100.0
    gap = np.log(use[1:]) - (1.0 - share) * np.log(use[:-1])
    np.testing.assert_allclose(gap, -share * elasticity * np.log(price[1:]), atol=1e-9)
    assert np.ptp(use) > 0


def test_a_period_without_a_solution_ends_the_path_and_says_so():
    wanted = np.where(np.arange(6) < 3, 100.0, 300.0)[:, None, None, None]
    found = path(curved(numbers={"demand_elasticity": 0.0}), Periods(6, {"final_demand": wanted}))
    failed = int(found.failed_period)
    assert failed == 3 and float(found.failed_residual) > 1e-9
    assert np.isfinite(found.record.price[:failed]).all()
    assert np.isnan(found.record.price[failed:]).all() and np.isnan(found.record.treasury[failed:]).all()
    assert not np.asarray(found.record.converged[failed:]).any()


@pytest.mark.slow
def test_slopes_through_a_path_agree_with_differences():
    world, plan = eventful(11)
    wanted = jnp.asarray(world.economy.demand_elasticity)
    capex = jnp.asarray(world.dynamics.capex)

    @jax.jit
    def goal(by: Any) -> Any:
        told = path(world, plan, draw={"demand_elasticity": wanted * by[0], "capex": capex * by[1]}).record
        return jnp.sum(told.output[-1]) + 0.01 * jnp.sum(told.price) + 1e-3 * jnp.sum(told.treasury[-1])

    at = jnp.array([1.01, 0.98])
    slope = jax.grad(goal)(at)
    for place in range(2):
        step = jnp.zeros(2).at[place].set(1e-5)
        difference = (goal(at + step) - goal(at - step)) / 2e-5
        assert float(slope[place]) == pytest.approx(float(difference), rel=1e-4)


def test_a_field_that_nobody_has_is_refused():
    with pytest.raises(KeyError, match="elastcity"):
        path(curved(), Periods(1), draw={"elastcity": 1.0})
