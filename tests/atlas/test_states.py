"""States keep numbers and bounds apart."""

from decimal import Decimal

import pytest

from stannary.atlas.states import State, bound_of, contradiction, value_of

FIVE = Decimal(5)


@pytest.mark.parametrize("state", list(State))
def test_a_number_is_a_value_or_a_bound_but_never_both(state: State) -> None:
    assert value_of(FIVE, state) is None or bound_of(FIVE, state) is None


def test_a_bound_is_no_value() -> None:
    assert value_of(FIVE, State.LESS_THAN) is None
    assert bound_of(FIVE, State.LESS_THAN) == FIVE


@pytest.mark.parametrize("state", [State.WITHHELD, State.NOT_AVAILABLE, State.NET_EXPORTER, State.BY_ASSAY])
def test_a_withheld_figure_carries_no_number(state: State) -> None:
    assert contradiction(None, state) == ""
    assert "stands beside it" in contradiction(FIVE, state)


def test_a_reported_figure_carries_one() -> None:
    assert contradiction(FIVE, State.REPORTED) == ""
    assert "missing" in contradiction(None, State.REPORTED)
    assert "missing" in contradiction(None, State.LESS_THAN)


def test_zero_means_nought() -> None:
    assert contradiction(Decimal("0.0"), State.ZERO) == ""
    assert "not" in contradiction(FIVE, State.ZERO) or "yet" in contradiction(FIVE, State.ZERO)
