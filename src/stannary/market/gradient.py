"""Gradients of what a path brings about with respect to policy, and how far they hold at a kink.

Derivatives go through every period's equilibrium by the implicit function theorem, not through its
iterations. At a kink (a floor just met, a capacity just reached) the slope to the left is not the slope to
the right; rounding the kink gives one between them, and making the rounding smaller shows which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from stannary.market.dynamics import Dynamics
from stannary.market.economy import Economy
from stannary.market.ensemble import made_ready
from stannary.market.layout import Course, Layout
from stannary.market.levers import Knobs
from stannary.market.model import Model
from stannary.market.path import run
from stannary.market.period import Kept
from stannary.market.reactions import Reaction

__all__ = ["Objective", "Slope", "differences", "gradient", "sharpened"]

Objective = Callable[[Layout, Mapping[str, Array], Kept], Array]
"""A number read off a path: given its layout, its overrides by field, and what is kept of it."""


@dataclass(frozen=True)
class Slope:
    """The value of an objective and its gradient, one number a lever; `smoothing` is what rounded kinks.

    `is_settled` says that the gradient no longer depends on the rounding (always true without any).
    """

    value: float
    gradient: np.ndarray
    smoothing: float = 0.0
    is_settled: bool = True


def gradient(
    model: Model,
    schedule: Course,
    knobs: Knobs,
    values: Sequence[float] | np.ndarray,
    objective: Objective,
    *,
    draw: Mapping[str, Any] | None = None,
    smoothing: float = 0.0,
) -> Slope:
    """Give the value of an objective with levers at these values, and its gradient with respect to them.

    `knobs` say where the levers stand in the schedule (`levers.knobs`). The gradient is exact for the market
    as rounded by `smoothing` (a share of the price). A path that is not solved gives NaN.
    """
    ready = made_ready(model, schedule, draw or {}, keeps_flows=True, smoothing=smoothing)
    levers = jnp.asarray(values, dtype=jnp.float64)
    value, slope = _value_and_slope(ready.layout, objective, *ready[1:], knobs, dict(draw or {}), levers)
    return Slope(float(value), np.asarray(slope), smoothing)


def differences(
    model: Model,
    schedule: Course,
    knobs: Knobs,
    values: Sequence[float] | np.ndarray,
    objective: Objective,
    *,
    draw: Mapping[str, Any] | None = None,
    smoothing: float = 0.0,
    steps: Sequence[float] | np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Give slopes to the left and to the right of each lever by differences; their mean is the central one.

    `steps` are in the levers' units, a 100,000th of each value (or 1) unless given.
    """
    ready = made_ready(model, schedule, draw or {}, keeps_flows=True, smoothing=smoothing)
    at = np.asarray(values, dtype=np.float64)
    widths = 1e-5 * np.maximum(np.abs(at), 1.0) if steps is None else np.asarray(steps)

    def value(place: np.ndarray) -> float:
        told = _value(ready.layout, objective, *ready[1:], knobs, dict(draw or {}), jnp.asarray(place))
        return float(told)

    here = value(at)
    moves = np.diag(widths)
    left = [(here - value(at - move)) / move.sum() for move in moves]
    right = [(value(at + move) - here) / move.sum() for move in moves]
    return np.array(left), np.array(right)


def sharpened(
    model: Model,
    schedule: Course,
    knobs: Knobs,
    values: Sequence[float] | np.ndarray,
    objective: Objective,
    *,
    draw: Mapping[str, Any] | None = None,
    smoothings: Sequence[float] = (1e-2, 1e-3, 1e-4),
    tolerance: float = 1e-2,
) -> tuple[Slope, ...]:
    """Give gradients with ever sharper kinks, the last of them settled or not.

    Where the last two still differ by more than `tolerance` of their size, or the last differs so from the
    gradient of the unrounded market, the levers stand at a kink: read the slopes of `differences` on both
    sides. Each smoothing is a compilation of its own.
    """
    found = [
        gradient(model, schedule, knobs, values, objective, draw=draw, smoothing=each)
        for each in (*smoothings, 0.0)
    ]
    told = []
    for before, slope in zip([None, *found[:-1]], found, strict=True):
        size = np.max(np.abs(slope.gradient), initial=0.0)
        settled = before is not None and bool(
            np.all(np.abs(slope.gradient - before.gradient) <= tolerance * max(size, 1e-300))
        )
        told.append(Slope(slope.value, slope.gradient, slope.smoothing, settled))
    return tuple(told)


@partial(jax.jit, static_argnums=(0, 1))
def _value(
    layout: Layout,
    objective: Objective,
    economy: Economy,
    moves: Dynamics,
    changes: dict[str, Array],
    reactions: tuple[Reaction, ...],
    knobs: Knobs,
    draw: dict[str, Any],
    values: Array,
) -> Array:
    turned = knobs.turned(changes, values)
    _, kept = run(layout, economy, moves, turned, reactions, draw, None)
    return objective(layout, turned, kept)


_value_and_slope = jax.jit(jax.value_and_grad(_value, argnums=8), static_argnums=(0, 1))
