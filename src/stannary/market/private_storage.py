"""Private storage: people hold metal when the price they expect pays for the holding.

Williams & Wright, Storage and Commodity Markets (1991): ``p + k >= E[p] / (1 + r)``, with equality where
anything is held.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from stannary.market.dynamics import Dynamics

__all__ = ["holders_band", "holders_price"]


def holders_price(dynamics: Dynamics, believed: Array) -> Array:
    """Give the price at which holding just pays: ``E[p] / (1 + r) - k``, USD/t."""
    return believed / (1.0 + dynamics.storage_interest) - dynamics.storage_cost


def holders_band(dynamics: Dynamics, believed: Array, held: Array) -> tuple[Array, Array, Array]:
    """Give the holders' price, the most they hold, and the tonnes they offer.

    All that was held is offered, and up to the limit is bought at one price: what the band buys is the
    stock at the end of the period. So ``p + k >= E[p] / (1 + r)  ⊥  stock >= 0`` holds exactly. What was
    held above a limit that fell is sold.
    """
    return holders_price(dynamics, believed), jnp.maximum(dynamics.storage_tonnes, 0.0), held
