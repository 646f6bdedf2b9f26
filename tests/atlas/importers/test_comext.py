"""Comext's bulk layout, streamed."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stannary.atlas.importers.comext import read_comext, stream_comext
from stannary.atlas.importers.facts import FactState, write_facts
from stannary.errors import AtlasError

HEADER = (
    "REPORTER,PARTNER,TRADE_TYPE,PRODUCT_NC,PRODUCT_SITC,PRODUCT_CPA21,PRODUCT_CPA22,PRODUCT_BEC,"
    "PRODUCT_BEC5,PRODUCT_SECTION,FLOW,STAT_PROCEDURE,SUPPL_UNIT,PERIOD,VALUE_EUR,VALUE_NAC,QUANTITY_KG,"
    "QUANTITY_SUPPL_UNIT\n"
)
LINES = (
    "DE,CN,E,28046100,52222,2013,2013,322,221220,06,1,1,NO_SU,202512,1000,1000,250,0\n"
    "DE,NA,E,26121010,28610,0721,0721,210,111120,05,1,1,NO_SU,202512,77,77,0,0\n"
    "FR,XI,I,01012100,00150,0143,0143,111,111120,01,2,9,NAR,202552,500,500,900,2\n"
    "NL,QZ,E,28XXXXXX,.....,....,....,...,......,06,1,1,NO_SU,202512,9,9,3,0\n"
)
OLD = (
    "DECLARANT,DECLARANT_ISO,PARTNER,PARTNER_ISO,TRADE_TYPE,PRODUCT_NC,PRODUCT_SITC,PRODUCT_cpa2002,"
    "PRODUCT_cpa2008,PRODUCT_CPA2_1,PRODUCT_BEC,PRODUCT_SECTION,FLOW,STAT_REGIME,SUPP_UNIT,PERIOD,"
    "VALUE_IN_EUROS,QUANTITY_IN_KG,SUP_QUANTITY\n"
    "001,FR,0720,CN,E,28053010,52299,2413,2013,.....,322,06,1,4,,202001,2580,600,\n"
)


def written(tmp_path: Path, text: str, name: str = "full_202512.dat") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_line_is_its_value_and_its_mass(tmp_path: Path) -> None:
    value, mass = read_comext(written(tmp_path, HEADER + LINES), ["2804"])
    assert (value.value, value.unit, value.statistic) == (Decimal(1000), "EUR", "imports: value")
    assert (mass.value, mass.unit, mass.statistic) == (Decimal(250), "kg", "imports: net mass")
    assert (value.economy, value.partner, value.period, value.commodity) == (
        "DEU",
        "CHN",
        "2025-12",
        "28046100",
    )


def test_codes_are_text_with_their_leading_zeros_and_namibia_is_an_economy(tmp_path: Path) -> None:
    facts = read_comext(written(tmp_path, HEADER + LINES), ["0101", "2612"])
    assert {f.commodity for f in facts} == {"01012100", "26121010"}
    assert {f.partner for f in facts if f.commodity == "26121010"} == {"NAM"}


def test_a_mass_of_zero_beside_a_value_is_missing_not_zero(tmp_path: Path) -> None:
    _, mass = read_comext(written(tmp_path, HEADER + LINES), ["2612"])
    assert (mass.value, mass.state) == (None, FactState.NOT_AVAILABLE)


def test_supplementary_quantities_and_whole_years_are_read(tmp_path: Path) -> None:
    facts = read_comext(written(tmp_path, HEADER + LINES), ["0101"])
    assert [(f.unit, f.value) for f in facts] == [("EUR", 500), ("kg", 900), ("NAR", 2)]
    assert {f.period for f in facts} == {"2025"}


def test_confidential_codes_and_partners_keep_their_published_names(tmp_path: Path) -> None:
    fact = read_comext(written(tmp_path, HEADER + LINES), ["28X"])[0]
    assert (fact.commodity, fact.partner, fact.partner_published) == ("28XXXXXX", None, "QZ")


def test_the_layout_before_2022_is_read(tmp_path: Path) -> None:
    value, mass = read_comext(written(tmp_path, OLD), ["2805"])
    assert (value.economy, value.partner, value.value, mass.value) == ("FRA", "CHN", 2580, 600)


def test_a_gzip_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "full_202512.dat.gz"
    path.write_bytes(gzip.compress((HEADER + LINES).encode()))
    assert len(list(stream_comext(path))) == 9


def test_a_7z_archive_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "full_v2_202512.7z"
    path.write_bytes(b"7z\xbc\xaf\x27\x1c" + b"\0" * 60)
    with pytest.raises(AtlasError, match="Unpack it with 7-Zip"):
        read_comext(path, ["28"])


def test_all_faults_of_the_file_are_listed_even_in_lines_nobody_asked_for(tmp_path: Path) -> None:
    text = HEADER + LINES.replace("202552", "202513").replace(",77,77,", ",-77,77,").replace("DE,CN", "DE,C")
    with pytest.raises(AtlasError) as caught:
        read_comext(written(tmp_path, text), ["8112"])
    places = [(p.place.line, p.place.column) for p in caught.value.problems]
    assert places == [(2, 2), (3, 15), (4, 14)]


def test_a_missing_column_is_named_under_all_its_names(tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match="VALUE_EUR or VALUE_IN_EUROS"):
        read_comext(written(tmp_path, (HEADER + LINES).replace("VALUE_EUR", "WORTH")), ["28"])


def test_a_file_cut_short_writes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, (HEADER + LINES)[:-30])
    with pytest.raises(AtlasError, match="cut short"):
        write_facts(stream_comext(path), tmp_path / "atlas")
    assert list((tmp_path / "atlas").iterdir()) == []


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "large.dat.gz"
    path.write_bytes(gzip.compress((HEADER + LINES * 6_000).encode()))
    tracemalloc.start()
    try:
        assert sum(1 for _ in stream_comext(path, ["2804"])) == 12_000
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_every_hostile_file_is_refused(
    refuses_every_hostile_file: Callable[[Callable[[Path], object]], None],
) -> None:
    refuses_every_hostile_file(lambda path: read_comext(path, ["28"]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_mutated_file_is_read_or_refused_never_broken(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray((HEADER + LINES).encode())
    packed = data.draw(st.booleans())
    if packed:
        content = bytearray(gzip.compress(bytes(content), mtime=0))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=8))
    path = tmp_path / "mutated.dat"
    path.write_bytes(bytes(content))
    try:
        list(stream_comext(path))
    except AtlasError as error:
        assert error.problems
