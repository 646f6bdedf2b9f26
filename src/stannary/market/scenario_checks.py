"""Check what a scenario names and whether its days and numbers fit together, each problem with its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter, path_text
from stannary.charter.citation import Sourced
from stannary.charter.document import Node, node_at
from stannary.charter.membership import SETS
from stannary.charter.walk import walk
from stannary.errors import Place, Problem
from stannary.market.scenario import (
    WORDS,
    Demand,
    ExportQuota,
    Floors,
    Happening,
    Leak,
    Membership,
    OfGoods,
    Project,
    Response,
    Retaliation,
    Stockpile,
    SupplyLoss,
    Support,
)  # fmt: skip

__all__ = ["Checked", "check_event", "check_head"]

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Checked:
    """What a scenario is checked against: its tree of text, the charter, the atlas, its own sources."""

    file: str
    stem: str
    root: Node
    charter: Charter
    atlas: Atlas
    minerals: frozenset[str]
    sources: frozenset[str]

    def place(self, *steps: str | int) -> Place:
        """Give the place of a value of the file."""
        node, followed = node_at(self.root, steps)
        return Place(self.file, node.line, node.column, path_text(self.stem, *followed))


def check_head(text: Any, given: Checked) -> Iterator[Problem]:
    """List the problems of a scenario's own fields: minerals it names, sources, days."""
    known = {mineral.id for mineral in given.atlas.minerals}
    for index, mineral in enumerate(text.minerals):
        if mineral not in known:
            yield _unknown("mineral", mineral, known, given.place("minerals", index))
    chance = text.probability
    if chance is not None:
        yield from _sources((("probability",), chance), given)
        if text.start is not None and chance.by < text.start:
            message = f"the scenario is to begin by {chance.by}, before the simulation starts ({text.start})."
            yield _misfit(message, "Write a later day.", given.place("probability", "by"))


def check_event(index: int, event: Happening, given: Checked) -> Iterator[Problem]:
    """List the problems of one event: unknown names, and days and numbers that do not fit together."""
    steps: Steps = ("events", index)
    for path, form in walk(event):
        if isinstance(form, Sourced):
            yield from _sources(((*steps, *path), form), given)
    yield from _names(steps, event, given)
    if event.end is not None and event.end < event.start:
        message = f"`to` ({event.end}) lies before the first day ({event.start})."
        yield _misfit(message, "Both days are inclusive: write a later one.", given.place(*steps, "to"))
    by, against = getattr(event, "by", ()), getattr(event, "against", ())
    if by and by == against:
        message = f"{', '.join(by)} acts against itself."
        yield _misfit(message, "Name others in `against:`.", given.place(*steps, "against"))
    for field, message, remedy in _misfits(event, given):
        yield _misfit(message, remedy, given.place(*steps, *field))


def _misfits(event: Happening, given: Checked) -> Iterator[tuple[Steps, str, str]]:
    """List numbers that contradict or lack one another: field, what is wrong, what would be right."""
    if isinstance(event, ExportQuota):
        yield from _one_of(event, "share", "tonnes_a_year")
        total = sum((part.share for part in event.split), Decimal(0))
        if event.split and total != 1:
            yield ("split",), f"the shares of the split sum to {total}.", "They must sum to 1."
    elif isinstance(event, SupplyLoss):
        yield from _one_of(event, "share", "tonnes_a_year")
    elif isinstance(event, Demand):
        yield from _one_of(event, "path", "growth", "factor")
        if event.otherwise is not None and event.path is None:
            yield ("otherwise",), "`otherwise` stands without a path.", "Add `path:`, or write `growth:`."
    elif isinstance(event, Response):
        yield from _one_of(event, "value", "factor")
    elif isinstance(event, Project):
        yield from _project(event, given)
    elif isinstance(event, Floors):
        if event.use == "only" and not (event.products or event.stages or event.minerals):
            yield ("use",), "the floors to keep are not named.", "Add `stages:`, `products:` or `minerals:`."
        if event.use == "none" and event.factor != 1:
            yield ("factor",), "there are no floors to scale.", "Remove the factor."
    elif isinstance(event, Support):
        if event.use in ("gap", "two_way") and event.strike_usd_per_t is None:
            yield ("use",), "the gap has no strike.", "Add `strike_usd_per_t:`."
    elif isinstance(event, Stockpile):
        yield from _stockpile(event)
    elif isinstance(event, Retaliation):
        yield from _retaliation(event)
    elif isinstance(event, Leak) and event.detection == 0 and event.penalty_usd_per_t > 0:
        yield ("penalty_usd_per_t",), "a penalty is never paid at a detection of 0.", "Add `detection:`."


def _one_of(event: Any, *fields: str) -> Iterator[tuple[Steps, str, str]]:
    held = [field for field in fields if getattr(event, field) is not None]
    if len(held) != 1:
        what = "none of them is given" if not held else f"{' and '.join(held)} are given"
        yield (held[-1:] and (held[-1],)) or ("kind",), f"{what}.", f"Give one of {', '.join(fields)}."


def _project(event: Project, given: Checked) -> Iterator[tuple[Steps, str, str]]:
    if event.project is not None:
        found = next((each for each in given.atlas.projects if each.id == event.project), None)
        if found is None or event.tonnes_a_year is not None:
            return
        if found.capacity is None or not found.capacity_basis.endswith("content"):
            message = f"the atlas holds no capacity of {event.project} in contained tonnes."
            yield ("project",), message, "Add `tonnes_a_year:`."
        return
    if len(event.by) != 1 or not event.products or event.tonnes_a_year is None:
        message = "a project that is not of the atlas needs one economy, a product and its tonnes."
        yield ("kind",), message, "Add `by: [..]`, `products: [..]` and `tonnes_a_year:`."


def _stockpile(event: Stockpile) -> Iterator[tuple[Steps, str, str]]:
    if event.use != "bands":
        return
    if event.buy_below_usd_per_t is None or event.tonnes is None:
        yield (
            ("use",),
            "the stock has no buying price or no size.",
            "Add `buy_below_usd_per_t:` and `tonnes:`.",
        )
    buys, sells = event.buy_below_usd_per_t, event.sell_above_usd_per_t
    if buys is not None and sells is not None and sells <= buys:
        message = f"the stock sells above {sells} what it buys below {buys}."
        yield ("sell_above_usd_per_t",), message, "Write a selling price over the buying price."


def _retaliation(event: Retaliation) -> Iterator[tuple[Steps, str, str]]:
    size = "below" if event.trigger == "output_share" else "above"
    if event.trigger != "floor" and getattr(event, size) is None:
        yield ("trigger",), "the trigger has no size.", f"Add `{size}:`."
    needs = {"licence": "let_through", "mark_up": "mark_up"}.get(event.response)
    if needs is not None and getattr(event, needs) is None:
        yield ("response",), f"the response has no `{needs}`.", f"Add `{needs}:`."
    for field in {"let_through", "mark_up"} - {needs}:
        if getattr(event, field) is not None:
            yield (field,), f"`{field}` is no part of a {event.response}.", "Remove it."


# -- names --------------------------------------------------------------------------------------------------


def _names(steps: Steps, event: Happening, given: Checked) -> Iterator[Problem]:
    economies = {economy.id for economy in given.atlas.economies}
    known = {*economies, *SETS, *WORDS}
    for path, names in _economies(event):
        for place, name in enumerate(names):
            if name not in known:
                yield _unknown("economy or set", name, known, given.place(*steps, *path, place))
    if isinstance(event, OfGoods):
        products = {product.id for product in given.atlas.products}
        products |= {product.id for product in given.charter.scope.products}
        for place, name in enumerate(event.products):
            if name not in products:
                yield _unknown("product", name, products, given.place(*steps, "products", place))
        for place, name in enumerate(event.minerals):
            if name not in given.minerals:
                message = f"the scenario is not told for {name!r}."
                remedy = (
                    f"Add it to the scenario's minerals, or name one of {', '.join(sorted(given.minerals))}."
                )
                yield Problem("STN-SCENARIO-002", message, remedy, given.place(*steps, "minerals", place))
    if isinstance(event, Membership) and event.set not in SETS:
        yield _unknown("set of economies", event.set, SETS, given.place(*steps, "set"))
    if isinstance(event, Project) and event.project is not None:
        projects = {project.id for project in given.atlas.projects}
        if event.project not in projects:
            yield _unknown("project", event.project, projects, given.place(*steps, "project"))


def _economies(event: Any) -> Iterator[tuple[Steps, tuple[str, ...]]]:
    for field in ("by", "against"):
        yield (field,), getattr(event, field, ())
    for place, part in enumerate(getattr(event, "split", ())):
        yield ("split", place, "against"), part.against


def _sources(cited: tuple[Steps, Sourced], given: Checked) -> Iterator[Problem]:
    steps, form = cited
    if form.source is not None and form.source not in given.sources:
        place = given.place(*steps, "source")
        yield _unknown("source", form.source, given.sources, place, "Add it to the scenario's `sources:`.")


def _unknown(noun: str, name: str, known: Iterable[str], place: Place, otherwise: str = "") -> Problem:
    near = difflib.get_close_matches(name, sorted(known), n=2, cutoff=0.6)
    remedy = f"Did you mean {' or '.join(near)}?" if near else otherwise
    return Problem("STN-SCENARIO-002", f"there is no {noun} {name!r}.", remedy, place)


def _misfit(message: str, remedy: str, place: Place) -> Problem:
    return Problem("STN-SCENARIO-003", message, remedy, place)
