"""Imports point down the layers; the law knows no engine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ENGINES = ("ibis", "duckdb", "pyarrow", "pandas", "numpy", "polars", "jax", "linopy", "sqlalchemy", "fastapi")

LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"

OPEN_THE_LAW = """
import importlib, json, pkgutil, sys

opened = []
for room in ("stannary.charter", "stannary.atlas"):
    package = importlib.import_module(room)
    for found in pkgutil.walk_packages(package.__path__, room + "."):
        if not found.name.startswith("stannary.atlas.importers"):
            importlib.import_module(found.name)
            opened.append(found.name)
print(json.dumps({"opened": opened, "loaded": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


def test_imports_point_down_the_layers(root: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", LINT, "--config", "pyproject.toml", "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "0 broken" in answer.stdout


def test_the_law_knows_no_engine_even_indirectly() -> None:
    """Importers read foreign files and may use foreign readers; everything else in these rooms may not."""
    answer = subprocess.run([sys.executable, "-c", OPEN_THE_LAW], capture_output=True, text=True, check=True)
    seen = json.loads(answer.stdout)
    assert "stannary.charter.price_floors" in seen["opened"]
    assert "stannary.atlas.atlas" in seen["opened"]
    assert set(ENGINES) & set(seen["loaded"]) == set()


@pytest.mark.parametrize("stem", ["border_adjustment", "price_floors", "rules_of_origin"])
def test_an_article_opens_alone_and_brings_no_engine(stem: str) -> None:
    code = f"import sys, stannary.charter.{stem}; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in answer.stdout.split()}
    assert set(ENGINES) & loaded == set()
