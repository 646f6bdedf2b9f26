"""`stannary demo`: a year of real trade, assessed under a charter, put into a book, told on a page."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Group as Stack
from rich.text import Text

from stannary.atlas.atlas import Atlas
from stannary.border.assessment import assess
from stannary.border.determinations import Determinations
from stannary.border.trade_entries import entries_from_trade, importers_of
from stannary.cli.demo_book import keep_book
from stannary.cli.failures import warn
from stannary.cli.options import ANSWER, AsOf, Form, Place, settings_of, zone_of
from stannary.cli.output import Answer, emit, refusing, write_whole
from stannary.cli.waiting import watching
from stannary.report.findings import Cited, gather
from stannary.report.page import page
from stannary.report.terminal import answer
from stannary.report.told import as_data
from stannary.report.words import count
from stannary.settlement.duties import Collection

__all__ = ["demo"]


def demo(
    *,
    out: Annotated[
        Path, Parameter(group=ANSWER, help="The folder for entry lines, determinations, book and page.")
    ] = Path("stannary-demo"),
    place: Place | None = None,
    as_of: AsOf = None,
    year: Annotated[
        int | None, Parameter(help="The year of trade; the newest the atlas holds, unless you say.")
    ] = None,
    form: Form = None,
) -> None:
    """Assess a year of real trade under a charter, put it into a book, and write the answer as a page.

    The atlas' US imports by source, derived from published figures, are declared as if they all entered on
    one day: --as-of, or the first day the charter is in force. Every duty is put into a book, as if paid that
    day, and shared out by the charter. Amounts are USD.
    """
    settings = settings_of(place, as_of=as_of, format=form)
    zone = zone_of(settings)
    day = settings.as_of or zone.charter.citation.in_force_from
    names = ("entries.csv", "determinations.parquet", "determinations.csv", "report.html", "book.db")
    files = [out / name for name in names]
    entries, parquet, table, report, ledger = files
    with refusing(out), watching("Assessing") as progress:
        lines = entries_from_trade(zone.charter, zone.atlas, entries, year=year, entered_on=day)
        found = assess(
            zone.charter, zone.atlas, entries, out=parquet, progress=progress, memory=settings.memory
        )
        found.write_csv(table)
    chosen = year if year is not None else max(flow.year for flow in zone.atlas.trade)
    with refusing(out), watching("Posting"):
        kept = keep_book(ledger, found, zone.charter, _collection(found, zone.atlas, chosen), day)
    findings = gather(found, zone, _cited(zone.atlas, chosen))
    about = f"{count(lines, 'line')} of US imports of {chosen}, by mineral and source, entered on {day}."
    command = _command(place, as_of, year, out)
    text = page(
        findings,
        title="Demo",
        about=about,
        method=_method(zone.atlas, chosen),
        command=command,
        files=[str(path) for path in files[:3]],
    )
    write_whole(report, text.encode("utf-8"))
    told = Answer(
        table=lambda: Stack(
            answer(findings, about=about), "", kept.drawn(), "", *_next(files, findings.largest, place)
        ),
        data=as_data(findings, command=command, files=files, book=kept.as_data()),
    )
    emit(told, settings.format if settings.format in ("table", "json") else None)
    warn(f"Wrote {', '.join(path.name for path in files)} to {out}.")


def _collection(found: Determinations, atlas: Atlas, year: int) -> Collection:
    """Say who collects: each importing economy from the importers that stand for it."""
    economies = sorted({flow.importer for flow in atlas.trade if flow.year == year})
    return Collection.of(found, economies[0], {importers_of(each): each for each in economies})


def _method(atlas: Atlas, year: int) -> tuple[str, ...]:
    flows = [flow for flow in atlas.trade if flow.year == year]
    unvalued = sum(flow.value_usd is None for flow in flows)
    return (
        f"The lines are derived, not observed: US imports of {year} x the share of each source x the "
        "published price of the year. Shares are averages over several years: a source's share of one year "
        "may differ. The column derivation of entries.csv names the facts behind each line.",
        f"{count(unvalued, 'line')} could not be valued, as a figure is withheld or missing; they are "
        "kept, add nothing to the sums, and are referred where they are in scope.",
        "Delivery terms, the relation of buyer and seller, and the stages before production are not in the "
        "published figures: values are read as CIF, and origin as the economy the goods came from.",
        "The charter is a proposal to be tested, not law in force.",
    )


def _cited(atlas: Atlas, year: int) -> Iterable[Cited]:
    """Give the sources of a year's trade."""
    names = dict.fromkeys(name for flow in atlas.trade if flow.year == year for name in flow.sources)
    for name in names:
        source = atlas.source(name)
        yield Cited(source.title, source.publisher, source.licence, source.url, "trade")


def _command(place: Place | None, as_of: object, year: int | None, out: Path) -> str:
    words = ["stannary", "demo"]
    for name in ("zone", "charter", "atlas"):
        value = getattr(place, name, None)
        if value is not None:
            words += [f"--{name}", str(value)]
    for name, value in (("as-of", as_of), ("year", year)):
        if value is not None:
            words += [f"--{name}", str(value)]
    return shlex.join([*words, "--out", str(out)])


def _next(files: list[Path], largest: tuple[object, ...], place: Place | None) -> Iterable[Text]:
    """Say where the files are, and what to try next."""
    where = [f"--{n} {getattr(place, n)}" for n in ("zone", "charter", "atlas") if getattr(place, n, None)]
    flags = f" {' '.join(where)}" if where else ""
    yield Text("Files", style="bold")
    for path, words in zip(files, WORDS, strict=True):
        yield Text(f"  {path}  {words}")
    yield Text("Next", style="bold")
    if largest:
        first = largest[0]
        entry, line = getattr(first, "entry_number", ""), getattr(first, "line_number", "")
        yield Text(f"  stannary explain {files[1]} --entry {shlex.quote(entry)} --line {line}{flags}")
    yield Text("  stannary charter new my-charter --from forge, then change a floor and")
    yield Text("  stannary demo --charter my-charter")
    yield Text("  stannary assess YOUR-ENTRIES.csv")


WORDS = (
    "the entry lines",
    "what was decided, in codes",
    "the same in words",
    "the page; open it in a browser",
    "the book",
)
