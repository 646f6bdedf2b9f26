"""A market over many periods: what happens in one changes what can happen in the next.

In every period, in this order (`period.py`):

1. the law and the world of the period are read from the schedule; those provoked react;
2. expectations move by what the last period showed, and floors are believed as far as they are credible;
3. on those prices projects are given up and ordered, works closed and reopened, output planned ahead;
4. stocks offer what they hold and bid for what they would hold, and the market is solved;
5. stocks, funds and treasuries are booked, what was built arrives, what is old goes, and makers learn.

All periods are one `jax.lax.scan`: a path can be compiled, differentiated, and batched over draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from stannary.market.dynamics import AXES as MOVES
from stannary.market.dynamics import Dynamics, dynamics
from stannary.market.economy import AXES, Economy
from stannary.market.equilibrium import Equilibrium
from stannary.market.layout import Course, Keep, Layout, lay_out
from stannary.market.model import Model
from stannary.market.period import Kept, Outset, live_through
from stannary.market.reactions import Reaction
from stannary.market.record import Record
from stannary.market.state import State, opening

__all__ = ["Path", "path", "run"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Path:
    """The periods of a path, first axis period. `failed_period` is -1 where every period was solved.

    `equilibria` and `economies` (what was solved) are kept with ``keep="flows"`` only; their bands are those
    of the model and of its stocks, from the highest price to the lowest. `closing` is where the path ends,
    and can start another.
    """

    record: Record
    equilibria: Equilibrium | None
    economies: Economy | None
    closing: State
    failed_period: Array
    failed_residual: Array
    start_year: int = field(metadata={"static": True})
    periods_a_year: int = field(metadata={"static": True})


def path(
    model: Model,
    schedule: Course,
    *,
    draw: Mapping[str, Any] | None = None,
    keep: Keep = "measures",
    start: State | None = None,
    slots: int | None = None,
) -> Path:
    """Run a model through a schedule.

    `draw` gives other values to fields of the economy or the dynamics (whole arrays with the axes of the
    field); where the schedule overrides the same field, its values move in proportion. `start` continues
    from the closing state of another path. `slots` is the longest lead time in periods, where drawn lead
    times may be more than twice the model's. A period that is not solved ends the path: all numbers from it
    on are NaN, `failed_period` and `failed_residual` say where and how far off. Raises `KeyError` for a
    field that neither economy nor dynamics has.
    """
    moves = model.dynamics if model.dynamics is not None else dynamics(model.form)
    layout = lay_out(
        model.form, moves, schedule, periods_a_year=model.periods_a_year, draw=draw, keep=keep, slots=slots
    )
    for name in (*schedule.overrides, *(draw or {})):
        if name not in AXES and name not in MOVES and name != "zone":
            raise KeyError(name)
    changes = {name: jnp.asarray(values) for name, values in schedule.overrides.items()}
    if "zone" not in changes:
        inside = np.array([name in model.zone for name in model.regions], dtype=np.float64)
        changes["zone"] = jnp.broadcast_to(jnp.asarray(inside), (schedule.periods, len(inside)))
    reactions = tuple(schedule.reactions)
    closing, kept = run(layout, model.economy, moves, changes, reactions, dict(draw or {}), start)
    record, equilibria, economies = kept
    return Path(
        record=record,
        equilibria=equilibria,
        economies=economies,
        closing=closing,
        failed_period=closing.failed_period,
        failed_residual=closing.failed_residual,
        start_year=schedule.start_year,
        periods_a_year=model.periods_a_year,
    )


@partial(jax.jit, static_argnums=0)
def run(
    layout: Layout,
    economy: Economy,
    moves: Dynamics,
    changes: dict[str, Array],
    reactions: tuple[Reaction, ...],
    draw: dict[str, Any],
    start: State | None,
) -> tuple[State, Kept]:
    """Scan over the periods: what `path` does once it is laid out.

    Compiled once for a layout and the fields that change. Inside another compiled or differentiated function
    lay the path out first, on numbers that are known: what is traced counts as needed in `lay_out`.
    """
    changes = _drawn_too(economy, moves, changes, draw)
    economy = replace(economy, **{name: value for name, value in draw.items() if name in AXES})
    moves = replace(moves, **{name: value for name, value in draw.items() if name in MOVES})
    if start is None:
        start = opening(layout.form, economy, moves, layout.slots, len(reactions))
    outset = Outset(economy, moves, reactions)
    periods = {**changes, "period": jnp.arange(layout.periods)}
    return jax.lax.scan(partial(live_through, layout, outset), start, periods)


def _drawn_too(
    economy: Economy, moves: Dynamics, changes: dict[str, Array], draw: Mapping[str, Any]
) -> dict[str, Array]:
    """Let what a schedule says of a drawn field move in proportion to the draw."""
    drawn = dict(changes)
    for name in changes.keys() & draw.keys():
        own = jnp.asarray(getattr(economy if name in AXES else moves, name))
        ratio = jnp.where(own != 0, draw[name] / jnp.where(own != 0, own, 1.0), 1.0)
        drawn[name] = changes[name] * ratio
    return drawn
