"""The toy zone: every line of its entries comes out as worked on paper, in both readings of the law."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from stannary.border.assessment import assess, assess_line
from stannary.charter.checks import check
from stannary.zone import HOME, Zone, open_zone

ENTRIES = HOME / "toy" / "entries.csv"
PAPER = Path(__file__).parent / "toy_on_paper.csv"
ASKS_OTHER_LINES = {"split_consignment"}
"""Reasons that no line can know of itself: they rest on what else was entered that day."""


def rows(path: Path) -> list[dict[str, str]]:
    """Read a table as text."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


ON_PAPER = {row["entry_number"]: row for row in rows(PAPER)}
LINES = {row["entry_number"]: row for row in rows(ENTRIES)}


@pytest.fixture(scope="module")
def toy() -> Zone:
    """Open the toy zone."""
    return open_zone("toy")


def test_every_entry_has_an_answer_on_paper() -> None:
    assert list(ON_PAPER) == list(LINES)


def test_the_entries_reach_every_outcome() -> None:
    outcomes = {row["outcome"] for row in ON_PAPER.values()}
    assert outcomes == {"out_of_scope", "cleared", "preferential", "adjusted", "referred"}


@pytest.mark.parametrize("entry", [n for n in LINES if ON_PAPER[n]["reason"] not in ASKS_OTHER_LINES])
def test_a_single_line_comes_out_as_on_paper(toy: Zone, entry: str) -> None:
    found = assess_line(toy.charter, toy.atlas, LINES[entry])
    paper = ON_PAPER[entry]
    assert (found.outcome, found.reason) == (paper["outcome"], paper["reason"])
    assert found.adjustment_usd == Decimal(paper["adjustment_usd"]), paper["working"]


def test_the_file_comes_out_as_on_paper(toy: Zone, tmp_path: Path) -> None:
    determinations = assess(toy.charter, toy.atlas, ENTRIES, out=tmp_path / "toy.parquet")
    determinations.write_csv(tmp_path / "toy.csv")
    found = {
        row["entry_number"]: (row["outcome"], row["reason"], Decimal(row["adjustment_usd"]))
        for row in rows(tmp_path / "toy.csv")
    }
    paper = {
        number: (row["outcome"], row["reason"], Decimal(row["adjustment_usd"]))
        for number, row in ON_PAPER.items()
    }
    assert found == paper


def test_the_book_of_the_toy_owes_what_the_paper_sums_to() -> None:
    assert sum(Decimal(row["adjustment_usd"]) for row in ON_PAPER.values()) == Decimal("6335232.00")


def test_the_toy_has_nothing_to_object_to(toy: Zone) -> None:
    assert [str(problem) for problem in check(toy.charter) if problem.severity == "error"] == []


@pytest.mark.parametrize(
    ("on", "floors"),
    [
        (date(2026, 6, 30), {}),
        (
            date(2026, 12, 31),
            {"ndpr.oxide": 110000, "dysprosium.oxide": 200000, "ndpr.metal": 149100, "ndpr.scrap": 50000},
        ),
        (
            date(2027, 1, 1),
            {"ndpr.oxide": 120000, "dysprosium.oxide": 240000, "ndpr.metal": 161700, "ndpr.scrap": 50000},
        ),
        (
            date(2027, 7, 1),
            {"ndpr.oxide": 120000, "dysprosium.oxide": 240000, "ndpr.metal": 161700, "ndpr.scrap": 47500},
        ),
        (date(2031, 7, 1), {}),
    ],
)
def test_floors_stand_as_on_paper(toy: Zone, on: date, floors: dict[str, int]) -> None:
    found = {
        floor.product: floor.usd_per_t
        for floor in toy.charter.floors
        if floor.start <= on and (floor.end is None or on <= floor.end)
    }
    assert found == floors


def test_a_suspended_party_is_out_for_the_days_of_its_suspension(toy: Zone) -> None:
    membership = toy.charter.membership
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [membership.is_party("AUS", day) for day in days] == [True, False, False, True]
