"""The benchmark of the market runs, and everything it times gives one answer. Times are not looked at."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "market.py"
YEAR = ("Stannary, in batches", "Stannary, one scenario a call", "scipy.optimize.root (hybr), NumPy")
DENSE = "JAX, jacfwd and a dense 48 x 48 solve"
KERNEL = "C kernel, eight scenarios a vector"
PROGRAM = "trade LP, HiGHS by scipy.optimize.linprog"
GRAVITY = ("Stannary, shares held", "Stannary, incomes follow", "scipy.optimize.root, incomes follow")
ASKED = (
    "a solve in batches, ms",
    "first call in a fresh process, s",
    "the same in the next process, s",
    "solves a second, two processes at once",
    "a 25-year path, ms",
    "with its gradient, times the path",
    "16 paths x 25 years, s",
    "their peak memory, MB",
)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give what the benchmark prints of small batches."""
    folder = tmp_path_factory.mktemp("bench")
    command = [sys.executable, str(SCRIPT), "--quick", "--folder", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def rows(printed: str) -> dict[str, list[str]]:
    """Give the cells of every row of every table."""
    tables = [line.split("|")[1:-1] for line in printed.splitlines() if line.startswith("| ")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in tables}


@pytest.mark.slow
def test_all_solvers_of_a_year_and_of_a_gravity_world_find_the_same_prices(
    printed: str, rows: dict[str, list[str]]
) -> None:
    kernel = (KERNEL,) if shutil.which("gcc") or shutil.which("cc") else ()
    peers = [name for name in rows if name.startswith("gegravity")]
    assert len(peers) == bool(find_spec("gegravity"))
    for words in (*YEAR, DENSE, *kernel, *GRAVITY, *peers):
        assert float(rows[words][-1]) <= 1e-8
    assert "another question" in rows[PROGRAM][-1]
    assert ("trade LP, HiGHS by highspy" in rows) == bool(find_spec("highspy"))
    assert "same answers: yes" in printed


@pytest.mark.slow
def test_every_measure_has_a_row_and_the_gradient_agrees_with_differences(rows: dict[str, list[str]]) -> None:
    for words in ASKED:
        assert float(rows[words][0].replace(",", "")) > 0
    assert float(rows["the gradient and central differences apart"][0]) < 1e-6
