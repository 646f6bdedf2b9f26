"""Games whose equilibria are known: quadratic, Cournot, tariffs of two countries, and one without any."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stannary.errors import MarketError
from stannary.market.contest import Aims, supplier_value, zone_value
from stannary.market.dominance import marked_up, seller
from stannary.market.equilibrium import solve
from stannary.market.game import Game, Player, best_response, exploitability, lead, play

from .worlds import ONE_WAY, ZONE, model, net_trade


def quadratic() -> Game:
    """Give two players who lose ``(x - 1 + y / 2)²`` and ``(y - 1 + x / 2)²``: both choose 2/3."""

    def payoffs(held):
        x, y = held[0][0], held[1][0]
        return -((x - 1.0 + 0.5 * y) ** 2), -((y - 1.0 + 0.5 * x) ** 2)

    return Game((Player("one", (0.0,), (2.0,)), Player("two", (0.0,), (2.0,))), payoffs)


def test_at_a_nash_equilibrium_nobody_can_gain_and_away_from_it_the_gap_is_what_they_could():
    game = quadratic()
    assert exploitability(game, [[2 / 3], [2 / 3]]).max() < 1e-12
    np.testing.assert_allclose(exploitability(game, [[1.0], [1.0]]), [0.25, 0.25], rtol=1e-9)


def test_answering_in_turn_comes_to_the_equilibrium():
    found = play(quadratic(), [[0.0], [0.0]])
    np.testing.assert_allclose(np.concatenate(found.strategies), 2 / 3, atol=1e-6)
    assert found.settled and found.gaps.max() < 1e-10
    assert "settled" in found.told


def test_a_local_optimum_does_not_pass_for_the_best():
    def payoffs(held):
        x = held[0][0]
        return (jnp.exp(-20.0 * (x + 0.7) ** 2) + 2.0 * jnp.exp(-20.0 * (x - 0.8) ** 2),)

    game = Game((Player("one", (-1.5,), (1.5,)),), payoffs)
    answer = best_response(game, 0, [[-0.7]])
    assert answer.strategy[0] == pytest.approx(0.8, abs=1e-6)
    assert answer.gain == pytest.approx(1.0, abs=1e-6)


def test_the_best_response_at_a_kink_is_found_where_gradients_fail():
    def payoffs(held):
        x = held[0][0]
        return (jnp.where(x <= 0.3141, x, 0.3141 - 5.0 * (x - 0.3141)),)

    answer = best_response(Game((Player("one", (0.0,), (1.0,)),), payoffs), 0, [[0.0]])
    assert answer.strategy[0] == pytest.approx(0.3141, abs=1e-8)


def test_a_game_without_an_equilibrium_keeps_a_gap_and_says_so():
    """Matching pennies on a line: one wants to be where the other is, the other wants to be away."""

    def payoffs(held):
        apart = (held[0][0] - held[1][0]) ** 2
        return -apart, apart

    game = Game((Player("near", (0.0,), (1.0,)), Player("far", (0.0,), (1.0,))), payoffs)
    found = play(game, [[0.2], [0.7]], rounds=6)
    assert not found.settled and found.gaps.max() > 0.2
    assert "had not settled" in found.told


def test_who_chooses_tonnes_first_ends_at_stackelbergs_equilibrium():
    """Demand ``10 - q``, cost 1: the leader makes (10 - 1) / 2, the follower half of that."""

    def payoffs(held):
        first, second = held[0][0], held[1][0]
        margin = 9.0 - first - second
        return first * margin, second * margin

    game = Game((Player("first", (0.0,), (9.0,)), Player("second", (0.0,), (9.0,))), payoffs)
    found = lead(game, 0, [[1.0], [1.0]])
    assert found.strategies[0][0] == pytest.approx(4.5, abs=1e-5)
    assert found.strategies[1][0] == pytest.approx(2.25, abs=1e-5)
    # once the follower has answered the leader would take its word back: commitment is worth something
    assert found.gaps[0] > 0.5 and found.gaps[1] < 1e-9


def test_what_is_not_solved_is_never_chosen():
    def payoffs(held):
        x = held[0][0]
        return (jnp.where(x < 0.5, x, jnp.nan),)

    answer = best_response(Game((Player("one", (0.0,), (1.0,)),), payoffs), 0, [[0.0]])
    assert 0.49 < answer.strategy[0] < 0.5 and np.isfinite(answer.value)


def test_bounds_and_grids_that_cannot_be_are_refused_together():
    wrong = (Player("one", (1.0,), (0.0,)), Player("two", (0.0,) * 5, (1.0,) * 5, points=9))
    with pytest.raises(MarketError) as refusal:
        Game(wrong, lambda held: (0.0,))
    assert [problem.code for problem in refusal.value.problems] == ["STN-MARKET-003"] * 2


def tariffs() -> Game:
    """Give home's tariff against the supplier's export tax on the trade of two countries."""
    world = net_trade()
    who = seller(world, "supplier", "metal")
    zone, aims = jnp.array([1.0, 0.0]), Aims()

    def payoffs(held):
        arcs = who.arcs
        economy = marked_up(world.economy, who, held[1][0]).but(tariff=held[0][0] * arcs)
        solved = solve(world.form, economy)
        grown = [_one_period(economy), _one_period(solved)]
        return (
            zone_value(world.form, *grown, zone, aims),
            supplier_value(world.form, *grown, who, zone, aims),
        )

    return Game((Player("home", (0.0,), (0.35,), 5), Player("supplier", (0.0,), (0.35,), 5)), payoffs)


def _one_period(tree):

    return jax.tree.map(lambda each: jnp.asarray(each)[None], tree)


def test_two_countries_end_where_each_taxes_by_the_elasticity_of_the_other():
    """Home's tariff is 1 / the elasticity of export supply, the supplier's tax 1 / (that of demand - 1).

    With M = 80 - 40 P and X = 40 P* - 40 trade is 10: P* = 1.25, P = 1.75, a tariff of 20%, a tax of 1/6.
    """
    game = tariffs()
    found = play(game, [[0.0], [0.0]], rounds=12, tolerance=1e-5)
    assert found.settled
    assert found.strategies[0][0] == pytest.approx(0.2, abs=1e-4)
    assert found.strategies[1][0] == pytest.approx(1.0 / 6.0, abs=1e-4)
    assert found.gaps.max() < 1e-6
    assert exploitability(game, [[0.2], [1.0 / 6.0]]).max() < 1e-8
    # free trade is no equilibrium: each could gain by a tax of its own
    assert exploitability(game, [[0.0], [0.0]]).min() > 0.1


def test_two_makers_who_choose_tonnes_end_at_cournots_equilibrium():
    """Demand ``10 - p`` at the average price, cost 1, goods as near as sigma says.

    With d = 1 / (2 sigma) each makes ``(10 (1 - d) - 1) / (1 + 2 (1 - d))``; 3 where goods are the same.
    """
    sigma = 40.0
    form = replace(ONE_WAY, regions=3, origins=(0, 1, 2))
    weights = np.zeros((1, 1, 3, 3))
    weights[0, 0, 1:, ZONE] = 1.0
    world = model(
        form,
        {
            "active": np.array([0.0, 1.0, 1.0]),
            "weights": weights,
            "sigma": sigma,
            "priced_directly": 1.0,
            "demand_intercept": np.array([10.0, 0.0, 0.0]),
            "demand_slope": np.array([1.0, 0.0, 0.0]),
            "start_price": 5.0,
        },
    )

    def payoffs(held):
        made = jnp.array([0.0, 1.0, 0.0]) * held[0][0] + jnp.array([0.0, 0.0, 1.0]) * held[1][0]
        solved = solve(world.form, world.economy.but(supply_intercept=made[None, None]))
        profit = jnp.where(solved.converged, (solved.price - 1.0) * solved.output, jnp.nan)[0, 0]
        return profit[1], profit[2]

    game = Game((Player("one", (1.0,), (4.0,), 5), Player("two", (1.0,), (4.0,), 5)), payoffs)
    found = play(game, [[2.0], [4.0]], rounds=30, tolerance=1e-6)
    d = 1.0 / (2.0 * sigma)
    exact = (10.0 * (1.0 - d) - 1.0) / (1.0 + 2.0 * (1.0 - d))
    assert exact == pytest.approx(3.0, rel=0.01)
    np.testing.assert_allclose(np.concatenate(found.strategies), exact, rtol=1e-5)
    assert found.settled and found.gaps.max() < 1e-8
