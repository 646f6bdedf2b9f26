"""The data release of the USGS Mineral Commodity Summaries, in its layout since the 2026 edition.

One CSV of twelve columns, Windows-1252 (a copy saved as UTF-8 is read too): U.S. salient statistics,
import sources, world production, capacity and reserves. U.S. Government work, public domain.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

from stannary.atlas.importers.delimited import Faults, Line, read_lines, read_whole
from stannary.atlas.importers.economy_codes import economy_of_name
from stannary.atlas.importers.facts import ImportedFact, Publication, Redistribution
from stannary.atlas.importers.usgs_cells import Cell, read_cell, read_unit

__all__ = ["commodity_summaries", "read_usgs_commodity_summaries"]

COLUMNS = (
    "MCS chapter", "Section", "Commodity", "Country", "Statistics", "Statistics_detail", "Unit", "Year",
    "Value", "Notes", "Is critical mineral 2025", "Other notes",
)  # fmt: skip
CRITICAL = re.compile(r"Is critical mineral \d{4}")

TABLES = {
    "production": "production",
    "import": "imports",
    "export": "exports",
    "price": "prices",
    "net import reliance": "net_import_reliance",
    "reserves": "reserves",
    "consumption": "consumption",
    "employment": "employment",
    "capacity": "capacity",
    "stock": "stocks",
    "sold or used": "shipments",
    "sold": "shipments",
    "sales": "shipments",
    "shipment": "shipments",
    "supply": "shipments",
}
YEAR = re.compile(r"(\d{4})(?:[–—-](\d{2}|\d{4}))?", re.ASCII)
DATA_IN = re.compile(r"\(Data in [a-z ]+?, (.+?),? unless otherwise specified\)")
IN_BRACKETS = re.compile(r"\(((?:gross weight|[a-z -]+ content|[^()]*equivalent)[^()]*)\)", re.IGNORECASE)


def read_usgs_commodity_summaries(path: Path) -> tuple[ImportedFact, ...]:
    """Read a Mineral Commodity Summaries data release, one row for each published cell.

    Quantities are scaled to tonnes, kilograms, carats …; the basis ("tungsten content") comes from the
    chapter's own heading. Raises `AtlasError` (STN-ATLAS-001, -002, -004, -009) with every problem and its
    place.
    """
    content = read_whole(path)
    faults = Faults(str(path))
    facts = []
    lines = read_lines(io.BytesIO(content), faults, encoding=encoding_of(content), check_header=check_header)
    nowhere = commodity_summaries("")
    for line in lines:
        fact = read_line(line, nowhere, faults)
        if fact is not None:
            facts.append(fact)
    faults.refuse()
    if not facts:
        faults.note("STN-ATLAS-009", "The table has a header and no lines.", "Download the file again.")
        faults.refuse()
    edition = str(1 + max(int(fact.period[:4]) for fact in facts))
    publication = commodity_summaries(edition)
    return tuple(replace(fact, publication=publication) for fact in facts)


def commodity_summaries(edition: str) -> Publication:
    """Describe an edition of the Mineral Commodity Summaries; its newest data are of the year before."""
    return Publication(
        id=f"usgs-mcs-{edition}",
        title=f"Mineral Commodity Summaries {edition} Data Release",
        publisher="U.S. Geological Survey",
        url="https://www.usgs.gov/centers/national-minerals-information-center/mineral-commodity-summaries",
        licence="U.S. Government work, public domain",
        redistribution=Redistribution.ALLOWED,
        attribution=f"U.S. Geological Survey, Mineral Commodity Summaries {edition}",
    )


def encoding_of(content: bytes) -> str:
    """Tell UTF-8 from the official Windows-1252: an em dash of the one is no letter of the other."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def check_header(header: list[str], faults: Faults) -> None:
    """Note the columns of the documented layout that are missing, and those that do not belong to it.

    The column that marks critical minerals carries the year of the list in its name; any year will do.
    """
    names = ["Is critical mineral 2025" if CRITICAL.fullmatch(name) else name for name in header]
    for name in COLUMNS:
        if name not in names:
            faults.note(
                "STN-ATLAS-009",
                f"The column {name!r} of the USGS data release is missing.",
                "Give the file MCS<year>_Commodities_Data.csv of the 2026 edition or later.",
                1,
            )
    for index, name in enumerate(names):
        if name not in COLUMNS:
            faults.note(
                "STN-ATLAS-009",
                f"The column {name[:60]!r} is not in the USGS layout.",
                "Give the file as published.",
                1,
                index + 1,
            )


def read_line(line: Line, publication: Publication, faults: Faults) -> ImportedFact | None:
    """Turn one line into a row, or note why it is none."""
    cells = line.cells
    unit = read_unit(cells["Unit"])
    cell = read_cell(cells["Value"], cells["Notes"], unit)
    period = read_period(cells["Year"])
    if cell is None:
        message = f"{cells['Value'][:40]!r} is no number and no mark that the USGS uses."
        remedy = "Give the file as published."
        faults.note("STN-ATLAS-004", message, remedy, line.number, line.column("Value"))
    if period is None:
        message = f"{cells['Year'][:40]!r} is neither a year nor a span of years."
        faults.note("STN-ATLAS-004", message, "Write 2025 or 2021–24.", line.number, line.column("Year"))
    if cell is None or period is None:
        return None
    return ImportedFact(
        publication=publication,
        table=table_of(cells["Statistics"]),
        commodity=cells["Commodity"].strip(),
        section=f"{cells['MCS chapter'].strip()}: {cells['Section'].strip()}",
        statistic=cells["Statistics"].strip(),
        product=cells["Statistics_detail"].replace("\xa0", " ").strip(),
        economy=economy_of_name(cells["Country"]),
        economy_published=cells["Country"].strip(),
        period=period,
        value=cell.value,
        low=cell.low,
        high=cell.high,
        unit=unit.name,
        basis=basis_of(cells) if unit.name in ("t", "kg") else "",
        state=cell.state,
        note=notes(cells, cell),
    )


def read_period(published: str) -> str | None:
    """Read a year, or a span of years such as 2021–24; `None` for anything else."""
    match = YEAR.fullmatch(published.strip())
    if not match:
        return None
    if not match[2]:
        return match[1]
    last = match[2] if len(match[2]) == 4 else match[1][:2] + match[2]
    return f"{match[1]}-{last[2:]}" if int(last) > int(match[1]) else None


def table_of(statistic: str) -> str:
    """Give the table a statistic belongs to; one that no edition had before goes to `other`."""
    name = statistic.strip().lower()
    return "import_sources" if name.startswith("import sources") else TABLES.get(name, "other")


def basis_of(cells: dict[str, str]) -> str:
    """Say what a tonne is a tonne of: the detail's own words first, else the chapter's heading."""
    for text in (cells["Statistics_detail"], cells["Section"]):
        said = IN_BRACKETS.search(text)
        if said:
            return said[1].strip()
    heading = DATA_IN.search(cells["Other notes"])
    dry = "dry weight" if "dry tons" in cells["Unit"] else ""
    return heading[1].strip() if heading else dry


def notes(cells: dict[str, str], cell: Cell) -> str:
    """Join the published note with what had to be said about the cell."""
    return " ".join(part for part in (cells["Notes"].strip(), cell.remark) if part)
