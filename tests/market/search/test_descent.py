"""The search finds the cheapest place of problems whose answer is known on paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from stannary.market.descent import Judged, Leant, descend, nearest, quantile, scan
from stannary.market.ensemble import chances


@dataclass(frozen=True)
class Paper:
    """Cost ``x² + 2 y²``; the goal is ``x + y >= need + 0.1 z`` with z standard normal, at 90%."""

    need: float
    count: int = 400

    @property
    def levers(self) -> int:
        return 2

    @property
    def noise(self) -> np.ndarray:
        return 0.1 * norm.ppf(chances(1, self.count, 0)[:, 0])

    def see(self, place: np.ndarray) -> Judged:
        return Judged(float(place[0] ** 2 + 2 * place[1] ** 2), (self.need + self.noise - place.sum(),))

    def lean(self, place: np.ndarray) -> Leant:
        slopes = -np.ones((self.count, 2))
        return Leant(self.see(place), np.array([2 * place[0], 4 * place[1]]), (slopes,))


NEED = 0.6
ASKED = NEED + 0.1 * norm.ppf(0.9)


@pytest.mark.parametrize("start", [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.3, 0.9)])
def test_a_descent_ends_at_the_place_worked_out_on_paper(start):
    found = descend(Paper(NEED), np.array(start), 0.9, [0.0])
    assert found.place == pytest.approx([2 * ASKED / 3, ASKED / 3], abs=2e-3)
    assert found.excess == pytest.approx(0.0, abs=1e-5)


def test_a_shift_asks_for_more():
    found = descend(Paper(NEED), np.zeros(2), 0.9, [0.15])
    assert found.place.sum() == pytest.approx(ASKED + 0.15, abs=2e-3)


def test_what_is_out_of_reach_is_approached_as_far_as_levers_go():
    found = nearest(Paper(3.0), np.full(2, 0.2), 0.9)
    assert found.place == pytest.approx([1.0, 1.0], abs=1e-6)
    assert found.excess == pytest.approx(3.0 + 0.1 * norm.ppf(0.9) - 2.0, abs=2e-3)


def test_a_scan_looks_at_both_ends_of_every_lever():
    looked = scan(Paper(NEED), 8, 0)
    assert len(looked) == 10
    assert looked[0][0].tolist() == [0.0, 0.0]
    assert looked[1][0].tolist() == [1.0, 1.0]
    assert all(((place >= 0) & (place <= 1)).all() for place, _ in looked)


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=40), st.floats(0.05, 0.95))
def test_a_quantile_lies_among_the_values_and_its_weights_sum_to_one(values, chance):
    found, weights = quantile(np.array(values), chance)
    assert min(values) - 1e-9 <= found <= max(values) + 1e-9
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0).all()


def test_a_quantile_converges_to_that_of_the_law():
    values = norm.ppf(chances(1, 4096, 1)[:, 0])
    assert quantile(values, 0.9)[0] == pytest.approx(norm.ppf(0.9), abs=5e-3)


def test_a_draw_that_was_not_solved_counts_as_missing_the_goal():
    values = np.array([-1.0, -2.0, np.nan, -3.0])
    assert quantile(values, 0.9)[0] > quantile(np.array([-1.0, -2.0, -3.0, -3.0]), 0.9)[0]
    assert Judged(0.0, (values,)).chance() == 0.75
