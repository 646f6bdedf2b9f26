"""Read files of price reports, strictly: every fault at once, each with its line and column.

CSV (comma, UTF-8, one header) and NDJSON (one object a line) hold the same columns, all read as text by one
grammar: digits and a point for numbers, YYYY-MM-DD for days, true and false, nothing for what is not known.
"""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from stannary.errors import Place, PriceError, Problem, UnitError
from stannary.ledger.commodities import EXPONENTS
from stannary.pricing.reports import KINDS, PriceReport
from stannary.units import tonnes_per

__all__ = ["COLUMNS", "read_reports"]

COLUMNS: tuple[str, ...] = tuple(each.name for each in fields(PriceReport) if each.compare)
"""The columns of a file of reports, in the order of a report's fields."""

ALWAYS = frozenset(
    each.name for each in fields(PriceReport) if each.default is MISSING and each.default_factory is MISSING
) - {"purity", "buyer", "seller"}
"""Columns that every file holds and every report fills."""

LONGEST_LINE = 1 << 20
MOST_PROBLEMS = 1000
NUMBER = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?")
DAY = re.compile(r"(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}")
CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff]"
)
"""Signs that no name needs: they steer, hide, or are no text (half of a pair in UTF-16)."""
ONE = Decimal(1)


class _Row(NamedTuple):
    """One report as text, with its line and the place of each value in it."""

    line: int
    values: Mapping[str, str]
    columns: Mapping[str, int]


def read_reports(
    path: Path | str, *, products: Collection[str] = (), economies: Collection[str] = ()
) -> tuple[PriceReport, ...]:
    """Read every report of a CSV or NDJSON file, or refuse the file with everything that is wrong.

    With `products` and `economies`, names that are not among them are refused too. Raises `PriceError`:
    STN-PRICE-001 for the file's form, 002 for a missing or malformed value, 003 for an unknown product, unit,
    currency or economy, 004 for a report given twice.
    """
    path = Path(path)
    problems: list[Problem] = []
    reports: list[PriceReport] = []
    seen: dict[str, int] = {}
    reader = _Values(str(path), frozenset(products), frozenset(economies), problems)
    for row in _rows(path, problems):
        report = reader.report(row)
        name = row.values.get("id", "").strip()
        first = seen.setdefault(name, row.line)
        if first != row.line and name:
            message = f"report {name[:80]!r} is given twice, first on line {first}."
            remedy = "Keep one; a change is a report of its own that corrects it."
            problems.append(Problem("STN-PRICE-004", message, remedy, reader.place(row, "id")))
        if report is not None:
            reports.append(report)
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise PriceError(problems)
    if not reports:
        raise PriceError([_form("the file holds no reports.", "It needs at least one.", path)])
    return tuple(reports)


# -- rows of text -----------------------------------------------------------------------------------------


def _form(
    message: str, remedy: str, path: Path, line: int | None = None, column: int | None = None
) -> Problem:
    return Problem("STN-PRICE-001", message, remedy, Place(str(path), line, column))


def _rows(path: Path, problems: list[Problem]) -> Iterator[_Row]:
    """Give the reports of a file as text; what is wrong with its form is added to the problems."""
    kinds = {".csv": _csv_rows, ".ndjson": _json_rows, ".jsonl": _json_rows}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        problems.append(_form("the file's kind is not known.", "Name it .csv or .ndjson.", path))
        return
    try:
        if not path.is_file():
            message = "is a folder, not a file" if path.is_dir() else "does not exist"
            problems.append(_form(f"the file of reports {message}.", "Name a CSV or NDJSON file.", path))
            return
        yield from kind(path, problems)
    except OSError as error:
        problems.append(_form(f"the file cannot be read: {error.strerror}.", "Look to its rights.", path))


def _lines(path: Path, problems: list[Problem]) -> Iterator[tuple[int, str]]:
    """Give the lines of a text file with their numbers, up to the first that is none."""
    with path.open("rb") as stream:
        for number, raw in enumerate(iter(lambda: stream.readline(LONGEST_LINE), b""), start=1):
            if len(raw) >= LONGEST_LINE:
                problems.append(_form("the line is too long to be a report.", "End it sooner.", path, number))
                return
            try:
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                remedy = "Save the file again as UTF-8."
                problems.append(_form("the file is not UTF-8 text.", remedy, path, number, error.start + 1))
                return


def _csv_rows(path: Path, problems: list[Problem]) -> Iterator[_Row]:
    reader = csv.reader((text for _, text in _lines(path, problems)), strict=True)
    try:
        before = len(problems)
        header = [name.strip() for name in next(reader, [])]
        found = [] if len(problems) > before else _header_problems(header, path)
        problems += found
        if len(problems) > before:
            return
        places = {name: index + 1 for index, name in enumerate(header)}
        line = reader.line_num + 1
        for row in reader:
            if row and len(row) != len(header):
                message = f"the row has {len(row)} columns, the header {len(header)}."
                remedy = "Make every row as wide as the header; quote cells that hold commas."
                problems.append(_form(message, remedy, path, line))
            elif row:
                yield _Row(line, dict(zip(header, row, strict=True)), places)
            line = reader.line_num + 1
    except csv.Error as error:
        remedy = "Close every quote, and double quotes inside quoted cells."
        if "new-line" in str(error):
            remedy = "Save it again with lines that end as they do on Unix or Windows."
        elif "field larger" in str(error):
            remedy = "No cell of a report is so long: close the quote before it, or shorten it."
        problems.append(_form(f"the table is broken ({error}).", remedy, path, reader.line_num))


def _header_problems(header: list[str], path: Path) -> list[Problem]:
    if not header:
        return [_form("the file is empty.", "Its first line names the columns.", path, 1)]
    if header[0].startswith(("<", "PK\x03\x04")):
        what = "a web page" if header[0].startswith("<") else "a workbook or an archive"
        return [_form(f"the file is {what}, not a table.", "Save the table in it as CSV (UTF-8).", path, 1)]
    if len(header) == 1 and re.search(r"[;\t|]", header[0]):
        return [_form("the columns are not separated by commas.", "Separate them by commas.", path, 1)]
    found = []
    for index, name in enumerate(header):
        if name not in COLUMNS:
            found.append(_form(f"the column {name[:40]!r} is not known.", _near(name), path, 1, index + 1))
        elif name in header[:index]:
            found.append(_form(f"the column {name!r} is given twice.", "Keep one.", path, 1, index + 1))
    for name in sorted(ALWAYS - set(header)):
        found.append(
            _form(f"the column {name!r} is missing.", f"Add {name}; every report fills it.", path, 1)
        )
    return found


def _near(name: str) -> str:
    near = difflib.get_close_matches(name[:80].lower().replace(" ", "_"), COLUMNS, n=1)
    return f"Did you mean {near[0]}?" if near else f"Columns are {', '.join(COLUMNS)}."


def _json_rows(path: Path, problems: list[Problem]) -> Iterator[_Row]:
    for line, text in _lines(path, problems):
        if not text.strip():
            continue
        try:
            pairs = json.loads(
                text, object_pairs_hook=_Pairs, parse_float=str, parse_int=str, parse_constant=_no_number
            )
        except (ValueError, RecursionError) as error:
            problems.append(_form(f"the line is not JSON: {error}.", "One JSON object a line.", path, line))
            continue
        if not isinstance(pairs, _Pairs):
            problems.append(_form("the line is JSON but not an object.", "One object a line.", path, line))
            continue
        values = {}
        for name, value in pairs:
            if name not in COLUMNS:
                problems.append(_form(f"the field {name[:40]!r} is not known.", _near(name), path, line))
            elif name in values:
                problems.append(_form(f"the field {name!r} is given twice.", "Keep one.", path, line))
            elif isinstance(value, list):  # an object is a list of pairs here
                problems.append(_form(f"the field {name!r} is no single value.", "Give one.", path, line))
            else:
                values[name] = _text_of(value)
        yield _Row(line, values, {})


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it was written, names given twice included."""


def _no_number(text: str) -> str:
    raise ValueError(f"{text} is not a number")


def _text_of(value: object) -> str:
    if value is None:
        return ""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


# -- values -----------------------------------------------------------------------------------------------


class _FaultError(Exception):
    """What is wrong with one value: the code, the fact, and what would be right."""


class _Values:
    """Turn text into reports, noting every fault."""

    def __init__(
        self, file: str, products: frozenset[str], economies: frozenset[str], problems: list[Problem]
    ) -> None:
        self.file, self.problems = file, problems
        amount, share = _number(above_zero=True), _number(most=ONE, above_zero=True)
        some, rate = _number(), _number(most=ONE)
        self.read: dict[str, Callable[[str], Any]] = dict.fromkeys(COLUMNS, _text) | {
            "kind": _one_of(KINDS), "product": _known(products, "product"), "quantity": amount,
            "quantity_unit": _unit, "purity": share, "price": amount, "currency": _currency,
            "price_unit": _unit, "price_basis": _one_of(("gross", "contained")), "related": _truth,
            "origin": _economy(economies), "dated_on": _day, "reported_on": _day, "is_firm": _truth,
            "vat_included": rate, "duty_included": some, "freight": some, "insurance": some,
        }  # fmt: skip

    def place(self, row: _Row, column: str) -> Place:
        """Give the place of a value."""
        return Place(self.file, row.line, row.columns.get(column), column)

    def report(self, row: _Row) -> PriceReport | None:
        """Read one report; `None`, and its problems noted, where it is not sound."""
        before = len(self.problems)
        values: dict[str, Any] = {}
        for column in COLUMNS:
            text = row.values.get(column, "").strip()
            try:
                if text:
                    values[column] = self.read[column](text)
                elif column in ALWAYS:
                    raise _FaultError("STN-PRICE-002", f"`{column}` is missing.", "Every report says it.")
            except _FaultError as fault:
                code, message, remedy = fault.args
                self.problems.append(Problem(code, message, remedy, self.place(row, column)))
        if "reported_on" in values and values["reported_on"] < values.get("dated_on", values["reported_on"]):
            message = f"the report was handed in on {values['reported_on']}, before the day it tells of."
            place = self.place(row, "reported_on")
            self.problems.append(Problem("STN-PRICE-002", message, "Put the two days right.", place))
        if values.get("corrects") and not values.get("reason"):
            message = "the report corrects another and gives no reason."
            place = self.place(row, "reason")
            self.problems.append(Problem("STN-PRICE-002", message, "Say what was wrong.", place))
        if len(self.problems) > before:
            return None
        blank = {"purity": None, "buyer": None, "seller": None}
        return PriceReport(**(blank | values), written_at=Place(self.file, row.line))


def _text(text: str) -> str:
    if CONTROL.search(text):
        raise _FaultError("STN-PRICE-002", "the text holds a control character.", "Remove it.")
    return text


def _number(*, most: Decimal | None = None, above_zero: bool = False) -> Callable[[str], Decimal]:
    def read(text: str) -> Decimal:
        if not NUMBER.fullmatch(text):
            remedy = "Write digits and a point, without separators: 66000.50."
            raise _FaultError("STN-PRICE-002", f"{text[:40]!r} is not a number in digits.", remedy)
        value = Decimal(text)
        if above_zero and value == 0:
            raise _FaultError(
                "STN-PRICE-002", "zero is no price, quantity or share.", "Leave out what is not known."
            )
        if most is not None and value > most:
            raise _FaultError(
                "STN-PRICE-002", f"{text} is more than {most}.", "Write a share: 0.995 for 99.5%."
            )
        return value

    return read


@cache
def _day(text: str) -> date:
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    message = f"{text[:40]!r} is not a day of the calendar from 1900 to 2999."
    raise _FaultError("STN-PRICE-002", message, "Write, say, 2026-03-31.")


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise _FaultError(
            "STN-PRICE-002", f"{text[:40]!r} is neither true nor false.", "Write true or false."
        )
    return text == "true"


def _one_of(words: Collection[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise _FaultError(
                "STN-PRICE-002", f"{text[:40]!r} is not one of the words.", f"Write {', '.join(words)}."
            )
        return text

    return read


@cache
def _unit(text: str) -> str:
    try:
        tonnes_per(text)
    except UnitError as error:
        problem = error.problems[0]
        raise _FaultError("STN-PRICE-003", problem.message, problem.remedy) from error
    return text


def _currency(text: str) -> str:
    if text not in EXPONENTS:
        message = f"{text[:40]!r} is no currency in circulation."
        raise _FaultError("STN-PRICE-003", message, "Write its three letters (ISO 4217): USD.")
    return text


def _economy(known: frozenset[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(r"[A-Z]{3}", text) or (known and text not in known):
            remedy = "Write its alpha-3 code (ISO 3166), or nothing when it is not known."
            raise _FaultError("STN-PRICE-003", f"{text[:40]!r} is no economy.", remedy)
        return text

    return read


def _known(known: frozenset[str], what: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if known and text not in known:
            near = difflib.get_close_matches(text[:80], sorted(known), n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known)[:12])}."
            raise _FaultError("STN-PRICE-003", f"{text[:80]!r} is no {what} that is priced.", remedy)
        return _text(text)

    return read
