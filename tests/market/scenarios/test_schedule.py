"""Whole schedules: quarters, refusals, every shipped scenario on every market it is told for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

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

from .conftest import BAN, CHN, USA, paper_model, run

Tell = Callable[..., Scenario]


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
