"""Formulas: strict in what is missing, exact in what is not."""

from __future__ import annotations

from decimal import Decimal, getcontext, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.arithmetic import NUMBERS, Numbers, Reading, exactly, formula

NUMBER = st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=6)
MAYBE = st.none() | NUMBER


@formula
def shortfall(price: Any, floor: Any, *, using: Reading) -> Any:
    """Give the larger of the gap and nothing."""
    return using.maximum(floor - price, using.number(Decimal(0)))


@formula
def lesser(first: Any, second: Any, *, using: Reading) -> Any:
    """Give the smaller of two."""
    return using.minimum(first, second)


@formula
def guarded(price: Any, floor: Any, *, rate: Any, using: Reading) -> Any:
    """Give a rate where the price is below the floor, else nothing."""
    return using.choose(price < floor, rate, using.number(Decimal(0)))


@formula
def product(*factors: Any, using: Reading) -> Any:
    """Multiply."""
    result = using.number(Decimal(1))
    for factor in factors:
        result = result * factor
    return result


@given(MAYBE, MAYBE)
def test_a_formula_is_missing_where_any_input_is_missing(
    price: Decimal | None, floor: Decimal | None
) -> None:
    answers = [shortfall(price, floor, using=NUMBERS), lesser(price, floor, using=NUMBERS)]
    for answer in answers:
        assert (answer is None) == (price is None or floor is None)


@given(MAYBE)
def test_a_missing_named_input_is_missing_too_even_where_its_branch_is_not_taken(
    rate: Decimal | None,
) -> None:
    answer = guarded(Decimal(2), Decimal(1), rate=rate, using=NUMBERS)
    assert answer == (None if rate is None else 0)


def test_a_missing_floor_never_reads_as_no_duty() -> None:
    assert shortfall(Decimal(66_000), None, using=NUMBERS) is None
    assert shortfall(Decimal(66_000), Decimal(110_000), using=NUMBERS) == 44_000
    assert shortfall(Decimal(110_000), Decimal(110_000), using=NUMBERS) == 0


@given(NUMBER, NUMBER)
def test_the_larger_and_the_smaller_are_those_of_arithmetic(first: Decimal, second: Decimal) -> None:
    assert NUMBERS.maximum(first, second) == max(first, second)
    assert NUMBERS.minimum(first, second) == min(first, second)
    assert NUMBERS.maximum(first, second) + NUMBERS.minimum(first, second) == first + second


@given(
    st.lists(st.decimals(1, 10**6, allow_nan=False, allow_infinity=False, places=9), min_size=1, max_size=7)
)
def test_products_lose_no_digit(factors: list[Decimal]) -> None:
    answer = product(*factors, using=NUMBERS)
    whole = 1
    for factor in factors:
        whole *= int(factor.scaleb(9))
    with exactly():
        assert answer.scaleb(9 * len(factors)) == whole


def test_a_formula_is_exact_whatever_the_caller_has_set() -> None:
    with localcontext() as careless:
        careless.prec = 3
        assert product(Decimal("1234.5678"), Decimal("8765.4321"), using=NUMBERS) == Decimal(
            "10821520.22374638"
        )


def test_a_formula_leaves_the_callers_precision_alone() -> None:
    before = getcontext().prec
    product(Decimal(2), Decimal(3), using=NUMBERS)
    assert getcontext().prec == before


def test_an_error_inside_a_formula_leaves_the_callers_precision_alone() -> None:
    before = getcontext().prec
    with pytest.raises(TypeError):
        shortfall("66000", Decimal(1), using=NUMBERS)
    assert getcontext().prec == before


def test_constants_pass_through_the_reading() -> None:
    class Loud(Numbers):
        """A reading that notes the constants it is asked for."""

        def __init__(self) -> None:
            self.seen: list[Decimal] = []

        def number(self, value: Decimal) -> Decimal:
            """Note a constant."""
            self.seen.append(value)
            return value

    loud = Loud()
    assert shortfall(Decimal(1), Decimal(3), using=loud) == 2
    assert loud.seen == [Decimal(1), Decimal(3), Decimal(0)]


def test_a_formula_keeps_its_name_and_its_words() -> None:
    assert shortfall.__name__ == "shortfall"
    assert (shortfall.__doc__ or "").startswith("Give the larger")
