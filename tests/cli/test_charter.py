from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest

from stannary.charter.reader import open_charter
from stannary.zone import shipped_folder


def test_show_gives_the_floors_and_sets_in_force_on_a_day(run):
    said = run("charter", "show", "toy", "--as-of", "2026-11-15")
    assert said.status == 0
    floors = {floor["product"]: floor for floor in said.data["floors"]}
    assert floors["ndpr.oxide"]["floor_usd_per_t"] == "110000.0000"
    assert floors["ndpr.oxide"]["assumed"]
    assert said.data["membership"]["parties"] == ["JPN", "USA"]  # Australia is suspended for the quarter


def test_the_day_before_and_the_day_of_differ(run):
    def floor(on: str) -> str:
        rows = csv.DictReader(
            io.StringIO(run("charter", "show", "toy", "--as-of", on, "--format", "csv").out)
        )
        return next(row["floor_usd_per_t"] for row in rows if row["product"] == "ndpr.oxide")

    assert (floor("2026-12-31"), floor("2027-01-01")) == ("110000.0000", "120000.0000")


def test_a_day_that_nobody_chose_is_said_aloud(run):
    assert "As of " in run("charter", "show", "toy").err


def test_check_of_a_sound_charter_leaves_with_nothing(run):
    said = run("charter", "check", "toy", "--as-of", "2026-09-01")
    assert (said.status, said.data["errors"], said.data["problems"]) == (0, 0, [])
    assert {stage["state"] for stage in said.data["exposure"]} <= {"first", "covered", "exposed", "unknown"}


def test_check_lists_every_error_as_data_and_leaves_with_three(run):
    run("charter", "new", "mine")
    for name in ("price_floors", "membership"):
        path = Path("mine", f"{name}.yaml")
        path.write_text(
            path.read_text(encoding="utf-8").replace("2026-07-01", "someday", 1), encoding="utf-8"
        )
    said = run("charter", "check", "mine", "--as-of", "2026-09-01")
    assert said.status == 3
    places = {problem["file"]: problem["line"] for problem in said.data["problems"]}
    assert set(places) == {"price_floors.yaml", "membership.yaml"}
    assert all(places.values())
    table = run("charter", "check", "mine", "--as-of", "2026-09-01", "--format", "table")
    assert table.status == 3
    assert "The charter cannot be used." in table.out


def test_a_floor_below_its_chain_is_shown_as_exposed(run):
    run("charter", "new", "mine")
    path = Path("mine/price_floors.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace("amount: 110000}", "amount: 140000}"), "utf-8")
    said = run("charter", "check", "mine", "--as-of", "2026-09-01")
    stage = next(stage for stage in said.data["exposure"] if stage["product"] == "ndpr.metal")
    assert (stage["state"], Decimal(stage["cost_at_input_floors_usd_per_t"])) == ("exposed", Decimal(178000))
    assert said.status == 0  # a warning for a person, no bad law


def test_diff_tells_what_changed_in_words_and_numbers(run):
    run("charter", "new", "mine")
    path = Path("mine/price_floors.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace("amount: 110000}", "amount: 111000}"), "utf-8")
    said = run("charter", "diff", "toy", "mine")
    [change] = [change for change in said.data["changes"] if change["path"] == "price_floors.ndpr.oxide"]
    assert (change["before"], change["after"]) == ("110000.0000", "111000.0000")
    assert run("charter", "diff", "toy", "toy").data["changes"] == []


def test_diff_lists_the_problems_of_both_charters(run):
    said = run("charter", "diff", "nowhere", "neither")
    assert said.status == 3
    assert "nowhere" in said.err
    assert "neither" in said.err


def test_new_copies_the_comments_and_reads_back_as_the_same_law(run):
    said = run("charter", "new", "mine")
    assert (said.status, said.out) == (0, "")
    assert open_charter(Path("mine")) == open_charter(shipped_folder("toy") / "charter")
    assert Path("mine/scope.yaml").read_text(encoding="utf-8").startswith("#")


@pytest.mark.parametrize("taken", ["file", "folder"])
def test_new_never_writes_over_anything(run, taken):
    if taken == "file":
        Path("mine").write_text("x", encoding="utf-8")
    else:
        Path("mine").mkdir()
        Path("mine/x").write_text("x", encoding="utf-8")
    said = run("charter", "new", "mine")
    assert said.status == 3
    assert "STN-CHARTER-019" in said.err


def test_new_from_an_unknown_zone_is_not_found(run):
    assert run("charter", "new", "mine", "--from", "atlantis").status == 4
    assert not Path("mine").exists()
