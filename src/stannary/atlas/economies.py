"""Economies by ISO 3166 alpha-3 code, with the aggregates publishers use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Economy"]


@dataclass(frozen=True, slots=True)
class Economy:
    """An economy: alpha-3 code, alpha-2 code where there is one, short name, blocs.

    `aggregate` (WLD, EUU) double counts its members; `residual` (XOT) is what a publisher lists as other.
    """

    id: str
    alpha_2: str
    name: str
    kind: Literal["country", "aggregate", "residual"]
    blocs: tuple[str, ...]
    source: str
    note: str

    @property
    def is_aggregate(self) -> bool:
        """Say whether the economy's figures contain those of others."""
        return self.kind == "aggregate"
