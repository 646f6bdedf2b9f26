"""Tonnes of a base year by economy, as the atlas and a recipe give them: who makes and who uses what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from stannary.atlas.atlas import Atlas
from stannary.errors import MarketError, Place, Problem
from stannary.market.model import Note
from stannary.market.recipes import Consumed, Facts, Figure, Good, Layer, Output, Recipe, Share

__all__ = [
    "OTHER",
    "REST",
    "WORLD",
    "ZONE",
    "Findings",
    "Made",
    "figure_note",
    "figures_of",
    "made",
    "require",
    "series",
    "share_of",
]

WORLD, OTHER = "WLD", "XOT"
ZONE, REST = "zone", "rest"


@dataclass
class Findings:
    """What turned up while the facts were read: notes for the reader, and what is missing."""

    notes: list[Note] = field(default_factory=list)
    missing: list[Problem] = field(default_factory=list)

    def note(self, note: Note) -> None:
        """Keep a note, once."""
        if note not in self.notes:
            self.notes.append(note)

    def lack(self, message: str, path: str) -> None:
        """Keep what is missing."""
        remedy = "Add the rows to the atlas, or a figure with its source to the recipe."
        self.missing.append(Problem("STN-MARKET-007", message, remedy, Place(path=path)))


@dataclass(frozen=True)
class Made:
    """Who makes a good: contained tonnes by economy, and shares of a world total by economy or bloc.

    `world` is what the shares are of, `None` where it follows from the balance.
    """

    tonnes: Mapping[str, float]
    shares: Mapping[str, float]
    world: float | None = None

    @property
    def largest(self) -> dict[str, float]:
        """Give each named economy's share of what is known."""
        whole = sum(self.tonnes.values())
        named = {e: t / whole for e, t in self.tonnes.items() if whole > 0 and e != OTHER}
        return {**named, **{e: s for e, s in self.shares.items() if e not in (ZONE, REST)}}


def require(findings: Findings) -> None:
    """Raise `MarketError` (STN-MARKET-007) with everything that is missing, if anything is."""
    if findings.missing:
        raise MarketError(findings.missing)


def made(atlas: Atlas, recipe: Recipe, layer: Layer, good: Good | None, found: Findings) -> Made | None:
    """Read who makes a good of a layer (with `good` None: all goods of a joint process together)."""
    where = f"{layer.name}.{good.product if good else 'total'}"
    output: Output | None = good.output if good else layer.joint.total if layer.joint else None
    if output is None:
        return None
    tonnes = series(atlas, recipe, output.facts, found, where) if output.facts else {}
    for economy, figure in output.added.items():
        tonnes[economy] = tonnes.get(economy, 0.0) + figure.number
        found.note(figure_note("output", where, economy, figure))
    shares = {s.of: share_of(atlas, recipe, s, found, "output", where) for s in output.shares}
    if output.world:
        found.note(figure_note("output", where, "world", output.world))
    if not tonnes and not output.shares and not output.facts:
        found.lack(f"Nothing says who makes {where}.", where)
    if sum(shares.values()) > 1 + 1e-9:
        message = f"The shares of {where} add up to {sum(shares.values()):.4f}."
        found.missing.append(Problem("STN-MARKET-004", message, "Correct the recipe.", Place(path=where)))
    return Made(tonnes, shares, output.world.number if output.world else None)


def series(
    atlas: Atlas, recipe: Recipe, facts: Facts, found: Findings, where: str, parameter: str = "output"
) -> dict[str, float]:
    """Read one series of the atlas: contained tonnes by economy, `XOT` for what no economy is named for.

    Where the publisher's world total exceeds its parts by more than rounding, the difference is counted
    to `XOT` and noted.
    """
    year = facts.year or recipe.base_year
    factor = facts.per_tonne.number if facts.per_tonne else 1.0
    rows = [
        row
        for row in (atlas.production if facts.table == "production" else atlas.refining)
        if row.product == facts.product
        and row.series == facts.series
        and row.year == year
        and getattr(row, "measure", "production") == facts.measure
    ]
    tonnes: dict[str, float] = {}
    world = None
    for row in rows:
        if row.value is None:
            text = f"{row.economy}: {row.state} by the publisher, left out"
            found.note(Note(kind="data", parameter=parameter, where=where, text=text, source=row.source))
        elif row.economy == WORLD:
            world = float(row.value) * factor
        elif row.value > 0:
            tonnes[row.economy] = tonnes.get(row.economy, 0.0) + float(row.value) * factor
    if not tonnes:
        found.lack(f"The atlas has no {facts.table} of {facts.product} ({facts.series}) in {year}.", where)
        return tonnes
    if facts.per_tonne:
        found.note(figure_note(parameter, where, "t contained per t counted", facts.per_tonne))
    text = f"{facts.series}, {year}, {len(tonnes)} economies"
    found.note(Note(kind="data", parameter=parameter, where=where, text=text, source=rows[0].source))
    parts = sum(tonnes.values())
    if world is not None and world > parts * 1.02:
        tonnes[OTHER] = tonnes.get(OTHER, 0.0) + world - parts
        text = f"{world - parts:,.6g} t of the world total {world:,.6g} t are of no named economy: rest"
        found.note(Note(kind="adjusted", parameter=parameter, where=where, text=text,
                        size=(world - parts) / world, source=rows[0].source))  # fmt: skip
    return tonnes


def figures_of(
    atlas: Atlas, recipe: Recipe, used: Iterable[Consumed], found: Findings, where: str
) -> dict[str, float]:
    """Read what single economies use, in contained tonnes; a figure that is withheld is noted."""
    tonnes: dict[str, float] = {}
    for each in used:
        year = each.year or recipe.base_year
        rows = [
            row
            for row in atlas.consumption
            if (row.mineral, row.metric, row.economy, row.year)
            == (each.mineral, each.metric, each.economy, year)
            and row.scenario == "historical"
            and (not each.stage or row.stage == each.stage)
            and (not each.product or row.product == each.product)
            and (not each.series or row.series == each.series)
        ]
        if len(rows) != 1:
            what = "no single" if rows else "no"
            found.lack(
                f"The atlas has {what} {each.metric} of {each.mineral} in {each.economy}, {year}.", where
            )
            continue
        value = rows[0].value
        text = f"{each.economy}: {each.metric} of {year}"
        if value is None:
            text += f" is {rows[0].state}: counted among the zone's others"
        else:
            factor = each.per_tonne.number if each.per_tonne else 1.0
            tonnes[each.economy] = tonnes.get(each.economy, 0.0) + float(value) * factor
        found.note(Note(kind="data", parameter="final_demand", where=where, text=text, source=rows[0].source))
    return tonnes


def figure_note(parameter: str, where: str, what: str, figure: Figure) -> Note:
    """Note a figure of a recipe: what it is, its value, and its source or the reason for assuming it."""
    reason = figure.assumed or figure.derivation or figure.note or figure.source
    text = f"{what}: {figure.value} {figure.unit}; {reason}"
    return Note(
        kind="assumed" if figure.assumed else "data", parameter=parameter, where=where, text=text,
        size=figure.number, source=figure.source,
    )  # fmt: skip


def share_of(
    atlas: Atlas, recipe: Recipe, share: Share, found: Findings, parameter: str, where: str
) -> float:
    """Give a share of the world, stated or read from the atlas; what is missing is left in `found`."""
    text = share.assumed or share.locator or share.derivation or share.note or share.source
    value, source = share.value, share.source
    if share.fact:
        facts, year = share.fact, share.fact.year or recipe.base_year
        rows = [
            row
            for row in atlas.refining
            if (row.product, row.series, row.measure, row.economy, row.year)
            == (facts.product, facts.series, facts.measure, share.of, year)
        ]
        value = rows[0].value if len(rows) == 1 else None
        source = rows[0].source if len(rows) == 1 else source
        text = f"{facts.series}, {year}"
    if value is None:
        found.lack(f"Nothing says what share of {where} is {share.of}'s.", where)
        return 0.0
    note = f"{share.of}: {value} of the world; {text}"
    kind: Literal["assumed", "data"] = "assumed" if share.assumed else "data"
    found.note(Note(kind=kind, parameter=parameter, where=where, text=note, size=float(value), source=source))
    return float(value)
