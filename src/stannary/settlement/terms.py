"""Files of terms (YAML) and of quantities (CSV), read strictly: text as text, every problem with its line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from stannary.charter.document import plain, read_document
from stannary.charter.faults import faults
from stannary.errors import LedgerError, Place, Problem, SettlementError, refuse
from stannary.ledger.csv_rows import CsvRow, csv_rows
from stannary.settlement.statement import Input, Statement, Step

__all__ = ["read_judged", "read_rows", "read_statements", "read_terms"]

T = TypeVar("T")
V = TypeVar("V")
CODE = "STN-SETTLE-001"

UNREAD: dict[str, Any] = {"quantity": Decimal("NaN"), "received_on": date.min, "delivered_on": date.min}
"""What stands in for a cell that cannot be read while the others are judged; any other keeps its text."""

SPOT = re.compile(r"\[([0-9]+)\]\.([a-z_]+)$")


def read_terms(path: Path, form: type[T]) -> T:
    """Read a YAML file as a form of terms.

    Raises `SettlementError` (STN-SETTLE-001) with every problem: unreadable text, missing, unknown or
    ill-formed fields, terms without a source or the word `assumed`.
    """
    root, found = read_document(path, path.name)
    problems = [_ours(one, path) for one in found]
    terms: Any = None
    if root is not None and not any(one.code == "STN-CHARTER-002" for one in found):
        try:
            terms = _adapter(cast(Any, form)).validate_python(plain(root))
        except ValidationError as error:
            empty = {(one.place.line, one.place.column) for one in found}
            wrong = faults(form, root, path.stem, error)
            problems += [_ours(w, path) for w in wrong if (w.place.line, w.place.column) not in empty]
    refuse(SettlementError, problems)
    if terms is None:
        raise SettlementError([Problem(CODE, "The file holds no terms.", "Write them.", Place(str(path)))])
    read: T = terms
    return read


def read_rows(path: Path, form: type[T]) -> tuple[T, ...]:
    """Read a CSV file whose columns are the fields of a form, one value a row; an empty cell is not given.

    Raises `SettlementError` (STN-SETTLE-001) with every problem of every row.
    """
    problems: list[Problem] = []
    rows = [read for _, read, _ in _rows(path, form, problems) if read is not None]
    refuse(SettlementError, [replace(one, code=CODE) for one in problems])
    return tuple(rows)


def read_judged(
    path: Path,
    form: type[T],
    make: Callable[[Mapping[str, Any]], V],
    judge: Callable[[Sequence[V]], Iterable[Problem]],
) -> tuple[V, ...]:
    """Read a CSV file as `read_rows` does, make something of every row, and let all of them be judged.

    What `judge` finds has a path that ends in the number of the row and the column, ``[2].unit``. Raises
    `SettlementError` with every problem of every row, of form and of sense, each at its cell.
    """
    problems: list[Problem] = []
    placed = list(_rows(path, form, problems))
    made = [make(_cells(form, row, read, bad)) for row, read, bad in placed]
    problems = [replace(one, code=CODE) for one in problems]
    for found in judge(made):
        match = SPOT.search(found.place.path or "")
        if match is None:
            problems.append(found)
            continue
        row, _, bad = placed[int(match[1]) - 1]
        if match[2] not in bad:
            problems.append(replace(found, place=row.at(match[2])))
    refuse(SettlementError, sorted(problems, key=lambda one: (one.place.line or 0, one.place.column or 0)))
    return tuple(made)


def _rows(
    path: Path, form: type[T], problems: list[Problem]
) -> Iterator[tuple[CsvRow, T | None, frozenset[str]]]:
    """Give each row, what it says (`None` where a cell is wrong), and the columns that are wrong."""
    known = [each.name for each in fields(form)]  # type: ignore[arg-type]
    needed = [each.name for each in fields(form) if _is_needed(each)]  # type: ignore[arg-type]
    try:
        for row in csv_rows(path.read_bytes(), str(path), known, needed, problems):
            given = {name: cell for name, cell in row.cells.items() if cell != ""}
            try:
                read: T = _adapter(cast(Any, form)).validate_python(given)
            except ValidationError as error:
                problems += _faults_of_row(row, error)
                yield row, None, frozenset(str(one["loc"][0]) for one in error.errors() if one["loc"])
            else:
                yield row, read, frozenset()
    except LedgerError as error:
        problems += error.problems
    except OSError as error:
        message = f"The file cannot be read ({error.strerror})."
        problems.append(Problem(CODE, message, "Check its name.", Place(str(path))))


def read_statements(path: Path) -> tuple[Statement, ...]:
    """Read statements that ``stannary settle`` wrote as JSON: one, or a list of them.

    Raises `SettlementError` (STN-SETTLE-001) where the file is none, or was changed since: each statement
    carries its digest.
    """
    place = Place(str(path))
    remedy = "Name a file that stannary settle wrote with --format json."
    try:
        data = json.loads(path.read_bytes().decode("utf-8"), parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as error:
        message = f"The file is not readable ({type(error).__name__})."
        raise SettlementError([Problem(CODE, message, remedy, place)]) from None
    try:
        listed = data["statements"] if isinstance(data, dict) and "statements" in data else [data]
        found = [(_statement(one), one["digest"]) for one in listed]
        if not found:
            raise ValueError("the list is empty")
        changed = [statement.reference for statement, digest in found if statement.digest != digest]
    except (KeyError, TypeError, ValueError) as error:
        message = f"This is no statement ({type(error).__name__}: {error})."
        raise SettlementError([Problem(CODE, message[:300], remedy, place)]) from None
    remedy = "Use the file as it was written."
    refuse(
        SettlementError,
        (
            Problem(
                CODE, f"The statement {each} is not as it was written: its digest differs.", remedy, place
            )
            for each in changed
        ),
    )
    return tuple(statement for statement, _ in found)


def _cells(form: type[T], row: CsvRow, read: T | None, bad: frozenset[str]) -> Mapping[str, Any]:
    """Give the values of a row by column, with something in the place of those that cannot be read."""
    if read is not None:
        return {each.name: getattr(read, each.name) for each in fields(form)}  # type: ignore[arg-type]
    kinds = get_type_hints(form, include_extras=True)
    return {
        name: UNREAD.get(name, cell) if name in bad else _adapter(kinds[name]).validate_python(cell)
        for name, cell in row.cells.items()
        if name in bad or cell != ""
    }


@cache
def _adapter(form: type) -> TypeAdapter[Any]:
    return TypeAdapter(form)


def _is_needed(each: Any) -> bool:
    if isinstance(each.default, FieldInfo):
        return each.default.is_required()
    return each.default is MISSING and each.default_factory is MISSING


def _ours(found: Problem, path: Path) -> Problem:
    """Give a problem of the form our code and the file's own name."""
    remedy = found.remedy.replace("an id that citation.yaml lists", "where it stands")
    place = replace(found.place, file=str(path))
    return replace(found, code=CODE, remedy=remedy.replace("the charter", "the file"), place=place)


def _faults_of_row(row: CsvRow, error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        name = str(detail["loc"][0]) if detail["loc"] else ""
        message = str(detail["msg"]).removeprefix("Value error, ")
        given = row.cells.get(name, "")
        shown = f" ({given[:60]!r})" if given else ""
        yield Problem(CODE, f"{name}: {message}{shown}.", "", row.at(name) if name else row.place)


def _statement(data: Mapping[str, Any]) -> Statement:
    """Read one statement from plain data as `Statement.as_data` gives it."""
    inputs: Sequence[Mapping[str, Any]] = data["inputs"]
    steps: Sequence[Mapping[str, Any]] = data["steps"]
    words = {
        name: str(data[name])
        for name in (
            "kind", "reference", "organisation", "currency", "article", "charter", "software", "payer",
            "payee", "outcome",
        )
    }  # fmt: skip
    return Statement(
        **words,
        on=date.fromisoformat(data["on"]),
        inputs=tuple(
            # A number and the same digits as words are written alike, and have the same digest.
            Input(str(one["name"]), str(one["value"]), str(one["unit"]), str(one["source"]))
            for one in inputs
        ),
        steps=tuple(
            Step(
                str(one["name"]),
                str(one["formula"]),
                _number(one["value"]),
                str(one["unit"]),
                str(one["article"]),
            )
            for one in steps
        ),
        amount=_number(data["amount"]),
    )


def _number(text: str) -> Decimal:
    """Read a number of a statement: plain digits, as `plain_number` writes them. Raises `ValueError`."""
    if not re.fullmatch(r"-?[0-9]{1,150}(\.[0-9]{1,150})?", text):
        raise ValueError(f"{text[:40]!r} is not a number in plain digits")
    return Decimal(text)
