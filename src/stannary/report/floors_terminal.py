"""A notice of floors on a terminal: the sentence first, then the floors, and what changes next."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.text import Text

from stannary.pricing.floor_notice import FloorLine, FloorNotice
from stannary.report.floors_page import Ahead, cautions, changes_ahead
from stannary.report.floors_told import STATE_WORDS
from stannary.report.tables import QUIET, listing
from stannary.report.words import count, exact, percent, title_of

__all__ = ["told_floor", "told_floors"]

AMBER = "yellow"
MOST = 8


def told_floors(found: FloorNotice) -> RenderableType:
    """Draw a notice: the sentence, the floors, the products without one, what changes next."""
    rows = (
        (
            line.product,
            "–" if line.floor_usd_per_t is None else exact(line.floor_usd_per_t),
            "–" if line.since is None else f"{line.since}",
            exact(line.reference.usd_per_t) if line.reference else "none",
            _rests_on(line),
            f"{line.next_change.on}" if line.next_change else "–",
        )
        for line in found.lines
        if line.floor_usd_per_t is not None
    )
    columns = ("Product", "Floor, USD/t", "Since", "Reference", "Rests on", "Changes")
    parts: list[RenderableType] = [
        *_heading(found),
        listing(
            "", columns, rows, right=("Floor, USD/t", "Reference"), whole=("Product", "Since", "Changes")
        ),
    ]
    without = [line for line in found.lines if line.floor_usd_per_t is None]
    if without:
        told = ((line.product, STATE_WORDS[line.state], line.how) for line in without)
        title = "Without a floor: lines of these are referred to an officer, not free"
        parts += ["", listing(title, ("Product", "State", "Why"), told)]
    ahead = changes_ahead(found)
    if ahead:
        parts += ["", _ahead(ahead)]
    return Stack(*parts)


def _ahead(ahead: list[Ahead]) -> RenderableType:
    more = len(ahead) - MOST
    return listing(
        "What changes next",
        ("From", "For", "What happens"),
        ((f"{each.on}", each.products, each.words) for each in ahead[:MOST]),
        note=f"and {count(more, 'more change')}" if more > 0 else "",
    )


def _heading(found: FloorNotice) -> Iterable[RenderableType]:
    yield Text(found.outcome, style="bold")
    yield Text(f"{found.title}, version {found.version}.", style=QUIET)
    for caution in cautions(found):
        yield Text(caution, style=AMBER)
    yield ""


def _rests_on(line: FloorLine) -> str:
    reference = line.reference
    if reference is None or reference.record is None:
        return "" if reference is None else "charter"
    return f"record {reference.record}"


def told_floor(found: FloorNotice) -> RenderableType:
    """Draw all that is known of the floors of a notice, one fact a line."""
    parts: list[RenderableType] = [*_heading(found)]
    for line in found.lines:
        facts = [
            ("Product", f"{line.title} ({line.product}), {title_of(line.mineral)}, {line.stage}"),
            ("Floor", _amount(line)),
            ("Why", line.how),
            ("Article", _article(line)),
            ("Reference price", _price(line)),
            ("Next review", f"{line.next_review or 'none is set'}"),
            ("Last day", f"{line.last_day or 'none is set'}"),
        ]
        parts.append(listing("", ("", ""), facts))
    ahead = changes_ahead(found)
    if ahead:
        parts += ["", _ahead(ahead)]
    return Stack(*parts)


def _amount(line: FloorLine) -> str:
    if line.floor_usd_per_t is None:
        return STATE_WORDS[line.state]
    until = f" to {line.until}" if line.until else ""
    return f"{exact(line.floor_usd_per_t)} {line.unit}, from {line.since}{until}"


def _article(line: FloorLine) -> str:
    words = line.article
    if line.source:
        words += f"; source {line.source}" + (f", {line.locator}" if line.locator else "")
    return words + (f"; assumed: {line.assumed}" if line.assumed else "")


def _price(line: FloorLine) -> str:
    reference = line.reference
    if reference is None:
        return f"none: {line.no_reference}"
    until = f" to {reference.until}" if reference.until else ""
    words = f"{exact(reference.usd_per_t)} from {reference.since}{until}: {reference.where_from}"
    if reference.record is not None:
        words += (
            f"; {count(reference.reports or 0, 'report')} by {count(reference.reporters or 0, 'reporter')}, "
            f"{exact(reference.volume_t)} t, ± {percent(reference.uncertainty)}"
        )
    return "; ".join((words, *reference.flags))
