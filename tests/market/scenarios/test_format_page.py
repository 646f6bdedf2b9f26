"""The reference page of the scenario format says what the code says, and its example is a scenario."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stannary.charter.citation import Sourced
from stannary.charter.walk import written_fields
from stannary.market.scenario import EVENTS, OfGoods, ScenarioText
from stannary.market.scenario_reader import open_scenario
from stannary.zone import Zone

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "scenario-format.md").read_text("utf-8")
SHARED = {written for _, written in (*written_fields(OfGoods), *written_fields(Sourced))} | {"kind"}


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_kind_of_event_is_described_with_exactly_its_fields(kind: type) -> None:
    word = kind.__dataclass_fields__["kind"].default  # type: ignore[attr-defined]
    row = re.search(rf"^\| `{word}` \| ([^|]*) \|", PAGE, flags=re.MULTILINE)
    assert row is not None, word
    own = [written for _, written in written_fields(kind) if written not in SHARED]
    assert sorted(re.findall(r"`(\w+)`", row[1])) == sorted(own)


def test_the_fields_of_a_scenario_are_described() -> None:
    text = PAGE.split("## The scenario")[1].split("## The events")[0]
    assert re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE) == [
        written for _, written in written_fields(ScenarioText)
    ]


def test_the_example_of_the_page_is_a_scenario(forge: Zone, tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    path = tmp_path / "magnet_year.yaml"
    path.write_text(block, encoding="utf-8")
    told = open_scenario(path, forge.charter, forge.atlas)
    assert [event.kind for event in told.events[-2:]] == ["export_licence", "project"]
