"""Homogeneous goods, exactly: users buy where it is cheapest, and flows that do not pay are zero.

Spatial price equilibrium (Takayama & Judge 1971; Nagurney 1999) as a mixed complementarity problem along
the chain: on every open arc ``flow >= 0 ⊥ landed price - users' price >= 0``, users' flows add up to use,
producers' to output. Landed prices, supply, stocks and quotas are those of the other kinds of sourcing.
An arc is open where its weight is positive; weights and sigmas have no other meaning here.

Where users are indifferent, the home region's goods come first, then those that owe the smaller levy: of
equal equilibria, the one without cross-hauling and without a levy that nobody would miss.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.flatten_util import ravel_pytree

from stannary.market.economy import Economy, Form
from stannary.market.landed import Landed, beyond_levies, land, rents_by_arc
from stannary.market.residual import LEAST, Terms, demand, fixed, to_regions
from stannary.market.sourcing import Sources
from stannary.market.supply import (
    THINNEST,
    THINNEST_DIRECT,
    make,
    priced_directly,
    stock,
    unit_cost,
)

__all__ = ["Cleared", "clear"]

ROUNDEST = 0.1
SHARPEST = 1e-10
"""The rounding of the corner of each complementarity, from the first step to the last."""

PREFERENCE = 1e-7
"""By how much of the price home goods and smaller levies are preferred until the last steps."""

RESISTANCE = 1e-9
"""What is added to the diagonal of the slopes, for prices and flows that nothing determines. Equations are
exact: it only slows the last steps a little."""

FAINTEST = 1e-10
"""The preference kept in derivatives, so that flows that nothing else determines have one."""

SMALLEST = 1e-4
"""Gaps are relative to a market's own tonnes where it is at least this share of the world's."""

ADMITTED = 1e-10
"""By what share of the price a flow must be cheaper than what users pay to be let in at the last steps."""

NOTHING_MADE = 1e-39
EARLY = 0.1
"""The margin below which output fades, as a share of the start price: at last, and per unit of rounding."""

STEPS = 150
POLISH = 5
LENGTHS = (1.0, 0.5, 0.25, 0.1, 0.03, 0.01, 1e-3, 1e-4)
"""Shares of a Newton step that are tried; the one with the smallest error is taken."""


class Point(NamedTuple):
    """The unknowns: log market and users' prices, flows as shares of the world's tonnes, wedge positions.

    A wedge's position is stretched: below 1 it falls with what is left of the limit, as a share of the
    world's tonnes (`_position`).
    """

    market: Array
    paid: Array
    flows: Array
    wedge: Array


class Cleared(NamedTuple):
    """A solved market of homogeneous goods: all terms, market prices, wedge positions, the largest gap.

    `gap` is the largest of the relative gaps between use and output (of region and world) and of the
    complementarities of flows, as shares of tonnes and of prices.
    """

    terms: Terms
    market: Array
    position: Array
    gap: Array
    iterations: Array


class Setting(NamedTuple):
    """What does not move while a market is solved: arcs with a maker, those with a user too, sizes."""

    open: Array
    arcs: Array
    made: Array
    used: Array
    tonnes: Array
    scale: Array


def clear(form: Form, economy: Economy, market: Array, position: Array) -> Cleared:
    """Find where homogeneous goods flow, and at which prices, from a start.

    Can be compiled, batched and differentiated like `equilibrium.solve`, which calls it for forms whose
    sourcing is `homogeneous`. Never raises for want of a solution: `gap` says how well it is solved.
    """
    point, iterations = _root(form, economy, (market, position))
    setting = _setting(form, economy)
    terms = _terms(form, economy, setting, point)
    gap = _error(form, economy, setting, terms, point.flows)
    position = _position(economy, setting.tonnes, point.wedge)
    return Cleared(terms, jnp.exp(point.market), position, gap, iterations)


def _setting(form: Form, economy: Economy) -> Setting:
    """Find the arcs that can carry anything: some maker behind them and some user before them."""
    active = economy.active > 0
    runs = (economy.supply_scale > 0) | (economy.supply_intercept > 0) | (economy.supply_slope > 0)
    runs = runs & (economy.capacity > 0)
    made = jnp.einsum("kjer,kjr->ker", economy.yields, runs * 1.0) > 0
    made = (made | (economy.byproduct_tonnes > 0) | (economy.released > 0)) & active
    taken = jnp.einsum("kjir,kjr->kir", economy.inputs[1:], runs[1:] * 1.0) > 0
    used = (economy.final_demand > 0) | (economy.demand_intercept > 0)
    used = used | jnp.concatenate([taken, jnp.zeros_like(used[:1])])
    open_ = (economy.weights > 0) & made[..., jnp.array(form.origins)][..., :, None]
    arcs = open_ & used[..., None, :]
    sold = to_regions(form, arcs.any(-1) * 1.0) > 0
    if form.bands:
        sold = sold | (economy.band_tonnes.max(-1) > 0)
    world = jnp.maximum(jnp.sum(economy.final_demand + economy.demand_intercept), 1e-9)
    scale = jnp.max(economy.start_price, axis=-1, keepdims=True)[..., None]
    made = made & (sold | (economy.offtake > 0))
    return Setting(open_, arcs, made, used & arcs.any(-2), world, scale)


def _position(economy: Economy, world: Array, wedge: Array) -> Array:
    """Turn the stretched position of a wedge into its place on the curve of `rents_by_arc`."""
    used = 1.0 - (1.0 - wedge) * world / _limit(economy, world)
    return jnp.where(wedge < 1.0, 1.0 + jnp.log(jnp.clip(used, 1e-30, 1.0)), wedge)


def _stretched(economy: Economy, world: Array, position: Array) -> Array:
    """Turn a place on the curve of `rents_by_arc` into the stretched position."""
    unused = -jnp.expm1(jnp.minimum(position, 1.0) - 1.0) * _limit(economy, world) / world
    return jnp.where(position < 1.0, 1.0 - unused, position)


def _limit(economy: Economy, world: Array) -> Array:
    """Give what a wedge allows, as `rents_by_arc` has it."""
    return jnp.clip(economy.wedge_tonnes, 1e-9 * world, 10.0 * world)


def _terms(form: Form, economy: Economy, setting: Setting, point: Point, ease: Any = 0.0) -> Terms:
    """Work out everything that prices, flows and wedge positions imply; gaps in tonnes.

    `ease` rounds the supply curve where production begins; without it nothing is made at no margin.
    """
    market, paid = jnp.exp(point.market), jnp.exp(point.paid)
    position = _position(economy, setting.tonnes, point.wedge)
    by_kind, rents, allowed = rents_by_arc(form, economy, position)
    stocked = stock(form, economy, fixed(economy).tonnes, market)
    landed = land(form, economy, stocked.price, by_kind)
    thinnest = jnp.where(priced_directly(form, economy), THINNEST_DIRECT, THINNEST)
    begins = economy.but(start_price=economy.start_price * ((NOTHING_MADE + EARLY * ease) / thinnest))
    made = make(form, begins, stocked.price, unit_cost(economy, paid))
    final, final_slope = demand(form, economy, paid, stocked.price, made)
    taken = jnp.einsum("kjir,kjr->kir", economy.inputs[1:], made.throughput[1:])
    use = final + jnp.concatenate([taken, jnp.zeros_like(final[:1])])
    flows = jnp.where(setting.arcs, point.flows * setting.tonnes, 0.0)
    share = flows / jnp.maximum(use, LEAST)[..., None, :]
    leaving = to_regions(form, flows.sum(-1)) + stocked.bought.sum(-1)
    leaving = leaving + stocked.disposed + economy.offtake
    coming = made.output + economy.released
    gap = jnp.where(economy.active > 0, coming - leaving, 0.0)
    wedge_gap = position
    if form.wedges:
        volume = jnp.einsum("wkeos,keos->w", economy.wedge_arcs, flows)
        allowed = allowed + beyond_levies(form, economy, rents, landed.due)
        below = _limit(economy, setting.tonnes) - setting.tonnes * (1.0 - point.wedge)
        wedge_gap = jnp.where(point.wedge < 1.0, below, allowed) - volume
    sources = Sources(share, paid, jnp.zeros_like(share), jnp.zeros_like(share), share)
    return Terms(
        stocked=stocked,
        landed=landed,
        sources=sources,
        made=made,
        final=final,
        final_slope=final_slope,
        use=use,
        flows=flows,
        leaving=leaving,
        coming=coming,
        least=jnp.zeros_like(coming),
        rents=rents,
        gap=gap,
        wedge_gap=wedge_gap,
    )


def _dear(form: Form, setting: Setting, landed: Landed, paid: Array, preference: Any) -> Array:
    """Give by how much the goods of each arc are dearer than what users pay, as a share of the price.

    With `preference`, what comes from abroad or by a leak, and what owes a levy, counts as that much dearer.
    """
    dear = (landed.price - paid[..., None, :]) / setting.scale
    home = jnp.arange(len(form.origins))[:, None] == jnp.arange(form.regions)[None, :]
    last = jnp.where(home, 0.0, 1.0) + landed.levy / setting.scale
    later: Array = dear + preference * last
    return later


def _equations(
    form: Form,
    economy: Economy,
    point: Point,
    meet: Callable[[Array, Array], Array],
    preference: Any = 0.0,
    ease: Any = 0.0,
) -> Point:
    """Give all equations at a point; `meet` says how a flow and its dearness stand for a complementarity.

    `ease` is a share of the world's tonnes by which every limit on flows is widened meanwhile, and rounds
    the supply curve. A price that nothing determines (nobody makes the good there, nobody uses it) is what
    the good would cost there.
    """
    setting = _setting(form, economy)
    terms = _terms(form, economy, setting, point, ease)
    dear = _dear(form, setting, terms.landed, terms.sources.price, preference)
    either = jnp.where(setting.arcs, meet(point.flows, dear), point.flows)
    start = jnp.log(economy.start_price)
    idle = point.market - jnp.where(setting.used, point.paid, start)
    balance = jnp.where(setting.made, terms.gap / setting.tonnes, idle)
    offered = jnp.where(setting.open, terms.landed.price, jnp.inf).min(-2)
    offered = jnp.where(jnp.isfinite(offered), offered, economy.start_price)
    bought = (terms.flows.sum(-2) - terms.use) / setting.tonnes
    users = jnp.where(setting.used, bought, point.paid - jnp.log(offered))
    return Point(balance, users, either, terms.wedge_gap / setting.tonnes + ease)


def _error(form: Form, economy: Economy, setting: Setting, terms: Terms, flows: Array) -> Array:
    """Give the largest relative gap between use and output, or between a flow, its price gap, and zero."""
    least = SMALLEST * setting.tonnes
    sizes = jnp.maximum(jnp.maximum(terms.leaving, terms.coming), least)
    unmet = (terms.flows.sum(-2) - terms.use) / jnp.maximum(terms.use, least)
    dear = _dear(form, setting, terms.landed, terms.sources.price, 0.0)
    either = jnp.where(setting.arcs, jnp.minimum(flows, dear), 0.0)
    gaps = [terms.gap / sizes, unmet, either]
    if form.wedges:
        gaps.append(terms.wedge_gap / jnp.maximum(_limit(economy, setting.tonnes), least))
    worst = jnp.max(jnp.stack([jnp.max(jnp.abs(each)) for each in gaps]))
    return jnp.where(jnp.isnan(worst), jnp.inf, worst)


def _rounded(corner: Any) -> Callable[[Array, Array], Array]:
    """Round the corner of ``min(a, b)`` by so much (Chen, Harker, Kanzow & Smale)."""

    def meet(flow: Array, dear: Array) -> Array:
        apart = flow - dear
        return 0.5 * (flow + dear - jnp.sqrt(apart * apart + 4.0 * corner * corner))

    return meet


def _held(flowing: Array) -> Callable[[Array, Array], Array]:
    """Hold the flows that there are at no price gap, all others at zero."""
    return lambda flow, dear: jnp.where(flowing, dear, flow)


def _begin(form: Form, economy: Economy, market: Array, position: Array) -> Point:
    """Begin with flows spread as users with a moderate sigma would spread them."""
    setting = _setting(form, economy)
    by_kind, _, _ = rents_by_arc(form, economy, position)
    landed = land(form, economy, market, by_kind).price
    offered = jnp.where(setting.open, landed, jnp.inf).min(-2)
    paid = jnp.where(jnp.isfinite(offered), offered, economy.start_price)
    drawn = jnp.where(setting.arcs, -8.0 * jnp.log(landed), -jnp.inf)
    share = jax.nn.softmax(jnp.where(setting.arcs.any(-2, keepdims=True), drawn, 0.0), axis=-2)
    wedge = _stretched(economy, setting.tonnes, position)
    none = Point(jnp.log(market), jnp.log(paid), jnp.zeros_like(landed), wedge)
    use = _terms(form, economy, setting, none).use
    flows = jnp.where(setting.arcs, share * use[..., None, :] / setting.tonnes, 0.0)
    return none._replace(flows=flows)


def _find(form: Form, economy: Economy, market: Array, position: Array) -> tuple[Point, Array]:
    """Follow rounded complementarities to sharp ones, then finish on the flows that remain."""
    first = _begin(form, economy, market, position)
    whole, join = ravel_pytree(first)
    identity = RESISTANCE * jnp.eye(whole.size)

    def gaps(joined: Array, corner: Array) -> Array:
        found = _equations(form, economy, join(joined), _rounded(corner), PREFERENCE + corner, corner)
        return jnp.asarray(ravel_pytree(found)[0])

    def follow(at: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        joined, corner, steps = at
        step = jnp.linalg.solve(jax.jacfwd(gaps)(joined, corner) + identity, -gaps(joined, corner))
        step = jnp.where(jnp.isfinite(step), step, 0.0)
        step = step / jnp.maximum(1.0, jnp.max(jnp.abs(step)))
        tried = joined + jnp.array(LENGTHS)[:, None] * step
        size = jax.vmap(lambda one: jnp.linalg.norm(gaps(one, corner)))(tried)
        best = jnp.argmin(jnp.where(jnp.isnan(size), jnp.inf, size))
        near = size[best] <= corner
        return tried[best], jnp.where(near, 0.2 * corner, corner), steps + 1

    start = (whole, jnp.asarray(ROUNDEST), jnp.asarray(0))
    joined, _, steps = jax.lax.while_loop(lambda at: (at[1] > SHARPEST) & (at[2] < STEPS), follow, start)

    def polish(_: int, at: tuple[Array, Array]) -> tuple[Array, Array]:
        joined, held = at

        def exact(joined: Array) -> Array:
            return jnp.asarray(ravel_pytree(_equations(form, economy, join(joined), _held(held)))[0])

        step = jnp.linalg.solve(jax.jacfwd(exact)(joined) + identity, -exact(joined))
        joined = joined + jnp.where(jnp.isfinite(step), step, 0.0)
        point = join(joined)
        dear = _dearness(form, economy, point, 0.0)
        return joined, jnp.where(held, point.flows > 0.0, dear < -ADMITTED)

    sharp = join(joined)
    held = sharp.flows > _dearness(form, economy, sharp, PREFERENCE)
    joined, held = jax.lax.fori_loop(0, POLISH, polish, (joined, held))
    point = join(joined)
    return point._replace(flows=jnp.where(held, point.flows, 0.0)), steps + POLISH


def _dearness(form: Form, economy: Economy, point: Point, preference: Any) -> Array:
    """Give by how much goods are dearer than what users pay at a point; infinite on arcs that are closed."""
    setting = _setting(form, economy)
    terms = _terms(form, economy, setting, point)
    dear = _dear(form, setting, terms.landed, terms.sources.price, preference)
    return jnp.where(setting.arcs, dear, jnp.inf)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _root(form: Form, economy: Economy, start: tuple[Array, Array]) -> tuple[Point, Array]:
    point, steps = _find(form, economy, *start)
    return point, steps * 1.0


@_root.defjvp
def _root_slope(form: Form, primals: Any, tangents: Any) -> Any:
    """Differentiate by the implicit function theorem, holding which flows there are."""
    economy, start = primals
    point, steps = _root(form, economy, start)
    joined, join = ravel_pytree(point)
    held = _held(point.flows > 0)

    def gaps(numbers: Economy, joined: Array) -> Array:
        return jnp.asarray(ravel_pytree(_equations(form, numbers, join(joined), held, FAINTEST))[0])

    slope = jax.jacfwd(gaps, argnums=1)(economy, joined)
    slope = jax.lax.stop_gradient(slope + 1e-3 * FAINTEST * jnp.eye(joined.size))
    _, moved = jax.jvp(lambda numbers: gaps(numbers, joined), (economy,), (tangents[0],))
    return (point, steps), (join(jnp.linalg.solve(slope, -moved)), jnp.zeros_like(steps))
