from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from stannary.errors import MarketError, UsageError
from stannary.market.cautions import cautions
from stannary.market.outlook import Outlook, make_outlook
from stannary.market.outlook_files import open_outlook, save_outlook
from stannary.market.simulation import simulate
from stannary.zone import open_zone

from .conftest import PERIODS, numbers, story

SETUP = {"mineral": "gallium", "regions": "bloc", "until": 2028, "draws": 3, "seed": 2, "keep": "flows"}


@pytest.fixture(scope="module")
def zone():
    return open_zone("forge")


@pytest.fixture(scope="module")
def gallium(zone) -> Outlook:
    """Simulate a ban with three draws, all accounts and flows kept."""
    return simulate(zone.charter, zone.atlas, "gallium_germanium_ban", **SETUP)


def largest(outlook: Outlook, name: str) -> float:
    return float(np.nanmax(np.abs(outlook.data[name].values)))


def test_mass_and_money_close_in_every_solved_period(gallium):
    assert largest(gallium, "mass_gap") <= 1e-7 * largest(gallium, "output")
    assert largest(gallium, "money_gap") <= 1e-10 * largest(gallium, "outlay")
    data = gallium.data
    kept = data["use"] + data["stocked"] + data["offtake"]
    balance = data["output"] + data["imports"] - data["exports"] - kept
    assert float(np.nanmax(np.abs(balance.values))) <= 1e-7 * largest(gallium, "output")
    world = (data["output"] - kept).sum("region", skipna=False)
    assert float(np.nanmax(np.abs(world.values))) <= 1e-7 * largest(gallium, "output")


def test_flows_and_sources_tell_one_story(gallium):
    inside = [str(name) for name in gallium.story.zone]
    bought = gallium.data["flows"].sel(region=inside).sum("region", skipna=False)
    made = bought.values[:, :, :, :, : len(gallium.regions)]
    known = np.isfinite(made)
    assert np.allclose(made[known], gallium.data["sources"].values[known], rtol=1e-9, atol=1e-9)


def test_nothing_crosses_a_ban(gallium):
    sold = gallium.series("sources", "gallium.metal", "CHN")
    usual, banned = sold.sel(period="2026").values, sold.sel(period=["2027", "2028"]).values
    assert np.nanmin(usual) > 0
    assert np.nanmax(np.abs(banned)) <= 1e-6 * np.nanmax(usual)


def test_the_same_question_has_the_same_answer(zone, gallium, tmp_path):
    again = simulate(zone.charter, zone.atlas, "gallium_germanium_ban", **SETUP)
    xr.testing.assert_identical(again.data, gallium.data)
    assert again.story == gallium.story
    saved = open_outlook(save_outlook(gallium, tmp_path / "o.nc"))
    xr.testing.assert_identical(saved.data, gallium.data)
    assert saved.story == gallium.story


def test_an_outlook_names_what_it_was_made_from(zone, gallium):
    lineage = gallium.story.lineage
    assert lineage.charter == zone.charter.fingerprint
    assert len({lineage.atlas, lineage.inputs, gallium.story.scenario_fingerprint}) == 3
    assert any(note.kind == "assumed" for note in gallium.story.assumptions)
    assert any("2027-01-01" in each.text for each in gallium.story.happenings)
    assert not any("cobalt" in each.text for each in gallium.story.happenings)


def test_progress_is_told_to_the_end(zone):
    told: list[float] = []
    simulate(zone.charter, zone.atlas, **SETUP, progress=told.append)
    assert told[-1] == 100.0


def test_a_scenario_that_is_not_told_of_the_mineral_is_refused(zone):
    with pytest.raises(MarketError, match="not of gallium"):
        simulate(zone.charter, zone.atlas, "congo_conflict", mineral="gallium")


def test_no_draws_are_refused(zone):
    with pytest.raises(UsageError, match="STN-USAGE-001"):
        simulate(zone.charter, zone.atlas, mineral="gallium", draws=0)


NAMES = ("floor", "price", "output", "output_without_floors", "protection")


def made_up(model, **changes):
    arrays = numbers(4, 0, NAMES)
    arrays["floor"][:] = 0.0
    arrays["output"][:] = arrays["output_without_floors"]
    arrays["protection"][:] = 0.1
    for name, (place, value) in changes.items():
        arrays[name][place] = value
    return make_outlook(model, arrays, PERIODS, story())


def test_a_stage_that_floors_upstream_hollow_out_is_warned_of(model):
    some = (slice(0, 3), 2, 1, 0, 0)
    upstream = (slice(None), slice(None), 0, 0, 0)
    told = {"floor": (upstream, 1.0), "output": (some, 0.5), "protection": (some, -0.3)}
    (caution,) = cautions(made_up(model, **told), model)
    assert (caution.kind, caution.product, caution.region, caution.period) == (
        "hollow", "gallium.wafer", "zone", "2028",
    )  # fmt: skip
    assert caution.share == 0.75
    assert "-30%" in caution.text
    assert cautions(made_up(model, **(told | {"protection": (some, 0.3)})), model) == ()
    without = {name: change for name, change in told.items() if name != "floor"}
    assert cautions(made_up(model, **without), model) == ()


def test_a_floor_that_does_not_hold_the_price_is_warned_of(model):
    here = (slice(None), slice(1, 3), 0, 0, 0)
    (caution,) = cautions(made_up(model, floor=(here, 10.0), price=(here, 8.0)), model)
    assert (caution.kind, caution.product) == ("loose", "gallium.metal")
    assert "between 2027 and 2028" in caution.text
    assert "20% less" in caution.text


def test_draws_unsolved_without_floors_alone_are_told(model):
    (caution,) = cautions(made_up(model), model, unsolved=1)
    assert caution.kind == "unsolved"
    assert "1 of 4 draws" in caution.text
