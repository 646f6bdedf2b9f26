"""Check a charter as a whole: do its articles, each well formed, also hold together?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from stannary.charter.charter import Charter
from stannary.charter.coherence import check_chains
from stannary.charter.histories import check_ends, check_histories
from stannary.charter.names import (
    check_cycles,
    check_exclusive_sets,
    check_known_names,
    check_sources,
    check_unique_names,
)
from stannary.charter.quantities import check_allocation, check_quantities
from stannary.dated import LAST_DAY
from stannary.errors import Problem

__all__ = ["check"]

ONE_DAY = timedelta(days=1)

OF_FORM = (
    check_sources,
    check_quantities,
    check_ends,
    check_histories,
    check_known_names,
    check_unique_names,
    check_cycles,
    check_exclusive_sets,
    check_allocation,
)
"""Checks of the text; an error here makes the charter bad law."""


def check(charter: Charter, on: date | None = None) -> tuple[Problem, ...]:
    """List everything wrong with a charter as a whole: errors, and warnings to be read by a person.

    With a day, also the reviews and sunsets that have passed by then without a decision. Floors are only
    looked at when the text itself is sound.
    """
    found = [problem for rule in OF_FORM for problem in rule(charter)]
    if not any(problem.severity == "error" for problem in found):
        found += [*_unfloored(charter), *check_chains(charter)]
        found += _undecided(charter, on) if on is not None else ()
    return tuple(found)


def _unfloored(charter: Charter) -> Iterator[Problem]:
    """List covered products without a floor on days the charter is in force (014)."""
    first, last = charter.citation.in_force_from, charter.citation.in_force_to or LAST_DAY
    spells: dict[str, list[tuple[date, date]]] = {}
    for floor in charter.floors:
        spells.setdefault(floor.product, []).append((floor.start, floor.end or LAST_DAY))
    for index, product in enumerate(charter.scope.products):
        held = spells.get(product.id) or spells.get(product.content_of or product.id, [])
        law = charter.price_floors.floor(product.id) or charter.price_floors.floor(product.content_of or "")
        sunset = law.sunset if law and law.sunset else LAST_DAY  # an end that was meant is no omission
        missing = _missing_days(sorted(held), first, min(last, sunset))
        if missing is None:
            continue
        start, end = missing
        until = "on" if end == LAST_DAY else f"to {end}"
        message = f"{product.id} is in scope and has no floor from {start} {until}."
        remedy = "Its lines are referred on those days: add a floor, or end its scope."
        place = charter.place("scope", "products", index)
        yield Problem("STN-CHARTER-014", message, remedy, place, "warning")


def _missing_days(held: list[tuple[date, date]], first: date, last: date) -> tuple[date, date] | None:
    """Give the first stretch of days from first to last that no spell holds."""
    day = first
    for start, end in held:
        if start > day:
            return day, min(start - ONE_DAY, last)
        day = max(day, min(end, LAST_DAY - ONE_DAY) + ONE_DAY)
        if day > last or end == LAST_DAY:
            return None
    return (day, last) if day <= last else None


def _undecided(charter: Charter, on: date) -> Iterator[Problem]:
    """List reviews and sunsets before a day on which nothing was decided (018)."""
    review = charter.review
    decided = {(each.subject, each.due_on) for each in review.decisions} if review else set()
    for subject, day, what, path in _due(charter, on):
        if (subject, day) not in decided:
            message = f"the {what} of {subject} on {day} has passed without a decision."
            remedy = "Write the decision into review.yaml, or amend the charter."
            place = charter.place(str(path[0]), *path[1:])
            yield Problem("STN-CHARTER-018", message, remedy, place, "warning")


def _due(charter: Charter, on: date) -> Iterator[tuple[str, date, str, tuple[str | int, ...]]]:
    """List what was due before a day: subject, day, what it was, and where it is written."""
    for index, floor in enumerate(charter.price_floors.floors):
        subject = f"price_floors.{floor.product}"
        for number, day in enumerate(floor.review_on):
            if day < on:
                yield subject, day, "review", ("price_floors", "floors", index, "review_on", number)
        if floor.sunset is not None and floor.sunset < on:
            yield subject, floor.sunset, "sunset", ("price_floors", "floors", index, "sunset")
    if charter.citation.in_force_to is not None and charter.citation.in_force_to < on:
        yield "charter", charter.citation.in_force_to, "end", ("citation", "in_force_to")
    if charter.review is None:
        return
    for index, clause in enumerate(charter.review.reviews):
        for day in clause.days(on - ONE_DAY):
            yield clause.subject, day, "review", ("review", "reviews", index, "first_on")
    for index, sunset in enumerate(charter.review.sunsets):
        if sunset.on < on:
            yield sunset.subject, sunset.on, "sunset", ("review", "sunsets", index, "on")
