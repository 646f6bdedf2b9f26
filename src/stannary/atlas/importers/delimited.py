"""Text tables of official publishers, read line by line with every fault noted at its place.

The files come from anywhere: the wrong file, half a download, a zip in disguise. Nothing but `AtlasError`
leaves this module, memory stays bounded by one line, and reading stops once `PROBLEMS_LISTED` faults are
known.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from stannary.errors import AtlasError, Place, Problem

__all__ = ["Faults", "Line", "open_bytes", "read_lines", "read_whole"]

PROBLEMS_LISTED = 100
LONGEST_LINE = 1 << 17
LARGEST_WHOLE_FILE = 1 << 26

MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (
        b"PK\x03\x04",
        "a zip archive (or an Excel workbook)",
        "Unpack it, or use its own importer.",
    ),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it with 7-Zip and give the file inside."),
    (b"\x1f\x8b", "gzip-compressed", "Unpack it."),
    (b"BZh", "bzip2-compressed", "Unpack it."),
    (b"\xfd7zXZ", "xz-compressed", "Unpack it."),
    (b"PAR1", "a Parquet file", "Give the file as its publisher offers it."),
    (b"%PDF", "a PDF document", "Download the data file, not the report."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Download the file in its current format."),
    (b"\xff\xfe", "UTF-16 text", "Download it again, without opening and saving it elsewhere."),
    (b"\xfe\xff", "UTF-16 text", "Download it again, without opening and saving it elsewhere."),
)


@dataclass(slots=True)
class Faults:
    """The problems found in one file, in order; `full` when listing more would help nobody."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Say whether enough is known to stop reading."""
        return len(self.problems) >= PROBLEMS_LISTED

    def note(
        self, code: str, message: str, remedy: str, line: int | None = None, column: int | None = None
    ) -> None:
        """Add a problem at a place of the file."""
        if not self.full:
            self.problems.append(Problem(code, message, remedy, Place(self.file, line, column)))

    def refuse(self) -> None:
        """Raise `AtlasError` with every problem noted; do nothing when there is none."""
        if self.full:
            text = f"There may be more: reading stopped after {PROBLEMS_LISTED} problems."
            self.problems.append(
                Problem("STN-ATLAS-009", text, "Check that it is the right file.", Place(self.file))
            )
        if self.problems:
            raise AtlasError(self.problems)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: its number in the file, and its cells by column name."""

    number: int
    cells: dict[str, str]
    columns: dict[str, int]

    def column(self, name: str) -> int:
        """Give the position of a column, from 1."""
        return self.columns[name]


def read_lines(
    stream: IO[bytes],
    faults: Faults,
    *,
    encoding: str = "utf-8",
    check_header: Callable[[list[str], Faults], None],
    trailing_blanks: bool = False,
) -> Iterator[Line]:
    """Read a comma-separated table, one `Line` at a time.

    `check_header` notes what is wrong with the column names; on any fault there, no line is read. With
    `trailing_blanks`, unnamed columns at the right end and wholly empty lines are passed over (some
    publishers save them from spreadsheets). Every fault is noted; the caller ends with `faults.refuse()`.
    """
    reader = csv.reader(decoded(stream, faults, encoding), strict=True)
    header: list[str] | None = None
    width = 0
    columns: dict[str, int] = {}
    while not faults.full:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            faults.note("STN-ATLAS-002", f"The line is damaged: {error}.", "Download the file again.", number)
            break
        if header is None:
            header = [cell.strip() for cell in cells]
            width = len(header)
            if trailing_blanks:
                header = without_blank_end(header)
            header_faults(header, faults)
            check_header(header, faults)
            if faults.problems:
                return
            columns = {name: index + 1 for index, name in enumerate(header)}
            continue
        if trailing_blanks:
            if not any(cell.strip() for cell in cells):
                continue
            cells = cells[: len(header)] + without_blank_end(cells[width:])
            cells += [""] * (len(header) - len(cells))
        if len(cells) != len(header):
            message = f"The line has {len(cells)} cells where the header has {len(header)}."
            faults.note("STN-ATLAS-009", message, "Download the file again: it may be cut short.", number)
            continue
        yield Line(number, dict(zip(header, cells, strict=True)), columns)
    if header is None and not faults.problems:
        faults.note("STN-ATLAS-002", "The file is empty.", "Download it again.")


def without_blank_end(cells: list[str]) -> list[str]:
    """Drop empty cells at the right end."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def header_faults(header: list[str], faults: Faults) -> None:
    """Note a header that is no header: one long cell, or a name given twice."""
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        faults.note("STN-ATLAS-009", "The columns are not separated by commas.", "Give it as published.", 1)
    for index, name in enumerate(header):
        if name in header[:index]:
            faults.note("STN-ATLAS-009", f"The column {name!r} is given twice.", "Keep one.", 1, index + 1)


def decoded(stream: IO[bytes], faults: Faults, encoding: str) -> Iterator[str]:
    """Give the text lines of a stream, noting bytes that are no text, and lines that are none."""
    number = 0
    while not faults.full:
        number += 1
        try:
            raw = stream.readline(LONGEST_LINE + 1)
        except (OSError, EOFError, zlib.error) as error:
            faults.note("STN-ATLAS-002", f"The file breaks off: {error}.", "Download it again.", number)
            return
        if not raw:
            return
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if len(raw) > LONGEST_LINE:
            message = f"The line is longer than {LONGEST_LINE:,} bytes."
            faults.note("STN-ATLAS-002", message, "Check that it is the right file.", number)
            return
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            message = f"A byte is not {encoding} text ({error.reason})."
            faults.note("STN-ATLAS-002", message, "Give the file as published.", number, error.start + 1)
            continue
        if "\0" in text:
            faults.note("STN-ATLAS-002", "The line holds a NUL byte.", "Give the file as published.", number)
            continue
        yield text


def open_bytes(path: Path, *, gzipped: bool = False) -> IO[bytes]:
    """Open a file for reading, refusing what cannot be a text table.

    With `gzipped`, a gzip file is unpacked while it is read. Raises `AtlasError`: STN-ATLAS-001 when there
    is no such file, STN-ATLAS-002 when it is a folder, empty, an archive or another kind of file.
    """
    faults = Faults(str(path))
    try:
        if path.is_dir():
            faults.note("STN-ATLAS-002", "It is a folder, not a file.", "Name the file inside.")
        elif not path.exists():
            faults.note("STN-ATLAS-001", "There is no such file.", "Check the name.")
        elif not path.is_file():
            faults.note("STN-ATLAS-002", "It is not an ordinary file.", "Save it to disk first.")
        faults.refuse()
        stream = path.open("rb")
    except (OSError, ValueError) as error:
        faults.note("STN-ATLAS-002", f"It cannot be opened: {error}.", "Check the name and your rights.")
        faults.refuse()
        raise
    start = stream.read(512)
    stream.seek(0)
    if gzipped and start.startswith(b"\x1f\x8b"):
        stream.close()
        return cast(IO[bytes], gzip.open(path, "rb"))
    note_start(start, faults)
    if faults.problems:
        stream.close()
    faults.refuse()
    return stream


def note_start(start: bytes, faults: Faults) -> None:
    """Note what the first bytes show the file to be, where that is no text table."""
    if not start:
        faults.note("STN-ATLAS-002", "The file is empty.", "Download it again.")
    for magic, kind, remedy in MAGIC:
        if start.startswith(magic):
            faults.note("STN-ATLAS-002", f"The file is {kind}.", remedy)
    if start.lstrip()[:15].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        faults.note("STN-ATLAS-002", "The file is a web page.", "Download the data file itself.")


def read_whole(path: Path) -> bytes:
    """Read a file of at most 64 MiB, refusing what `open_bytes` refuses."""
    with open_bytes(path) as stream:
        try:
            content = stream.read(LARGEST_WHOLE_FILE + 1)
        except OSError as error:
            problem = Problem("STN-ATLAS-002", f"It cannot be read: {error}.", "Try again.", Place(str(path)))
            raise AtlasError([problem]) from error
    if len(content) > LARGEST_WHOLE_FILE:
        message = f"The file is larger than {LARGEST_WHOLE_FILE >> 20} MiB."
        raise AtlasError(
            [Problem("STN-ATLAS-002", message, "Check that it is the right file.", Place(str(path)))]
        )
    return content
