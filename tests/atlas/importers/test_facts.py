"""Rows keep number and state in accord, and are written whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from stannary.atlas.importers.facts import (
    FactState,
    ImportedFact,
    Publication,
    Redistribution,
    write_facts,
)
from stannary.errors import AtlasError

FORBIDDEN = Publication("a", "A", "Agency", "https://a", "terms", Redistribution.FORBIDDEN, "A")
FACT = ImportedFact(
    publication=FORBIDDEN,
    table="trade",
    commodity="280530",
    statistic="imports: value",
    product="Rare-earth metals",
    economy="NAM",
    economy_published="Namibia",
    period="2024",
    value=Decimal("1E+3"),
    unit="USD",
    state=FactState.REPORTED,
)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("state", [FactState.WITHHELD, FactState.LESS_THAN, FactState.NET_EXPORTER])
def test_a_state_without_a_number_cannot_carry_one(state: FactState) -> None:
    with pytest.raises(ValueError, match=state):
        replace(FACT, state=state)


def test_a_reported_row_cannot_be_without_its_number() -> None:
    with pytest.raises(ValueError, match="reported"):
        replace(FACT, value=None)


def test_a_table_named_like_a_path_is_refused() -> None:
    with pytest.raises(ValueError, match="table"):
        replace(FACT, table="../../etc/passwd")


def test_rows_are_written_with_licence_and_plain_decimals(tmp_path: Path) -> None:
    withheld = replace(FACT, value=None, state=FactState.WITHHELD)
    written = write_facts([FACT, withheld], tmp_path / "new")
    first, second = table(tmp_path / "new" / "imported_a_trade.csv")
    assert (first["value"], first["economy"], first["commodity"]) == ("1000", "NAM", "280530")
    assert (first["licence"], first["redistribution"]) == ("terms", "forbidden")
    assert (second["value"], second["state"]) == ("", "withheld")
    assert written.rows == {"trade": 2}
    assert "2 rows" in written.sentence
    assert [row["id"] for row in table(tmp_path / "new" / "imported_sources.csv")] == ["a"]


def test_sources_listed_before_stay_listed(tmp_path: Path) -> None:
    other = replace(FACT, publication=replace(FORBIDDEN, id="b"))
    write_facts([FACT], tmp_path)
    write_facts([other], tmp_path)
    assert [row["id"] for row in table(tmp_path / "imported_sources.csv")] == ["a", "b"]


def test_a_stream_that_breaks_leaves_what_was_there(tmp_path: Path) -> None:
    write_facts([FACT], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken() -> Iterator[ImportedFact]:
        yield replace(FACT, period="2025")
        raise RuntimeError("the line went dead")

    with pytest.raises(RuntimeError):
        write_facts(broken(), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_of_that_name_that_holds_something_else_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "imported_a_trade.csv"
    target.write_text("my own notes\n", encoding="utf-8")
    with pytest.raises(AtlasError, match="STN-ATLAS-020"):
        write_facts([FACT], tmp_path)
    assert target.read_text(encoding="utf-8") == "my own notes\n"
    assert [path.name for path in tmp_path.iterdir()] == ["imported_a_trade.csv"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("", encoding="utf-8")
    with pytest.raises(AtlasError, match="STN-ATLAS-020"):
        write_facts([FACT], place)


def test_a_damaged_list_of_sources_is_refused(tmp_path: Path) -> None:
    write_facts([FACT], tmp_path)
    path = tmp_path / "imported_sources.csv"
    path.write_bytes(path.read_bytes() + b"\xff\xfe,\n")
    with pytest.raises(AtlasError, match="STN-ATLAS-020"):
        write_facts([FACT], tmp_path)
