"""Corners of the model whose answer is a formula: autarky, capacity, levies without imports, sharp users."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

from stannary.market.economy import Form, economy
from stannary.market.equilibrium import Equilibrium, solve

FORM = Form(layers=1, goods=1, regions=2, origins=(0, 1))
FORMS = {kind: replace(FORM, sourcing=kind) for kind in ("additive", "ces", "homogeneous")}
SOLVED = {kind: jax.jit(lambda numbers, form=form: solve(form, numbers)) for kind, form in FORMS.items()}
MADE, WANTED = np.array([40.0, 90.0]), np.array([80.0, 50.0])
RISE, FALL = 0.7, 0.5


def trade(kind: str = "additive", **changed: Any) -> Equilibrium:
    """Give two regions with isoelastic curves."""
    given: dict[str, Any] = {
        "supply_scale": MADE,
        "supply_elasticity": RISE,
        "final_demand": WANTED,
        "demand_elasticity": FALL,
        "sigma": 4.0,
    }
    found = SOLVED[kind](economy(FORMS[kind], **{**given, **changed}))
    assert bool(found.converged)
    return found


ALONE = (WANTED / MADE) ** (1.0 / (RISE + FALL))


@pytest.mark.parametrize("kind", ["additive", "ces", "homogeneous"])
def test_a_region_that_buys_only_from_itself_is_an_isoelastic_market(kind: str) -> None:
    found = trade(kind, weights=np.eye(2))
    assert np.allclose(found.price[0, 0], ALONE, rtol=1e-9)
    assert np.allclose(found.average_price, found.price, rtol=1e-12)


def test_a_prohibitive_tariff_is_autarky() -> None:
    found = trade(tariff=1e6 * (1.0 - np.eye(2)))
    assert np.allclose(found.price[0, 0], ALONE, rtol=1e-6)


@pytest.mark.parametrize("kind", ["additive", "ces", "homogeneous"])
def test_a_levy_with_nothing_to_levy_changes_nothing(kind: str) -> None:
    found = trade(kind, weights=np.eye(2), floor=np.array([3.0, 0.0]), levied=1.0 - np.eye(2))
    assert np.allclose(found.price[0, 0], ALONE, rtol=1e-9)
    assert float((found.levy * found.flows).sum()) == 0.0


@pytest.mark.parametrize("kind", ["additive", "homogeneous"])
def test_scarce_capacity_earns_the_gap_between_the_price_and_the_cost_of_its_last_tonne(kind: str) -> None:
    limit = 0.8 * MADE * ALONE**RISE
    found = trade(kind, weights=np.eye(2), capacity=limit)
    price = (WANTED / limit) ** (1.0 / FALL)
    assert np.allclose(found.price[0, 0], price, rtol=1e-9)
    assert np.allclose(found.output[0, 0], limit, rtol=1e-9)
    last = (limit / MADE) ** (1.0 / RISE)
    assert (np.asarray(found.margin)[0, 0] - last > 0.5).all()


def test_sharper_users_near_the_homogeneous_good_in_proportion_to_one_over_sigma() -> None:
    freight = 0.2 * (1.0 - np.eye(2))
    exact = np.asarray(trade("homogeneous", freight=freight).price)
    gaps = [
        np.abs(np.asarray(trade(freight=freight, sigma=sigma).price) - exact).max()
        for sigma in (50.0, 100.0, 200.0)
    ]
    assert gaps[0] / gaps[1] == pytest.approx(2.0, rel=0.1)
    assert gaps[1] / gaps[2] == pytest.approx(2.0, rel=0.05)
    assert gaps[2] < 0.01


def test_near_bans_lose_tonnes_under_ordinary_ces_and_none_under_additive_sourcing() -> None:
    law: dict[str, Any] = {"tariff": np.array([[0.0, 0.0], [5.0, 0.0]]), "weights": 0.5, "sigma": 2.0}
    for kind in ("additive", "ces"):
        found = trade(kind, **law)
        shipped, used = float(found.flows.sum()), float(found.use.sum())
        lost = 1.0 - used / shipped
        assert (abs(lost) < 1e-12) == (kind == "additive")
        assert np.allclose(np.asarray(found.flows).sum(-1), found.output, rtol=1e-8)


def test_a_floor_is_a_tariff_under_competition() -> None:
    arc = np.array([[0.0, 0.0], [1.0, 0.0]])
    floor = trade(floor=np.array([1.4, 0.0]), levied=arc)
    levy, border = float(floor.levy[0, 0, 1, 0]), float(floor.border_price[0, 0, 1, 0])
    assert levy > 0.1
    tariff = trade(tariff=arc * levy / border)
    assert np.allclose(tariff.price, floor.price, rtol=1e-8)
    assert np.allclose(tariff.flows, floor.flows, rtol=1e-8)
