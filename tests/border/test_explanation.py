"""The story of a line, and what would change its result."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from stannary.border.assessment import assess, assess_line
from stannary.border.explanation import explain, explain_determinations
from stannary.errors import NotFoundError
from stannary.zone import Zone, open_zone

LINE = {
    "entry_number": "E1", "line_number": "1", "tariff_code": "28469010", "quantity": "12000",
    "quantity_unit": "KGM", "value": "792000", "currency": "USD", "entered_on": "2026-09-01",
    "origin_economy": "VNM", "separated_in": "UN",
}  # fmt: skip


@pytest.fixture(scope="module")
def toy() -> Zone:
    return open_zone("toy")


def entries(folder: Path) -> Path:
    path = folder / "lines.csv"
    path.write_text(",".join(LINE) + "\n" + ",".join(LINE.values()) + "\n", encoding="utf-8")
    return path


def test_the_story_tells_every_step_with_its_article_and_source(toy: Zone) -> None:
    story = explain(toy.charter, toy.atlas, LINE)
    assert [step.name for step in story.steps] == [
        "Classification", "Value", "Content", "Price", "Floor", "Origin", "Adjustment",
    ]  # fmt: skip
    by_name = {step.name: step for step in story.steps}
    assert by_name["Value"].number == Decimal("792000.00")
    assert by_name["Content"].number == Decimal(12)
    assert by_name["Price"].number == Decimal(66000)
    assert by_name["Floor"].number == Decimal(110000)
    assert all(step.article for step in story.steps)
    assert by_name["Floor"].source.startswith("assumed")


def test_an_unknown_stage_has_a_price_and_evidence_is_worth_the_difference(toy: Zone) -> None:
    story = explain(toy.charter, toy.atlas, LINE)
    assert story.determination.origin == "unknown"
    known = assess_line(toy.charter, toy.atlas, LINE | {"separated_in": "USA"})
    words = [change for change in story.what_would_change if "separated in parties" in change.words]
    assert words[0].saves_usd == story.determination.adjustment_usd - known.adjustment_usd
    assert words[0].saves_usd > 0


def test_a_price_at_the_floor_would_owe_nothing(toy: Zone) -> None:
    story = explain(toy.charter, toy.atlas, LINE)
    assert any("110,000.00 USD per contained tonne" in change.words for change in story.what_would_change)
    cleared = assess_line(toy.charter, toy.atlas, LINE | {"value": "1320000"})
    assert (cleared.outcome, cleared.adjustment_usd) == ("cleared", Decimal("0.00"))


def test_a_referred_line_is_told_what_to_supply(toy: Zone) -> None:
    story = explain(toy.charter, toy.atlas, LINE | {"quantity": ""})
    assert "The quantity is missing." in story.outcome
    assert story.what_would_change[0].words == "Declare the quantity and its unit."


def test_the_next_change_of_law_is_foretold(toy: Zone) -> None:
    story = explain(toy.charter, toy.atlas, LINE)
    later = assess_line(toy.charter, toy.atlas, LINE | {"entered_on": "2027-01-01"})
    told = next(change for change in story.what_would_change if "2027-01-01" in change.words)
    assert told.adjustment_usd == later.adjustment_usd


@pytest.mark.parametrize("keep", ["all", "results"])
def test_a_recorded_line_is_explained_from_its_file(toy: Zone, tmp_path: Path, keep: str) -> None:
    found = assess(toy.charter, toy.atlas, entries(tmp_path), out=tmp_path / "out.parquet", keep=keep)  # type: ignore[arg-type]
    (story,) = explain_determinations(toy.charter, toy.atlas, found, "E1", "1")
    assert story.matches_record
    assert story.determination == assess_line(toy.charter, toy.atlas, LINE)
    assert "Entry E1, line 1" in str(story)


def test_a_line_that_is_not_there_is_not_found(toy: Zone, tmp_path: Path) -> None:
    found = assess(toy.charter, toy.atlas, entries(tmp_path))
    with pytest.raises(NotFoundError, match="STN-FOUND-001"):
        explain_determinations(toy.charter, toy.atlas, found, "E2")
