"""One look at the lines before the run: from which days they are, and under which codes.

It tells how far each table of the compiled charter must reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["Survey", "survey"]


@dataclass(frozen=True)
class Survey:
    """What one look at the lines shows: their days and their codes."""

    first_day: date | None
    last_day: date | None
    claims: tuple[tuple[str, str | None], ...]


def survey(
    lines: ir.Table, backend: Any, source: Path | None = None, *, names_products: bool = True
) -> Survey:
    """Look once at the lines: from which days, under which codes.

    Where `source` is a Parquet file that keeps statistics of its dates, they are not read again.
    `names_products`: the lines have a column of products.
    """
    days = _days_in_statistics(source) if source is not None else None
    if days is None:
        facts = lines.aggregate(first=lines.in_entered_on.min(), last=lines.in_entered_on.max())
        days = backend.raw_sql(ibis.to_sql(facts, dialect="duckdb")).fetchall()[0]
    keys = ["in_tariff_code", "in_product"] if names_products else ["in_tariff_code"]
    found = backend.raw_sql(ibis.to_sql(lines.select(*keys).distinct(), dialect="duckdb")).fetchall()
    claims = ((code, (products[0] or None) if products else None) for code, *products in found if code)
    return Survey(days[0], days[1], tuple(sorted(set(claims), key=str)))


def _days_in_statistics(source: Path) -> tuple[date, date] | None:
    """Give the first and last day of entry from a Parquet file's own statistics, if it keeps them."""
    try:
        metadata = pq.read_metadata(source)
    except (pa.ArrowException, OSError):
        return None  # the database reads what it can, and says what it cannot
    leaves = [metadata.schema.column(number).path for number in range(metadata.num_columns)]
    if "entered_on" not in leaves:
        return None
    column = leaves.index("entered_on")
    groups = [metadata.row_group(n).column(column).statistics for n in range(metadata.num_row_groups)]
    if not groups or not all(group is not None and group.has_min_max for group in groups):
        return None
    try:
        first, last = min(group.min for group in groups), max(group.max for group in groups)
    except (OverflowError, ValueError):
        return None  # a day no calendar of ours holds
    return (first, last) if type(first) is date and type(last) is date else None
