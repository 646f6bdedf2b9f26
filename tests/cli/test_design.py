"""Designing, ranking and weighing from the command line, on one small market."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stannary.cli.main import main

GOAL = "share CHN of gallium.metal <= 25% by 2031 with 80%"
SMALL = ("--levers", "floors:gallium.metal", "--draws", "8", "--check", "40", "--starts", "1")
RUN = ("--regions", "bloc", "--seed", "2")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Search once, with a front, and give the folder it wrote."""
    folder = tmp_path_factory.mktemp("design")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANNARY_CACHE", str(folder / "cache"))
        told = ["design", "gallium", "--goal", GOAL, *SMALL, *RUN, "--front", "3", "--format", "json"]
        assert main([*told, "--out", str(folder / "found")]) == 0
    return folder


@pytest.fixture
def sim(run: Callable, made: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Run a command with the programs that were compiled before."""
    monkeypatch.setenv("STANNARY_CACHE", str(made / "cache"))
    return run


def test_a_search_writes_its_numbers_and_its_picture(made):
    found = json.loads((made / "found" / "design.json").read_text("utf-8"))
    assert found["goal"]["words"] == "share CHN of gallium.metal <= 25% by 2031 with 80%"
    assert found["verdict"] in ("reached", "likely", "not reached")
    assert [each["lever"] for each in found["levers"]] == ["floors:gallium.metal"]
    (check,) = found["checks"]
    assert check["draws"] == 40
    assert check["low"] <= check["share"] <= check["high"]
    assert "stannary design gallium --goal" in found["command"]
    levels = [each["level"] for each in found["front"]["points"]]
    costs = [each["cost_usd"]["mean"] for each in found["front"]["points"]]
    assert levels == sorted(levels, reverse=True)
    assert costs == sorted(costs)
    assert (made / "found" / "front.png").read_bytes().startswith(b"\x89PNG")


def test_a_search_is_told_as_a_table(sim):
    said = sim("design", "gallium", "--goal", GOAL, *SMALL, *RUN, "--format", "table")
    assert said.status == 0
    assert "border floor, gallium.metal" in said.out
    assert "of 40" in said.out
    assert "business_as_usual" in said.out


def test_a_goal_that_is_none_is_refused_in_words(run):
    said = run("design", "gallium", "--goal", "shar CHN <= 50 by soon", "--levers", "floors")
    assert said.status == 3
    assert "did you mean share?" in said.err
    assert "not a year" in said.err


def test_goal_levers_and_scenarios_are_refused_together(run):
    said = run(
        "design", "gallium", "--goal", "share CHX <= 50% by 2031", "--levers", "flors", "--scenarios", "bann",
        *RUN,
    )  # fmt: skip
    assert said.status == 3
    for words in ("CHX", "flors", "bann"):
        assert words in said.err


def test_unknowns_are_ranked_every_one_of_them(sim):
    said = sim(
        "sensitivity", "gallium", "--of", "price of gallium.metal in 2028", "--rows", "8", *RUN, "--format",
        "json",
    )  # fmt: skip
    assert said.status == 0
    totals = [each["total"] for each in said.data["unknowns"]]
    assert totals == sorted(totals, reverse=True)
    assert {"sigma", "supply_elasticity", "freight"} <= {
        each["unknown"].split(",")[0] for each in said.data["unknowns"]
    }
    assert said.data["converged"] is False


def test_losses_are_weighed_and_caveats_told(sim):
    asked = ("losses", "--minerals", "gallium", "--scenarios", "gallium_germanium_ban", "--until", "2028")
    said = sim(*asked, "--draws", "2", *RUN, "--format", "json")
    assert said.status == 0
    (row,) = said.data["losses"]
    assert row["expected"] == pytest.approx(row["probability"] * row["loss"])
    assert said.data["caveats"]
