"""The Survey's way of writing numbers, and of writing none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.atlas.importers.facts import NUMBERED, FactState
from stannary.atlas.importers.usgs_cells import Unit, read_cell, read_unit

TONNES = Unit("t")
THOUSANDS = Unit("t", Decimal(1000))


@pytest.mark.parametrize(
    ("published", "state"),
    [
        ("W", FactState.WITHHELD),
        ("NA", FactState.NOT_AVAILABLE),
        ("na", FactState.NOT_AVAILABLE),
        ("XX", FactState.NOT_APPLICABLE),
        ("E", FactState.NET_EXPORTER),
        ("Large", FactState.WORDS),
        ("Included in World total.", FactState.WORDS),
        ("?10", FactState.UNREADABLE),
    ],
)
def test_a_mark_is_a_state_without_a_number(published: str, state: FactState) -> None:
    cell = read_cell(published, "", TONNES)
    assert cell is not None
    assert (cell.state, cell.value, cell.low, cell.high) == (state, None, None, None)


@pytest.mark.parametrize("published", ["—", "–", "0", "0.0"])
def test_an_em_dash_is_zero(published: str) -> None:
    cell = read_cell(published, "Estimated.", TONNES)
    assert cell is not None
    assert (cell.state, cell.value) == (FactState.ZERO, Decimal(0))


@pytest.mark.parametrize(
    ("published", "note", "low", "high"),
    [
        (">50", "", Decimal(50), None),
        ("<1,000", "", None, Decimal(1000)),
        ("50–300", "", Decimal(50), Decimal(300)),
        ("10,000 - 15,000", "", Decimal(10000), Decimal(15000)),
        ("s", "Less than ½ unit.", None, Decimal("0.5")),
        ("s", "Less than 400 tons.", None, Decimal(400)),
        ("Less than ½ unit.", "", None, Decimal("0.5")),
    ],
)
def test_a_bound_is_no_value(published: str, note: str, low: Decimal | None, high: Decimal | None) -> None:
    cell = read_cell(published, note, TONNES)
    assert cell is not None
    assert (cell.value, cell.low, cell.high) == (None, low, high)


def test_an_s_whose_note_names_no_bound_has_none() -> None:
    cell = read_cell("s", "Included with “Other countries.”", TONNES)
    assert cell is not None
    assert (cell.state, cell.high) == (FactState.NOT_AVAILABLE, None)


def test_numbers_are_scaled_and_marked_as_estimates_by_their_note() -> None:
    reported = read_cell("1,020", "", THOUSANDS)
    estimated = read_cell("1,020", "Estimated. -- Gross weight.", THOUSANDS)
    marked = read_cell("e20,000", "", TONNES)
    assert reported is not None and estimated is not None and marked is not None
    assert (reported.state, reported.value) == (FactState.REPORTED, Decimal(1_020_000))
    assert (estimated.state, estimated.value) == (FactState.ESTIMATED, Decimal(1_020_000))
    assert (marked.state, marked.value) == (FactState.ESTIMATED, Decimal(20_000))


@pytest.mark.parametrize("published", ["-5", "–5", "−5"])
def test_a_minus_before_a_number_is_a_minus(published: str) -> None:
    cell = read_cell(published, "", TONNES)
    assert cell is not None
    assert cell.value == -5


@pytest.mark.parametrize(
    "published", ["", "1,0", "1.2.3", "NaN5", "1e5", "٣", "12 t", "<", ">W", "300–50", "½"]
)
def test_anything_else_is_refused(published: str) -> None:
    assert read_cell(published, "", TONNES) is None


def test_units_become_plain_ones_and_unknown_ones_stay() -> None:
    assert read_unit(" thousands of carats") == Unit("ct", Decimal(1000))
    assert read_unit("thousand metric dry tons") == Unit("t", Decimal(1000), "dry weight")
    assert read_unit("dollars per 50 grams") == Unit("dollars per 50 grams")


@given(st.text(max_size=30), st.text(max_size=60))
def test_no_text_breaks_the_reading_and_no_state_contradicts_its_number(published: str, note: str) -> None:
    cell = read_cell(published, note, THOUSANDS)
    if cell is not None:
        assert (cell.value is not None) == (cell.state in NUMBERED)
        assert cell.value is None or (cell.low is None and cell.high is None)


@given(st.decimals(0, 10**9, places=3))
def test_a_number_printed_with_commas_is_read_exactly(number: Decimal) -> None:
    cell = read_cell(f"{number:,}", "", TONNES)
    assert cell is not None
    assert cell.value == number
