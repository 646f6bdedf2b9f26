"""Simulating from the command line: one small market, run once, looked at from every side."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stannary.cli.main import main
from stannary.market.outlook_files import open_outlook

SMALL = ("--regions", "bloc", "--until", "2027", "--draws", "2", "--seed", "3")
BASE, BAN = "business_as_usual", "gallium_germanium_ban"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compare two scenarios once, and give the folder it wrote."""
    folder = tmp_path_factory.mktemp("market")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANNARY_CACHE", str(folder / "cache"))
        status = main(
            ["compare", "gallium", "--scenarios", f"{BASE},{BAN}", *SMALL, "--out", str(folder / "ban"),
             "--format", "json"]
        )  # fmt: skip
    assert status == 0
    return folder


@pytest.fixture
def sim(run: Callable, made: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Run a command with the programs that were compiled before."""
    monkeypatch.setenv("STANNARY_CACHE", str(made / "cache"))
    return run


def test_a_comparison_writes_numbers_pictures_and_a_page(made):
    names = {path.name for path in (made / "ban").iterdir()}
    assert {f"0-{BASE}.nc", f"1-{BAN}.nc", "comparison.json", "report.html"} <= names
    assert {f"price-{BAN}.svg", f"price-{BAN}.png", f"gains-{BAN}.svg"} <= names
    assert (made / "ban" / f"price-{BAN}.png").read_bytes().startswith(b"\x89PNG")
    page = (made / "ban" / "report.html").read_text("utf-8")
    assert "Who gains and who pays" in page
    assert "<script" not in page
    assert "stannary compare gallium --scenarios" in page


def test_saved_outlooks_are_compared_as_the_scenarios_were(sim, made):
    files = [str(made / "ban" / name) for name in (f"0-{BASE}.nc", f"1-{BAN}.nc")]
    said = sim("compare", *files, "--format", "json")
    assert said.status == 0
    told = json.loads((made / "ban" / "comparison.json").read_text("utf-8"))
    assert said.data["comparisons"] == told["comparisons"]
    assert told["comparisons"][0]["same_draws"] is True


def test_a_simulation_is_told_as_table_data_and_rows(sim, made):
    words = ("simulate", "gallium", "--scenario", BAN, *SMALL)
    told = sim(*words, "--format", "table", "--out", "ban.parquet")
    assert told.status == 0
    saved, before = open_outlook("ban.parquet"), open_outlook(made / "ban" / f"1-{BAN}.nc")
    assert saved.story == before.story
    assert saved.outcome == before.outcome
    flat = " ".join(told.out.split())
    assert saved.outcome in flat
    for title in ("What users in the zone pay", "Where the zone buys", "Protection along the chain"):
        assert title in flat
    assert f"Run {saved.story.lineage.run}" in flat
    assert "Wrote ban.parquet." in told.err


def test_rows_hold_quantiles_with_unit_and_basis(sim):
    said = sim("simulate", "gallium", "--scenario", BAN, *SMALL, "--format", "ndjson")
    rows = [json.loads(line) for line in said.out.splitlines()]
    row = next(r for r in rows if (r["measure"], r["product"]) == ("price", "gallium.metal"))
    assert (row["unit"], row["basis"]) == ("USD per contained tonne", "ex works, USD of 2024")
    assert row["p10"] <= row["p50"] <= row["p90"]


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("simulate", "galium"), 3, "STN-MARKET-001"),
        (("simulate", "gallium", "--scenario", "galium_ban"), 4, "STN-FOUND-001"),
        (("simulate", "gallium", "--scenario", "congo_conflict"), 3, "STN-SCENARIO-002"),
        (("simulate", "gallium", "--draws", "0"), 2, "STN-USAGE-001"),
        (("simulate", "gallium", "--until", "2001"), 3, "STN-SCENARIO-003"),
        (("compare", "gallium"), 2, "STN-USAGE-001"),
        (("compare", "gallium", "--scenarios", "business_as_usual"), 2, "STN-USAGE-001"),
        (("compare", "one.nc"), 2, "STN-USAGE-001"),
        (("compare", "one.nc", "two.nc"), 4, "STN-FOUND-001"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(sim, words, status, code):
    said = sim(*words, "--format", "json")
    assert (said.status, said.out) == (status, "")
    assert code in said.err


def test_without_the_extra_the_command_says_what_to_install(run, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr("stannary.cli.market.find_spec", lambda name: None if name == "jax" else found(name))
    said = run("simulate", "gallium")
    assert said.status == 2
    assert "Install stannary[market]." in said.err


def test_scenarios_are_listed_with_what_they_are_told_of(run):
    rows = {row["scenario"]: row for row in run("scenarios").data}
    assert "gallium" in rows[BAN]["minerals"]
    assert rows[BAN]["probability"] == "0.1"
    few = {row["scenario"] for row in run("scenarios", "--mineral", "cobalt").data}
    assert few < set(rows)
    assert BAN not in few
    assert BAN in run("scenarios", "--format", "table").out


def test_markets_are_listed_layer_by_layer(run):
    rows = {row["mineral"]: row for row in run("markets").data}
    assert "gallium.metal" in rows["gallium"]["products"]
    assert rows["gallium"]["layers"][-1] == "wafer"
    assert "gallium.metal" in run("markets", "--format", "table").out
