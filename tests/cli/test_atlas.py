from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq

from stannary.atlas.reader import open_atlas
from stannary.zone import shipped_folder


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_coverage_has_a_row_for_every_mineral(run):
    atlas = open_atlas(shipped_folder("forge") / "atlas")
    said = run("atlas", "coverage")
    assert [row["mineral"] for row in said.data["minerals"]] == [mineral.id for mineral in atlas.minerals]
    table = run("atlas", "coverage", "--format", "table")
    assert "listed minerals" in table.out


def test_tables_are_listed_with_their_columns(run):
    said = run("atlas", "show", "--zone", "toy")
    listed = {row["table"]: row for row in said.data}
    assert listed["economies"]["rows"] > 0
    assert "alpha_2" in listed["economies"]["columns"]


def test_rows_carry_their_licence_and_meet_every_condition(run):
    conditions = ("--where", "product=gallium.metal", "--where", "date=2024")
    said = run("atlas", "show", "prices", *conditions)
    assert said.data
    assert all(row["licence"] and row["attribution"] for row in said.data)
    assert {(row["product"], row["date"]) for row in said.data} == {("gallium.metal", "2024")}


def test_namibia_is_not_a_missing_value(run):
    said = run("atlas", "show", "economies", "--where", "alpha_2=NA", "--format", "csv")
    assert [row["id"] for row in rows_of(said.out)] == ["NAM"]


def test_every_form_has_the_same_rows(run):
    where = ("atlas", "show", "minerals", "--where", "group=rare earths")
    whole = ("atlas", "show", "minerals")
    assert run(*where).status == 0
    listed = run(*whole).data
    lines = run(*whole, "--format", "ndjson").out.splitlines()
    assert [json.loads(line) for line in lines] == listed
    assert len(rows_of(run(*whole, "--format", "csv").out)) == len(listed)
    assert run(*whole, "--out", "minerals.parquet").status == 0
    assert pq.read_metadata("minerals.parquet").num_rows == len(listed)


def test_a_long_table_says_how_much_it_left_out(run):
    said = run("atlas", "show", "production", "--format", "table")
    assert "more rows" in said.out
    assert "Credit: " in said.out


def test_unknown_tables_and_columns_are_not_found(run):
    assert run("atlas", "show", "prises").status == 4
    said = run("atlas", "show", "prices", "--where", "produkt=x")
    assert said.status == 4
    assert "Did you mean product?" in said.err
    assert run("atlas", "show", "prices", "--where", "product").status == 2


def test_an_atlas_of_ones_own_that_is_none_is_refused(run, tmp_path):
    said = run("atlas", "coverage", "--atlas", tmp_path)
    assert said.status == 3
    assert "STN-ATLAS-001" in said.err


def test_measures_are_those_of_the_atlas(run):
    said = run("atlas", "measures", "--mineral", "gallium", "--as-of", "2026-09-01")
    [row] = [row for row in said.data["measures"] if row["product"] == "gallium.primary"]
    assert row["largest_outside"] == "CHN"
    assert float(row["largest_outside_share"]) == float(row["n_minus_1_lost"]) > 0.9
    assert int(row["hhi_low"]) <= int(row["hhi_high"]) <= 10_000


def test_an_unknown_mineral_is_not_found(run):
    assert run("atlas", "measures", "--mineral", "unobtainium", "--as-of", "2026-09-01").status == 4


def test_official_rates_become_facts_and_a_table_of_the_atlas(run):
    Path("eurofxref-hist.csv").write_text("Date,USD,JPY,\n2026-09-01,1.1,165,\n", encoding="utf-8")
    said = run("atlas", "import", "ecb", "eurofxref-hist.csv", "--out", "facts")
    assert said.status == 0
    assert said.data["tables"]
    rates = rows_of(Path("facts/exchange_rates.csv").read_text(encoding="utf-8"))
    assert {rate["currency"]: rate["usd_per_unit"] for rate in rates} == {"EUR": "1.1", "JPY": "0.00666667"}


def test_a_file_that_is_not_in_the_layout_is_refused_and_nothing_is_written(run):
    Path("x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    for kind in ("usgs", "comext", "ecb", "pink-sheet"):
        said = run("atlas", "import", kind, "x.csv", "--out", "facts")
        assert said.status == 3, kind
        assert not list(Path("facts").glob("*.csv"))


def test_a_source_that_needs_more_is_told_so(run):
    assert run("atlas", "import", "usgs", "--out", "facts").status == 2
    assert run("atlas", "import", "census", "--out", "facts").status == 2
    assert run("atlas", "import", "comtrade", "--out", "facts").status == 2


def test_a_source_without_its_key_is_unavailable(run):
    words = ("atlas", "import", "census", "--code", "2805", "--month", "2026-03")
    said = run(*words, "--out", "facts", "--cache", "cache")
    assert said.status == 6
    assert "STN-SOURCE-004" in said.err
