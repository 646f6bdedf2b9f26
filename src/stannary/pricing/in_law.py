"""Published prices as law: the reference-prices article with what the zone has published written into it.

The values written in a charter are opening prices: they stand until the first published price of their
product takes effect, and no longer. From then on only what is published counts, and days for which nothing
is published are days without a reference price.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stannary.charter.charter import Charter
from stannary.charter.citation import Citation, DatedNumber
from stannary.charter.reference_prices import PriceBasis, ReferencePrice
from stannary.charter.writer import fingerprint_of
from stannary.pricing.price_log import Record
from stannary.pricing.prices_in_force import StandingPrice, prices_in_force
from stannary.pricing.publication import RUNGS

__all__ = ["SOURCE", "where_from", "with_published"]

SOURCE = "zone-reference-price"
"""The name under which a charter cites the zone's own price log."""

ONE_DAY = timedelta(days=1)


def with_published(charter: Charter, prices: Iterable[Record]) -> Charter:
    """Give the charter with published prices as dated values of its reference prices.

    Each value holds from the day it takes effect to the day before the next would, cites the zone's own
    price log with its record, and leaves a gap where a later period has no price. The charter given is left
    as it is; without a published price it is given back. Floors, and everything above them, read the result.
    """
    records = tuple(prices)
    standing = prices_in_force(records)
    priced = {
        product: tuple(each for each in spells if each.price is not None)
        for product, spells in standing.items()
        if charter.scope.product(product) is not None
    }
    priced = {product: spells for product, spells in priced.items() if spells}
    if not priced:
        return charter
    article = charter.reference_prices
    held = [
        replace(price, values=_values(price, priced[price.product])) if price.product in priced else price
        for price in article.prices
    ]
    listed = {price.product for price in article.prices}
    held += [
        ReferencePrice(product=product, basis=_basis(charter, product), values=_published(spells))
        for product, spells in sorted(priced.items())
        if product not in listed
    ]
    citation = replace(charter.citation, sources=(*charter.citation.sources, _cited(charter, records)))
    made = replace(
        charter,
        citation=citation,
        reference_prices=replace(article, prices=tuple(held)),
        folder=None,
        documents={},
        fingerprint="",
    )
    return replace(made, fingerprint=fingerprint_of(made))


def where_from(standing: StandingPrice) -> str:
    """Say in words where a published price comes from."""
    record, price = standing.record, standing.price
    words = f"zone reference price, method {record.publication.method_version}, record {record.number}"
    return words if price is None else f"{words}: {RUNGS[price.rung]}"


def _values(price: ReferencePrice, spells: tuple[StandingPrice, ...]) -> tuple[DatedNumber, ...]:
    """Give the written values up to the first published price, then the published ones."""
    first = spells[0].start
    written = []
    for spell in price.history():
        if spell.start < first:
            days: dict[str, Any] = {"end": min(spell.last_day, first - ONE_DAY)}
            written.append(replace(spell.value, **days))
    return (*written, *_published(spells))


def _published(spells: tuple[StandingPrice, ...]) -> tuple[DatedNumber, ...]:
    return tuple(_dated(each, each.price.usd_per_t) for each in spells if each.price is not None)


def _dated(standing: StandingPrice, usd_per_t: Decimal) -> DatedNumber:
    days: dict[str, Any] = {"start": standing.start, "end": standing.end}
    return DatedNumber(
        value=usd_per_t,
        unit="USD/t",
        source=SOURCE,
        locator=f"record {standing.record.number}",
        derivation=where_from(standing),
        **days,
    )


def _basis(charter: Charter, product: str) -> PriceBasis:
    """Give the basis of a product that the article did not list: its own contained tonne, by the method."""
    found = charter.scope.product(product)
    contained = found.contained_basis if found is not None else "contained tonne"
    return PriceBasis(incoterm="as the method states", place="as the method states", purity=contained)


def _cited(charter: Charter, records: tuple[Record, ...]) -> Citation:
    versions = sorted({each.publication.method_version for each in records})
    last: date = max(each.publication.as_of for each in records)
    return Citation(
        id=SOURCE,
        title=f"Reference prices of the zone, method {', '.join(versions)}, to record {records[-1].number}",
        publisher=charter.citation.title,
        published_on=last,
        note=f"The price log up to the digest {records[-1].digest}.",
    )
