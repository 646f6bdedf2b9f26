"""Draws repeat; chunks and threads change nothing; a draw that fails is named and hurts no other."""

from __future__ import annotations

import numpy as np
import pytest

from stannary.errors import UsageError
from stannary.market.ensemble import chances, draws, ensemble
from stannary.market.gauges import Money, Recorded
from stannary.market.path import path

from .worlds import PERIODS, pair, plan

FLOOR = plan(floor=np.broadcast_to(np.array([115.0, 0.0]), (PERIODS, 1, 1, 2)))
SOME = Recorded(("price", "sources", "levies"))


def test_more_draws_begin_with_the_fewer():
    model = pair()
    few, many = draws(model, 5, 3), draws(model, 40, 3)
    assert set(few) == {"supply_elasticity", "demand_elasticity", "supply_scale"}
    for name, values in few.items():
        assert np.array_equal(values, many[name][:5])


def test_seeds_reproduce_and_differ():
    assert np.array_equal(chances(3, 9, 1), chances(3, 9, 1))
    assert not np.array_equal(chances(3, 9, 1), chances(3, 9, 2))
    assert not np.array_equal(chances(3, 9, 1), chances(3, 9, 1, independent=True))


@pytest.mark.parametrize("independent", [True, False])
def test_chances_lie_inside_their_law(independent):
    found = chances(4, 257, 0, independent=independent)
    assert found.shape == (257, 4)
    assert (found > 0).all()
    assert (found < 1).all()


def test_a_sequence_fills_every_part_of_a_law():
    found = chances(2, 64, 0)
    assert all(len(set(np.floor(found[:, column] * 64))) == 64 for column in range(2))


def test_no_draw_is_refused_and_so_are_no_lanes():
    with pytest.raises(UsageError):
        chances(2, 0, 0)
    for wrong in ({"chunk": 0}, {"workers": 0}):
        with pytest.raises(UsageError):
            ensemble(pair(), FLOOR, {}, **wrong)


def test_chunks_and_threads_change_nothing():
    drawn = draws(pair(), 21, 7)
    usual = ensemble(pair(), FLOOR, drawn, gauge=SOME, chunk=4, workers=2)
    for chunk, workers in ((4, 1), (32, 2)):
        other = ensemble(pair(), FLOOR, drawn, gauge=SOME, chunk=chunk, workers=workers)
        for name, values in usual.arrays.items():
            assert np.allclose(other.arrays[name], values, rtol=1e-12, atol=1e-12)


def test_many_draws_go_in_blocks_that_are_put_together_in_order():
    drawn = draws(pair(), 300, 7)
    whole = ensemble(pair(), FLOOR, drawn, gauge=SOME, chunk=4)
    told: list[float] = []
    part = {name: values[100:121] for name, values in drawn.items()}
    few = ensemble(pair(), FLOOR, part, gauge=SOME, chunk=4, progress=told.append)
    assert np.allclose(whole.arrays["price"][100:121], few.arrays["price"], rtol=1e-12)
    assert told[-1] == 100.0
    assert told == sorted(told)


def test_a_draw_is_the_path_of_that_draw():
    drawn = draws(pair(), 3, 5)
    found = ensemble(pair(), FLOOR, drawn, gauge=SOME)
    alone = path(pair(), FLOOR, draw={name: values[2] for name, values in drawn.items()})
    assert np.allclose(found.arrays["price"][2], alone.record.price, rtol=1e-12)
    assert found.solved.all()


def test_without_draws_there_is_one_run_of_the_model():
    found = ensemble(pair(), FLOOR, {}, gauge=SOME)
    assert found.arrays["price"].shape == (1, PERIODS, 1, 1, 2)


def test_a_draw_that_fails_is_named_and_the_others_are_whole():
    drawn = draws(pair(), 6, 5)
    drawn["supply_scale"] = drawn["supply_scale"].copy()
    drawn["supply_scale"][4] = np.nan
    found = ensemble(pair(), FLOOR, drawn, gauge=SOME)
    assert list(np.flatnonzero(~found.solved)) == [4]
    (failure,) = found.failures
    assert (failure.draw, failure.period) == (4, "2030")
    assert "no equilibrium" in failure.reason
    assert np.isnan(found.arrays["price"][4]).all()
    assert np.isfinite(found.arrays["price"][[0, 1, 2, 3, 5]]).all()


def test_a_floor_moves_money_from_users_to_the_treasury_and_makers():
    drawn = draws(pair(), 4, 5)
    law, free = (ensemble(pair(), each, drawn, gauge=Money()).arrays for each in (FLOOR, plan()))
    change = {name: (law[name] - free[name])[:, :, 0] for name in ("users", "producers", "treasury")}
    assert (change["users"] < 0).all()
    assert (change["producers"] > 0).all()
    assert (change["treasury"] > 0).all()
