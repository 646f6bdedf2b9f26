"""The notice of floors: what each product's floor is on a day, why, on which price, and what changes next.

Every product in scope has its line. A floor that cannot be worked out is missing, in words; it is never
zero, since a line of goods without a floor is referred to an officer and not free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from stannary.charter.charter import Charter
from stannary.charter.citation import Citation, Sourced
from stannary.charter.price_floors import FloorInForce, FloorValue, ProductFloor
from stannary.charter.scope import Product
from stannary.dated import LAST_DAY, succession
from stannary.pricing.floor_changes import Change, changes_after, last_day_of, next_review
from stannary.pricing.in_law import where_from, with_published
from stannary.pricing.price_log import NOTHING, Record
from stannary.pricing.prices_in_force import StandingPrice, prices_in_force
from stannary.pricing.publication import FLAGS, RUNGS

__all__ = ["FloorLine", "FloorNotice", "Reference", "notice"]

State = Literal["in_force", "by_content", "missing", "not_yet", "ended", "unfloored"]


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference price a floor is held against, and what it rests on.

    A published one has a `record` of the price log, a period and counts; of one written in the charter these
    are `None`. `uncertainty` is half the width of a 95% interval, as a share of the price.
    """

    usd_per_t: Decimal
    since: date
    until: date | None
    basis: str
    where_from: str
    record: int | None = None
    period_start: date | None = None
    period_end: date | None = None
    rung: str | None = None
    reports: int | None = None
    reporters: int | None = None
    volume_t: Decimal | None = None
    uncertainty: Decimal | None = None
    flags: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class FloorLine:
    """The floor of one product on the day: what it is, or in words why there is none.

    `floor_of` names the product whose floor it is: itself, or the one a derivative's content is held to.
    """

    product: str
    title: str
    mineral: str
    stage: str
    unit: str
    state: State
    floor_of: str
    floor_usd_per_t: Decimal | None
    kind: str | None
    how: str
    since: date | None
    until: date | None
    article: str
    source: str | None
    assumed: str | None
    locator: str | None
    reference: Reference | None
    no_reference: str | None
    next_review: date | None
    last_day: date | None
    changes: tuple[Change, ...]

    @property
    def next_change(self) -> Change | None:
        """Give what changes first, or `None`."""
        return self.changes[0] if self.changes else None


@dataclass(frozen=True, slots=True)
class FloorNotice:
    """The floors of a charter on a day, one line a product in scope."""

    charter: str
    title: str
    version: str
    fingerprint: str
    on: date
    is_in_force: bool
    records: int
    head: str
    lines: tuple[FloorLine, ...]
    cited: tuple[Citation, ...] = ()

    def line(self, product: str) -> FloorLine | None:
        """Give the line of a product, or `None`."""
        return next((line for line in self.lines if line.product == product), None)

    def count(self, *states: State) -> int:
        """Count the lines in any of these states."""
        return sum(line.state in states for line in self.lines)

    @property
    def next_change(self) -> tuple[FloorLine, Change] | None:
        """Give the first change of all, with its line, or `None`."""
        ahead = [(change, line) for line in self.lines for change in line.changes]
        first = min(ahead, key=lambda each: (each[0].on, each[1].product), default=None)
        return None if first is None else (first[1], first[0])

    @property
    def outcome(self) -> str:
        """Say the whole notice in a sentence."""
        held, missing = self.count("in_force", "by_content"), self.count("missing")
        if len(self.lines) == 1:
            [only] = self.lines
            floor = f"a floor of {only.floor_usd_per_t} USD/t" if held else "no floor"
            words = f"{only.product} has {floor} on {self.on}"
        else:
            words = f"{held} of {len(self.lines)} products have a floor on {self.on}"
        if missing and len(self.lines) > 1:
            words += f"; {missing} {'has' if missing == 1 else 'have'} none for want of a price"
        if self.next_change is not None:
            line, change = self.next_change
            words += f"; the next change is on {change.on}"
            words += f" ({line.product})" if len(self.lines) > 1 else ""
        if not self.is_in_force:
            words = f"The charter is not in force on {self.on}. {words}"
        return f"{words}."


def notice(charter: Charter, on: date, publications: Iterable[Record] = ()) -> FloorNotice:
    """Give the floors in force on a day under a charter and the prices published so far.

    `publications` are records of a price log, from the first; they become the charter's reference prices
    before anything else is worked out. Floors and prices are USD per contained tonne.
    """
    records = tuple(publications)
    law = with_published(charter, records)
    standing = prices_in_force(records)
    lines = [_line(law, product, on, standing.get(product.id, ())) for product in law.scope.products]
    named = {line.source for line in lines}
    return FloorNotice(
        law.citation.charter,
        law.citation.title,
        law.citation.version,
        law.fingerprint,
        on,
        law.citation.in_force_from <= on <= (law.citation.in_force_to or LAST_DAY),
        len(records),
        records[-1].digest if records else NOTHING,
        tuple(sorted(lines, key=lambda line: (line.mineral, line.product))),
        tuple(source for source in law.citation.sources if source.id in named),
    )


def _line(law: Charter, product: Product, on: date, standing: tuple[StandingPrice, ...]) -> FloorLine:
    # As at the border: a floor of its own, else that of the product its content is held to.
    floor_of = product.id if law.price_floors.floor(product.id) else product.content_of or product.id
    floor = law.price_floors.floor(floor_of)
    held = next((f for f in law.floors if f.product == floor_of and _holds(f, on)), None)
    state, how = _state(floor, held, product, on)
    cited = _cited(floor, held, on)
    reference = _reference(law, product.id, on, standing)
    return FloorLine(
        product=product.id,
        title=product.title,
        mineral=product.mineral,
        stage=product.stage,
        unit=f"USD per {product.contained_basis}",
        state=state,
        floor_of=floor_of,
        floor_usd_per_t=None if held is None else held.usd_per_t,
        kind=None if held is None else held.kind,
        how=how,
        since=None if held is None else held.start,
        until=None if held is None else held.end,
        article=f"price_floors.{floor_of}" if floor is not None else "price_floors",
        source=cited.source if cited is not None else None,
        assumed=cited.assumed if cited is not None else None,
        locator=cited.locator if cited is not None else None,
        reference=reference,
        no_reference=None if reference is not None else _no_reference(law, product.id, on, standing),
        next_review=None if floor is None else next_review(law, floor_of, on),
        last_day=None if floor is None else last_day_of(law, floor_of),
        changes=() if floor is None else changes_after(law, floor, on),
    )


def _holds(floor: FloorInForce, on: date) -> bool:
    return floor.start <= on <= (floor.end or LAST_DAY)


def _state(
    floor: ProductFloor | None, held: FloorInForce | None, product: Product, on: date
) -> tuple[State, str]:
    """Give in which state a product's floor is, and how it came about or why there is none."""
    if floor is None:
        return "unfloored", "The charter sets no floor for it: its lines are referred."
    if held is not None and floor.product == product.id:
        return "in_force", held.how
    if held is not None:
        return "by_content", f"its content is held to the floor of {floor.product}: {held.how}"
    if on < min(value.start for value in floor.values):
        return "not_yet", f"Its floor begins on {min(value.start for value in floor.values)}."
    later = [value.start for value in floor.values if value.start > on]
    if _rule(floor, on) is None and later and (floor.sunset is None or min(later) <= floor.sunset):
        return "not_yet", f"Its floor has ended; the next begins on {min(later)}."
    if _rule(floor, on) is None:
        return "ended", f"Its floor has ended{f' on {floor.sunset}' if floor.sunset else ''}."
    return "missing", f"Its floor is a share of the reference price of {floor.product}, and none is known."


def _rule(floor: ProductFloor, on: date) -> FloorValue | None:
    """Give the rule that is the law on a day, whether or not a floor can be worked out by it."""
    if floor.sunset is not None and on > floor.sunset:
        return None
    return succession((value.start, value.end, value) for value in floor.values).in_force(on)


def _cited(floor: ProductFloor | None, held: FloorInForce | None, on: date) -> Sourced | None:
    """Give what the line cites: the revision where that moved the floor, else the rule in force."""
    if floor is None:
        return None
    return floor.revision if held is not None and held.kind == "revised" else _rule(floor, on)


def _reference(law: Charter, product: str, on: date, standing: tuple[StandingPrice, ...]) -> Reference | None:
    price = law.reference_prices.price(product)
    spell = None if price is None else price.history().spell(on)
    if price is None or spell is None:
        return None
    terms = price.basis
    basis = f"{terms.incoterm}, {terms.place}, {terms.purity}, VAT {terms.vat}"
    said = next((each for each in standing if each.price is not None and each.holds(on)), None)
    if said is None or said.price is None:
        written = f"source {spell.value.source}" if spell.value.source else f"assumed: {spell.value.assumed}"
        return Reference(
            spell.value.value, spell.start, spell.end, basis, f"written in the charter, {written}"
        )
    published = said.price
    return Reference(
        usd_per_t=published.usd_per_t,
        since=said.start,
        until=said.end,
        basis=basis,
        where_from=where_from(said),
        record=said.record.number,
        period_start=said.record.publication.start,
        period_end=said.record.publication.end,
        rung=RUNGS[published.rung],
        reports=published.reports,
        reporters=published.reporters,
        volume_t=published.volume_t,
        uncertainty=published.uncertainty,
        flags=tuple(FLAGS.get(flag, flag) for flag in published.flags),
        note=published.note,
    )


def _no_reference(law: Charter, product: str, on: date, standing: tuple[StandingPrice, ...]) -> str:
    """Say why a product has no reference price on a day."""
    said = next((each for each in standing if each.holds(on)), None)
    if said is not None and said.unpriced is not None:
        return f"record {said.record.number} publishes none: {said.unpriced}"
    price = law.reference_prices.price(product)
    if price is None:
        return "the charter writes none and none was published"
    last = max(
        (value.end for value in price.values if value.end is not None and value.end < on), default=None
    )
    if last is not None:
        return f"the last one ended on {last}, and none was published since"
    return "none is in force on this day"
