"""The limit: DuckDB reads the book and writes it again, every column, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb

__all__ = ["job"]


def job(folder: Path, lines: Path, out: Path) -> Callable[[], None]:
    """Give the copy of a book of lines."""

    def work() -> None:
        with duckdb.connect(config={"preserve_insertion_order": False}) as base:
            base.execute(
                f"COPY (SELECT * FROM '{lines}') TO '{out}'"
                " (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)"
            )

    return work
