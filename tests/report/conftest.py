"""The toy zone's entry lines, assessed once and gathered for reading."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from stannary.border.assessment import assess
from stannary.report.findings import Findings, gather
from stannary.zone import Zone, open_zone, shipped_folder

ENTRIES = shipped_folder("toy") / "entries.csv"


@pytest.fixture(scope="session")
def toy() -> Zone:
    return open_zone("toy")


@pytest.fixture(scope="session")
def findings(toy: Zone) -> Findings:
    return gather(assess(toy.charter, toy.atlas, ENTRIES), toy)


@pytest.fixture(scope="session")
def assessed(toy: Zone, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Findings]:
    """Assess some of the toy's lines, changed."""

    def found(names: tuple[str, ...], **changes: str) -> Findings:
        folder: Path = tmp_path_factory.mktemp("lines")
        with ENTRIES.open(encoding="utf-8", newline="") as stream:
            rows = [row | changes for row in csv.DictReader(stream) if row["entry_number"] in names]
        with (folder / "lines.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return gather(assess(toy.charter, toy.atlas, folder / "lines.csv"), toy)

    return found
