"""Add figures up, and say what the sum leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Protocol

from stannary.atlas.states import State
from stannary.errors import Problem, UnitError
from stannary.units import EXACT

__all__ = ["Figure", "Sum", "add_up"]


class Figure(Protocol):
    """A row that can be added to others: a value (or none), its unit, basis and state."""

    @property
    def value(self) -> Decimal | None:
        """The value, `None` where there is none."""

    @property
    def unit(self) -> str:
        """The unit."""

    @property
    def basis(self) -> str:
        """What the unit is a unit of."""

    @property
    def state(self) -> State:
        """The state."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A total, how many figures it counts, and how many it leaves out by state."""

    total: Decimal
    unit: str
    counted: int
    left_out: Mapping[State, int]

    @property
    def is_complete(self) -> bool:
        """Say whether nothing was left out."""
        return not self.left_out

    @property
    def outcome(self) -> str:
        """Say the sum in a sentence."""
        figures = "figure" if self.counted == 1 else "figures"
        said = f"{self.total.normalize():f} {self.unit} in {self.counted} {figures}"
        if self.is_complete:
            return f"{said}; none left out."
        missing = ", ".join(
            f"{count} {state.replace('_', ' ')}" for state, count in sorted(self.left_out.items())
        )
        return f"{said}; left out: {missing}."


def add_up(figures: Iterable[Figure]) -> Sum:
    """Add the values among figures of one unit and basis, counting what has none.

    Bounds and withheld figures are left out and counted by state. World totals and other aggregates are
    not told apart here: do not pass them beside their members. Raises `UnitError` (STN-UNIT-001) where
    units or bases differ.
    """
    rows = list(figures)
    measures = sorted({f"{row.unit} of {row.basis}" for row in rows})
    if len(measures) > 1:
        message = f"Figures in {' and '.join(measures)} do not add up."
        raise UnitError([Problem("STN-UNIT-001", message, "Convert them to one unit and basis first.")])
    total, counted = Decimal(0), 0
    left_out: Counter[State] = Counter()
    with localcontext(EXACT):
        for row in rows:
            if row.value is None:
                left_out[row.state] += 1
            else:
                total += row.value
                counted += 1
    return Sum(total, rows[0].unit if rows else "", counted, dict(left_out))
