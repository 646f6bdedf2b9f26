"""Agreements between economies, and the unilateral acts beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from stannary.atlas.cells import PartialDay
from stannary.atlas.states import State

__all__ = ["Agreement"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """An instrument with its parties, day of signature, status as last seen, and deadline in words."""

    FIGURE: ClassVar[str | None] = None

    id: str
    name: str
    kind: str
    parties: tuple[str, ...]
    other_parties: str
    signed_on: PartialDay
    status: str
    deadline_rule: str
    commitments: str
    state: State
    reason: str
    confidence: str
    source: str
    note: str
