"""`stannary design`, `stannary sensitivity`, `stannary losses`: search, rank unknowns, weigh losses."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from stannary.cli.failures import warn
from stannary.cli.market import RUN, open_market
from stannary.cli.options import ANSWER, Form, Place, settings_of, zone_of
from stannary.cli.output import Answer, arriving_folder, as_json, emit
from stannary.cli.simulate import drawn_to
from stannary.cli.waiting import watching

if TYPE_CHECKING:
    from stannary.market.designs import Design
    from stannary.market.pareto import Front
    from stannary.report.drawing import Spec
    from stannary.zone import Zone

__all__ = ["design", "losses", "sensitivity"]

Folder = Annotated[
    Path | None,
    Parameter(name="--out", group=ANSWER, metavar="FOLDER", help="A folder for the numbers and pictures."),
]
Mineral = Annotated[str, Parameter(help="The mineral, such as gallium. See: stannary markets")]


@Parameter(name="*", group=RUN)
@dataclass(frozen=True)
class Sampled:
    """How what is not known is drawn."""

    seed: Annotated[int, Parameter(help="The seed of the draws; the same seed, the same answer.")] = 0
    regions: Annotated[
        Literal["economies", "bloc"],
        Parameter(help="economies: those that matter stand alone; bloc: zone, dominant supplier and rest."),
    ] = "economies"


def design(
    mineral: Mineral,
    /,
    *,
    goal: Annotated[
        str,
        Parameter(
            group=RUN,
            help="What is to be reached: a measure, a limit, a year and a probability. Measures are share "
            "REGION (or any, or outside), made, and price; 'of PRODUCT' names one stage.",
        ),
    ],
    levers: Annotated[
        str,
        Parameter(
            group=RUN,
            help="What may be set, separated by commas: floors, support, stocks; of one product as "
            "floors:gallium.metal; between bounds as floors:gallium.metal=200000..700000.",
        ),
    ] = "floors,support",
    scenarios: Annotated[
        str, Parameter(group=RUN, help="Where it must hold, separated by commas. See: stannary scenarios")
    ] = "business_as_usual",
    draws: Annotated[int, Parameter(group=RUN, help="Draws that places are tried on.")] = 64,
    check: Annotated[int, Parameter(group=RUN, help="Fresh draws that the answer is counted on.")] = 1000,
    starts: Annotated[int, Parameter(group=RUN, help="From how many places slopes are followed.")] = 3,
    since: Annotated[
        int | None, Parameter(group=RUN, help="The first year of the levers; the zone's first whole year.")
    ] = None,
    until: Annotated[int | None, Parameter(group=RUN, help="The last year; that of the goal.")] = None,
    front: Annotated[
        int, Parameter(group=RUN, help="Also sweep cost against security, over this many designs.")
    ] = 0,
    sampled: Sampled | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Folder = None,
) -> None:
    """Find floors, support and stocks that reach a goal at least cost to users and treasury.

    What is found is counted on fresh draws that nothing was fitted to. A goal out of reach gives the nearest
    design, and says so; the command then still ends well.
    """
    settings = settings_of(place, format=form)
    open_market(settings)
    from stannary.report.design_pictures import front_line
    from stannary.report.design_told import design_as_data, told_design

    zone, sampled = zone_of(settings), sampled or Sampled()
    asked: dict[str, Any] = {
        "mineral": mineral, "levers": _listed(levers), "scenarios": _listed(scenarios), "draws": draws,
        "since": since, "until": until, "seed": sampled.seed, "regions": sampled.regions,
    }  # fmt: skip
    found, swept = _searched(zone, goal, asked, check, starts, front)
    pictures = {"front": front_line(swept)} if swept is not None and swept.points else {}
    words: list[object] = ["design", mineral, "--goal", goal, "--levers", levers, "--scenarios", scenarios]
    words += ["--draws", draws, "--check", check, "--starts", starts, "--front", front]
    words += [] if since is None else ["--since", since]
    words += [] if until is None else ["--until", until]
    command = _command(words, sampled, place, out)
    _answer(
        lambda: told_design(found, swept),
        lambda files: design_as_data(found, swept, command=command, files=files),
        lambda: [_flat(each) for each in design_as_data(found)["levers"]],
        pictures,
        settings.format,
        out,
        "design",
    )


def _searched(
    zone: Zone, goal: str, asked: dict[str, Any], check: int, starts: int, points: int
) -> tuple[Design, Front | None]:
    """Search for a design and, where asked, sweep cost against security, with one bar for both."""
    from stannary.market.pareto import front
    from stannary.market.search import design

    with watching(f"Searching, {asked['mineral']}") as progress:
        told = None if progress is None or not points else lambda done: progress(0.5 * done)
        found = design(
            zone.charter, zone.atlas, goal, **asked, check=check, starts=starts, progress=told or progress
        )
        if not points:
            return found, None
        rest = None if progress is None else lambda done: progress(50.0 + 0.5 * done)
        return found, front(zone.charter, zone.atlas, goal, **asked, points=points, progress=rest)


def sensitivity(
    mineral: Mineral,
    /,
    *,
    of: Annotated[
        str,
        Parameter(
            group=RUN,
            help="A measure and a year, such as 'price of gallium.metal in 2035'.",
        ),
    ],
    scenario: Annotated[str, Parameter(group=RUN, help="What happens. See: stannary scenarios")] = (
        "business_as_usual"
    ),
    rows: Annotated[
        int,
        Parameter(group=RUN, help="Rows of draws; each is run once for every unknown, and twice."),
    ] = 256,
    sampled: Sampled | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Folder = None,
) -> None:
    """Rank what is not known of a market by how much it matters for a measure.

    Sobol' indices with their intervals, every prior listed.
    """
    settings = settings_of(place, format=form)
    open_market(settings)
    from stannary.market.sensitivity import sensitivity as rank
    from stannary.report.design_pictures import influences
    from stannary.report.design_told import sensitivity_as_data, sensitivity_rows, told_sensitivity

    zone, sampled = zone_of(settings), sampled or Sampled()
    with watching(f"Drawing, {mineral}") as progress:
        found = rank(
            zone.charter, zone.atlas, of, mineral=mineral, scenario=scenario, rows=rows, seed=sampled.seed,
            regions=sampled.regions, progress=progress,
        )  # fmt: skip
    words: list[object] = ["sensitivity", mineral, "--of", of, "--scenario", scenario, "--rows", rows]
    command = _command(words, sampled, place, out)
    _answer(
        lambda: told_sensitivity(found),
        lambda files: sensitivity_as_data(found, command=command, files=files),
        lambda: sensitivity_rows(found),
        {"influences": influences(found)},
        settings.format,
        out,
        "sensitivity",
    )


def losses(
    *,
    minerals: Annotated[str, Parameter(group=RUN, help="Which minerals, separated by commas; all.")] = "",
    scenarios: Annotated[str, Parameter(group=RUN, help="Which scenarios, separated by commas; all.")] = "",
    until: Annotated[int, Parameter(group=RUN, help="The last year.")] = 2035,
    draws: Annotated[int, Parameter(group=RUN, help="How many draws of what is not known.")] = 32,
    sampled: Sampled | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Folder = None,
) -> None:
    """Weigh what the zone stands to lose: every scenario with a probability, on every market it reaches.

    Loss to producers, final users and treasuries of the zone against business as usual, times the
    probability; assumed probabilities are marked.
    """
    settings = settings_of(place, format=form)
    open_market(settings)
    from stannary.market.loss import loss
    from stannary.report.design_pictures import expected_losses
    from stannary.report.design_told import loss_rows, losses_as_data, told_losses

    zone, sampled = zone_of(settings), sampled or Sampled()
    with watching("Weighing losses") as progress:
        found = loss(
            zone.charter, zone.atlas, minerals=_listed(minerals), scenarios=_listed(scenarios), until=until,
            draws=draws, seed=sampled.seed, regions=sampled.regions, progress=progress,
        )  # fmt: skip
    words: list[object] = ["losses", "--until", until, "--draws", draws]
    words += ["--minerals", minerals] if minerals else []
    words += ["--scenarios", scenarios] if scenarios else []
    command = _command(words, sampled, place, out)
    _answer(
        lambda: told_losses(found), lambda files: losses_as_data(found, command=command, files=files),
        lambda: loss_rows(found), {"losses": expected_losses(found)}, settings.format, out, "losses",
    )  # fmt: skip


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "words"}


def _answer(
    table: Callable[[], Any],
    data: Callable[[list[str]], dict[str, Any]],
    rows: Callable[[], Any],
    pictures: dict[str, Spec],
    form: str | None,
    out: Path | None,
    name: str,
) -> None:
    """Write the answer and, with a folder, its numbers and pictures."""
    files: list[str] = []
    if out is not None:
        with arriving_folder(out) as space:
            drawn_to(space, pictures)
            (space / f"{name}.json").write_text(as_json(data([])) + "\n", "utf-8")
            files = [str(out / path.name) for path in sorted(space.iterdir())]
    emit(Answer(table=table, data=data(files), rows=rows), form)
    if files:
        warn(f"Wrote {', '.join(files)}.")


def _command(words: list[object], sampled: Sampled, place: Place | None, out: Path | None) -> str:
    """Give the command that makes the same answer again."""
    told = ["stannary", *map(str, words), "--seed", str(sampled.seed), "--regions", sampled.regions]
    for name in ("zone", "charter", "atlas"):
        value = getattr(place, name, None)
        if value is not None:
            told += [f"--{name}", value]
    return shlex.join([*told, "--out", str(out)] if out is not None else told)
