from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.errors import MarketError, NotFoundError, UsageError
from stannary.market import outlook_files
from stannary.market.outlook import Failure
from stannary.market.outlook_files import open_outlook, save_outlook

ENDINGS = (".nc", ".parquet")
FAILED = (Failure(2, "2027", "no equilibrium"),)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_opened_equals_what_was_saved(make, tmp_path, ending):
    outlook = make(failures=FAILED)
    again = open_outlook(save_outlook(outlook, tmp_path / f"outlook{ending}"))
    xr.testing.assert_identical(again.data, outlook.data)
    assert again.story == outlook.story
    assert again.outcome == outlook.outcome


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=5, deadline=None)
@given(draws=st.integers(1, 40), seed=st.integers(0, 99), cells=st.sampled_from([7, 100, 500_000]))
def test_any_outlook_comes_back(make, tmp_path_factory, ending, draws, seed, cells):
    outlook = make(draws, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outlook_files, "CELLS_A_GROUP", cells)
        place = save_outlook(outlook, tmp_path_factory.mktemp("any") / f"outlook{ending}")
        xr.testing.assert_identical(open_outlook(place).data, outlook.data)


def test_lineage_travels_in_the_file_itself(make, tmp_path):
    outlook = make()
    save_outlook(outlook, tmp_path / "o.parquet")
    save_outlook(outlook, tmp_path / "o.nc")
    with xr.open_dataset(tmp_path / "o.nc", engine="scipy") as data:
        told = json.loads(data.attrs["stannary.outlook"])
        units = data["price"].attrs["units"]
    assert told == json.loads(pq.read_schema(tmp_path / "o.parquet").metadata[b"stannary.outlook"])
    assert told["lineage"]["charter"] == "c" * 64
    assert told["assumptions"][0]["text"] == "no estimate exists"
    assert units == "USD per contained tonne"


def test_parquet_reads_as_a_table_of_named_rows(make, tmp_path):
    outlook = make()
    table = pq.read_table(save_outlook(outlook, tmp_path / "o.parquet")).to_pylist()
    family = "draw period layer good region"
    (row,) = (
        each for each in table
        if each["family"] == family and each["draw"] == 3 and each["period"] == "2028"
        and each["product"] == "gallium.chip" and each["region"] == "CHN"
    )  # fmt: skip
    assert row["price"] == outlook.series("price", "gallium.chip", "CHN").sel(period="2028").values[3]
    assert row["flows"] is None


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_appears_whole_or_not_at_all(make, tmp_path, ending, monkeypatch):
    place = tmp_path / f"outlook{ending}"
    save_outlook(make(seed=1), place)
    before = place.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match="No space left"):
        save_outlook(make(seed=2), place)
    assert place.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_damaged_file_is_refused_in_words(make, tmp_path, ending):
    place = save_outlook(make(), tmp_path / f"outlook{ending}")
    place.write_bytes(place.read_bytes()[: place.stat().st_size // 2])
    with pytest.raises(MarketError, match="STN-OUTLOOK-001"):
        open_outlook(place)


def test_a_file_that_is_no_outlook_is_refused(tmp_path):
    xr.Dataset({"x": ("t", np.arange(3.0))}).to_netcdf(tmp_path / "x.nc", engine="scipy")
    with pytest.raises(MarketError, match="no outlook"):
        open_outlook(tmp_path / "x.nc")
    with pytest.raises(NotFoundError):
        open_outlook(tmp_path / "none.nc")


def test_another_ending_is_refused(make, tmp_path):
    with pytest.raises(UsageError, match=r"\.nc or \.parquet"):
        save_outlook(make(), tmp_path / "outlook.xlsx")
