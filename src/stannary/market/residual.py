"""The market in equations: how far use and output are apart at given prices, and everything behind it.

The unknowns are the logarithms of market prices, one per layer, good and region (the producer's price, but
for what stocks do to it), and the positions on the wedges. The equation of a good is the logarithm of what
leaves a region's producers less that of what they make.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from stannary.market.economy import Economy, Form
from stannary.market.landed import Landed, beyond_levies, land, rents_by_arc
from stannary.market.sourcing import Sources, log_weights, source
from stannary.market.supply import Made, Stocked, make, stock, unit_cost

__all__ = ["Fixed", "Terms", "balance", "evaluate", "fixed", "to_regions", "trade"]

LEAST = 1e-300
NEGLIGIBLE = 1e-10
"""The share of a market's tonnes that makes no difference: a producer whom nobody buys from is at rest."""


class Terms(NamedTuple):
    """Everything that prices imply. Axes as in `economy.py`; `use_slope` is d use / d average price."""

    stocked: Stocked
    landed: Landed
    sources: Sources
    made: Made
    final: Array
    final_slope: Array
    use: Array
    flows: Array
    leaving: Array
    coming: Array
    least: Array
    rents: Array
    gap: Array
    wedge_gap: Array


class Fixed(NamedTuple):
    """What does not move while a market is solved."""

    logs: Array
    outer_logs: Array
    sigma: Array
    outer_sigma: Array
    tonnes: Array


def fixed(economy: Economy) -> Fixed:
    """Work out once what every step of the solution needs."""
    wide = (..., None, None)
    world = jnp.sum(economy.final_demand + economy.demand_intercept)
    made = economy.capacity + economy.byproduct_tonnes + economy.released
    local = jnp.einsum("kjer,kjr->ker", economy.yields, jnp.minimum(made, world)) + economy.final_demand
    return Fixed(
        log_weights(economy.weights),
        log_weights(economy.outer_weights),
        economy.sigma[wide],
        economy.outer_sigma[wide],
        jnp.maximum(local, 1e-6 * jnp.maximum(world, 1e-9)),
    )


def trade(
    form: Form, economy: Economy, known: Fixed, market: Array, rents: dict[str, Array]
) -> tuple[Stocked, Landed, Sources]:
    """Carry market prices to users: one layer (``good region``) or all of them (``layer good region``)."""
    stocked = stock(form, economy, known.tonnes, market)
    landed = land(form, economy, stocked.price, rents)
    nests = jnp.stack([economy.inside, 1.0 - economy.inside]) if form.nests == 2 else economy.inside
    sources = source(form, known.logs, known.outer_logs, nests, known.sigma, known.outer_sigma, landed.price)
    return stocked, landed, sources


def evaluate(
    form: Form, economy: Economy, known: Fixed, market: Array, position: Array, exact: Array | None = None
) -> Terms:
    """Work out a market at market prices (``layer good region``) and wedge positions (``wedge``)."""
    by_kind, _, _ = rents_by_arc(form, economy, position)
    return balance(form, economy, known, trade(form, economy, known, market, by_kind), position, exact)


def balance(
    form: Form,
    economy: Economy,
    known: Fixed,
    traded: tuple[Stocked, Landed, Sources],
    position: Array,
    exact: Array | None = None,
) -> Terms:
    """Hold what is made against what is used, given what trade has made of prices."""
    stocked, landed, sources = traded
    made = make(form, economy, stocked.price, unit_cost(economy, sources.price), exact)
    final, final_slope = demand(form, economy, sources.price, stocked.price, made)
    taken = jnp.einsum("kjir,kjr->kir", economy.inputs[1:], made.throughput[1:])
    use = final + jnp.concatenate([taken, jnp.zeros_like(final[:1])])
    flows = sources.bought * use[..., None, :]
    leaving = to_regions(form, flows.sum(-1)) + stocked.bought.sum(-1)
    leaving = leaving + stocked.disposed + economy.offtake
    coming = made.output + economy.released
    least = NEGLIGIBLE * known.tonnes
    gap = jnp.log(coming + least) - jnp.log(leaving + least)
    # not a number is no standstill: it must show as a market that was not solved
    moves = (economy.active > 0) & ~(coming + leaving <= 0.01 * least)
    gap = jnp.where(moves, gap, 0.0)
    _, rents, allowed = rents_by_arc(form, economy, position)
    wedge_gap = position
    if form.wedges:
        volume = jnp.einsum("wkeos,keos->w", economy.wedge_arcs, flows)
        allowed = allowed + beyond_levies(form, economy, rents, landed.due)
        wedge_gap = jnp.log(jnp.maximum(volume, LEAST)) - jnp.log(allowed)
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
        least=least,
        rents=rents,
        gap=gap,
        wedge_gap=wedge_gap,
    )


def demand(form: Form, economy: Economy, paid: Array, price: Array, made: Made) -> tuple[Array, Array]:
    """Give final use at the average price users pay, and its slope in that price."""
    relative = paid / economy.reference_price
    elastic = economy.final_demand * relative**-economy.demand_elasticity
    straight = economy.demand_intercept - economy.demand_slope * paid
    open_ = straight > 0
    if form.incomes:
        income = jnp.maximum(price * made.output, LEAST) / economy.reference_income
        elastic = elastic * income**economy.income_elasticity
    slope = -economy.demand_elasticity * elastic / paid - jnp.where(open_, economy.demand_slope, 0.0)
    return elastic + jnp.where(open_, straight, 0.0), slope


def to_regions(form: Form, by_origin: Array) -> Array:
    """Add what origins sell to the regions whose goods they sell (last axis)."""
    if len(form.origins) == form.regions:
        return by_origin
    sold = jnp.eye(form.regions)[jnp.array(form.origins)]
    return by_origin @ sold
