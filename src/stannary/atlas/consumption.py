"""What economies use, and how far they rely on imports."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from stannary.atlas.states import State, bound_of, value_of

__all__ = ["Consumption"]


@dataclass(frozen=True, slots=True)
class Consumption:
    """One figure of consumption, demand or import reliance: `metric` in `unit`, under `scenario`.

    A reliance printed as "greater than 95" is a bound. `product` is empty where the publisher speaks of
    all forms.
    """

    FIGURE: ClassVar[str | None] = "amount"

    mineral: str
    product: str
    stage: str
    series: str
    metric: str
    economy: str
    year: int
    scenario: str
    amount: Decimal | None
    unit: str
    state: State
    source: str
    note: str

    @property
    def value(self) -> Decimal | None:
        """Give the amount where it is a value, `None` where withheld or only a bound."""
        return value_of(self.amount, self.state)

    @property
    def bound(self) -> Decimal | None:
        """Give the bound of a less-than or greater-than figure."""
        return bound_of(self.amount, self.state)
