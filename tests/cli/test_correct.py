from __future__ import annotations

import csv
import io
from decimal import Decimal


def test_a_corrected_price_gives_the_difference_to_refund(run, entries, tmp_path):
    earlier = tmp_path / "d.parquet"
    run("assess", entries, "--zone", "toy", "--out", earlier)
    header, *rows = entries.read_text(encoding="utf-8").splitlines()
    corrected = tmp_path / "corrected.csv"
    line = next(row for row in rows if row.startswith("T01,")).replace("792000", "1320000")
    corrected.write_text(f"{header}\n{line}\n", encoding="utf-8")
    said = run("correct", earlier, corrected, "--zone", "toy")
    assert said.status == 0
    assert Decimal(said.data["owed_usd"]) == Decimal("-528000.00")
    [difference] = said.data["differences"]
    assert (difference["entry_number"], difference["later_outcome"]) == ("T01", "cleared")


def test_the_same_lines_under_the_same_charter_owe_no_difference(run, entries, tmp_path):
    earlier = tmp_path / "d.parquet"
    run("assess", entries, "--zone", "toy", "--out", earlier)
    said = run("correct", earlier, "--zone", "toy", "--format", "table")
    assert "0 come out otherwise" in " ".join(said.out.split())
    rows = run("correct", earlier, "--zone", "toy", "--format", "csv").out
    assert list(csv.DictReader(io.StringIO(rows))) == []


def test_an_earlier_file_that_is_none_is_refused(run, entries):
    assert run("correct", entries).status == 3
