"""What all tables of a book have in common: how amounts are written, what stands above and below them.

Rows hold every digit, in major units with a point and no separators; tables separate thousands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from stannary.ledger.commodities import EXPONENTS, amount_of
from stannary.ledger.export import harmless
from stannary.ledger.store import AsOf
from stannary.report.tables import QUIET, listing

__all__ = [
    "Row",
    "Told",
    "add_bold",
    "as_of_in_words",
    "neutral",
    "shown",
    "shown_if_any",
    "statement",
    "summed",
]

AMBER = "yellow"
Row = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A statement told: its rows, the totals under them, whether it holds, and how it is drawn."""

    rows: list[Row]
    totals: list[Row]
    holds: bool
    draw: Callable[[], RenderableType]

    def as_data(self) -> Row:
        """Give the statement as plain data."""
        return {"holds": self.holds, "rows": self.rows, "totals": self.totals}


def as_of_in_words(as_of: AsOf) -> str:
    """Say from where a book is looked at."""
    words = "in all" if as_of.effective_on is None else f"as of {as_of.effective_on}"
    if as_of.recorded_at is not None:
        words += f", as known at {as_of.recorded_at:%Y-%m-%d %H:%M} UTC"
    return words


def shown(units: int, commodity: str) -> str:
    """Write an amount for a screen: thousands separated; tonnes without idle zeros."""
    amount = f"{amount_of(units, commodity):,f}"
    if commodity in EXPONENTS or "." not in amount:
        return amount
    return amount.rstrip("0").rstrip(".")


def shown_if_any(units: int, commodity: str) -> str:
    """Write an amount, and nothing where it is zero."""
    return shown(units, commodity) if units else ""


def summed(
    columns: Sequence[str],
    lines: Iterable[Sequence[str]],
    sums: Iterable[Sequence[str]],
    *,
    right: Sequence[str],
) -> Table:
    """Draw rows with their sums under them, in bold."""
    table = listing("", columns, lines, right=right)
    table.add_row(*("" for _ in columns))
    for cells in sums:
        add_bold(table, *cells)
    return table


def add_bold(table: Table, *cells: str) -> None:
    """Add a row in bold."""
    table.add_row(*(Text(cell, style="bold") for cell in cells))


def statement(
    title: str,
    organisation: str,
    as_of: AsOf,
    table: Table,
    words: str,
    has_rows: bool,
    nothing: str = "Nothing has been posted.",
) -> RenderableType:
    """Draw a statement: whose it is and as of when, the table, and what it shows in a sentence."""
    head = Text(f"{title} of {organisation}, {as_of_in_words(as_of)}", style="bold")
    if not has_rows:
        return Stack(head, Text(nothing, style=QUIET))
    style = AMBER if words.isupper() or "incident" in words else QUIET
    return Stack(head, "", table, *(("", Text(words, style=style)) if words else ()))


def neutral(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Give rows for a spreadsheet: every text that is no amount made harmless."""
    return [
        {
            key: harmless(value) if isinstance(value, str) and not _is_number(value) else value
            for key, value in row.items()
        }
        for row in rows
    ]


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit()
