"""Read one table of an atlas: CSV text into typed rows, with every problem placed by line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stannary.atlas.cells import Column
from stannary.atlas.package import Schema
from stannary.atlas.states import contradiction
from stannary.atlas.tables import TABLES, columns_of, figure_of
from stannary.errors import Place, Problem

__all__ = ["Records", "TableReading", "read_records", "read_rows"]

SUPPORT = frozenset({"unit", "basis", "year", "date", "day", "source", "sources", "state", "period"})
"""Columns without which a number means nothing (STN-ATLAS-005)."""

Ids = Callable[[str], frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Records:
    """The cells of a table as text: header, (line, cells) for each well-formed row, problems."""

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]
    problems: tuple[Problem, ...]

    def ids(self) -> frozenset[str] | None:
        """Give the ids that the table lists, or `None` where it cannot be read."""
        if "id" not in self.header:
            return None
        index = self.header.index("id")
        return frozenset(cells[index] for _, cells in self.rows)


@dataclass(frozen=True, slots=True)
class TableReading:
    """The rows of a table and all that is wrong with it."""

    rows: tuple[Any, ...]
    problems: tuple[Problem, ...]


def read_rows(schema: Schema, records: Records, ids: Ids) -> TableReading:
    """Turn a table's cells into rows of its type.

    `ids` gives the ids a core table lists (or `None` to skip that check). Problems: STN-ATLAS-004 a value of
    the wrong form, -005 a number without date, unit or source, -006 an unknown id, -007 a row given twice,
    -008 a number that contradicts its state.
    """
    problems = list(records.problems)
    if not records.header:
        return TableReading((), tuple(problems))
    columns = columns_of(TABLES[schema.table])
    order = [(name, columns[name]) for name in records.header]
    known = {column: ids(table) for column, table in schema.references}
    rows: list[Any] = []
    seen: dict[tuple[str, ...], int] = {}
    positions = [records.header.index(name) for name in schema.primary_key]
    for line, cells in records.rows:
        values, faults = read_cells(schema, order, cells)
        faults += unknown_ids(order, cells, known)
        key = tuple(cells[position] for position in positions)
        if positions and key in seen:
            faults.append(
                ("007", 0, f"The row was given before, in line {seen[key]}.", "Keep one of the two.")
            )
        seen.setdefault(key, line)
        if values is not None and not any(number in ("004", "005") for number, *_ in faults):
            faults += clash(schema, records.header, values)
        problems += [
            Problem(f"STN-ATLAS-{number}", message, remedy, placed(records, line, index))
            for number, index, message, remedy in faults
        ]
        if not faults and values is not None:
            rows.append(TABLES[schema.table](**values))
    return TableReading(tuple(rows), tuple(problems))


Fault = tuple[str, int, str, str]


def placed(records: Records, line: int, index: int) -> Place:
    """Give the place of a cell: file, line, the column's number from 1, and its name."""
    return Place(records.file, line, index + 1, records.header[index])


def read_cells(
    schema: Schema, order: list[tuple[str, Column]], cells: list[str]
) -> tuple[dict[str, Any] | None, list[Fault]]:
    """Read the cells of one row."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for index, (name, column) in enumerate(order):
        cell = cells[index]
        if not cell:
            if name in schema.required or name in SUPPORT or not column.may_be_empty:
                number = "005" if name in SUPPORT else "004"
                faults.append((number, index, f"{name} is missing.", "Give it, with its source."))
            values[name] = EMPTY.get(column.kind, None) if not column.takes_list else ()
            continue
        try:
            values[name] = column.parse(cell)
        except ValueError as error:
            faults.append(("004", index, f"{name} is {shown(cell)}: {error}.", ""))
    return (None if len(values) < len(order) else values), faults


EMPTY: Mapping[str, str] = {"string": ""}


def shown(cell: str) -> str:
    """Show a cell in a message, cut where it is long."""
    return repr(cell if len(cell) <= 60 else cell[:57] + "...")


def unknown_ids(
    order: list[tuple[str, Column]], cells: list[str], known: Mapping[str, frozenset[str] | None]
) -> list[Fault]:
    """List ids that the table they point into does not hold."""
    faults: list[Fault] = []
    for index, (name, column) in enumerate(order):
        allowed = known.get(name)
        if allowed is None or not cells[index]:
            continue
        for item in cells[index].split(";") if column.takes_list else (cells[index],):
            if item not in allowed:
                faults.append(
                    ("006", index, f"{name} names {shown(item)}, which is not listed.", "List it first.")
                )
    return faults


def clash(schema: Schema, header: tuple[str, ...], values: dict[str, Any]) -> list[Fault]:
    """Say where a row's number contradicts its state."""
    figure = figure_of(TABLES[schema.table])
    if figure is None:
        return []
    words = contradiction(values[figure], values["state"])
    return (
        [("008", header.index(figure), f"In {figure} {words}.", "Correct one of the two.")] if words else []
    )


def read_records(path: Path, schema: Schema) -> Records:
    """Read the text of a CSV file: UTF-8, comma, one header row. Nothing but problems is raised or lost."""
    file = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return broken(file, "001", f"The table {schema.table} is missing.", "Put the file there.")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return broken(file, "002", "The file is not UTF-8 text.", "Save it as UTF-8.", line)
    except (OSError, ValueError) as error:
        return broken(file, "002", f"The file cannot be read ({type(error).__name__}).", "Name a CSV file.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = tuple(next(reader, ()))
    except csv.Error as error:
        return broken(file, "002", f"The header cannot be read: {error}.", "Write comma-separated text.", 1)
    problems = check_header(file, schema, header)
    if problems:
        return Records(file, (), (), tuple(problems))
    rows: list[tuple[int, list[str]]] = []
    for line, cells, fault in lines_of(reader):
        if fault:
            problems.append(Problem("STN-ATLAS-002", fault, "Mend the quotes.", Place(file, line)))
        elif len(cells) != len(header):
            message = f"The row has {len(cells)} columns, the header {len(header)}."
            problems.append(Problem("STN-ATLAS-002", message, "Give every column.", Place(file, line)))
        else:
            rows.append((line, cells))
    return Records(file, header, tuple(rows), tuple(problems))


def lines_of(reader: Any) -> Iterator[tuple[int, list[str], str]]:
    """Yield (first line, cells, error in words) of each record."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, [], f"The row cannot be read: {error}."
            continue
        yield line, cells, ""


def broken(file: str, number: str, message: str, remedy: str, line: int | None = None) -> Records:
    """Give the records of a file that cannot be read at all."""
    return Records(file, (), (), (Problem(f"STN-ATLAS-{number}", message, remedy, Place(file, line)),))


def check_header(file: str, schema: Schema, header: tuple[str, ...]) -> list[Problem]:
    """List columns that are missing, unknown or given twice."""
    found: list[Problem] = []
    if not header:
        return [Problem("STN-ATLAS-002", "The table is empty.", "Write a header row.", Place(file, 1))]
    for name in schema.columns:
        if name not in header:
            found.append(
                Problem("STN-ATLAS-003", f"The column {name} is missing.", "Add it.", Place(file, 1))
            )
    for index, name in enumerate(header):
        place = Place(file, 1, index + 1)
        if name not in schema.columns:
            found.append(
                Problem("STN-ATLAS-003", f"The column {shown(name)} is not known.", "Drop it.", place)
            )
        elif header.index(name) != index:
            found.append(Problem("STN-ATLAS-003", f"The column {name} is given twice.", "Keep one.", place))
    return found
