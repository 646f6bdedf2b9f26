"""The column reading: a formula of the charter, and the steps of an assessment, as database expressions.

Money is exact and fast at once. Each amount is worked out twice in 64-bit floats, with price and floor
tilted a hair apart in opposite directions. Every duty rule is monotone in price and in floor, so the
exact amount lies between the two; where both round to the same cent, that cent is proven. Where they do
not (ties, boundaries), the same formula is read on 38-digit decimals, and where even those would not
hold the product, on unlimited ones (`settle`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

__all__ = ["COLUMNS", "FLOATS", "Columns", "Dates", "Decimals", "Measure"]

TILT = 1e-14
"""Relative distance of the two bracketing readings; a dozen float operations err by less than 2e-15."""

MOST_CENTS = 10**17
"""Cents from which on an amount is no amount: a line so large is referred."""

DECIMAL_DIGITS = 38
"""Digits of the widest decimal a database computes with."""

Stretch = tuple[date, date, Any]


class Columns:
    """Read formulas and steps on the columns of a table. Missing is NULL."""

    def __init__(self, exact: bool = True, strict: bool = True) -> None:
        self.exact = exact
        self.strict = strict
        """Not strict: the caller has already set aside the lines with a missing input."""

    # -- formulas ----------------------------------------------------------------------------------------

    def number(self, value: Decimal) -> Any:
        """Turn a constant into a literal: a decimal when exact, else a float."""
        if not self.exact:
            return ibis.literal(float(value), type="float64")
        return exactly(ibis.literal(value, type=narrowest(value)))

    def maximum(self, first: Any, second: Any) -> Any:
        """Give the larger of two (GREATEST ignores a NULL: `strictly` must have seen to it)."""
        return ibis.greatest(first, second)

    def minimum(self, first: Any, second: Any) -> Any:
        """Give the smaller of two (LEAST ignores a NULL: `strictly` must have seen to it)."""
        return ibis.least(first, second)

    def choose(self, condition: Any, then: Any, otherwise: Any) -> Any:
        """Give `then` where the condition holds, `otherwise` elsewhere."""
        return ibis.cases((condition, then), else_=otherwise)

    def strictly(self, rule: Callable[..., Any], values: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Apply a rule, giving NULL wherever an input column is NULL."""
        if not self.strict:
            return rule(*values, **named)
        given = [v for v in (*values, *named.values()) if isinstance(v, ir.Column)]
        answer = rule(*values, **named)
        if not given:
            return answer
        return ibis.cases((reduce(lambda a, b: a & b, [v.notnull() for v in given]), answer))

    # -- steps -------------------------------------------------------------------------------------------

    def extend(self, lines: ir.Table, **columns: Any) -> ir.Table:
        """Add columns to the lines."""
        return lines.mutate(**columns)

    def drop(self, lines: ir.Table, *names: str) -> ir.Table:
        """Leave out columns that no later step asks for."""
        return lines.drop(*[name for name in names if name in lines.columns])

    def cases(self, *branches: tuple[Any, Any], otherwise: Any = None) -> Any:
        """Give the value of the first branch that holds."""
        return ibis.cases(*branches, else_=otherwise)

    def literal(self, value: Any, kind: str) -> Any:
        """Give a constant of a column type."""
        return ibis.literal(value, type=kind)

    def missing(self, kind: str) -> Any:
        """Give a missing value of a column type."""
        return ibis.null(kind)

    def dated(self, day: Any, stretches: Sequence[Stretch], kind: str) -> Any:
        """Give the constant in force on each line's day."""
        if not stretches:
            return ibis.null(kind)
        if len(stretches) == 1 and stretches[0][1] == date.max:
            return ibis.cases((day >= stretches[0][0], ibis.literal(stretches[0][2], type=kind)))
        return ibis.cases(
            *((day.between(start, end), ibis.literal(value, type=kind)) for start, end, value in stretches)
        )

    def look_up(self, lines: ir.Table, table: ir.Table, keys: Mapping[str, str]) -> ir.Table:
        """Add a lookup table's columns to the lines by equality; lines without a match get NULL."""
        joined = lines.left_join(table, [lines[mine] == table[theirs] for mine, theirs in keys.items()])
        return joined.drop(*[name for name in keys.values() if name not in lines.columns])


@dataclass(frozen=True)
class Dates:
    """The days a lookup table is expanded over: those of the data, within those of the law."""

    first: date
    last: date

    def table(self, column: str) -> ir.Table:
        """Give one row a day."""
        days = [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]
        return ibis.memtable(pa.table({column: pa.array(days, pa.date32())}))

    def expand(self, table: ir.Table, start: str, end: str, column: str) -> ir.Table:
        """Give one row for each row of a table and each day from `start` to `end`, both inclusive.

        As-of joins to floors cost ten times more than this and a plain equality join.
        """
        days = self.table(column)
        joined = table.inner_join(days, [days[column] >= table[start], days[column] <= table[end]])
        return joined.drop(start, end)


@dataclass(frozen=True)
class Measure:
    """How an amount's inputs are measured: the reading, and the tilts of price and floor (`None`: none).

    `held` gives a part of the amount that was worked out before in this reading, or `None`. `declared`
    reads amounts as the line declares them, which need fewer decimals than their products.
    """

    using: Any
    convert: Callable[[Any, str], Any]
    price_tilt: float | None = None
    floor_tilt: float | None = None
    held: Callable[[str], Any] = lambda _name: None
    declared: Any = None

    def as_price(self, amount: Any) -> Any:
        """Tilt a price to this reading's side of the exact amount."""
        return amount if self.price_tilt is None else amount * self.price_tilt

    def as_floor(self, amount: Any) -> Any:
        """Tilt a floor, or a mass, to this reading's side of the exact amount."""
        return amount if self.floor_tilt is None else amount * self.floor_tilt


class Decimals(Columns):
    """Read amounts on decimals that all carry the same number of decimals.

    Where a database must unify decimals of different scales (GREATEST, CASE) it gives up decimals to
    keep whole digits; so both sides are brought to one scale first, wide enough for every product.
    """

    def __init__(self, scale: int) -> None:
        super().__init__(strict=False)
        self.kind = f"decimal(38, {scale})"

    def _even(self, number: Any) -> Any:
        return exactly(number.cast(self.kind))

    def maximum(self, first: Any, second: Any) -> Any:
        """Give the larger of two."""
        return exactly(super().maximum(self._even(first), self._even(second)))

    def minimum(self, first: Any, second: Any) -> Any:
        """Give the smaller of two."""
        return exactly(super().minimum(self._even(first), self._even(second)))

    def choose(self, condition: Any, then: Any, otherwise: Any) -> Any:
        """Give `then` where the condition holds, `otherwise` elsewhere."""
        return exactly(super().choose(condition, self._even(then), self._even(otherwise)))

    def cases(self, *branches: tuple[Any, Any], otherwise: Any = None) -> Any:
        """Give the value of the first branch that holds."""
        even = [(condition, self._even(value)) for condition, value in branches]
        return exactly(super().cases(*even, otherwise=None if otherwise is None else self._even(otherwise)))


def narrowest(value: Decimal) -> str:
    """Give the narrowest decimal type that holds a constant."""
    _, digits, exponent = value.normalize().as_tuple()
    places = max(0, -int(exponent))
    whole = max(0, len(digits) + int(exponent))
    return f"decimal({max(1, whole + places)}, {places})"


def in_floats(column: Any, _kind: str) -> Any:
    """Read a column as 64-bit floats."""
    return column.cast("float64")


def in_decimals(column: Any, kind: str) -> Any:
    """Read a column as decimals of up to 38 digits."""
    return exactly(column.cast(kind))


def cents(amount: Any) -> Any:
    """Round an amount in floats to whole cents, half away from zero (amounts are not negative)."""
    return whole_number(amount * 100.0 + 0.5)


@ibis.udf.scalar.builtin(name="floor", signature=((dt.float64,), dt.float64))
def whole_number(number):  # type: ignore[no-untyped-def]  # typed by its signature
    """Give the whole number at or below (Ibis' own `floor` goes through 64-bit integers and may overflow)."""


def exact_cents(amount: Any) -> Any:
    """Round an amount in decimals to whole cents, half away from zero."""
    return (amount.round(2).cast("decimal(38, 2)") * ibis.literal(100, type="int16")).cast("int64")


def exactly(number: Any) -> Any:
    """Leave the type of an exact product to the database, whose decimals keep every digit.

    Ibis would work out one of its own, and refuse to combine decimals of different scales.
    """
    return exact_number(number)


def _number_as_it_is(number):  # type: ignore[no-untyped-def]  # any number is taken: no type to name
    """Give the number as it is (a macro that each database defines; see `NAMED_FUNCTIONS`)."""


_number_as_it_is.__annotations__ = {"return": dt.Decimal(38, 9)}
exact_number = ibis.udf.scalar.builtin(_number_as_it_is, name="exact_number")

NAMED_FUNCTIONS = ("CREATE OR REPLACE MACRO exact_number(number) AS number",)
"""What a database must define before it reads columns."""


FLOATS = Columns(exact=False, strict=False)
COLUMNS = Columns()
"""The column reading: database expressions on exact decimals."""


def small_table(names: tuple[str, ...], kinds: tuple[Any, ...], rows: list[tuple[Any, ...]]) -> pa.Table:
    """Make a small typed table from rows; safe when there are none."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = [pa.array(list(column), kind) for column, kind in zip(columns, kinds, strict=True)]
    return pa.table(dict(zip(names, arrays, strict=True)))
