"""The one kind of row that every importer yields, what may be done with it, and how it is written down.

A row holds what the publisher printed: the names and periods as published, the number as an exact decimal
in a plain unit, and a state that says what kind of number it is. A state without a number never carries
one: withheld is not zero, and "less than 5" is an upper bound, not 5.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from stannary.errors import AtlasError, Place, Problem

__all__ = ["FactState", "ImportedFact", "Publication", "Redistribution", "WrittenFacts", "write_facts"]


class FactState(StrEnum):
    """What a published cell says about its number."""

    REPORTED = "reported"
    ESTIMATED = "estimated"
    DERIVED = "derived"
    ZERO = "zero"
    WITHHELD = "withheld"
    NOT_AVAILABLE = "not_available"
    NOT_APPLICABLE = "not_applicable"
    NET_EXPORTER = "net_exporter"
    LESS_THAN = "less_than"
    GREATER_THAN = "greater_than"
    RANGE = "range"
    WORDS = "words"
    UNREADABLE = "unreadable"


NUMBERED = frozenset({FactState.REPORTED, FactState.ESTIMATED, FactState.DERIVED, FactState.ZERO})
"""The states that carry a value; LESS_THAN, GREATER_THAN and RANGE carry bounds, the rest no number."""


class Redistribution(StrEnum):
    """What the publisher's terms allow: everything, single cited facts, or nothing."""

    ALLOWED = "allowed"
    SINGLE_FACT = "single_fact"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Publication:
    """Where a row comes from and what its licence allows."""

    id: str
    title: str
    publisher: str
    url: str
    licence: str
    redistribution: Redistribution
    attribution: str


@dataclass(frozen=True, slots=True)
class ImportedFact:
    """One published cell.

    `economy` is the economy the number is about (in trade: the reporter), `partner` its counterpart; both
    ISO alpha-3, or `None` where the published name is not certain. `period` is ``2025``, ``2021-24``,
    ``2026-05`` or ``2026-05-29``. `unit` is ``t``, ``kg``, ``USD/lb``, ``percent`` …; `basis` says what a
    tonne is a tonne of. `low` and `high` are bounds, in the same unit.
    """

    publication: Publication
    table: str
    commodity: str
    statistic: str
    product: str
    economy: str | None
    economy_published: str
    period: str
    value: Decimal | None
    unit: str
    state: FactState
    basis: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    partner: str | None = None
    partner_published: str = ""
    section: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not self.table.isidentifier():
            raise ValueError(f"{self.table!r} is no name for a table")
        if (self.value is not None) != (self.state in NUMBERED):
            raise ValueError(
                f"a row that is {self.state} {'needs' if self.value is None else 'has no'} value"
            )

    @property
    def source(self) -> str:
        """Give the id of the source."""
        return self.publication.id

    @property
    def licence(self) -> str:
        """Give the licence in words."""
        return self.publication.licence

    @property
    def redistribution(self) -> Redistribution:
        """Say whether the row may be passed on."""
        return self.publication.redistribution


COLUMNS = (
    "source", "commodity", "section", "statistic", "product", "economy", "economy_published", "partner",
    "partner_published", "period", "value", "low", "high", "unit", "basis", "state", "licence",
    "redistribution", "note",
)  # fmt: skip
SOURCE_COLUMNS = tuple(field.name for field in fields(Publication))
SOURCES_FILE = "imported_sources.csv"


@dataclass(frozen=True, slots=True)
class WrittenFacts:
    """What was written: the files, and the rows in each table."""

    folder: Path
    rows: dict[str, int]

    @property
    def sentence(self) -> str:
        """Say what was written, in words."""
        counts = ", ".join(f"{count:,} {table}" for table, count in sorted(self.rows.items()))
        return f"Wrote {sum(self.rows.values()):,} rows to {self.folder}: {counts or 'nothing'}."


def write_facts(facts: Iterable[ImportedFact], folder: Path) -> WrittenFacts:
    """Write rows as `imported_<source>_<table>.csv` and their sources as `imported_sources.csv`.

    `facts` may be a stream: one row is held at a time. Files appear only when the whole stream has been
    read, each in one step, so an error half-way leaves what was there. Sources already listed in the
    folder stay listed. Raises `AtlasError` (STN-ATLAS-020) when the folder cannot be written or a file of
    that name holds something else, and passes on whatever the stream raises.
    """
    rows: dict[str, int] = {}
    publications: dict[str, Publication] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            files: dict[tuple[str, str], HalfWritten] = {}
            for fact in facts:
                key = (fact.source, fact.table)
                if key not in files:
                    target = folder / f"imported_{fact.source}_{fact.table}.csv"
                    files[key] = stack.enter_context(HalfWritten(target, COLUMNS))
                files[key].write(cells(fact))
                rows[fact.table] = rows.get(fact.table, 0) + 1
                publications[fact.source] = fact.publication
            with HalfWritten(folder / SOURCES_FILE, SOURCE_COLUMNS) as sources:
                for line in source_lines(folder / SOURCES_FILE, publications):
                    sources.write(line)
                for file in files.values():
                    file.finish()
                sources.finish()
    except OSError as error:
        raise AtlasError(
            [unwritable(Path(error.filename or folder), f"It cannot be written ({error.strerror}).")]
        ) from error
    return WrittenFacts(folder, rows)


def cells(fact: ImportedFact) -> list[str]:
    """Give a row's cells in the order of `COLUMNS`; missing is empty, numbers are plain decimals."""
    return [as_text(getattr(fact, column)) for column in COLUMNS]


def as_text(value: object) -> str:
    """Write a cell: decimals without an exponent, missing as nothing."""
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def source_lines(path: Path, publications: dict[str, Publication]) -> Iterator[list[str]]:
    """Give the lines of the list of sources: those already there, with the given ones added or renewed."""
    lines = {
        name: [str(getattr(publication, column)) for column in SOURCE_COLUMNS]
        for name, publication in publications.items()
    }
    if path.exists():
        try:
            with path.open(encoding="utf-8", newline="") as stream:
                for line in list(csv.reader(stream))[1:]:
                    if line:
                        lines.setdefault(line[0], line)
        except (UnicodeDecodeError, csv.Error) as error:
            raise AtlasError([unwritable(path, f"The list of sources is damaged ({error}).")]) from error
    yield from (lines[name] for name in sorted(lines))


class HalfWritten:
    """A CSV file that is written beside its place and moved there in one step when it is finished."""

    def __init__(self, target: Path, columns: tuple[str, ...]) -> None:
        self.target = target
        self.columns = columns
        self.part = target.with_name(f".{target.name}.{os.getpid()}.part")
        self.stream: TextIO | None = None

    def __enter__(self) -> HalfWritten:
        if self.target.exists() and not holds_header(self.target, self.columns):
            raise AtlasError([unwritable(self.target, "It already holds something else.")])
        self.stream = self.part.open("w", encoding="utf-8", newline="")
        self.lines = csv.writer(self.stream, lineterminator="\n")
        self.lines.writerow(self.columns)
        return self

    def write(self, line: list[str]) -> None:
        """Add one line."""
        self.lines.writerow(line)

    def finish(self) -> None:
        """Close the file and move it to its place."""
        if self.stream is not None:
            self.stream.close()
            self.part.replace(self.target)

    def __exit__(self, *_: object) -> None:
        if self.stream is not None:
            self.stream.close()
        self.part.unlink(missing_ok=True)


def holds_header(path: Path, columns: tuple[str, ...]) -> bool:
    """Say whether a file is one of ours, by its first line."""
    expected = (",".join(columns) + "\n").encode()
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(len(expected)) == expected


def unwritable(path: Path, message: str) -> Problem:
    """Say that a place cannot be written."""
    return Problem("STN-ATLAS-020", message, "Name another folder.", Place(str(path)))
