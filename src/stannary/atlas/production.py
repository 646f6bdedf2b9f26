"""Mine production, refining, reserves, and the element split of rare-earth ores."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from stannary.atlas.states import State, bound_of, value_of

__all__ = ["OreBasket", "Production", "Refining", "Reserve"]


@dataclass(frozen=True, slots=True)
class Production:
    """Mine production of one economy in one year, `quantity` in `unit` of `basis`.

    `series` is the publisher's own label: figures of two series (say USGS and IEA) never belong in one
    balance. For bounds `quantity` is the bound; use `value`.
    """

    FIGURE: ClassVar[str | None] = "quantity"

    product: str
    series: str
    economy: str
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

    @property
    def bound(self) -> Decimal | None:
        """Give the bound of a less-than or greater-than figure."""
        return bound_of(self.quantity, self.state)


@dataclass(frozen=True, slots=True)
class Reserve:
    """Reserves of one economy as published in one year, `quantity` in `unit` of `basis`."""

    FIGURE: ClassVar[str | None] = "quantity"

    product: str
    series: str
    economy: str
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
class Refining:
    """Smelting, refining and later stages: `measure` is production, capacity, share or quota."""

    FIGURE: ClassVar[str | None] = "quantity"

    product: str
    series: str
    measure: str
    economy: str
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
class OreBasket:
    """The share of one element in the rare-earth oxide of one deposit."""

    FIGURE: ClassVar[str | None] = "share_of_reo"

    deposit: str
    economy: str
    ore_type: str
    mineral: str
    share_of_reo: Decimal | None
    state: State
    reason: str
    source: str
    note: str
