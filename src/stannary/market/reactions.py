"""What others do once the zone has done something, as data: a trigger, a response, and how long it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from stannary.market.economy import Economy

__all__ = ["Reaction", "Seen", "Trigger", "clock", "react"]

Trigger = Literal["floor", "tariff", "price", "levy", "support", "purchases", "pipeline", "output_share"]

LARGEST = ("floor", "tariff", "price")
"""Triggers of which the largest counts; of the others the sum."""


class Seen(NamedTuple):
    """What others see, axes ``layer good region``.

    `floor` (USD/t) and `tariff` (the highest rate on any origin) are the law of this period. All else is of
    the last period: `price` USD/t; `levy`, `support` and `purchases` of the public stock USD; `pipeline`
    tonnes of capacity being built; `output` tonnes (all of them zero before the first period).
    """

    floor: Array
    tariff: Array
    price: Array
    levy: Array
    support: Array
    purchases: Array
    pipeline: Array
    output: Array


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Reaction:
    """When what is watched passes a threshold, a field of the economy becomes ``factor x itself + addend``.

    `watched` is 1 or 0 by ``layer good region``. Of `floor`, `tariff` and `price` the largest watched must
    exceed `threshold`, of USD and tonnes the sum; of `output_share` the share of the watched in all output
    of the same goods must fall below it. The response begins `delay` periods after the trigger and lasts
    `duration` periods, with `holds` also as long as the trigger does. After `pause` further periods it can
    come again; a negative pause means never. `factor` and `addend` broadcast to the axes of `changes`.
    """

    trigger: Trigger = field(metadata={"static": True})
    changes: str = field(metadata={"static": True})
    holds: bool = field(default=False, metadata={"static": True})
    watched: Array | np.ndarray
    threshold: Array | float = 0.0
    factor: Array | np.ndarray | float = 1.0
    addend: Array | np.ndarray | float = 0.0
    delay: Array | int = 0
    duration: Array | int = 1
    pause: Array | int = -1


def react(
    reactions: tuple[Reaction, ...], economy: Economy, seen: Seen, clocks: Array
) -> tuple[Economy, Array, Array]:
    """Apply every response that is due; give the economy, who responds (1 or 0), and the clocks."""
    due, onward = [], []
    for place, reaction in enumerate(reactions):
        active, later = clock(reaction, seen, clocks[place])
        before = getattr(economy, reaction.changes)
        after = jnp.where(active, before * reaction.factor + reaction.addend, before)
        changed: dict[str, Any] = {reaction.changes: after}
        economy = replace(economy, **changed)
        due.append(active)
        onward.append(later)
    if not reactions:
        return economy, clocks, clocks
    return economy, jnp.stack(due).astype(clocks.dtype), jnp.stack(onward)


def clock(reaction: Reaction, seen: Seen, now: Array) -> tuple[Array, Array]:
    """Say whether a response is due in this period, and set its clock.

    The clock is 0 while nothing has happened, else it counts periods from the trigger.
    """
    provoked = _is_provoked(reaction, seen)
    begin = jnp.asarray(reaction.delay)
    end = begin + reaction.duration
    started = jnp.where((now == 0) & provoked, 1, now)
    active = (started > begin) & (started <= end)
    held = provoked & (started == end + 1) if reaction.holds else jnp.zeros_like(active)
    onward = jnp.where((started == 0) | held, started, started + 1)
    pause = jnp.asarray(reaction.pause)
    over = (pause >= 0) & (onward > end + pause + reaction.holds)
    return active | held, jnp.where(over & ~held, 0, onward)


def _is_provoked(reaction: Reaction, seen: Seen) -> Array:
    watched = jnp.asarray(reaction.watched)
    if reaction.trigger == "output_share":
        goods = watched.max(axis=-1, keepdims=True)
        world = jnp.sum(seen.output * goods)
        share = jnp.sum(seen.output * watched) / jnp.where(world > 0, world, 1.0)
        return (world > 0) & (share < reaction.threshold)
    seen_there: Array = getattr(seen, reaction.trigger) * watched
    size = seen_there.max() if reaction.trigger in LARGEST else seen_there.sum()
    return size > reaction.threshold
