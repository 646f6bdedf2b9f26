"""What producers make at a price: processes with capacity, by-products, support under contract, stocks."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market.economy import Economy, Form

__all__ = ["Made", "Stocked", "make", "priced_directly", "stock", "unit_cost"]

WORTHLESS = 1e-6
"""The share of its start price below which nobody sells: the rest is thrown away."""

THINNEST = 1e-60
"""The margin, as a share of the start price, below which output fades."""

THINNEST_DIRECT = 2e-3
"""The same where the price may lie below the cost of a process, so that the fading has to be followed."""

LEAST_TONNES = 1e-12
"""Tonnes that keep the slope of a rounded kink finite where nothing can be made."""


class Stocked(NamedTuple):
    """What stocks, and the scrap heap, do at the price the market would have without them.

    `price` is the producer's price, `bought` the tonnes by band, `disposed` those nobody pays for,
    `price_slope` and `taken_slope` the changes of the logarithm of price and of all tonnes taken off the
    market with the logarithm of the market's price.
    """

    price: Array
    bought: Array
    disposed: Array
    price_slope: Array
    taken_slope: Array


class Made(NamedTuple):
    """What is made: axes ``layer process region`` or ``layer good region``.

    `by_margin` is the change of throughput with its margin, `by_support` with the support earned on a
    tonne, `support_by_index` that of the support with its index, `by_price` of the by-product with its price.
    """

    margin: Array
    throughput: Array
    byproduct: Array
    output: Array
    support: Array
    supported: Array
    by_margin: Array
    by_support: Array
    support_by_index: Array
    by_price: Array


def unit_cost(economy: Economy, paid: Array) -> Array:
    """Give what a tonne of throughput costs at every layer, given the average prices paid at every layer."""
    inputs = jnp.einsum("kjir,kir->kjr", economy.inputs[1:], paid[:-1])
    return economy.conversion_cost + jnp.concatenate([jnp.zeros_like(paid[:1]), inputs])


def stock(form: Form, economy: Economy, tonnes: Array, market: Array) -> Stocked:
    """Let stocks buy what would otherwise press the price below their bands, and let the rest be thrown away.

    Each band holds the price at its own level until it has bought `band_tonnes` (a complementarity,
    ``bought >= 0 ⊥ price >= band price``, written as one free variable: the market price without it).
    Disposal is free: no price falls below `WORTHLESS` of its start. `tonnes` are of the size of the market.
    """
    least = jnp.log(WORTHLESS * economy.start_price)

    def taken(level: Array) -> tuple[Array, Array, Array]:
        bought = []
        for band in range(form.bands):
            wanted = tonnes * (jnp.log(jnp.maximum(economy.band_price[..., band], 1e-9)) - level)
            bought.append(jnp.clip(wanted, 0.0, economy.band_tonnes[..., band]))
            level = level + bought[-1] / tonnes
        disposed = tonnes * jnp.maximum(least - level, 0.0)
        bands = jnp.stack(bought, axis=-1) if bought else jnp.zeros((*level.shape, 0))
        return jnp.maximum(level, least), bands, disposed

    logs = jnp.log(market)
    (level, bought, disposed), (steep, buying, throwing) = jax.jvp(taken, (logs,), (jnp.ones_like(logs),))
    return Stocked(jnp.exp(level), bought, disposed, steep, buying.sum(-1) + throwing)


def make(form: Form, economy: Economy, price: Array, cost: Array, exact: Array | None = None) -> Made:
    """Give what is made at producers' prices and unit costs, with slopes.

    `exact` are margins where they are known better than as the difference of a price and a cost: what is
    left of a tonne may be a billionth of either.
    """
    support, by_index = jnp.zeros_like(price), jnp.zeros_like(price)
    if form.supports:
        index = economy.published_index + jnp.einsum("...ij,...j->...i", economy.index_weights, price)
        gap, excess = economy.strike - index, index - economy.strike
        below, below_slope = _above(form, economy, gap)
        above, above_slope = _above(form, economy, excess)
        support = economy.support_share * below - economy.upside_share * above
        by_index = -economy.support_share * below_slope - economy.upside_share * above_slope
    margin = jnp.einsum("...jer,...er->...jr", economy.yields, price) - cost
    direct = priced_directly(form, economy)
    if exact is not None:
        moving = margin - jax.lax.stop_gradient(margin)
        margin = jnp.where(direct, margin, moving + jax.lax.stop_gradient(exact))
    thin = jnp.where(direct, THINNEST_DIRECT, THINNEST) * economy.start_price
    throughput, slope = _run(form, economy, margin, thin)
    supported, from_support = jnp.zeros_like(price), jnp.zeros_like(price)
    if form.supports:
        helped = margin + jnp.einsum("...jer,...er->...jr", economy.yields, support)
        full, full_slope = _run(form, economy, helped, thin)
        low, high = jnp.minimum(full, throughput), jnp.maximum(full, throughput)
        paid = full >= throughput
        limit = jnp.where(paid, economy.supported_tonnes, low + high - economy.supported_tonnes)
        chosen = jnp.clip(limit, low, high)
        at_full, between = chosen == full, (chosen > low) & (chosen < high)
        from_support = jnp.where(at_full | (between & ~paid), full_slope, 0.0)
        own = jnp.where(between & paid, 0.0, slope)
        slope = jnp.where(at_full, full_slope, jnp.where(between & ~paid, own + full_slope, own))
        throughput = chosen
        supported = jnp.minimum(throughput, economy.supported_tonnes) * (support != 0)
    byproduct, by_price = _byproduct(form, economy, price)
    output = jnp.einsum("...jer,...jr->...er", economy.yields, throughput) + byproduct
    return Made(
        margin, throughput, byproduct, output, support, supported, slope, from_support, by_index, by_price
    )


def priced_directly(form: Form, economy: Economy) -> Array:
    """Say where the price may lie below the cost of a process, because others supply or somebody pays."""
    direct = (economy.priced_directly > 0) | (economy.byproduct_tonnes > 0) | (economy.supply_intercept > 0)
    if form.supports:
        direct = direct | (economy.support_share > 0) | (economy.upside_share > 0)
    if form.bands:
        direct = direct | (economy.band_tonnes.max(-1) > 0) | (economy.released > 0)
    return direct


def _run(form: Form, economy: Economy, margin: Array, thin: Array) -> tuple[Array, Array]:
    """Give throughput at a margin, and its slope: ``min(a + b w + A w^e, capacity)``, never negative.

    Below a vanishing margin w fades as ``thin exp(w / thin - 1)``, which stays positive.
    """

    def run(w: Array) -> Array:
        fading = thin * jnp.exp(jnp.clip(w / thin - 1.0, -600.0, 0.0))
        positive = jnp.where(w >= thin, w, fading)
        free = economy.supply_scale * positive**economy.supply_elasticity
        free = free + jnp.maximum(economy.supply_intercept + economy.supply_slope * w, 0.0)
        if not form.smoothing:
            return jnp.minimum(free, economy.capacity)
        gap = free - economy.capacity
        width = form.smoothing * jnp.minimum(economy.capacity, free)
        # the rounded minimum as the minimum less what rounding takes off: nothing cancels at "no limit"
        root = jnp.sqrt(gap * gap + 4.0 * width * width + LEAST_TONNES**2)
        return jnp.minimum(free, economy.capacity) - 2.0 * width * width / (root + jnp.abs(gap))

    return jax.jvp(run, (margin,), (jnp.ones_like(margin),))


def _byproduct(form: Form, economy: Economy, price: Array) -> tuple[Array, Array]:
    """Give by-product output, limited by what the host brings up, and its slope."""

    def recovered(p: Array) -> Array:
        share = (p / economy.byproduct_full_price) ** economy.byproduct_elasticity
        return economy.byproduct_tonnes * jnp.minimum(1.0, share)

    return jax.jvp(recovered, (price,), (jnp.ones_like(price),))


def _above(form: Form, economy: Economy, gap: Array) -> tuple[Array, Array]:
    """Give what of a gap is above 0, and its slope."""
    if not form.smoothing:
        return jnp.maximum(gap, 0.0), jnp.where(gap > 0, 1.0, 0.0)
    width = form.smoothing * economy.start_price
    root = jnp.sqrt(gap * gap + 4.0 * width * width + LEAST_TONNES**2)
    return 0.5 * (gap + root), 0.5 * (1.0 + gap / root)
