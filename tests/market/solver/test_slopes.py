"""The slopes in closed form are those of automatic differentiation, for every kind of market."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stannary.market.residual import evaluate, fixed
from stannary.market.slopes import slopes

KINDS: dict[str, dict[str, Any]] = {
    "additive": {},
    "ordinary CES": {"sourcing": "ces"},
    "nested": {"nests": 2, "channels": 1},
    "nested CES": {"nests": 2, "sourcing": "ces"},
    "leaks": {"channels": 2},
    "stocks": {"bands": 2},
    "contracts": {"supports": True},
    "joint products": {"goods": 2, "layers": 3},
    "all at once": {"goods": 2, "layers": 3, "nests": 2, "channels": 1, "bands": 2, "supports": True},
}


@pytest.mark.parametrize("name", KINDS)
def test_slopes_in_closed_form_are_those_of_automatic_differentiation(name: str, worlds: Any) -> None:
    kind = worlds.form(**KINDS[name])
    nowhere = jnp.zeros(0)

    @partial(jax.jit, static_argnums=0)
    def both(form: Any, economy: Any, market: Any) -> Any:
        known = fixed(economy)

        def gap(logs: Any) -> Any:
            return evaluate(form, economy, known, jnp.exp(logs), nowhere).gap

        dense = jax.jacfwd(gap)(jnp.log(market))
        return dense, slopes(form, economy, evaluate(form, economy, known, market, nowhere))

    size = kind.goods * kind.regions
    for seed in range(4):
        dense, blocks = both(kind, *worlds.draw(kind, seed))
        dense = np.asarray(dense).reshape(kind.layers, size, kind.layers, size)
        built = np.zeros_like(dense)
        for layer in range(kind.layers):
            built[layer, :, layer] = blocks.diagonal[layer]
            if layer:
                built[layer, :, layer - 1] = blocks.lower[layer]
            if layer + 1 < kind.layers:
                built[layer, :, layer + 1] = blocks.upper[layer]
        assert np.abs(built - dense).max() <= 1e-12 * np.abs(dense).max()
