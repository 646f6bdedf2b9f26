"""The atlas that ships, and a small one whose tables a test may break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import stannary
from stannary.atlas.atlas import Atlas
from stannary.atlas.reader import open_atlas

FORGE = Path(stannary.__file__).parent / "zones" / "forge" / "atlas"
SMALL = Path(__file__).parent / "small"


@pytest.fixture(scope="session")
def forge() -> Atlas:
    """The atlas of the zone forge."""
    return open_atlas(FORGE)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The folder of a copy of the small atlas: two economies, one metal, invented figures."""
    return Path(shutil.copytree(SMALL, tmp_path / "atlas"))
