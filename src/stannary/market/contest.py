"""The zone against its dominant supplier: floors on one side, mark-ups on the other, each answering.

The supplier counts ``Σ δ^t (winnings + share_weight share + stability_weight stability)``: besides money it
may want its share of the zone's purchases, or steady prices (stability is minus the square of the change of
the log price it asks). The zone counts its makers' and users' gains and its treasury.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from stannary.market.dominance import Seller, marked_up, winnings
from stannary.market.economy import Economy, Form
from stannary.market.equilibrium import Equilibrium, solve
from stannary.market.game import Game, Player
from stannary.market.layout import Course
from stannary.market.model import Model
from stannary.market.path import path
from stannary.market.residual import to_regions
from stannary.market.welfare import producers_surplus, users_gain

__all__ = ["Aims", "contest", "contest_over_time", "supplier_value", "zone_value"]


@dataclass(frozen=True, kw_only=True)
class Aims:
    """What a player counts: `discount` a period; for the supplier USD a period for a full share and for
    stability. Shares and stability weigh nothing unless said."""

    discount: float = 0.95
    share_weight: float = 0.0
    stability_weight: float = 0.0


@dataclass(frozen=True)
class _Plan:
    """A course with other values of one field."""

    periods: int
    start_year: int
    overrides: dict[str, Any]
    reactions: tuple[Any, ...]


def supplier_value(
    form: Form, economies: Economy, equilibria: Equilibrium, who: Seller, zone: Any, aims: Aims
) -> Array:
    """Give what a run of periods is worth to a supplier, USD; the first axis of both is the period.

    `zone` is 1 or 0 by region. NaN where a period is not solved.
    """

    def one(economy: Economy, solved: Equilibrium) -> tuple[Array, Array, Array]:
        bought = to_regions(form, solved.flows @ jnp.asarray(zone)) * (who.makers.sum(-1, keepdims=True) > 0)
        share = jnp.sum(bought * who.makers) / jnp.maximum(jnp.sum(bought), 1e-300)
        tax = jnp.sum(economy.export_tax * who.arcs) / jnp.maximum(jnp.sum(who.arcs), 1.0)
        asked = jnp.log(jnp.sum(solved.price * who.makers) * (1.0 + tax))
        return winnings(form, economy, solved, who), share, asked

    won, share, asked = jax.vmap(one)(economies, equilibria)
    stability = -jnp.square(jnp.diff(asked, prepend=asked[:1]))
    worth = won + aims.share_weight * share + aims.stability_weight * stability
    return jnp.sum(worth * aims.discount ** jnp.arange(len(worth)))


def zone_value(form: Form, economies: Economy, equilibria: Equilibrium, zone: Any, aims: Aims) -> Array:
    """Give what a run of periods is worth to the zone, USD: makers, users, levies and tariffs, less support.

    Users' gain counts from the reference price. NaN where a period is not solved.
    """

    def one(economy: Economy, solved: Equilibrium) -> Array:
        makers = producers_surplus(form, economy, solved)
        users = users_gain(economy, solved.average_price)
        taxes = jnp.sum((solved.levy + solved.tariff_duty) * solved.flows, axis=-2)
        paid = solved.support * solved.supported_output
        users = jnp.where(economy.final_demand + economy.demand_intercept > 0, users, 0.0)
        total = jnp.sum((makers + users + taxes - paid) * jnp.asarray(zone))
        return jnp.where(solved.converged, total, jnp.nan)

    worth = jax.vmap(one)(economies, equilibria)
    return jnp.sum(worth * aims.discount ** jnp.arange(len(worth)))


def contest(
    model: Model,
    who: Seller,
    *,
    floors: tuple[float, float],
    mark_ups: tuple[float, float] = (0.0, 2.0),
    aims: Aims | None = None,
    points: int = 17,
) -> Game:
    """Give the game of one period: the zone sets one floor on the supplier's good, the supplier one mark-up.

    Strategies are ``[floor USD/t]`` and ``[mark-up]``; the floor holds in every region of the zone, levied as
    the model says (`levied`, `by_reference`).
    """
    aims = aims or Aims()
    zone = _zone(model)
    goods = (who.makers.sum(-1, keepdims=True) > 0) * zone

    def payoffs(strategies: tuple[Array, ...]) -> tuple[Array, Array]:
        floor, mark_up = strategies[0][0], strategies[1][0]
        economy = model.economy.but(floor=jnp.where(goods > 0, floor, model.economy.floor))
        economy = jax.tree.map(jnp.asarray, marked_up(economy, who, mark_up))
        solved = solve(model.form, economy)
        economies, equilibria = jax.tree.map(lambda each: jnp.asarray(each)[None], (economy, solved))
        return (
            zone_value(model.form, economies, equilibria, zone, aims),
            supplier_value(model.form, economies, equilibria, who, zone, aims),
        )

    players = (
        Player("zone", (floors[0],), (floors[1],), points),
        Player("supplier", (mark_ups[0],), (mark_ups[1],), points),
    )
    return Game(players, payoffs)


def contest_over_time(
    model: Model,
    who: Seller,
    course: Course,
    *,
    floors: tuple[float, float],
    mark_ups: tuple[float, float] = (0.0, 2.0),
    pieces: int = 2,
    aims: Aims | None = None,
    points: int = 5,
) -> Game:
    """Give the game through the simulator: as `contest`, with a floor and a mark-up for each part of the run.

    The periods of the course are cut into `pieces` equal parts; strategies have one number for each. Orders,
    cancellations and closures answer, so a supplier may find it worth to press prices first. Reactions of the
    course hold.
    """
    aims = aims or Aims()
    zone = _zone(model)
    goods = (who.makers.sum(-1, keepdims=True) > 0) * zone
    part = np.minimum(np.arange(course.periods) * pieces // course.periods, pieces - 1)
    form = model.form

    def payoffs(strategies: tuple[Array, ...]) -> tuple[Array, Array]:
        floor, mark_up = strategies[0][part], strategies[1][part]
        given = dict(course.overrides)
        taxes = jnp.asarray(given.get("export_tax", model.economy.export_tax))
        taxes = jnp.broadcast_to(taxes, (course.periods, *model.form.size("KEOR")))
        wide = (slice(None), None, None, None, None)
        given["export_tax"] = (1.0 + taxes) * (1.0 + mark_up[wide] * who.arcs) - 1.0
        floors_before = jnp.asarray(given.get("floor", model.economy.floor))
        given["floor"] = jnp.where(goods > 0, floor[wide[:-1]], floors_before)
        plan = _Plan(course.periods, course.start_year, given, tuple(course.reactions))
        told = path(model, plan, keep="flows")
        economies, equilibria = told.economies, told.equilibria
        if economies is None or equilibria is None:
            raise AssertionError("a path that keeps flows has them")
        return (
            zone_value(form, economies, equilibria, zone, aims),
            supplier_value(form, economies, equilibria, who, zone, aims),
        )

    players = (
        Player("zone", (floors[0],) * pieces, (floors[1],) * pieces, points),
        Player("supplier", (mark_ups[0],) * pieces, (mark_ups[1],) * pieces, points),
    )
    return Game(players, payoffs)


def _zone(model: Model) -> Array:
    return jnp.array([name in model.zone for name in model.regions], dtype=jnp.float64)
