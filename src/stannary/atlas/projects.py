"""Named plants and mines: where, what, how large, at what cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from stannary.atlas.products import Stage
from stannary.atlas.states import State

__all__ = ["Project"]


@dataclass(frozen=True, slots=True)
class Project:
    """A project as announced. What was not published is missing, not nought."""

    FIGURE: ClassVar[str | None] = None

    id: str
    name: str
    product: str
    stage: Stage
    economy: str
    capex: Decimal | None
    capex_currency: str
    capex_year: int | None
    capacity: Decimal | None
    capacity_unit: str
    capacity_basis: str
    start_year: int | None
    lead_time_years: Decimal | None
    state: State
    source: str
    note: str
