"""Price support, stocks, and the answers of others as data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stannary.market.model import Model
from stannary.market.scenario import Scenario
from stannary.zone import Zone

from .conftest import CHN, COD, JPN, USA, run, year

Tell = Callable[..., Scenario]


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
