"""Run commands in this process, and as a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stannary.cli.main import main
from stannary.zone import shipped_folder

TOY = shipped_folder("toy")
ENTRIES = TOY / "entries.csv"


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Read standard output as JSON."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty folder, without anyone's settings."""
    for name in list(os.environ):
        if name.startswith("STANNARY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def ran(*arguments: str) -> Ran:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ran(status, said.out, said.err)

    return ran


@pytest.fixture
def entries() -> Path:
    """Give the toy zone's entry lines."""
    return ENTRIES


@pytest.fixture
def process() -> Callable[[Sequence[str]], subprocess.CompletedProcess[bytes]]:
    """Run a command as a process of its own."""

    def ran(arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        source = Path(__file__).parents[2] / "src"
        environment = {**os.environ, "PYTHONPATH": str(source)}
        command = [sys.executable, "-m", "stannary.cli", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, env=environment, check=False, timeout=120)

    return ran
