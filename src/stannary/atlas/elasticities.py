"""Published responses of supply, demand and trade to prices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from stannary.atlas.states import State

__all__ = ["Elasticity"]


@dataclass(frozen=True, slots=True)
class Elasticity:
    """A pure number: the change in per cent for one per cent of price (or of output, see `kind`).

    `assumed` rows are published values recalled and not read again.
    """

    FIGURE: ClassVar[str | None] = "amount"

    id: str
    mineral: str
    sector: str
    stage: str
    kind: str
    horizon: str
    amount: Decimal | None
    std_error: Decimal | None
    low: Decimal | None
    high: Decimal | None
    scope: str
    state: State
    reason: str
    source: str
    note: str
