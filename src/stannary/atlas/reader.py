"""Open an atlas from a folder of CSV tables and their description."""

from __future__ import annotations

from pathlib import Path

from stannary.atlas.atlas import Atlas
from stannary.atlas.package import read_package
from stannary.atlas.tables import CORE_TABLES
from stannary.errors import AtlasError, refuse

__all__ = ["open_atlas"]


def open_atlas(folder: Path) -> Atlas:
    """Open an atlas; its core tables are read and checked now, the others when first asked for.

    Core tables are sources, economies, minerals, products and tariff_codes. Raises `AtlasError` listing
    every problem of the description and of the core tables; `checks.check_atlas` reads all the rest.
    """
    atlas = Atlas(folder, read_package(folder))
    refuse(AtlasError, [problem for table in CORE_TABLES for problem in atlas.reading(table).problems])
    return atlas
