"""`stannary compare`: scenarios of one market side by side, or outlooks that were saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from stannary.cli.failures import warn
from stannary.cli.market import RUN, must_be_solved, open_market
from stannary.cli.options import ANSWER, Form, Place, settings_of, zone_of
from stannary.cli.output import Answer, arriving_folder, as_json, emit
from stannary.cli.simulate import FILES, Setup, command_line, drawn_to, run_scenario
from stannary.cli.waiting import watching
from stannary.errors import Problem, UsageError

if TYPE_CHECKING:
    from stannary.market.comparison import Comparison
    from stannary.market.outlook import Outlook
    from stannary.zone import Zone

__all__ = ["compare"]


def compare(
    *what: Annotated[
        str, Parameter(help="A mineral, with --scenarios; or two or more saved outlooks, .nc or .parquet.")
    ],
    scenarios: Annotated[
        str | None,
        Parameter(
            group=RUN,
            metavar="NAMES",
            help="Scenarios to compare, separated by commas; the first is the base.",
        ),
    ] = None,
    setup: Setup | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Annotated[
        Path | None,
        Parameter(
            group=ANSWER, metavar="FOLDER", help="A folder for the page, its pictures and the numbers."
        ),
    ] = None,
) -> None:
    """Compare scenarios of a market: who gains, who pays, what changes, each against the first.

    Scenarios of one run share their draws, so that what is unsure in all alike cancels out of the
    differences. Money is exact areas and flows, not discounted.
    """
    settings = settings_of(place, format=form)
    open_market(settings)
    setup = setup or Setup()
    names = [name.strip() for name in (scenarios or "").split(",") if name.strip()]
    saved = [Path(each) for each in what if Path(each).suffix.lower() in FILES]
    _must_fit(what, saved, names)
    if saved:
        from stannary.market.outlook_files import open_outlook

        outlooks = [open_outlook(path) for path in saved]
        words = ["compare", *map(str, saved)]
        command = command_line(words, Setup(), place, out)
    else:
        outlooks = _simulated(zone_of(settings), what[0], names, setup)
        command = command_line(["compare", what[0], "--scenarios", ",".join(names)], setup, place, out)
    _tell(outlooks, settings.format, out, command)


def _must_fit(what: tuple[str, ...], saved: list[Path], names: list[str]) -> None:
    message = ""
    if saved and (len(saved) < len(what) or names):
        message = "Saved outlooks are compared with one another, without a mineral or scenarios."
    elif saved and len(saved) < 2:
        message = "One outlook alone cannot be compared."
    elif not saved and (len(what) != 1 or len(names) < 2):
        message = "A comparison needs one mineral and two or more scenarios, or two or more saved outlooks."
    if message:
        remedy = "For example: stannary compare gallium --scenarios business_as_usual,gallium_germanium_ban"
        raise UsageError([Problem("STN-USAGE-001", message, remedy)])


def _simulated(zone: Zone, mineral: str, names: list[str], setup: Setup) -> list[Outlook]:
    found: list[Outlook] = []
    with watching(f"Simulating {mineral}") as progress:
        for place, name in enumerate(names):
            told = None if progress is None else _part(progress, place, len(names))
            found.append(run_scenario(zone, mineral, name, setup, told))
    return found


def _part(progress: Callable[[float], None], place: int, count: int) -> Callable[[float], None]:
    return lambda percentage: progress((100.0 * place + percentage) / count)


def _tell(outlooks: list[Outlook], form: str | None, out: Path | None, command: str) -> None:
    from stannary.market.comparison import compare as set_side_by_side
    from stannary.report.market_terminal import told_scenarios
    from stannary.report.market_told import comparison_as_data, outlook_as_data, quantile_rows

    for outlook in outlooks:
        must_be_solved(outlook)
    comparisons = [set_side_by_side(outlooks[0], each) for each in outlooks[1:]]
    data = {
        "comparisons": [comparison_as_data(each) for each in comparisons],
        "outlooks": [outlook_as_data(each) for each in outlooks],
        "command": command,
    }
    files = _written(outlooks, comparisons, out, command, data)
    answer = Answer(
        table=lambda: told_scenarios(outlooks, comparisons),
        data=data | {"files": files},
        rows=lambda: (row for outlook in outlooks for row in quantile_rows(outlook)),
    )
    emit(answer, form)
    if files:
        warn(f"Wrote {', '.join(files)}.")


def _written(
    outlooks: list[Outlook], comparisons: list[Comparison], out: Path | None, command: str, data: object
) -> list[str]:
    if out is None:
        return []
    from stannary.market.outlook_files import save_outlook
    from stannary.report.market_page import comparison_page
    from stannary.report.market_pictures import gains_by_party, price_fan

    product = outlooks[0].headline_product
    with arriving_folder(out) as space:
        for place, outlook in enumerate(outlooks):
            save_outlook(outlook, space / f"{place}-{outlook.story.scenario}.nc")
        pictures = {f"price-{each.story.scenario}": price_fan(each, product) for each in outlooks}
        pictures |= {f"gains-{each.after.story.scenario}": gains_by_party(each) for each in comparisons}
        drawn_to(space, pictures)
        (space / "comparison.json").write_text(as_json(data), "utf-8")
        names = sorted(path.name for path in space.iterdir())
        page = comparison_page(
            outlooks, comparisons, command=command, files=[str(out / name) for name in names]
        )
        (space / "report.html").write_text(page, "utf-8")
        names = sorted(path.name for path in space.iterdir())
    return [str(out / name) for name in names]
