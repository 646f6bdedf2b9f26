"""Check every dated history of a charter: no day claimed twice, none left out between two values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal

from stannary.charter.charter import Charter
from stannary.charter.membership import SETS
from stannary.charter.walk import Path, walk
from stannary.dated import LAST_DAY
from stannary.errors import Problem

__all__ = ["check_ends", "check_histories"]

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class History:
    """One history to check: what it is of, where its entries stand, how its open ends read.

    `open_ends`: ``next`` where a value stands until the next one, ``forever`` where it says its own end.
    """

    article: str
    label: str
    entries: tuple[tuple[Path, date, date | None], ...]
    open_ends: Literal["next", "forever"]
    gaps: Literal["error", "warning"] | None


def check_histories(charter: Charter) -> Iterator[Problem]:
    """List days claimed twice (008) and days left out between two values (009)."""
    for history in _histories(charter):
        ordered = sorted(history.entries, key=lambda entry: (entry[1], entry[2] or LAST_DAY))
        for (path, start, end), (later_path, later_start, _) in pairwise(ordered):
            open_last = later_start - ONE_DAY if history.open_ends == "next" else LAST_DAY
            last = open_last if end is None else end
            if last >= later_start or start == later_start:
                yield _overlap(charter, history, (path, start), (later_path, later_start))
            elif last + ONE_DAY < later_start and history.gaps:
                yield _gap(charter, history, last, (later_path, later_start))


def check_ends(charter: Charter) -> Iterator[Problem]:
    """List everything that ends before it starts (005)."""
    for article, value in charter.articles.items():
        for path, form in walk(value):
            start, end = getattr(form, "start", None), getattr(form, "end", None)
            if start is not None and end is not None and end < start:
                yield _ends_early(charter, article, path, "to", start, end)
    citation = charter.citation
    if citation.in_force_to is not None and citation.in_force_to < citation.in_force_from:
        yield _ends_early(
            charter, "citation", (), "in_force_to", citation.in_force_from, citation.in_force_to
        )
    for index, floor in enumerate(charter.price_floors.floors):
        first = min(value.start for value in floor.values)
        if floor.sunset is not None and floor.sunset < first:
            path = ("floors", index)
            yield _ends_early(charter, "price_floors", path, "sunset", first, floor.sunset)
    afloat = charter.exemptions.goods_afloat
    if afloat is not None and afloat.entered_by < afloat.left_before:
        path = ("goods_afloat",)
        yield _ends_early(charter, "exemptions", path, "entered_by", afloat.left_before, afloat.entered_by)


def _ends_early(charter: Charter, article: str, path: Path, field: str, start: date, end: date) -> Problem:
    message = f"`{field}` ({end}) lies before the first day ({start})."
    place = charter.place(article, *path, field)
    return Problem("STN-CHARTER-005", message, "Both days are inclusive: write a later one.", place)


def _overlap(
    charter: Charter, history: History, earlier: tuple[Path, date], later: tuple[Path, date]
) -> Problem:
    first = charter.place(history.article, *earlier[0])
    where = f" (line {first.line})" if first.line else ""
    message = f"{history.label}: the value from {earlier[1]}{where} also claims {later[1]}."
    remedy = f"End it with `to: {later[1] - ONE_DAY}`."
    if earlier[1] == later[1]:
        remedy = "A value is never overwritten: keep one, or let the later one start later."
    return Problem("STN-CHARTER-008", message, remedy, charter.place(history.article, *later[0]))


def _gap(charter: Charter, history: History, last: date, later: tuple[Path, date]) -> Problem:
    message = f"{history.label}: nothing is in force from {last + ONE_DAY} to {later[1] - ONE_DAY}."
    place = charter.place(history.article, *later[0])
    severity = history.gaps or "warning"
    return Problem("STN-CHARTER-009", message, "Add a value for those days.", place, severity)


# -- which histories a charter holds ---------------------------------------------------------------------


def _histories(charter: Charter) -> Iterator[History]:
    yield from _memberships(charter)
    for article, value in charter.articles.items():
        for path, form in walk(value):
            yield from _dated_values(article, path, form)
    adjustment, origin = charter.border_adjustment, charter.rules_of_origin
    yield from _by_product("border_adjustment", "rules", "duty rule", adjustment.rules)
    yield from _by_product("rules_of_origin", "tests", "test of origin", origin.tests)
    if charter.stockpile_mandate is not None:
        mandate = charter.stockpile_mandate
        yield from _by_product("stockpile_mandate", "bands", "bands", mandate.bands)
        targets = [(("targets", i), each.product, each) for i, each in enumerate(mandate.targets)]
        yield from _grouped("stockpile_mandate", "stock target of {}", targets)
        caps = [(("caps", i), "stockpile", each) for i, each in enumerate(mandate.caps)]
        yield from _grouped("stockpile_mandate", "commitment cap of the {}", caps)


def _memberships(charter: Charter) -> Iterator[History]:
    for set_name in SETS:
        spells = charter.membership.spells(set_name)
        items = [((set_name, index), spell.economy, spell) for index, spell in enumerate(spells)]
        yield from _grouped("membership", f"{{}} in {set_name}", items)


def _by_product(article: str, field: str, label: str, items: Iterable[Any]) -> Iterator[History]:
    """Group rules by the products they name; those that name none are the general ones, and leave no gap."""
    named = []
    for index, item in enumerate(items):
        named += [((field, index), product, item) for product in item.products or ("",)]
    for history in _grouped(article, f"{label} for {{}}", [each for each in named if each[1]]):
        yield History(history.article, history.label, history.entries, "forever", None)
    general = tuple((path, item.start, item.end) for path, product, item in named if not product)
    yield History(article, f"general {label}", general, "forever", "error")


def _grouped(article: str, label: str, items: Iterable[tuple[Path, str, Any]]) -> Iterator[History]:
    groups: dict[str, list[tuple[Path, date, date | None]]] = {}
    for path, key, item in items:
        groups.setdefault(key, []).append((path, item.start, item.end))
    for key, entries in groups.items():
        yield History(article, label.format(key), tuple(entries), "forever", "warning")


SERIES = (
    "values",
    "shares",
    "de_minimis",
    "strikes",
    "agreed",
    "prices",
    "references",
    "rates",
)
"""Fields that hold one history each, in which a value stands until the next one."""


def _dated_values(article: str, path: Path, form: Any) -> Iterator[History]:
    for field in SERIES:
        items = getattr(form, field, ())
        if not isinstance(items, tuple) or not all(hasattr(item, "start") for item in items):
            continue
        entries = tuple(((*path, field, index), each.start, each.end) for index, each in enumerate(items))
        yield History(article, _label(article, field, form), entries, "next", "error")


def _label(article: str, field: str, form: Any) -> str:
    subject = getattr(form, "product", None) or getattr(form, "origin", None) or getattr(form, "id", None)
    name = {"price_floors": "floor", "reference_prices": "reference price"}.get(article, field)
    return f"{name} of {subject}" if subject else name
