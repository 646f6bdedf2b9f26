"""What a tonne costs where it lands: price, export tax, freight, tariff, the law's duty, and rents.

The duty is the charter's own (`charter/border_adjustment.py`), read on arrays: the rule that an officer
applies to a line is the rule this market lives under.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from stannary.charter.border_adjustment import DutyRule
from stannary.market.arrays import Arrays
from stannary.market.economy import Economy, Form

__all__ = ["Landed", "beyond_levies", "land", "rents_by_arc"]


class Landed(NamedTuple):
    """Prices on the way from producer to user, USD/t, axes ``layer good origin region``.

    `due` is the levy before any quota frees from it; `slope` is the change of the landed price with the
    producer's price.
    """

    border: Array
    tariff: Array
    due: Array
    levy: Array
    rent: Array
    price: Array
    slope: Array


def land(form: Form, economy: Economy, price: Array, rents: dict[str, Array]) -> Landed:
    """Carry producers' prices (``layer good region``) to every user.

    `rents` are what quotas add, by kind, from `rents_by_arc`. Border price ``c = p (1 + export tax) +
    freight + export rent``; landed ``m = c (1 + tariff) + levy + import rent`` with the levy the law's
    duty on c, or on the published index where the levy is by reference.
    """
    origin_price = price if len(form.origins) == form.regions else price[..., jnp.array(form.origins)]
    taxed = 1.0 + economy.export_tax
    border = origin_price[..., :, None] * taxed + economy.freight + rents.get("export", 0.0)
    tariffed = 1.0 + economy.tariff
    duty, duty_slope = _duty(form, economy, border)
    due = levy = economy.levied * duty
    levy_slope = economy.levied * duty_slope
    if "levy" in rents:
        within = levy > rents["levy"]
        levy, levy_slope = jnp.where(within, rents["levy"], levy), jnp.where(within, 0.0, levy_slope)
    rent = rents.get("export", 0.0) + rents.get("import", 0.0)
    landed = border * tariffed + levy + rents.get("import", 0.0)
    return Landed(
        border,
        border * economy.tariff,
        due,
        levy,
        jnp.broadcast_to(rent, border.shape),
        landed,
        taxed * (tariffed + levy_slope),
    )


def _duty(form: Form, economy: Economy, border: Array) -> tuple[Array, Array]:
    """Read the charter's duty rules on every flow, and their slopes in the border price."""
    if not form.duties:
        return jnp.zeros_like(border), jnp.zeros_like(border)
    wide = (..., None, None)
    credit = 1.0 + economy.credits_tariff[wide] * economy.tariff
    by_reference = economy.by_reference[wide]
    floor = jnp.broadcast_to(economy.floor[..., None, :], border.shape)
    # by good, so that a layer taken alone is rounded as it is among the others
    usual = jnp.maximum(economy.start_price.mean(-1)[wide], 1e-12)
    reading = Arrays(form.smoothing * usual) if form.smoothing else Arrays()
    index = economy.index_price[..., None, :]
    total = slope = jnp.zeros_like(border)
    for place, rule in enumerate(form.duties):

        def due(compared: Array, rule: DutyRule = rule) -> Array:
            owed: Array = rule.duty(compared, floor, using=reading)
            return owed

        compared = jnp.where(by_reference > 0, index, border * credit)
        duty, steep = jax.jvp(due, (compared,), (jnp.ones_like(border),))
        here = economy.duty[wide] == place
        total = total + jnp.where(here, duty, 0.0)
        slope = slope + jnp.where(here & (by_reference == 0), steep * credit, 0.0)
    return total, slope


def rents_by_arc(form: Form, economy: Economy, position: Array) -> tuple[dict[str, Array], Array, Array]:
    """Turn positions on the wedges' curves into rents by flow, the rents, and the tonnes they allow.

    A wedge is a curve of volume against rent. Up to position 1 volume grows to `wedge_tonnes` (by e each
    unit) at a cost of `wedge_slope` USD a tonne of volume; from there the rent rises (by e each unit) at
    fixed volume up to `wedge_rent_max`, and beyond it volume grows again: a tariff-rate quota outrun.
    """
    if not form.wedges:
        return {}, position, position
    tonnes, price = wedge_scales(economy)
    limit = jnp.clip(economy.wedge_tonnes, 1e-9 * tonnes, 10.0 * tonnes)
    rise = jnp.log1p(economy.wedge_rent_max / price)
    below = limit * jnp.exp(jnp.minimum(position, 1.0) - 1.0)
    rent = economy.wedge_slope * below + price * jnp.expm1(jnp.clip(position - 1.0, 0.0, rise))
    allowed = below + tonnes * jnp.maximum(position - 1.0 - rise, 0.0)
    by_kind: dict[str, Array] = {}
    for place, kind in enumerate(form.wedges):
        added = economy.wedge_arcs[place] * rent[place]
        by_kind[kind] = by_kind[kind] + added if kind in by_kind else added
    return by_kind, rent, allowed


def beyond_levies(form: Form, economy: Economy, rents: Array, due: Array) -> Array:
    """Give the tonnes beyond a quota on the levy: none until its rent has reached the highest levy due."""
    tonnes, price = wedge_scales(economy)
    on_levy = jnp.array([kind == "levy" for kind in form.wedges])
    highest = jnp.max(economy.wedge_arcs * due, axis=(-4, -3, -2, -1))
    excess = jnp.log1p(rents / price) - jnp.log1p(highest / price)
    return jnp.where(on_levy, tonnes * jnp.maximum(excess, 0.0), 0.0)


def wedge_scales(economy: Economy) -> tuple[Array, Array]:
    """Give tonnes and a price of the size of what each wedge limits."""
    world = jnp.sum(economy.final_demand + economy.demand_intercept)
    prices = jnp.sum(economy.wedge_arcs * economy.start_price[..., None, :], axis=(-4, -3, -2, -1))
    price = prices / jnp.maximum(jnp.sum(economy.wedge_arcs, axis=(-4, -3, -2, -1)), 1.0)
    return world * jnp.ones_like(economy.wedge_tonnes), jnp.maximum(price, 1e-9)
