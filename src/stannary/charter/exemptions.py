"""Article: exemptions. Goods that are in scope and yet pay nothing.

De minimis with anti-splitting (what one importer enters under one code on one day is one consignment),
goods afloat when the rule began, inward processing, and relief petitions decided case by case. The
developing-economy carve-out works through the origin rates of `rules_of_origin`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from stannary.charter.citation import LAW, DatedNumber, Day, Name, Sourced

__all__ = ["EXEMPTIONS", "Exemptions", "GoodsAfloat", "InwardProcessing", "Relief"]

EXEMPTIONS = ("relief", "inward_processing", "goods_afloat", "de_minimis")


@dataclass(frozen=True, kw_only=True, config=LAW)
class GoodsAfloat(Sourced):
    """Goods that left before `left_before` and are entered by `entered_by` pay nothing."""

    left_before: Day
    entered_by: Day


@dataclass(frozen=True, kw_only=True, config=LAW)
class InwardProcessing(Sourced):
    """Goods under these customs procedures, to be exported again after processing, pay nothing."""

    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    procedures: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Relief(Sourced):
    """One relief petition and its decision. Only a granted one exempts."""

    id: Name
    importer: str
    products: tuple[Name, ...] = Field(min_length=1)
    start: Day = Field(alias="from")
    end: Day = Field(alias="to")
    decision: Literal["granted", "denied", "pending"]
    decided_on: Day | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Exemptions:
    """The exemptions article. `de_minimis` is USD of frontier value per consignment."""

    de_minimis: tuple[DatedNumber, ...] = ()
    goods_afloat: GoodsAfloat | None = None
    inward_processing: tuple[InwardProcessing, ...] = ()
    relief: tuple[Relief, ...] = ()
