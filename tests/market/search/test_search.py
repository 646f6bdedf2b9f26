"""Designs reach their goals at least cost, hold on draws they have not seen, or say that they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from stannary.errors import SolverError
from stannary.market.designs import Design, Setting, checked
from stannary.market.levers import values_at
from stannary.market.pareto import undominated
from stannary.market.search import drawn_benches, find, told

from .worlds import FLOOR, SUPPORT, bench, pair

GOAL = "share CHN <= 55% by 2030 with 90%"


@pytest.fixture(scope="module")
def sure():
    """Give the pair with nothing unsure, and a floor to set."""
    return drawn_benches(bench(GOAL, model=pair(priors=())), 1, 1, 0)


@pytest.fixture(scope="module")
def unsure():
    """Give the pair with its priors, and a floor to set."""
    return drawn_benches(bench(GOAL), 32, 200, 0)


def test_the_floor_that_is_found_is_the_lowest_that_reaches_the_share(sure):
    def over(place: float) -> float:
        return float(sure.search.look(np.array([place]))[0].level[0]) - 0.55

    lowest = brentq(over, 0.5, 1.0, xtol=1e-6)
    found = find(sure, starts=2, scanned=8)
    assert found.is_feasible
    assert found.place[0] == pytest.approx(lowest, abs=2e-3)
    assert found.place[0] >= lowest - 1e-6


def test_a_design_holds_on_draws_it_was_not_found_with(unsure):
    found = find(unsure, starts=2, scanned=8)
    checks, cost, gains = told(unsure.fresh, found.place)
    assert checks[0].share >= 0.85
    assert checks[0].low <= checks[0].share <= checks[0].high
    assert checks[0].unaided_share < 0.5
    assert cost.mean > 0
    assert cost.mean == pytest.approx(-(gains["users"].mean + gains["treasury"].mean))
    assert gains["producers"].mean > 0


def test_starts_agree_and_a_seed_gives_the_same_design_again(unsure):
    one, again = (find(unsure, starts=3, scanned=8, seed=4) for _ in range(2))
    assert np.array_equal(one.place, again.place)
    assert np.ptp(one.starts) < 1e-3 * max(np.abs(one.starts))


def test_no_place_of_a_fine_grid_reaches_the_goal_for_less(unsure):
    found = find(unsure, starts=2, scanned=8)
    chance = unsure.search.goal.probability
    grid = [unsure.tighten.see(np.array([place])) for place in np.linspace(0, 1, 101)]
    cheapest = min(each.cost for each in grid if each.chance() >= chance)
    assert found.cost <= cheapest + 0.01 * abs(cheapest)


def test_a_goal_out_of_reach_gives_the_nearest_and_says_so(unsure):
    far = replace(
        unsure, **{name: getattr(unsure, name).with_limit(0.02) for name in ("search", "tighten", "fresh")}
    )
    found = find(far, starts=2, scanned=8)
    assert not found.is_feasible
    assert found.place[0] == pytest.approx(1.0, abs=1e-3)
    checks, cost, gains = told(far.fresh, found.place)
    design = Design(
        goal=far.fresh.goal, mineral="tin", scenarios=("quiet",), checks=checks, cost=cost, gains=gains,
        settings=(Setting(FLOOR, float(values_at((FLOOR,), found.place)[0])),), starts=(), scanned=8, seed=0,
        draws=32, since=2030, until=2032, price_year=2030,
    )  # fmt: skip
    assert design.verdict == "not reached"
    assert "No design within these levers was found" in design.outcome
    assert "0 of 200 fresh draws" in design.outcome


def test_what_helps_nothing_is_left_out():
    both = drawn_benches(bench(GOAL, levers=(FLOOR, SUPPORT)), 16, 16, 1)
    found = find(both, starts=3, scanned=8)
    alone = find(drawn_benches(bench(GOAL), 16, 16, 1), starts=2, scanned=8)
    assert found.is_feasible
    assert found.cost <= alone.cost + 1e-4


def test_a_bench_that_solves_nothing_is_refused():
    broken = pair(supply_scale=np.full((1, 1, 2), np.nan))
    with pytest.raises(SolverError):
        drawn_benches(bench(GOAL, model=replace(broken, priors=())), 1, 1, 0)


def test_a_check_counts_draws_that_were_not_solved_as_missing_the_goal():
    levels = np.array([0.5, 0.6, np.nan, 0.1])
    goal = bench(GOAL, model=pair(priors=())).goal
    found = checked(goal, "quiet", levels, levels, np.isfinite(levels))
    assert (found.met, found.draws, found.failed) == (2, 4, 1)
    assert found.low < 0.5 < found.high


def test_an_undominated_pair_is_beaten_by_none_and_every_other_is():
    dice = np.random.default_rng(0)
    pairs = [tuple(each) for each in dice.integers(0, 8, (60, 2)).astype(float)]
    kept = undominated(pairs)
    for place, one in enumerate(pairs):
        beaten = any(other[0] <= one[0] and other[1] <= one[1] and other != one for other in pairs)
        assert (place not in kept) if beaten else (one in [pairs[each] for each in kept])
    front = sorted({pairs[place] for place in kept})
    assert len(front) == len(kept)
    assert [risk for _, risk in front] == sorted((risk for _, risk in front), reverse=True)


def test_a_pair_that_is_not_a_number_is_on_no_front():
    assert undominated([(1.0, float("nan")), (2.0, 3.0), (float("nan"), 1.0)]) == [1]
