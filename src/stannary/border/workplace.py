"""A database to work in and a folder for what it spills, both gone afterwards."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import ibis

from stannary.border.columns import NAMED_FUNCTIONS
from stannary.errors import EntriesError, Place, Problem

__all__ = ["Workplace", "arriving", "rows_a_group", "unwritable"]


T = TypeVar("T")
BYTES = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def rows_a_group(columns: int) -> int:
    """Give the rows of one row group, so that a group of many columns still fits into memory."""
    return min(122_880, max(2_048, 4_000_000 // columns))


class Workplace:
    """An embedded database with a temporary folder; use it in a `with` block."""

    def __init__(self, memory: str = "2GB") -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="stannary-")
        self.folder = Path(self._folder.name)
        self.backend: Any = ibis.duckdb.connect(
            preserve_insertion_order=False,
            temp_directory=str(self.folder),
            memory_limit=memory,
            autoinstall_known_extensions=False,
            autoload_known_extensions=False,
        )
        # the database would draw its own bar, on standard output, in the middle of our data
        self.backend.raw_sql("SET enable_progress_bar = false")
        for definition in NAMED_FUNCTIONS:
            self.backend.raw_sql(definition)

    def with_room(self, work: Callable[[], T]) -> T:
        """Do a piece of work, again with twice the memory where it ran out, up to half of the machine's.

        The memory a run takes depends on how many and how long the texts of a line are, which is known
        only once it runs.
        """
        while True:
            try:
                return work()
            except duckdb.OutOfMemoryException:
                given = self.backend.con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0]
                amount, unit = given.split()
                doubled = 2 * int(float(amount) * BYTES[unit])
                if doubled > os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2:
                    raise
                self.backend.raw_sql(f"SET memory_limit = '{doubled}B'")

    @contextmanager
    def watched(self, report: Callable[[float], None] | None) -> Iterator[None]:
        """Report the percentage of the running query done, now and then, while the block runs."""
        if report is None:
            yield
            return
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.2):
                report(max(0.0, self.backend.con.query_progress()))

        self.backend.raw_sql("SET enable_progress_bar = true")
        self.backend.raw_sql("SET enable_progress_bar_print = false")
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def __enter__(self) -> Workplace:
        # merging our many small steps into few selects costs seconds, and the database does it anyway
        self._fusing, ibis.options.sql.fuse_selects = ibis.options.sql.fuse_selects, False
        return self

    def __exit__(self, *_: object) -> None:
        ibis.options.sql.fuse_selects = self._fusing
        self.backend.disconnect()
        self._folder.cleanup()


@contextmanager
def arriving(path: Path) -> Iterator[Path]:
    """Give a place to write to that becomes `path` when the block ends well, and vanishes otherwise."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=".stannary-", dir=path.parent)
    except OSError as error:
        raise EntriesError([unwritable(path, error)]) from error
    with folder:
        draft = Path(folder.name) / "draft"
        yield draft
        try:
            draft.replace(path)
        except OSError as error:
            raise EntriesError([unwritable(path, error)]) from error


def unwritable(path: Path, error: OSError) -> Problem:
    """Say why a place cannot be written to."""
    reason = error.strerror or str(error)
    return Problem(
        "STN-ENTRY-012", f"It cannot be written: {reason}.", "Name another place.", Place(str(path))
    )
