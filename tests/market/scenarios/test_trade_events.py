"""Bans, licences, quotas, dumping and tariffs: arrays right on the days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from stannary.errors import MarketError
from stannary.market.baseline import baseline
from stannary.market.model import Model
from stannary.market.scenario import Scenario
from stannary.market.timeline import Timeline
from stannary.zone import Zone

from .conftest import BAN, CHN, COD, JPN, REST, USA, run, year

Tell = Callable[..., Scenario]


def test_a_ban_from_mid_year_halves_the_share_for_that_year(told: Tell, ndpr: Model, forge: Zone) -> None:
    model, plan = run(told(BAN), ndpr, forge)
    half = Timeline(2024, 7).shares(date(2027, 7, 2), date(2027, 12, 31))[3]
    assert half == pytest.approx(183 / 365)
    before = baseline(ndpr).shares[:, 0]
    during = baseline(model.but(economy=plan.economy(model, 3))).shares[:, 0]
    np.testing.assert_allclose(during[:, CHN, USA], before[:, CHN, USA] * (1 - half), rtol=1e-12)
    np.testing.assert_allclose(during.sum(axis=1), 1.0)
    np.testing.assert_allclose(during[:, :, JPN], before[:, :, JPN], rtol=1e-12)
    for other in (2026, 2028):
        np.testing.assert_array_equal(year(plan, "weights", other), np.asarray(ndpr.economy.weights))


def test_a_ban_of_a_whole_year_leaves_no_weight(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = "  - {kind: export_ban, from: 2027-01-01, by: [CHN], against: [insiders], assumed: a test}\n"
    _, plan = run(told(text), ndpr, forge)
    weights = year(plan, "weights", 2027)[:, 0]
    assert (weights[:, CHN, [USA, JPN]] == 0).all()
    assert (weights[:, CHN, [CHN, COD, REST]] > 0).all()
    assert (year(plan, "weights", 2030) == year(plan, "weights", 2027)).all()


def test_a_buyer_left_without_a_seller_is_opened_to_every_other_maker(
    told: Tell, ndpr: Model, forge: Zone
) -> None:
    weights = np.array(ndpr.economy.weights)
    weights[0, 0, :, USA] = [0, 0, 1, 0, 0]
    only = ndpr.but(weights=weights)
    text = "  - {kind: export_ban, from: 2027-01-01, by: [CHN], against: [USA], assumed: a test}\n"
    model, plan = run(told(text), only, forge)
    shares = baseline(model.but(economy=plan.economy(model, 3))).shares[0, 0, :, USA]
    np.testing.assert_allclose(shares, [0.25, 0.25, 0, 0.25, 0.25], atol=0.05)
    assert shares[CHN] == 0 and shares.sum() == pytest.approx(1)
    assert any("every other maker" in note.text for note in plan.notes)


def test_a_ban_that_leaves_nobody_to_buy_from_is_refused(told: Tell, ndpr: Model, forge: Zone) -> None:
    weights, scale = np.zeros_like(ndpr.economy.weights), np.zeros_like(ndpr.economy.supply_scale)
    weights[:, 0, CHN] = 1.0
    scale[:, 0, CHN] = 5.0
    alone = ndpr.but(weights=weights, supply_scale=scale, capacity=np.full_like(scale, 1000.0))
    text = "  - {kind: export_ban, from: 2027-01-01, by: [CHN], against: [USA], assumed: a test}\n"
    with pytest.raises(MarketError) as caught:
        run(told(text), alone, forge)
    assert "without any seller: ndpr.metal to USA" in str(caught.value)
    assert caught.value.problems[0].place.line == 6


def test_a_licence_lets_its_share_through_at_its_cost(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: export_licence, from: 2027-01-01, by: [CHN], against: [USA], let_through: 0.25,"
        " cost_usd_per_t: 40, stages: [refined], assumed: a test}\n"
    )
    model, plan = run(told(text), ndpr, forge)
    before, during = baseline(ndpr).shares, year(plan, "freight", 2027) - np.asarray(ndpr.economy.freight)
    assert during[0, 0, CHN, USA] == 40 and during.sum() == 40
    cheap = model.but(economy=replace(plan.economy(model, 3), freight=ndpr.economy.freight))
    after = baseline(cheap).shares
    assert after[0, 0, CHN, USA] == pytest.approx(0.25 * before[0, 0, CHN, USA])
    assert after[1, 0, CHN, USA] == pytest.approx(before[1, 0, CHN, USA])


def test_dumping_and_marking_up_change_the_export_price(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: dump, from: 2027-01-01, to: 2027-12-31, by: [CHN], against: [insiders], price_cut: 0.3,"
        " assumed: a test}\n"
        "  - {kind: mark_up, from: 2028-01-01, to: 2028-06-30, by: [CHN], mark_up: 0.5, assumed: a test}\n"
    )
    _, plan = run(told(text), ndpr, forge)
    tax = plan.overrides["export_tax"][:, 0, 0, CHN]
    np.testing.assert_allclose(tax[3, :4], [-0.3, -0.3, 0, 0])
    assert -0.1 < tax[3, 4] < 0  # some of the rest is inside
    np.testing.assert_allclose(tax[4], 0.5 * 182 / 366 * np.array([1, 1, 0, 1, 1]))
    assert (tax[5] == 0).all()


def test_a_quota_is_a_wedge_with_tonnes_by_period(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: export_quota, from: 2027-01-01, to: 2028-06-30, by: [CHN], share: 0.5, assumed: a test}\n"
    )
    model, plan = run(told(text), ndpr, forge)
    assert model.form.wedges == ("export",)
    mask = np.asarray(model.economy.wedge_arcs)[0]
    flows = baseline(ndpr).flows
    volume = float((mask * flows).sum())
    assert mask[:, :, CHN].sum() == mask.sum() and mask[0, 0, CHN, CHN] == 0
    part = 182 / 366
    limits = plan.overrides["wedge_tonnes"][:, 0]
    np.testing.assert_allclose(limits[3:5], [volume / 2, part * volume / 2 + (1 - part) * volume])
    assert (limits[[0, 1, 2, 5, 6]] > 5 * volume).all()


def test_quotas_on_the_same_flows_are_one_wedge(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: export_quota, from: 2027-01-01, to: 2027-12-31, by: [CHN], share: 0.1, assumed: x}\n"
        "  - {kind: export_quota, from: 2028-01-01, to: 2028-12-31, by: [CHN], share: 0.2, assumed: x}\n"
    )
    model, plan = run(told(text), ndpr, forge)
    assert model.form.wedges == ("export",)
    limits = plan.overrides["wedge_tonnes"][:, 0]
    assert limits[4] == pytest.approx(2 * limits[3]) and limits[5] > 5 * limits[4]


def test_a_split_quota_is_a_wedge_for_each_destination(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: export_quota, from: 2027-01-01, by: [CHN], tonnes_a_year: 10, stages: [metal],"
        " split: [{against: [USA], share: 0.75}, {against: [JPN], share: 0.25}], assumed: a test}\n"
    )
    model, plan = run(told(text), ndpr, forge)
    assert len(model.form.wedges) == 2
    np.testing.assert_allclose(plan.overrides["wedge_tonnes"][3], [7.5, 2.5])


def test_a_tariff_replaces_the_rate_for_its_days(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = "  - {kind: tariff, from: 2027-01-01, by: [USA], against: [CHN], rate: 0.25, assumed: a test}\n"
    _, plan = run(told(text), ndpr.but(tariff=np.full_like(ndpr.economy.tariff, 0.05)), forge)
    rates = year(plan, "tariff", 2027)[0, 0]
    assert rates[CHN, USA] == 0.25 and rates[CHN, JPN] == 0.05 and rates[REST, USA] == 0.05
