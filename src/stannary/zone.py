"""A zone: a charter and an atlas, opened together and held against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from stannary.atlas.atlas import Atlas
from stannary.atlas.reader import open_atlas
from stannary.charter.charter import Charter
from stannary.charter.membership import SETS
from stannary.charter.reader import open_charter
from stannary.errors import NotFoundError, Place, Problem, StannaryError, ZoneError, refuse

__all__ = ["SHIPPED", "Zone", "check_zone", "open_zone", "open_zone_of", "shipped_folder"]

SHIPPED = ("toy", "forge")
"""The zones that come with the package."""

HOME = Path(__file__).parent / "zones"


@dataclass(frozen=True)
class Zone:
    """The rules of a zone and the world they meet."""

    charter: Charter
    atlas: Atlas


def open_zone(folder: Path | str) -> Zone:
    """Open a zone: a folder that holds `charter/` and `atlas/`, or the name of one that ships.

    The names are "toy" and "forge"; a folder of that name is reached as "./toy". Raises `ZoneError` for a
    folder without the two halves, `NotFoundError` for an unknown name, `CharterError` and `AtlasError` for
    unsound halves, and `ZoneError` (STN-ZONE-002) listing every name the atlas does not know.
    """
    place = shipped_folder(folder) if isinstance(folder, str) and is_name(folder) else Path(folder)
    missing = [half for half in ("charter", "atlas") if not (place / half).is_dir()]
    if missing:
        what = "does not exist" if not place.exists() else f"holds no {' and no '.join(missing)} folder"
        remedy = f"Name a folder with charter/ and atlas/ in it, or one of {', '.join(SHIPPED)}."
        problem = Problem("STN-ZONE-001", f"The zone's folder {what}.", remedy, Place(str(place)))
        raise ZoneError([problem])
    return open_zone_of(place / "charter", place / "atlas")


def open_zone_of(charter: Path, atlas: Path) -> Zone:
    """Open a zone whose charter and atlas lie in two folders.

    The problems of both are listed together. Raises as `open_zone` does.
    """
    opened: dict[str, Charter | Atlas] = {}
    refusals: list[StannaryError] = []
    for half, read, folder in (("charter", open_charter, charter), ("atlas", open_atlas, atlas)):
        try:
            opened[half] = read(folder)
        except StannaryError as error:
            refusals.append(error)
    if len(refusals) == 1:
        raise refusals[0]
    if refusals:
        raise ZoneError([problem for error in refusals for problem in error.problems])
    zone = Zone(opened["charter"], opened["atlas"])  # type: ignore[arg-type]
    refuse(ZoneError, check_zone(zone))
    return zone


def shipped_folder(name: str) -> Path:
    """Give the folder of a zone that ships. Raises `NotFoundError` (STN-FOUND-001) for another name."""
    if name not in SHIPPED:
        remedy = f"Zones that ship are {', '.join(SHIPPED)}; or name a folder with charter/ and atlas/ in it."
        problem = Problem("STN-FOUND-001", f"There is no zone {name!r}.", remedy, Place(path="zone"))
        raise NotFoundError([problem])
    return HOME / name


def is_name(text: str) -> bool:
    """Say whether a text names a shipped zone rather than a folder that is there."""
    return text in SHIPPED or not ("/" in text or "\\" in text or text in (".", "..") or Path(text).exists())


def check_zone(zone: Zone) -> tuple[Problem, ...]:
    """List every mineral, product and economy that the charter names and the atlas does not know."""
    return (*_strange_goods(zone), *_strange_economies(zone))


def _strange_goods(zone: Zone) -> Iterator[Problem]:
    minerals = {mineral.id for mineral in zone.atlas.minerals}
    products = {product.id: product for product in zone.atlas.products}
    for index, product in enumerate(zone.charter.scope.products):
        if product.mineral not in minerals:
            yield _unknown(
                zone, "mineral", product.mineral, minerals, ("scope", "products", index, "mineral")
            )
        known = products.get(product.id)
        if known is None:
            yield _unknown(zone, "product", product.id, products, ("scope", "products", index, "id"))
        elif known.mineral != product.mineral or known.stage != product.stage:
            message = (
                f"{product.id} is {product.mineral}, {product.stage} in the charter and {known.mineral}, "
                f"{known.stage} in the atlas."
            )
            place = zone.charter.place("scope", "products", index, "id")
            yield Problem("STN-ZONE-002", message, "Make the two agree.", place)


def _strange_economies(zone: Zone) -> Iterator[Problem]:
    economies = {economy.id for economy in zone.atlas.economies}
    for name in SETS:
        for index, spell in enumerate(zone.charter.membership.spells(name)):
            if spell.economy not in economies:
                path = ("membership", name, index, "economy")
                yield _unknown(zone, "economy", spell.economy, economies, path)


def _unknown(zone: Zone, noun: str, name: str, known: Iterable[str], path: tuple[str | int, ...]) -> Problem:
    near = get_close_matches(name, list(known), n=3, cutoff=0.6)
    remedy = f"Did you mean {' or '.join(near)}?" if near else f"Add the {noun} to the atlas, or drop it."
    place = zone.charter.place(str(path[0]), *path[1:])
    return Problem("STN-ZONE-002", f"The atlas knows no {noun} {name!r}.", remedy, place)
