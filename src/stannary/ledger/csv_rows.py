"""Rows of CSV as a book reads them: text cells under known columns, every fault with line and column."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stannary.errors import Place, Problem
from stannary.ledger.files import MOST_PROBLEMS, lines_of

__all__ = ["CsvRow", "csv_rows", "no_more_than_can_be_read"]

LONGEST = 100_000
"""The most characters of one line."""

FILE = "STN-LEDGER-022"


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: its cells by column (empty where there is none), and where it stands."""

    cells: Mapping[str, str]
    header: Sequence[str]
    line: str
    place: Place

    def at(self, name: str) -> Place:
        """Give the place of a cell, or of the row where it has no such cell."""
        begins = dict(zip(self.header, _beginnings(self.line), strict=False))
        return replace(self.place, column=begins.get(name), path=name)


def csv_rows(
    content: bytes, name: str, columns: Sequence[str], required: Sequence[str], problems: list[Problem]
) -> Iterator[CsvRow]:
    """Give the rows under a header that was understood; add every fault of form to `problems`.

    A quoted cell may not run over the end of its line. Raises `LedgerError` where the file is no text.
    """
    header: list[str] = []
    count = 0
    for number, line, cells in _records(content, name, problems):
        place = Place(name, number, 1)
        if not header:
            header = cells
            faults = list(_faults_of_header(header, _beginnings(line), place, columns, required))
            if faults:
                problems += faults
                return
            continue
        count += 1
        if len(cells) != len(header):
            message = f"The row has {len(cells)} cells; the header has {len(header)}."
            problems.append(Problem(FILE, message, "Quote a cell that holds a comma.", place))
            continue
        named = dict.fromkeys(columns, "") | dict(zip(header, cells, strict=True))
        yield CsvRow(named, header, line, place)
    if not count and not problems:
        problems.append(Problem(FILE, "The file has no rows.", "Put rows under the header.", Place(name)))


def no_more_than_can_be_read(problems: Sequence[Problem]) -> list[Problem]:
    """Give the first `MOST_PROBLEMS` and a word that there are more, or all where there are fewer."""
    if len(problems) < MOST_PROBLEMS:
        return list(problems)
    at = replace(problems[MOST_PROBLEMS - 1].place, column=None, path=None)
    stop = Problem(FILE, "Reading stopped here: there are too many problems.", "Begin with the first.", at)
    return [*problems[:MOST_PROBLEMS], stop]


def _records(content: bytes, name: str, problems: list[Problem]) -> Iterator[tuple[int, str, list[str]]]:
    """Give the number, the text and the cells of each line. A quoted cell may not run over a line's end."""
    for number, line in lines_of(content, name):
        place = Place(name, number, 1)
        if len(problems) >= MOST_PROBLEMS:
            return
        if len(line) > LONGEST:
            words = f"The line has {len(line):,} characters; at most {LONGEST:,} are read."
            problems.append(Problem(FILE, words, "Check that the file is CSV.", place))
            continue
        if not line.strip():
            problems.append(Problem(FILE, "The line is empty.", "Leave no line empty.", place))
            continue
        try:
            [cells] = csv.reader([line], strict=True)
        except (csv.Error, ValueError):
            words = "The line is no row of CSV: a quote or a line end stands where it may not."
            problems.append(Problem(FILE, words, 'Double a quote inside quotes: "5"" pipe".', place))
            continue
        yield number, line, cells


def _beginnings(line: str) -> list[int]:
    """Give the column at which each cell of a line begins."""
    columns, is_quoted = [1], False
    for at, sign in enumerate(line):
        if sign == '"' and (is_quoted or at + 1 == columns[-1]):
            is_quoted = not is_quoted
        elif sign == "," and not is_quoted:
            columns.append(at + 2)
    return columns


def _faults_of_header(
    header: list[str], begins: list[int], place: Place, columns: Sequence[str], required: Sequence[str]
) -> Iterator[Problem]:
    for number, (name, column) in enumerate(zip(header, begins, strict=True)):
        at = replace(place, column=column)
        if name not in columns:
            remedy = f"Columns are {', '.join(columns)}."
            yield Problem(FILE, f"There is no column {name[:40]!r}.", remedy, at)
        elif name in header[:number]:
            yield Problem(FILE, f"The column {name} is given twice.", "Leave one out.", at)
    for name in required:
        if name not in header:
            yield Problem(FILE, f"The column {name} is missing.", "Add it.", place)
