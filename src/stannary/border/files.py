"""Files of entry lines: what kind they are, whether they are sound, and their lines as a table.

A file that cannot be read as entry lines is refused with every problem found, before anything is
written. A single bad line never is: it becomes a row, referred.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.types as ir

from stannary.border.entries import COLUMNS_OF_AN_ENTRY, REQUIRED
from stannary.errors import EntriesError, Place, Problem

__all__ = ["KINDS", "is_damage", "open_lines", "translated"]

KINDS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet", ".ndjson": "ndjson", ".jsonl": "ndjson"}
LONGEST_LINE = 2_000_000
HEAD = 1 << 16
OTHER_FILES = {
    b"PK\x03\x04": "a ZIP archive (or an Excel workbook)",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"SQLite format 3": "an SQLite database",
}


def open_lines(path: Path, backend: Any, workplace: Path) -> ir.Table:
    """Open a CSV, Parquet or NDJSON file of entry lines as a table with a `row` number (from 1).

    Text formats are read once into a Parquet file in `workplace`, every column as text. Raises
    `EntriesError` listing what is wrong with the file.
    """
    kind = _kind(path)
    try:
        if kind == "parquet":
            table = _parquet(path, backend)
        elif kind == "csv":
            table = _csv(path, backend, workplace)
        else:
            table = _ndjson(path, backend, workplace)
    except duckdb.Error as error:
        raise EntriesError([translated(path, error)]) from error
    _must_have_columns(path, [name for name in table.columns if name != "row"])
    return table


def _refusal(code: str, message: str, remedy: str, path: Path, line: int | None = None) -> EntriesError:
    return EntriesError([Problem(code, message, remedy, Place(str(path), line))])


def _kind(path: Path) -> str:
    """Find what kind of file it is, by name and by its first bytes."""
    if not path.exists():
        raise _refusal("STN-ENTRY-001", "There is no such file.", "Check the path.", path)
    if not path.is_file():
        raise _refusal(
            "STN-ENTRY-001", "This is a folder, not a file.", "Name one file of entry lines.", path
        )
    if path.stat().st_size == 0:
        raise _refusal(
            "STN-ENTRY-002", "The file is empty.", "It needs a header and at least one line.", path
        )
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    kind = KINDS.get(path.suffix.lower())
    for magic, what in OTHER_FILES.items():
        if head.startswith(magic):
            raise _refusal(
                "STN-ENTRY-003",
                f"The content is {what}.",
                "Unpack or export it to CSV, Parquet or NDJSON.",
                path,
            )
    if kind is None:
        known = ", ".join(sorted(KINDS))
        raise _refusal(
            "STN-ENTRY-003",
            f"The ending {path.suffix or '(none)'!r} is not known.",
            f"Use one of {known}.",
            path,
        )
    if (kind == "parquet") != head.startswith(b"PAR1"):
        what = "not Parquet" if kind == "parquet" else "Parquet"
        raise _refusal(
            "STN-ENTRY-003",
            f"The name says {kind}, the content is {what}.",
            "Rename or convert the file.",
            path,
        )
    if kind != "parquet":
        _must_be_text(path, head)
    return kind


def _must_be_text(path: Path, head: bytes) -> None:
    """Refuse UTF-16 and binary content, and a first line too long to be a header."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head:
        raise _refusal("STN-ENTRY-005", "The file is not UTF-8 text.", "Save it again as UTF-8.", path)
    try:
        head[: head.rfind(b"\n") + 1 or None].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = head[: error.start].count(b"\n") + 1
        if len(head) - error.start > 4 or len(head) < HEAD:
            raise _refusal(
                "STN-ENTRY-005", "The file is not UTF-8 text.", "Save it again as UTF-8.", path, line
            ) from error
    if len(head) == HEAD and b"\n" not in head:
        raise _refusal(
            "STN-ENTRY-010", "The first line runs past 64 KiB.", "Break the file into lines.", path, 1
        )


def _csv(path: Path, backend: Any, workplace: Path) -> ir.Table:
    """Read CSV strictly: commas, double quotes, one header, every row as wide as the header."""
    header = _csv_header(path)
    source = backend.con.sql(
        "SELECT row_number() OVER () AS row, * FROM read_csv(?, header=true, all_varchar=true,"
        " delim=',', quote='\"', escape='\"', auto_detect=false, columns=?, null_padding=false,"
        " strict_mode=true, nullstr='',"
        " max_line_size=?, encoding='utf-8')",
        params=[str(path), dict.fromkeys(header, "VARCHAR"), LONGEST_LINE],
    )
    return _kept(source, backend, workplace, path)


def _csv_header(path: Path) -> list[str]:
    """Read and check the header of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline(HEAD)
    names = [name.strip() for name in next(csv.reader([first]), [])]
    if len(names) == 1 and any(mark in first for mark in ";\t|"):
        mark = next(mark for mark in ";\t|" if mark in first)
        raise _refusal(
            "STN-ENTRY-008", f"The columns are separated by {mark!r}.", "Separate them by commas.", path, 1
        )
    problems = []
    for index, name in enumerate(names):
        if not name:
            problems.append(
                Problem(
                    "STN-ENTRY-006",
                    f"Column {index + 1} has no name.",
                    "Name it.",
                    Place(str(path), 1, index + 1),
                )
            )
        elif name.lower() in [other.lower() for other in names[:index]]:
            problems.append(
                Problem(
                    "STN-ENTRY-007",
                    f"The column {name!r} is given twice.",
                    "Keep one.",
                    Place(str(path), 1, index + 1),
                )
            )
    if problems:
        raise EntriesError(problems)
    _must_have_columns(path, names)
    return names


def _ndjson(path: Path, backend: Any, workplace: Path) -> ir.Table:
    """Read one JSON object a line, each value as text; the columns are those of the first thousand lines."""
    names: dict[str, None] = {}
    with path.open(encoding="utf-8-sig") as stream:
        for number in range(1, 1001):
            try:
                text = stream.readline(LONGEST_LINE)
            except UnicodeDecodeError as error:
                raise _refusal(
                    "STN-ENTRY-005", "The file is not UTF-8 text.", "Save it again as UTF-8.", path, number
                ) from error
            if not text:
                break
            if text.strip():
                names |= dict.fromkeys(_object_of(text, path, number))
    _must_have_columns(path, list(names))
    source = backend.con.sql(
        "SELECT row_number() OVER () AS row, * FROM read_json(?, format='newline_delimited', columns=?,"
        " maximum_object_size=?)",
        params=[str(path), dict.fromkeys(names, "VARCHAR"), LONGEST_LINE],
    )
    return _kept(source, backend, workplace, path)


def _object_of(text: str, path: Path, number: int) -> dict[str, Any]:
    if len(text) >= LONGEST_LINE:
        raise _refusal(
            "STN-ENTRY-010", "The line is too long.", "One entry line is one object.", path, number
        )
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refusal(
            "STN-ENTRY-009", f"The line is not JSON: {error}.", "One JSON object a line.", path, number
        ) from error
    if not isinstance(found, dict):
        raise _refusal(
            "STN-ENTRY-009", "The line is JSON but not an object.", "One JSON object a line.", path, number
        )
    return found


def _parquet(path: Path, backend: Any) -> ir.Table:
    """Read Parquet as it is; list its columns without reading its rows."""
    table = backend.read_parquet(path, file_row_number=True)
    names = [name for name in table.columns if name not in ("file_row_number", "row")]
    if (
        backend.con.execute(
            "SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata(?)", [str(path)]
        ).fetchall()[0][0]
        == 0
    ):
        raise _refusal("STN-ENTRY-002", "The file holds no lines.", "It needs at least one line.", path)
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


KNOWN = frozenset(column.name for column in COLUMNS_OF_AN_ENTRY)


def _kept(source: Any, backend: Any, workplace: Path, path: Path) -> ir.Table:
    """Write what was read to one Parquet file, so that it is read but once."""
    kept = workplace / "entries.parquet"
    source.write_parquet(str(kept), compression="zstd")
    if backend.con.execute("SELECT count(*) FROM read_parquet(?)", [str(kept)]).fetchall()[0][0] == 0:
        raise _refusal(
            "STN-ENTRY-002", "The file has a header and no lines.", "It needs at least one line.", path
        )
    return backend.read_parquet(kept)


def _must_have_columns(path: Path, names: list[str]) -> None:
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
    """Say whether an error of the database tells of the file read, not of our own expression."""
    damage = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
    return isinstance(error, damage) and not isinstance(error, duckdb.ConversionException)
