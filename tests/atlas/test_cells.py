"""Cells are read exactly, or refused."""

from datetime import date
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.atlas.cells import PartialDay, column
from stannary.atlas.states import State


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_decimal_is_read_to_its_last_digit(number: Decimal) -> None:
    assert column(Decimal).parse(format(number, "f")) == number


@pytest.mark.parametrize("cell", ["1,000", "1e5", "NaN", "inf", " 1", "1.", ".5", "١", "0x1", "--1", "1_0"])
def test_a_number_in_another_form_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="a number is written"):
        column(Decimal).parse(cell)


@pytest.mark.parametrize("cell", ["2026", "2026-02", "2026-02-06"])
def test_a_partial_day_is_as_exact_as_its_source(cell: str) -> None:
    assert column(PartialDay).parse(cell) == cell


@pytest.mark.parametrize("cell", ["2026-13", "2026-02-30", "26", "2026-2", "0000"])
def test_a_date_that_does_not_exist_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"date"):
        column(PartialDay).parse(cell)


def test_days_truths_states_words_and_lists_are_read() -> None:
    assert column(date).parse("2026-02-06") == date(2026, 2, 6)
    assert column(bool).parse("false") is False
    assert column(State).parse("withheld") is State.WITHHELD
    assert column(Literal["gross", "contained"]).parse("gross") == "gross"
    assert column(tuple[str, ...]).parse("zinc;tin") == ("zinc", "tin")


@pytest.mark.parametrize("cell", ["20260206", "2026-02-30", "06.02.2026"])
def test_a_day_in_another_form_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="day"):
        column(date).parse(cell)


@pytest.mark.parametrize("cell", ["a;;b", "a; b", ";", " "])
def test_a_list_with_an_empty_item_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="a list is written"):
        column(tuple[str, ...]).parse(cell)


def test_a_type_no_table_uses_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        column(float)
