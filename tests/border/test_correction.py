"""Corrections: lines are assessed again and the difference is owed; nothing is overwritten."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from stannary.border.assessment import assess
from stannary.border.correction import reassess
from stannary.charter.amendment import amend
from stannary.errors import EntriesError
from stannary.zone import Zone, open_zone

LINE = {
    "entry_number": "E1", "line_number": "1", "tariff_code": "28469010", "quantity": "12",
    "quantity_unit": "TNE", "value": "792000", "currency": "USD", "entered_on": "2026-09-01",
    "origin_economy": "CHN", "importer": "A",
}  # fmt: skip


@pytest.fixture(scope="module")
def toy() -> Zone:
    return open_zone("toy")


def write(path: Path, *lines: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, LINE)
        writer.writeheader()
        writer.writerows(lines)
    return path


@pytest.mark.parametrize("keep", ["all", "results"])
def test_a_corrected_value_yields_the_difference(toy: Zone, tmp_path: Path, keep: str) -> None:
    book = write(tmp_path / "book.csv", LINE, LINE | {"line_number": "2", "importer": "B"})
    earlier = assess(toy.charter, toy.atlas, book, out=tmp_path / "earlier.parquet", keep=keep)  # type: ignore[arg-type]
    before = earlier.path.read_bytes()
    fixed = write(tmp_path / "fixed.csv", LINE | {"value": "892000"})
    found = reassess(toy.charter, toy.atlas, earlier, fixed)
    (difference,) = found.differences
    # 100,000 USD less of a gap, of which a covered origin pays five quarters
    assert difference.difference_usd == Decimal("-125000.00")
    assert found.owed_usd == Decimal("-125000.00")
    assert "refunded" in found.outcome
    assert earlier.path.read_bytes() == before


def test_an_unchanged_line_owes_nothing_more(toy: Zone, tmp_path: Path) -> None:
    book = write(tmp_path / "book.csv", LINE)
    earlier = assess(toy.charter, toy.atlas, book)
    assert reassess(toy.charter, toy.atlas, earlier, book).differences == ()


def test_a_correction_can_open_a_split_consignment(toy: Zone, tmp_path: Path) -> None:
    small = LINE | {"quantity": "0.01", "value": "300"}
    book = write(tmp_path / "book.csv", small, small | {"line_number": "2", "value": "700"})
    earlier = assess(toy.charter, toy.atlas, book)
    assert [row["reason"] for row in earlier.rows()] == ["split_consignment", "split_consignment"]
    fixed = write(tmp_path / "fixed.csv", small | {"value": "50"})
    found = reassess(toy.charter, toy.atlas, earlier, fixed)
    # with the first line at 50 USD the two stay below the de minimis, and both are refunded
    assert [d.later_reason for d in found.differences] == ["exempt", "exempt"]
    assert found.owed_usd == -earlier.summary().total.adjustment_usd


def test_a_protest_under_an_amended_charter_reassesses_the_book(toy: Zone, tmp_path: Path) -> None:
    earlier = assess(toy.charter, toy.atlas, write(tmp_path / "book.csv", LINE))
    amended = amend(toy.charter, {"price_floors.ndpr.oxide": {"2026-08-01": 100000}})
    found = reassess(amended, toy.atlas, earlier)
    # 10,000 USD a tonne less on 12 tonnes, times five quarters
    assert found.owed_usd == Decimal("-150000.00")
    assert found.earlier_run != found.later_run


def test_a_line_corrected_twice_is_refused(toy: Zone, tmp_path: Path) -> None:
    earlier = assess(toy.charter, toy.atlas, write(tmp_path / "book.csv", LINE))
    fixed = write(tmp_path / "fixed.csv", LINE, LINE)
    with pytest.raises(EntriesError, match="STN-ENTRY-014"):
        reassess(toy.charter, toy.atlas, earlier, fixed)


def test_entry_lines_no_longer_to_be_had_are_named(toy: Zone, tmp_path: Path) -> None:
    book = write(tmp_path / "book.csv", LINE)
    earlier = assess(toy.charter, toy.atlas, book, out=tmp_path / "earlier.parquet", keep="results")
    book.unlink()
    with pytest.raises(EntriesError, match="STN-ENTRY-001"):
        reassess(replace(toy.charter), toy.atlas, earlier)
