"""A charter small enough to read at a glance, written into a folder, with any article replaced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import stannary.zones
from stannary.charter.charter import Charter
from stannary.charter.checks import check
from stannary.charter.reader import open_charter
from stannary.errors import CharterError, Problem

SMALL = {
    "citation": """\
charter: small
title: A small charter
version: "1"
in_force_from: 2026-07-01
in_force_to: 2030-12-31
sources:
  - {id: treaty, title: The treaty, publisher: The parties}
""",
    "membership": """\
parties:
  - {economy: NOR, from: 2026-07-01, source: treaty}
covered_economies:
  - {economy: CHN, from: 2026-07-01, source: treaty}
""",
    "scope": """\
products:
  - id: ore
    mineral: ndpr
    stage: mine
    title: Ore
    contained_basis: t REO
    source: treaty
  - id: oxide
    mineral: ndpr
    stage: refined
    title: Oxide
    contained_basis: t REO
    source: treaty
    codes: [{code: 0010, contained_share: 1, source: treaty}]
    inputs:
      - product: ore
        tonnes_per_tonne: 1.5
        source: treaty
        conversion_cost: {value: 20000, unit: USD/t, source: treaty}
""",
    "reference_prices": """\
prices:
  - product: oxide
    basis: {incoterm: CIF, place: Oslo, purity: "99.5%"}
    values: [{from: 2026-01-01, value: 60000, unit: USD/t, source: treaty}]
  - product: ore
    basis: {incoterm: FOB, place: Oslo, purity: 30% REO}
    values: [{from: 2026-01-01, value: 20000, unit: USD/t, source: treaty}]
""",
    "price_floors": """\
floors:
  - product: ore
    values: [{from: 2026-07-01, rule: {kind: fixed, amount: 40000}, source: treaty}]
  - product: oxide
    values: [{from: 2026-07-01, rule: {kind: fixed, amount: 100000}, source: treaty}]
""",
    "border_adjustment": """\
valuation: {incoterms: [{term: CIF, adds_freight: false, adds_insurance: NO}]}
rules: [{id: general, from: 2026-07-01, rule: {kind: gap}, source: treaty}]
""",
    "rules_of_origin": """\
tests: [{id: general, from: 2026-07-01, stages: [mined, refined], source: treaty}]
rates:
  - {origin: zone, shares: [{value: 0, unit: share, from: 2026-07-01, source: treaty}]}
  - {origin: covered, shares: [{value: 1, unit: share, from: 2026-07-01, source: treaty}]}
""",
    "exemptions": "{}\n",
}

Write = Callable[..., Path]
Open = Callable[..., Charter]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the small charter into a folder, with the articles given in their place (`None`: left out)."""

    def written(**articles: str | None) -> Path:
        folder = tmp_path / f"charter-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for name, text in (SMALL | articles).items():
            if text is not None:
                (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return folder

    return written


@pytest.fixture
def charter(write: Write) -> Open:
    """Open the small charter, with the articles given in their place."""
    return lambda **articles: open_charter(write(**articles))


@pytest.fixture
def problems(write: Write) -> Callable[..., tuple[Problem, ...]]:
    """List the problems of the small charter with the articles given: errors, else warnings."""

    def found(**articles: str | None) -> tuple[Problem, ...]:
        try:
            return check(open_charter(write(**articles)))
        except CharterError as error:
            return error.problems

    return found


@pytest.fixture(scope="session")
def toy_folder() -> Path:
    """Give the folder of the toy zone's charter."""
    return Path(str(stannary.zones.__file__)).parent / "toy" / "charter"


@pytest.fixture(scope="session")
def toy(toy_folder: Path) -> Charter:
    """Give the toy zone's charter."""
    return open_charter(toy_folder)


@pytest.fixture(scope="session")
def small_texts() -> dict[str, str]:
    """Give the texts of the small charter's articles."""
    return dict(SMALL)
