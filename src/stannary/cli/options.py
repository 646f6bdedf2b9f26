"""Options that several commands share, and the settings and zone they lead to."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter, Token

from stannary.cli.failures import warn
from stannary.errors import NotFoundError
from stannary.settings import Settings, gather
from stannary.zone import SHIPPED, Zone, open_zone, open_zone_of, shipped_folder

__all__ = [
    "AsOf",
    "Form",
    "Out",
    "Place",
    "charter_folder",
    "day_of",
    "settings_of",
    "written_day",
    "zone_folders",
    "zone_of",
]

ZONE = Group("Zone", sort_key=1)
ANSWER = Group("Answer", sort_key=2)


@Parameter(name="*", group=ZONE)
@dataclass(frozen=True)
class Place:
    """In which zone a command works."""

    zone: Annotated[
        str | None,
        Parameter(metavar="ZONE", help="The zone: forge, toy, or a folder with charter/ and atlas/ in it."),
    ] = None
    charter: Annotated[
        str | None,
        Parameter(metavar="FOLDER", help="A folder with another charter than the zone's, such as your own."),
    ] = None
    atlas: Annotated[
        str | None, Parameter(metavar="FOLDER", help="A folder with another atlas than the zone's.")
    ] = None


Format = Literal["table", "json", "ndjson", "csv", "parquet"]
Form = Annotated[
    Format | None,
    Parameter(
        name="--format",
        metavar="FORM",
        group=ANSWER,
        help="How the answer is written: a table on a terminal and json in a pipe, unless you say.",
    ),
]
Out = Annotated[
    str | None,
    Parameter(
        name="--out",
        metavar="FILE",
        group=ANSWER,
        help="The file to write the answer to; - is standard output.",
    ),
]
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def written_day(_: object, tokens: Sequence[Token]) -> date:
    """Read a day as law writes it, YYYY-MM-DD, and in no other form of ISO 8601. Raises `ValueError`."""
    [token] = tokens
    try:
        if DAY.fullmatch(token.value):
            return date.fromisoformat(token.value)
    except ValueError:
        pass
    raise ValueError(f"{token.value[:40]!r} is not a day of the calendar: write, say, 2026-03-31.")


AsOf = Annotated[
    date | None,
    Parameter(
        name="--as-of",
        metavar="DAY",
        group=ZONE,
        converter=written_day,
        help="The day the law is asked for, YYYY-MM-DD; today, unless you say.",
    ),
]


def settings_of(place: Place | None = None, **flags: object) -> Settings:
    """Gather the settings for a command from its flags, the environment and the settings file."""
    place = place or Place()
    named = {"zone": place.zone, "charter": place.charter, "atlas": place.atlas, **flags}
    return gather(named, os.environ, Path())


def zone_of(settings: Settings) -> Zone:
    """Open the zone the settings name, with the charter or atlas they put in place of its own."""
    if not settings.charter and not settings.atlas:
        return open_zone(settings.zone)
    return open_zone_of(*zone_folders(settings))


def zone_folders(settings: Settings) -> tuple[Path, Path]:
    """Give the folders of charter and atlas that the settings name."""
    zone = shipped_folder(settings.zone) if settings.zone in SHIPPED else Path(settings.zone)
    charter = charter_folder(settings.charter) if settings.charter else zone / "charter"
    return charter, _half(settings.atlas, "atlas", "datapackage.json") if settings.atlas else zone / "atlas"


def charter_folder(name: str) -> Path:
    """Give the folder of a charter named by its folder, its zone's folder, or a zone that ships."""
    return _half(name, "charter", "citation.yaml")


def _half(name: str, half: str, mark: str) -> Path:
    folder = Path(name)
    if folder.exists():
        # People name the zone's folder when they mean the half of it that is asked for.
        inner = folder / half
        return inner if not (folder / mark).exists() and inner.is_dir() else folder
    try:
        return shipped_folder(name) / half
    except NotFoundError:
        return folder


def day_of(settings: Settings) -> date:
    """Give the day the law is asked for: as the settings say, else today, which is then said aloud."""
    if settings.as_of is not None:
        chosen: date = settings.as_of
        return chosen
    today = date.today()  # noqa: DTZ011 (law speaks of the days on the user's own calendar)
    warn(f"As of {today}; --as-of asks for another day.")
    return today
