"""The world tables of the 2024 and 2025 editions, read from the official files."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stannary.atlas.importers.facts import FactState
from stannary.atlas.importers.usgs_world_tables import read_usgs_world_tables
from stannary.errors import AtlasError

DATA = Path(__file__).parent / "data"


def test_the_2024_layout_takes_unit_and_year_from_its_column_names() -> None:
    facts = read_usgs_world_tables(DATA / "mcs2024-galli_world.csv")
    china = [(f.table, f.period, f.value, f.unit, f.state) for f in facts if f.economy == "CHN"]
    assert china == [
        ("production", "2022", Decimal(600_000), "kg", FactState.ESTIMATED),
        ("production", "2023", Decimal(600_000), "kg", FactState.ESTIMATED),
        ("capacity", "2023", Decimal(1_000_000), "kg", FactState.REPORTED),
    ]
    assert {f.commodity for f in facts} == {"galli"}
    assert {f.source for f in facts} == {"usgs-mcs-2024"}


def test_the_commodity_of_a_2024_file_can_be_named() -> None:
    facts = read_usgs_world_tables(DATA / "mcs2024-galli_world.csv", commodity="Gallium")
    assert {f.commodity for f in facts} == {"Gallium"}


def test_footnote_marks_on_names_do_not_hide_the_economy() -> None:
    facts = read_usgs_world_tables(DATA / "mcs2024-galli_world.csv")
    published = {f.economy_published: f.economy for f in facts}
    assert published["Japane"] == "JPN"
    assert published["Korea, Republic ofe"] == "KOR"
    assert published["Other countries4"] == "XOT"


def test_withheld_barite_is_withheld_and_a_stray_unnamed_column_is_passed_over() -> None:
    facts = read_usgs_world_tables(DATA / "mcs2024-barit_world.csv")
    usa = [(f.table, f.state, f.value) for f in facts if f.economy == "USA"]
    assert usa[0] == ("production", FactState.WITHHELD, None)
    china = next(f for f in facts if f.economy == "CHN")
    assert (china.value, china.unit) == (Decimal(1_900_000), "t")


def test_the_2025_layout_reads_units_from_their_column_and_leaves_blanks_out() -> None:
    facts = read_usgs_world_tables(DATA / "mcs2025_world_excerpt.csv")
    gallium = [f for f in facts if f.commodity == "Gallium"]
    assert not [f for f in gallium if f.economy == "USA"]
    china = [(f.table, f.period, f.value, f.unit) for f in gallium if f.economy == "CHN"]
    assert china[:2] == [
        ("production", "2023", Decimal(621_000), "kg"),
        ("production", "2024", Decimal(750_000), "kg"),
    ]


def test_the_known_label_fault_of_2025_is_put_right_and_said() -> None:
    facts = read_usgs_world_tables(DATA / "mcs2025_world_excerpt.csv")
    ilmenite = next(f for f in facts if f.commodity.startswith("Titanium Mineral") and f.value)
    assert (ilmenite.value, ilmenite.unit) == (Decimal(100_000), "t")
    assert "scaled" in ilmenite.note


def test_every_hostile_file_is_refused(
    refuses_every_hostile_file: Callable[[Callable[[Path], object]], None],
) -> None:
    refuses_every_hostile_file(read_usgs_world_tables)


def test_a_salient_table_is_no_world_table(tmp_path: Path) -> None:
    path = tmp_path / "mcs2024-galli_salient.csv"
    path.write_text("DataSource,Commodity,Year,Imports_kg\nMCS2024,Gallium,2023,1\n", encoding="utf-8")
    with pytest.raises(AtlasError, match="STN-ATLAS-009"):
        read_usgs_world_tables(path)


def test_a_bad_number_is_named_by_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "mcs2024-galli_world.csv"
    path.write_bytes((DATA / "mcs2024-galli_world.csv").read_bytes().replace(b",3000,3000", b",3000,many!"))
    with pytest.raises(AtlasError) as caught:
        read_usgs_world_tables(path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line, problem.place.column) == ("STN-ATLAS-004", 4, 5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_mutated_file_is_read_or_refused_never_broken(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["mcs2024-galli_world.csv", "mcs2025_world_excerpt.csv"]))
    content = bytearray((DATA / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=12))
    path = tmp_path / name
    path.write_bytes(bytes(content))
    try:
        read_usgs_world_tables(path)
    except AtlasError as error:
        assert error.problems
