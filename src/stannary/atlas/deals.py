"""Public and private deals: floors, loans, stakes, offtake."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from stannary.atlas.cells import PartialDay
from stannary.atlas.states import State

__all__ = ["Deal"]


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as reported. `assumed` says that its date is approximate or recalled; `reason` which."""

    FIGURE: ClassVar[str | None] = None

    id: str
    dated_on: PartialDay
    counterparties: str
    economy: str
    minerals: tuple[str, ...]
    subject: str
    instrument: str
    amount_usd: Decimal | None
    details: str
    state: State
    reason: str
    confidence: str
    source: str
    note: str
