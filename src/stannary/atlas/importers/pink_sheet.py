"""The World Bank's Pink Sheet: monthly commodity prices since 1960, an Excel workbook.

Sheet "Monthly Prices": a heading, a row of commodity names, a row of units in brackets, then one row a
month (``1960M01``); ``…``, ``...`` and ``..`` stand for months without a price. World Bank Commodity Price
Data (The Pink Sheet), CC BY 4.0.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

import openpyxl

from stannary.atlas.importers.delimited import LARGEST_WHOLE_FILE, Faults
from stannary.atlas.importers.facts import FactState, ImportedFact, Publication, Redistribution

__all__ = ["PINK_SHEET", "read_pink_sheet"]

PINK_SHEET = Publication(
    id="world-bank-pink-sheet",
    title="World Bank Commodity Price Data (The Pink Sheet), monthly",
    publisher="World Bank",
    url="https://www.worldbank.org/en/research/commodity-markets",
    licence="CC BY 4.0",
    redistribution=Redistribution.ALLOWED,
    attribution="World Bank, Commodity Price Data (The Pink Sheet), CC BY 4.0",
)

SHEET = "monthly prices"
MOST_ROWS = 5_000
MOST_COLUMNS = 400
MOST_PARTS = 1_000
LARGEST_UNPACKED = 1 << 28
HEADER_WITHIN = 30

MONTH = re.compile(r"(\d{4})M(0[1-9]|1[0-2])", re.ASCII)
MISSING = frozenset({"…", "...", "..", "n.a.", "n/a", "-", ""})
UNITS = {"mt": "t", "kg": "kg", "troy oz": "oz t", "dmtu": "dmtu", "bbl": "bbl", "mmbtu": "MMBtu"}

Cells = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One column of prices: where it stands, whose price it is, and in what unit."""

    index: int
    name: str
    unit: str
    remark: str


def read_pink_sheet(path: Path) -> tuple[ImportedFact, ...]:
    """Read the monthly workbook (`CMO-Historical-Data-Monthly.xlsx`), one row a commodity and month.

    Prices are in nominal US dollars (or index points) in the published unit. Raises `AtlasError`
    (STN-ATLAS-001, -002, -004, -007, -009) with every problem and its row and column in the sheet.
    """
    faults = Faults(str(path))
    rows = sheet_rows(path, faults)
    start, series = find_series(rows, faults)
    faults.refuse()
    facts: list[ImportedFact] = []
    seen: set[str] = set()
    for number, cells in enumerate(rows[start:], start=start + 1):
        if all(cell is None for cell in cells):
            continue
        period = read_month(cells[0])
        if period is None:
            message = f"{str(cells[0])[:40]!r} is not a month."
            faults.note("STN-ATLAS-004", message, "Write 2026M05.", number, 1)
        elif period in seen:
            faults.note("STN-ATLAS-007", f"The month {period} is given twice.", "Keep one.", number, 1)
        else:
            seen.add(period)
            facts.extend(month_facts(cells, period, series, number, faults))
        if faults.full:
            break
    if not seen:
        faults.note("STN-ATLAS-009", "The sheet holds no month.", "Download the workbook again.", start + 1)
    faults.refuse()
    return tuple(facts)


def sheet_rows(path: Path, faults: Faults) -> list[Cells]:
    """Give the rows of the sheet of monthly prices, or refuse the file."""
    content = workbook_bytes(path, faults)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions it does not know; neither touches a price.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            names = {str(name).strip().lower(): name for name in book.sheetnames}
            if SHEET not in names:
                message = f"There is no sheet 'Monthly Prices', only {', '.join(book.sheetnames)[:200]}."
                faults.note("STN-ATLAS-009", message, "Download CMO-Historical-Data-Monthly.xlsx.")
                faults.refuse()
            sheet = book[names[SHEET]]
            rows = list(sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True))
            book.close()
            return rows
    except Exception as error:
        # openpyxl lets through whatever its XML meets (ParseError, KeyError, TypeError, zlib.error …).
        faults.refuse()
        kind = type(error).__name__
        faults.note("STN-ATLAS-002", f"The workbook is damaged ({kind}).", "Download it again.")
        faults.refuse()
        raise


def workbook_bytes(path: Path, faults: Faults) -> bytes:
    """Read the file whole, refusing what is no workbook or would unpack to more than memory should hold."""
    content = b""
    if path.is_dir():
        faults.note("STN-ATLAS-002", "It is a folder, not a file.", "Name the workbook inside.")
    elif not path.is_file():
        faults.note("STN-ATLAS-001", "There is no such file.", "Check the name.")
    else:
        try:
            with path.open("rb") as stream:
                content = stream.read(LARGEST_WHOLE_FILE + 1)
        except OSError as error:
            faults.note("STN-ATLAS-002", f"It cannot be read: {error}.", "Check your rights.")
    faults.refuse()
    remedy = "Download CMO-Historical-Data-Monthly.xlsx."
    if not content:
        faults.note("STN-ATLAS-002", "The file is empty.", remedy)
    elif not content.startswith(b"PK\x03\x04"):
        faults.note("STN-ATLAS-002", "The file is no Excel workbook (.xlsx).", remedy)
    elif len(content) > LARGEST_WHOLE_FILE:
        faults.note("STN-ATLAS-002", f"The file is larger than {LARGEST_WHOLE_FILE >> 20} MiB.", remedy)
    faults.refuse()
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        faults.note("STN-ATLAS-002", f"The workbook is cut short or damaged: {error}.", remedy)
        faults.refuse()
        raise
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        message = f"The workbook would unpack to more than {LARGEST_UNPACKED >> 20} MiB."
        faults.note("STN-ATLAS-002", message, remedy)
    faults.refuse()
    return content


def find_series(rows: list[Cells], faults: Faults) -> tuple[int, list[Series]]:
    """Find the names and units above the first month; give the index of that month's row and the series."""
    first = next((i for i, cells in enumerate(rows[:HEADER_WITHIN]) if cells and read_month(cells[0])), None)
    if first is None or first < 2:
        message = "No row of names and row of units stand above a first month such as 1960M01."
        faults.note(
            "STN-ATLAS-009", message, "Download the workbook again.", None if first is None else first + 1
        )
        return 0, []
    names, units = rows[first - 2], rows[first - 1]
    series: list[Series] = []
    for index in range(1, max(len(names), len(units))):
        name = str(names[index]).strip() if index < len(names) and names[index] is not None else ""
        unit = str(units[index]).strip() if index < len(units) and units[index] is not None else ""
        if not name and not unit:
            continue
        if not name or not (unit.startswith("(") and unit.endswith(")")):
            message = f"The column has the name {name[:40]!r} and the unit {unit[:20]!r}; it needs both."
            faults.note("STN-ATLAS-009", message, "Give the workbook as published.", first - 1, index + 1)
            continue
        bare = name.rstrip("* ")
        if any(one.name == bare for one in series):
            faults.note("STN-ATLAS-007", f"{bare!r} is given twice.", "Keep one.", first - 1, index + 1)
        remark = "Marked ** by the publisher: see the sheet Description." if bare != name.strip() else ""
        series.append(Series(index, bare, plain_unit(unit[1:-1]), remark))
    if not series:
        faults.note("STN-ATLAS-009", "No commodity is named.", "Download the workbook again.", first - 1)
    return first, series


def read_month(cell: object) -> str | None:
    """Read ``2026M05`` as ``2026-05``; `None` for anything else."""
    match = MONTH.fullmatch(cell.strip()) if isinstance(cell, str) else None
    return f"{match[1]}-{match[2]}" if match else None


def plain_unit(published: str) -> str:
    """Write ``$/mt`` as ``USD/t``, and so on; a unit that is not known stays as it was written."""
    money, slash, measure = published.partition("/")
    if not slash:
        return "index, " + published if "=" in published else published
    currency = {"$": "USD", "cents": "USc"}.get(money.strip(), money.strip())
    return f"{currency}/{UNITS.get(measure.strip(), measure.strip())}"


def month_facts(
    cells: Cells, period: str, series: list[Series], number: int, faults: Faults
) -> Iterator[ImportedFact]:
    """Give a month's rows, noting cells that are neither a price nor a mark for none."""
    for one in series:
        cell = cells[one.index] if one.index < len(cells) else None
        price = read_price(cell)
        if price is None and not (cell is None or str(cell).strip() in MISSING):
            message = f"{str(cell)[:40]!r} is neither a price nor a mark for none."
            faults.note("STN-ATLAS-004", message, "Give it as published.", number, one.index + 1)
            continue
        yield ImportedFact(
            publication=PINK_SHEET,
            table="prices",
            commodity=one.name,
            statistic="monthly price, nominal",
            product=one.name,
            economy="WLD",
            economy_published="World",
            period=period,
            value=price,
            unit=one.unit,
            state=FactState.NOT_AVAILABLE if price is None else FactState.REPORTED,
            note=one.remark,
        )


def read_price(cell: object) -> Decimal | None:
    """Read a cell as an exact decimal: the shortest that names the workbook's binary number."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not isfinite(cell):
        return None
    return Decimal(repr(cell))
