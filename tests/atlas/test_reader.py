"""An atlas opens whole, or is refused with every problem in its place."""

from __future__ import annotations

import json
import random
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stannary.atlas.checks import check_atlas
from stannary.atlas.reader import open_atlas
from stannary.errors import AtlasError, NotFoundError, Problem

SMALL = Path(__file__).parent / "small"
TABLES = ["sources", "economies", "minerals", "products", "tariff_codes", "production", "trade"]


def copy(folder: Path) -> Path:
    """Copy the small atlas to a new place."""
    shutil.rmtree(folder, ignore_errors=True)
    return Path(shutil.copytree(SMALL, folder))


def problems(folder: Path) -> tuple[Problem, ...]:
    """Open and check an atlas that must be refused; give its problems."""
    with pytest.raises(AtlasError) as refusal:
        check_atlas(open_atlas(folder))
    return refusal.value.problems


def spoil(folder: Path, table: str, old: str, new: str) -> None:
    path = folder / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_small_atlas_opens(small: Path) -> None:
    atlas = open_atlas(small)
    check_atlas(atlas)
    assert list(atlas.tables) == TABLES
    assert atlas.economy("NAM").alpha_2 == "NA"
    assert atlas.production[0].value == Decimal(900)
    assert atlas.production[2].value is None
    assert atlas.production[2].bound == Decimal(50)
    assert atlas.prices == ()


def test_a_name_that_is_not_there_is_answered_with_near_ones(small: Path) -> None:
    atlas = open_atlas(small)
    with pytest.raises(NotFoundError, match=r"tin\.metal"):
        atlas.product("tin.metl")
    with pytest.raises(NotFoundError):
        atlas.rows("swords")
    with pytest.raises(NotFoundError):
        atlas.mineral("unobtainium")


def test_opening_reads_the_core_tables_only(small: Path) -> None:
    spoil(small, "trade", "30000,21000000", "30000,lots")
    atlas = open_atlas(small)
    assert len(atlas.production) == 4
    with pytest.raises(AtlasError, match=r"trade\.csv:2:14 \(value_usd\)"):
        atlas.rows("trade")


CASES = [
    # table, what stands there, what it becomes, code, line, column
    ("production", ",900,", ",nine hundred,", "STN-ATLAS-004", 2, "quantity"),
    ("production", ",900,", ",NaN,", "STN-ATLAS-004", 2, "quantity"),
    ("production", ",2024,900", ",24.5,900", "STN-ATLAS-004", 2, "year"),
    ("production", ",900,t,Sn", ",900,,Sn", "STN-ATLAS-005", 2, "unit"),
    ("production", "reported,mine", "reported,", "STN-ATLAS-005", 2, "source"),
    ("production", ",2024,900", ",,900", "STN-ATLAS-005", 2, "year"),
    ("production", "reported,mine", "reported,rumour", "STN-ATLAS-006", 2, "source"),
    ("production", "NAM,2024", "NAMIBIA,2024", "STN-ATLAS-006", 2, "economy"),
    (
        "production",
        "tin.ore,tin in ore,NAM,2024",
        "tin.oar,tin in ore,NAM,2024",
        "STN-ATLAS-006",
        2,
        "product",
    ),
    ("production", ",,t,Sn content,withheld", ",7,t,Sn content,withheld", "STN-ATLAS-008", 3, "quantity"),
    ("production", ",900,t,Sn content,reported", ",,t,Sn content,reported", "STN-ATLAS-008", 2, "quantity"),
    ("production", ",0,t,Sn content,zero", ",3,t,Sn content,zero", "STN-ATLAS-008", 5, "quantity"),
    ("production", "NAM,2025", "NAM,2024", "STN-ATLAS-007", 5, "product"),
    ("production", "withheld", "secret", "STN-ATLAS-004", 3, "state"),
    ("sources", "2026-02-06", "6 February", "STN-ATLAS-004", 2, "published_on"),
    ("sources", "allowed", "perhaps", "STN-ATLAS-004", 2, "redistribution"),
    ("sources", "CC BY 4.0", "", "STN-ATLAS-004", 2, "licence"),
    ("minerals", "false,true", "no,true", "STN-ATLAS-004", 2, "is_aggregate"),
    ("products", "tin.ore,tin,mine", "tin.ore,tin,quarry", "STN-ATLAS-004", 2, "stage"),
    ("products", "tin.ore,tin", "zinc.ore,tin", "STN-ATLAS-004", 2, "mineral"),
    ("tariff_codes", "80011000,", "8001.10.00,", "STN-ATLAS-004", 2, "code"),
    ("tariff_codes", "tin,metal,0.999", "tin,refined,0.999", "STN-ATLAS-004", 2, "stage"),
    ("trade", ",700,t", ",701,t", "STN-ATLAS-004", 2, "quantity"),
    ("trade", "30000,21000000", "30000,21000001", "STN-ATLAS-004", 2, "value_usd"),
    ("trade", "three facts,mine", "three facts,mine;rumour", "STN-ATLAS-006", 2, "sources"),
]


@pytest.mark.parametrize(("table", "old", "new", "code", "line", "column"), CASES)
def test_a_spoilt_cell_is_named_by_line_and_column(
    small: Path, table: str, old: str, new: str, code: str, line: int, column: str
) -> None:
    if table == "products" and new.startswith("zinc.ore"):
        spoil(small, "production", "tin.ore,tin in ore,NAM,2024", "zinc.ore,tin in ore,NAM,2024")
        text = (small / "production.csv").read_text(encoding="utf-8").replace("tin.ore", "zinc.ore")
        (small / "production.csv").write_text(text, encoding="utf-8")
    spoil(small, table, old, new)
    found = [problem for problem in problems(small) if problem.code == code]
    places = [(problem.place.line, problem.place.path) for problem in found]
    assert (line, column) in places
    assert all(str(problem.place.file).endswith(f"{table}.csv") for problem in found)


def test_shares_above_the_whole_are_refused(small: Path) -> None:
    spoil(small, "trade", "1000,1,0.3,300", "1000,1,0.4,400")
    assert any("sum to 1.1" in problem.message for problem in problems(small))


def test_all_problems_come_at_once(small: Path) -> None:
    spoil(small, "production", ",900,", ",x,")
    spoil(small, "production", "withheld", "secret")
    spoil(small, "trade", "USA,1000", "UTOPIA,1000")
    found = problems(small)
    assert {problem.place.line for problem in found} >= {2, 3}
    assert {Path(str(problem.place.file)).name for problem in found} == {"production.csv", "trade.csv"}


def test_a_missing_folder_table_or_description_is_said(small: Path, tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere")[0].code == "STN-ATLAS-001"
    (small / "trade.csv").unlink()
    assert [problem.code for problem in problems(small)] == ["STN-ATLAS-001"]
    (small / "datapackage.json").unlink()
    assert problems(small)[0].code == "STN-ATLAS-001"


@pytest.mark.parametrize("table", TABLES)
def test_a_dropped_unknown_or_doubled_column_is_refused(tmp_path: Path, table: str) -> None:
    for change in ("drop", "rename", "double"):
        folder = copy(tmp_path / change)
        path = folder / f"{table}.csv"
        rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
        if change == "rename":
            rows[0][0] = "colour"
        else:
            rows = [row[1:] if change == "drop" else [*row, row[0]] for row in rows]
        path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
        found = problems(folder)
        assert "STN-ATLAS-003" in {problem.code for problem in found}
        assert found[0].place.line == 1


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_another_encoding_is_refused_with_its_line(small: Path, encoding: str) -> None:
    path = small / "economies.csv"
    text = path.read_text(encoding="utf-8").replace("Namibia", "Namibië")
    path.write_bytes(text.encode(encoding))
    found = problems(small)
    assert found[0].code == "STN-ATLAS-002"
    assert found[0].place.line == (1 if encoding == "utf-16" else 2)


def test_a_ragged_row_an_open_quote_and_a_folder_for_a_table_are_refused(tmp_path: Path) -> None:
    ragged = copy(tmp_path / "ragged")
    spoil(ragged, "production", ",reported,mine,", ",reported,mine")
    assert [(found.code, found.place.line) for found in problems(ragged)] == [("STN-ATLAS-002", 2)]
    quoted = copy(tmp_path / "quoted")
    spoil(quoted, "production", "tin.ore,tin in ore,USA", 'tin.ore,"tin in ore,USA')
    assert ("STN-ATLAS-002", 3) in [(found.code, found.place.line) for found in problems(quoted)]
    folder = copy(tmp_path / "folder")
    (folder / "trade.csv").unlink()
    (folder / "trade.csv").mkdir()
    assert [found.code for found in problems(folder)] == ["STN-ATLAS-002"]


def test_a_line_after_a_quoted_break_keeps_its_number(small: Path) -> None:
    spoil(small, "production", "tin in ore,NAM,2024,900", '"tin\nin ore",NAM,2024,900')
    spoil(small, "production", "less_than", "fewer")
    assert [found.place.line for found in problems(small)] == [5]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), table=st.sampled_from([*TABLES, "datapackage"]))
def test_a_mutated_file_is_read_or_refused_but_nothing_else(tmp_path: Path, seed: int, table: str) -> None:
    folder = copy(tmp_path / "mutant")
    path = folder / ("datapackage.json" if table == "datapackage" else f"{table}.csv")
    chance = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 8)):
        spot = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[spot] = chance.randrange(256)
            case 1:
                del data[spot : spot + chance.randint(1, 40)]
            case 2:
                data[spot:spot] = bytes(chance.randrange(256) for _ in range(3))
            case _:
                data[spot:spot] = chance.choice([b'"', b",", b"\n", b"\x00", b"{", b"]", b"null", b"1e9"])
        data = data or bytearray(b" ")
    path.write_bytes(bytes(data))
    try:
        check_atlas(open_atlas(folder))
    except AtlasError as refusal:
        assert all(problem.code.startswith("STN-ATLAS-") for problem in refusal.problems)


DESCRIPTIONS = [
    "",
    "[]",
    "null",
    '"text"',
    "{}",
    '{"resources": 3}',
    '{"resources": [3, null, {"name": []}]}',
    "[" * 100_000,
    '{"resources": [{"name": "sources", "path": "../sources.csv"}]}',
    '{"resources": [{"name": "sources", "path": "/etc/passwd", "schema": 4}]}',
    '{"resources": [{"name": "sources", "path": 4, "schema": {"fields": [1], "primaryKey": [{}]}}]}',
    '{"resources": [{"name": "sources", "path": "sources.csv", "schema": {"foreignKeys": "all"}}]}',
]


@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_a_hostile_description_is_refused(small: Path, text: str) -> None:
    (small / "datapackage.json").write_text(text, encoding="utf-8")
    assert {problem.code for problem in problems(small)} <= {
        "STN-ATLAS-001",
        "STN-ATLAS-002",
        "STN-ATLAS-003",
    }


def test_a_description_at_odds_with_the_columns_is_refused(small: Path) -> None:
    path = small / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    fields = package["resources"][0]["schema"]["fields"]
    fields[-1]["type"] = "number"
    fields[1]["name"] = "headline"
    package["resources"].append(package["resources"][0])
    path.write_text(json.dumps(package), encoding="utf-8")
    codes = [problem.code for problem in problems(small)]
    assert codes.count("STN-ATLAS-003") == 3
    assert "STN-ATLAS-007" in codes
