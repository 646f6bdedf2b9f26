"""Plain tables for a terminal: no rules, numbers to the right, nothing cut off in silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

__all__ = ["QUIET", "listing"]

QUIET = "bright_black"


def listing(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    note: str = "",
) -> Table:
    """Draw rows as a table; the columns named in `right` hold numbers, those in `whole` are never broken."""
    table = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        caption=note or None,
        caption_justify="left",
    )
    for column in columns:
        is_number = column in right
        table.add_column(
            column,
            header_style=QUIET,
            justify="right" if is_number else "left",
            no_wrap=is_number or column in whole,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
