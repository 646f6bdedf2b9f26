"""Prices and quantities as a settlement takes them: which unit, which days, and whether they are final."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from stannary.errors import Problem
from stannary.ledger.commodities import EXPONENTS
from stannary.settlement.periods import Period
from stannary.settlement.reckoning import problem
from stannary.units import EVERYDAY_NAMES, EXACT, MASS_UNITS, tonnes_per

__all__ = ["MarketPrice", "PriceUnit", "faults_of_price", "price_unit", "quantity_in"]


@dataclass(frozen=True, slots=True)
class MarketPrice:
    """A market price averaged over a period. `is_final`: its publisher will not revise it in due course.

    `unit` reads like ``USD/kg``; `weighted_by` says how it was averaged; `source` where it was published.
    """

    price: Decimal
    unit: str
    period: Period
    weighted_by: Literal["volume", "time"] = "volume"
    is_final: bool = True
    source: str = ""


@dataclass(frozen=True, slots=True)
class PriceUnit:
    """The unit of a price: money, and the quantity it is for. Mass is reckoned in tonnes, exactly.

    `quantity` is ``t`` for every mass, and otherwise the unit as written (``MWh``); `size` is how much of
    `quantity` one written unit is (0.001 for kg).
    """

    currency: str
    quantity: str
    size: Decimal

    def price_of(self, price: Decimal) -> Decimal:
        """Give a price per `quantity`: exact for decimal units, to 120 digits for pounds and ounces."""
        return EXACT.divide(price, self.size)


def price_unit(unit: str) -> PriceUnit | None:
    """Read the unit of a price, such as ``USD/kg`` or ``GBP/MWh``; `None` where it is not one."""
    currency, _, quantity = unit.partition("/")
    currency, quantity = currency.strip(), quantity.strip()
    if currency not in EXPONENTS or not quantity:
        return None
    if quantity.lower() in EVERYDAY_NAMES or quantity.upper() in MASS_UNITS:
        return PriceUnit(currency, "t", tonnes_per(quantity))
    return PriceUnit(currency, quantity, Decimal(1))


def quantity_in(amount: Decimal, unit: str, wanted: str) -> Decimal | None:
    """Give a quantity in the unit wanted (``t`` or another as written); `None` for another kind of it."""
    unit = unit.strip()
    if wanted == "t" and (unit.lower() in EVERYDAY_NAMES or unit.upper() in MASS_UNITS):
        return EXACT.multiply(amount, tonnes_per(unit))
    return amount if unit == wanted else None


def milligrams(tonnes: Decimal) -> int:
    """Give tonnes as whole milligrams, half away from zero."""
    exact = Fraction(tonnes) * 10**9
    whole = int(abs(exact) + Fraction(1, 2))
    return whole if exact >= 0 else -whole


def faults_of_price(price: MarketPrice, wanted: PriceUnit, over: Period, path: str) -> Iterator[Problem]:
    """List why a market price cannot settle a period: not final, other days, another unit, not a price."""
    if not price.is_final:
        yield problem(
            "003", "The market price is not final.", "Settle once its publisher has closed it.", path
        )
    if price.period != over:
        yield problem(
            "003",
            f"The market price is for {price.period.name}; the settlement asks for {over.name}.",
            "Give the price averaged over exactly those days.",
            path,
        )
    unit = price_unit(price.unit)
    if unit is None or (unit.currency, unit.quantity) != (wanted.currency, wanted.quantity):
        per = f"{wanted.currency}/{wanted.quantity}"
        yield problem(
            "001",
            f"The unit {price.unit!r} does not fit a price in {per}.",
            f"Write it, say, in {per}; convert a currency by a stated rate first.",
            path,
        )
    if not price.price.is_finite() or price.price < 0:
        yield problem("001", f"{price.price} is not a market price.", "Write its size in digits.", path)
