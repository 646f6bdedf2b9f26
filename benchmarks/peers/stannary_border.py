"""Stannary itself: the whole file with the results alone or with every column, and line by line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis.backends.duckdb  # noqa: F401 - the engine is a library too, and no peer pays for its imports
import pyarrow as pa
import pyarrow.parquet as pq

from border_book import open_world
from stannary.border.assessment import assess
from stannary.border.law_tables import compile_law
from stannary.border.together import assess_lines

__all__ = ["job", "job_line_by_line", "job_with_every_column"]


def job(folder: Path, lines: Path, out: Path) -> Callable[[], None]:
    """Give the assessment that writes the keys of each line and its results."""
    charter, atlas = open_world(folder)
    return lambda: _ignore(assess(charter, atlas, lines, out=out, keep="results"))


def job_with_every_column(folder: Path, lines: Path, out: Path) -> Callable[[], None]:
    """Give the assessment that writes every input column beside the results."""
    charter, atlas = open_world(folder)
    return lambda: _ignore(assess(charter, atlas, lines, out=out, keep="all"))


def _ignore(_determinations: Any) -> None:
    """Take no further look at the determinations: they are in the file."""


COLUMNS = {
    "entry_number": pa.string(), "line_number": pa.string(), "importer": pa.string(), "outcome": pa.int8(),
    "reason": pa.int16(), "product_index": pa.int16(), "origin": pa.int8(), "exemption": pa.int8(),
    "rule_index": pa.int16(), "segment": pa.int32(), "customs_value_usd": pa.decimal128(18, 2),
    "adjustment_usd": pa.decimal128(18, 2),
}  # fmt: skip


def job_line_by_line(folder: Path, lines: Path, out: Path) -> Callable[[], None]:
    """Give the assessment by the single-line path, split consignments found among the lines."""
    charter, atlas = open_world(folder)
    law = compile_law(charter, atlas)
    rows = pq.read_table(lines).to_pylist()

    def work() -> None:
        found = []
        for row, one in zip(rows, assess_lines(law, rows), strict=True):
            codes = {name: one.facts.get(name) for name in COLUMNS}
            money = {"customs_value_usd": one.customs_value_usd, "adjustment_usd": one.adjustment_usd}
            found.append(codes | {name: row[name] for name in KEYS} | money)
        pq.write_table(pa.Table.from_pylist(found, pa.schema(COLUMNS)), out, compression="snappy")

    return work


KEYS = ("entry_number", "line_number", "importer")
