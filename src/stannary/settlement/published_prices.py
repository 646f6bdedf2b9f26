"""Reference prices of the zone's own log, as settlements take them: of one period, with their record."""

from __future__ import annotations

from stannary.errors import SettlementError
from stannary.pricing.price_log import PriceLog
from stannary.settlement.periods import Period
from stannary.settlement.prices import MarketPrice
from stannary.settlement.reckoning import problem

__all__ = ["published_price"]

NOT_FINAL = "carried_forward"


def published_price(log: PriceLog, product: str, period: Period) -> MarketPrice:
    """Give the reference price that stands for a product and exactly a period, corrections included.

    Prices of the zone are weighted by volume. One that was only carried forward is not final: nothing was
    traded for it to rest on. Raises `SettlementError` (STN-SETTLE-003) where none was published.
    """
    path = f"prices.{product}"
    for record in reversed(log.records):
        publication = record.publication
        if (publication.start, publication.end) != (period.start, period.end):
            continue
        for price in publication.prices:
            if price.product == product:
                source = f"reference price, record {record.number}, from {price.rung.replace('_', ' ')}"
                is_final = price.rung != NOT_FINAL
                return MarketPrice(price.usd_per_t, "USD/t", period, "volume", is_final, source)
        why = next((one.reason for one in publication.unpriced if one.product == product), "not asked for")
        message = f"Record {record.number} publishes no price of {product}: {why}"
        raise SettlementError([problem("003", message, "Settle by another benchmark.", path)])
    message = f"The log holds no reference prices of {period.name}."
    remedy = "Publish them with stannary prices publish."
    raise SettlementError([problem("003", message, remedy, path)])
