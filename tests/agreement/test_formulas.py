"""Every formula of the charter gives one answer, whether read on numbers, on columns or on arrays."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import stannary.charter
from stannary.arithmetic import NUMBERS
from stannary.border.columns import COLUMNS, in_decimals
from stannary.charter.border_adjustment import breach

D = Decimal
Row = tuple[Decimal | None, ...]

PAIRS = 3
"""How many pairs a formula of any length (tiers, weights) is tried with."""


def at_floor(price: Any, floor: Any, *, using: Any) -> Any:
    """Ask whether a price at or below the floor breaks it."""
    return breach(price, floor, True, using=using)


def below_floor(price: Any, floor: Any, *, using: Any) -> Any:
    """Ask whether a price below the floor breaks it."""
    return breach(price, floor, False, using=using)


def formulas() -> dict[str, Callable[..., Any]]:
    """Find every formula the charter's modules define."""
    found: dict[str, Callable[..., Any]] = {"breach, at_floor": at_floor, "breach, below": below_floor}
    for module in pkgutil.iter_modules(stannary.charter.__path__):
        article = importlib.import_module(f"stannary.charter.{module.name}")
        for name, value in vars(article).items():
            own = hasattr(value, "__wrapped__") and value.__module__ == article.__name__
            if own and "using" in inspect.signature(value.__wrapped__).parameters:
                found[f"{module.name}.{name}"] = value
    return found


FORMULAS = formulas()
QUOTIENTS: dict[str, Callable[..., Decimal]] = {
    "coherence.effective_protection": lambda _, world, *inputs: (
        world - sum((inputs[n] * inputs[n + 2] for n in range(0, len(inputs) - 2, 3)), D(0))
    ),
    "price_method.netted_back": lambda _price, _conversion_cost, _other_inputs, tonnes: tonnes,
    "price_method.per_contained_tonne": lambda _price, _rate, tonnes, purity: tonnes * purity,
    "price_method.stripped": lambda _price, vat, _duty: 1 + vat,
    "price_method.without_carriage": lambda _price, _amount, share: 1 + share,
}
"""Formulas that divide, and what by: a quotient has no last digit, so the readings agree to twelve."""
EXACT = sorted(set(FORMULAS) - set(QUOTIENTS))


def width(rule: Callable[..., Any]) -> int:
    """Give the number of inputs a formula is tried with."""
    parameters = inspect.signature(rule).parameters.values()
    fixed = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    free = [p for p in parameters if p.kind is p.VAR_POSITIONAL]
    return len(fixed) + 2 * PAIRS * len(free)


def rows_of(number: st.SearchStrategy[Decimal], step: Decimal, count: int) -> st.SearchStrategy[list[Row]]:
    """Draw rows whose cells are often equal, one step apart, nothing, or missing."""

    @st.composite
    def row(draw: st.DrawFn) -> Row:
        base = draw(number)
        cell = st.one_of(
            number,
            st.sampled_from([base, base, base + step, base - step, D(0), D(1)]),
            st.none() if draw(st.integers(0, 3)) == 0 else number,
        )
        return tuple(draw(st.lists(cell, min_size=count, max_size=count)))

    return st.lists(row(), min_size=20, max_size=LONGEST)


LONGEST = 40

CENTS = st.one_of(
    st.decimals(-1000, 1000, places=4),
    st.decimals(0, 1, places=4),
    st.sampled_from([D("9999999.9999"), D("-9999999.9999"), D("0.0001"), D("-0.0001"), D("0.005")]),
)
DYADIC = st.one_of(
    st.integers(-(2**9), 2**9).map(lambda n: D(n) / 16),
    st.integers(0, 16).map(lambda n: D(n) / 16),
    st.sampled_from([D(2) ** 9, -(D(2) ** 9), D("0.0625")]),
)
"""Numbers that floats hold exactly, products of a few of them too: so the answers must be equal."""


@pytest.fixture(scope="module")
def database() -> Any:
    """Give an embedded database."""
    connection = ibis.duckdb.connect()
    connection.raw_sql("CREATE OR REPLACE MACRO exact_number(number) AS number")
    return connection


def on_numbers(rule: Callable[..., Any], rows: list[Row]) -> list[Decimal | None]:
    """Read a formula on each row in plain numbers."""
    return [rule(*row, using=NUMBERS) for row in rows]


def on_columns(rule: Callable[..., Any], rows: list[Row], database: Any) -> list[Decimal | None]:
    """Read a formula once on a table of the rows."""
    kind = pa.decimal128(19, 4)
    names = [f"v{index}" for index in range(len(rows[0]))]
    columns = {
        name: pa.array(cells, kind) for name, cells in zip(names, zip(*rows, strict=True), strict=True)
    }
    table = ibis.memtable(pa.table({"row": pa.array(range(len(rows))), **columns}))
    inputs = [in_decimals(table[name], "decimal(19, 4)") for name in names]
    answers = table.select("row", answer=rule(*inputs, using=COLUMNS)).order_by("row")
    text = answers.mutate(answer=answers.answer.cast("string"))
    found = database.to_pyarrow(text).column("answer").to_pylist()
    return [None if cell is None else D(cell) for cell in found]


def on_arrays(rule: Callable[..., Any], rows: list[Row], arrays: Any) -> list[Decimal | None]:
    """Read a formula once on arrays of the rows, all of one length, so that JAX compiles each only once."""
    padded = rows + [rows[-1]] * (LONGEST - len(rows))
    inputs = [
        np.array([np.nan if c is None else float(c) for c in cells]) for cells in zip(*padded, strict=True)
    ]
    answers = np.broadcast_to(np.asarray(rule(*inputs, using=arrays)), LONGEST)
    return [None if np.isnan(answer) else D(float(answer)) for answer in answers[: len(rows)]]


def test_there_are_formulas_in_every_article_that_computes() -> None:
    articles = {name.partition(".")[0] for name in FORMULAS}
    assert {"border_adjustment", "price_floors", "price_support", "stockpile_mandate"} <= articles
    assert len(FORMULAS) >= 20


@pytest.mark.parametrize("name", EXACT)
def test_columns_agree_with_numbers_to_the_last_digit(name: str, database: Any) -> None:
    rule = FORMULAS[name]

    @settings(max_examples=6, phases=[Phase.generate])
    @given(rows_of(CENTS, D("0.01"), width(rule)))
    def agree(rows: list[Row]) -> None:
        assert on_columns(rule, rows, database) == on_numbers(rule, rows)

    agree()


@pytest.mark.parametrize("name", EXACT)
def test_all_three_readings_agree(name: str, database: Any, arrays: Any) -> None:
    rule = FORMULAS[name]

    @settings(max_examples=6, phases=[Phase.generate])
    @given(rows_of(DYADIC, D("0.0625"), width(rule)))
    def agree(rows: list[Row]) -> None:
        numbers = on_numbers(rule, rows)
        assert on_arrays(rule, rows, arrays) == numbers
        assert on_columns(rule, rows, database) == numbers

    agree()


@pytest.mark.parametrize("name", sorted(QUOTIENTS))
def test_all_three_readings_agree_on_a_quotient(name: str, database: Any, arrays: Any) -> None:
    rule = FORMULAS[name]
    divisor = QUOTIENTS[name]
    positive = st.integers(1, 2**9).map(lambda n: D(n) / 16)
    row = st.tuples(positive, *[positive | st.none()] * (width(rule) - 1))

    @settings(max_examples=6, phases=[Phase.generate])
    @given(st.lists(row, min_size=20, max_size=LONGEST))
    def agree(rows: list[Row]) -> None:
        whole = [row for row in rows if None in row or divisor(*row) != 0]
        numbers = on_numbers(rule, whole)
        for found in (on_columns(rule, whole, database), on_arrays(rule, whole, arrays)):
            for one, other in zip(numbers, found, strict=True):
                assert (one is None) == (other is None)
                near = None if other is None else pytest.approx(float(other), rel=1e-12, abs=1e-12)
                assert one is None or float(one) == near

    agree()


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_a_missing_input_is_a_missing_answer_in_every_reading(name: str, database: Any, arrays: Any) -> None:
    rule = FORMULAS[name]
    size = width(rule)
    rows: list[Row] = [tuple(None if i == gap else D("0.5") for i in range(size)) for gap in range(size)]
    nothing = [None] * size
    assert on_numbers(rule, rows) == nothing
    assert on_columns(rule, rows, database) == nothing
    assert on_arrays(rule, rows, arrays) == nothing
