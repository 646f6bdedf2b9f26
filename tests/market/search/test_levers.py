"""Levers stand where the law puts them, off is the law without them, and wrong ones are refused together."""

from __future__ import annotations

import numpy as np
import pytest

from stannary.errors import MarketError
from stannary.market.calibration import calibrate
from stannary.market.levers import knobs, levers_of, values_at, with_levers
from stannary.market.scenario_reader import open_scenario
from stannary.market.schedule import schedule
from stannary.zone import open_zone

SINCE = 2028
ASKED = ("floors:gallium.metal", "support:gallium.metal", "stocks:gallium.metal")


@pytest.fixture(scope="module")
def zone():
    return open_zone("forge")


@pytest.fixture(scope="module")
def model(zone):
    return calibrate(zone.charter, zone.atlas, "gallium", regions="bloc")


@pytest.fixture(scope="module")
def written(zone, model):
    levers = levers_of(ASKED, model)
    usual = open_scenario("business_as_usual", zone.charter, zone.atlas)
    ready, plan = schedule(with_levers(usual, levers, SINCE), model, zone.charter, zone.atlas, until=2030)
    return levers, ready, plan, knobs(levers, ready, plan, SINCE)


def test_values_stand_in_the_zone_from_their_year_on_and_nowhere_else(written):
    levers, ready, plan, held = written
    assert [each.name for each in levers] == [
        "floors:gallium.metal", "support:gallium.metal", "stocks:gallium.metal", "stock_prices:gallium.metal",
    ]  # fmt: skip
    values = np.array([3e5, 4e5, 25.0, 2e5])
    turned = held.turned({name: np.asarray(each) for name, each in plan.overrides.items()}, values)
    k, e = ready.good("gallium.metal")
    live = [place for place, label in enumerate(plan.labels) if int(label) >= SINCE]
    zone = ready.region("zone")
    told = {"floor": 3e5, "strike": 4e5, "stock_tonnes_max": 25.0, "stock_floor": 2e5, "stock_ceiling": 3e5}
    for name, value in told.items():
        assert np.asarray(turned[name])[live, k, e, zone] == pytest.approx(value)
        assert not np.any(np.asarray(held.weights[name])[:, : live[0]])
        assert not np.any(np.asarray(held.weights[name])[:, :, k, e, ready.region("CHN")])


def test_no_mark_is_left_where_a_lever_is_off(written):
    _, _, plan, held = written
    turned = held.turned(plan.overrides, np.zeros(4))
    for name in ("floor", "strike", "stock_floor", "stock_tonnes_max"):
        assert np.asarray(turned[name]).max() < 1e8


def test_off_leaves_other_goods_and_years_as_the_law_has_them(zone, model, written):
    _, ready, plan, held = written
    usual = open_scenario("business_as_usual", zone.charter, zone.atlas)
    _, lawful = schedule(usual, model, zone.charter, zone.atlas, until=2030)
    off = np.asarray(held.turned(plan.overrides, np.zeros(4))["floor"])
    before = np.asarray(lawful.overrides["floor"])
    k, e = ready.good("gallium.metal")
    kept = np.ones(before.shape, dtype=bool)
    kept[[place for place, label in enumerate(plan.labels) if int(label) >= SINCE], k, e] = False
    assert np.array_equal(off[kept], before[kept])


def test_a_kind_alone_is_one_lever_for_every_good_in_reach(model):
    found = levers_of(["floors"], model)
    assert {each.product for each in found} <= {name for row in model.goods for name in row}
    assert len(found) > 1
    assert all(each.low == 0.0 < each.high for each in found)


def test_bounds_are_kept(model):
    (lever,) = levers_of(["floors:gallium.metal=200000..700000"], model)
    assert (lever.low, lever.high) == (2e5, 7e5)
    assert values_at((lever,), np.array([0.5])) == pytest.approx([4.5e5])
    assert values_at((lever,), np.array([7.0])) == pytest.approx([7e5])


def test_wrong_levers_are_refused_all_at_once(model):
    wrong = ["flors", "floors:galium.metal", "floors:gallium.metal=7..2", "stocks:gallium.metal=a..b"]
    with pytest.raises(MarketError) as refusal:
        levers_of(wrong, model)
    told = [str(problem) for problem in refusal.value.problems]
    assert len(told) == 4
    assert "Did you mean floors?" in told[0]
    assert "gallium.metal" in told[1]
    with pytest.raises(MarketError, match="No lever"):
        levers_of([], model)


def test_a_lever_that_moves_nothing_is_refused(zone, model):
    levers = levers_of(["floors:gallium.metal"], model)
    usual = open_scenario("business_as_usual", zone.charter, zone.atlas)
    over = with_levers(usual, levers, SINCE)
    ready, plan = schedule(over, model, zone.charter, zone.atlas, until=SINCE - 1)
    with pytest.raises(MarketError, match="moves nothing"):
        knobs(levers, ready, plan, SINCE)
