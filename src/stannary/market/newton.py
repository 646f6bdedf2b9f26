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
from stannary.market.supply import priced_directly, unit_cost

__all__ = ["TOLERANCE", "Found", "find", "matrix"]

TOLERANCE = 1e-9
"""The largest relative gap between use and output that counts as solved."""

NEAR = 1e-10
"""The gap at which the search stops."""

RESTING = 10.0
"""A producer is at rest who makes and sells less than so many times what makes no difference."""

NEWTON_STEPS = 25
CYCLING_FROM = 110
SHARPEN_FROM = 200
SHARPEN_STEPS = 200
CYCLING_AGAIN_FROM = 470
LAST_STEP = 600
"""Continuation runs from step 25. What it has not reached at step 200 begins again with users who hardly
look at prices (a tenth of sigma, the shares of the start kept), who grow sharper until step 400."""

LONGEST = 1.0
"""The longest step up in the logarithm of a margin."""

DOWNHILL = 4.0
"""How much longer a step down may be: a margin that vanishes has far to go."""


class Found(NamedTuple):
    """Market prices ``layer good region``, wedge positions ``wedge``, margins, and how they were reached."""

    market: Array
    position: Array
    margin: Array
    gap: Array
    iterations: Array


class Point(NamedTuple):
    """Where the search stands: the last point worked out, and the margins to try next.

    `market`, `place`, `kept` (margins) and `gap` belong together; `margin` and `position` are one step on.
    """

    market: Array
    place: Array
    kept: Array
    gap: Array
    margin: Array
    position: Array
    steps: Array
    ease: Array


def find(form: Form, economy: Economy, market: Array, position: Array) -> Found:
    """Find market prices and wedge positions from a start; never raises, `gap` says how well."""
    known = fixed(economy)
    direct = priced_directly(form, economy)
    margin, anchor = _begin(form, economy, known, direct, market, position)
    start = Point(market, position, jnp.exp(margin), jnp.inf, margin, position, 0, 1.0)  # type: ignore[arg-type]

    def step(at: Point) -> Point:
        again = (at.steps == SHARPEN_FROM) | ((at.steps == NEWTON_STEPS) & ~(at.gap < 1e-2))
        at = at._replace(
            margin=jnp.where(again, margin, at.margin),
            position=jnp.where(again, position, at.position),
            ease=jnp.where(again | (at.steps <= NEWTON_STEPS), 1.0, at.ease),
        )
        sharp = jnp.clip(0.1 + 0.9 * (at.steps - SHARPEN_FROM) / SHARPEN_STEPS, 0.1, 1.0)
        missing = jnp.where(at.steps < SHARPEN_FROM, 0.0, 1.0 - sharp) * known.sigma
        blunt = known._replace(logs=known.logs - missing * anchor, sigma=known.sigma - missing)
        return _step(form, economy, blunt, direct, at)

    def unsettled(at: Point) -> Array:
        ramping = (at.steps > SHARPEN_FROM) & (at.steps <= SHARPEN_FROM + SHARPEN_STEPS)
        return ((at.gap > NEAR) | ramping) & (at.steps < LAST_STEP)

    found = jax.lax.while_loop(unsettled, step, start)
    return Found(found.market, found.place, found.kept, found.gap, jnp.asarray(found.steps))


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


def _begin(
    form: Form, economy: Economy, known: Fixed, direct: Array, market: Array, position: Array
) -> tuple[Array, Array]:
    """Give the log margins of a start, and the logarithms of the prices its goods land at."""
    rents, _, _ = rents_by_arc(form, economy, position)
    _, landed, sources = trade(form, economy, known, market, rents)
    cost = jnp.where(direct, 0.0, unit_cost(economy, sources.price))
    return jnp.log(jnp.maximum(market - cost, 0.02 * market)), jnp.log(landed.price)


def _descend(
    form: Form, economy: Economy, known: Fixed, direct: Array, at: Point
) -> tuple[Array, Array, Terms]:
    """Give market prices, margins and all terms at log margins, going down the chain."""
    rents, _, _ = rents_by_arc(form, economy, at.position)
    slices = {name: getattr(economy, name) for name in _layered(economy)}
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
    own = jnp.exp(at.margin)
    return market, own, balance(form, economy, known, traded, at.position, own)


def _layered(economy: Economy) -> list[str]:
    names = list(Economy.__dataclass_fields__)
    return [name for name in names if not name.startswith("wedge_") and name != "inside"]


def _step(form: Form, economy: Economy, known: Fixed, direct: Array, at: Point) -> Point:
    """Work out a point, and take a Newton step from it, eased once Newton alone has had its turn."""
    market, margin, terms = _descend(form, economy, known, direct, at)
    gap = _worst(terms)
    eased = at.steps >= NEWTON_STEPS
    ease = jnp.where(eased & jnp.isfinite(at.gap), at.ease * _relax(at.gap / gap, at.steps), at.ease)
    held = jnp.where(eased, 1.0 / ease, 0.0)
    plain = matrix(form, economy, known, terms, market, at.position)
    slope = _eased(form, economy, plain, direct, terms, market, margin, held)
    shape = slope.blocks.diagonal.shape[:2]
    moved, shift = blocks.solve(
        slope, -terms.gap.reshape(shape), -terms.wedge_gap if form.wedges else at.position
    )
    moved = moved.reshape(market.shape)
    change = _margin_change(form, economy, known, direct, terms, market, margin, at.position, moved, shift)
    change = jnp.where(economy.active > 0, change, 0.0)
    resting = terms.coming + terms.leaving < RESTING * terms.least
    change = jnp.where(resting, jnp.clip(change, -DOWNHILL, 1.0), change)
    longest = jnp.max(jnp.where(resting, 0.0, jnp.maximum(change, -change / DOWNHILL)))
    if form.wedges:
        longest = jnp.maximum(longest, jnp.max(jnp.abs(shift)))
    share = jnp.minimum(1.0, jnp.where(eased, 0.5, 1.0) * LONGEST / jnp.maximum(longest, 1e-12))
    usable = jnp.isfinite(longest)
    next_margin = jnp.where(usable, at.margin + share * change, at.margin)
    next_position = at.position
    if form.wedges:
        next_position = jnp.where(usable, at.position + share * shift, at.position)
    return Point(market, at.position, margin, gap, next_margin, next_position, at.steps + 1, ease)


def _relax(fall: Array, steps: Array) -> Array:
    """Give the factor on the step in time: up as the gap falls, down where it rises.

    The same factor both ways lets a search run round a kink for ever; late in each phase a rise costs more.
    """
    late = ((steps > CYCLING_FROM) & (steps < SHARPEN_FROM)) | (steps > CYCLING_AGAIN_FROM)
    down = jnp.clip(jnp.where(late, fall**1.5, fall), jnp.where(late, 0.1, 0.2), 1.0)
    return jnp.where(fall >= 1.0, jnp.clip(fall, 1.0, 3.0), down)


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
    held = jnp.where(direct, 0.0, ease) / margin
    before = jnp.concatenate([jnp.zeros_like(paid[:1]), paid[:-1]])
    dearer = -jnp.einsum("kjr,kjir,kiqr->kjriq", held, economy.inputs, before)
    lower = slope.blocks.lower.at[:].add(dearer.reshape(slope.blocks.lower.shape))
    inner = (market / margin * ease).reshape(slope.blocks.diagonal.shape[:2])
    diagonal = slope.blocks.diagonal + inner[..., None] * jnp.eye(inner.shape[-1])
    corner = slope.corner - jnp.eye(slope.corner.shape[-1]) * ease
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
