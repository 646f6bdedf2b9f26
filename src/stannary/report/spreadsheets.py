"""Rows as CSV that a spreadsheet may open: exact numbers, and no text that it would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

__all__ = ["as_csv"]

ACTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula, in a text."""


def as_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> str:
    """Give rows as CSV; what is missing is empty; a text that begins like a formula gets a quote first.

    `columns` head a table without rows; else the first row's names do.
    """
    listed = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(listed[0]) if listed else columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in listed)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return _cell("; ".join(map(str, value)))
    if isinstance(value, str):
        # A bare carriage return would end the row for some readers.
        kept = value.replace("\r", " ")
        return "'" + kept if value.startswith(ACTS) else kept
    return value
