"""The array reading, for tests that hold it to the other two."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def arrays() -> Any:
    """Give the stand-in array reading that lies beside these tests."""
    spec = importlib.util.spec_from_file_location("arrays", Path(__file__).with_name("arrays.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ARRAYS
