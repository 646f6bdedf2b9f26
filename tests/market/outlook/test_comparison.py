from __future__ import annotations

import numpy as np
import pytest

from stannary.errors import MarketError
from stannary.market.comparison import PARTIES, compare
from stannary.market.outlook import BAND, Failure


def test_the_same_draws_are_compared_one_by_one(make):
    found = compare(make(seed=1), make(seed=2, scenario="other"))
    assert found.is_paired
    change = found.change("price", "gallium.metal", "CHN").values
    one, other = (each.series("price", "gallium.metal", "CHN").values for each in (found.before, found.after))
    assert np.array_equal(change, other - one)
    fan = found.fan("price", "gallium.metal", "CHN").values
    assert np.allclose(fan, np.quantile(other - one, BAND, axis=0))


def test_other_draws_are_compared_by_their_quantiles_alone(make):
    found = compare(make(seed=1), make(draws=7, seed=2))
    assert not found.is_paired
    with pytest.raises(MarketError, match="STN-OUTLOOK-002"):
        found.change("price", "gallium.metal", "CHN")
    middles = [
        np.median(each.series("price", "gallium.metal", "CHN").values, axis=0)
        for each in (found.before, found.after)
    ]
    assert np.allclose(found.fan("price", "gallium.metal", "CHN").sel(quantile=0.5), middles[1] - middles[0])


def test_gains_are_told_by_party_and_sum_to_the_whole(make):
    found = compare(make(draws=1, seed=1), make(draws=1, seed=2))
    gains = {(gain.region, gain.party): gain.middle for gain in found.gains}
    for region in found.after.regions:
        parts = [gains[region, party] for party in PARTIES if (region, party) in gains]
        assert gains[region, "all"] == pytest.approx(sum(parts))
    treasury = [each.series("treasury", None, "CHN").sum() for each in (found.before, found.after)]
    assert gains["CHN", "treasury"] == pytest.approx(float(treasury[1] - treasury[0]))


def test_an_outlook_against_itself_changes_nothing(make):
    found = compare(make(), make())
    assert all(gain.middle == 0 for gain in found.gains)
    assert "nothing changes" in found.outcome


def test_the_outcome_says_who_gains_who_pays_and_what_is_left(make):
    said = compare(make(seed=1), make(seed=2)).outcome
    assert " gain " in said
    assert " lose " in said
    assert "all together" in said


def test_a_draw_that_failed_in_one_is_left_out_of_both(make):
    failed = (Failure(0, "2026", "why"),)
    found = compare(make(seed=1, failures=failed), make(seed=2))
    whole = compare(make(seed=1), make(seed=2))
    change = whole.change("treasury", None, "CHN").sum("period").values
    (gain,) = (each for each in found.gains if (each.region, each.party) == ("CHN", "treasury"))
    assert (gain.low, gain.middle, gain.high) == pytest.approx(tuple(np.quantile(change[1:], BAND)))


def test_everything_that_keeps_two_outlooks_apart_is_listed(make):
    with pytest.raises(MarketError) as raised:
        compare(make(), make(mineral="cobalt", price_year=2023, periods_a_year=4))
    assert len(raised.value.problems) == 3
