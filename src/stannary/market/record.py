"""What is written down of every period of a path: arrays small enough for ten thousand paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market.economy import Economy, Form
from stannary.market.residual import to_regions

if TYPE_CHECKING:
    from stannary.market.equilibrium import Equilibrium

__all__ = ["AXES", "Budget", "Record", "budget", "by_source"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Budget:
    """What the law brought and cost the treasury of each region in a period, USD, axis ``region``.

    Support is what was paid less what was paid back. `export_taxes` are told apart: a seller's own mark-up is
    written the same way, so they are in no treasury.
    """

    levies: Array
    tariffs: Array
    support: Array
    export_taxes: Array


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Record:
    """One period, or with a leading axis all periods; the axes of each are in `AXES`.

    `capacity` is what was installed when the period began, `working` what of it could run, `pipeline` what
    was being built when it ended; ``capacity + arriving + projects - retired`` is the capacity of the next
    period. `expected_price` is what decisions rested on. `sources` are the tonnes the zone's users bought,
    by the region that made them. `stock` (public) and `storage` (private) are tonnes held at the end, `fund`
    and `treasury` USD at the end (`treasury` counts from 0). Prices
    USD/t, tonnes contained a period. From a period that was not solved on, numbers are NaN and `converged`
    is false.
    """

    price: Array
    average_price: Array
    expected_price: Array
    output: Array
    use: Array
    final_use: Array
    capacity: Array
    working: Array
    mothballed: Array
    pipeline: Array
    ordered: Array
    cancelled: Array
    arriving: Array
    projects: Array
    retired: Array
    restarted: Array
    sources: Array
    levies: Array
    tariffs: Array
    support: Array
    export_taxes: Array
    stock: Array
    stock_purchases: Array
    stock_sales: Array
    holding_cost: Array
    offtake_cost: Array
    storage: Array
    fund: Array
    treasury: Array
    responding: Array
    converged: Array
    residual: Array
    iterations: Array


_BY_GOOD = (
    "price average_price expected_price output use final_use capacity working mothballed pipeline ordered "
    "cancelled arriving projects retired restarted sources stock "
    "stock_purchases stock_sales holding_cost offtake_cost storage"
)
AXES: dict[str, str] = {
    **dict.fromkeys(_BY_GOOD.split(), "KER"),
    **dict.fromkeys(("levies", "tariffs", "support", "export_taxes", "fund", "treasury"), "R"),
    "responding": "reaction",
    **dict.fromkeys(("converged", "residual", "iterations"), ""),
}
"""The axes of every array after the axis of periods; for `sources` the region is the one that made."""


def budget(form: Form, economy: Economy, solved: Equilibrium) -> Budget:
    """Add up what the law brought and cost each region's treasury in a solved period, USD."""
    taxed = solved.price if len(form.origins) == form.regions else solved.price[..., jnp.array(form.origins)]
    taxes = jnp.sum(economy.export_tax * taxed[..., None] * solved.flows, axis=-1)
    return Budget(
        levies=jnp.sum(solved.levy * solved.flows, axis=(0, 1, 2)),
        tariffs=jnp.sum(solved.tariff_duty * solved.flows, axis=(0, 1, 2)),
        support=jnp.sum(solved.support * solved.supported_output, axis=(0, 1)),
        export_taxes=jnp.sum(to_regions(form, taxes), axis=(0, 1)),
    )


def by_source(form: Form, flows: Array, zone: Array) -> Array:
    """Give the tonnes that the regions of a zone (1 or 0 each) bought, by the region that made them."""
    return to_regions(form, flows @ zone)
