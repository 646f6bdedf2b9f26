"""Put the bands of several stocks in the order in which a falling price meets them.

A market is solved with bands from the highest price to the lowest, and the order may change from one
period to the next and from good to good.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

__all__ = ["Ordered", "order"]


class Ordered(NamedTuple):
    """Bands from high to low; `place` is 1 where a band (second to last axis) stands at a place (last)."""

    price: Array
    tonnes: Array
    place: Array

    def by_band(self, bought: Array) -> Array:
        """Give tonnes bought by place back to the bands as they came."""
        return jnp.einsum("...n,...bn->...b", bought, self.place)


def order(price: Array, tonnes: Array) -> Ordered:
    """Order bands (last axis) from the highest price to the lowest; equal prices keep their order.

    Ranks come from comparing all pairs: bands are few, and a sort costs more than the market's own sums.
    """
    count = price.shape[-1]
    first, second = price[..., :, None], price[..., None, :]
    earlier = jnp.arange(count)[None, :] < jnp.arange(count)[:, None]
    rank = jnp.sum((second > first) | ((second == first) & earlier), axis=-1)
    place = (rank[..., None] == jnp.arange(count)).astype(price.dtype)
    return Ordered(
        jnp.einsum("...b,...bn->...n", price, place), jnp.einsum("...b,...bn->...n", tonnes, place), place
    )
