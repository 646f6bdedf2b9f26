"""A market built from arrays: the base year comes back, and every fault of the input is reported at once."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from stannary.errors import MarketError
from stannary.market.building import build, change
from stannary.market.checks import check
from stannary.market.economy import Form
from stannary.market.equilibrium import Equilibrium, solve
from stannary.market.model import Model

REGIONS = ("US", "JP", "EU")
SHARES = np.array([[0.5, 0.1, 0.2], [0.2, 0.8, 0.0], [0.3, 0.1, 0.8]])
GIVEN: dict[str, Any] = {
    "name": "three",
    "regions": REGIONS,
    "price_basis": "ex_works",
    "price": [10.0, 12.0, 9.0],
    "use": [100.0, 40.0, 60.0],
    "trade_shares": SHARES,
    "supply_elasticity": 0.7,
    "conversion_cost": 4.0,
    "demand_elasticity": 0.4,
    "tariff": {("JP", "US"): 0.25},
}
SOLVED = {
    sourcing: jax.jit(lambda numbers, form=form: solve(form, numbers))
    for sourcing in ("additive", "ces")
    for form in [Form(layers=1, goods=1, regions=3, origins=(0, 1, 2), sourcing=sourcing)]
}


def make(**changed: Any) -> Model:
    """Build the market of three regions with some input changed; `None` leaves a thing out."""
    given = {**GIVEN, **changed}
    return build(**{name: value for name, value in given.items() if value is not None})


def solved(model: Model) -> Equilibrium:
    """Solve a model of three regions."""
    found = SOLVED[model.form.sourcing](model.economy)
    assert bool(found.converged)
    return found


def faults(**changed: Any) -> list[tuple[str, str]]:
    """Give code and place of every fault of an input."""
    with pytest.raises(MarketError) as refused:
        make(**changed)
    return [(problem.code[-3:], problem.place.path or "") for problem in refused.value.problems]


@pytest.mark.parametrize("sourcing", ["additive", "ces"])
def test_the_base_year_is_the_solution(sourcing: str) -> None:
    model = make(sourcing=sourcing)
    found = solved(model)
    assert np.allclose(found.price[0, 0], GIVEN["price"], rtol=1e-10)
    assert np.allclose(found.flows[0, 0], SHARES * np.array(GIVEN["use"]), rtol=1e-9, atol=1e-12)
    assert check(model) == []


def test_the_base_year_comes_back_with_a_floor_that_binds_in_it() -> None:
    model = make(floor={"US": 11.0}, levied={("EU", "US"): 1.0})
    found = solved(model)
    assert np.allclose(found.price[0, 0], GIVEN["price"], rtol=1e-10)
    assert float(found.levy[0, 0, 2, 0]) == pytest.approx(2.0, rel=1e-9)


def test_shares_of_world_use_say_the_same_as_tonnes() -> None:
    model = make(use=None, use_shares=[0.5, 0.2, 0.3], world_use=200.0)
    assert np.array_equal(model.economy.final_demand, make().economy.final_demand)


@pytest.mark.parametrize("basis", ["fob", "cif", "duty_paid"])
def test_prices_on_another_basis_are_carried_back_to_ex_works(basis: str) -> None:
    gate, tax = np.array(GIVEN["price"]), np.array([0.0, 0.1, 0.0])
    law = {"export_tax": tax[:, None] * np.ones(3), "freight": 0.5 * (1.0 - np.eye(3))}
    tariff = np.array([[0, 0, 0], [0.25, 0, 0], [0, 0, 0.0]])
    cif = (gate * (1.0 + tax))[:, None] + law["freight"]
    given = {"fob": gate * (1.0 + tax), "cif": cif, "duty_paid": cif * (1.0 + tariff)}[basis]
    model = make(price_basis=basis, price=given, **law)
    assert np.allclose(model.economy.start_price[0, 0], gate, rtol=1e-12)


def test_a_price_without_a_basis_is_refused() -> None:
    assert faults(price_basis=None) == [("005", "price_basis")]
    assert faults(price_basis="exchange") == [("005", "price_basis")]


def test_landed_prices_without_freight_or_tariff_cannot_be_carried_back() -> None:
    wide = np.ones((3, 3))
    assert faults(price_basis="cif", price=wide) == [("005", "freight")]
    assert faults(price_basis="duty_paid", price=wide, tariff=None) == [("005", "freight"), ("005", "tariff")]


def test_one_producer_with_two_prices_at_the_gate_is_refused() -> None:
    wide = np.full((3, 3), 10.0)
    wide[0, 1] = 11.0
    assert faults(price_basis="cif", price=wide, freight=0.0) == [("005", "price")]


def test_fob_prices_need_one_export_tax() -> None:
    assert faults(price_basis="fob", export_tax={("JP", "US"): 0.1}) == [("005", "export_tax")]


def test_unknown_names_are_refused_with_near_ones() -> None:
    with pytest.raises(MarketError) as refused:
        make(tariff={("JAP", "US"): 0.1, ("JP", "UX"): 0.2}, supply_elastisity=0.5)
    assert [problem.code for problem in refused.value.problems] == ["STN-MARKET-001"] * 3
    assert [problem.remedy for problem in refused.value.problems] == [
        "Did you mean JP?",
        "Did you mean US or EU?",
        "Did you mean supply_elasticity or byproduct_elasticity or income_elasticity?",
    ]


def test_a_flow_needs_both_its_ends() -> None:
    assert faults(tariff={"US": 0.1}) == [("002", "tariff")]
    model = make(tariff={("*", "US"): 0.1, ("US", "US"): 0.0})
    assert np.array_equal(np.asarray(model.economy.tariff)[0, 0, :, 0], [0.0, 0.1, 0.1])


def test_wrong_shapes_are_refused() -> None:
    assert faults(use=[1.0, 2.0], sigma=[4.0, 5.0], final_demand="much") == [
        ("002", "use"),
        ("002", "sigma"),
        ("002", "final_demand"),
    ]


def test_impossible_values_are_refused_by_name_and_place() -> None:
    with pytest.raises(MarketError) as refused:
        make(sourcing="ces", sigma=0.8, demand_elasticity=-0.4, capacity=[-1.0, 5.0, np.nan], tariff=-1.5)
    told = {problem.place.path: problem.message for problem in refused.value.problems}
    assert set(told) == {"sigma", "demand_elasticity", "capacity", "tariff"}
    assert told["sigma"] == "sigma is 0.8."
    assert {problem.code for problem in refused.value.problems} == {"STN-MARKET-003"}
    messages = [problem.message for problem in refused.value.problems]
    assert "capacity is -1 at US." in messages
    assert "capacity is nan at EU." in messages


def test_shares_that_do_not_sum_to_one_are_refused_by_whose_they_are() -> None:
    shares = SHARES.copy()
    shares[0, 1] = 0.2
    with pytest.raises(MarketError) as refused:
        make(trade_shares=shares, use=None, use_shares=[0.5, 0.2, 0.2], world_use=200.0)
    assert [problem.code for problem in refused.value.problems] == ["STN-MARKET-004"] * 2
    assert refused.value.problems[0].message == "trade_shares adds up, over origin, to 1.1 at JP."


def test_use_shares_of_nothing_are_refused() -> None:
    assert faults(use=None, use_shares=[0.5, 0.2, 0.3]) == [("004", "world_use")]


def test_costs_above_the_price_are_refused() -> None:
    assert faults(conversion_cost=20.0) == [("003", "conversion_cost")]


def test_less_use_than_the_next_layer_takes_is_refused() -> None:
    inputs = np.zeros((2, 1, 1, 3))
    inputs[1] = 1.0
    chain = {"layers": ("ore", "metal"), "inputs": inputs, "conversion_cost": 0.0}
    price, use = np.array([[[10.0] * 3], [[30.0] * 3]]), np.array([[[1.0] * 3], [[40.0] * 3]])
    assert faults(price=price, use=use, **chain) == [("003", "use")]


def test_a_producer_without_a_price_is_refused() -> None:
    assert faults(price={"US": 10.0, "EU": 9.0}) == [("003", "price")]
    assert faults(price=None) == [("002", "price")]


def test_users_whom_nobody_serves_are_refused() -> None:
    law = {"trade_shares": None, "use": None, "supply_scale": 10.0, "final_demand": 10.0}
    weights = np.ones((3, 3))
    weights[:, 1] = 0.0
    assert faults(weights=weights, **law) == [("003", "weights")]


def test_zone_dominant_and_channels_must_be_regions() -> None:
    lost = [("001", "region"), ("001", "region"), ("003", "sigma")]
    assert faults(zone=("US", "UK"), dominant="CN", sigma=-1.0) == lost
    assert faults(channels={"by sea": "CN"}, trade_shares=None) == [("001", "region")]


def test_names_must_differ() -> None:
    assert faults(regions=("US", "US", "EU"), tariff=None) == [("001", "regions")]


def test_a_region_that_only_buys_needs_no_price_and_is_no_market_of_its_own() -> None:
    shares = np.array([[0.6, 0.5, 0.6], [0.0, 0.0, 0.0], [0.4, 0.5, 0.4]])
    model = make(trade_shares=shares, price={"US": 10.0, "EU": 9.0})
    assert np.array_equal(np.asarray(model.economy.active)[0, 0], [1.0, 0.0, 1.0])
    assert np.allclose(solved(model).price[0, 0, [0, 2]], [10.0, 9.0], rtol=1e-10)


def test_a_leak_sells_the_goods_of_its_region() -> None:
    model = make(
        trade_shares=None, use=None, channels={"by road": "JP"}, supply_scale=10.0, final_demand=10.0,
        weights={("*", "*"): 1.0, ("by road", "*"): 0.0, ("by road", "US"): 0.2},
    )  # fmt: skip
    assert model.form.origins == (0, 1, 2, 1)
    assert np.array_equal(np.asarray(model.economy.weights)[0, 0, 3], [0.2, 0.0, 0.0])


def test_a_changed_law_leaves_what_the_base_year_told() -> None:
    base = make()
    law = change(base, tariff={("EU", "US"): 0.3}, floor={"JP": 13.0})
    assert float(np.asarray(law.economy.tariff)[0, 0, 2, 0]) == 0.3
    assert float(np.asarray(law.economy.tariff)[0, 0, 1, 0]) == 0.25
    assert np.array_equal(law.economy.weights, base.economy.weights)
    assert float(solved(law).price[0, 0, 2]) < 9.0


def test_a_change_that_cannot_be_is_refused() -> None:
    with pytest.raises(MarketError) as refused:
        change(make(), tariff={("EA", "US"): 0.3}, sigma=np.ones(7), flor=1.0)
    assert [problem.code[-3:] for problem in refused.value.problems] == ["001", "002", "001"]
    with pytest.raises(MarketError, match="demand_elasticity is -1"):
        change(make(), demand_elasticity=-1.0)


def test_a_market_of_ordinary_ces_may_have_regions_that_buy_nothing() -> None:
    shares = np.array([[0.5, 0.0, 0.0], [0.2, 0.0, 0.0], [0.3, 0.0, 0.0]])
    model = make(trade_shares=shares, use=[100.0, 0.0, 0.0], sourcing="ces")
    assert np.allclose(solved(model).price[0, 0], GIVEN["price"], rtol=1e-10)


def test_nobody_buys_of_a_region_that_makes_nothing() -> None:
    model = make(trade_shares=None, use=None, supply_scale=[10.0, 0.0, 10.0], final_demand=10.0)
    assert np.array_equal(np.asarray(model.economy.weights)[0, 0, 1], [0.0, 0.0, 0.0])
    assert float(solved(model).flows[0, 0, 1].sum()) == 0.0
