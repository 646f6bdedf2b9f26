"""Daily exchange rates into US dollars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

__all__ = ["ExchangeRate"]


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """US dollars for one unit of a currency on a day."""

    day: date
    currency: str
    usd_per_unit: Decimal
    source: str
