"""Scenarios written out by period: arrays right on the days, the law only inside the zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from stannary.charter.border_adjustment import Gap
from stannary.errors import MarketError
from stannary.market.baseline import baseline
from stannary.market.calibration import calibrate
from stannary.market.dynamics import AXES as MOVES
from stannary.market.economy import AXES
from stannary.market.equilibrium import solve
from stannary.market.model import Model
from stannary.market.quarters import by_quarter
from stannary.market.recipes import recipes
from stannary.market.scenario import Scenario
from stannary.market.scenario_reader import open_scenario, open_scenarios
from stannary.market.schedule import Schedule, schedule
from stannary.market.timeline import Timeline
from stannary.zone import Zone, open_zone

from .conftest import paper_model

Tell = Callable[..., Scenario]
USA, JPN, CHN, COD, REST = range(5)


def run(
    scenario: Scenario, model: Model, zone: Zone, *, until: int = 2030, quarterly: bool = False
) -> tuple[Model, Schedule]:
    return schedule(scenario, model, zone.charter, zone.atlas, until=until, quarterly=quarterly)


def year(plan: Schedule, name: str, when: int) -> np.ndarray:
    return np.asarray(plan.overrides[name])[when - plan.start_year]


BAN = "  - {kind: export_ban, from: 2027-07-02, to: 2027-12-31, by: [CHN], against: [USA], assumed: a test}\n"


# -- trade --------------------------------------------------------------------------------------------------


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


# -- the law ------------------------------------------------------------------------------------------------


def test_floors_hold_only_inside_the_zone_and_from_their_day(told: Tell, ndpr: Model, forge: Zone) -> None:
    _, plan = run(told("  []\n"), ndpr, forge, until=2032)
    floors = {each.product: float(each.usd_per_t) for each in forge.charter.floors}
    assert "floor" in plan.overrides
    np.testing.assert_allclose(year(plan, "floor", 2027)[0, 0, :2], floors["ndpr.oxide"])
    assert (year(plan, "floor", 2027)[:, :, [CHN, COD]] == 0).all()
    assert (year(plan, "floor", 2025) == 0).all() and (year(plan, "floor", 2032) == 0).all()
    # from 1 July 2026: the floor is whole, and 184 of 365 days are levied
    np.testing.assert_allclose(year(plan, "floor", 2026)[0, 0, USA], floors["ndpr.oxide"])
    assert year(plan, "levied", 2026)[0, 0, CHN, USA] == pytest.approx(1.1 * 184 / 365)


def test_the_levy_follows_the_shares_of_origin(told: Tell, ndpr: Model, forge: Zone) -> None:
    _, plan = run(told("  []\n"), ndpr, forge)
    levied = year(plan, "levied", 2027)[0, 0]
    day = date(2027, 6, 1)
    for origin, kind in ((JPN, "zone"), (CHN, "covered"), (COD, "developing")):
        assert levied[origin, USA] == float(forge.charter.rules_of_origin.share(kind, day) or 0)
    assert 0.5 < levied[REST, USA] <= 1.1
    assert (levied[:, [CHN, COD]] == 0).all() and (np.diag(levied) == 0).all()


def test_leaving_moves_the_levy_and_joining_moves_it_back(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: membership, from: 2027-01-01, to: 2027-12-31, by: [JPN], change: leaves,"
        " assumed: a test}\n"
        "  - {kind: membership, from: 2029-01-01, by: [COD], change: joins, assumed: a test}\n"
    )
    _, plan = run(told(text), ndpr, forge)
    np.testing.assert_array_equal(plan.zone[3:6, :4], [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 1]])
    levied = plan.overrides["levied"][:, 0, 0]
    assert levied[3, JPN, USA] == 1.0 and levied[4, JPN, USA] == 0.0
    assert levied[3, CHN, JPN] == 0.0 and levied[4, CHN, JPN] == pytest.approx(1.1)
    assert levied[4, COD, USA] == 0.5 and levied[5, COD, USA] == 0.0 and levied[5, CHN, COD] > 0
    assert (plan.overrides["floor"][3][:, :, JPN] == 0).all()


def test_a_lax_member_collects_its_share(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = "  - {kind: lax_member, from: 2027-01-01, by: [JPN], enforced_share: 0.4, assumed: a test}\n"
    _, plan = run(told(text), ndpr, forge)
    levied = year(plan, "levied", 2027)[0, 0]
    assert levied[CHN, JPN] == pytest.approx(0.4 * levied[CHN, USA])


@pytest.mark.parametrize(
    ("use", "oxide", "metal"),
    [
        ("use: none", 0.0, 0.0),
        ("use: only, stages: [refined]", 1.0, 0.0),
        ("use: charter, factor: 2", 2.0, 2.0),
    ],
)
def test_floors_are_those_the_scenario_keeps(
    told: Tell, ndpr: Model, forge: Zone, use: str, oxide: float, metal: float
) -> None:
    usual = run(told("  []\n"), ndpr, forge)[1]
    plan = run(told(f"  - {{kind: floors, from: 2027-01-01, {use}, assumed: a test}}\n"), ndpr, forge)[1]
    factor = year(plan, "floor", 2028)[:, 0, USA] / year(usual, "floor", 2028)[:, 0, USA]
    np.testing.assert_allclose(factor, [oxide, metal])
    held = year(plan, "levied", 2028)[:, 0, CHN, USA] > 0
    assert list(held) == [oxide > 0, metal > 0]


def test_a_floor_at_every_stage_is_a_factor_of_the_reference_price(told: Tell, forge: Zone) -> None:
    magnet = paper_model(forge.charter, forge.atlas, "neodymium")
    text = "  - {kind: floors, from: 2027-01-01, use: every, factor: 0.8, assumed: a test}\n"
    _, plan = run(told(text, minerals="neodymium"), magnet, forge)
    for k, (product,) in enumerate(magnet.goods):
        reference = forge.charter.reference_prices.price(product)
        price = None if reference is None else reference.in_force(date(2028, 1, 1))
        expected = float(price) if price is not None else 1000.0 * (k + 1)
        assert year(plan, "floor", 2028)[k, 0, USA] == pytest.approx(0.8 * expected, rel=0.05)
        assert year(plan, "levied", 2028)[k, 0, CHN, USA] > 0


def test_the_charters_own_rules_are_the_duties(told: Tell, ndpr: Model, forge: Zone) -> None:
    model, plan = run(told("  []\n"), ndpr, forge)
    rule = forge.charter.border_adjustment.rule_for("ndpr.oxide", date(2027, 1, 1))
    assert rule is not None
    place = int(year(plan, "duty", 2027)[0, 0]) if "duty" in plan.overrides else 0
    assert model.form.duties[place] == rule.rule == Gap()


def test_a_capped_rule_by_reference_reads_the_index(told: Tell, forge: Zone) -> None:
    model = paper_model(forge.charter, forge.atlas, "dysprosium")
    ready, plan = run(told("  []\n", minerals="dysprosium"), model, forge)
    rule = forge.charter.border_adjustment.rule_for("dysprosium.oxide", date(2027, 1, 1))
    assert rule is not None and rule.levy == "reference" and rule.cap is not None
    assert year(plan, "by_reference", 2027)[0, 0] == 1
    reference = forge.charter.reference_prices.price("dysprosium.oxide")
    assert reference is not None
    assert year(plan, "index_price", 2027)[0, 0, USA] == pytest.approx(
        float(reference.in_force(date(2027, 1, 1)) or 0)
    )
    duty = ready.form.duties[int(year(plan, "duty", 2027)[0, 0])]
    assert duty.duty(0.0, 100.0, using=FLOATS) == pytest.approx(100.0 * float(rule.cap))


class _Floats:
    """Plain floats, for a formula of the charter."""

    number = staticmethod(float)
    maximum = staticmethod(max)
    minimum = staticmethod(min)

    @staticmethod
    def choose(condition: bool, then: float, otherwise: float) -> float:
        return then if condition else otherwise

    @staticmethod
    def strictly(rule: Callable[..., float], values: tuple[float, ...], named: dict[str, object]) -> float:
        return rule(*(float(value) for value in values), **named)


FLOATS = _Floats()


# -- leaks --------------------------------------------------------------------------------------------------

LEAK = (
    "  - {kind: leak, from: 2027-01-01, by: [CHN], channel: transshipment, cost_usd_per_t: 30,"
    " detection: 0.5, penalty_usd_per_t: 100, tonnes_a_year: 7, ease: 0.1, stages: [refined], assumed: x}\n"
)


def test_a_leak_is_an_origin_of_its_own_that_pays_what_is_found(told: Tell, ndpr: Model, forge: Zone) -> None:
    model, plan = run(told(LEAK), ndpr, forge)
    assert model.form.origins == (0, 1, 2, 3, 4, CHN) and model.channels == ("transshipment of CHN",)
    assert model.form.wedges == ("import",)
    economy = plan.economy(model, 3)
    assert np.asarray(economy.wedge_tonnes)[0] == 7
    channel = len(model.regions)
    weights = np.asarray(economy.weights)[0, 0]
    assert weights[channel, USA] == pytest.approx(0.1 * weights[CHN, USA]) and weights[channel, COD] == 0
    assert (np.asarray(economy.weights)[1, 0, channel] == 0).all()
    assert np.asarray(economy.freight)[0, 0, channel, USA] == pytest.approx(50 + 30 + 0.5 * 100)
    levied = np.asarray(economy.levied)[0, 0]
    assert levied[channel, USA] == pytest.approx(0.5 * levied[CHN, USA])
    assert (np.asarray(plan.economy(model, 2).weights)[:, :, channel] == 0).all()


def test_more_enforcement_finds_more(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = LEAK + "  - {kind: compliance, from: 2028-01-01, effort: 2, assumed: a test}\n"
    model, plan = run(told(text), ndpr, forge)
    shares = [np.asarray(plan.economy(model, t).levied)[0, 0, 5, USA] / 1.1 for t in (3, 4)]
    np.testing.assert_allclose(shares, [0.5, 0.75])


# -- supply and demand --------------------------------------------------------------------------------------


def test_output_lost_for_a_time_may_not_run(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: supply_loss, from: 2027-01-01, to: 2028-06-30, by: [CHN], share: 0.4, stages: [metal],"
        " assumed: a test}\n"
    )
    _, plan = run(told(text), ndpr, forge)
    for name in ("capacity", "supply_scale"):
        factor = plan.overrides[name] / np.asarray(getattr(ndpr.economy, name))
        np.testing.assert_allclose(factor[:, 1, 0, CHN], [1, 1, 1, 0.6, 1 - 0.4 * 182 / 366, 1, 1])
        assert (factor[:, :, :, :CHN] == 1).all() and (factor[:, 0] == 1).all()


def test_capacity_lost_for_good_is_destroyed_once(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = "  - {kind: supply_loss, from: 2027-07-02, by: [CHN], tonnes_a_year: 50, assumed: a test}\n"
    _, plan = run(told(text), ndpr, forge)
    share = 50 / baseline(ndpr).output[0, 0, CHN]
    kept = np.cumprod(1 - plan.overrides["losses"][:, 0, 0, CHN])
    np.testing.assert_allclose(kept, [1, 1, 1, 1 - share * 183 / 365, 1 - share, 1 - share, 1 - share])
    assert "capacity" not in plan.overrides


def test_a_project_arrives_in_time_to_run_in_its_year(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: project, change: added, from: 2027-01-01, by: [USA], products: [ndpr.oxide],"
        " tonnes_a_year: 25, assumed: a test}\n"
    )
    _, plan = run(told(text), ndpr, forge)
    arrived = plan.overrides["projects"]
    np.testing.assert_allclose(arrived[:, 0, 0, USA], [0, 0, 25, 0, 0, 0, 0])
    assert arrived.sum() == 25


def test_a_region_that_makes_nothing_is_opened_to_its_project(told: Tell, ndpr: Model, forge: Zone) -> None:
    scale = np.array(ndpr.economy.supply_scale)
    scale[0, 0, USA] = 0.0
    text = (
        "  - {kind: project, change: added, from: 2027-01-01, by: [USA], products: [ndpr.oxide],"
        " tonnes_a_year: 25, assumed: a test}\n"
    )
    model, plan = run(told(text), ndpr.but(supply_scale=scale), forge)
    assert plan.overrides["projects"][2, 0, 0, USA] == 25
    assert np.asarray(model.economy.capacity)[0, 0, USA] == pytest.approx(0.025)
    assert model.dynamics is not None
    assert np.asarray(model.dynamics.reference_capacity)[0, 0, USA] == 25
    full = model.but(capacity=np.maximum(model.economy.capacity, 25.0))
    assert baseline(full).output[0, 0, USA] == pytest.approx(25.0)


def test_a_lead_time_is_counted_in_periods(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = "  - {kind: lead_time, from: 2027-01-01, by: [insiders], years: 7, stages: [metal], assumed: x}\n"
    _, plan = run(told(text), ndpr, forge)
    assert list(plan.overrides["lead_periods"][3, 1, 0, :4]) == [7, 7, 4, 4]
    _, plan = run(told(text), ndpr, forge, quarterly=True)
    assert list(plan.overrides["lead_periods"][12, 1, 0, :4]) == [28, 28, 16, 16]


def test_demand_follows_a_path_of_the_atlas_from_the_base_year(told: Tell, forge: Zone) -> None:
    model = paper_model(forge.charter, forge.atlas, "cobalt")
    text = "  - {kind: demand, from: 2024-01-01, path: STEPS, source: iea_cmde_2025}\n"
    _, plan = run(told(text, minerals="cobalt"), model, forge)
    rows = {
        (row.year, row.scenario): float(row.value or 0)
        for row in forge.atlas.consumption
        if row.mineral == "cobalt" and row.metric == "total_demand"
    }
    assert plan.growth[0].max() == 1.0
    start = rows.get((2024, "historical"))
    assert start is not None
    assert plan.growth[6, -1, 0, USA] == pytest.approx(rows[2030, "STEPS"] / start)


def test_a_mineral_without_a_path_needs_another_growth(told: Tell, forge: Zone) -> None:
    model = paper_model(forge.charter, forge.atlas, "scandium")
    text = "  - {{kind: demand, from: 2024-01-01, path: STEPS, {}source: iea_cmde_2025}}\n"
    with pytest.raises(MarketError, match="no STEPS path of scandium"):
        run(told(text.format(""), minerals="scandium"), model, forge)
    _, plan = run(told(text.format("otherwise: 0.1, "), minerals="scandium"), model, forge)
    assert plan.growth[2, -1, 0, USA] == pytest.approx(1.21)


def test_a_later_path_replaces_growth_and_a_boom_comes_on_top(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: demand, from: 2024-01-01, growth: 0.5, assumed: a test}\n"
        "  - {kind: demand, from: 2024-01-01, growth: 0.1, by: [USA], assumed: a test}\n"
        "  - {kind: demand, from: 2026-01-01, to: 2026-12-31, factor: 2, assumed: a test}\n"
    )
    _, plan = run(told(text), ndpr, forge)
    np.testing.assert_allclose(plan.growth[2, 1, 0, :2], [2 * 1.21, 2 * 2.25])
    np.testing.assert_allclose(
        plan.overrides["final_demand"], plan.growth * np.asarray(ndpr.economy.final_demand)
    )


def test_an_elasticity_is_replaced_for_its_days(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: response, from: 2027-01-01, by: [USA], parameter: demand_elasticity, value: 0.9,"
        " assumed: a test}\n"
        "  - {kind: response, from: 2028-01-01, parameter: sigma, factor: 0.5, assumed: a test}\n"
    )
    _, plan = run(told(text), ndpr, forge)
    np.testing.assert_allclose(year(plan, "demand_elasticity", 2027)[0, 0, :2], [0.9, 0.3])
    assert (year(plan, "sigma", 2028) == 2.5).all() and (year(plan, "sigma", 2027) == 5).all()


# -- treasuries and answers ---------------------------------------------------------------------------------


def test_the_charters_contract_pays_the_maker_against_the_price_in_china(
    told: Tell, ndpr: Model, forge: Zone
) -> None:
    model, plan = run(told("  []\n"), ndpr, forge)
    assert model.form.supports
    strike = year(plan, "strike", 2027)
    assert strike[0, 0, USA] == pytest.approx(110 * 1000 / 0.857, rel=1e-3)
    assert np.count_nonzero(strike) == 1
    assert year(plan, "index_weights", 2027)[0, 0, USA, CHN] == 1
    assert year(plan, "support_share", 2025)[0, 0, USA] == pytest.approx(92 / 365)
    assert year(plan, "upside_share", 2027).sum() == 0 if "upside_share" in plan.overrides else True


def test_support_and_stock_can_be_switched_off(told: Tell, ndpr: Model, forge: Zone) -> None:
    usual = run(told("  []\n"), ndpr, forge)[1]
    assert (year(usual, "stock_floor", 2027)[0, 0, :2] > 0).all()
    text = (
        "  - {kind: support, from: 2025-01-01, use: none, assumed: a test}\n"
        "  - {kind: stockpile, from: 2025-01-01, use: none, assumed: a test}\n"
    )
    plan = run(told(text), ndpr, forge)[1]
    assert "strike" not in plan.overrides and "stock_floor" not in plan.overrides


def test_a_stock_of_the_scenario_buys_and_sells_at_its_prices(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: stockpile, from: 2027-01-01, use: bands, products: [ndpr.metal], tonnes: 30,"
        " buy_below_usd_per_t: 900, sell_above_usd_per_t: 4000, cash_usd: 5000, assumed: a test}\n"
    )
    model, plan = run(told(text), ndpr, forge)
    assert (year(plan, "stock_floor", 2027)[1, 0, :2] == 900).all()
    assert (year(plan, "stock_ceiling", 2027)[1, 0, :2] == 4000).all()
    assert year(plan, "stock_tonnes_max", 2027)[1, 0].sum() == pytest.approx(30)
    assert model.dynamics is not None
    assert np.asarray(model.dynamics.stock_cash).sum() == pytest.approx(5000)


def test_retaliation_is_data_for_the_path(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: retaliation, from: 2026-07-01, by: [CHN], trigger: floor, response: licence,"
        " let_through: 0.5, after_years: 1, lasts_years: 2, stages: [refined], assumed: a test}\n"
        "  - {kind: retaliation, from: 2026-07-01, by: [CHN], trigger: levy, above: 400, response: mark_up,"
        " mark_up: 0.2, assumed: a test}\n"
    )
    _, plan = run(told(text), ndpr, forge, quarterly=True)
    licence, rise = plan.reactions
    assert (licence.trigger, licence.changes, licence.delay, licence.duration) == ("floor", "weights", 4, 8)
    watched = np.asarray(licence.watched)
    assert (watched[0, 0, :2] == 1).all() and watched[1].sum() == 0 and watched[0, 0, CHN] == 0
    factor = np.asarray(licence.factor)
    assert factor[0, 0, CHN, USA] == pytest.approx(0.5) and factor[0, 0, JPN, USA] > 1
    assert factor[0, 0, CHN, COD] == 1 and (factor[1] == 1).all()
    assert rise.threshold == 100 and np.asarray(rise.addend)[0, 0, CHN, USA] == pytest.approx(0.2)


# -- the whole ----------------------------------------------------------------------------------------------


def test_quarters_hold_a_quarter_of_a_year(told: Tell, ndpr: Model, forge: Zone) -> None:
    model, plan = run(told(BAN), ndpr, forge, quarterly=True)
    assert (plan.periods, plan.periods_a_year) == (28, 4)
    assert plan.labels[14] == "2027Q3"
    np.testing.assert_allclose(
        np.asarray(model.economy.final_demand), np.asarray(ndpr.economy.final_demand) / 4
    )
    np.testing.assert_allclose(baseline(model).shares, baseline(ndpr).shares)
    assert plan.overrides["weights"][14][0, 0, CHN, USA] < 0.05
    assert plan.overrides["weights"][13][0, 0, CHN, USA] == 1
    assert by_quarter(model) is model


def test_two_periods_of_days_add_up(told: Tell) -> None:
    line = Timeline(2024, 28, 4)
    days = line.shares(date(2025, 2, 22), date(2025, 10, 15))
    lengths = [(line.last_day(t) - line.first_day(t)).days + 1 for t in range(28)]
    assert (days * lengths).sum() == pytest.approx((date(2025, 10, 15) - date(2025, 2, 22)).days + 1)
    assert sum(
        share for _, _, share in line.stretches([date(2025, 2, 22), date(2026, 3, 3)])
    ) == pytest.approx(28)


def test_a_simulation_that_ends_before_it_starts_is_refused(told: Tell, ndpr: Model, forge: Zone) -> None:
    with pytest.raises(MarketError, match="before it starts"):
        run(told("  []\n"), ndpr, forge, until=2020)


def test_nothing_told_and_no_law_leaves_the_model_as_it_is(told: Tell, toy: Zone, ndpr: Model) -> None:
    model = replace(ndpr, regions=("CHN", "BRA", "VNM", "COD", "rest"), members={}, zone=())
    scenario = open_scenario("business_as_usual", toy.charter, toy.atlas)
    _, plan = schedule(scenario, model, toy.charter, toy.atlas, until=2026)
    assert set(plan.overrides) <= {"zone", "index_price"}


FORGE = open_zone("forge")
SHIPPED = [(each.id, mineral) for each in open_scenarios(FORGE) for mineral in each.minerals]
CALIBRATED = recipes(FORGE.atlas)
PAPER = [(name, mineral) for name, mineral in SHIPPED if mineral not in CALIBRATED]


@pytest.mark.parametrize(("name", "mineral"), PAPER, ids=[f"{name}-{mineral}" for name, mineral in PAPER])
def test_every_shipped_scenario_is_scheduled_on_every_mineral_it_names(name: str, mineral: str) -> None:
    sound(*run(shipped(name), paper(mineral), FORGE, until=2032))


@pytest.mark.parametrize("mineral", CALIBRATED)
@pytest.mark.parametrize("regions", ["bloc", "economies"])
def test_every_shipped_scenario_is_scheduled_on_calibrated_markets(mineral: str, regions: str) -> None:
    base = calibrate(FORGE.charter, FORGE.atlas, mineral, regions=regions)  # type: ignore[arg-type]
    for name, told_for in SHIPPED:
        if told_for == mineral:
            sound(*run(shipped(name), base, FORGE, until=2032))


@cache
def shipped(name: str) -> Scenario:
    return open_scenario(name, FORGE.charter, FORGE.atlas)


@cache
def paper(mineral: str) -> Model:
    return paper_model(FORGE.charter, FORGE.atlas, mineral)


def sound(model: Model, plan: Schedule) -> None:
    """Every array has a period axis and its own axes, and holds numbers."""
    for name, values in plan.overrides.items():
        axes = AXES.get(name) or MOVES.get(name) or "R"
        assert values.shape == (plan.periods, *model.form.size(axes)), name
        assert not np.isnan(values).any() or name == "given_price", name
    assert (plan.overrides.get("weights", np.ones(1)) >= 0).all()
    assert plan.labels[0] == str(plan.start_year)


def test_the_years_of_the_congolese_stop_and_quota_can_be_solved() -> None:
    base = calibrate(FORGE.charter, FORGE.atlas, "cobalt", regions="bloc")
    model, plan = run(shipped("business_as_usual"), base, FORGE, until=2026)
    solved = [solve(model.form, plan.economy(model, period)) for period in range(3)]
    assert all(bool(each.converged) for each in solved)
    mask = np.asarray(model.economy.wedge_arcs)[0]
    exported = [float((mask * np.asarray(each.flows)).sum()) for each in solved]
    assert exported[2] <= plan.overrides["wedge_tonnes"][2, 0] * (1 + 1e-6) < exported[0]
    assert float(solved[2].price[0].max()) > float(solved[0].price[0].max())
