"""The world tables of the USGS Mineral Commodity Summaries in their layouts before 2026.

The 2025 edition is one CSV with a unit column; the 2024 edition is one CSV a commodity, with the unit and
the year in the names of its columns (``Prod_t_est_2023``). Both are UTF-8 with a byte order mark. U.S.
Government work, public domain.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from stannary.atlas.importers.delimited import Faults, Line, read_lines, read_whole
from stannary.atlas.importers.economy_codes import economy_of_name
from stannary.atlas.importers.facts import FactState, ImportedFact, Publication
from stannary.atlas.importers.usgs_cells import Cell, Unit, read_cell, read_unit
from stannary.atlas.importers.usgs_commodity_summaries import commodity_summaries, encoding_of

__all__ = ["read_usgs_world_tables"]

EDITION = re.compile(r"MCS ?(\d{4})", re.ASCII)
COMMODITY_IN_NAME = re.compile(r"mcs\d{4}-?(.+)_world", re.IGNORECASE | re.ASCII)
YEAR = re.compile(r"\d{4}", re.ASCII)
TABLES = {"prod": "production", "cap": "capacity", "reserves": "reserves"}
PLACES = ("SOURCE", "COUNTRY", "TYPE")
MISPLACED_UNIT = ("Titanium Mineral Concentrates", "metric tons")
"""The 2025 edition labels this chapter in metric tons and prints thousands of them, as the editions of
2024 and 2026 say: its numbers are scaled and the row says so."""
MISPLACED_REMARK = "Labelled metric tons, printed in thousands of them (see MCS 2024 and 2026); scaled."


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of numbers, as its name describes it; `unit` is `None` where a unit column says it."""

    name: str
    table: str
    period: str | None
    estimated: bool
    unit: Unit | None
    qualifier: str
    note: str | None


def read_usgs_world_tables(path: Path, *, commodity: str | None = None) -> tuple[ImportedFact, ...]:
    """Read a world table of the 2024 or 2025 edition, one row for each published cell.

    The 2024 files do not name their commodity: it is taken from the file's name (``mcs2024-galli_world``)
    unless `commodity` says it. Blank cells are rows only where a note says what the blank means. Raises
    `AtlasError` with every problem and its place.
    """
    content = read_whole(path)
    faults = Faults(str(path))
    named = COMMODITY_IN_NAME.fullmatch(path.stem)
    subject = commodity or (named[1] if named else path.stem)
    lines = read_lines(
        io.BytesIO(content),
        faults,
        encoding=encoding_of(content),
        check_header=check_header,
        trailing_blanks=True,
    )
    facts: list[ImportedFact] = []
    for line in lines:
        facts.extend(read_line(line, subject, faults))
    faults.refuse()
    if not facts:
        faults.note("STN-ATLAS-009", "The table has a header and no lines.", "Download the file again.")
        faults.refuse()
    return tuple(facts)


def check_header(header: list[str], faults: Faults) -> None:
    """Note what a world table must have and has not: source, country, type, and a column of numbers."""
    upper = [name.upper() for name in header]
    for place in PLACES[:2]:
        if place not in upper:
            remedy = "Give MCS2025_World_Data.csv or an mcs2024-<commodity>_world.csv."
            faults.note("STN-ATLAS-009", f"The column {place.title()!r} is missing.", remedy, 1)
    if not any(number_columns(header)):
        message = "No column of production, capacity or reserves is named as the USGS names them."
        faults.note("STN-ATLAS-009", message, "Give a world table, not a salient one.", 1)


def number_columns(header: list[str]) -> Iterator[NumberColumn]:
    """Find the columns of numbers by their names; each has its note in the next column called a note."""
    for index, name in enumerate(header):
        words = [word for word in name.replace(" ", "_").split("_") if word]
        kind = TABLES.get(words[0].lower()) if words else None
        if kind is None or any(word.lower().startswith("note") for word in words):
            continue
        rest = words[1:]
        years = [word for word in rest if YEAR.fullmatch(word)]
        units = [word for word in rest if word.lower() in ("t", "kt", "mt", "kg", "mcm", "mct", "kct")]
        plain = [w for w in rest if w not in years and w not in units and w.lower() != "est"]
        yield NumberColumn(
            name=name,
            table=kind,
            period=years[-1] if years else None,
            estimated=any(word.lower() == "est" for word in rest),
            unit=read_unit(units[0].lower()) if units else None,
            qualifier=" ".join(plain),
            note=next((after for after in header[index + 1 :] if "note" in after.lower()), None),
        )


def read_line(line: Line, subject: str, faults: Faults) -> Iterator[ImportedFact]:
    """Turn one line into a row for each of its numbers."""
    by_upper = {name.upper(): cell.strip() for name, cell in line.cells.items()}
    edition = EDITION.fullmatch(by_upper["SOURCE"])
    if not edition:
        message = f"{by_upper['SOURCE'][:40]!r} names no edition of the Mineral Commodity Summaries."
        faults.note("STN-ATLAS-004", message, "Give the file as published.", line.number, 1)
        return
    publication = commodity_summaries(edition[1])
    commodity = by_upper.get("COMMODITY", subject)
    detail = by_upper.get("TYPE") or next(
        (cell for name, cell in line.cells.items() if "production" in name.lower()), ""
    )
    for column in number_columns(list(line.columns)):
        unit = column.unit or read_unit(by_upper.get("UNIT_MEAS", ""))
        remark = ""
        if (commodity, by_upper.get("UNIT_MEAS")) == MISPLACED_UNIT and edition[1] == "2025":
            unit = Unit("t", Decimal(1_000))
            remark = (
                "Labelled metric tons, printed in thousands of them as in the editions beside it; scaled."
            )
        note = line.cells[column.note].strip() if column.note else ""
        cell = read_world_cell(line.cells[column.name], note, column, unit)
        if cell is None:
            message = f"{line.cells[column.name][:40]!r} is no number and no mark that the USGS uses."
            remedy = "Give the file as published."
            faults.note("STN-ATLAS-004", message, remedy, line.number, line.column(column.name))
        elif cell.remark != BLANK:
            yield world_fact(
                publication, commodity, by_upper["COUNTRY"], detail, column, unit, cell, note, remark
            )


BLANK = "blank"


def read_world_cell(published: str, note: str, column: NumberColumn, unit: Unit) -> Cell | None:
    """Read a cell; a blank one says what its note says, and without a note it says nothing."""
    text = published.strip()
    if text:
        cell = read_cell(text, "estimated" if column.estimated else note, unit)
        if cell and cell.state is FactState.REPORTED and says_estimated(note, column.period):
            return Cell(FactState.ESTIMATED, cell.value)
        return cell
    if note.upper().startswith("W FOR"):
        return Cell(FactState.WITHHELD)
    return (read_cell(note, "", unit) if note and not note[:1].isdigit() else None) or Cell(
        FactState.NOT_AVAILABLE, remark=BLANK
    )


def says_estimated(note: str, period: str | None) -> bool:
    """Say whether a note marks a year's number as an estimate ("estimated in 2022 also")."""
    said = note.lower()
    return "estimated" in said and ((period is not None and period in said) or "also estimated" in said)


def world_fact(
    publication: Publication,
    commodity: str,
    country: str,
    detail: str,
    column: NumberColumn,
    unit: Unit,
    cell: Cell,
    note: str,
    remark: str,
) -> ImportedFact:
    """Build the row. Reserves and capacities without a year are those of the edition's last data year."""
    return ImportedFact(
        publication=publication,
        table=column.table,
        commodity=commodity,
        section="World",
        statistic=column.table,
        product=f"{detail}, {column.qualifier}" if column.qualifier else detail,
        economy=economy_of(country),
        economy_published=country,
        period=column.period or str(int(publication.id[-4:]) - 1),
        value=cell.value,
        low=cell.low,
        high=cell.high,
        unit=unit.name,
        state=cell.state,
        note=" ".join(part for part in (note, cell.remark, remark) if part),
    )


def economy_of(country: str) -> str | None:
    """Give the economy of a published name, which may end in an estimate's "e" or name its product too."""
    first = country.partition(",")[0]
    return economy_of_name(country) or economy_of_name(country.removesuffix("e")) or economy_of_name(first)
