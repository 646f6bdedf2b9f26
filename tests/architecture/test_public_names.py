"""Public names and their homes: one table, every name there, nothing heavy loaded before it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import stannary

HEAVY = {
    "duckdb", "httpx", "ibis", "jax", "jinja2", "numpy", "openpyxl", "pandas", "polars", "pyarrow",
    "pydantic", "scipy", "sqlglot", "vl_convert", "xarray", "yaml",
}  # fmt: skip

LOADED = "import json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
HELP = f"""
import sys
from stannary.cli.main import run
sys.argv = ["stannary", "--help"]
try:
    run()
except SystemExit as left:
    assert not left.code, left.code
sys.stdout = sys.stderr = sys.__stdout__
{LOADED}
"""


@pytest.mark.parametrize("name", sorted(stannary.HOMES))
def test_every_public_name_is_defined_in_its_home(name: str) -> None:
    value = getattr(stannary, name)
    home = import_module(stannary.HOMES[name])
    assert value is getattr(home, name)
    assert getattr(value, "__module__", home.__name__) in (home.__name__, type(value).__module__)


@pytest.mark.parametrize("name", sorted(stannary.HOMES))
def test_every_public_name_is_one_its_home_offers(name: str) -> None:
    offered = getattr(import_module(stannary.HOMES[name]), "__all__", None)
    assert offered is not None, f"{stannary.HOMES[name]} has no __all__"
    assert name in offered


def test_an_unknown_name_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = stannary.no_such_name  # type: ignore[attr-defined]


def test_nothing_inside_imports_the_facade(root: Path) -> None:
    lines = [
        f"{path}:{number}"
        for path in sorted((root / "src/stannary").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.strip() == "import stannary" or line.strip().startswith("from stannary import")
    ]
    assert lines == []


def test_opening_stannary_loads_nothing_heavy() -> None:
    assert loaded_by("import stannary; dir(stannary); " + LOADED) & HEAVY == set()


def test_asking_for_help_loads_nothing_heavy() -> None:
    """What makes a command line slow is what it loads; benchmarks/startup.py has the seconds."""
    assert loaded_by(HELP) & HEAVY == set()


def loaded_by(code: str) -> set[str]:
    """Give the top-level modules that a fresh interpreter has loaded after some code."""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(answer.stdout.strip().splitlines()[-1]))
