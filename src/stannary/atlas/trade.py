"""US imports: published quantities, published shares by source, and the flows derived from the two."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from stannary.atlas.states import State, value_of

__all__ = ["Flow", "Import", "ImportSource"]


@dataclass(frozen=True, slots=True)
class Import:
    """US imports of one published series in one year, all sources together."""

    FIGURE: ClassVar[str | None] = "quantity"

    product: str
    series: str
    year: int
    quantity: Decimal | None
    unit: str
    basis: str
    state: State
    source: str
    note: str

    @property
    def value(self) -> Decimal | None:
        """Give the quantity where it is a value, `None` where withheld or only a bound."""
        return value_of(self.quantity, self.state)


@dataclass(frozen=True, slots=True)
class ImportSource:
    """The share of one exporter in US imports of one published series, an average over `period`."""

    FIGURE: ClassVar[str | None] = "share"

    mineral: str
    series: str
    period: str
    exporter: str
    importer: str
    share: Decimal | None
    state: State
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Flow:
    """US imports of one product from one economy in one year, derived, never observed.

    quantity = import_quantity x conversion x share, value_usd = quantity x price_usd_per_t. `basis` says
    whether the tonnes are gross or contained (of the product's contained basis); `derivation` names the
    three facts and every stand-in; `state` tells how near they are.
    """

    FIGURE: ClassVar[str | None] = "quantity"

    id: str
    year: int
    product: str
    series: str
    exporter: str
    importer: str
    import_quantity: Decimal
    conversion: Decimal
    share: Decimal | None
    quantity: Decimal | None
    unit: str
    basis: Literal["gross", "contained"]
    price_usd_per_t: Decimal | None
    value_usd: Decimal | None
    state: State
    derivation: str
    sources: tuple[str, ...]

    @property
    def value(self) -> Decimal | None:
        """Give the quantity where it is a value."""
        return value_of(self.quantity, self.state)
