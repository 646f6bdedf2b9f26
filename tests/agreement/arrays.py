"""A stand-in for the array reading: formulas on NumPy arrays of 64-bit floats, NaN for what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any

import numpy as np


class Arrays:
    """Read a formula on arrays. Missing is NaN."""

    def number(self, value: Decimal) -> Any:
        """Turn a constant into a float."""
        return np.float64(float(value))

    def maximum(self, first: Any, second: Any) -> Any:
        """Give the larger of two."""
        return np.maximum(first, second)

    def minimum(self, first: Any, second: Any) -> Any:
        """Give the smaller of two."""
        return np.minimum(first, second)

    def choose(self, condition: Any, then: Any, otherwise: Any) -> Any:
        """Give `then` where the condition holds, `otherwise` elsewhere."""
        return np.where(condition, then, otherwise)

    def strictly(self, rule: Callable[..., Any], values: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Apply a rule, giving NaN wherever an input is NaN (a comparison with NaN would choose a side)."""
        given = [np.isnan(value) for value in (*values, *named.values())]
        return np.where(reduce(np.logical_or, given, np.False_), np.nan, rule(*values, **named))


ARRAYS = Arrays()
