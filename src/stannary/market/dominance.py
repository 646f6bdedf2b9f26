"""A supplier large enough to choose its price: mark-ups, limit prices, and who keeps what a floor raises.

The supplier is a region that sells a good above what its makers ask, by a mark-up on its price to the buyers
it chooses (`Economy.export_tax`: a tax, a state trader's margin, a cartel's). Its makers compete, so their
price is its marginal cost. What it faces is residual demand: all the others' answers, found by the derivative
of the solved market. A price taker is a seller with a mark-up of 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from stannary.market.dynamics import Dynamics
from stannary.market.economy import Economy, Form
from stannary.market.equilibrium import Equilibrium, solve
from stannary.market.investment import break_even_margin, profitability
from stannary.market.model import Model
from stannary.market.welfare import producers_surplus, users_gain

__all__ = [
    "LimitPrice",
    "MarkUp",
    "RentSplit",
    "Seller",
    "entry_price",
    "limit_mark_up",
    "marked_up",
    "rent_split",
    "residual_elasticity",
    "seller",
    "static_mark_up",
    "winnings",
]

POINTS = 33
"""Mark-ups looked at before any is refined, so that a local optimum does not pass for the best."""

HALVINGS = 45


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Seller:
    """Who sets a price: `arcs` (``layer good origin region``) are 1 where it does, `makers` (``layer good
    region``) where its goods are made, `at_home` (``region``) where users' gains are its own."""

    arcs: Array
    makers: Array
    at_home: Array


class MarkUp(NamedTuple):
    """A mark-up and what it rests on.

    `elasticity` is that of residual demand at the mark-up, `lerner` ``(price - cost) / price`` there and
    `gap` how far it is from ``1 / |elasticity|``: 0 at an optimum, but not at a kink nor where users at home
    count and buy abroad as well. `price` is what the
    supplier asks ex works, `gain` its gain over a price taker, USD a period. `bounded` says that the highest
    mark-up looked at was the best.
    """

    mark_up: Array
    price: Array
    elasticity: Array
    lerner: Array
    gap: Array
    gain: Array
    bounded: Array


class LimitPrice(NamedTuple):
    """The highest mark-up that keeps entrants out, the supplier's price with it, and theirs.

    `worth` is the largest NPV / capex among entrants there. `keeps_out` is false where even the lowest
    mark-up looked at lets somebody in.
    """

    mark_up: Array
    price: Array
    entry_price: Array
    worth: Array
    keeps_out: Array


class RentSplit(NamedTuple):
    """Who keeps what lies between the supplier's cost and the landed price of its goods, USD a period."""

    treasury: Array
    supplier: Array
    tonnes: Array
    landed_price: Array


def seller(
    model: Model, region: str, product: str, *, to: Iterable[str] = (), at_home: bool = False
) -> Seller:
    """Give the supplier of a product: a region, setting its price to the regions in `to` (none: all others).

    `at_home` lets it set the price at home as well; else its users pay what its makers ask and their gain
    counts as its own. Its leakage channels sell at its price too. Raises `MarketError` (STN-MARKET-001).
    """
    k, e = model.good(product)
    own, buyers = model.region(region), [model.region(name) for name in to]
    arcs = np.zeros(model.form.size("KEOR"))
    for origin, source in enumerate(model.form.origins):
        if source == own:
            arcs[k, e, origin, buyers or slice(None)] = 1.0
            arcs[k, e, origin, own] = float(at_home and origin < model.form.regions)
    makers = np.zeros(model.form.size("KER"))
    makers[k, e, own] = 1.0
    home = np.zeros(model.form.regions)
    home[own] = float(not at_home)
    return Seller(arcs=jnp.asarray(arcs), makers=jnp.asarray(makers), at_home=jnp.asarray(home))


def marked_up(economy: Economy, who: Seller, mark_up: Any) -> Economy:
    """Give the economy in which a supplier asks ``1 + mark_up`` times what it would; -0.1 is a tenth less."""
    raised = (1.0 + jnp.asarray(economy.export_tax)) * (1.0 + jnp.asarray(mark_up) * who.arcs) - 1.0
    return economy.but(export_tax=raised)


def winnings(form: Form, economy: Economy, solved: Equilibrium, who: Seller) -> Array:
    """Give what the supplier has of a market, USD a period: mark-ups, its makers' surplus, its users' gain.

    Users' gain counts from the reference price, where it is a number; NaN where the market is not solved.
    """
    makers = jnp.sum(producers_surplus(form, economy, solved) * who.makers)
    here = (who.makers.sum(-1, keepdims=True) > 0) * who.at_home
    users = jnp.sum(jnp.where(here > 0, users_gain(economy, solved.average_price), 0.0))
    total = jnp.sum(_taken(form, economy, solved, who)) + makers + users
    return jnp.where(solved.converged, total, jnp.nan)


def residual_elasticity(form: Form, economy: Economy, who: Seller, mark_up: Any = 0.0) -> Array:
    """Give the elasticity of what the supplier sells with its price, all others answering.

    By the implicit derivative of the market in the mark-up: ``d log tonnes / d log price`` along the residual
    demand curve.
    """
    found: Array = _residual(form, economy, who, jnp.asarray(mark_up, dtype=jnp.float64))[0]
    return found


def static_mark_up(
    form: Form, economy: Economy, who: Seller, *, lowest: float = 0.0, highest: float = 4.0
) -> MarkUp:
    """Give the mark-up that brings the supplier most in one period: ``(p - c) / p = 1 / |elasticity|``.

    Lerner (The Concept of Monopoly, Review of Economic Studies 1, 1934), c being its makers' price. All
    mark-ups on a grid are looked at, then the best is refined between its neighbours by halving on the sign
    of the slope of its winnings, which finds an optimum at a kink (a floor) too. Lerner's condition is the
    first-order condition of a supplier that sells to all at its price; `MarkUp.gap` says how far it is from
    it.
    """
    grid = jnp.linspace(lowest, highest, POINTS)
    found: MarkUp = _best_mark_up(form, economy, who, grid)
    return found


def entry_price(economy: Economy, dynamics: Dynamics, solved: Equilibrium, periods_a_year: int = 1) -> Array:
    """Give the price at which a new works is just worth its capex, USD/t of throughput, ``layer process
    region``: inputs at what users pay, conversion, and the margin at which NPV is 0 (`investment`)."""
    inputs = jnp.einsum("kjir,kir->kjr", economy.inputs[1:], solved.average_price[:-1])
    inputs = jnp.concatenate([jnp.zeros_like(solved.price[:1]), inputs])
    return economy.conversion_cost + inputs + break_even_margin(dynamics, periods_a_year)


def limit_mark_up(
    form: Form,
    economy: Economy,
    dynamics: Dynamics,
    who: Seller,
    *,
    lowest: float = 0.0,
    highest: float = 4.0,
    periods_a_year: int = 1,
) -> LimitPrice:
    """Give the highest mark-up at which no entrant's project is worth its capex (Bain 1949, Sylos Labini).

    Entrants are all processes with capex that make the supplier's good elsewhere, and expect today's margin
    for the life of the project. Their worth is taken to rise with the mark-up.
    """
    edges = (jnp.asarray(lowest, dtype=jnp.float64), jnp.asarray(highest, dtype=jnp.float64))
    found: LimitPrice = _limit(form, periods_a_year, economy, dynamics, who, edges)
    return found


def rent_split(form: Form, economy: Economy, solved: Equilibrium, who: Seller) -> RentSplit:
    """Say who keeps the rent on a supplier's goods: the treasury as levy, or the supplier as mark-up.

    Under an invoice levy the supplier can raise its invoice to the floor and take the whole: landed prices
    stay, the treasury's part moves to it. Under a reference levy its price is its own risk.
    """
    flows = solved.flows * who.arcs
    tonnes = flows.sum()
    paid = jnp.sum(solved.landed_price * flows) / jnp.where(tonnes > 0, tonnes, 1.0)
    taken = jnp.sum(_taken(form, economy, solved, who))
    return RentSplit(jnp.sum(solved.levy * flows), taken, tonnes, paid)


def _taken(form: Form, economy: Economy, solved: Equilibrium, who: Seller) -> Array:
    """Give mark-ups taken by flow, USD."""
    asked = solved.price[..., jnp.array(form.origins)]
    return economy.export_tax * asked[..., None] * solved.flows * who.arcs


def _asked(form: Form, economy: Economy, solved: Equilibrium, who: Seller) -> Array:
    """Give the price a supplier asks ex works, on average over what it sells."""
    asked = solved.price[..., jnp.array(form.origins)][..., None] * (1.0 + economy.export_tax)
    flows = solved.flows * who.arcs
    return jnp.sum(asked * flows) / jnp.maximum(jnp.sum(flows), 1e-300)


@partial(jax.jit, static_argnums=0)
def _residual(form: Form, economy: Economy, who: Seller, mark_up: Array) -> tuple[Array, ...]:
    """Give elasticity, Lerner index, price asked, winnings at a mark-up, and the slope of winnings."""

    def sold(x: Array) -> tuple[tuple[Array, Array, Array], tuple[Array, Array]]:
        here = marked_up(economy, who, x)
        solved = solve(form, here)
        asked = _asked(form, here, solved, who)
        own = jnp.sum(solved.price * who.makers)
        tonnes = jnp.sum(solved.flows * who.arcs)
        # one price moves on all arcs: what buyers pay differs by taxes in proportion, which drop out
        won = winnings(form, here, solved, who)
        return (jnp.log(tonnes), jnp.log(own * (1.0 + x)), won), (1.0 - own / asked, asked)

    at, moved, (lerner, asked) = jax.jvp(sold, (mark_up,), (jnp.ones(()),), has_aux=True)
    return moved[0] / moved[1], lerner, asked, at[2], moved[2]


@partial(jax.jit, static_argnums=0)
def _best_mark_up(form: Form, economy: Economy, who: Seller, grid: Array) -> MarkUp:
    """Look at a grid, then halve between the neighbours of the best."""

    def at(mark_up: Array) -> tuple[Array, ...]:
        found: tuple[Array, ...] = _residual(form, economy, who, mark_up)
        return found

    won = jax.lax.map(lambda x: at(x)[3], grid)
    best = jnp.nanargmax(won)
    ends = (grid[jnp.maximum(best - 1, 0)], grid[jnp.minimum(best + 1, len(grid) - 1)])

    def halve(_: Any, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        middle = 0.5 * (ends[0] + ends[1])
        rising = at(middle)[4] > 0.0
        return jnp.where(rising, middle, ends[0]), jnp.where(rising, ends[1], middle)

    low, high = jax.lax.fori_loop(0, HALVINGS, halve, ends)
    # no mark-up at which the market is solved is no answer
    found = jnp.where(jnp.isfinite(won).any(), 0.5 * (low + high), jnp.nan)
    elasticity, lerner, price, gain, _ = at(found)
    taker = at(jnp.zeros(()))[3]
    bounded = found > grid[-1] - 1e-6 * (grid[-1] - grid[0])
    return MarkUp(found, price, elasticity, lerner, lerner + 1.0 / elasticity, gain - taker, bounded)


@partial(jax.jit, static_argnums=(0, 1))
def _limit(
    form: Form,
    periods_a_year: int,
    economy: Economy,
    dynamics: Dynamics,
    who: Seller,
    edges: tuple[Array, Array],
) -> LimitPrice:
    """Halve between mark-ups that keep entrants out and those that do not."""
    goods = who.makers.sum(-1, keepdims=True) > 0
    entrants = goods & (who.makers <= 0) & (dynamics.capex > 0) & (economy.active > 0)

    def at(mark_up: Array) -> tuple[Array, Array, Array]:
        here = marked_up(economy, who, mark_up)
        solved = solve(form, here)
        worth = profitability(dynamics, solved.margin, periods_a_year)
        cheapest = jnp.where(entrants, entry_price(here, dynamics, solved, periods_a_year), jnp.inf).min()
        largest = jnp.where(entrants, worth, -jnp.inf).max()
        largest = jnp.where(solved.converged, largest, jnp.nan)
        return largest, _asked(form, here, solved, who), cheapest

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        middle = 0.5 * (ends[0] + ends[1])
        out = at(middle)[0] <= 0.0
        return jnp.where(out, middle, ends[0]), jnp.where(out, ends[1], middle)

    low, high = jax.lax.fori_loop(0, HALVINGS, halve, edges)
    found = jnp.where(at(edges[1])[0] <= 0.0, edges[1], 0.5 * (low + high))
    worth, price, cheapest = at(low)
    return LimitPrice(found, price, cheapest, worth, at(edges[0])[0] <= 0.0)
