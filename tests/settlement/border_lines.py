"""Entry lines of the toy zone, to be assessed: twelve tonnes of oxide, far below their floor."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

LINE = {
    "entry_number": "E1", "line_number": "1", "tariff_code": "28469010", "quantity": "12",
    "quantity_unit": "TNE", "value": "792000", "currency": "USD", "entered_on": "2026-09-01",
    "origin_economy": "MYS", "importer": "Acme",
}  # fmt: skip


def write(path: Path, lines: Iterable[Mapping[str, str]]) -> Path:
    """Write entry lines as CSV; what a line does not say is as in `LINE`."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, LINE)
        writer.writeheader()
        writer.writerows({**LINE, **line} for line in lines)
    return path
