"""The Pink Sheet's layout, in a workbook made for the test."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stannary.atlas.importers.facts import FactState
from stannary.atlas.importers.pink_sheet import read_pink_sheet
from stannary.errors import AtlasError

ROWS: list[list[Any]] = [
    ["World Bank Commodity Price Data (The Pink Sheet)"],
    ["monthly prices in nominal US dollars, 1960 to present"],
    ["(monthly series are available only in nominal US dollars)"],
    ["Updated on June 02, 2026"],
    [
        None,
        "Potassium chloride **",
        "Iron ore, cfr spot",
        "Tin",
        "Gold",
        "Natural gas index",
        "Plywood",
        None,
    ],
    [None, "($/mt)", "($/dmtu)", "($/mt)", "($/troy oz)", "(2010=100)", "(cents/sheet)", None],
    ["2026M03", "…", 99.5, 53562.79, 4000, 110.25, 500.1, None],
    ["2026M04", "...", 98, 50000.1, "..", 100, 501, None],
]


def workbook(path: Path, rows: list[list[Any]], sheet: str = "Monthly Prices") -> Path:
    book = openpyxl.Workbook()
    book.active.title = "AFOSHEET"
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def changed(row: int, column: int, cell: object) -> list[list[Any]]:
    rows = [list(cells) for cells in ROWS]
    rows[row - 1][column - 1] = cell
    return rows


def test_prices_are_exact_decimals_in_plain_units(tmp_path: Path) -> None:
    facts = read_pink_sheet(workbook(tmp_path / "cmo.xlsx", ROWS))
    march = {f.commodity: (f.value, f.unit) for f in facts if f.period == "2026-03"}
    assert march == {
        "Potassium chloride": (None, "USD/t"),
        "Iron ore, cfr spot": (Decimal("99.5"), "USD/dmtu"),
        "Tin": (Decimal("53562.79"), "USD/t"),
        "Gold": (Decimal("4000"), "USD/oz t"),
        "Natural gas index": (Decimal("110.25"), "index, 2010=100"),
        "Plywood": (Decimal("500.1"), "USc/sheet"),
    }


def test_every_mark_for_a_missing_month_is_a_missing_number(tmp_path: Path) -> None:
    facts = read_pink_sheet(workbook(tmp_path / "cmo.xlsx", ROWS))
    missing = [(f.commodity, f.period) for f in facts if f.state is FactState.NOT_AVAILABLE]
    assert missing == [
        ("Potassium chloride", "2026-03"),
        ("Potassium chloride", "2026-04"),
        ("Gold", "2026-04"),
    ]


def test_the_world_bank_is_credited(tmp_path: Path) -> None:
    fact = read_pink_sheet(workbook(tmp_path / "cmo.xlsx", ROWS))[0]
    assert fact.licence == "CC BY 4.0"
    assert "World Bank" in fact.publication.attribution


@pytest.mark.parametrize(
    ("rows", "code", "line", "column"),
    [
        (changed(8, 1, "2026M13"), "STN-ATLAS-004", 8, 1),
        (changed(8, 1, "2026M03"), "STN-ATLAS-007", 8, 1),
        (changed(8, 4, "dear"), "STN-ATLAS-004", 8, 4),
        (changed(8, 4, True), "STN-ATLAS-004", 8, 4),
        (changed(6, 4, None), "STN-ATLAS-009", 5, 4),
        (changed(5, 4, "Gold"), "STN-ATLAS-007", 5, 5),
        (ROWS[:6], "STN-ATLAS-009", None, None),
        (ROWS[6:], "STN-ATLAS-009", 1, None),
    ],
)
def test_a_fault_is_named_by_row_and_column(
    tmp_path: Path, rows: list[list[Any]], code: str, line: int | None, column: int | None
) -> None:
    with pytest.raises(AtlasError) as caught:
        read_pink_sheet(workbook(tmp_path / "cmo.xlsx", rows))
    assert (code, line, column) in {(p.code, p.place.line, p.place.column) for p in caught.value.problems}


def test_a_workbook_without_the_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match="Monthly Prices"):
        read_pink_sheet(workbook(tmp_path / "cmo.xlsx", ROWS, sheet="Annual Prices"))


def test_every_hostile_file_is_refused(
    refuses_every_hostile_file: Callable[[Callable[[Path], object]], None],
) -> None:
    refuses_every_hostile_file(read_pink_sheet)


def test_a_workbook_that_would_fill_the_memory_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/a.xml", "w") as part:
        for _ in range(257):
            part.write(b"\0" * (1 << 20))
    with pytest.raises(AtlasError, match="unpack to more than 256 MiB"):
        read_pink_sheet(path)


def test_a_cell_at_the_far_corner_does_not_fill_the_sheet(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(workbook(tmp_path / "cmo.xlsx", ROWS))
    book["Monthly Prices"]["XFD1048576"] = 1
    book.save(tmp_path / "cmo.xlsx")
    assert len(read_pink_sheet(tmp_path / "cmo.xlsx")) == 12


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_mutated_workbook_is_read_or_refused_never_broken(tmp_path: Path, data: st.DataObject) -> None:
    original = workbook(tmp_path / "cmo.xlsx", ROWS).read_bytes()
    parts = {}
    with zipfile.ZipFile(io.BytesIO(original)) as archive:
        for name in archive.namelist():
            parts[name] = bytearray(archive.read(name))
    content = parts[data.draw(st.sampled_from(sorted(parts)))]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=10)) or b"0"
    path = tmp_path / "mutated.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, bytes(part))
    try:
        read_pink_sheet(path)
    except AtlasError as error:
        assert error.problems
