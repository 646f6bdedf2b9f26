"""The market's answer to a small change, to first order: what linear models such as GSIM compute.

A log-linear model of an industry is the derivative of the market solved here, times the whole change. With
ordinary CES sourcing the coefficients are GSIM's own (Francois & Hall, Global Simulation Analysis of
Industry-Level Trade Policy, 2003): with expenditure shares ``θ`` at internal prices, ``η`` the demand
elasticity and ``σ`` that of substitution, the own-price elasticity ``-θ η - (1 - θ) σ`` and the cross-price
elasticity ``θ (σ - η)``. The error of a linear answer grows with the square of the change: compare it with
`equilibrium.solve` at the changed numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from stannary.market.economy import Economy, Form
from stannary.market.equilibrium import Equilibrium, solve

__all__ = ["FirstOrder", "first_order", "producers_triangle", "users_triangle"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class FirstOrder:
    """A solved market, and by how much everything in it changes to first order, in the same units."""

    base: Equilibrium
    change: Equilibrium

    def relative(self, name: str) -> Array:
        """Give the change of a field as a share of what it was, NaN where it was zero (0.08: up by 8%)."""
        before, change = getattr(self.base, name), getattr(self.change, name)
        return jnp.where(before == 0, jnp.nan, change / jnp.where(before == 0, 1.0, before))


def first_order(form: Form, economy: Economy, **changed: Any) -> FirstOrder:
    """Give the first-order answer of a market to changed fields of its economy.

    `changed` holds the new values by field, broadcast to its axes; the direction is new less old, so that a
    tariff that falls from 41% to nothing enters as ``T1 / T0 - 1`` of its power T, as in GSIM. Can be
    compiled (`form` static) and batched. At a kink (a floor just reached) the answer is one-sided.
    Raises `KeyError` for a field that no economy has.
    """
    known = {each.name for each in fields(Economy)}
    for name in changed:
        if name not in known:
            raise KeyError(name)
    base = jax.tree.map(lambda each: jnp.asarray(each, dtype=jnp.float64), economy)
    still = jax.tree.map(jnp.zeros_like, base)
    new = {name: jnp.asarray(value, dtype=jnp.float64) for name, value in changed.items()}
    moved = still.but(**{name: value - getattr(base, name) for name, value in new.items()})
    solved, change = jax.jvp(lambda numbers: solve(form, numbers), (base,), (moved,))
    return FirstOrder(solved, _plain(solved, change))


def users_triangle(spending: Array, price_change: Array, elasticity: Any) -> Array:
    """Give what users gain as GSIM has it, USD: ``spending (-c - η c |c| / 2)``.

    `spending` at internal prices before, `price_change` of the composite as a share c, `elasticity` of
    demand as a positive number η. The exact area is `welfare.users_gain`.
    """
    gained: Array = spending * (-price_change - 0.5 * elasticity * price_change * jnp.abs(price_change))
    return gained


def producers_triangle(receipts: Array, price_change: Array, elasticity: Any) -> Array:
    """Give what producers gain as GSIM has it, USD: ``receipts p (1 + ε p / 2)``.

    `receipts` at world prices before, `price_change` as a share p, `elasticity` of supply ε. The exact area
    is `welfare.producers_surplus`.
    """
    gained: Array = receipts * price_change * (1.0 + 0.5 * elasticity * price_change)
    return gained


def _plain(solved: Equilibrium, change: Equilibrium) -> Equilibrium:
    """Give changes of what is not a real number (converged, iterations) as zeros."""
    plain: Equilibrium = jax.tree.map(
        lambda value, moved: jnp.zeros(value.shape) if moved.dtype == jax.dtypes.float0 else moved,
        solved,
        change,
        is_leaf=lambda each: isinstance(each, np.ndarray),
    )
    return plain
