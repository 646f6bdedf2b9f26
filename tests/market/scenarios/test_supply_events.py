"""Leaks, output lost and built, lead times, use and elasticities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stannary.errors import MarketError
from stannary.market.baseline import baseline
from stannary.market.model import Model
from stannary.market.scenario import Scenario
from stannary.zone import Zone

from .conftest import CHN, COD, USA, paper_model, run, year

Tell = Callable[..., Scenario]


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
