"""The stockpile inside the market: it buys at its floor, sells at its ceiling, within tonnes and cash.

A finite stock holds a price only while it has cash to buy with and tonnes to sell (Salant 1983); both are
states of the path, so a stock can be seen to run out.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from stannary.charter.stockpile_mandate import carrying_cost
from stannary.market.arrays import ARRAYS
from stannary.market.dynamics import Dynamics

__all__ = ["Traded", "settle", "stock_bands"]


class Traded(NamedTuple):
    """What a stock did in a period: tonnes held at its end, and money in USD by good and region.

    `fund` is what the stock's fund of each region holds afterwards.
    """

    held: Array
    purchases: Array
    sales: Array
    holding_cost: Array
    offtake_cost: Array
    fund: Array


def stock_bands(dynamics: Dynamics, held: Array, fund: Array) -> tuple[Array, Array, Array, Array]:
    """Give the floor band (price, tonnes) and the ceiling band (price, tonnes).

    All that is held is offered; the ceiling band buys back what is not worth selling. A region's fund is
    shared over its goods by the value of what each has room for, so that it is never overspent.
    """
    room = jnp.maximum(dynamics.stock_tonnes_max - held, 0.0) * (dynamics.stock_floor > 0)
    value = room * dynamics.stock_floor
    wanted = jnp.sum(value, axis=(0, 1))
    share = jnp.minimum(jnp.maximum(fund + dynamics.stock_grant, 0.0) / jnp.maximum(wanted, 1e-9), 1.0)
    ceiling = jnp.maximum(dynamics.stock_ceiling, dynamics.stock_floor)
    return dynamics.stock_floor, room * share, ceiling, held


def settle(
    dynamics: Dynamics, opening: Array, closing: Array, offtake: Array, price: Array, fund: Array
) -> Traded:
    """Book what the stock bought and sold at the market's price, and what holding it cost.

    `closing` is what its bands kept or bought; what it receives from `offtake` is added. The fund pays for
    purchases and receives sales; holding and offtakes are paid by the treasury. USD.
    """
    change = closing - opening
    purchases, sales = jnp.maximum(change, 0.0) * price, jnp.maximum(-change, 0.0) * price
    held = closing + dynamics.offtake_stocked * offtake
    holding: Array = carrying_cost(
        held * price, dynamics.stock_interest, held, dynamics.stock_storage_cost, 1.0, using=ARRAYS
    )
    left = fund + dynamics.stock_grant + jnp.sum(sales - purchases, axis=(0, 1))
    return Traded(held, purchases, sales, holding, offtake * dynamics.offtake_price, left)
