"""The slopes of the market's equations, in closed form: a block-tridiagonal matrix along the chain.

Prices of a layer move its own balance through sourcing and use, the balance one layer up through the use
of its goods, and the balance one layer down through the cost of inputs; nothing else. A dense matrix by
automatic differentiation costs ten times as much.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from stannary.market.economy import Economy, Form
from stannary.market.residual import Terms, to_regions

__all__ = ["Blocks", "pull_by_region", "slopes"]


class Blocks(NamedTuple):
    """A block-tridiagonal matrix: ``layer row column``, rows and columns being good x region.

    `lower` of a layer multiplies the layer before it, `upper` the layer after it.
    """

    diagonal: Array
    lower: Array
    upper: Array


def slopes(form: Form, economy: Economy, terms: Terms) -> Blocks:
    """Give d gap / d log market price at the point `terms` was worked out for."""
    moved = terms.stocked.price * terms.stocked.price_slope
    by_origin = moved if len(form.origins) == form.regions else moved[..., jnp.array(form.origins)]
    landed = terms.landed.slope * by_origin[..., None]
    average = pull_by_region(form, terms, moved)
    made, index = _made(form, economy, terms, moved)
    leaving, coming = _rows(terms.leaving + terms.least), _rows(terms.coming + terms.least)
    diagonal = _coming(form, economy, terms, made, index, moved) / coming
    diagonal = diagonal - _leaving(form, economy, terms, landed, average) / leaving
    lower = -_through_costs(economy, terms, average) / coming
    upper = -_through_inputs(form, economy, terms, made, index) / leaving
    resting = (terms.least / (terms.coming + terms.least)) ** 2
    own = jnp.eye(form.goods)[:, None, :, None] * jnp.eye(form.regions)[None, :, None, :]
    diagonal = diagonal + resting[..., None, None] * own
    size = form.goods * form.regions
    idle = economy.active.reshape(form.layers, size, 1) <= 0
    blocks = [each.reshape(form.layers, size, size) for each in (diagonal, lower, upper)]
    identity = jnp.eye(size)
    return Blocks(
        jnp.where(idle, identity, blocks[0]), jnp.where(idle, 0.0, blocks[1]), jnp.where(idle, 0.0, blocks[2])
    )


def pull_by_region(form: Form, terms: Terms, moved: Array) -> Array:
    """Give how prices of producers (rows) move the average price of users (columns), times `moved`."""
    by_origin = moved if len(form.origins) == form.regions else moved[..., jnp.array(form.origins)]
    return _to_region_rows(form, terms.sources.pull * terms.landed.slope * by_origin[..., None])


def _leaving(form: Form, economy: Economy, terms: Terms, landed: Array, average: Array) -> Array:
    """Give the change of what leaves producers with prices of the same layer: ``k e r i j``."""
    sources = terms.sources
    shifts = terms.final_slope[..., None, :] * sources.pull
    if form.nests == 1:
        pulled = (terms.use[..., None, :] * sources.common + shifts) * landed
        own = jnp.einsum("keos,kejs->keoj", sources.bought, pulled)
    else:
        nests = jnp.stack([economy.inside, 1.0 - economy.inside])
        common = terms.use[..., None, None, :] * sources.common * landed[..., None, :, :]
        own = jnp.einsum("go,keos,kegjs->keoj", nests, sources.bought, common)
        own = own + jnp.einsum("keos,kejs->keoj", sources.bought, shifts * landed)
    straight = jnp.sum(sources.own * terms.flows * landed, axis=-1)
    origins = len(form.origins)
    own = own + straight[..., None] * jnp.eye(origins)
    own = _to_region_rows(form, jnp.swapaxes(_to_region_rows(form, own), -1, -2))
    own = jnp.swapaxes(own, -1, -2)
    own = own + terms.stocked.taken_slope[..., None] * jnp.eye(form.regions)
    bought = _to_region_rows(form, sources.bought)
    inputs = economy.inputs[1:]
    used = jnp.einsum("kjes,kjs,kjis->keis", inputs, terms.made.by_margin[1:], inputs)
    used = jnp.concatenate([used, jnp.zeros((1, *used.shape[1:]))])
    if form.goods == 1:
        through = jnp.einsum("kers,kes,kejs->kerj", bought, used[:, 0], average)
        return (own - through)[:, :, :, None, :]
    through = jnp.einsum("kers,keis,kijs->kerij", bought, used, average)
    return own[:, :, :, None, :] * jnp.eye(form.goods)[None, :, None, :, None] - through


def _made(form: Form, economy: Economy, terms: Terms, moved: Array) -> tuple[Array, Array | None]:
    """Give the change of throughput with own prices ``k j e r``, and through indices ``k j e r r'``."""
    made = terms.made
    own = made.by_margin[:, :, None] * economy.yields * moved[:, None]
    if not form.supports:
        return own, None
    earned = economy.yields * made.support_by_index[:, None]
    index = economy.index_weights * moved[..., None, :]
    return own, made.by_support[:, :, None, :, None] * earned[..., None] * index[:, None]


def _coming(
    form: Form, economy: Economy, terms: Terms, made: Array, index: Array | None, moved: Array
) -> Array:
    """Give the change of output with prices of the same layer: ``k e r i j``."""
    goods, regions = jnp.eye(form.goods), jnp.eye(form.regions)
    own = jnp.einsum("kjer,kjir->keri", economy.yields, made)
    own = own + (terms.made.by_price * moved)[..., None] * goods[None, :, None, :]
    total = own[..., None] * regions[None, None, :, None, :]
    if index is None:
        return total
    return total + jnp.einsum("kjer,kjirq->keriq", economy.yields, index)


def _through_costs(economy: Economy, terms: Terms, average: Array) -> Array:
    """Give the fall of output with prices one layer up: ``k e r i j``."""
    cut = jnp.einsum("kjer,kjr,kjir->keir", economy.yields, terms.made.by_margin, economy.inputs)
    earlier = jnp.concatenate([jnp.zeros_like(average[:1]), average[:-1]])
    return jnp.einsum("keir,kijr->kerij", cut, earlier)


def _through_inputs(form: Form, economy: Economy, terms: Terms, made: Array, index: Array | None) -> Array:
    """Give the rise of use with prices one layer down: ``k e r i s``."""
    bought = _to_region_rows(form, terms.sources.bought)[:-1]
    taken = jnp.einsum("kjes,kjis->keis", economy.inputs[1:], made[1:])
    rise = jnp.einsum("kers,keis->keris", bought, taken)
    if index is not None:
        taken = jnp.einsum("kjes,kjisq->keisq", economy.inputs[1:], index[1:])
        rise = rise + jnp.einsum("kers,keisq->keriq", bought, taken)
    return jnp.concatenate([rise, jnp.zeros((1, *rise.shape[1:]))])


def _to_region_rows(form: Form, by_origin: Array) -> Array:
    if len(form.origins) == form.regions:
        return by_origin
    return jnp.swapaxes(to_regions(form, jnp.swapaxes(by_origin, -1, -2)), -1, -2)


def _rows(values: Array) -> Array:
    return jnp.maximum(values, 1e-300)[..., None, None]
