"""Find the prices at which a market clears: Newton's method, then continuation for what it cannot reach.

Steps are taken in the logarithms of margins (of prices where a good is `priced_directly` or a stock buys
it), going down the chain, so that prices and margins stay positive; floors, capacities and stocks are plain
functions whose slopes are 0 or 1 at a time (a semismooth Newton method). Where that does not settle,
pseudo-transient continuation with switched evolution relaxation (Kelley & Keyes, SIAM J. Numer. Anal. 35,
1998) takes over.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market import blocks
from stannary.market.blocks import Bordered
from stannary.market.economy import Economy, Form
from stannary.market.landed import rents_by_arc
from stannary.market.residual import Fixed, Terms, balance, evaluate, fixed, trade
from stannary.market.slopes import Blocks, pull_by_region, slopes
from stannary.market.supply import unit_cost

__all__ = ["TOLERANCE", "Found", "find", "matrix"]

TOLERANCE = 1e-9
"""The largest relative gap between use and output that counts as solved."""

NEAR = 1e-6
"""The gap from which one more Newton step reaches `TOLERANCE`."""

NEWTON_STEPS = 25
SHARPEN_FROM = 200
SHARPEN_STEPS = 200
LAST_STEP = 550
"""Continuation runs from step 25. What it has not reached at step 200 begins again with users who hardly
look at prices (a tenth of sigma, the shares of the start kept), who grow sharper until step 400."""

LONGEST = 1.0
"""The longest step in the logarithm of a margin."""


class Found(NamedTuple):
    """Market prices ``layer good region``, wedge positions ``wedge``, and how they were reached."""

    market: Array
    position: Array
    gap: Array
    iterations: Array


class Point(NamedTuple):
    """Where the search stands: log margins, wedge positions, the last gap, steps, continuation step."""

    margin: Array
    position: Array
    gap: Array
    steps: Array
    ease: Array


def find(form: Form, economy: Economy, market: Array, position: Array) -> Found:
    """Find market prices and wedge positions from a start; never raises, `gap` says how well."""
    known = fixed(economy)
    direct = _direct(form, economy)
    point = _begin(form, economy, known, direct, market, position)

    def newton(at: Point) -> Point:
        return _step(form, economy, known, direct, at, eased=False)

    blunt = _blunted(form, economy, known, market, position)
    fresh = point

    def eased(at: Point) -> Point:
        late = at.steps - SHARPEN_FROM
        begin = late == 0
        at = at._replace(
            margin=jnp.where(begin, fresh.margin, at.margin),
            position=jnp.where(begin, fresh.position, at.position),
            ease=jnp.where(begin, 1.0, at.ease),
        )
        share = jnp.where(late < 0, 1.0, jnp.clip(0.1 + 0.9 * late / SHARPEN_STEPS, 0.1, 1.0))
        return _step(form, economy, blunt(share), direct, at, eased=True)

    def unsettled(at: Point) -> Array:
        ramping = (at.steps > SHARPEN_FROM) & (at.steps <= SHARPEN_FROM + SHARPEN_STEPS)
        return (at.gap > 1e-11) & (at.steps < LAST_STEP) | ramping

    point = jax.lax.while_loop(lambda at: (at.gap > NEAR) & (at.steps < NEWTON_STEPS), newton, point)
    found = _settle(form, economy, known, direct, point)
    stuck = ~(found.gap <= TOLERANCE)
    again = _restart(form, economy, known, direct, point, market, stuck)
    again = jax.lax.while_loop(unsettled, eased, again)
    better = _settle(form, economy, known, direct, again)
    return jax.tree.map(lambda new, old: jnp.where(stuck, new, old), better, found)


def matrix(
    form: Form, economy: Economy, known: Fixed, terms: Terms, market: Array, position: Array
) -> Bordered:
    """Give the slopes of all equations in log market prices and wedge positions."""
    size = form.goods * form.regions
    if form.incomes:
        whole = form.layers * size

        def gap(logs: Array) -> Array:
            return evaluate(form, economy, known, jnp.exp(logs), position).gap

        dense = jax.jacfwd(gap)(jnp.log(market)).reshape(1, whole, whole)
        dense = dense + jnp.diag((economy.active.reshape(whole) <= 0) * 1.0)
        band = Blocks(dense, jnp.zeros_like(dense), jnp.zeros_like(dense))
    else:
        band = slopes(form, economy, terms)
    rows, size = band.diagonal.shape[:2]
    count = len(form.wedges)
    if not count:
        return Bordered(band, jnp.zeros((rows, size, 0)), jnp.zeros((0, rows, size)), jnp.zeros((0, 0)))

    def at_position(place: Array) -> tuple[Array, Array]:
        terms = evaluate(form, economy, known, market, place)
        return terms.gap, terms.wedge_gap

    def at_prices(logs: Array) -> Array:
        return evaluate(form, economy, known, jnp.exp(logs), position).wedge_gap

    columns, corner = jax.jacfwd(at_position)(position)
    across = jax.jacrev(at_prices)(jnp.log(market))
    return Bordered(band, columns.reshape(rows, size, count), across.reshape(count, rows, size), corner)


def _direct(form: Form, economy: Economy) -> Array:
    direct = economy.priced_directly > 0
    if form.supports:
        direct = direct | (economy.support_share > 0) | (economy.upside_share > 0)
    if form.bands:
        direct = direct | (economy.band_tonnes.max(-1) > 0) | (economy.released > 0)
    return direct


def _begin(
    form: Form, economy: Economy, known: Fixed, direct: Array, market: Array, position: Array
) -> Point:
    rents, _, _ = rents_by_arc(form, economy, position)
    _, _, sources = trade(form, economy, known, market, rents)
    cost = jnp.where(direct, 0.0, unit_cost(economy, sources.price))
    margin = jnp.log(jnp.maximum(market - cost, 0.02 * market))
    return Point(margin, position, jnp.inf, 0, 1.0)  # type: ignore[arg-type]


def _descend(
    form: Form, economy: Economy, known: Fixed, direct: Array, at: Point
) -> tuple[Array, Array, Terms]:
    """Give market prices, margins and all terms at log margins, going down the chain."""
    rents, _, _ = rents_by_arc(form, economy, at.position)
    layered = [name for name in _layered(economy)]
    slices = {name: getattr(economy, name) for name in layered}
    over = known._asdict()

    def layer(paid: Array, given: Any) -> Any:
        own, near, margin, straight, added = given
        here = economy.but(**own)
        cost = here.conversion_cost + jnp.einsum("jir,ir->jr", here.inputs, paid)
        cost = jnp.where(straight, 0.0, cost)
        market = jnp.exp(margin) + cost
        traded = trade(form, here, Fixed(**near), market, added)
        return traded[2].price, (market, traded)

    start = jnp.zeros((form.goods, form.regions))
    _, (market, traded) = jax.lax.scan(layer, start, (slices, over, at.margin, direct, rents))
    return market, jnp.exp(at.margin), balance(form, economy, traded, at.position)


def _layered(economy: Economy) -> list[str]:
    names = list(Economy.__dataclass_fields__)
    return [name for name in names if not name.startswith("wedge_") and name != "inside"]


def _step(form: Form, economy: Economy, known: Fixed, direct: Array, at: Point, *, eased: bool) -> Point:
    market, margin, terms = _descend(form, economy, known, direct, at)
    gap = _worst(terms)
    slope = matrix(form, economy, known, terms, market, at.position)
    ease = at.ease
    if eased:
        ease = jnp.where(jnp.isfinite(at.gap), ease * _relax(at.gap / gap), ease)
        slope = _eased(form, economy, slope, direct, terms, market, margin, ease)
    shape = slope.blocks.diagonal.shape[:2]
    moved, shift = blocks.solve(
        slope, -terms.gap.reshape(shape), -terms.wedge_gap if form.wedges else at.position
    )
    moved = moved.reshape(market.shape)
    change = _margin_change(form, economy, known, direct, terms, market, margin, at.position, moved, shift)
    longest = jnp.max(jnp.abs(change))
    if form.wedges:
        longest = jnp.maximum(longest, jnp.max(jnp.abs(shift)))
    limit = 0.5 * LONGEST if eased else LONGEST
    share = jnp.minimum(1.0, limit / jnp.maximum(longest, 1e-12))
    usable = jnp.isfinite(longest)
    new_margin = jnp.where(usable, at.margin + share * change, at.margin)
    new_position = jnp.where(usable, at.position + share * shift, at.position) if form.wedges else at.position
    return Point(new_margin, new_position, gap, at.steps + 1, ease)


def _blunted(form: Form, economy: Economy, known: Fixed, market: Array, position: Array) -> Any:
    """Give what is fixed for users with a share of their sigma, who choose the same at the start."""
    rents, _, _ = rents_by_arc(form, economy, position)
    _, landed, _ = trade(form, economy, known, market, rents)
    anchor = jnp.log(landed.price)

    def blunt(share: Array) -> Fixed:
        missing = (1.0 - share) * known.sigma * anchor
        return known._replace(logs=known.logs - missing, sigma=share * known.sigma)

    return blunt


def _relax(fall: Array) -> Array:
    """Give the factor on the step in time: up as the gap falls, down fast where it rises."""
    return jnp.where(fall >= 1.0, jnp.clip(fall, 1.0, 3.0), jnp.clip(fall, 0.2, 1.0))


def _eased(
    form: Form,
    economy: Economy,
    slope: Bordered,
    direct: Array,
    terms: Terms,
    market: Array,
    margin: Array,
    ease: Array,
) -> Bordered:
    """Add resistance to every log margin, which fades as the market comes to rest.

    A margin is what is left of a price after inputs, so that the resistance has a part along the chain.
    """
    moved = terms.stocked.price * terms.stocked.price_slope
    paid = pull_by_region(form, terms, moved)
    held = jnp.where(direct, 0.0, 1.0) / margin / ease
    before = jnp.concatenate([jnp.zeros_like(paid[:1]), paid[:-1]])
    dearer = -jnp.einsum("kjr,kjir,kiqr->kjriq", held, economy.inputs, before)
    lower = slope.blocks.lower.at[:].add(dearer.reshape(slope.blocks.lower.shape))
    inner = (market / margin / ease).reshape(slope.blocks.diagonal.shape[:2])
    diagonal = slope.blocks.diagonal + inner[..., None] * jnp.eye(inner.shape[-1])
    corner = slope.corner - jnp.eye(slope.corner.shape[-1]) / ease
    return slope._replace(blocks=slope.blocks._replace(diagonal=diagonal, lower=lower), corner=corner)


def _margin_change(
    form: Form,
    economy: Economy,
    known: Fixed,
    direct: Array,
    terms: Terms,
    market: Array,
    margin: Array,
    position: Array,
    moved: Array,
    shift: Array,
) -> Array:
    """Turn changes of log market prices into changes of log margins: a dearer input takes its part."""
    if form.wedges:

        def cost(logs: Array, place: Array) -> Array:
            rents, _, _ = rents_by_arc(form, economy, place)
            return unit_cost(economy, trade(form, economy, known, jnp.exp(logs), rents)[2].price)

        _, dearer = jax.jvp(cost, (jnp.log(market), position), (moved, shift))
    else:
        step = terms.stocked.price * terms.stocked.price_slope * moved
        step = step if len(form.origins) == form.regions else step[..., jnp.array(form.origins)]
        paid = jnp.sum(terms.sources.pull * terms.landed.slope * step[..., None], axis=-2)
        dearer = jnp.concatenate(
            [jnp.zeros_like(paid[:1]), jnp.einsum("kjir,kir->kjr", economy.inputs[1:], paid[:-1])]
        )
    return (market * moved - jnp.where(direct, 0.0, dearer)) / margin


def _worst(terms: Terms) -> Array:
    worst = jnp.max(jnp.abs(terms.gap))
    if terms.wedge_gap.shape[0]:
        worst = jnp.maximum(worst, jnp.max(jnp.abs(terms.wedge_gap)))
    return jnp.where(jnp.isnan(worst), jnp.inf, worst)


def _settle(form: Form, economy: Economy, known: Fixed, direct: Array, at: Point) -> Found:
    market, _, terms = _descend(form, economy, known, direct, at)
    return Found(market, at.position, _worst(terms), jnp.asarray(at.steps))


def _restart(
    form: Form, economy: Economy, known: Fixed, direct: Array, point: Point, market: Array, stuck: Array
) -> Point:
    """Begin continuation where Newton stopped if that is any good, else from the start again."""
    fresh = _begin(form, economy, known, direct, market, jnp.full_like(point.position, 0.5))
    keep = jnp.isfinite(point.gap) & (point.gap < 1e-2)
    margin = jnp.where(keep, point.margin, fresh.margin)
    position = jnp.where(keep, point.position, fresh.position)
    gap = jnp.where(stuck, jnp.inf, 0.0)
    return Point(margin, position, gap, jnp.asarray(point.steps), jnp.asarray(1.0))
