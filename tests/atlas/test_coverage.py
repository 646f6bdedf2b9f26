"""Coverage counts what is there, and admits what is not."""

from pathlib import Path

import pytest

from stannary.atlas.atlas import Atlas
from stannary.atlas.coverage import coverage
from stannary.atlas.reader import open_atlas


def test_rows_and_values_are_counted_apart(small: Path) -> None:
    [tin] = coverage(open_atlas(small)).minerals
    assert tin.rows == {"products": 2, "tariff_codes": 1, "production": 4, "trade": 2}
    assert tin.valued["production"] == 2
    assert tin.states == {"assumed": 1, "reported": 2, "withheld": 2, "derived": 2}
    assert tin.newest_year == 2025
    assert tin.share("withheld") == pytest.approx(2 / 7)


def test_the_outcome_is_a_sentence(small: Path) -> None:
    assert coverage(open_atlas(small)).outcome == (
        "Of 1 listed minerals 1 have mine production, 0 have refining, 0 have prices, "
        "1 have US imports by source, 1 have tariff codes; 15 rows in all."
    )


def test_forge_covers_the_sixty_and_names_its_gaps(forge: Atlas) -> None:
    result = coverage(forge)
    assert len(result.listed) == 60
    assert result.without("products") == ()
    assert result.without("tariff_codes") == ()
    assert {"cesium", "thulium"} <= set(result.without("prices"))
    assert "phosphate" in result.without("trade")
    assert "No figures at all: cesium, metallurgical_coal, thulium, uranium." in result.outcome
    assert all(line.newest_year is None or line.newest_year <= 2026 for line in result.minerals)
