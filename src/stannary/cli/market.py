"""`stannary markets` and `stannary scenarios`, and the door to the room that simulates."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from stannary.cli.options import Form, Out, Place, settings_of, zone_of
from stannary.cli.output import Answer, emit
from stannary.errors import Problem, SolverError, UsageError
from stannary.report.tables import listing

if TYPE_CHECKING:
    from stannary.market.outlook import Outlook
    from stannary.settings import Settings

__all__ = ["RUN", "markets", "must_be_solved", "open_market", "scenarios"]

RUN = Group("Run", sort_key=0)
NEEDED = ("jax", "xarray", "scipy")
MOST = 20


def open_market(settings: Settings) -> None:
    """Make ready to simulate: look whether the extra is there, and keep compiled programs for the next run.

    Raises `UsageError` (STN-USAGE-006) where the extra `market` is not installed.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        message = f"Simulating needs {', '.join(missing)}, which is not installed."
        raise UsageError([Problem("STN-USAGE-006", message, "Install stannary[market].")])
    from stannary.market.batches import keep_compiled

    keep_compiled(Path(settings.cache).expanduser() / "compiled")


def must_be_solved(outlook: Outlook) -> None:
    """Refuse an outlook of which no draw was solved: raises `SolverError` (STN-MARKET-006), draw by draw."""
    if outlook.solved.any():
        return
    raise SolverError(
        Problem("STN-MARKET-006", f"Draw {failure.draw}, {failure.period}: {failure.reason}.")
        for failure in outlook.story.failures[:MOST]
    )


def markets(*, place: Place | None = None, form: Form = None, out: Out = None) -> None:
    """List the minerals whose markets can be simulated, layer by layer."""
    from stannary.market.recipes import open_recipe, recipes

    settings = settings_of(place, format=form)
    atlas = zone_of(settings).atlas
    rows: list[dict[str, Any]] = []
    for mineral in recipes(atlas):
        recipe = open_recipe(atlas, mineral)
        goods = [good.product for layer in recipe.layers for good in layer.goods]
        rows.append(
            {"mineral": mineral, "title": recipe.title, "base_year": recipe.base_year,
             "layers": [layer.name for layer in recipe.layers], "products": goods}
        )  # fmt: skip
    told = (
        (
            row["mineral"],
            row["title"],
            str(row["base_year"]),
            " > ".join(row["layers"]),
            ", ".join(row["products"]),
        )
        for row in rows
    )
    columns = ("Mineral", "Title", "Base year", "Layers", "Products")
    emit(Answer(table=lambda: listing("", columns, told), data=rows, rows=lambda: rows), settings.format, out)


def scenarios(
    *,
    mineral: Annotated[
        str | None, Parameter(help="Only those told of this mineral, such as gallium.")
    ] = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """List the scenarios of a zone: what happens, to which minerals, how likely it is held to be."""
    from stannary.market.scenario_reader import open_scenarios

    settings = settings_of(place, format=form)
    rows: list[dict[str, Any]] = []
    for each in open_scenarios(zone_of(settings)):
        if mineral not in (None, *each.minerals):
            continue
        chance = each.text.probability
        rows.append(
            {"scenario": each.id, "title": each.title,
             "probability": None if chance is None else chance.value,
             "by": None if chance is None else chance.by, "events": len(each.events),
             "minerals": list(each.minerals), "story": each.text.story}
        )  # fmt: skip
    told = (
        (row["scenario"], row["title"], "–" if row["probability"] is None else f"{row['probability']:.0%}",
         str(row["events"]), ", ".join(row["minerals"]))
        for row in rows
    )  # fmt: skip
    columns = ("Scenario", "Title", "Probability", "Events", "Minerals")
    table = lambda: listing("", columns, told, right=("Probability", "Events"))  # noqa: E731
    emit(Answer(table=table, data=rows, rows=lambda: rows), settings.format, out)
