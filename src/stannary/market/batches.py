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
from stannary.market.equilibrium import Equilibrium, Start, solve

__all__ = ["keep_compiled", "solve_many"]

ATTEMPTS = 3
"""How many neighbours what failed is tried again from."""

CHUNK = 4
"""Markets solved in step: enough to fill vector registers, few enough to stay in the cache."""


def solve_many(
    form: Form, economy: Economy, drawn: Mapping[str, Any], *, chunk: int = CHUNK, workers: int = 1
) -> Equilibrium:
    """Solve one market a row of `drawn`: fields of the economy with one more axis in front.

    Fields that are not drawn are shared. Every array of the answer has the axis of draws in front;
    `converged` says which can be read. `workers` threads each take a part. Raises `KeyError` for a field
    that no economy has and `ValueError` where the draws differ in number. What fails is tried again from
    the solutions of its neighbours among the draws.
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
    begin = Start(market=shared.start_price, wedge=jnp.full(len(form.wedges), 0.5))

    def part(places: np.ndarray) -> Equilibrium:
        given = {name: jnp.asarray(values[places]) for name, values in rows.items()}
        begins = jax.tree.map(lambda each: jnp.broadcast_to(each, (len(places), *each.shape)), begin)
        solved: Equilibrium = _in_chunks(form, chunk, shared, given, begins)
        return solved

    parts = np.array_split(np.arange(count), min(max(workers, 1), count))
    with ThreadPoolExecutor(len(parts)) as pool:
        solved = list(pool.map(part, parts))
    found: Equilibrium = jax.tree.map(lambda *each: jnp.concatenate(each), *solved)
    for attempt in range(ATTEMPTS):
        failed = np.flatnonzero(~np.asarray(found.converged))
        if not 0 < len(failed) < count:
            break
        found = _from_neighbours(form, chunk, shared, rows, found, failed, attempt)
    return found


def _from_neighbours(
    form: Form,
    chunk: int,
    economy: Economy,
    rows: dict[str, np.ndarray],
    found: Equilibrium,
    failed: np.ndarray,
    attempt: int,
) -> Equilibrium:
    """Solve again what failed, from the solutions of the draws nearest to it that were solved."""
    good = np.flatnonzero(np.asarray(found.converged))
    flat = np.concatenate([np.log1p(np.abs(each.reshape(len(each), -1))) for each in rows.values()], axis=1)
    far = np.array([np.abs(flat[good] - flat[place]).sum(axis=1) for place in failed])
    nearest = good[np.argsort(far, axis=1)[:, min(attempt, len(good) - 1)]]
    wedge = found.wedge[nearest] if form.wedges else jnp.zeros((len(failed), 0))
    begins = Start(market=found.market[nearest], wedge=wedge)
    given = {name: jnp.asarray(values[failed]) for name, values in rows.items()}
    again = _in_chunks(form, chunk, economy, given, begins)
    better = jnp.asarray(failed)[again.converged]
    mended: Equilibrium = jax.tree.map(
        lambda old, now: old.at[better].set(now[again.converged]), found, again
    )
    return mended


@partial(jax.jit, static_argnums=(0, 1))
def _in_chunks(
    form: Form, chunk: int, economy: Economy, drawn: dict[str, Array], begins: Start
) -> Equilibrium:
    def one(given: tuple[dict[str, Array], Start]) -> Equilibrium:
        return _filled(solve(form, economy.but(**given[0]), given[1]))

    solved: Equilibrium = jax.lax.map(one, (drawn, begins), batch_size=chunk)
    return solved


def _filled(solved: Equilibrium) -> Equilibrium:
    """Leave out arrays without elements, which cannot be cut in chunks: give them one that is zero."""
    filled: Equilibrium = jax.tree.map(
        lambda each: each if each.size else jnp.zeros((1,) * max(each.ndim, 1)), solved
    )
    return filled


def keep_compiled(folder: Path) -> None:
    """Keep compiled programs in a folder, so that a later process need not compile them again."""
    folder.mkdir(parents=True, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", str(folder))  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)  # type: ignore[no-untyped-call]
