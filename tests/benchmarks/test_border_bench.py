"""The benchmark of the border runs, and everything it times gives one answer. Times are not looked at."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "border.py"
ALWAYS = ("copy", "stannary", "stannary-all", "sql", "sql-decimal", "single")
LIBRARIES = {"polars": "polars", "openfisca": "openfisca_core", "rules": "rule_engine"}
"""Peers whose libraries only the benchmark's own environment must hold."""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give what the benchmark prints of a book of 20,000 lines."""
    peers = [*ALWAYS, *(name for name, library in LIBRARIES.items() if find_spec(library))]
    folder = tmp_path_factory.mktemp("bench")
    command = [sys.executable, str(SCRIPT), "--lines", "20000", "--runs", "1", "--folder", str(folder)]
    run = subprocess.run([*command, "--peers", ",".join(peers)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert not list(folder.glob("out-*")), "answers are left behind"
    return run.stdout


@pytest.mark.slow
def test_hand_written_sql_and_other_engines_agree_with_stannary_in_every_cell(printed: str) -> None:
    rows = {line.split("|")[1].strip(): line for line in printed.splitlines() if line.startswith("| ")}
    assert "same answer: yes" in printed
    for words in ("hand SQL (DuckDB), floats proven", "hand SQL (DuckDB), plain decimals"):
        assert rows[words].endswith("| yes |")
    assert rows["Stannary, line by line"].endswith("| yes |")


@pytest.mark.slow
def test_the_book_has_lines_of_every_outcome_and_every_line_comes_out_once(printed: str) -> None:
    outcomes = ("out_of_scope", "cleared", "preferential", "adjusted", "referred")
    counts = {
        cells[1].strip(): int(cells[2].replace(",", ""))
        for cells in (line.split("|") for line in printed.splitlines())
        if len(cells) > 2 and cells[1].strip() in outcomes
    }
    assert set(counts) == set(outcomes)
    assert sum(counts.values()) == 20_000
    assert min(counts.values()) > 100
