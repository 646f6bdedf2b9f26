"""Many draws of one market: drawn by chance that can be repeated, run side by side, kept within memory.

Draws follow a Sobol sequence (Sobol 1967; scrambled by Matoušek 1998, in SciPy): the first n of more draws
are the n draws, so an ensemble can be made longer. Paths are compiled together, some lanes at a time; each
block of them leaves the machine as NumPy arrays of what its gauge reads, and no more is held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.stats import qmc  # type: ignore[import-untyped]

from stannary.errors import Problem, UsageError
from stannary.market.dynamics import Dynamics, dynamics
from stannary.market.economy import Economy
from stannary.market.gauges import Gauge, Recorded
from stannary.market.layout import Course, Layout, lay_out
from stannary.market.model import Model
from stannary.market.outlook import Failure
from stannary.market.path import run
from stannary.market.reactions import Reaction
from stannary.market.sampling import draws_at

__all__ = ["CHUNK", "Ensemble", "Ready", "chances", "draws", "ensemble", "in_blocks", "made_ready"]

CHUNK = 4
"""Lanes solved side by side: enough to fill vector registers; more would wait for the slowest among them."""

BLOCK = 64
"""Chunks that make a block where draws are many: what one thread runs before its arrays leave the machine.

A run of fewer draws goes chunk by chunk, so that ensembles of different lengths share one compilation."""
SMALLEST_CHANCE = 1e-6
"""The nearest that a draw comes to the ends of a law."""


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """What was read of every draw, `arrays` with a leading draw axis; NaN from a failed period on.

    `failed_period` is -1 for a draw that was solved to its end, `failed_residual` how far off use and output
    were where it was not.
    """

    arrays: dict[str, np.ndarray]
    failed_period: np.ndarray
    failed_residual: np.ndarray
    labels: tuple[str, ...]

    @property
    def solved(self) -> np.ndarray:
        """Say of each draw whether all its periods were solved."""
        return np.asarray(self.failed_period < 0)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Name the draws that were not solved, from which period on, and why."""
        return tuple(
            Failure(
                int(draw),
                self.labels[int(self.failed_period[draw])],
                f"no equilibrium was found: use and output differ by {self.failed_residual[draw]:.1e}",
            )
            for draw in np.flatnonzero(~self.solved)
        )


def ensemble(
    model: Model,
    schedule: Course,
    draws: Mapping[str, Any],
    *,
    gauge: Gauge | None = None,
    chunk: int = CHUNK,
    workers: int = 2,
    progress: Callable[[float], None] | None = None,
) -> Ensemble:
    """Run a model through a schedule once for every draw, and keep what a gauge reads.

    `draws` are whole arrays by field with a leading draw axis, as `draws` gives them; none are one run of the
    model as it is. `chunk` lanes are solved side by side (thousands on a GPU) and `workers` blocks at once:
    neither changes a result beyond rounding (a draw at the very edge of what can be solved may fall to
    either side). `progress` is told the
    percentage done. Raises `UsageError` for a chunk or number of workers below one.
    """
    if chunk < 1 or workers < 1:
        message = f"{chunk} lanes by {workers} workers solve nothing."
        raise UsageError([Problem("STN-USAGE-001", message, "Give one or more of each.")])
    read: Gauge = Recorded() if gauge is None else gauge
    ready = made_ready(model, schedule, draws, keeps_flows=read.needs_flows)

    def solve(lanes: dict[str, np.ndarray], side_by_side: int) -> dict[str, Any]:
        solved: dict[str, Any] = _lanes(ready.layout, read, side_by_side, *ready[1:], lanes)
        return solved

    found = in_blocks(solve, draws, chunk=chunk, workers=workers, progress=progress)
    labels = getattr(schedule, "labels", ()) or tuple(str(period) for period in range(schedule.periods))
    ends = found.pop(PERIOD).astype(int), found.pop(RESIDUAL)
    return Ensemble(arrays=found, failed_period=ends[0], failed_residual=ends[1], labels=labels)


PERIOD, RESIDUAL = "failed_period", "failed_residual"


def in_blocks(
    solve: Callable[[dict[str, np.ndarray], int], Mapping[str, Any]],
    draws: Mapping[str, Any],
    *,
    chunk: int = CHUNK,
    workers: int = 2,
    progress: Callable[[float], None] | None = None,
) -> dict[str, np.ndarray]:
    """Solve draws block by block on several threads, and put what each gives together as NumPy arrays.

    `solve` is given lanes (a block of draws) and how many of them to solve side by side. Without draws it is
    given one lane that holds nothing but its number, under no name.
    """
    lanes = {name: np.asarray(values) for name, values in draws.items()} or {"": np.zeros(1)}
    count = len(next(iter(lanes.values())))
    size = 1 if count == 1 else chunk if count <= chunk * BLOCK else chunk * BLOCK
    whole: dict[str, np.ndarray] = {}

    def live(start: int) -> int:
        part = {name: _padded(values[start : start + size], size) for name, values in lanes.items()}
        here = slice(start, min(start + size, count))
        for name, values in solve(part, min(chunk, size)).items():
            if name not in whole:
                whole[name] = np.empty((count, *values.shape[1:]))
            whole[name][here] = np.asarray(values)[: here.stop - start]
        return here.stop - start

    done = live(0)  # alone, so that it is compiled once
    _tell(progress, done, count)
    with ThreadPoolExecutor(workers) as pool:
        for finished in pool.map(live, range(size, count, size)):
            done += finished
            _tell(progress, done, count)
    return whole


def _tell(progress: Callable[[float], None] | None, done: int, count: int) -> None:
    if progress is not None:
        progress(100.0 * done / count)


def _padded(values: np.ndarray, size: int) -> np.ndarray:
    """Repeat the first draw until there are `size`: one size of block, one compilation."""
    missing = size - len(values)
    return values if missing == 0 else np.concatenate([values, values[:1].repeat(missing, axis=0)])


# -- drawing ------------------------------------------------------------------------------------------------


def draws(model: Model, count: int, seed: int) -> dict[str, np.ndarray]:
    """Draw the fields that a model's priors are about: whole arrays, ``draw *axes of the field``.

    The first n of a longer run of draws with the same seed are the same n draws. The base year stays what it
    was in each (`sampling`). No priors, no fields.
    """
    return draws_at(model, chances(len(model.priors), count, seed)) if model.priors else {}


def chances(columns: int, count: int, seed: int, *, independent: bool = False) -> np.ndarray:
    """Give chances between 0 and 1, ``draw column``: a scrambled Sobol sequence, or independent numbers.

    A sequence fills the space evenly and converges faster; an interval about a share that was counted holds
    for `independent` draws. Raises `UsageError` for fewer than one draw.
    """
    if count < 1:
        raise UsageError([Problem("STN-USAGE-001", f"{count} draws are none.", "Ask for one draw or more.")])
    if columns == 0:
        return np.zeros((count, 0))
    if independent:
        found = np.random.default_rng(seed).random((count, columns))
    else:
        power = int(np.ceil(np.log2(count)))
        found = qmc.Sobol(columns, scramble=True, rng=np.random.default_rng(seed)).random_base2(power)
    return np.asarray(np.clip(found[:count], SMALLEST_CHANCE, 1.0 - SMALLEST_CHANCE))


# -- running ------------------------------------------------------------------------------------------------


class Ready(NamedTuple):
    """A path laid out: what is fixed of it, and the arrays it runs on."""

    layout: Layout
    economy: Economy
    moves: Dynamics
    changes: dict[str, Array]
    reactions: tuple[Reaction, ...]


def made_ready(
    model: Model,
    schedule: Course,
    draws: Mapping[str, Any],
    *,
    keeps_flows: bool = False,
    smoothing: float = 0.0,
) -> Ready:
    """Lay a path out for all draws at once. `smoothing` rounds its kinks, for derivatives at one.

    Lead times have room for twice the model's own, so that one set of draws is laid out like the next.
    """
    form = replace(model.form, smoothing=smoothing) if smoothing else model.form
    moves = model.dynamics if model.dynamics is not None else dynamics(model.form)
    own = max(float(np.max(each)) for each in (moves.lead_periods, schedule.overrides.get("lead_periods", 0)))
    drawn = float(np.max(draws["lead_periods"])) if "lead_periods" in draws else own
    layout = lay_out(
        form,
        moves,
        schedule,
        periods_a_year=model.periods_a_year,
        draw=draws,
        keep="flows" if keeps_flows else "measures",
        slots=max(int(np.ceil(max(2.0 * own if draws else own, drawn))), 1),
    )
    if not layout.builds:
        layout = replace(layout, slots=1)
    changes = {name: jnp.asarray(values) for name, values in schedule.overrides.items()}
    if "zone" not in changes:
        inside = np.array([name in model.zone for name in model.regions], dtype=np.float64)
        changes["zone"] = jnp.broadcast_to(jnp.asarray(inside), (schedule.periods, len(inside)))
    economy = jax.tree.map(jnp.asarray, model.economy)
    return Ready(layout, economy, jax.tree.map(jnp.asarray, moves), changes, tuple(schedule.reactions))


@partial(jax.jit, static_argnums=(0, 1, 2))
def _lanes(
    layout: Layout,
    gauge: Gauge,
    chunk: int,
    economy: Economy,
    moves: Dynamics,
    changes: dict[str, Array],
    reactions: tuple[Reaction, ...],
    lanes: dict[str, Array],
) -> dict[str, Array]:
    """Run all lanes of a block, `chunk` of them side by side."""

    def one(lane: dict[str, Array]) -> dict[str, Array]:
        draw = {name: value for name, value in lane.items() if name}
        closing, kept = run(layout, economy, moves, changes, reactions, draw, None)
        ends = {PERIOD: closing.failed_period, RESIDUAL: closing.failed_residual}
        return gauge.read(layout, changes, kept) | ends

    found: dict[str, Array] = jax.lax.map(one, lanes, batch_size=chunk)
    return found
