"""What changes next in a floor, and when: the next amount, the automatic revision, the review, the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import zip_longest
from typing import Literal

from stannary.arithmetic import NUMBERS
from stannary.charter.charter import Charter
from stannary.charter.months import every_months
from stannary.charter.price_floors import FloorInForce, ProductFloor, revised
from stannary.dated import LAST_DAY, months_later, succession
from stannary.units import EXACT

__all__ = ["Change", "changes_after", "last_day_of", "next_review"]

ONE_DAY = timedelta(days=1)
PUBLISHED = Decimal("0.0001")

Kind = Literal["amount", "revision", "missing", "end"]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happens to a floor on a day; `floor_usd_per_t` is the new floor where it is known."""

    on: date
    kind: Kind
    words: str
    floor_usd_per_t: Decimal | None = None


def changes_after(charter: Charter, floor: ProductFloor, on: date) -> tuple[Change, ...]:
    """List what is known to change in a product's floor after a day, soonest first.

    New amounts and days without a floor come from the floors in force; the automatic revision is told with
    the averages at which it would move the floor, since no one knows them yet. A review moves nothing.
    """
    spells = sorted((each for each in charter.floors if each.product == floor.product), key=_start)
    last = last_day_of(charter, floor.product)
    found = [
        *_amounts(spells, on),
        *_gaps(spells, floor, on, last or LAST_DAY),
        *_revision(spells, floor, on),
    ]
    if last is not None and on <= last < LAST_DAY:
        words = f"The floor ends: its last day is {last}, unless it is renewed."
        found.append(Change(last + ONE_DAY, "end", words))
    lasting = (each for each in found if last is None or each.on <= last + ONE_DAY)
    return tuple(sorted(lasting, key=lambda each: (each.on, each.kind)))


def next_review(charter: Charter, product: str, on: date) -> date | None:
    """Give the next day, that day included, on which a floor is looked at, or `None`."""
    floor = charter.price_floors.floor(product)
    days = [day for day in floor.review_on if day >= on] if floor is not None else []
    subjects = ("price_floors", f"price_floors.{product}")
    for clause in charter.review.reviews if charter.review is not None else ():
        if clause.subject in subjects:
            horizon = max(on, clause.first_on)
            reach = _reached(horizon, clause.every_months or 0)
            days += [day for day in clause.days(reach) if day >= on][:1]
    return min(days, default=None)


def last_day_of(charter: Charter, product: str) -> date | None:
    """Give the last day a floor can be in force: its sunset, the article's, or the charter's own end."""
    floor = charter.price_floors.floor(product)
    ends = [floor.sunset if floor is not None else None, charter.citation.in_force_to]
    subjects = ("charter", "price_floors", f"price_floors.{product}")
    ends += [
        each.on for each in (charter.review.sunsets if charter.review else ()) if each.subject in subjects
    ]
    return min((day for day in ends if day is not None), default=None)


def _start(floor: FloorInForce) -> date:
    return floor.start


def _amounts(spells: list[FloorInForce], on: date) -> Iterator[Change]:
    before: Decimal | None = None
    for spell in spells:
        if spell.start > on and spell.usd_per_t != before:
            words = f"The floor becomes {_shown(spell.usd_per_t)} USD/t: {spell.how}."
            yield Change(spell.start, "amount", words, spell.usd_per_t)
        before = spell.usd_per_t


def _gaps(spells: list[FloorInForce], floor: ProductFloor, on: date, last: date) -> Iterator[Change]:
    """List days from which there is no floor: its rule ends, or is still the law and cannot be worked out."""
    law = succession((value.start, value.end, value) for value in floor.values)
    for spell, later in zip_longest(spells, spells[1:]):
        if spell.end is None or not on <= spell.end < last or spell.end >= (floor.sunset or LAST_DAY):
            continue
        after = spell.end + ONE_DAY
        if later is not None and later.start == after:
            continue
        if law.in_force(after) is not None:
            words = "No floor can be worked out: no reference price is known from this day."
            yield Change(after, "missing", words)
        else:
            begun = next((each.start for each in law if each.start > after), None)
            words = f"The floor ends: its last day is {spell.end}"
            words += f", and the next begins on {begun}." if begun else ", unless it is renewed."
            yield Change(after, "end", words)


def _revision(spells: list[FloorInForce], floor: ProductFloor, on: date) -> Iterator[Change]:
    """Tell the next automatic revision that the prices known do not decide yet."""
    revision = floor.revision
    if revision is None or not spells:
        return
    reach = _reached(max(on, revision.first_review), revision.every_months)
    days = (day for day in every_months(revision.first_review, revision.every_months, reach) if day > on)
    day = next(days, None)
    if day is None or any(spell.start == day and spell.kind == "revised" for spell in spells):
        return
    held = next((spell for spell in spells if spell.start < day <= (spell.end or LAST_DAY)), None)
    if held is None:
        return
    base, band, step = held.usd_per_t, revision.band, revision.step
    low, high = EXACT.multiply(base, 1 - band), EXACT.multiply(base, 1 + band)
    down = revised(base, Decimal(0), band, step, using=NUMBERS)
    up = revised(base, high + 1, band, step, using=NUMBERS)
    words = (
        f"The floor is revised of itself: to {_shown(down)} USD/t if the average reference price of the "
        f"{revision.average_months} months before lies below {_shown(low)}, to {_shown(up)} USD/t if above "
        f"{_shown(high)}. Between them, or where a day of them has no price, it stays."
    )
    yield Change(day, "revision", words)


def _reached(day: date, months: int) -> date:
    """Give the day some months later, or the last of the calendar."""
    try:
        return months_later(day, months)
    except ValueError:
        return LAST_DAY


def _shown(amount: Decimal) -> str:
    return f"{amount.quantize(PUBLISHED, rounding=ROUND_HALF_UP, context=EXACT).normalize(EXACT):,f}"
