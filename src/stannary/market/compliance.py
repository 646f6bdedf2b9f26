"""A member's choice to enforce the floor or to look away, and what that makes of the market.

A member that lets goods in without the levy saves its users the gap between floor and outside price on every
tonne; found out (with a probability that spending decides) it pays a penalty. It enforces if fear outweighs
temptation: the deterrence condition of Becker (Crime and Punishment, Journal of Political Economy 76, 1968),
``detection x penalty >= gain``, softened since members are many offices and not one mind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market.economy import Economy, Form
from stannary.market.equilibrium import Equilibrium, Start, solve
from stannary.market.landed import land, rents_by_arc

__all__ = ["Complied", "Members", "comply", "complying", "fear", "gain", "temptation"]

CLOSE = 1e-9
"""The change of enforced shares within which they count as settled before the last step."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Members:
    """Who may look away, by region: all USD a period. `lax` is 1 where a member may, 0 where all is enforced.

    `detection` is the probability of being found out, `penalty` what that costs; `kept` the share of the levy
    that the member's own treasury keeps; `effort_cost` what enforcing costs it; `softness` the USD over which
    its choice goes from 27% to 73% enforced.
    """

    lax: Array
    detection: Array
    penalty: Array
    kept: Array
    effort_cost: Array
    softness: Array


class Complied(NamedTuple):
    """A market whose members answer it: `enforced` and `gain` (USD a period) by region.

    `gap` is the largest distance between what members enforce and what they would.
    """

    equilibrium: Equilibrium
    enforced: Array
    gain: Array
    rounds: Array
    gap: Array


def comply(tempted: Any, afraid: Any, softness: Any) -> Array:
    """Give the share of the levy a member enforces: ``logistic((fear - temptation) / softness)``.

    All in one measure (USD a period, or USD/t). A softness of 0 is the sharp rule: all where ``fear >=
    temptation``, else nothing; it has no slope.
    """
    distance = jnp.asarray(afraid) - tempted
    soft = jnp.asarray(softness) > 0
    curve = jax.nn.sigmoid(distance / jnp.where(soft, softness, 1.0))
    share: Array = jnp.where(soft, curve, (distance >= 0) * 1.0)
    return share


def fear(detection: Any, penalty: Any) -> Array:
    """Give the penalty to be expected: ``detection x penalty``."""
    expected: Array = jnp.asarray(detection) * penalty
    return expected


def temptation(gain: Any, kept: Any = 0.0, effort_cost: Any = 0.0) -> Array:
    """Give what a member has of looking away: users' gain less the levy its treasury forgoes, plus effort."""
    left: Array = jnp.asarray(gain) * (1.0 - kept) + effort_cost
    return left


def gain(form: Form, economy: Economy, solved: Equilibrium) -> Array:
    """Give what members save by not levying, USD a period by region: the levy of the law on what they buy.

    `economy` has the law as it is written (`levied` in full), `solved` the market as it is. Under an invoice
    levy this is ``(floor - outside price) x volume``.
    """
    rents, _, _ = rents_by_arc(form, economy, solved.wedge)
    due = land(form, economy, solved.price, rents).levy
    return jnp.sum(due * solved.flows, axis=(0, 1, 2))


def complying(
    form: Form, economy: Economy, members: Members, *, rounds: int = 200, damping: float = 0.5
) -> Complied:
    """Solve a market together with its members' choice to enforce: each best answers what it sees.

    A damped iteration, then one Newton step, through which derivatives follow from the implicit function
    theorem. `damping` is the part of the way kept back in a round. Sharp choices (softness near 0) may have
    no fixed point, only a mixture: `gap` says so; `equilibrium.converged` says whether the market is solved.
    """
    economy = jax.tree.map(lambda each: jnp.asarray(each, dtype=jnp.float64), economy)
    found, count = _settle(form, *jax.lax.stop_gradient((economy, members)), rounds, damping)
    answer = _answer(form, economy, members, found)
    slope = jax.lax.stop_gradient(jax.jacfwd(lambda share: _answer(form, economy, members, share))(found))
    # the value moves by one Newton step, the derivative is that of the fixed point
    step = jnp.linalg.solve(jnp.eye(form.regions) - slope, answer - found)
    enforced = jnp.clip(found + step, 0.0, 1.0)
    solved = solve(form, _enforcing(economy, enforced))
    saved = gain(form, economy, solved)
    wanted = _wanted(members, saved)
    return Complied(solved, enforced, saved, count, jnp.max(jnp.abs(wanted - enforced)))


def _settle(
    form: Form, economy: Economy, members: Members, rounds: int, damping: float
) -> tuple[Array, Array]:
    """Iterate members' answers until they settle; give shares enforced and rounds."""

    def again(at: tuple[Array, Array, Array, Start]) -> tuple[Array, Array, Array, Start]:
        share, _, count, start = at
        solved = solve(form, _enforcing(economy, share), start)
        wanted = _wanted(members, gain(form, economy, solved))
        onward = damping * share + (1.0 - damping) * wanted
        moved = jnp.max(jnp.abs(onward - share))
        reached = Start(market=solved.market, wedge=solved.wedge)
        start = jax.tree.map(lambda new, old: jnp.where(solved.converged, new, old), reached, start)
        return onward, moved, count + 1, start

    first = Start(market=economy.start_price, wedge=jnp.full(len(form.wedges), 0.5))
    begin = (jnp.ones(form.regions), jnp.asarray(jnp.inf), jnp.asarray(0), first)
    found = jax.lax.while_loop(lambda at: (at[1] > CLOSE) & (at[2] < rounds), again, begin)
    return jax.lax.stop_gradient((found[0], found[2]))


def _answer(form: Form, economy: Economy, members: Members, share: Array) -> Array:
    solved = solve(form, _enforcing(economy, share))
    return _wanted(members, gain(form, economy, solved))


def _wanted(members: Members, saved: Array) -> Array:
    tempted = temptation(saved, members.kept, members.effort_cost)
    chosen = comply(tempted, fear(members.detection, members.penalty), members.softness)
    return jnp.where(members.lax > 0, chosen, 1.0)


def _enforcing(economy: Economy, share: Array) -> Economy:
    """Give the economy in which each region levies a share of what the law says."""
    return economy.but(levied=economy.levied * share)
