"""The plain-number reading of an assessment: one line, exact decimals, no engine.

The same steps that run on millions of lines run here on one. Its values are `Cell`s: a value that may be
missing, and that answers the few questions a column answers, with the logic of three values (true,
false, not known) that databases use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from stannary.arithmetic import Numbers, exactly
from stannary.border.columns import MOST_CENTS, Measure
from stannary.border.entries import BLANKS, COLUMNS_OF_AN_ENTRY, DAY, NO, NUMBER, YES, EntryColumn
from stannary.border.law_tables import CODE_OK, LawTables
from stannary.units import EXACT, round_cents

__all__ = ["SINGLE", "Cell", "Line", "Single", "line_of"]


class Cell:
    """A value that may be missing (`None`), with the operations of a column."""

    __slots__ = ("value",)
    __hash__ = None  # type: ignore[assignment]

    value: Any

    def __init__(self, value: Any) -> None:
        self.value = value.value if isinstance(value, Cell) else value

    def __repr__(self) -> str:
        return f"Cell({self.value!r})"

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Cell:
        theirs = other.value if isinstance(other, Cell) else other
        return Cell(None if self.value is None or theirs is None else operation(self.value, theirs))

    def __eq__(self, other: object) -> Cell:  # type: ignore[override]
        return self._with(other, lambda a, b: a == b)

    def __ne__(self, other: object) -> Cell:  # type: ignore[override]
        return self._with(other, lambda a, b: a != b)

    def __lt__(self, other: Any) -> Cell:
        return self._with(other, lambda a, b: a < b)

    def __le__(self, other: Any) -> Cell:
        return self._with(other, lambda a, b: a <= b)

    def __gt__(self, other: Any) -> Cell:
        return self._with(other, lambda a, b: a > b)

    def __ge__(self, other: Any) -> Cell:
        return self._with(other, lambda a, b: a >= b)

    def __and__(self, other: Any) -> Cell:
        theirs = other.value if isinstance(other, Cell) else other
        if self.value is False or theirs is False:
            return Cell(False)
        return Cell(None if self.value is None or theirs is None else True)

    __rand__ = __and__

    def __or__(self, other: Any) -> Cell:
        theirs = other.value if isinstance(other, Cell) else other
        if self.value is True or theirs is True:
            return Cell(True)
        return Cell(None if self.value is None or theirs is None else False)

    __ror__ = __or__

    def __invert__(self) -> Cell:
        return Cell(None if self.value is None else not self.value)

    def isnull(self) -> Cell:
        """Say whether the value is missing."""
        return Cell(self.value is None)

    def notnull(self) -> Cell:
        """Say whether there is a value."""
        return Cell(self.value is not None)

    def fill_null(self, other: Any) -> Cell:
        """Give the value, or another where it is missing."""
        return self if self.value is not None else Cell(other)

    def isin(self, values: Sequence[Any]) -> Cell:
        """Say whether the value is one of several; missing when it is missing."""
        return Cell(None if self.value is None else self.value in values)


class Line:
    """One entry line on its way through the steps: named cells."""

    __slots__ = ("cells",)

    def __init__(self, cells: Mapping[str, Any]) -> None:
        self.cells = dict(cells)

    def __getattr__(self, name: str) -> Cell:
        try:
            return Cell(self.cells[name])
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, name: str) -> Cell:
        return Cell(self.cells[name])


class Single(Numbers):
    """Read formulas and steps on one line. Missing is `None`."""

    def extend(self, lines: Line, **columns: Any) -> Line:
        """Add cells to the line."""
        return Line(lines.cells | {name: plain(value) for name, value in columns.items()})

    def drop(self, lines: Line, *names: str) -> Line:
        """Keep everything: what a line went through is what explains it."""
        return lines

    def cases(self, *branches: tuple[Any, Any], otherwise: Any = None) -> Any:
        """Give the value of the first branch that holds."""
        for condition, value in branches:
            if plain(condition) is True:
                return plain(value)
        return plain(otherwise)

    def literal(self, value: Any, kind: str) -> Cell:
        """Give a constant."""
        return Cell(value)

    def missing(self, kind: str) -> Cell:
        """Give a missing value."""
        return Cell(None)

    def dated(self, day: Cell, stretches: Sequence[tuple[date, date, Any]], kind: str) -> Cell:
        """Give the constant in force on the line's day."""
        if day.value is None:
            return Cell(None)
        return Cell(next((value for start, end, value in stretches if start <= day.value <= end), None))

    def find_standing(self, line: Line, stage: str, law: LawTables) -> Line:
        """Find how the charter looks on the economy of a stage on the line's day; missing when not known."""
        economy, day = line[f"at_{stage}"].value, line.in_entered_on.value
        live = (names for start, end, names in law.standings if day is not None and start <= day <= end)
        return self.extend(line, **{f"{stage}_standing": next(live, {}).get(economy)})

    def find_claims(self, line: Line, law: LawTables) -> Line:
        """Find what the scope makes of the line's code."""
        code = line.in_tariff_code.value
        claim = law.claim(code, line.in_product.value, line.in_entered_on.value) if code else None
        usable = claim is not None and claim.status == CODE_OK
        return self.extend(
            line,
            claim=claim.status if claim else None,
            product_index=claim.product if claim and usable else None,
            usual_share=claim.contained_share if claim and usable else None,
        )

    def find_segments(self, line: Line, law: LawTables) -> Line:
        """Find the stretch of law in force for the line's product on its day."""
        product, day = line.product_index.value, line.in_entered_on.value
        found = next(
            (s for s in law.segments if s.product == product and day is not None and s.start <= day <= s.end),
            None,
        )
        return self.extend(
            line,
            segment=found.index if found else None,
            floor_row=found.floor_row if found else None,
            floor=found.floor if found else None,
            reference=found.reference if found else None,
            rule_index=found.rule if found else None,
            test_index=found.test if found else None,
        )

    def find_rates(self, line: Line, law: LawTables) -> Line:
        """Find the exchange rate of the line's currency on its day."""
        currency, day = line.in_currency.value, line.in_entered_on.value
        if currency == "USD":
            return self.extend(line, rate=Decimal(1))
        found = (
            r for c, start, end, r in law.rates if c == currency and day is not None and start <= day <= end
        )
        return self.extend(line, rate=next(found, None))

    def find_units(self, line: Line, law: LawTables) -> Line:
        """Find the tonnes in one unit of the line's quantity, and the largest quantity a line may carry."""
        factor = law.units.get(line.in_quantity_unit.value)
        limit = law.quantity_limits.get(line.in_quantity_unit.value)
        return self.extend(
            line, tonnes_per_unit=factor, exact_unit=True, quantity_absurd=line.in_quantity > limit
        )

    def find_splits(self, line: Line) -> Line:
        """Say that a line alone is no split consignment, unless the caller knows better."""
        known = line.cells.get("is_split", False)
        return self.extend(line, is_split=known, de_minimis_cents=_cents(line.de_minimis.value))

    def find_spent_quota(self, line: Line) -> Line:
        """Say that the quota a line claims is not spent, unless the caller knows better."""
        return self.extend(line, quota_spent=line.cells.get("quota_spent", False))

    def hold(self, line: Line, law: LawTables, **amounts: Callable[..., Any]) -> Line:
        """Hold nothing: a line's amounts are worked out where they are asked for."""
        return line

    def settle(self, line: Line, law: LawTables, name: str, amount: Callable[..., Any]) -> Line:
        """Add an amount in whole cents, rounded once, half away from zero."""
        with exactly():
            return self.extend(line, **{name: _cents(plain(amount(line, law, Measure(self, _as_it_is))))})


SINGLE = Single()
"""The reading of one line."""


def plain(value: Any) -> Any:
    """Give the value inside a cell."""
    return value.value if isinstance(value, Cell) else value


def _as_it_is(cell: Cell, _kind: str) -> Any:
    return plain(cell)


def _cents(amount: Decimal | None) -> int | None:
    if amount is None:
        return None
    cents = int(round_cents(amount).scaleb(2))
    return cents if abs(cents) < MOST_CENTS else None


# -- reading one line ---------------------------------------------------------------------------------------


def line_of(given: Mapping[str, Any]) -> Line:
    """Read one entry line from a mapping, each column as `entries.read_columns` reads it in bulk."""
    cells: dict[str, Any] = {}
    for column in COLUMNS_OF_AN_ENTRY:
        value = given.get(column.name)
        if value == "" or (isinstance(value, float) and value != value and column.kind == "text"):
            value = None
        read, bad = _READERS[column.kind](column, value)
        cells[f"in_{column.name}"] = read
        if column.kind in ("decimal", "date", "flag"):
            cells[f"{column.name}_bad"] = bad
    return Line(cells)


def _text(_column: EntryColumn, value: Any) -> tuple[Any, bool]:
    return (None if value is None else str(value)), False


def _decimal(column: EntryColumn, value: Any) -> tuple[Any, bool]:
    if value is None:
        return None, False
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None, True
    if isinstance(value, str) and not re.search(NUMBER, value):
        return None, True
    try:
        number = Decimal(
            repr(value)
            if isinstance(value, float)
            else value
            if isinstance(value, Decimal)
            else str(value).strip(BLANKS)
        )
        number = number.quantize(Decimal(1).scaleb(-column.decimals), rounding=ROUND_HALF_UP, context=EXACT)
    except InvalidOperation:
        return None, True
    if not number.is_finite() or abs(number) >= Decimal(10) ** (column.digits - column.decimals):
        return None, True
    return number, False


def _day(_column: EntryColumn, value: Any) -> tuple[Any, bool]:
    if value is None:
        return None, False
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).date(), False
    if isinstance(value, date):
        return value, False
    if isinstance(value, str) and re.search(DAY, value):
        try:
            return date.fromisoformat(value.strip(BLANKS)), False
        except ValueError:
            return None, True
    return None, True


def _flag(_column: EntryColumn, value: Any) -> tuple[Any, bool]:
    if value is None or isinstance(value, bool):
        return value, False
    text = str(value).strip(BLANKS + "\v").lower()
    if text in YES:
        return True, False
    return (False, False) if text in NO else (None, text != "")


_READERS = {"text": _text, "decimal": _decimal, "date": _day, "flag": _flag}
