"""Files of entry lines: what kind they are, whether they are sound, and their lines as a table.

A file that cannot be read as entry lines is refused with every problem found, before anything is
written. A single bad line never is: it becomes a row, referred.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from stannary.border.entries import COLUMNS_OF_AN_ENTRY, REQUIRED
from stannary.border.file_kinds import HEAD, KINDS, LONGEST_LINE, kind_of, refusal
from stannary.border.text_faults import text_faults
from stannary.border.workplace import rows_a_group
from stannary.errors import EntriesError, Place, Problem

__all__ = ["is_damage", "open_lines", "translated"]

MOST_COLUMNS = 1000


def open_lines(path: Path, backend: Any, workplace: Path) -> ir.Table:
    """Open a CSV, Parquet or NDJSON file of entry lines as a table with a `row` number (from 1).

    Text formats are read once into a Parquet file in `workplace`, every column as text. Raises
    `EntriesError` listing what is wrong with the file.
    """
    kind = kind_of(path)
    try:
        if kind == "parquet":
            table = _parquet(path, backend)
        elif kind == "csv":
            table = _csv(path, backend, workplace)
        else:
            table = _ndjson(path, backend, workplace)
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException):
            raise
        located = [] if kind == "parquet" else text_faults(path, kind, LONGEST_LINE)
        raise EntriesError(located or [translated(path, error)]) from error
    _must_have_columns(path, [name for name in table.columns if name != "row"])
    return table


def _csv(path: Path, backend: Any, workplace: Path) -> ir.Table:
    """Read CSV strictly: commas, double quotes, one header, every row as wide as the header."""
    header = _csv_header(path)
    source = backend.con.sql(
        f"SELECT row_number() OVER () AS row, {_given(header)}"
        " FROM read_csv(?, header=true, all_varchar=true,"
        " delim=',', quote='\"', escape='\"', auto_detect=false, columns=?, null_padding=false,"
        " strict_mode=true, nullstr='',"
        " max_line_size=?, encoding='utf-8', hive_partitioning=false)",
        params=[literally(path), dict.fromkeys(header, "VARCHAR"), LONGEST_LINE],
    )
    return _kept(source, backend, workplace, path)


def _given(names: list[str]) -> str:
    """Select the columns given, but for one that bears the name of our own row number."""
    return "* EXCLUDE (row)" if "row" in [name.lower() for name in names] else "*"


def _csv_header(path: Path) -> list[str]:
    """Read and check the header of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline(HEAD)
    names = [name.strip() for name in next(csv.reader([first]), [])]
    if len(names) == 1 and any(mark in first for mark in ";\t|"):
        mark = next(mark for mark in ";\t|" if mark in first)
        raise refusal(
            "STN-ENTRY-008", f"The columns are separated by {mark!r}.", "Separate them by commas.", path, 1
        )
    nameless = [
        Problem(
            "STN-ENTRY-006", f"Column {index + 1} has no name.", "Name it.", Place(str(path), 1, index + 1)
        )
        for index, name in enumerate(names)
        if names and not name
    ]
    if nameless:
        raise EntriesError(nameless)
    _must_be_distinct(path, names)
    _must_have_columns(path, names)
    return names


def _ndjson(path: Path, backend: Any, workplace: Path) -> ir.Table:
    """Read one JSON object a line, each value as text; the columns are all that any line has."""
    with path.open("rb") as stream:
        if stream.read(3) == codecs.BOM_UTF8:
            raise refusal(
                "STN-ENTRY-005",
                "The file begins with a byte-order mark.",
                "Save it as UTF-8 without one.",
                path,
                1,
            )
    names = _ndjson_columns(path, backend)
    _must_have_columns(path, names)
    source = backend.con.sql(
        f"SELECT row_number() OVER () AS row, {_given(names)}"
        " FROM read_json(?, format='newline_delimited', columns=?, maximum_object_size=?,"
        " hive_partitioning=false)",
        params=[literally(path), dict.fromkeys(names, "VARCHAR"), LONGEST_LINE],
    )
    return _kept(source, backend, workplace, path)


def _ndjson_columns(path: Path, backend: Any) -> list[str]:
    """List the columns of all lines, those of the first thousand in the order they appear."""
    names: dict[str, None] = {}
    with path.open(encoding="utf-8") as stream:
        for number in range(1, 1001):
            try:
                text = stream.readline(LONGEST_LINE)
            except UnicodeDecodeError as error:
                raise refusal(
                    "STN-ENTRY-005", "The file is not UTF-8 text.", "Save it again as UTF-8.", path, number
                ) from error
            if not text:
                break
            if text.strip():
                names |= dict.fromkeys(_object_of(text, path, number))
        is_longer = bool(stream.read(1)) if text else False
    if is_longer:
        later = backend.con.execute(
            "SELECT DISTINCT unnest(json_keys(json)) FROM read_ndjson_objects(?, maximum_object_size=?)",
            [literally(path), LONGEST_LINE],
        )
        names |= dict.fromkeys(sorted(name for (name,) in later.fetchall()))
    _must_be_distinct(path, list(names))
    return list(names)


def _must_be_distinct(path: Path, names: list[str]) -> None:
    """Refuse columns of one name; databases do not tell upper from lower case."""
    lowered = [name.lower() for name in names]
    twice = [
        Problem(
            "STN-ENTRY-007",
            f"The column {name!r} is given twice.",
            "Keep one.",
            Place(str(path), 1, index + 1),
        )
        for index, name in enumerate(names)
        if name.lower() in lowered[:index]
    ]
    if twice:
        raise EntriesError(twice)


def _column(path: Path, index: int) -> Place:
    return Place(str(path), 1, index + 1)


def literally(path: Path) -> str:
    """Give a path in which a database sees no pattern for the names of other files."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def _object_of(text: str, path: Path, number: int) -> dict[str, Any]:
    if len(text) >= LONGEST_LINE:
        raise refusal("STN-ENTRY-010", "The line is too long.", "One entry line is one object.", path, number)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refusal(
            "STN-ENTRY-009", f"The line is not JSON: {error}.", "One JSON object a line.", path, number
        ) from error
    if not isinstance(found, dict):
        raise refusal(
            "STN-ENTRY-009", "The line is JSON but not an object.", "One JSON object a line.", path, number
        )
    return found


def _parquet(path: Path, backend: Any) -> ir.Table:
    """Read Parquet as it is; list its columns without reading its rows."""
    table = backend.read_parquet(literally(path), file_row_number=True, hive_partitioning=False)
    try:
        _must_be_distinct(path, pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        raise refusal(*DAMAGED, path) from error
    names = [name for name in table.columns if name not in ("file_row_number", "row")]
    if (
        backend.con.execute(
            "SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata(?)", [literally(path)]
        ).fetchall()[0][0]
        == 0
    ):
        raise refusal("STN-ENTRY-002", "The file holds no lines.", "It needs at least one line.", path)
    wrong = [
        Problem(
            "STN-ENTRY-011",
            f"The column {name!r} has the type {table[name].type()}.",
            "Store text, numbers, dates or booleans.",
            Place(str(path)),
        )
        for name in names
        if name in KNOWN and (table[name].type().is_nested() or table[name].type().is_binary())
    ]  # fmt: skip
    if wrong:
        raise EntriesError(wrong)
    return table.select(*names, row=table.file_row_number + 1)


DAMAGED = ("STN-ENTRY-004", "The Parquet file is damaged or ends too early.", "Write or fetch it again.")
KNOWN = frozenset(column.name for column in COLUMNS_OF_AN_ENTRY)


def _kept(source: Any, backend: Any, workplace: Path, path: Path) -> ir.Table:
    """Write what was read to one Parquet file, so that it is read but once."""
    kept = workplace / "entries.parquet"
    source.write_parquet(str(kept), compression="zstd", row_group_size=rows_a_group(len(source.columns)))
    if backend.con.execute("SELECT count(*) FROM read_parquet(?)", [str(kept)]).fetchall()[0][0] == 0:
        raise refusal(
            "STN-ENTRY-002", "The file has a header and no lines.", "It needs at least one line.", path
        )
    return backend.read_parquet(kept, hive_partitioning=False)


def _must_have_columns(path: Path, names: list[str]) -> None:
    if len(names) > MOST_COLUMNS:
        message = f"The file has {len(names)} columns."
        raise refusal("STN-ENTRY-013", message, f"Keep to {MOST_COLUMNS} columns.", path, 1)
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        near = {name.lower().replace(" ", "_"): name for name in names}
        problems = [
            Problem(
                "STN-ENTRY-006",
                f"The column {name!r} is missing.",
                f"Is {near[name]!r} meant? Write {name}."
                if name in near
                else f"Columns every line needs: {', '.join(REQUIRED)}.",
                Place(str(path), 1),
            )
            for name in missing
        ]
        raise EntriesError(problems)


def translated(path: Path, error: duckdb.Error) -> Problem:
    """Say in our words what the database could not read, keeping the line it names."""
    kind = KINDS[path.suffix.lower()]
    text = str(error)
    line = next(
        (
            int(word.rstrip(".,"))
            for before, word in zip(text.split(), text.split()[1:], strict=False)
            if before.lower() in ("line:", "line") and word.rstrip(".,").isdigit()
        ),
        None,
    )
    place = Place(str(path), line)
    lowered = text.lower()
    if "no space left" in lowered:
        return Problem("STN-ENTRY-012", "The disk is full.", "Make room, or write elsewhere.", place)
    if "maximum line size" in lowered or "maximum_object_size" in lowered:
        return Problem(
            "STN-ENTRY-010",
            "A line is too long to be an entry line.",
            f"Lines end within {LONGEST_LINE} bytes.",
            place,
        )
    if "utf-8" in lowered or "utf8" in lowered or "unicode" in lowered:
        return Problem("STN-ENTRY-005", "The file is not UTF-8 text.", "Save it again as UTF-8.", place)
    if kind == "parquet":
        return Problem(
            "STN-ENTRY-004",
            "The Parquet file is damaged or ends too early.",
            "Write or fetch it again.",
            place,
        )
    if kind == "csv":
        return Problem(
            "STN-ENTRY-009",
            "A row has more or fewer columns than the header, or an open quote.",
            "Make every row as wide as the header.",
            place,
        )
    return Problem("STN-ENTRY-009", "A line is not a JSON object.", "One JSON object a line.", place)


def is_damage(error: duckdb.Error) -> bool:
    """Say whether an error of the database tells of the file read, not of our own expression or of memory."""
    return not isinstance(error, OURS)


OURS = (
    duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.SyntaxException,
    duckdb.OutOfRangeException, duckdb.ConversionException, duckdb.NotImplementedException,
    duckdb.OutOfMemoryException, duckdb.InterruptException, duckdb.InternalException,
)  # fmt: skip
