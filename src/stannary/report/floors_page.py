"""The notice of floors as one page: HTML that opens without a network, reads on a phone, and prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from stannary.pricing.floor_changes import Change
from stannary.pricing.floor_notice import FloorLine, FloorNotice
from stannary.report import words
from stannary.report.figure import ENVIRONMENT
from stannary.report.floors_told import STATE_WORDS

__all__ = ["cautions", "changes_ahead", "floors_page"]

MOST, FEW = 12, 3
"""The most changes listed at the top, and products named with one; every product tells its own next."""

REVISIONS = (
    "The floor is revised of itself if the average reference price has left the band round it. By how much, "
    "and at which average, stands with each product."
)

METHOD = (
    "A floor is the lowest price at which a product may be sold inside the zone; goods that come in below it "
    "owe the gap at the border, by the charter's border-adjustment article.",
    "Floors are published to four decimals and reference prices to the cent, both rounded half away from "
    "zero; nothing else on this page is rounded.",
    "A reference price that the zone has published carries its record of the price log, how many reports of "
    "how many reporters it rests on, and half the width of a 95% interval (±). A price written in the "
    "charter stands until the first one is published.",
    "A published price holds as long as its period lasted. Where the next is missing there is no price, and "
    "a floor that is a share of it is missing too; neither is carried on in silence, or taken for zero.",
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the notice, with what it counts and the detail below it."""

    what: str
    number: str
    exact: str
    style: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """Something that changes on a day, and the products it changes for."""

    on: date
    lines: tuple[FloorLine, ...]
    words: str

    @property
    def products(self) -> str:
        """Name the products, the first few of many."""
        named = [line.title for line in self.lines[:FEW]]
        rest = len(self.lines) - len(named)
        return "; ".join(named) + (f"; and {words.count(rest, 'other')}" if rest else "")


def floors_page(notice: FloorNotice, *, command: str, minerals: Mapping[str, str] | None = None) -> str:
    """Give the page of a notice as HTML; the same notice gives the same text.

    `command` is how to make it again; `minerals` gives minerals their names. Everything is escaped;
    nothing is loaded from elsewhere.
    """
    ahead, names = changes_ahead(notice), minerals or {}
    return ENVIRONMENT.get_template("floors_page.html").render(
        title=f"Floors on {notice.on}",
        about=f"Price floors of {notice.title}, article price_floors, as they stand on {notice.on}.",
        notice=notice,
        cautions=cautions(notice),
        tiles=_tiles(notice),
        ahead=ahead[:MOST],
        more=len(ahead) - len(ahead[:MOST]),
        minerals=[
            (names.get(mineral, words.title_of(mineral)), list(lines))
            for mineral, lines in groupby(notice.lines, key=lambda line: line.mineral)
        ],
        states=STATE_WORDS,
        method=METHOD,
        command=command,
        words=words,
    )


def cautions(notice: FloorNotice) -> tuple[str, ...]:
    """Say what a reader must know before using any number of the notice."""
    said = []
    held = [line for line in notice.lines if line.floor_usd_per_t is not None]
    assumed = sum(line.assumed is not None for line in held)
    if assumed:
        part = "All of these floors rest" if assumed == len(held) else f"{assumed} of {len(held)} floors rest"
        said.append(
            f"{part} wholly or partly on figures that the charter assumes, each with its reason; they are "
            "no published figures."
        )
    if not notice.records:
        said.append("No price log was given: every reference price is the one written in the charter.")
    return tuple(said)


def changes_ahead(notice: FloorNotice) -> list[Ahead]:
    """List what changes in all floors, soonest first; what befalls several alike on a day is told once."""
    together: dict[tuple[date, str], list[tuple[FloorLine, Change]]] = {}
    for line in notice.lines:
        for change in line.changes:
            # Revisions of one day differ by their amounts only, which stand with each product.
            alike = change.kind if change.kind == "revision" else change.words
            together.setdefault((change.on, alike), []).append((line, change))
    found = []
    for (on, _), held in together.items():
        told = held[0][1].words
        if len({change.words for _, change in held}) > 1:
            told = REVISIONS
        found.append(Ahead(on, tuple(line for line, _ in held), told))
    return sorted(found, key=lambda each: (each.on, each.lines[0].product))


def _tiles(notice: FloorNotice) -> tuple[Tile, ...]:
    published = [line for line in notice.lines if line.reference is not None and line.reference.record]
    priced = sum(line.reference is not None for line in notice.lines)
    first = notice.next_change
    missing = notice.count("missing")
    others = notice.count("not_yet", "ended", "unfloored")
    return (
        Tile(
            "Floors in force",
            f"{notice.count('in_force', 'by_content'):,}",
            f"of {words.count(len(notice.lines), 'product')}, {notice.count('by_content')} by their content",
            "covered",
        ),
        Tile(
            "Missing",
            f"{missing:,}",
            f"cannot be worked out, for want of a price; {others} more have no floor on this day",
            "referred",
        ),
        Tile(
            "Next change",
            "–" if first is None else f"{first[1].on}",
            "nothing is known to change" if first is None else f"{first[0].title}",
            "adjusted",
        ),
        Tile(
            "Reference prices published",
            f"{len(published):,}",
            f"of {words.count(priced, 'reference price')} in force, the others written in the charter",
            "covered",
        ),
    )
