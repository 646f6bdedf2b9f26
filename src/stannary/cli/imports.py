"""`stannary atlas import`: official files, and official APIs, read into tables of facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from stannary.atlas.cache import AnswerCache
from stannary.atlas.importers.facts import ImportedFact, write_facts
from stannary.cli.failures import warn
from stannary.cli.options import Form, settings_of
from stannary.cli.output import Answer, emit, refusing
from stannary.errors import Problem, UsageError
from stannary.report.tables import listing
from stannary.settings import Settings

__all__ = ["import_facts"]

Kind = Literal["usgs", "pink-sheet", "comext", "ecb", "census", "comtrade"]
CHOICE = Group("What to read", sort_key=1)


@Parameter(name="*", group=CHOICE)
@dataclass(frozen=True)
class Choice:
    """Which part of a source to read."""

    code: Annotated[
        tuple[str, ...],
        Parameter(
            help="comext, census, comtrade: a product code, as text; as often as you like.", negative=""
        ),
    ] = ()
    month: Annotated[
        tuple[str, ...],
        Parameter(help="census: a month, 2026-03; as often as you like.", negative="", show_default=False),
    ] = ()
    period: Annotated[
        tuple[str, ...],
        Parameter(
            help="comtrade: a year 2024 or month 202403; as often as you like.",
            negative="",
            show_default=False,
        ),
    ] = ()
    reporter: Annotated[
        str | None, Parameter(help="comtrade: the reporter's UN M49 number, 842 for the US.")
    ] = None
    partner: Annotated[
        str | None, Parameter(help="comtrade: the partner's UN M49 number; all, unless you say.")
    ] = None
    flow: Annotated[str, Parameter(help="comtrade: M for imports, X for exports.")] = "M"
    since: Annotated[date | None, Parameter(help="ecb: the first day to keep, YYYY-MM-DD.")] = None
    commodity: Annotated[
        str | None, Parameter(help="usgs: the commodity of a 2024 file whose name does not say it.")
    ] = None


def import_facts(
    kind: Annotated[Kind, Parameter(help="The source.")],
    file: Annotated[
        Path | None, Parameter(help="The file you downloaded; census and comtrade need none.")
    ] = None,
    /,
    *,
    out: Annotated[Path, Parameter(help="The folder for the tables.")],
    choice: Choice | None = None,
    cache: Annotated[
        str | None, Parameter(help="The folder that keeps answers of APIs, so that a stopped run goes on.")
    ] = None,
    form: Form = None,
) -> None:
    """Read an official file, or ask an official API, and write its facts as tables.

    Numbers keep their published value and unit; withheld and less-than figures are states, never zero.
    Rows whose licence forbids passing them on are marked so. Keys: STANNARY_CENSUS_KEY,
    STANNARY_COMTRADE_KEY.
    """
    settings = settings_of(format=form, cache=cache)
    choice = choice or Choice()
    read = READERS[kind]
    with refusing(out):
        written = write_facts(read(file, choice, settings), out)
        if kind == "ecb" and file is not None:
            _write_rates(file, choice, out)
    rows = [{"table": table, "rows": rows} for table, rows in sorted(written.rows.items())]
    told = ((str(row["table"]), f"{row['rows']:,}") for row in rows)
    emit(
        Answer(
            table=lambda: listing(written.sentence, ("Table", "Rows"), told, right=("Rows",)),
            data={"outcome": written.sentence, "folder": written.folder, "tables": rows},
            rows=lambda: rows,
        ),
        settings.format,
    )


Read = Callable[[Path | None, Choice, Settings], Iterable[ImportedFact]]


def _file(file: Path | None, kind: str) -> Path:
    if file is None:
        raise _usage(f"The source {kind} is a file, and none is named.", "Name the file you downloaded.")
    return file


def _usage(message: str, remedy: str) -> UsageError:
    return UsageError([Problem("STN-USAGE-001", message, remedy)])


def _usgs(file: Path | None, choice: Choice, _settings: Settings) -> Iterable[ImportedFact]:
    from stannary.atlas.importers.usgs_commodity_summaries import read_usgs_commodity_summaries
    from stannary.atlas.importers.usgs_world_tables import read_usgs_world_tables

    named = _file(file, "usgs")
    if choice.commodity is not None or "world" in named.stem.lower():
        return read_usgs_world_tables(named, commodity=choice.commodity)
    return read_usgs_commodity_summaries(named)


def _pink_sheet(file: Path | None, _choice: Choice, _settings: Settings) -> Iterable[ImportedFact]:
    from stannary.atlas.importers.pink_sheet import read_pink_sheet

    return read_pink_sheet(_file(file, "pink-sheet"))


def _comext(file: Path | None, choice: Choice, _settings: Settings) -> Iterable[ImportedFact]:
    from stannary.atlas.importers.comext import stream_comext

    if not choice.code:
        warn("No --code is given: every line of the file is kept, some five million a month.")
    return stream_comext(_file(file, "comext"), choice.code or None)


def _ecb(file: Path | None, choice: Choice, _settings: Settings) -> Iterable[ImportedFact]:
    from stannary.atlas.importers.ecb_rates import read_ecb_rates

    return read_ecb_rates(_file(file, "ecb"), since=choice.since)


def _write_rates(file: Path, choice: Choice, out: Path) -> None:
    from stannary.atlas.importers.ecb_rates import read_ecb_rates, write_exchange_rates

    rates = write_exchange_rates(read_ecb_rates(file, since=choice.since), out)
    warn(f"Wrote {rates} in the form of the atlas.")


def _census(_file: Path | None, choice: Choice, settings: Settings) -> Iterable[ImportedFact]:
    import httpx

    from stannary.atlas.importers.census import import_census

    if not choice.code or not choice.month:
        raise _usage(
            "The source census needs to know what to ask for.", "Give --code and --month, each at least once."
        )
    with httpx.Client(timeout=60) as client:
        yield from import_census(
            client, _cache(settings), codes=choice.code, months=choice.month, key=settings.census_key or ""
        )


def _comtrade(_file: Path | None, choice: Choice, settings: Settings) -> Iterable[ImportedFact]:
    try:
        from stannary.atlas.importers.comtrade import ComtradeQuery, import_comtrade
    except ImportError as error:
        raise _usage(
            "comtrade needs the extra comtrade.", 'Install it: pip install "stannary[comtrade]".'
        ) from error
    if not choice.code or not choice.period or choice.reporter is None:
        remedy = "Give --reporter, and --code and --period at least once each."
        raise _usage("The source comtrade needs to know what to ask for.", remedy)
    queries = [
        ComtradeQuery(choice.reporter, code, period, choice.flow, choice.partner)
        for code in choice.code
        for period in choice.period
    ]
    yield from import_comtrade(_cache(settings), queries=queries, key=settings.comtrade_key)


def _cache(settings: Settings) -> AnswerCache:
    return AnswerCache(Path(settings.cache).expanduser())


READERS: dict[str, Read] = {
    "usgs": _usgs,
    "pink-sheet": _pink_sheet,
    "comext": _comext,
    "ecb": _ecb,
    "census": _census,
    "comtrade": _comtrade,
}
