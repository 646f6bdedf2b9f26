"""The array reading of the charter's formulas: thousands of futures at once, differentiable.

Missing is NaN. All numbers of the market room are 64-bit floats; importing this module says so to JAX.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp

__all__ = ["ARRAYS", "Arrays"]

jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]


class Arrays:
    """Read a formula on JAX arrays of any (broadcastable) shapes.

    `width` rounds the kinks of maximum and minimum over that distance (in the unit of the numbers), for
    gradients at a kink; 0 leaves them exact.
    """

    def __init__(self, width: Any = None) -> None:
        self.width = width

    def number(self, value: Decimal) -> float:
        """Turn a constant of the charter into a float."""
        return float(value)

    def maximum(self, first: Any, second: Any) -> Any:
        """Give the larger of two."""
        if self.width is None:
            return jnp.maximum(first, second)
        return 0.5 * (first + second + jnp.sqrt((first - second) ** 2 + 4.0 * self.width**2))

    def minimum(self, first: Any, second: Any) -> Any:
        """Give the smaller of two."""
        if self.width is None:
            return jnp.minimum(first, second)
        return 0.5 * (first + second - jnp.sqrt((first - second) ** 2 + 4.0 * self.width**2))

    def choose(self, condition: Any, then: Any, otherwise: Any) -> Any:
        """Give `then` where the condition holds, `otherwise` elsewhere."""
        return jnp.where(condition, then, otherwise)

    def strictly(self, rule: Callable[..., Any], values: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Apply a rule, giving NaN wherever an input is NaN: a comparison with NaN would choose a side."""
        missing = reduce(jnp.logical_or, [jnp.isnan(value) for value in (*values, *named.values())])
        return jnp.where(missing, jnp.nan, rule(*values, **named))


ARRAYS = Arrays()
"""The array reading."""
