"""A sum says what it leaves out."""

from dataclasses import replace
from decimal import Decimal

import pytest

from stannary.atlas.production import Production
from stannary.atlas.states import State
from stannary.atlas.sums import add_up
from stannary.errors import UnitError

ROW = Production(
    "tin.ore", "tin in ore", "NAM", 2024, Decimal(900), "t", "Sn content", State.REPORTED, "mine", ""
)


def test_withheld_figures_and_bounds_are_left_out_and_counted() -> None:
    withheld = replace(ROW, quantity=None, state=State.WITHHELD)
    bound = replace(ROW, quantity=Decimal(50), state=State.LESS_THAN)
    result = add_up([ROW, ROW, withheld, bound])
    assert (result.total, result.counted, result.is_complete) == (Decimal(1800), 2, False)
    assert result.outcome == "1800 t in 2 figures; left out: 1 less than, 1 withheld."


def test_a_complete_sum_says_so() -> None:
    assert add_up([ROW]).outcome == "900 t in 1 figure; none left out."


def test_a_sum_of_nothing_is_nothing() -> None:
    assert add_up([]).counted == 0


@pytest.mark.parametrize("other", [replace(ROW, unit="million m3"), replace(ROW, basis="gross weight")])
def test_different_units_or_bases_do_not_add_up(other: Production) -> None:
    with pytest.raises(UnitError, match="do not add up"):
        add_up([ROW, other])
