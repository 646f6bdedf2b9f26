from __future__ import annotations

import json

import pytest

SET = (
    "tariff_code=28469010",
    "quantity=12",
    "quantity_unit=t",
    "value=792000",
    "currency=USD",
    "entered_on=2026-09-01",
    "produced_in=BRA",
    "separated_in=BRA",
)


@pytest.fixture
def determinations(run, entries, tmp_path):
    path = tmp_path / "d.parquet"
    run("assess", entries, "--zone", "toy", "--out", path)
    return path


def described(*pairs: str) -> list[str]:
    return [word for pair in pairs for word in ("--set", pair)]


def test_a_line_of_a_file_is_told_with_its_articles_and_sources(run, determinations):
    said = run("explain", determinations, "--entry", "T01", "--line", "1", "--zone", "toy")
    assert said.status == 0
    assert said.data["determination"]["adjustment_usd"] == "528000.00"
    assert said.data["matches_record"] is True
    steps = {step["name"]: step for step in said.data["steps"]}
    assert steps["Floor"]["number"].startswith("110000")
    assert all(step["article"] for step in said.data["steps"])


def test_a_line_described_by_hand_is_told_the_same(run):
    said = run("explain", "--zone", "toy", *described(*SET))
    assert said.data["determination"]["outcome"] == "adjusted"
    assert said.data["determination"]["adjustment_usd"] == "528000.00"
    assert said.data["what_would_change"]


def test_the_table_runs_on_under_its_own_words(run, determinations):
    said = run("explain", determinations, "--entry", "T03", "--zone", "toy", "--format", "table")
    assert said.out.startswith("Entry T03, line 1: adjusted, owing 660,000.00 USD.")
    assert "What would change the result" in said.out


def test_an_entry_that_is_not_there_is_not_found(run, determinations):
    assert run("explain", determinations, "--entry", "nobody", "--zone", "toy").status == 4


def test_another_charter_is_said_aloud(run, determinations):
    said = run("explain", determinations, "--entry", "T01", "--zone", "forge")
    assert "not in the wording of the charter here" in said.err


def test_all_unknown_columns_are_listed_at_once(run):
    said = run("explain", *described("quantty=1", "colour=red", "nonsense"), "--format", "json")
    assert said.status == 2
    problems = json.loads(said.err)["problems"]
    assert len(problems) == 3
    assert "quantity" in problems[0]["remedy"]


@pytest.mark.parametrize("words", [(), ("--entry", "1"), ("d.parquet",), ("d.parquet", "--set", "value=1")])
def test_neither_or_both_ways_of_naming_a_line_is_usage(run, words):
    assert run("explain", *words).status == 2


def test_a_file_that_holds_no_determinations_is_refused(run, entries):
    said = run("explain", entries, "--entry", "T01")
    assert said.status == 3
    assert "STN-ENTRY-003" in said.err
