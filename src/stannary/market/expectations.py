"""What people expect a price to be: from what they saw, from what was announced, or as given."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from stannary.market.dynamics import Dynamics

__all__ = ["believe", "believe_cost", "foresee", "revise"]


def revise(dynamics: Dynamics, expected: Array, price: Array, before: Array) -> Array:
    """Move expected prices: ``p_e + weight (p - p_e) + trend (p - p before)``, never below 0.

    Weight 1 and trend 0 is naive, weight between 0 and 1 adaptive (Cagan 1956, Nerlove 1958), a trend above 0
    extrapolative. USD/t, axes ``layer good region``.
    """
    surprise = dynamics.expectation_weight * (price - expected)
    return jnp.maximum(expected + surprise + dynamics.trend_weight * (price - before), 0.0)


def believe(dynamics: Dynamics, expected: Array, floor: Array) -> Array:
    """Give the price that decisions rest on: ``pi max(floor, p_e) + (1 - pi) p_e``, or `given_price`.

    pi is the `credibility` of the floor in force or announced; a floor of 0 is no floor. USD/t.
    """
    promised = jnp.maximum(floor, dynamics.announced_floor)
    trust = dynamics.credibility
    mixed = trust * jnp.maximum(promised, expected) + (1.0 - trust) * expected
    given = ~jnp.isnan(dynamics.given_price)
    return jnp.where(given, jnp.where(given, dynamics.given_price, 0.0), mixed)


def believe_cost(dynamics: Dynamics, paid: Array, floor: Array, expected: Array, believed: Array) -> Array:
    """Give the price that users of a good expect to pay, from the one they expected so far, USD/t.

    A floor holds what they pay up as it holds what producers receive; where the producers' price is given,
    what users pay moves in proportion.
    """
    promised = jnp.maximum(floor, dynamics.announced_floor)
    trust = dynamics.credibility
    mixed = trust * jnp.maximum(promised, paid) + (1.0 - trust) * paid
    moved = paid * believed / jnp.maximum(expected, 1e-9)
    return jnp.where(jnp.isnan(dynamics.given_price), mixed, moved)


def foresee(dynamics: Dynamics, growth: Array, before: Array, active: Array) -> Array:
    """Move the growth that orders are fitted to towards the growth of use last seen, a share a period.

    `before` and `active` are what users would take at reference prices in two periods; 0 is not seen.
    """
    seen = before > 0
    last = jnp.where(seen, active / jnp.where(seen, before, 1.0) - 1.0, growth)
    return growth + jnp.where(seen, dynamics.growth_weight * (last - growth), 0.0)
