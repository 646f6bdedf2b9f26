"""The zone's floor against its supplier's mark-up, in one period and through the simulator."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stannary.market.contest import Aims, contest, contest_over_time, supplier_value
from stannary.market.dominance import marked_up, seller, winnings
from stannary.market.equilibrium import solve
from stannary.market.game import Game, best_response, exploitability, play

from .test_retaliation import Periods, building
from .worlds import STEEP, SUPPLIER, ZONE, monopoly


@pytest.fixture(scope="module")
def game() -> Game:
    """Give the zone's floor against the mark-up of a monopolist with costs of 2."""
    world = monopoly(cost=2.0)
    return contest(world, seller(world, "supplier", "metal"), floors=(1.0, 9.0), mark_ups=(0.0, 4.0))


def test_the_gaps_are_what_a_floor_without_an_answer_leaves_on_the_table(game):
    """At a floor of 8 and no mark-up the supplier could take the levy, 6 on 2 t; the zone would drop it."""
    zone, supplier = exploitability(game, [[8.0], [0.0]])
    assert supplier == pytest.approx(12.0, rel=1e-3)
    # users' gain from 2 on is 0 at the cost and -30 at a floor of 8, against which the levy brings 12
    assert zone == pytest.approx(30.0 - 12.0, rel=1e-3)


def test_play_ends_at_the_monopolists_price_with_a_floor_that_does_not_bind_and_no_gap(game):
    found = play(game, [[8.0], [0.0]], rounds=8, tolerance=1e-4)
    tonnes = 8.0 / (2.0 + 1.0 / STEEP)
    cost = 2.0 + tonnes / STEEP
    assert found.settled
    assert cost * (1.0 + found.strategies[1][0]) == pytest.approx(10.0 - tonnes, rel=1e-4)
    assert found.strategies[0][0] < 6.0
    assert found.gaps.max() < 1e-5


def test_a_supplier_that_wants_its_share_asks_less_and_one_that_wants_steady_prices_moves_less():
    world = building()
    who = seller(world, "supplier", "metal")
    zone = jnp.array([1.0, 0.0, 0.0])

    def ran(mark_ups):
        def one(x):
            economy = jax.tree.map(jnp.asarray, marked_up(world.economy, who, x))
            return economy, solve(world.form, economy)

        return jax.vmap(one)(jnp.asarray(mark_ups))

    economies, solved = ran([0.0, 0.2])
    money = supplier_value(world.form, economies, solved, who, zone, Aims(discount=0.9))
    each = jax.vmap(lambda *one: winnings(world.form, *one, who))(economies, solved)
    assert float(money) == pytest.approx(float(each[0] + 0.9 * each[1]))
    shares = np.asarray(solved.flows)[:, 0, 0, SUPPLIER, ZONE] / np.asarray(solved.flows)[
        :, 0, 0, :, ZONE
    ].sum(1)
    shared = supplier_value(world.form, economies, solved, who, zone, Aims(discount=0.9, share_weight=100.0))
    assert float(shared - money) == pytest.approx(100.0 * (shares[0] + 0.9 * shares[1]))
    assert shares[1] < shares[0]
    steady = supplier_value(
        world.form, economies, solved, who, zone, Aims(discount=0.9, stability_weight=50.0)
    )
    asked = np.log(np.asarray(solved.price)[:, 0, 0, SUPPLIER] * np.array([1.0, 1.2]))
    # the mark-up is none on its own users, so that the average over arcs is what it asks abroad
    assert float(steady - money) == pytest.approx(-50.0 * 0.9 * (asked[1] - asked[0]) ** 2, rel=1e-9)


def test_through_the_simulator_gradients_are_those_of_differences_and_an_answer_gains():
    world = building(lead_periods=1.0)
    who = seller(world, "supplier", "metal")
    game = contest_over_time(
        world, who, Periods(4), floors=(50.0, 110.0), mark_ups=(0.0, 0.8), pieces=2, points=3
    )
    held = [np.array([85.0, 90.0]), np.array([0.1, 0.2])]
    value, slope = game.slope(1, held[1], held)
    step = 1e-5
    for place in range(2):
        moved = [held[1].copy(), held[1].copy()]
        moved[0][place] += step
        moved[1][place] -= step
        up, down = (game.values([held[0], each])[1] for each in moved)
        assert slope[place] == pytest.approx((up - down) / (2 * step), rel=1e-5)
    answer = best_response(game, 1, held)
    assert answer.gain > 0 and answer.value == pytest.approx(value + answer.gain)
    assert game.values([held[0], answer.strategy])[1] == pytest.approx(answer.value, rel=1e-9)
    assert best_response(game, 1, [held[0], answer.strategy]).gain < 1e-3 * answer.gain
