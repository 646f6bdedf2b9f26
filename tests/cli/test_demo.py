from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from stannary.border.determinations import open_determinations

FILES = ("entries.csv", "determinations.parquet", "determinations.csv", "report.html")


def test_the_demo_writes_four_files_and_tells_their_sums(run, tmp_path):
    said = run("demo", "--zone", "toy", "--out", "out")
    assert said.status == 0
    assert sorted(path.name for path in Path("out").iterdir()) == sorted(FILES)
    summary = open_determinations(Path("out/determinations.parquet")).summary()
    assert Decimal(said.data["adjustment_usd"]) == summary.total.adjustment_usd
    assert said.data["files"] == [f"out/{name}" for name in FILES]


def test_the_same_demo_gives_the_same_page(run):
    run("demo", "--zone", "toy", "--out", "out")
    first = {name: Path("out", name).read_bytes() for name in FILES if not name.endswith("parquet")}
    run("demo", "--zone", "toy", "--out", "out")
    assert first == {name: Path("out", name).read_bytes() for name in first}


def test_the_day_of_entry_can_be_chosen(run):
    run("demo", "--zone", "toy", "--as-of", "2027-02-03", "--out", "out")
    assert "2027-02-03" in Path("out/entries.csv").read_text(encoding="utf-8")


def test_the_table_says_what_to_try_next_and_it_works(run):
    said = run("demo", "--zone", "toy", "--format", "table", "--out", "out")
    tried = next(
        line.split() for line in said.out.splitlines() if line.strip().startswith("stannary explain")
    )
    assert run(*tried[1:]).status == 0


def test_a_year_without_trade_is_not_found_and_nothing_is_written(run):
    said = run("demo", "--zone", "toy", "--year", "1990", "--out", "out")
    assert said.status == 4
    assert not Path("out").exists() or not list(Path("out").iterdir())


def test_a_charter_begun_with_new_can_be_tried_at_once(run):
    assert run("charter", "new", "mine", "--from", "forge").status == 0
    floors = Path("mine/price_floors.yaml")
    floors.write_text(floors.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    assert run("demo", "--charter", "mine", "--out", "out").status == 0
