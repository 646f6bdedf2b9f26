"""What it costs and how long it takes to build and run a plant, as reported."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from stannary.atlas.states import State

__all__ = ["Cost"]


@dataclass(frozen=True, slots=True)
class Cost:
    """One reported figure: `metric` of `subject` in `unit`, with its range where one was given."""

    FIGURE: ClassVar[str | None] = "amount"

    id: str
    mineral: str
    product: str
    stage: str
    subject: str
    economy: str
    metric: str
    amount: Decimal | None
    low: Decimal | None
    high: Decimal | None
    unit: str
    year: int
    state: State
    confidence: str
    source: str
    note: str
