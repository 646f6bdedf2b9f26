"""Minerals, the products they are traded as, and the steps that turn one into another."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from stannary.atlas.states import State

__all__ = ["ChainStep", "Mineral", "Product", "Stage"]

Stage = Literal["mine", "concentrate", "smelted", "refined", "metal", "component", "scrap"]


@dataclass(frozen=True, slots=True)
class Mineral:
    """A mineral and the lists it stands on.

    `assumed_fields` names the columns that come from general knowledge, `reason` says why.
    `is_aggregate` marks groups (rare earths, platinum metals) kept for sources that do not split them.
    """

    id: str
    name: str
    symbol: str
    group: str
    unit_basis: str
    is_aggregate: bool
    on_us_2025_list: bool
    on_eu_crm_list: bool
    on_eu_strategic_list: bool
    china_export_control: str
    end_uses: str
    assumed_fields: tuple[str, ...]
    reason: str
    sources: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Product:
    """A form in which a mineral is mined, made or traded; `contained_basis` defines its contained tonne."""

    id: str
    mineral: str
    stage: Stage
    name: str
    contained_basis: str
    note: str


@dataclass(frozen=True, slots=True)
class ChainStep:
    """What one tonne of a product takes of another: `input_per_output` in `unit`, `recovery` as a share.

    `host` lists the minerals whose output sets the volume of a by-product. Steps are assumed throughout
    and `reason` says on what grounds.
    """

    FIGURE: ClassVar[str | None] = "input_per_output"

    id: str
    chain: str
    step: int
    from_product: str
    to_product: str
    from_text: str
    to_text: str
    input_per_output: Decimal | None
    unit: str
    recovery: Decimal | None
    host: tuple[str, ...]
    state: State
    confidence: Literal["high", "medium", "low"]
    reason: str
    source: str
    note: str
