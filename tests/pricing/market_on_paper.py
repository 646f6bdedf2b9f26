"""A market on paper: reports that differ only in what a test says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

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
