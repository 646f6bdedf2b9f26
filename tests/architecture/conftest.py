"""The tree as the architecture tests see it: every Python file, read and parsed once."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON_FOLDERS = ("src", "tests", "benchmarks", "examples", "docs")
MADE = {"__pycache__", "site", "out", "build", "dist", "demo"}
"""Folders that commands write and git ignores."""


@dataclass(frozen=True)
class Module:
    """One Python file: its path, its text and its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Give the path from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> str:
        """Give the folder, or the file, directly under `src/stannary`."""
        parts = self.path.relative_to(ROOT).parts
        return parts[2].removesuffix(".py") if parts[:2] == ("src", "stannary") else ""


@cache
def files_of_the_repository() -> tuple[Path, ...]:
    """List every file that is kept: not what commands make, not environments, not caches."""
    return tuple(_walk(ROOT))


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            hidden = entry.name.startswith(".") and entry.name != ".ci"
            if not hidden and entry.name not in MADE and not entry.name.endswith(".egg-info"):
                yield from _walk(Path(entry.path))
        elif entry.is_file(follow_symlinks=False) and not entry.name.endswith((".pyc", ".swp")):
            yield Path(entry.path)


@cache
def parsed() -> tuple[Module, ...]:
    """Read and parse every Python file of the repository."""
    found = []
    for path in files_of_the_repository():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PYTHON_FOLDERS:
            text = path.read_text(encoding="utf-8")
            found.append(Module(path, text, ast.parse(text, str(path))))
    return tuple(found)


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def repository() -> tuple[Path, ...]:
    """Give every file of the repository."""
    return files_of_the_repository()


@pytest.fixture(scope="session")
def modules() -> tuple[Module, ...]:
    """Give every Python file of the repository, parsed."""
    return parsed()


@pytest.fixture(scope="session")
def product() -> tuple[Module, ...]:
    """Give the Python files of the product itself, parsed."""
    return tuple(module for module in parsed() if module.name.startswith("src/"))
