"""Published prices as they stand in force: from the day each takes effect to the day before the next would.

A published price holds as long as its period lasted and no longer. Where the next period brings none, or is
not published in time, there is a gap: no price is carried on in silence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from stannary.dated import months_later
from stannary.pricing.price_log import Record
from stannary.pricing.publication import Publication, PublishedPrice

__all__ = ["StandingPrice", "prices_in_force"]

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StandingPrice:
    """What one record says of a product from a day to a day, both inclusive.

    `price` is `None` where the record leaves the product unpriced; `unpriced` then says why.
    """

    product: str
    start: date
    end: date
    price: PublishedPrice | None
    unpriced: str | None
    record: Record

    def holds(self, on: date) -> bool:
        """Say whether it is in force on a day."""
        return self.start <= on <= self.end


def prices_in_force(records: Iterable[Record]) -> dict[str, tuple[StandingPrice, ...]]:
    """Give what stands of every product that the records name, sorted by first day, no day claimed twice.

    A correction stands in the place of what it corrects, from the day on which it takes effect. Once a
    period's price is in force no earlier period's comes back, however late either was published.
    """
    standing: dict[str, list[StandingPrice]] = {}
    ends: dict[date, date] = {}
    for record in records:
        # A correction ends when what it corrects would have, however late it came.
        last = ends.setdefault(record.publication.end, _last_day(record.publication))
        for said in _said(record, last):
            held = standing.get(said.product, [])
            newer = [each.start for each in held if _period(each) > _period(said)]
            if newer:
                said = replace(said, end=min(said.end, min(newer) - ONE_DAY))
            if said.start <= said.end:
                kept = [part for each in held for part in _without(each, said)]
                standing[said.product] = sorted([*kept, said], key=lambda each: each.start)
    return {product: tuple(each) for product, each in standing.items()}


def _said(record: Record, last: date) -> Iterable[StandingPrice]:
    publication = record.publication
    for price in publication.prices:
        yield StandingPrice(price.product, price.takes_effect_on, last, price, None, record)
    for product, reason in publication.unpriced:
        yield StandingPrice(product, publication.takes_effect_on, last, None, reason, record)


def _last_day(publication: Publication) -> date:
    """Give the day before the next period's prices take effect, if they come as many days after its end."""
    begins = publication.end + ONE_DAY
    months = (begins.year - publication.start.year) * 12 + begins.month - publication.start.month
    next_end = months_later(begins, months) - ONE_DAY
    return next_end + (publication.takes_effect_on - publication.end) - ONE_DAY


def _without(held: StandingPrice, later: StandingPrice) -> Iterable[StandingPrice]:
    """Give the days of a price that a later record leaves to it."""
    if held.start < later.start:
        yield replace(held, end=min(held.end, later.start - ONE_DAY))
    if held.end > later.end and _period(held) >= _period(later):
        yield replace(held, start=max(held.start, later.end + ONE_DAY))


def _period(standing: StandingPrice) -> date:
    return standing.record.publication.end
