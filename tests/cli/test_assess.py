from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stannary.border.determinations import open_determinations


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_pipe_gets_json_equal_to_the_summary(run, entries, tmp_path):
    out = tmp_path / "d.parquet"
    said = run("assess", entries, "--zone", "toy", "--out", out)
    assert said.status == 0
    summary = open_determinations(out).summary()
    assert said.data["lines"] == summary.total.lines == len(lines_of(entries))
    assert Decimal(said.data["adjustment_usd"]) == summary.total.adjustment_usd
    told = {group["name"]: group["lines"] for group in said.data["by"]["outcome"]}
    assert told == {group.name: group.lines for group in summary.by["outcome"]}
    assert said.data["files"] == [str(out)]


def test_a_table_begins_with_the_answer_in_a_sentence(run, entries):
    said = run("assess", entries, "--zone", "toy", "--format", "table")
    assert "would owe a border adjustment of" in said.out.splitlines()[0]
    assert not any(line != line.rstrip() for line in said.out.splitlines())


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_rows_on_standard_output_are_every_line_in_order(process, entries, form):
    ran = process(["assess", entries, "--zone", "toy", "--format", form])
    assert ran.returncode == 0
    text = ran.stdout.decode()
    rows = (
        [json.loads(row) for row in text.splitlines()]
        if form == "ndjson"
        else list(csv.DictReader(text.splitlines()))
    )
    assert [row["entry_number"] for row in rows] == [row["entry_number"] for row in lines_of(entries)]
    assert {row["outcome"] for row in rows} >= {
        "adjusted",
        "referred",
        "cleared",
        "preferential",
        "out_of_scope",
    }
    assert b"wait for an officer" in ran.stderr


def test_the_ending_of_out_decides_the_form(run, entries, tmp_path):
    for name in ("d.csv", "d.ndjson", "d.parquet"):
        assert run("assess", entries, "--zone", "toy", "--out", tmp_path / name).status == 0
    assert len(lines_of(tmp_path / "d.csv")) == len(lines_of(entries))
    assert len((tmp_path / "d.ndjson").read_text(encoding="utf-8").splitlines()) == len(lines_of(entries))
    assert pq.read_metadata(tmp_path / "d.parquet").num_rows == len(lines_of(entries))


def test_fail_on_leaves_with_five_when_there_are_findings(run, entries, tmp_path):
    assert run("assess", entries, "--zone", "toy", "--fail-on", "referred").status == 5
    assert run("assess", entries, "--zone", "toy", "--fail-on", "adjusted").status == 5
    clean = tmp_path / "clean.csv"
    header, *rows = entries.read_text(encoding="utf-8").splitlines()
    clean.write_text("\n".join([header, next(row for row in rows if "zone origin" in row)]) + "\n", "utf-8")
    assert run("assess", clean, "--zone", "toy", "--fail-on", "adjusted").status == 0


def test_the_page_is_written_and_names_its_command(run, entries, tmp_path):
    said = run("assess", entries, "--zone", "toy", "--report", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert said.status == 0
    assert "--zone toy" in page
    assert page.startswith("<!doctype html>")


def test_a_charter_and_an_atlas_of_ones_own_take_the_place_of_the_zones(run, entries):
    charter, atlas = entries.parent / "charter", entries.parent / "atlas"
    said = run("assess", entries, "--charter", charter, "--atlas", atlas)
    assert said.data["charter"]["version"] == "1"
    assert (
        run("assess", entries, "--zone", entries.parent).data == run("assess", entries, "--zone", "toy").data
    )
    assert said.data["lineage"] == run("assess", entries, "--zone", "toy").data["lineage"]


def test_the_input_is_never_written_over(run, entries, tmp_path):
    mine = tmp_path / "mine.csv"
    mine.write_bytes(entries.read_bytes())
    said = run("assess", mine, "--zone", "toy", "--out", mine)
    assert said.status == 2
    assert "STN-USAGE-001" in said.err
    assert mine.read_bytes() == entries.read_bytes()


def test_a_place_that_cannot_be_written_is_refused_in_words(run, entries, tmp_path):
    taken = tmp_path / "file"
    taken.write_text("x", encoding="utf-8")
    said = run("assess", entries, "--zone", "toy", "--report", taken / "page.html")
    assert said.status == 2
    assert "STN-USAGE-005" in said.err
    assert said.out == ""


def test_problems_are_a_json_list_when_json_is_asked(run, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("entry_number,entry_number\n1,2\n", encoding="utf-8")
    said = run("assess", bad, "--format", "json")
    assert said.status == 3
    problems = json.loads(said.err)["problems"]
    assert {"STN-ENTRY-006", "STN-ENTRY-007"} & {problem["code"] for problem in problems}
    assert all(problem["file"] for problem in problems)


def test_an_unknown_zone_is_not_found(run, entries):
    said = run("assess", entries, "--zone", "atlantis")
    assert said.status == 4
    assert "STN-FOUND-001" in said.err
