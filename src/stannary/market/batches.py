"""Solve many markets of one form at once, on every core, and keep what was compiled for the next process."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from stannary.market.economy import Economy, Form
from stannary.market.equilibrium import Equilibrium, solve

__all__ = ["keep_compiled", "solve_many"]

CHUNK = 4
"""Markets solved in step: enough to fill vector registers, few enough to stay in the cache."""


def solve_many(
    form: Form, economy: Economy, drawn: Mapping[str, Any], *, chunk: int = CHUNK, workers: int = 1
) -> Equilibrium:
    """Solve one market a row of `drawn`: fields of the economy with one more axis in front.

    Fields that are not drawn are shared. Every array of the answer has the axis of draws in front;
    `converged` says which can be read. `workers` threads each take a part. Raises `KeyError` for a field
    that no economy has and `ValueError` where the draws differ in number.
    """
    unknown = set(drawn) - set(Economy.__dataclass_fields__)
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    counts = {len(values) for values in drawn.values()}
    if len(counts) != 1:
        raise ValueError(f"draws differ in number: {sorted(counts)}")
    rows = {name: np.asarray(values, dtype=np.float64) for name, values in drawn.items()}
    shared = jax.tree.map(jnp.asarray, economy)
    count = counts.pop()
    parts = np.array_split(np.arange(count), min(max(workers, 1), count))

    def part(places: np.ndarray) -> Equilibrium:
        given = {name: jnp.asarray(values[places]) for name, values in rows.items()}
        return jax.block_until_ready(_in_chunks(form, chunk, shared, given))

    if len(parts) == 1:
        return part(parts[0])
    with ThreadPoolExecutor(len(parts)) as pool:
        solved = list(pool.map(part, parts))
    return jax.tree.map(lambda *each: jnp.concatenate(each), *solved)


@partial(jax.jit, static_argnums=(0, 1))
def _in_chunks(form: Form, chunk: int, economy: Economy, drawn: dict[str, Array]) -> Equilibrium:
    return jax.lax.map(lambda one: _filled(solve(form, economy.but(**one))), drawn, batch_size=chunk)


def _filled(solved: Equilibrium) -> Equilibrium:
    """Leave out arrays without elements, which cannot be cut in chunks: give them one that is zero."""
    return jax.tree.map(lambda each: each if each.size else jnp.zeros((1,) * max(each.ndim, 1)), solved)


def keep_compiled(folder: Path) -> None:
    """Keep compiled programs in a folder, so that a later process need not compile them again."""
    folder.mkdir(parents=True, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
