"""The array reading, and the books of lines, for tests that hold the readings to each other."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from stannary.market.arrays import ARRAYS


def beside(name: str) -> Any:
    """Give a module that lies beside these tests."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def arrays() -> Any:
    """Give the array reading."""
    return ARRAYS


@pytest.fixture(scope="session")
def books() -> Any:
    """Give the maker of books."""
    return beside("books")
