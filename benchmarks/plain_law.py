"""The benchmark's law as its peers read it: plain tables and constants, no charter, no library.

`law_tables_in_csv.py` writes them.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

__all__ = ["PlainLaw"]


@dataclass(frozen=True)
class PlainLaw:
    """The folder of the tables, and the constants in them."""

    folder: Path

    def table(self, name: str) -> list[dict[str, str]]:
        """Give the rows of a table as text."""
        with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    @cached_property
    def constants(self) -> dict[str, Any]:
        """Give the constants as text."""
        found: dict[str, Any] = json.loads((self.folder / "constants.json").read_text(encoding="utf-8"))
        return found
