"""The few operations a formula of the charter may ask for, and the plain-number reading of them.

A formula is written once, in `charter/`, as plain arithmetic (+, -, *, <, <=) over three operations
(maximum, minimum, choose). It is told how to read itself:

- `NUMBERS`: one entry, exact decimals (here);
- `COLUMNS`: millions of entry lines, as database expressions (`border/columns.py`);
- `ARRAYS`: thousands of futures (`market/`).

A formula is *strict*: where any of its inputs is missing its answer is missing, in every reading. This
matters because databases ignore NULL in GREATEST and LEAST, and a missing floor must never read as
"no duty".
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import wraps
from typing import Any, Protocol

from stannary.units import EXACT

__all__ = ["NUMBERS", "Numbers", "Reading", "formula"]


class Reading(Protocol):
    """How a formula reads itself."""

    def number(self, value: Decimal) -> Any:
        """Turn a constant of the charter into a number of this reading."""

    def maximum(self, first: Any, second: Any) -> Any:
        """Give the larger of two."""

    def minimum(self, first: Any, second: Any) -> Any:
        """Give the smaller of two."""

    def choose(self, condition: Any, then: Any, otherwise: Any) -> Any:
        """Give `then` where the condition holds, `otherwise` elsewhere."""

    def strictly(self, rule: Callable[..., Any], values: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Apply a rule, giving a missing answer wherever an input is missing."""


def formula(rule: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function `rule(…, using)` a formula: strict, and reading its constants in its own way.

    Call it as ``rule(price, floor, …, using=NUMBERS)``. Inputs are `Decimal`, `int` or `None` for NUMBERS,
    database expressions for COLUMNS, arrays (NaN for missing) for ARRAYS.
    """

    @wraps(rule)
    def read(*values: Any, using: Reading, **named: Any) -> Any:
        return using.strictly(
            lambda *v, **n: rule(*v, **n, using=using),
            [using.number(v) if isinstance(v, Decimal) else v for v in values],
            {k: using.number(v) if isinstance(v, Decimal) else v for k, v in named.items()},
        )

    return read


class Numbers:
    """Read a formula on plain exact decimals. Missing is `None`."""

    def number(self, value: Decimal) -> Decimal:
        """Give the constant as it is."""
        return value

    def maximum(self, first: Any, second: Any) -> Any:
        """Give the larger of two."""
        return first if first >= second else second

    def minimum(self, first: Any, second: Any) -> Any:
        """Give the smaller of two."""
        return first if first <= second else second

    def choose(self, condition: bool, then: Any, otherwise: Any) -> Any:
        """Give `then` where the condition holds, `otherwise` elsewhere."""
        return then if condition else otherwise

    def strictly(self, rule: Callable[..., Any], values: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Apply a rule in exact decimal arithmetic; `None` if any input is `None`."""
        if any(value is None for value in (*values, *named.values())):
            return None
        with exactly():
            return rule(*values, **named)


NUMBERS = Numbers()
"""The plain-number reading: exact decimals."""


def exactly() -> Any:
    """Open a decimal context wide enough that sums and products of the charter lose no digit."""
    return decimal.localcontext(EXACT)
