from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stannary.errors import AtlasError, CharterError, NotFoundError, ZoneError
from stannary.zone import SHIPPED, open_zone, open_zone_of, shipped_folder


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return shutil.copytree(shipped_folder("toy"), tmp_path / "mine")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_zone_that_ships_opens(name):
    zone = open_zone(name)
    assert zone.charter.citation.charter == name


def test_a_folder_opens_as_the_zone_it_holds(mine):
    assert open_zone(mine).charter == open_zone(str(mine)).charter == open_zone("toy").charter


def test_a_folder_named_like_a_shipped_zone_needs_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("toy").mkdir()
    assert open_zone("toy").charter.citation.charter == "toy"
    with pytest.raises(ZoneError, match="STN-ZONE-001"):
        open_zone("./toy")


def test_an_unknown_name_is_not_found():
    with pytest.raises(NotFoundError, match="toy, forge"):
        open_zone("atlantis")


@pytest.mark.parametrize("half", ["charter", "atlas"])
def test_a_zone_that_lacks_a_half_is_refused(mine, half):
    shutil.rmtree(mine / half)
    with pytest.raises(ZoneError, match=f"holds no {half} folder"):
        open_zone(mine)


def test_every_name_the_atlas_does_not_know_is_listed_with_its_place(mine):
    change(
        mine / "charter/membership.yaml", "economy: BRA, from: 2026-03-02", "economy: QQQ, from: 2026-03-02"
    )
    change(mine / "charter/scope.yaml", "mineral: dysprosium", "mineral: dysprosiun")
    with pytest.raises(ZoneError) as caught:
        open_zone(mine)
    problems = {problem.place.file: problem for problem in caught.value.problems}
    assert set(problems) == {"membership.yaml", "scope.yaml"}
    assert {problem.code for problem in problems.values()} == {"STN-ZONE-002"}
    assert all(problem.place.line for problem in problems.values())
    assert "Did you mean dysprosium?" in str(caught.value)


def test_a_product_that_is_something_else_in_the_atlas_is_refused(mine):
    change(mine / "charter/scope.yaml", "stage: component", "stage: refined")
    with pytest.raises(ZoneError, match=r"neodymium.magnet is .* in the charter and"):
        open_zone(mine)


def test_the_problems_of_both_halves_are_listed_together(tmp_path):
    with pytest.raises(ZoneError) as caught:
        open_zone_of(tmp_path / "no-charter", tmp_path / "no-atlas")
    assert {problem.code for problem in caught.value.problems} == {"STN-CHARTER-001", "STN-ATLAS-001"}


def test_an_unsound_half_is_refused_as_itself(mine, tmp_path):
    with pytest.raises(CharterError):
        open_zone_of(tmp_path / "none", mine / "atlas")
    with pytest.raises(AtlasError):
        open_zone_of(mine / "charter", tmp_path / "none")
