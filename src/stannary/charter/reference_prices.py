"""Article: reference prices. What each product is worth, and on which basis.

A price means nothing without its basis: incoterm, purity, VAT, place. Values are dated; a later value
never overwrites an earlier one. All values are USD per contained tonne on the product's own contained
basis, before VAT. `method` says how the zone makes its own prices from price reports; without one it
publishes none.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic.dataclasses import dataclass

from stannary.charter.citation import LAW, DatedNumber, Name, history, number_on
from stannary.charter.price_method import PriceMethod
from stannary.dated import Dated

__all__ = ["PriceBasis", "ReferencePrice", "ReferencePrices"]


@dataclass(frozen=True, kw_only=True, config=LAW)
class PriceBasis:
    """On which terms a reference price is quoted."""

    incoterm: str
    place: str
    purity: str
    vat: str = "excluded"


@dataclass(frozen=True, kw_only=True, config=LAW)
class ReferencePrice:
    """The reference price of one product: its basis and its dated values (unit USD/t)."""

    product: Name
    basis: PriceBasis
    values: tuple[DatedNumber, ...]

    def history(self) -> Dated[DatedNumber]:
        """Give the values as a history without overlaps."""
        return history(self.values)

    def in_force(self, on: date) -> Decimal | None:
        """Give the USD per contained tonne in force on a day, or `None`."""
        return number_on(self.values, on)


@dataclass(frozen=True, kw_only=True, config=LAW)
class ReferencePrices:
    """The reference-prices article."""

    prices: tuple[ReferencePrice, ...] = ()
    method: PriceMethod | None = None

    def price(self, product: str) -> ReferencePrice | None:
        """Give the reference price of a product, or `None`."""
        return next((price for price in self.prices if price.product == product), None)
