"""Tariff codes and what they hold: the product, its mineral, contained tonnes per gross tonne."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from stannary.atlas.products import Stage
from stannary.atlas.states import State

__all__ = ["TariffCode"]


@dataclass(frozen=True, slots=True)
class TariffCode:
    """One product under one code: eight digits of the US schedule where known, else six of the HS.

    Codes are text (leading zeros count). A code with several rows, or `is_basket`, covers several goods.
    `contained_factor` is contained tonnes of `mineral` per gross tonne; its state is `stoichiometric`,
    `assumed` (typical assay or nominal grade) or `by_assay` (none).
    """

    FIGURE: ClassVar[str | None] = "contained_factor"

    code: str
    hs6: str
    product: str
    mineral: str
    stage: Stage
    contained_factor: Decimal | None
    state: State
    factor_source: str
    us_mfn_duty: str
    is_basket: bool
    source: str
    note: str
