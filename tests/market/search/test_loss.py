"""Expected losses are probabilities times losses that add up; what is not known is said."""

from __future__ import annotations

import pytest

from stannary.market.loss import loss
from stannary.market.scenario_reader import open_scenario
from stannary.zone import open_zone

NAMES = ("business_as_usual", "gallium_germanium_ban", "demand_slump")


@pytest.fixture(scope="module")
def zone():
    return open_zone("forge")


@pytest.fixture(scope="module")
def report(zone):
    return loss(
        zone.charter, zone.atlas, minerals=["gallium"], scenarios=NAMES, until=2029, draws=4, regions="bloc"
    )


def test_parties_add_up_and_expected_is_probability_times_loss(report):
    assert {each.scenario for each in report.losses} == set(NAMES[1:])
    for each in report.losses:
        assert each.total == pytest.approx(sum(each.by_party.values()))
        assert each.expected == pytest.approx(each.probability * each.total)
        assert each.low <= each.total <= each.high
    assert sum(report.by_scenario.values()) == pytest.approx(sum(report.by_mineral.values()))


def test_a_ban_costs_the_users_it_is_meant_for(report):
    ban = next(each for each in report.losses if each.scenario == "gallium_germanium_ban")
    assert ban.by_party["users"] > 0 > ban.by_party["producers"]
    assert ban.total > 0
    assert report.losses[0] == ban


def test_an_assumed_probability_is_marked_and_one_that_is_missing_is_no_number(zone, report):
    ban = open_scenario("gallium_germanium_ban", zone.charter, zone.atlas)
    assert ban.text.probability is not None
    told = next(each for each in report.losses if each.scenario == ban.id)
    assert told.is_assumed == (ban.text.probability.source is None)
    assert report.unweighted == ("business_as_usual",)
    assert any("assumed" in each for each in report.caveats)
    assert "assumed" in report.outcome


def test_a_mineral_without_a_market_is_missing_with_its_reason(zone):
    found = loss(zone.charter, zone.atlas, minerals=["unobtainium"], scenarios=NAMES, draws=1)
    assert found.losses == ()
    assert found.missing == ()
    assert "No scenario" in found.outcome
