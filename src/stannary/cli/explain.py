"""`stannary explain`: the story of one line, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Group as Stack
from rich.table import Table
from rich.text import Text

from stannary.border.determinations import open_determinations
from stannary.border.entries import COLUMNS_OF_AN_ENTRY
from stannary.border.explanation import Explanation, explain_determinations
from stannary.border.explanation import explain as explain_line
from stannary.cli.failures import warn
from stannary.cli.options import Form, Out, Place, settings_of, zone_of
from stannary.cli.output import Answer, emit
from stannary.errors import Place as Where
from stannary.errors import Problem, UsageError
from stannary.report.tables import QUIET
from stannary.zone import Zone

__all__ = ["explain"]


def explain(
    file: Annotated[
        Path | None, Parameter(help="Determinations that stannary assess wrote, as Parquet; or give --set.")
    ] = None,
    /,
    *,
    entry: Annotated[str | None, Parameter(help="The entry's number.")] = None,
    line: Annotated[
        str | None, Parameter(help="The line's number in the entry; all its lines, unless you say.")
    ] = None,
    given: Annotated[
        list[str] | None,
        Parameter(
            name="--set",
            negative="",
            metavar="COLUMN=VALUE",
            help="A column of a line you describe yourself: tariff_code=28469010, as often as needed. "
            "See: stannary codes columns",
        ),
    ] = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Tell how a line was decided: each step, number, article and source, and what would change it.

    Prices are USD per tonne of contained mineral. The line is assessed again under the zone's charter; where
    the file was made under another, that is said.
    """
    settings = settings_of(place, format=form)
    if (file is None) == (not given):
        message = "Name a file of determinations with --entry, or describe a line with --set."
        raise UsageError([Problem("STN-USAGE-001", message, "Give one of the two.")])
    if file is not None:
        if entry is None:
            remedy = "Give --entry, and --line for one of its lines."
            raise UsageError([Problem("STN-USAGE-001", "Which entry is to be explained?", remedy)])
        determinations = open_determinations(file)
        zone = zone_of(settings)
        if determinations.lineage.charter != zone.charter.fingerprint:
            warn(
                f"The file was made under {determinations.charter!r}, and not in the wording of the charter "
                "here; --zone or --charter names the right one."
            )
        told = explain_determinations(zone.charter, zone.atlas, determinations, entry, line)
    else:
        told = (_described(zone_of(settings), given or []),)
    emit(
        Answer(
            table=lambda: _drawn(told),
            data=_row(told[0]) if len(told) == 1 else [_row(each) for each in told],
            rows=lambda: (asdict(step) for each in told for step in each.steps),
        ),
        settings.format,
        out,
    )


def _described(zone: Zone, given: Sequence[str]) -> Explanation:
    """Explain a line described on the command line, refusing columns nobody knows."""
    known = [column.name for column in COLUMNS_OF_AN_ENTRY]
    line: dict[str, Any] = {"entry_number": "described", "line_number": "1"}
    problems = []
    for words in given:
        column, sign, value = words.partition("=")
        if not sign:
            remedy = "Write column=value, such as value=792000."
            problems.append(Problem("STN-USAGE-002", f"{words!r} sets nothing.", remedy, Where(path="--set")))
        elif column not in known:
            near = get_close_matches(column, known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else "stannary codes columns lists them."
            message = f"Entry lines have no column {column!r}."
            problems.append(Problem("STN-USAGE-002", message, remedy, Where(path="--set")))
        else:
            line[column] = value
    if problems:
        raise UsageError(problems)
    return explain_line(zone.charter, zone.atlas, line)


def _row(told: Explanation) -> dict[str, Any]:
    found = told.determination
    return {
        "outcome": told.outcome,
        "determination": {
            "outcome": found.outcome,
            "reason": found.reason,
            "entry_number": found.entry_number,
            "line_number": found.line_number,
            "product": found.product,
            "origin": found.origin,
            "exemption": found.exemption,
            "rule": found.rule,
            "floor_usd_per_t": found.floor_usd_per_t,
            "customs_value_usd": found.customs_value_usd,
            "adjustment_usd": found.adjustment_usd,
        },
        "steps": [asdict(step) for step in told.steps],
        "what_would_change": [asdict(change) for change in told.what_would_change],
        "matches_record": told.matches_record,
    }


def _drawn(told: Sequence[Explanation]) -> Stack:
    parts: list[Any] = []
    for each in told:
        if parts:
            parts.append("")
        parts += [Text(each.outcome, style="bold"), "", _steps(each)]
        if each.what_would_change:
            parts += ["", Text("What would change the result", style="bold")]
            parts.append(_indented(("–", Text(change.words)) for change in each.what_would_change))
        if not each.matches_record and each.recorded is not None:
            recorded = f"{each.recorded['outcome']}, {each.recorded['adjustment_usd']} USD"
            words = f"The file says {recorded}: it was made under another charter or atlas."
            parts += ["", Text(words, style="bold")]
    return Stack(*parts)


def _steps(told: Explanation) -> Table:
    lines = []
    for number, step in enumerate(told.steps, start=1):
        said = f"{step.article}; {step.source}" if step.source else step.article
        finding = Text.assemble((f"{step.name}: ", "bold"), step.finding, "\n", (said, QUIET))
        lines.append((f"{number}", finding))
    return _indented(lines)


def _indented(lines: Iterable[tuple[str, Text]]) -> Table:
    """Set texts beside their marks, so that what runs on stays under what it belongs to."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", style=QUIET, min_width=2)
    grid.add_column()
    for mark, text in lines:
        grid.add_row(mark, text)
    return grid
