"""Where a text file of entry lines is broken: each fault with its line and column.

A database that gives up on a file says little about where. This reads the file again, line by line and
never much of it at once, and names the places.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from stannary.errors import Place, Problem

__all__ = ["text_faults"]

MOST = 20
"""Faults listed at most."""

FARTHEST = 1 << 28
"""Characters read at most: beyond, the database's own words must do."""

NOT_UTF8 = re.compile("[\udc80-\udcff]")


def text_faults(path: Path, kind: str, longest: int) -> list[Problem]:
    """List what is wrong with a CSV or NDJSON file, in the order of its lines; nothing when all is well.

    `longest` is the most characters a line may have.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        lines = _Lines(stream, path, longest)
        read = _csv_faults if kind == "csv" else _json_faults
        found = list(islice(read(lines), MOST)) + lines.faults
    if not found and kind == "csv" and len(lines.endings) > 1:
        message = f"Line {lines.turned} ends in another way than those before it (CRLF, LF or CR)."
        found = [Problem("STN-ENTRY-009", message, "End every line alike.", Place(str(path), lines.turned))]
    return found


class _Lines:
    """The lines of a file, up to the first that is no text or too long to be one."""

    def __init__(self, stream: TextIO, path: Path, longest: int) -> None:
        self.stream, self.path, self.longest = stream, path, longest
        self.faults: list[Problem] = []
        self.endings: set[str] = set()
        self.turned = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        read = 0
        while not self.faults and read < FARTHEST and (line := self.stream.readline(self.longest)):
            self.number += 1
            read += len(line)
            bad = NOT_UTF8.search(line)
            if bad:
                remedy = "Save the file again as UTF-8."
                self.note("STN-ENTRY-005", "The file is not UTF-8 text.", remedy, bad.start() + 1)
            elif len(line) >= self.longest:
                remedy = f"A line ends within {self.longest} characters."
                self.note("STN-ENTRY-010", "The line is too long to be an entry line.", remedy)
            else:
                self.end(line)
                yield line

    def end(self, line: str) -> None:
        """Note how a line ends, and the first that ends unlike those before."""
        ending = line[len(line.rstrip("\r\n")) :][-2:]
        if ending and ending not in self.endings:
            self.endings.add(ending)
            self.turned = self.number

    def note(self, code: str, message: str, remedy: str, column: int | None = None) -> None:
        """Note a fault of the line now read."""
        self.faults.append(Problem(code, message, remedy, Place(str(self.path), self.number, column)))


def _csv_faults(lines: _Lines) -> Iterator[Problem]:
    rows = csv.reader(iter(lines), strict=True)
    width = len(next(rows, []))
    first = lines.number + 1
    try:
        for row in rows:
            if row and len(row) != width:
                message = f"The row has {len(row)} columns, the header {width}."
                remedy = "Make every row as wide as the header; quote cells that hold commas."
                yield Problem("STN-ENTRY-009", message, remedy, Place(str(lines.path), first))
            first = lines.number + 1
    except csv.Error as error:
        if not lines.faults:
            message = f"A quote is opened and not closed, or stands inside a cell ({error})."
            remedy = "Close it; double quotes inside quoted cells."
            yield Problem("STN-ENTRY-009", message, remedy, Place(str(lines.path), first))


def _json_faults(lines: _Lines) -> Iterator[Problem]:
    for text in lines:
        place = Place(str(lines.path), lines.number)
        if not text.strip():
            continue
        try:
            found = json.loads(text, object_pairs_hook=_pairs)
        except (ValueError, RecursionError) as error:
            message = f"The line is not JSON: {error}."
            yield Problem("STN-ENTRY-009", message, "One JSON object a line.", place)
            continue
        if not isinstance(found, _Object):
            message = "The line is JSON but not an object."
            yield Problem("STN-ENTRY-009", message, "One JSON object a line.", place)
        elif found.twice:
            message = f"The column {found.twice[0]!r} is given twice."
            yield Problem("STN-ENTRY-007", message, "Keep one.", place)


class _Object:
    """A JSON object, of which only the names given twice matter."""

    def __init__(self, names: list[str]) -> None:
        lowered = [name.lower() for name in names]
        self.twice = [name for index, name in enumerate(names) if name.lower() in lowered[:index]]


def _pairs(pairs: list[tuple[str, Any]]) -> _Object:
    return _Object([name for name, _ in pairs])
