from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import stannary


def test_the_facade_lists_every_name_and_its_version():
    assert set(stannary.HOMES) | {"__version__"} == set(dir(stannary)) == set(stannary.__all__)
    assert stannary.__version__[0].isdigit()


def test_a_name_is_loaded_once():
    assert stannary.open_zone is stannary.open_zone
    assert "open_zone" in vars(stannary)


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(AttributeError, match="open_zone"):
        _ = stannary.open_zoo


def test_importing_loads_nothing_of_our_own():
    probe = "import sys, stannary; print([name for name in sys.modules if name.startswith('stannary.')])"
    source = Path(__file__).parents[1] / "src"
    ran = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, env={"PYTHONPATH": str(source)}, check=True
    )
    assert ran.stdout.strip() == b"[]"
