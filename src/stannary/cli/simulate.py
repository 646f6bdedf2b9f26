"""`stannary simulate`: the market of a mineral under a charter and a scenario, told and drawn."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from stannary.cli.failures import warn
from stannary.cli.market import RUN, must_be_solved, open_market
from stannary.cli.options import ANSWER, Form, Place, settings_of, zone_of
from stannary.cli.output import Answer, arriving_folder, as_json, emit
from stannary.cli.waiting import watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from stannary.market.outlook import Outlook
    from stannary.report.drawing import Spec
    from stannary.zone import Zone

__all__ = ["Setup", "drawn_to", "run_scenario", "simulate"]

FILES = (".nc", ".parquet")


@Parameter(name="*", group=RUN)
@dataclass(frozen=True)
class Setup:
    """How a market is simulated."""

    draws: Annotated[
        int, Parameter(help="How many draws of what is not known; 1 is the model as calibrated.")
    ] = 1
    seed: Annotated[int, Parameter(help="The seed of the draws; the same seed, the same draws.")] = 0
    until: Annotated[int, Parameter(help="The last year.")] = 2040
    quarterly: Annotated[bool, Parameter(negative=(), help="Count in quarters in place of years.")] = False
    regions: Annotated[
        Literal["economies", "bloc"],
        Parameter(help="economies: those that matter stand alone; bloc: zone, dominant supplier and rest."),
    ] = "economies"
    keep: Annotated[
        Literal["measures", "accounts", "flows"],
        Parameter(help="What is kept: prices, tonnes and gains; all accounts; flows between regions too."),
    ] = "measures"


def simulate(
    mineral: Annotated[str, Parameter(help="The mineral, such as gallium. See: stannary markets")],
    /,
    *,
    scenario: Annotated[
        str,
        Parameter(group=RUN, help="What happens: a scenario's name, or its file. See: stannary scenarios"),
    ] = "business_as_usual",
    setup: Setup | None = None,
    place: Place | None = None,
    form: Form = None,
    out: Annotated[
        Path | None,
        Parameter(
            group=ANSWER,
            metavar="PLACE",
            help="A folder for the page, its pictures and the numbers; or a file, .nc or .parquet, for the "
            "numbers alone.",
        ),
    ] = None,
) -> None:
    """Simulate the market of a mineral under a charter and a scenario.

    Every draw is run under the law and without its floors. A draw that cannot be solved holds no number, and
    is listed with the reason. --format csv, ndjson or parquet gives quantiles by variable, product, region
    and period.
    """
    settings = settings_of(place, format=form)
    open_market(settings)
    setup = setup or Setup()
    zone = zone_of(settings)
    with watching(f"Simulating {mineral}, {scenario}") as progress:
        outlook = run_scenario(zone, mineral, scenario, setup, progress)
    command = command_line(["simulate", mineral, "--scenario", scenario], setup, place, out)
    files = written(outlook, out, command)
    from stannary.report.market_terminal import told_outlook
    from stannary.report.market_told import outlook_as_data, quantile_rows

    answer = Answer(
        table=lambda: told_outlook(outlook),
        data=outlook_as_data(outlook, command=command, files=files),
        rows=lambda: quantile_rows(outlook),
    )
    emit(answer, settings.format)
    if files:
        warn(f"Wrote {', '.join(files)}.")
    must_be_solved(outlook)


def run_scenario(
    zone: Zone, mineral: str, scenario: str, setup: Setup, progress: Callable[[float], None] | None = None
) -> Outlook:
    """Run one scenario of a zone."""
    from stannary.market.scenario_reader import open_scenario
    from stannary.market.simulation import simulate as run

    return run(
        zone.charter,
        zone.atlas,
        open_scenario(scenario, zone.charter, zone.atlas),
        mineral=mineral,
        draws=setup.draws,
        seed=setup.seed,
        until=setup.until,
        quarterly=setup.quarterly,
        regions=setup.regions,
        keep=setup.keep,
        progress=progress,
    )


def written(outlook: Outlook, out: Path | None, command: str) -> list[str]:
    """Write an outlook to a file, or with its page and pictures to a folder; give what was written."""
    from stannary.market.outlook_files import save_outlook

    if out is None:
        return []
    if out.suffix.lower() in FILES:
        return [str(save_outlook(outlook, out))]
    from stannary.report.market_page import outlook_page
    from stannary.report.market_pictures import price_fan, sources_by_period
    from stannary.report.market_told import outlook_as_data

    with arriving_folder(out) as space:
        save_outlook(outlook, space / "outlook.nc")
        pictures: dict[str, Spec] = {}
        for product in outlook.products:
            pictures[f"price-{product}"] = price_fan(outlook, product)
            pictures[f"sources-{product}"] = sources_by_period(outlook, product)
        drawn_to(space, pictures)
        (space / "outlook.json").write_text(as_json(outlook_as_data(outlook, command=command)), "utf-8")
        names = sorted(path.name for path in space.iterdir())
        page = outlook_page(outlook, command=command, files=[str(out / name) for name in names])
        (space / "report.html").write_text(page, "utf-8")
        names = sorted(path.name for path in space.iterdir())
    return [str(out / name) for name in names]


def drawn_to(space: Path, pictures: dict[str, Spec]) -> None:
    """Draw pictures as SVG and PNG into a folder; nothing where they cannot be drawn."""
    from stannary.report.drawing import can_draw, draw, draw_png, titled

    if not can_draw():
        return
    for name, plain in pictures.items():
        spec = titled(plain)
        (space / f"{name}.svg").write_text(draw(spec, name.replace(".", "-")), "utf-8")
        (space / f"{name}.png").write_bytes(draw_png(spec))


def command_line(words: list[str], setup: Setup, place: Place | None, out: Path | None) -> str:
    """Give the command that makes the same answer again."""
    told = ["stannary", *words]
    plain: Any = Setup()
    for name in ("draws", "seed", "until", "regions", "keep"):
        value = getattr(setup, name)
        if value != getattr(plain, name):
            told += [f"--{name}", str(value)]
    if setup.quarterly:
        told.append("--quarterly")
    for name in ("zone", "charter", "atlas"):
        value = getattr(place, name, None)
        if value is not None:
            told += [f"--{name}", value]
    return shlex.join([*told, "--out", str(out)] if out is not None else told)
