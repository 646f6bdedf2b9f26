"""One cell of a table: its text turned into the type its column declares.

Numbers are plain decimals (no thousands comma, no exponent, no NaN), dates are ISO 8601, truth is
``true`` or ``false``. An empty cell is a missing value, never zero; the text ``NA`` is Namibia.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import Any, Literal, NewType, get_args, get_origin

from stannary.atlas.states import State

__all__ = ["Column", "PartialDay", "column"]

PartialDay = NewType("PartialDay", str)
"""A day, month or year as exact as its source: 2026-02-06, 2026-02 or 2026."""

NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
WHOLE = re.compile(r"[0-9]{1,6}")
PARTIAL_DAY = re.compile(r"([0-9]{4})(-[0-9]{2})?(-[0-9]{2})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LIST_SEPARATOR = ";"


class Column:
    """How one column is read: its Table Schema type, whether it may be empty, and its parser."""

    __slots__ = ("kind", "may_be_empty", "parse", "takes_list")

    def __init__(
        self, kind: str, parse: Callable[[str], object], *, may_be_empty: bool, takes_list: bool = False
    ) -> None:
        self.kind = kind
        self.parse = parse
        self.may_be_empty = may_be_empty
        self.takes_list = takes_list


def column(annotation: Any) -> Column:
    """Give the way to read a column from the type of its field.

    Raises `TypeError` for a type that no table uses. The parsers raise `ValueError`, saying what is wrong.
    """
    if get_origin(annotation) is UnionType:
        inner = column(next(part for part in get_args(annotation) if part is not type(None)))
        return Column(inner.kind, inner.parse, may_be_empty=True)
    if get_origin(annotation) is Literal:
        return Column("string", one_of(get_args(annotation)), may_be_empty=False)
    if get_origin(annotation) is tuple:
        return Column("string", items, may_be_empty=True, takes_list=True)
    if annotation is PartialDay:
        return Column("string", partial_day, may_be_empty=True)
    if annotation not in SIMPLE:
        raise TypeError(f"no column reads as {annotation}")
    kind, parse, may_be_empty = SIMPLE[annotation]
    return Column(kind, parse, may_be_empty=may_be_empty)


def text(cell: str) -> str:
    """Give a text as it stands."""
    return cell


def number(cell: str) -> Decimal:
    """Read a plain decimal number."""
    if not NUMBER.fullmatch(cell):
        raise ValueError("a number is written with digits and at most one point, like 1250.5")
    return Decimal(cell)


def whole(cell: str) -> int:
    """Read a whole number of at most six digits (years, steps)."""
    if not WHOLE.fullmatch(cell):
        raise ValueError("a whole number is written with digits only, like 2025")
    return int(cell)


def truth(cell: str) -> bool:
    """Read true or false."""
    if cell not in ("true", "false"):
        raise ValueError("write true or false")
    return cell == "true"


def day(cell: str) -> date:
    """Read a day."""
    if not DAY.fullmatch(cell):
        raise ValueError("a day is written as 2026-02-06")
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError("there is no such day") from None


def partial_day(cell: str) -> PartialDay:
    """Read a day, a month or a year."""
    match = PARTIAL_DAY.fullmatch(cell)
    if not match:
        raise ValueError("a date is written as 2026, 2026-02 or 2026-02-06")
    year, month, last = match.groups()
    try:
        date.fromisoformat(year + (month or "-01") + (last or "-01"))
    except ValueError:
        raise ValueError("there is no such date") from None
    return PartialDay(cell)


def items(cell: str) -> tuple[str, ...]:
    """Read a list separated by semicolons; no item is empty."""
    if not cell:
        return ()
    parts = tuple(cell.split(LIST_SEPARATOR))
    if any(not part or part != part.strip() for part in parts):
        raise ValueError("a list is written as a;b;c, without spaces or empty items")
    return parts


def state(cell: str) -> State:
    """Read a state."""
    try:
        return State(cell)
    except ValueError:
        raise ValueError(f"a state is one of {', '.join(State)}") from None


def one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    """Give the reader of a column with a closed list of words."""

    def choice(cell: str) -> str:
        if cell not in choices:
            raise ValueError(f"write one of {', '.join(choices)}")
        return cell

    return choice


SIMPLE: dict[Any, tuple[str, Callable[[str], object], bool]] = {
    # type: Table Schema type, parser, whether a cell may be empty
    str: ("string", text, True),
    bool: ("boolean", truth, False),
    int: ("integer", whole, False),
    Decimal: ("number", number, False),
    date: ("date", day, False),
    State: ("string", state, False),
}
