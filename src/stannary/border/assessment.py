"""Assess entry lines under a charter: the steps in order, one expression, one pass.

`assess` takes a file of lines to a file of determinations; `assess_line` takes one line. Both run the
very same steps: on columns of a database, or on one line in plain decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from errno import EACCES, ENOTDIR
from importlib.metadata import version
from os import W_OK, X_OK, access
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal

import duckdb
import ibis.expr.types as ir

from stannary.atlas.atlas import Atlas
from stannary.border.adjustment import adjust
from stannary.border.bulk import Bulk
from stannary.border.classification import classify, find_law
from stannary.border.determinations import (
    RESULT_COLUMNS,
    Determination,
    Determinations,
    determination_of,
    words_of,
    write_determinations,
)
from stannary.border.entries import COLUMNS_OF_AN_ENTRY, read_columns
from stannary.border.exemptions import find_exemption
from stannary.border.faults import find_faults
from stannary.border.files import is_damage, open_lines, translated
from stannary.border.law_tables import LawTables, compile_law
from stannary.border.origin import find_origin
from stannary.border.outcome import decide
from stannary.border.quotas import find_spent_quotas
from stannary.border.single import SINGLE, line_of
from stannary.border.splits import find_split_consignments
from stannary.border.survey import survey
from stannary.border.valuation import value
from stannary.border.workplace import Workplace, unwritable
from stannary.charter.charter import Charter
from stannary.errors import EntriesError, Place, Problem
from stannary.lineage import Lineage, fingerprint_file, fingerprint_folder

__all__ = ["STEPS", "assess", "assess_compiled", "assess_line", "run_steps"]

STEPS: tuple[Callable[[Any, LawTables, Any], Any], ...] = (
    find_faults,
    classify,
    value,
    find_law,
    find_origin,
    find_exemption,
    adjust,
    decide,
)
"""What happens to a line, in order."""


def run_steps(lines: Any, law: LawTables, using: Any) -> Any:
    """Take lines, already read, through every step."""
    for step in STEPS:
        lines = step(lines, law, using)
    return lines


def assess(
    charter: Charter,
    atlas: Atlas,
    entries: Path | str,
    *,
    out: Path | str | None = None,
    keep: Literal["all", "results"] = "all",
    progress: Callable[[float], None] | None = None,
    memory: str = "400MB",
) -> Determinations:
    """Assess a file of entry lines (CSV, Parquet or NDJSON) and write its determinations as Parquet.

    Every line comes out exactly once. Without `out` the file lives as long as the result. The same
    charter, atlas and file give the same determinations and the same run fingerprint.

    `keep`: write every input column beside the result, or only the keys of the line
    (`entry_number`, `line_number`, `importer`) and the columns that no entry line has. `progress` is told,
    now and then, the percentage of the running pass that is done. `memory` is what the database may use
    before it spills to disk; a run that cannot do with it is tried again with more.

    Raises `EntriesError` when the file cannot be read as entry lines; then nothing is written.
    """
    source = Path(entries)
    held = None
    if out is None:
        held = Path(mkdtemp(prefix="stannary-"))
        out = held / "determinations.parquet"
    target = Path(out)
    _must_be_writable(target, source)
    law = compile_law(charter, atlas)
    with Workplace(memory) as work, work.watched(progress), ThreadPoolExecutor(1) as aside:
        raw = work.with_room(lambda: open_lines(source, work.backend, work.folder))
        prints = aside.submit(fingerprint_file, source)
        kept = _kept(raw.columns, keep)
        lines = read_columns(raw, kept)
        try:
            days_of = source if source.suffix.lower() in PARQUET else None
            names = raw.columns
            assessed = work.with_room(lambda: _assessed(lines, law, work.backend, days_of, names))
            lineage = Lineage(charter.fingerprint, _fingerprint(atlas), prints.result(), version("stannary"))
            words = words_of(law, lineage, source)
            work.with_room(lambda: write_determinations(assessed, kept, words, work.backend, target))
        except duckdb.Error as error:
            # text was read whole before: only Parquet can still turn out damaged
            if source.suffix.lower() not in PARQUET or not is_damage(error):
                raise
            raise EntriesError([translated(source, error)]) from error
    return Determinations(target, held)


def _assessed(
    lines: ir.Table, law: LawTables, backend: Any, days_of: Path | None, given: Sequence[str]
) -> ir.Table:
    """Look at the lines together, for what one line cannot know, and take them through the steps."""
    seen = survey(lines, backend, days_of, names_products="product" in given)
    splits = find_split_consignments(lines, law, Bulk(seen, law), backend, "duties_included" in given)
    quotas = find_spent_quotas(lines, law, Bulk(seen, law), backend)
    assessed: ir.Table = run_steps(lines, law, Bulk(seen, law, splits, quotas))
    return assessed


def assess_line(charter: Charter, atlas: Atlas, line: Mapping[str, Any]) -> Determination:
    """Assess one line by plain decimals: the same steps, the same answer.

    `line` maps column names to text, `Decimal`, `int`, `float`, `date` or `bool`. For many lines against
    one charter, compile the law once (`compile_law`) and call `assess_compiled`, or `assess_lines` where
    they may be parts of one consignment or claim one quota.
    """
    return assess_compiled(compile_law(charter, atlas), line)


def assess_compiled(
    law: LawTables, line: Mapping[str, Any], *, is_split: bool = False, quota_spent: bool = False
) -> Determination:
    """Assess one line under a compiled law.

    `is_split`: other small lines make one consignment with it. `quota_spent`: the quota it claims is used
    up by lines before it.
    """
    started = SINGLE.extend(line_of(line), is_split=is_split, quota_spent=quota_spent)
    return determination_of(run_steps(started, law, SINGLE), law)


KEYS = ("entry_number", "line_number", "importer")
PARQUET = (".parquet", ".pq")


def _kept(given: Sequence[str], keep: str) -> list[str]:
    """List the input columns that go out with the result; a result column given before is replaced."""
    known = {column.name for column in COLUMNS_OF_AN_ENTRY}
    names = [name for name in given if name.lower() not in RESULT_COLUMNS]
    if keep == "results":
        return [name for name in names if name in KEYS or (name not in known and name != "row")]
    return names


def _fingerprint(atlas: Atlas) -> str:
    """Give the fingerprint of the tables an atlas was opened from."""
    return fingerprint_folder(atlas.folder, (".csv", ".json"))


def _must_be_writable(target: Path, source: Path) -> None:
    """Refuse, before anything is read, a place that cannot be written or that holds the entries."""
    place = Place(str(target))
    try:
        if target.exists() and source.exists() and target.samefile(source):
            message = "The place to write to is the file of entries itself."
            raise EntriesError([Problem("STN-ENTRY-012", message, "Name another file.", place)])
        if target.exists() and not target.is_file():
            what = "a folder" if target.is_dir() else "no file"
            message = f"The place to write to is {what}."
            raise EntriesError([Problem("STN-ENTRY-012", message, "Name a file.", place)])
        parent = next(folder for folder in target.absolute().parents if folder.exists())
        if not parent.is_dir():
            raise NotADirectoryError(ENOTDIR, f"{parent} is no folder")
        if not access(parent, W_OK | X_OK):
            raise PermissionError(EACCES, f"{parent} may not be written to")
    except OSError as error:
        raise EntriesError([unwritable(target, error)]) from error
