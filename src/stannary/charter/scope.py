"""Article: scope. Which goods the zone's rules are for, by tariff code, stage and grade.

A product is a mineral at a stage and grade. A tariff code may hold one product, or be a basket of
several; then the line must say which product it is, or an officer must. Derivatives (components) are in
scope by the covered mineral they contain; scrap is a kind of its own.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from pydantic.dataclasses import dataclass

from stannary.charter.citation import LAW, Amount, Day, Name, Number, Sourced

__all__ = ["STAGES", "ChainInput", "Product", "Scope", "TariffLine"]

STAGES = ("mine", "concentrate", "smelted", "refined", "metal", "component", "scrap")
Stage = Literal["mine", "concentrate", "smelted", "refined", "metal", "component", "scrap"]


@dataclass(frozen=True, kw_only=True, config=LAW)
class TariffLine(Sourced):
    """A tariff code (digits only, 4 to 10) under which a product is declared, from a day to a day.

    A longer code beats a shorter one: 28469080 beats 284690. `contained_share` is the contained mass per
    gross mass used when a line carries no assay; without it such a line is referred.
    """

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,10}$")]
    start: Day | None = Field(default=None, alias="from")
    end: Day | None = Field(default=None, alias="to")
    contained_share: Amount | None = Field(default=None, gt=0, le=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class ChainInput(Sourced):
    """What one contained tonne of a product takes of a product upstream, and the cost of converting."""

    product: Name
    tonnes_per_tonne: Amount = Field(gt=0)
    conversion_cost: Number | None = None
    """USD per contained tonne of output."""


@dataclass(frozen=True, kw_only=True, config=LAW)
class Product(Sourced):
    """A mineral at a stage and grade, and the tariff codes it is declared under.

    `contained_basis` says what a contained tonne is (t W, t REO, t gross). `inputs` names the products
    upstream of it with the contained tonnes of each per contained tonne of this one, and the cost of
    conversion: the chain along which floors must cohere. `content_of` names, for a derivative, the
    product whose floor its content is held to when it has no floor of its own.
    """

    id: Name
    mineral: Name
    stage: Stage
    title: Annotated[str, StringConstraints(min_length=1)]
    grade: str | None = None
    kind: Literal["primary", "derivative", "scrap"] = "primary"
    contained_basis: Annotated[str, StringConstraints(min_length=1)]
    codes: tuple[TariffLine, ...] = ()
    inputs: tuple[ChainInput, ...] = ()
    content_of: Name | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Scope:
    """The scope article: the products covered."""

    products: tuple[Product, ...]
    note: str | None = field(default=None)

    def product(self, product_id: str) -> Product | None:
        """Give a product by id, or `None`."""
        return next((product for product in self.products if product.id == product_id), None)
