"""The notebook runs from top to bottom, cell by cell."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[3] / "examples" / "first_outlook.ipynb"


def test_every_cell_of_the_notebook_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = json.loads(NOTEBOOK.read_text("utf-8"))
    names: dict[str, Any] = {"__name__": "notebook"}
    cells = [cell for cell in told["cells"] if cell["cell_type"] == "code"]
    assert cells
    for cell in cells:
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        exec(compile(ast.parse("".join(cell["source"])), cell["id"], "exec"), names)
    assert "users in the zone pay" in capsys.readouterr().out
    assert "<strong>" in names["ban"]._repr_html_()
    assert list(tmp_path.iterdir()) == []
