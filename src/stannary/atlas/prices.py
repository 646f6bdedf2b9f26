"""Published prices, as published, and in US dollars per tonne."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from stannary.atlas.cells import PartialDay
from stannary.atlas.states import State
from stannary.units import usd_per_tonne

__all__ = ["Price", "exact_usd_per_t"]

METRIC_TON_UNITS = ("mtu", "dmtu")
UNITS_PER_TONNE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Price:
    """A price of `date` (a day, a month or a year) in `unit`, of a tonne of `basis` of the product.

    `price_usd_per_t` is the exact conversion rounded to the cent. Real-terms series say so in `series`.
    """

    FIGURE: ClassVar[str | None] = "price"

    product: str
    series: str
    market: str
    date: PartialDay
    price: Decimal | None
    price_low: Decimal | None
    price_high: Decimal | None
    currency: str
    unit: str
    basis: str
    price_usd_per_t: Decimal | None
    kind: str
    state: State
    source: str
    note: str


def exact_usd_per_t(price: Decimal, unit: str) -> Decimal:
    """Turn a published price into USD per tonne without rounding for decimal units.

    A metric ton unit (mtu, dmtu) is a hundredth of a tonne of contained oxide or metal, so the result is
    per contained tonne. Raises `UnitError` for units that are not a price per mass.
    """
    money, _, mass = unit.partition("/")
    if money == "USD" and mass in METRIC_TON_UNITS:
        return price * UNITS_PER_TONNE
    return usd_per_tonne(price, unit)
