"""RAS: margins are met, noughts stay, scale does not matter, and what cannot be is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stannary.errors import MarketError
from stannary.market.balancing import balance

SIZE = 4
TABLES = arrays(np.float64, (SIZE, SIZE), elements=st.floats(0.01, 100.0))
MASKS = arrays(np.bool_, (SIZE, SIZE))


@given(prior=TABLES, other=TABLES, holes=MASKS)
def test_sums_are_met_and_noughts_stay(prior: np.ndarray, other: np.ndarray, holes: np.ndarray) -> None:
    holes = holes & ~np.eye(SIZE, dtype=bool)  # with a full diagonal every line can reach its sum
    wanted = np.where(holes, 0.0, other)  # a table with these noughts and sums exists: this one
    found = balance(np.where(holes, 0.0, prior), wanted.sum(1), wanted.sum(0))
    assert found.table.sum(1) == pytest.approx(wanted.sum(1), rel=1e-9)
    assert found.table.sum(0) == pytest.approx(wanted.sum(0), rel=1e-9)
    assert np.all(found.table[holes] == 0.0)
    assert np.all(found.table >= 0.0)
    assert found.distance >= 0.0


@given(prior=TABLES, other=TABLES, factor=st.floats(1e-6, 1e6))
def test_the_scale_of_the_first_guess_does_not_matter(
    prior: np.ndarray, other: np.ndarray, factor: float
) -> None:
    rows, columns = other.sum(1), other.sum(0)
    once, again = balance(prior, rows, columns), balance(factor * prior, rows, columns)
    assert again.table == pytest.approx(once.table, rel=1e-9)
    assert again.distance == pytest.approx(once.distance, abs=1e-9)


@given(table=TABLES)
def test_a_balanced_table_stays_as_it_is(table: np.ndarray) -> None:
    found = balance(table, table.sum(1), table.sum(0))
    assert found.table == pytest.approx(table, rel=1e-9)
    assert found.distance == pytest.approx(0.0, abs=1e-12)


@given(prior=TABLES, other=TABLES)
def test_odds_of_the_first_guess_are_kept(prior: np.ndarray, other: np.ndarray) -> None:
    found = balance(prior, other.sum(1), other.sum(0)).table
    odds = prior[0, 0] * prior[1, 1] / (prior[0, 1] * prior[1, 0])
    assert found[0, 0] * found[1, 1] / (found[0, 1] * found[1, 0]) == pytest.approx(odds, rel=1e-6)


@pytest.mark.parametrize(
    ("table", "rows", "columns", "code"),
    [
        ([[1.0, 0.0], [0.0, 1.0]], [1.0, 2.0], [2.0, 1.0], "STN-MARKET-009"),
        ([[0.0, 0.0], [1.0, 1.0]], [1.0, 1.0], [1.0, 1.0], "STN-MARKET-009"),
        ([[1.0, 1.0], [1.0, 1.0]], [1.0, 1.0], [1.0, 2.0], "STN-MARKET-003"),
        ([[1.0, -1.0], [1.0, 1.0]], [1.0, 1.0], [1.0, 1.0], "STN-MARKET-003"),
        ([[1.0, 1.0]], [1.0, 1.0], [1.0, 1.0], "STN-MARKET-002"),
    ],
)
def test_what_cannot_be_balanced_is_refused(
    table: list[list[float]], rows: list[float], columns: list[float], code: str
) -> None:
    with pytest.raises(MarketError) as refused:
        balance(np.array(table), np.array(rows), np.array(columns))
    assert [problem.code for problem in refused.value.problems] == [code]


def test_lines_without_tonnes_may_be_bare() -> None:
    table = np.array([[0.0, 0.0], [1.0, 0.0]])
    found = balance(table, np.array([0.0, 3.0]), np.array([3.0, 0.0]))
    assert found.table.tolist() == [[0.0, 0.0], [3.0, 0.0]]
