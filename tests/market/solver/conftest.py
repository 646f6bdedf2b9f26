"""The maker of random economies, for the tests of the solver."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def worlds() -> Any:
    """Give the maker of random economies."""
    place = Path(__file__).with_name("random_economies.py")
    spec = importlib.util.spec_from_file_location("random_economies", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
