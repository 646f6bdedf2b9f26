"""A database to work in and a folder for what it spills, both gone afterwards."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis

from stannary.border.columns import NAMED_FUNCTIONS

__all__ = ["Workplace", "arriving"]


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
        for definition in NAMED_FUNCTIONS:
            self.backend.raw_sql(definition)

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
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        draft = Path(folder) / path.name
        yield draft
        draft.replace(path)
