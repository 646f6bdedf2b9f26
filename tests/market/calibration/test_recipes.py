"""Recipes: faults are listed with their line, and too few facts are named, all at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stannary.atlas.reader import open_atlas
from stannary.errors import MarketError
from stannary.market.calibration import calibrate, minerals
from stannary.market.demand_growth import demand_growth, growth_note, growth_scenarios
from stannary.market.recipes import open_recipe, recipe_folder
from stannary.zone import Zone


@pytest.fixture
def copy(forge: Zone, tmp_path: Path) -> Path:
    """Give a zone's folder whose atlas and recipes may be spoilt."""
    home = forge.atlas.folder.parent
    shutil.copytree(home / "atlas", tmp_path / "atlas")
    shutil.copytree(home / "market", tmp_path / "market")
    return tmp_path


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_missing_facts_are_listed_all_at_once(forge: Zone, copy: Path) -> None:
    spoil(copy / "market/cobalt.yaml", '"cobalt mined, IEA"', '"cobalt mined, nobody"')
    spoil(copy / "market/cobalt.yaml", '"cobalt refined, IEA"', '"cobalt refined, nobody"')
    with pytest.raises(MarketError) as refused:
        calibrate(forge.charter, open_atlas(copy / "atlas"), "cobalt")
    problems = refused.value.problems
    assert {problem.code for problem in problems} == {"STN-MARKET-007"}
    assert {"mined, nobody", "refined, nobody"} == {
        p.message.split("(cobalt ")[1].split(")")[0] for p in problems
    }
    assert all(problem.remedy and problem.place.path for problem in problems)


def test_a_missing_price_is_named(forge: Zone, copy: Path) -> None:
    spoil(copy / "market/cobalt.yaml", '"cobalt, LME cash"', '"cobalt, on the moon"')
    with pytest.raises(MarketError) as refused:
        calibrate(forge.charter, open_atlas(copy / "atlas"), "cobalt")
    text = str(refused.value)
    assert "on the moon" in text and "Nothing gives a price of mine.cobalt.hydroxide" in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("base_year: 2024", "base_year: soon", "whole number"),
        ("most: 8", "mots: 8", "not a field"),
        ("source: stoichiometry", "source: hearsay", "hearsay"),
        ("assumed: payables for hydroxide were", "note: payables for hydroxide were", "neither a source"),
    ],
)
def test_a_fault_of_a_recipe_is_shown_with_its_place(copy: Path, old: str, new: str, said: str) -> None:
    spoil(copy / "market/cobalt.yaml", old, new)
    with pytest.raises(MarketError) as refused:
        open_recipe(open_atlas(copy / "atlas"), "cobalt")
    problems = refused.value.problems
    assert {problem.code for problem in problems} == {"STN-MARKET-008"}
    assert all(problem.place.file == "cobalt.yaml" for problem in problems)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("new", "said"), [("basis: hearsay", "not one of the words"), ("note: none", "missing")]
)
def test_a_price_needs_a_basis(copy: Path, new: str, said: str) -> None:
    spoil(copy / "market/cobalt.yaml", "basis: exchange", new)
    with pytest.raises(MarketError) as refused:
        open_recipe(open_atlas(copy / "atlas"), "cobalt")
    assert "STN-MARKET-005" in {problem.code for problem in refused.value.problems}
    assert said in str(refused.value)


def test_shares_above_one_are_refused(forge: Zone, copy: Path) -> None:
    spoil(copy / "market/tungsten.yaml", "{of: zone, value: 0.08", "{of: zone, value: 0.8")
    with pytest.raises(MarketError) as refused:
        calibrate(forge.charter, open_atlas(copy / "atlas"), "tungsten")
    assert {problem.code for problem in refused.value.problems} == {"STN-MARKET-004"}


def test_an_atlas_without_recipes_has_no_markets(forge: Zone, copy: Path) -> None:
    shutil.rmtree(copy / "market")
    atlas = open_atlas(copy / "atlas")
    assert minerals(atlas) == ()
    assert not recipe_folder(atlas).exists()


def test_demand_grows_as_the_scenario_says(forge: Zone) -> None:
    path = demand_growth(forge.atlas, "lithium", "STEPS", [2024, 2030, 2040])
    assert path == pytest.approx([1.0, 455487 / 205000, 927932 / 205000], rel=1e-9)
    between = demand_growth(forge.atlas, "lithium", "STEPS", [2027])
    assert between[0] == pytest.approx((455487 / 205000) ** 0.5, rel=1e-9)
    assert demand_growth(forge.atlas, "lithium", "STEPS", [2070])[0] == pytest.approx(1169755.4 / 205000)


def test_a_scenario_of_a_part_moves_that_part_only(forge: Zone) -> None:
    path = demand_growth(forge.atlas, "germanium", "STEPS", [2024, 2040])
    assert path == pytest.approx([1.0, 1.0 + (14.91 - 21.47) / 220])
    assert growth_note(forge.atlas, "germanium", "STEPS").kind == "assumed"


def test_a_mineral_without_a_scenario_stands_still_and_says_so(forge: Zone) -> None:
    assert growth_scenarios(forge.atlas, "antimony") == ("flat",)
    assert demand_growth(forge.atlas, "antimony", "STEPS", [2030]).tolist() == [1.0]
    assert "no scenario" in growth_note(forge.atlas, "antimony", "STEPS").text


def test_an_unknown_scenario_is_refused(forge: Zone) -> None:
    with pytest.raises(MarketError) as refused:
        demand_growth(forge.atlas, "lithium", "BOOM", [2030])
    assert refused.value.problems[0].code == "STN-MARKET-001"
    assert "STEPS" in refused.value.problems[0].remedy
