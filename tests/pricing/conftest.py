"""A market on paper: reports that differ in what a test says, and one charter whose method is round numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import stannary.zones
from stannary.charter.charter import Charter
from stannary.charter.reader import open_charter
from stannary.pricing.reports import PriceReport

MARCH = (date(2027, 3, 1), date(2027, 3, 31))
OXIDE = "ndpr.oxide"

PLAIN: dict[str, Any] = {
    "kind": "transaction",
    "product": OXIDE,
    "quantity": Decimal(10),
    "quantity_unit": "t",
    "purity": Decimal(1),
    "price": Decimal(66),
    "currency": "USD",
    "price_unit": "kg",
    "incoterm": "FOB",
    "place": "a toy port",
    "related": False,
    "origin": "AUS",
    "dated_on": date(2027, 3, 10),
    "vat_included": Decimal(0),
    "source": "a desk on paper",
    "licence": "our own",
}


def report(number: int | str, who: int | str = 0, **changed: Any) -> PriceReport:
    """Give a report: `who` makes the reporter, the buyer and the seller; anything else may be changed."""
    kind = changed.get("kind", "transaction")
    parties = {
        "reporter": f"reporter {who}",
        "buyer": None if kind == "offer" else f"buyer {who}",
        "seller": None if kind == "bid" else f"seller {who}",
        "is_firm": kind != "transaction",
    }
    return PriceReport(**(PLAIN | parties | {"id": f"r{number}"} | changed))


def market(prices: list[Any], **changed: Any) -> list[PriceReport]:
    """Give one report for each price (USD/kg), each of other firms, ten tonnes each."""
    return [report(n, n, price=Decimal(str(price)), **changed) for n, price in enumerate(prices)]


@pytest.fixture(scope="session")
def toy() -> Charter:
    """Give the toy zone's charter: caps of a quarter and a half, four reporters, four deals, one tonne."""
    return open_charter(Path(str(stannary.zones.__file__)).parent / "toy" / "charter")


Amended = Callable[..., Charter]
