"""Records of UN Comtrade become rows that may not be passed on."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.atlas.importers.comtrade_records import read_records
from stannary.atlas.importers.facts import FactState, Redistribution
from stannary.errors import Place, SourceUnavailableError

HERE = Place("https://comtradeplus.un.org")
RECORD: dict[str, Any] = {
    "reporterISO": "USA", "reporterDesc": "USA", "partnerISO": "CHN", "partnerDesc": "China",
    "flowCode": "M", "cmdCode": "280530", "cmdDesc": "Earth-metals, rare", "period": "2024",
    "classificationCode": "H6", "primaryValue": 12345.678, "netWgt": 250, "isNetWgtEstimated": True,
    "qty": 250, "qtyUnitAbbr": "kg", "isQtyEstimated": False,
}  # fmt: skip


def rows(**cells: Any) -> list[Any]:
    return list(read_records(json.dumps([{**RECORD, **cells}]), HERE))


def test_a_record_is_its_value_and_its_mass() -> None:
    value, mass = rows()
    assert (value.value, value.unit, value.state) == (Decimal("12345.678"), "USD", FactState.REPORTED)
    assert (mass.value, mass.unit, mass.state) == (Decimal(250), "kg", FactState.ESTIMATED)
    assert (value.economy, value.partner, value.period) == ("USA", "CHN", "2024")
    assert value.statistic == "imports: value"


def test_no_row_may_be_passed_on() -> None:
    assert {row.redistribution for row in rows()} == {Redistribution.FORBIDDEN}


def test_a_mass_of_zero_is_missing() -> None:
    assert rows(netWgt=0)[1].state is FactState.NOT_AVAILABLE
    assert rows(netWgt=None)[1].value is None


def test_another_unit_of_quantity_is_a_row_of_its_own() -> None:
    assert [(row.unit, row.value) for row in rows(qtyUnitAbbr="u", qty=7)][2] == ("u", 7)


def test_the_world_and_months_are_read() -> None:
    row = rows(partnerISO="W00", partnerDesc="World", period="202403")[0]
    assert (row.partner, row.period) == ("WLD", "2024-03")


@pytest.mark.parametrize(
    "cells",
    [
        {"period": "24"},
        {"primaryValue": "12"},
        {"primaryValue": -1},
        {"netWgt": True},
        {"cmdCode": None},
        {"reporterISO": ""},
    ],
)
def test_a_record_in_another_form_is_refused(cells: dict[str, Any]) -> None:
    with pytest.raises(SourceUnavailableError, match="Record 1"):
        rows(**cells)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(RECORD)), inner),
    max_leaves=10,
)


@given(json_values)
def test_no_answer_breaks_the_reading(answer: Any) -> None:
    try:
        list(read_records(json.dumps(answer), HERE))
    except SourceUnavailableError as error:
        assert error.problems


@given(st.fixed_dictionaries(dict.fromkeys(("period", "primaryValue", "netWgt", "qty"), json_values)))
def test_no_cell_breaks_the_reading(cells: dict[str, Any]) -> None:
    try:
        rows(**cells)
    except SourceUnavailableError as error:
        assert error.problems
