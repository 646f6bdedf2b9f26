"""The USGS data release of 2026, read from lines of the official file."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stannary.atlas.importers.facts import FactState, ImportedFact, Redistribution
from stannary.atlas.importers.usgs_commodity_summaries import read_usgs_commodity_summaries
from stannary.errors import AtlasError

EXCERPT = Path(__file__).parent / "data" / "mcs2026_excerpt.csv"


@pytest.fixture(scope="module")
def facts() -> tuple[ImportedFact, ...]:
    return read_usgs_commodity_summaries(EXCERPT)


def only(facts: tuple[ImportedFact, ...], **wanted: object) -> ImportedFact:
    found = [f for f in facts if all(getattr(f, name) == value for name, value in wanted.items())]
    assert len(found) == 1, found
    return found[0]


def test_primary_gallium_of_china_in_2025_is_900_tonnes(facts: tuple[ImportedFact, ...]) -> None:
    fact = only(facts, commodity="Gallium", table="production", economy="CHN", period="2025")
    assert (fact.value, fact.unit, fact.basis) == (Decimal(900_000), "kg", "gallium content")
    assert fact.state is FactState.ESTIMATED


def test_the_source_is_the_edition_after_the_newest_year_and_may_be_passed_on(
    facts: tuple[ImportedFact, ...],
) -> None:
    assert {fact.source for fact in facts} == {"usgs-mcs-2026"}
    assert {fact.redistribution for fact in facts} == {Redistribution.ALLOWED}
    assert all(fact.licence for fact in facts)


def test_import_sources_of_gallium_sum_to_the_whole(facts: tuple[ImportedFact, ...]) -> None:
    shares = {f.economy: f.value for f in facts if f.table == "import_sources"}
    assert shares == {"CAN": 28, "JPN": 22, "CHN": 18, "DEU": 16, "XOT": 16}
    assert {f.period for f in facts if f.table == "import_sources"} == {"2021-24"}


def test_withheld_lithium_of_the_united_states_has_no_number(facts: tuple[ImportedFact, ...]) -> None:
    fact = only(facts, commodity="Lithium", table="production", economy="USA", period="2025")
    assert (fact.state, fact.value) == (FactState.WITHHELD, None)


def test_a_net_exporter_has_no_percentage(facts: tuple[ImportedFact, ...]) -> None:
    titanium = [f for f in facts if f.section.startswith("TITANIUM AND")]
    assert {f.state for f in titanium} == {FactState.NET_EXPORTER, FactState.GREATER_THAN}
    assert all(f.value is None for f in titanium)


def test_thousands_of_tonnes_are_tonnes(facts: tuple[ImportedFact, ...]) -> None:
    fact = only(facts, section="CHROMIUM: Salient Statistics—United States", table="imports")
    assert (fact.value, fact.unit, fact.basis) == (Decimal(451_000), "t", "chromium content")


def test_a_range_and_a_lost_sign_are_kept_as_what_they_are(facts: tuple[ImportedFact, ...]) -> None:
    yttrium = only(facts, commodity="Yttrium")
    assert (yttrium.low, yttrium.high, yttrium.value) == (Decimal(10_000), Decimal(15_000), None)
    niobium = only(facts, state=FactState.UNREADABLE)
    assert "'?1'" in niobium.note


def test_a_copy_saved_as_utf_8_reads_the_same(facts: tuple[ImportedFact, ...], tmp_path: Path) -> None:
    copy = tmp_path / "copy.csv"
    copy.write_text(EXCERPT.read_bytes().decode("cp1252"), encoding="utf-8", newline="")
    assert read_usgs_commodity_summaries(copy) == facts


def test_every_hostile_file_is_refused(
    refuses_every_hostile_file: Callable[[Callable[[Path], object]], None],
) -> None:
    refuses_every_hostile_file(read_usgs_commodity_summaries)


def test_all_problems_are_listed_with_their_line_and_column(tmp_path: Path) -> None:
    lines = EXCERPT.read_bytes().split(b"\r\n")
    lines[3] = lines[3].replace(b"2025", b"20x5")
    lines[5] = lines[5].replace(b",2022,s,", b",2022,lots?,", 1)
    lines[8] = b"too,few"
    path = tmp_path / "damaged.csv"
    path.write_bytes(b"\r\n".join(lines))
    with pytest.raises(AtlasError) as caught:
        read_usgs_commodity_summaries(path)
    places = {(p.code, p.place.line, p.place.column) for p in caught.value.problems}
    assert places == {("STN-ATLAS-004", 4, 8), ("STN-ATLAS-004", 6, 9), ("STN-ATLAS-009", 9, None)}


def test_missing_and_unknown_columns_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "renamed.csv"
    path.write_bytes(EXCERPT.read_bytes().replace(b"Commodity,Country", b"Mineral,Land", 1))
    with pytest.raises(AtlasError) as caught:
        read_usgs_commodity_summaries(path)
    text = str(caught.value)
    assert all(name in text for name in ("'Commodity'", "'Country'", "'Mineral'", "'Land'"))


def test_a_header_without_lines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_bytes(EXCERPT.read_bytes().split(b"\r\n")[0] + b"\r\n")
    with pytest.raises(AtlasError, match="STN-ATLAS-009"):
        read_usgs_commodity_summaries(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_mutated_file_is_read_or_refused_never_broken(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(EXCERPT.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
    path = tmp_path / "mutated.csv"
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    try:
        read_usgs_commodity_summaries(path)
    except AtlasError as error:
        assert error.problems
