"""Sobol' indices of functions whose indices are known."""

from __future__ import annotations

import numpy as np
import pytest

from stannary.errors import SolverError, UsageError
from stannary.market.sensitivity import indices


def ishigami(places: np.ndarray) -> np.ndarray:
    """Give the function of Ishigami & Homma (1990), a = 7 and b = 0.1, of chances."""
    x, y, z = (np.pi * (2 * places - 1)).T
    return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


def test_the_indices_of_ishigami_are_those_of_the_books():
    found = indices(ishigami, 3, 4096, 0)
    assert found.first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)
    assert (found.total_interval[:, 0] <= found.total).all()
    assert (found.total_interval[:, 1] >= found.total).all()
    assert found.is_converged


def test_in_a_sum_shares_are_those_of_the_variances_and_nothing_is_joint():
    weights = np.array([4.0, 2.0, 1.0, 0.0])
    found = indices(lambda places: places @ weights, 4, 2048, 1)
    shares = weights**2 / (weights**2).sum()
    assert found.first == pytest.approx(shares, abs=0.01)
    assert found.total == pytest.approx(shares, abs=0.01)
    assert found.rank[0] > found.rank[1] > found.rank[2] > 0.1
    assert abs(found.rank[3]) < 0.05


def test_few_rows_say_that_they_have_not_converged():
    assert not indices(ishigami, 3, 16, 0).is_converged


def test_what_never_varies_has_no_share():
    found = indices(lambda places: np.full(len(places), 3.0), 2, 8, 0)
    assert not found.first.any()
    assert not found.total.any()
    assert found.spread == 0.0


def test_rows_with_a_missing_answer_are_left_out_and_counted():
    def some(places: np.ndarray) -> np.ndarray:
        answers = places @ np.array([2.0, 1.0])
        answers[3] = np.nan
        return answers

    found = indices(some, 2, 512, 0)
    assert found.failed == 1
    assert found.total == pytest.approx([0.8, 0.2], abs=0.05)


def test_nothing_solved_and_too_few_rows_are_refused():
    with pytest.raises(SolverError):
        indices(lambda places: np.full(len(places), np.nan), 2, 8, 0)
    with pytest.raises(UsageError):
        indices(ishigami, 3, 2, 0)


def test_the_same_seed_gives_the_same_indices():
    one, again = (indices(ishigami, 3, 64, 5) for _ in range(2))
    assert np.array_equal(one.total, again.total)
    assert np.array_equal(one.total_interval, again.total_interval)
