"""Euro reference rates become US dollars a unit, exactly and once rounded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stannary.atlas.importers.ecb_rates import read_ecb_rates, usd_per_unit, write_exchange_rates
from stannary.atlas.importers.facts import FactState
from stannary.errors import AtlasError

TABLE = (
    "Date,USD,JPY,CNY,IDR,CYP,\n"
    "2026-05-29,1.1200,160.00,8.0000,18500.25,N/A,\n"
    "2026-05-28,N/A,161.00,8.1000,18400.00,N/A,\n"
    "2007-12-31,1.4721,164.93,10.7524,13826.76,0.58527,\n"
)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "eurofxref-hist.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_euro_is_the_published_rate_and_the_others_are_crosses(tmp_path: Path) -> None:
    facts = read_ecb_rates(written(tmp_path, TABLE))
    day = {f.commodity: (f.value, f.state) for f in facts if f.period == "2026-05-29"}
    assert day["EUR"] == (Decimal("1.1200"), FactState.REPORTED)
    assert day["CNY"] == (Decimal("0.140000"), FactState.DERIVED)
    assert day["JPY"] == (Decimal("0.00700000"), FactState.DERIVED)
    assert day["CYP"] == (None, FactState.NOT_AVAILABLE)
    assert "USD" not in day


def test_a_day_without_a_dollar_rate_has_no_rate_at_all(tmp_path: Path) -> None:
    facts = read_ecb_rates(written(tmp_path, TABLE))
    assert {f.value for f in facts if f.period == "2026-05-28"} == {None}


def test_days_before_the_first_wanted_are_left_out(tmp_path: Path) -> None:
    facts = read_ecb_rates(written(tmp_path, TABLE), since=date(2026, 5, 29))
    assert {f.period for f in facts} == {"2026-05-29"}


def test_a_rate_is_rounded_half_up_to_six_decimals() -> None:
    assert usd_per_unit(Decimal("1"), Decimal("8")) == Decimal("0.125000")
    assert usd_per_unit(Decimal("2.0000005"), Decimal("2")) == Decimal("1.000000")
    assert usd_per_unit(Decimal("2.000001"), Decimal("2")) == Decimal("1.000001")


def test_a_small_unit_keeps_six_significant_digits() -> None:
    assert usd_per_unit(Decimal("1.12"), Decimal("18500.25")) == Decimal("0.0000605397")


@given(
    st.decimals("0.5", "2", places=4, allow_nan=False),
    st.decimals("0.0001", "99999", places=4, allow_nan=False),
)
def test_a_cross_is_within_half_a_unit_of_its_last_digit(usd: Decimal, units: Decimal) -> None:
    rate = usd_per_unit(usd, units)
    assert abs(rate * units - usd) <= units * max(Decimal("0.0000005"), rate * Decimal("0.000006"))


def test_an_atlas_table_holds_the_days_that_have_a_rate_in_order(tmp_path: Path) -> None:
    facts = read_ecb_rates(written(tmp_path, TABLE))
    lines = write_exchange_rates(facts, tmp_path / "atlas").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "day,currency,usd_per_unit,source"
    assert lines[1] == "2007-12-31,CNY,0.136909,ecb-reference-rates"
    assert len(lines) == 1 + 5 + 4


def test_all_faults_are_listed(tmp_path: Path) -> None:
    text = TABLE.replace("160.00", "-160").replace("2026-05-28", "28/05/2026").replace("0.58527", "NaN")
    with pytest.raises(AtlasError) as caught:
        read_ecb_rates(written(tmp_path, text))
    places = [(p.place.line, p.place.column) for p in caught.value.problems]
    assert places == [(2, 3), (3, 1), (4, 6)]


def test_a_day_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match="STN-ATLAS-007"):
        read_ecb_rates(written(tmp_path, TABLE.replace("2026-05-28", "2026-05-29")))


def test_a_table_without_dollars_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match="'USD' is missing"):
        read_ecb_rates(written(tmp_path, TABLE.replace("USD", "SDR")))


def test_every_hostile_file_is_refused(
    refuses_every_hostile_file: Callable[[Callable[[Path], object]], None],
) -> None:
    refuses_every_hostile_file(read_ecb_rates)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_mutated_file_is_read_or_refused_never_broken(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(TABLE.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=8))
    path = tmp_path / "eurofxref-hist.csv"
    path.write_bytes(bytes(content))
    try:
        read_ecb_rates(path)
    except AtlasError as error:
        assert error.problems
