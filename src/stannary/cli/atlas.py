"""`stannary atlas`: what the atlas knows, and its tables row by row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from difflib import get_close_matches
from itertools import islice
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Group as Stack
from rich.text import Text

from stannary.atlas.atlas import Atlas
from stannary.atlas.coverage import COVERED_TABLES, Coverage, MineralCoverage
from stannary.atlas.coverage import coverage as measure_coverage
from stannary.atlas.export import as_text, export_rows
from stannary.atlas.reader import open_atlas
from stannary.atlas.tables import TABLES
from stannary.cli.options import Form, Out, Place, settings_of, zone_folders
from stannary.cli.output import Answer, emit, form_of
from stannary.errors import NotFoundError, Problem, UsageError
from stannary.errors import Place as Where
from stannary.report.tables import QUIET, listing

__all__ = ["coverage", "show"]

ON_SCREEN = (
    "production",
    "refining",
    "reserves",
    "imports",
    "trade",
    "prices",
    "costs",
    "chains",
    "tariff_codes",
)
GROUPS = ("reported", "estimated", "derived", "assumed", "withheld")
MOST_ON_SCREEN = 40
MOST_CREDITS = 6


def coverage(*, place: Place | None = None, form: Form = None, out: Out = None) -> None:
    """Tell, mineral by mineral, what the atlas knows and how well.

    Numbers are rows; shares say how many of a mineral's figures are reported, estimated, derived, assumed
    or withheld by their publisher.
    """
    settings = settings_of(place, format=form)
    found = measure_coverage(open_atlas(zone_folders(settings)[1]))
    emit(
        Answer(
            table=lambda: _covered(found),
            data={
                "outcome": found.outcome,
                "rows": found.rows,
                "minerals": [_mineral_row(m) for m in found.minerals],
            },
            rows=lambda: (_mineral_row(mineral) for mineral in found.minerals),
        ),
        settings.format,
        out,
    )


def _mineral_row(line: MineralCoverage) -> dict[str, Any]:
    return {
        "mineral": line.mineral.id,
        "name": line.mineral.name,
        "on_us_2025_list": line.mineral.on_us_2025_list,
        "newest_year": line.newest_year,
        **{table: line.rows.get(table, 0) for table in COVERED_TABLES},
        **{f"figures_{group}": line.states.get(group, 0) for group in GROUPS},
    }


def _covered(found: Coverage) -> Stack:
    rows = (
        (
            line.mineral.name,
            str(line.newest_year or "–"),
            *(str(line.rows.get(table, 0) or "–") for table in ON_SCREEN),
            f"{line.share('reported'):.0%}",
            f"{line.share('withheld'):.0%}",
        )
        for line in found.listed
    )
    others = len(found.minerals) - len(found.listed)
    columns = ("Mineral", "Newest", *(SHORT.get(table, table) for table in ON_SCREEN), "Reported", "Withheld")
    return Stack(
        Text(found.outcome, style="bold"),
        "",
        listing("Rows on each mineral of the US 2025 list", columns, rows, right=columns[1:]),
        "",
        Text(f"{others} more minerals and groups, and more tables, are in the other forms: --format csv."),
    )


SHORT = {"production": "mined", "refining": "refined", "tariff_codes": "codes", "chains": "steps"}


def show(
    table: Annotated[
        str | None, Parameter(help="The table's name; without one, the tables are listed.")
    ] = None,
    /,
    *,
    where: Annotated[
        list[str] | None,
        Parameter(
            negative="",
            metavar="COLUMN=TEXT",
            help="Only rows of which a column says this: column=text, as often as you like.",
        ),
    ] = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Show a table of the atlas, each row with its source and licence.

    Nothing is given when the licence of any row forbids passing it on. Numbers keep every digit; an empty
    cell is missing, and the state says why.
    """
    settings = settings_of(place, format=form)
    atlas = open_atlas(zone_folders(settings)[1])
    if table is None:
        emit(_tables(atlas), settings.format, out)
        return
    chosen = _chosen(atlas, table, where or [])
    rows = list(export_rows(atlas, table, chosen))
    is_table = form_of(settings.format, out) == "table"
    emit(
        Answer(
            table=lambda: _drawn(table, rows),
            data=[] if is_table else rows,
            rows=lambda: rows,
        ),
        settings.format,
        out,
    )


def _tables(atlas: Atlas) -> Answer:
    columns = {name: [field.name for field in fields(TABLES[name])] for name in atlas.tables}
    rows = [{"table": n, "rows": len(atlas.rows(n)), "columns": columns[n]} for n in atlas.tables]
    told = ((name, f"{len(atlas.rows(name)):,}", ", ".join(columns[name])) for name in atlas.tables)
    return Answer(
        table=lambda: listing("", ("Table", "Rows", "Columns"), told, right=("Rows",)),
        data=rows,
        rows=lambda: rows,
    )


def _chosen(atlas: Atlas, table: str, conditions: list[str]) -> list[Any]:
    """Give the rows of a table that meet every condition."""
    rows = list(atlas.rows(table))
    columns = [field.name for field in fields(TABLES[table])]
    problems = []
    for condition in conditions:
        column, sign, wanted = condition.partition("=")
        if not sign:
            message = f"{condition!r} is no condition."
            problems.append(Problem("STN-USAGE-002", message, "Write column=text.", Where(path="--where")))
        elif column not in columns:
            near = get_close_matches(column, columns, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"Columns are {', '.join(columns)}."
            message = f"The table {table} has no column {column!r}."
            problems.append(Problem("STN-FOUND-001", message, remedy, Where(path="--where")))
        else:
            rows = [row for row in rows if _says(getattr(row, column), wanted)]
    if any(problem.code == "STN-FOUND-001" for problem in problems):
        raise NotFoundError(problems)
    if problems:
        raise UsageError(problems)
    return rows


def _says(value: object, wanted: str) -> bool:
    return wanted in value if isinstance(value, tuple) else as_text(value) == wanted


ASIDE = ("licence", "attribution", "note")
"""Columns too wide for a screen; every other form has them."""


def _drawn(table: str, rows: list[dict[str, str]]) -> Stack:
    """Draw the rows that fit a screen; what is the same in all of them is said once."""
    if not rows:
        return Stack(Text(f"No row of {table} says that."))
    names = [name for name in rows[0] if name not in ASIDE and any(row[name] for row in rows)]
    same = [name for name in names if len(rows) > 1 and len({row[name] for row in rows}) == 1]
    names = [name for name in names if name not in same]
    first: Iterable[dict[str, str]] = islice(rows, MOST_ON_SCREEN)
    parts: list[Any] = [listing("", names, ([row[name] for name in names] for row in first))]
    if len(rows) > MOST_ON_SCREEN:
        rest = f"and {len(rows) - MOST_ON_SCREEN:,} more rows; --where chooses, --format csv gives them all."
        parts.append(Text(rest))
    if same:
        told = "; ".join(f"{name} {rows[0][name]}" for name in same)
        parts += ["", Text(f"The same in all rows: {told}.")]
    credits = [*dict.fromkeys(row["attribution"] for row in rows if row.get("attribution"))]
    if credits:
        more = f" and {len(credits) - MOST_CREDITS} more" if len(credits) > MOST_CREDITS else ""
        parts += ["", Text(f"Credit: {'; '.join(credits[:MOST_CREDITS])}{more}.", style=QUIET)]
    return Stack(*parts)
