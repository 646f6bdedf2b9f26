"""Extreme floors, near-zero capacities, demand shocks and sharp users, all at once: solved, or named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stannary.market.batches import solve_many

DRAWS = 48


@pytest.mark.parametrize("sigma", [5.0, 16.0, 32.0])
def test_floors_collapses_and_booms_at_once_are_solved(sigma: float, worlds: Any) -> None:
    kind = worlds.form(layers=4, regions=6)
    economy = worlds.draw(kind, 1)[0]
    economy = economy.but(sigma=np.full(kind.size("KE"), sigma), offtake=np.zeros(kind.size("KER")))
    random = np.random.default_rng(2)
    size = (DRAWS, *kind.size("KER"))
    capacity = np.asarray(economy.capacity) * random.uniform(0.7, 1.3, size)
    capacity[..., -1] *= random.uniform(0.001, 1.0, (DRAWS, 1, 1))
    drawn = {
        "capacity": capacity,
        "final_demand": np.asarray(economy.final_demand) * np.exp(0.6 * random.standard_normal(size)),
        "floor": np.asarray(economy.floor) * random.uniform(0.1, 20.0, (DRAWS, 1, 1, 1)),
    }
    found = solve_many(kind, economy, drawn, chunk=16)
    assert np.asarray(found.converged).all(), np.asarray(found.residual).max()


def test_a_market_without_a_solution_says_so_and_never_raises(worlds: Any) -> None:
    kind = worlds.form()
    economy, _ = worlds.draw(kind, 1)
    inputs = np.asarray(economy.inputs).copy()
    drawn = {"offtake": np.full((1, *kind.size("KER")), 1e6), "inputs": inputs[None]}
    found = solve_many(kind, economy, drawn)
    assert not bool(found.converged[0])
    assert float(found.residual[0]) > 1e-9
