"""The toy zone's charter, whose method is round numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

import stannary.zones
from stannary.charter.charter import Charter
from stannary.charter.reader import open_charter


@pytest.fixture(scope="session")
def toy() -> Charter:
    """Give the toy zone's charter: caps of a quarter and a half, four reporters, four deals, one tonne."""
    return open_charter(Path(str(stannary.zones.__file__)).parent / "toy" / "charter")
