"""Who gains and by how much: exact areas beside supply and demand curves, and protection along the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax import Array

from stannary.charter.coherence import effective_protection
from stannary.market.arrays import ARRAYS
from stannary.market.economy import Economy, Form

if TYPE_CHECKING:
    from stannary.market.equilibrium import Equilibrium

__all__ = ["producers_surplus", "protection", "users_gain"]

STEPS = 14
"""Newton steps for the margin at which a mixed supply curve reaches a tonnage; it converges from above."""
THINNEST = 1e-300


def producers_surplus(form: Form, economy: Economy, solved: Equilibrium) -> Array:
    """Give producers' surplus, USD, ``layer process region``: the area left of the supply curve, exactly.

    ``∫ q(u) du`` up to the margin w at which output is reached, plus output times what the margin earned
    lies above w (the rent of scarce capacity), plus support; by-products earn the area under their own curve.
    """
    throughput = solved.throughput
    reached = jax.lax.stop_gradient(margin_for(economy, throughput))  # by the envelope theorem
    area = _area(economy, reached) + throughput * (solved.margin - reached)
    support = solved.support * solved.supported_output
    whole: Array = area + support + _byproduct_area(economy, solved.price)
    return whole


def margin_for(economy: Economy, throughput: Array) -> Array:
    """Give the margin at which a process runs at a throughput below or at its capacity, USD/t.

    The inverse of ``max(a + b w, 0) + A max(w, 0)^e``: closed where only one part is there, else Newton in
    log w from a bound above, where the curve is convex.
    """
    a, b = economy.supply_intercept, economy.supply_slope
    scale, power = economy.supply_scale, jnp.maximum(economy.supply_elasticity, 1e-12)
    has_line, has_power = b > 0, (scale > 0) & (economy.supply_elasticity > 0)
    on_line = jnp.where(has_line, (throughput - a) / jnp.where(has_line, b, 1.0), jnp.inf)
    ratio = throughput / jnp.where(has_power, scale, 1.0)
    on_power = jnp.where(has_power, jnp.maximum(ratio, THINNEST) ** (1.0 / power), jnp.inf)
    bound = jnp.minimum(on_line, on_power)
    mixed = has_power & (bound > 0) & (throughput > jnp.maximum(a, 0.0))
    start = jnp.log(jnp.where(mixed & jnp.isfinite(bound), jnp.maximum(bound, THINNEST), 1.0))

    def step(_: int, z: Array) -> Array:
        w = jnp.exp(z)
        line = jnp.maximum(a + b * w, 0.0)
        free = scale * w**power
        slope = jnp.where(line > 0, b * w, 0.0) + power * free
        return z - jnp.where(mixed, (line + free - throughput) / jnp.where(slope > 0, slope, 1.0), 0.0)

    inner = jnp.exp(jax.lax.fori_loop(0, STEPS, step, start))
    alone = jnp.where(jnp.isfinite(on_line), on_line, 0.0)
    return jnp.where(mixed, inner, jnp.where(has_power, jnp.minimum(alone, 0.0), alone))


def _area(economy: Economy, margin: Array) -> Array:
    """Integrate the supply curve without its capacity up to a margin."""
    a, b = economy.supply_intercept, economy.supply_slope
    line = jnp.maximum(a + b * margin, 0.0)
    under_line = jnp.where(
        b > 0, line * line / (2.0 * jnp.where(b > 0, b, 1.0)), jnp.maximum(a, 0.0) * margin
    )
    power = economy.supply_elasticity + 1.0
    positive = jnp.maximum(margin, 0.0)
    under_power = economy.supply_scale * jnp.where(positive > 0, positive, 1.0) ** power / power
    return under_line + jnp.where(positive > 0, under_power, 0.0)


def _byproduct_area(economy: Economy, price: Array) -> Array:
    full, power = economy.byproduct_full_price, economy.byproduct_elasticity + 1.0
    below = jnp.minimum(price, full)
    return economy.byproduct_tonnes * (
        full * (below / full) ** power / power + jnp.maximum(price - full, 0.0)
    )


def users_gain(economy: Economy, paid: Array) -> Array:
    """Give what final users gain by paying the price `paid` in place of the reference price, USD, exactly.

    The area left of the demand curve between the two prices, negative where users pay more: ``∫ D0 (P / P0)
    ^-η dP`` and the triangle of linear demand, on the average price users pay. Incomes are held.
    """
    reference = economy.reference_price
    log, rest = jnp.log(paid / reference), 1.0 - economy.demand_elasticity
    is_one = jnp.abs(rest) < 1e-9
    some = jnp.where(is_one, 1.0, rest)
    curve = jnp.where(is_one, log, jnp.expm1(some * log) / some)
    slope = economy.demand_slope
    choke = jnp.where(slope > 0, economy.demand_intercept / jnp.where(slope > 0, slope, 1.0), jnp.inf)
    high, low = jnp.minimum(reference, choke), jnp.minimum(paid, choke)
    line = economy.demand_intercept * (high - low) - slope * (high * high - low * low) / 2.0
    return -economy.final_demand * reference * curve + line


def protection(economy: Economy, solved: Equilibrium, free: Equilibrium) -> Array:
    """Give the effective rate of protection of every process, ``layer process region``.

    The charter's own formula on what a tonne of throughput sells for and its inputs cost, with the law
    (`solved`) over the same market without its floors (`free`). NaN where value added without floors is not
    positive, or nothing is made.
    """
    sold, sold_free = (jnp.einsum("kjer,ker->kjr", economy.yields, each.price) for each in (solved, free))
    paid, paid_free = _input_cost(economy, solved), _input_cost(economy, free)
    rate: Array = effective_protection(sold, sold_free, 1.0, paid, paid_free, using=ARRAYS)
    return jnp.where((sold_free - paid_free > 0) & (sold_free > 0), rate, jnp.nan)


def _input_cost(economy: Economy, solved: Equilibrium) -> Array:
    """Give what the inputs of a tonne of throughput cost at users' average prices; nothing at the first."""
    cost = jnp.einsum("kjir,kir->kjr", economy.inputs[1:], solved.average_price[:-1])
    return jnp.concatenate([jnp.zeros_like(solved.price[:1]), cost])
