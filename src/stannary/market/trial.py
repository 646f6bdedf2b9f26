"""A scenario on trial: what levers do to the level of a goal and to those who pay, draw by draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from stannary.market.dynamics import Dynamics
from stannary.market.economy import Economy
from stannary.market.ensemble import CHUNK, PERIOD, Ready, in_blocks, made_ready
from stannary.market.gauges import gains_of
from stannary.market.goals import Aim, Level
from stannary.market.layout import Layout
from stannary.market.levers import Knobs
from stannary.market.model import Model
from stannary.market.path import run
from stannary.market.reactions import Reaction
from stannary.market.schedule import Schedule

__all__ = ["PARTIES", "Leaning", "Seen", "Trial"]

SMOOTHING = 1e-3
"""Share of the price by which kinks are rounded while a search follows slopes; what is told is exact."""
ROUNDING = 0.005
"""Width of the smooth maximum over goods and periods while a search follows slopes, in shares."""
PARTIES = ("users", "treasury", "producers")


@dataclass(frozen=True)
class Seen:
    """What a trial saw: by draw the goal's `level`, and the gains of the zone's `PARTIES`, USD, all periods.

    A draw that was not solved is NaN in all of them.
    """

    level: np.ndarray
    gains: Mapping[str, np.ndarray]

    @property
    def solved(self) -> np.ndarray:
        """Say of each draw whether it was solved."""
        return np.asarray(np.isfinite(self.level) & np.isfinite(self.gains["users"]))

    @property
    def cost(self) -> np.ndarray:
        """Give what users and the treasury lose, USD by draw, over what they would at reference prices."""
        return np.asarray(-(self.gains["users"] + self.gains["treasury"]))


@dataclass(frozen=True)
class Leaning:
    """What a trial saw with rounded kinks, and the slopes of cost and level, ``draw lever``."""

    seen: Seen
    cost_slope: np.ndarray
    level_slope: np.ndarray


@dataclass(frozen=True)
class Trial:
    """A model under a scenario with levers, and the aim it is looked at for.

    `discount` is a rate a year from the first period on. `draws` a trial is given are whole arrays by field.
    """

    model: Model
    plan: Schedule
    knobs: Knobs
    aim: Aim
    discount: float = 0.0
    chunk: int = CHUNK
    workers: int = 2

    def see(self, values: np.ndarray, draws: Mapping[str, Any]) -> Seen:
        """Run the draws with the levers at these values, exactly."""
        return _seen(self._run(values, draws, 0.0, False))

    def lean(self, values: np.ndarray, draws: Mapping[str, Any]) -> Leaning:
        """Run the draws with rounded kinks, and give slopes with respect to the levers."""
        found = self._run(values, draws, SMOOTHING, True)
        return Leaning(_seen(found), found["cost_slope"], found["level_slope"])

    def _run(
        self, values: np.ndarray, draws: Mapping[str, Any], smoothing: float, slopes: bool
    ) -> dict[str, np.ndarray]:
        ready: Ready = made_ready(self.model, self.plan, draws, keeps_flows=True, smoothing=smoothing)
        level = Level(self.aim, ROUNDING if smoothing else 0.0)
        years = np.arange(self.plan.periods) / self.plan.periods_a_year
        weights = jnp.asarray((1.0 + self.discount) ** -years)
        levers = jnp.asarray(values, dtype=jnp.float64)

        def solve(lanes: dict[str, np.ndarray], chunk: int) -> dict[str, Array]:
            fixed = (ready.layout, level, chunk, slopes)
            solved: dict[str, Array] = _lanes(*fixed, *ready[1:], self.knobs, weights, levers, lanes)
            return solved

        return in_blocks(solve, draws, chunk=self.chunk, workers=self.workers)


def _seen(found: Mapping[str, np.ndarray]) -> Seen:
    failed = found[PERIOD] >= 0
    told = {name: np.where(failed, np.nan, found[name]) for name in ("level", *PARTIES)}
    return Seen(told["level"], {name: told[name] for name in PARTIES})


@partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _lanes(
    layout: Layout,
    level: Level,
    chunk: int,
    slopes: bool,
    economy: Economy,
    moves: Dynamics,
    changes: dict[str, Array],
    reactions: tuple[Reaction, ...],
    knobs: Knobs,
    weights: Array,
    values: Array,
    lanes: dict[str, Array],
) -> dict[str, Array]:
    """Run lanes at values of the levers; with `slopes` pull cost and level back to the levers."""

    def told(at: Array, lane: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
        turned = knobs.turned(changes, at)
        draw = {name: value for name, value in lane.items() if name}
        closing, kept = run(layout, economy, moves, turned, reactions, draw, None)
        counted = turned["zone"] * weights[:, None]
        gains = gains_of(layout, kept)
        found = {name: jnp.sum(gains[name] * counted) for name in PARTIES}
        found |= level.read(layout, turned, kept)
        pair = jnp.stack([-(found["users"] + found["treasury"]), found["level"]])
        return pair, found | {PERIOD: closing.failed_period}

    def one(lane: dict[str, Array]) -> dict[str, Array]:
        if not slopes:
            return told(values, lane)[1]
        _, back, found = jax.vjp(lambda at: told(at, lane), values, has_aux=True)
        (rows,) = jax.vmap(back)(jnp.eye(2))
        return {**found, "cost_slope": rows[0], "level_slope": rows[1]}

    found: dict[str, Array] = jax.lax.map(one, lanes, batch_size=chunk)
    return found
