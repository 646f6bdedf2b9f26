"""`stannary charter`: show, check and compare charters, or begin one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Group as Stack
from rich.text import Text

from stannary.charter.charter import Charter
from stannary.charter.checks import check as check_charter
from stannary.charter.coherence import Exposure, exposure
from stannary.charter.difference import diff as difference
from stannary.charter.membership import SETS
from stannary.charter.price_floors import FloorInForce
from stannary.charter.reader import open_charter
from stannary.cli.failures import as_data, as_sentence, warn
from stannary.cli.options import AsOf, Form, Out, charter_folder, day_of, settings_of, zone_folders
from stannary.cli.output import Answer, emit, refusing
from stannary.dated import LAST_DAY
from stannary.errors import CharterError, Place, Problem
from stannary.report.tables import listing
from stannary.report.words import cents, title_of
from stannary.zone import shipped_folder

__all__ = ["check", "diff", "new", "show"]

INVALID = 3
Folder = Annotated[
    str | None,
    Parameter(help="The charter's folder, or forge or toy; that of the settings, unless you say."),
]


def show(folder: Folder = None, /, *, as_of: AsOf = None, form: Form = None, out: Out = None) -> None:
    """Show the articles, the floors in force on a day, and who is in which set.

    Floors are USD per tonne of contained mineral.
    """
    settings = settings_of(charter=folder, as_of=as_of, format=form)
    charter = open_charter(zone_folders(settings)[0])
    on = day_of(settings)
    floors = [floor for floor in charter.floors if floor.start <= on <= (floor.end or LAST_DAY)]
    sets = {name: sorted(charter.membership.members(name, on)) for name in SETS}
    emit(
        Answer(
            table=lambda: _shown(charter, on, floors, sets),
            data={
                "outcome": charter.outcome,
                "charter": charter.citation.charter,
                "version": charter.citation.version,
                "in_force_from": charter.citation.in_force_from,
                "in_force_to": charter.citation.in_force_to,
                "fingerprint": charter.fingerprint,
                "as_of": on,
                "articles": list(charter.articles),
                "floors": [_floor_row(charter, floor) for floor in floors],
                "membership": sets,
            },
            rows=lambda: (_floor_row(charter, floor) for floor in floors),
        ),
        settings.format,
        out,
    )


def _floor_row(charter: Charter, floor: FloorInForce) -> dict[str, Any]:
    product = charter.scope.product(floor.product)
    return {
        "product": floor.product,
        "title": product.title if product else None,
        "mineral": product.mineral if product else None,
        "stage": product.stage if product else None,
        "floor_usd_per_t": floor.usd_per_t,
        "from": floor.start,
        "to": floor.end,
        "kind": floor.kind,
        "how": floor.how,
        "source": floor.source,
        "assumed": floor.assumed,
    }


def _shown(charter: Charter, on: date, floors: list[FloorInForce], sets: dict[str, list[str]]) -> Stack:
    names = charter.membership.names
    members = (
        (names.get(name, title_of(name)), f"{len(inside)}", " ".join(inside) or "nobody")
        for name, inside in sets.items()
    )
    told = (
        (
            floor.product,
            cents(floor.usd_per_t),
            f"{floor.start}",
            floor.how,
            "assumed" if floor.assumed else str(floor.source),
        )
        for floor in sorted(floors, key=lambda floor: floor.product)
    )
    assumed = sum(1 for floor in floors if floor.assumed)
    return Stack(
        Text(charter.outcome, style="bold"),
        Text(f"Articles: {', '.join(charter.articles)}."),
        "",
        listing(
            f"Who is in which set on {on}", ("Set", "How many", "Economies"), members, right=("How many",)
        ),
        "",
        listing(
            f"Floors in force on {on}: {len(floors)}, {assumed} of them assumed",
            ("Product", "USD/t", "Since", "How", "Source"),
            told,
            right=("USD/t",),
        ),
    )


def check(folder: Folder = None, /, *, as_of: AsOf = None, form: Form = None, out: Out = None) -> int:
    """List everything wrong with a charter, and the stages its floors leave exposed.

    Errors make the charter bad law and leave with code 3; warnings are for a person to read. A stage is
    exposed by the USD per tonne by which its floor lies below the cost of its inputs at their own floors.
    """
    settings = settings_of(charter=folder, as_of=as_of, format=form)
    place = zone_folders(settings)[0]
    on = day_of(settings)
    stages: tuple[Exposure, ...] = ()
    try:
        charter = open_charter(place)
        problems: tuple[Problem, ...] = check_charter(charter, on)
        stages = exposure(charter, on)
    except CharterError as error:
        problems = error.problems
    errors = sum(problem.severity == "error" for problem in problems)
    sentence = (
        f"{place}: {_counted(errors, 'error')}, {_counted(len(problems) - errors, 'warning')}; "
        f"{_counted(sum(s.state == 'exposed' for s in stages), 'stage')} left exposed on {on}."
    )
    if errors:
        sentence = f"{place}: {_counted(errors, 'error')}. The charter cannot be used."
    emit(
        Answer(
            table=lambda: _checked(sentence, problems, stages),
            data={
                "outcome": sentence,
                "errors": errors,
                "as_of": on,
                "problems": [as_data(problem) for problem in problems],
                "exposure": [_stage_row(stage) for stage in stages],
            },
            rows=lambda: (as_data(problem) for problem in problems),
        ),
        settings.format,
        out,
    )
    return INVALID if errors else 0


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _stage_row(stage: Exposure) -> dict[str, Any]:
    return {
        "product": stage.product,
        "state": stage.state,
        "floor_usd_per_t": stage.floor,
        "cost_at_input_floors_usd_per_t": stage.cost,
        "margin_usd_per_t": stage.margin_usd_per_t,
        "margin_share": stage.margin_share,
        "nominal_protection": stage.nominal,
        "effective_protection": stage.effective,
        "missing": list(stage.missing),
        "words": stage.outcome,
    }


def _checked(sentence: str, problems: tuple[Problem, ...], stages: Iterable[Exposure]) -> Stack:
    told = (
        (
            problem.code,
            problem.severity,
            str(problem.place),
            f"{as_sentence(problem.message)} {problem.remedy}".strip(),
        )
        for problem in problems
    )
    chain = (
        (
            stage.product,
            stage.state,
            cents(stage.floor),
            cents(stage.cost),
            cents(stage.margin_usd_per_t),
            "–" if stage.margin_share is None else f"{stage.margin_share:+.1%}",
            "–" if stage.effective is None else f"{stage.effective:+.1%}",
            "; ".join(stage.missing),
        )
        for stage in stages
        if stage.state != "first"
    )
    parts: list[Any] = [Text(sentence, style="bold")]
    if problems:
        parts += ["", listing("", ("Code", "Kind", "Where", "What, and what would be right"), told)]
    numbers = ("Floor", "Cost", "Margin", "Share", "Effective")
    columns = ("Stage", "State", *numbers, "Missing")
    title = "Floors along the chain: USD/t; cost is that of the inputs at their floors, and conversion"
    table = listing(title, columns, chain, right=numbers)
    if table.row_count:
        parts += ["", table]
    return Stack(*parts)


def diff(
    old: Annotated[str, Parameter(help="The earlier charter's folder, or forge or toy.")],
    new: Annotated[str, Parameter(help="The later charter's folder, or forge or toy.")],
    /,
    *,
    form: Form = None,
    out: Out = None,
) -> None:
    """Tell in words and numbers what changed between two charters.

    Floors and memberships are compared as they stand in force, day by day; all else as it is written.
    """
    settings = settings_of(format=form)
    refusals: list[Problem] = []
    charters = []
    for name in (old, new):
        try:
            charters.append(open_charter(charter_folder(name)))
        except CharterError as error:
            refusals += error.problems
    if refusals:
        raise CharterError(refusals)
    found = difference(*charters)
    told = ((change.path, change.words) for change in found.changes)
    emit(
        Answer(
            table=lambda: Stack(
                Text(found.outcome, style="bold"), "", listing("", ("Where", "What changed"), told)
            ),
            data={"outcome": found.outcome, "changes": found.rows()},
            rows=found.rows,
        ),
        settings.format,
        out,
    )


def new(
    folder: Annotated[Path, Parameter(help="The folder to make; it must not exist yet, or be empty.")],
    /,
    *,
    like: Annotated[str, Parameter(name="--from", help="What to begin from: toy (small) or forge.")] = "toy",
) -> None:
    """Begin a charter: a small, commented one to change."""
    source = shipped_folder(like) / "charter"
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        problem = Problem(
            "STN-CHARTER-019",
            "The charter cannot be written there: the place is taken.",
            "Name a folder that does not exist yet, or an empty one.",
            Place(str(folder)),
        )
        raise CharterError([problem])
    with refusing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".stannary-", dir=folder.parent) as space:
            draft = shutil.copytree(source, Path(space) / "charter")
            draft.replace(folder)
    files = len(list(folder.glob("*.yaml")))
    warn(f"Wrote {files} articles to {folder}. Change citation.yaml first; then:")
    warn(f"  stannary charter check {folder}")
    warn(f"  stannary demo --zone {like} --charter {folder}")
