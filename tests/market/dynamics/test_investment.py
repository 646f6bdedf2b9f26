from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.market.dynamics import dynamics
from stannary.market.investment import break_even_margin, build, profitability, work
from stannary.market.path import path

from .worlds import ALONE, Periods, curved

OPERATING_COST, CAPEX = 50.0, 1000.0


def one(value: float) -> jnp.ndarray:
    return jnp.full((1, 1, 1), value)


def first(values: jnp.ndarray) -> float:
    return float(values.ravel()[0])


@pytest.mark.parametrize(("years", "price"), [(7.0, 209.0), (15.0, 299.0)])
def test_eight_more_years_of_lead_time_lift_the_break_even_price_from_209_to_299(years, price):
    """Capex 1000 spread over the lead time, 20 years of life, operating cost 50, 10% a year."""
    moves = dynamics(ALONE, capex=CAPEX, lead_periods=years, life_years=20.0, discount_rate=0.1)
    assert round(OPERATING_COST + first(break_even_margin(moves, 1)), 0) == price


@given(st.floats(1.0, 20.0), st.floats(0.0, 0.25), st.floats(1.0, 40.0), st.floats(10.0, 5000.0))
def test_a_project_at_the_break_even_margin_is_worth_just_its_capex(lead, rate, life, capex):
    moves = dynamics(ALONE, capex=capex, lead_periods=lead, discount_rate=rate, life_years=life)
    assert first(profitability(moves, break_even_margin(moves, 1), 1)) == pytest.approx(0.0, abs=1e-9)


def test_net_present_value_is_the_sum_of_its_years():
    moves = dynamics(ALONE, capex=600.0, lead_periods=3.0, discount_rate=0.08, life_years=12.0)
    v = 1.0 / 1.08
    spent = sum(200.0 * v**year for year in (1, 2, 3))
    earned = sum(90.0 * v**year for year in range(4, 16))
    assert first(profitability(moves, one(90.0), 1)) == pytest.approx((earned - spent) / 600.0)


def test_quarters_of_lead_time_are_quarters_of_years():
    quarters = dynamics(ALONE, capex=600.0, lead_periods=12.0)
    years = dynamics(ALONE, capex=600.0, lead_periods=3.0)
    assert first(profitability(quarters, one(90.0), 4)) == pytest.approx(
        first(profitability(years, one(90.0), 1))
    )


def test_an_order_arrives_after_its_lead_time_and_half_a_period_is_shared():
    told = path(curved(capex=100.0, lead_periods=3.0), Periods(6)).record
    ordered, arriving = np.asarray(told.ordered).ravel(), np.asarray(told.arriving).ravel()
    np.testing.assert_allclose(arriving[:2], 0.0)
    np.testing.assert_allclose(arriving[2:], ordered[:4], rtol=1e-12)
    capacity = np.asarray(told.capacity).ravel()
    assert capacity[2] == capacity[0] and capacity[3] == pytest.approx(capacity[0] + ordered[0])
    split = build(
        dynamics(ALONE, capex=100.0, lead_periods=2.5), jnp.zeros((4, 1, 1, 1)), one(100.0), one(60.0),
        one(100.0), 1,
    )  # fmt: skip
    np.testing.assert_allclose(split.pipeline.ravel()[:3], np.array([0.5, 0.5, 0.0]) * first(split.ordered))


@given(st.floats(-50.0, 200.0), st.floats(-50.0, 200.0))
def test_a_better_margin_never_orders_less_and_never_cancels_more(worse, better):
    worse, better = min(worse, better), max(worse, better)
    moves = dynamics(ALONE, capex=300.0)
    pipeline = jnp.full((4, 1, 1, 1), 10.0)
    low, high = (build(moves, pipeline, one(100.0), one(m), one(100.0), 1) for m in (worse, better))
    assert first(high.ordered) >= first(low.ordered)
    assert first(high.cancelled) <= first(low.cancelled)


def test_a_fall_of_the_expected_margin_gives_up_part_of_the_pipeline_and_none_while_it_pays():
    moves = dynamics(ALONE, capex=300.0, cancel_hazard=0.3)
    pipeline = jnp.full((4, 1, 1, 1), 10.0)
    assert first(build(moves, pipeline, one(100.0), one(40.0), one(100.0), 1).cancelled) == 0.0
    assert first(build(moves, pipeline, one(100.0), one(-5.0), one(100.0), 1).cancelled) == pytest.approx(
        12.0
    )


def test_works_close_when_margins_go_and_reopen_only_when_they_pay_for_it():
    moves = dynamics(ALONE, mothball_rate=0.25, restart_rate=0.5, restart_cost=100.0)
    shut = work(moves, one(100.0), one(0.0), one(0.0), one(100.0), one(0.0))
    assert first(shut.idle) == pytest.approx(25.0) and first(shut.working) == pytest.approx(75.0)
    waiting = work(moves, one(100.0), shut.mothballed, one(12.0), one(100.0), one(0.0))
    assert first(waiting.restarted) == 0.0 and first(waiting.closed) == 0.0
    back = work(moves, one(100.0), shut.mothballed, one(40.0), one(100.0), one(0.0))
    assert first(back.restarted) == pytest.approx(12.5)


def test_new_capacity_makes_more_at_the_same_price_and_losses_less():
    grown = path(curved(projects=25.0), Periods(3)).record
    assert (np.diff(np.asarray(grown.price).ravel()) < 0).all()
    np.testing.assert_allclose(np.diff(np.asarray(grown.capacity).ravel()), 25.0)
    lost = path(curved(), Periods(3, {"losses": np.array([0.0, 0.4, 0.0])[:, None, None, None]})).record
    np.testing.assert_allclose(np.asarray(lost.working).ravel(), [125.0, 75.0, 75.0])
    assert float(lost.price[1, 0, 0, 0]) > float(lost.price[0, 0, 0, 0])


def test_cost_falls_by_its_share_with_each_doubling():
    told = path(curved(learning=0.2, experience=100.0), Periods(2), keep="flows")
    made = float(told.record.output[0, 0, 0, 0])
    cost = np.asarray(told.economies.conversion_cost).ravel()
    assert cost[1] == pytest.approx(40.0 * 0.8 ** np.log2((100.0 + made) / 100.0))


def test_a_permit_in_seven_years_builds_what_one_in_fifteen_does_not():
    fast, slow = (
        path(curved(capex=330.0, lead_periods=years, investment_spread=0.1), Periods(20)).record
        for years in (7.0, 15.0)
    )
    assert float(fast.ordered[0].sum()) > 2.0 * float(slow.ordered[0].sum())
    assert float(fast.price[-1].sum()) < float(slow.price[-1].sum())
