"""Members who may look away: the deterrence condition, and a market whose members answer it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stannary.market.compliance import Members, comply, complying, fear, gain, temptation
from stannary.market.equilibrium import solve

from .worlds import ZONE, trading

settled = jax.jit(complying, static_argnums=0)
FLOOR = 1.8


def members(**changes: float) -> Members:
    """Give a zone that may look away, and others who have nothing to enforce."""
    given = {
        "lax": 1.0, "detection": 0.5, "penalty": 4.0, "kept": 0.0, "effort_cost": 0.0, "softness": 1.0,
        **changes,
    }  # fmt: skip
    return Members(**{name: jnp.full(3, value) for name, value in given.items()})


@pytest.mark.parametrize("detected", [0.1, 0.5, 0.9])
def test_a_sharp_member_enforces_exactly_where_the_expected_penalty_reaches_the_gain(detected):
    penalty = 10.0
    gains = detected * penalty * np.array([0.0, 0.5, 0.999, 1.0, 1.001, 2.0])
    enforced = comply(gains, fear(detected, penalty), 0.0)
    assert np.asarray(enforced).tolist() == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]


def test_a_soft_member_enforces_half_at_the_margin_and_comes_to_the_sharp_rule():
    assert float(comply(5.0, fear(0.5, 10.0), 1.0)) == 0.5
    assert float(comply(4.0, 5.0, 0.01)) == pytest.approx(1.0, abs=1e-12)
    assert float(comply(6.0, 5.0, 0.01)) == pytest.approx(0.0, abs=1e-12)
    share = float(comply(4.5, 5.0, 0.25))
    assert np.log(share / (1.0 - share)) == pytest.approx((5.0 - 4.5) / 0.25)


def test_a_member_that_keeps_the_levy_is_tempted_only_by_what_enforcing_costs():
    assert float(temptation(8.0, 1.0, 0.3)) == pytest.approx(0.3)
    assert float(temptation(8.0, 0.25, 0.3)) == pytest.approx(6.3)


def test_the_gain_is_the_gap_between_floor_and_outside_price_times_the_volume():
    world = trading(20.0, floor=FLOOR)
    found = solve(world.form, world.economy)
    outside, flows = np.asarray(found.price)[0, 0, 1:], np.asarray(found.flows)[0, 0, 1:, ZONE]
    expected = ((FLOOR - outside) * flows).sum()
    np.testing.assert_allclose(gain(world.form, world.economy, found), [expected, 0.0, 0.0], rtol=1e-12)


def test_market_and_member_agree_on_what_is_enforced():
    world = trading(20.0, floor=FLOOR)
    for penalty in (2.0, 10.0, 40.0):
        found = settled(world.form, world.economy, members(penalty=penalty))
        assert bool(found.equilibrium.converged) and float(found.gap) < 1e-9
        wanted = comply(found.gain[ZONE], 0.5 * penalty, 1.0)
        assert float(found.enforced[ZONE]) == pytest.approx(float(wanted), abs=1e-9)
        # who owes no levy has nothing to look away from
        assert float(found.gain[1]) == 0.0


def test_more_penalty_never_means_less_enforcement_and_what_is_enforced_holds_up_the_zones_price():
    world = trading(20.0, floor=FLOOR)
    found = [
        settled(world.form, world.economy, members(penalty=each)) for each in (0.0, 4.0, 10.0, 20.0, 60.0)
    ]
    enforced = [float(each.enforced[ZONE]) for each in found]
    prices = [float(each.equilibrium.price[0, 0, ZONE]) for each in found]
    assert enforced == sorted(enforced) and enforced[0] < 0.1 and enforced[-1] > 0.99
    assert prices == sorted(prices) and prices[-1] - prices[0] > 0.05


def test_a_member_that_may_not_look_away_leaves_the_market_as_the_law_says():
    world = trading(20.0, floor=FLOOR)
    found = settled(world.form, world.economy, members(lax=0.0, penalty=0.0))
    assert np.asarray(found.enforced).tolist() == [1.0, 1.0, 1.0]
    np.testing.assert_allclose(found.equilibrium.price, solve(world.form, world.economy).price, rtol=1e-9)


def test_enforcement_moves_with_the_penalty_as_its_derivative_says():
    world = trading(20.0, floor=FLOOR)

    def enforced(penalty):
        return complying(world.form, world.economy, members(penalty=penalty, softness=2.0)).enforced[ZONE]

    value, step = jax.jit(enforced), 1e-3
    slope = float(jax.jit(jax.grad(enforced))(12.0))
    assert slope > 1e-3
    assert slope == pytest.approx(float(value(12.0 + step) - value(12.0 - step)) / (2 * step), rel=1e-5)
