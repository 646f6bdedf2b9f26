"""Two countries, one homogeneous good: tariff, quota and floor do the same, but not above autarky.

Source: Krugman, Obstfeld & Melitz, International Economics: Theory and Policy, the tariff problems (home
demand 100 - 20 P and supply 20 + 20 P, foreign demand 80 - 20 P and supply 40 + 20 P). The rows of floors
follow in closed form: with a floor F between 1.5 and 2 imports are 80 - 40 F and the foreign price 3 - F.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from stannary.market.economy import Economy, Form, economy
from stannary.market.equilibrium import Equilibrium, solve
from stannary.market.welfare import producers_surplus, users_gain

HOME, FOREIGN = 0, 1
FORM = Form(layers=1, goods=1, regions=2, origins=(0, 1), sourcing="homogeneous", bands=1, wedges=("import",))
IMPORTS = np.array([[0.0, 0.0], [1.0, 0.0]])
NEAR = 1e-8


def at_home(value: float) -> np.ndarray:
    """Give a value for the home country and zero abroad."""
    return np.array([value, 0.0])


def trade(**changed: Any) -> Economy:
    """Give the two countries under some law."""
    return economy(
        FORM,
        demand_intercept=np.array([100.0, 80.0]),
        demand_slope=20.0,
        supply_intercept=np.array([20.0, 40.0]),
        supply_slope=20.0,
        start_price=1.5,
        reference_price=1.5,
        wedge_arcs=IMPORTS,
        levied=IMPORTS,
        **changed,
    )


def welfare(law: Economy, found: Equilibrium) -> Array:
    """Give home welfare: users, producers from a price of zero up, and what the levy yields, USD."""
    producers = producers_surplus(FORM, law, found) - producers_surplus(FORM, law, nothing(found))
    users = users_gain(law, found.average_price) + 122.5  # (100 - 20 x 1.5)² / 40 at the reference price
    return (producers + users)[0, 0, HOME] + jnp.sum(found.levy * found.flows)


def nothing(found: Equilibrium) -> Equilibrium:
    """Give the producers at a price of zero, who would make 20 and 40 tonnes."""
    made = jnp.array([20.0, 40.0]).reshape(1, 1, 2)
    return jax.tree.map(lambda each: each, found).__class__(
        **{**vars(found), "price": 0.0 * made, "margin": 0.0 * made, "throughput": made}
    )


Solver = Callable[[Economy], tuple[Equilibrium, Array, Array]]


@pytest.fixture(scope="module")
def solved() -> Solver:
    """Give equilibrium, home welfare and its slope in the floor."""

    def value(floor: Array, law: Economy) -> tuple[Array, Equilibrium]:
        law = law.but(floor=jnp.asarray(law.floor) + jnp.stack([floor, 0.0 * floor]))
        found = solve(FORM, law)
        return welfare(law, found), found

    compiled = jax.jit(jax.value_and_grad(value, has_aux=True))

    def of(law: Economy) -> tuple[Equilibrium, Array, Array]:
        (worth, found), slope = compiled(jnp.asarray(0.0), law)
        assert bool(found.converged)
        return found, worth, slope

    return of


def prices(found: Equilibrium) -> tuple[float, float]:
    """Give producers' prices at home and abroad."""
    return float(found.price[0, 0, HOME]), float(found.price[0, 0, FOREIGN])


def imports(found: Equilibrium) -> float:
    """Give home's imports, tonnes."""
    return float(found.flows[0, 0, FOREIGN, HOME])


def test_without_trade_prices_are_two_and_one(solved: Solver) -> None:
    found, _, _ = solved(trade(weights=np.eye(2)))
    assert prices(found) == pytest.approx((2.0, 1.0), rel=NEAR)


def test_with_free_trade_the_price_is_one_and_a_half_and_nothing_is_hauled_both_ways(solved: Solver) -> None:
    found, worth, _ = solved(trade())
    assert prices(found) == pytest.approx((1.5, 1.5), rel=NEAR)
    assert imports(found) == pytest.approx(20.0, rel=NEAR)
    assert float(found.flows[0, 0, HOME, FOREIGN]) == 0.0
    assert float(worth) == pytest.approx(175.0, rel=NEAR)


def test_a_tariff_of_one_half_a_quota_of_ten_and_a_floor_of_seven_quarters_are_one_market(
    solved: Solver,
) -> None:
    tariff, _, _ = solved(trade(tariff=0.4 * IMPORTS))  # 40% of 1.25
    quota, _, _ = solved(trade(wedge_tonnes=10.0))
    floor, _, _ = solved(trade(floor=at_home(1.75)))
    for found in (tariff, quota, floor):
        assert prices(found) == pytest.approx((1.75, 1.25), rel=NEAR)
        assert imports(found) == pytest.approx(10.0, rel=NEAR)
    assert float((tariff.tariff_duty * tariff.flows).sum()) == pytest.approx(5.0, rel=NEAR)
    assert float((quota.rent * quota.flows).sum()) == pytest.approx(5.0, rel=NEAR)
    assert float((floor.levy * floor.flows).sum()) == pytest.approx(5.0, rel=NEAR)


def test_the_tariff_moves_surplus_as_the_textbook_says(solved: Solver) -> None:
    free, _, _ = solved(trade())
    law = trade(tariff=0.4 * IMPORTS)
    found, _, _ = solved(law)
    producers = (producers_surplus(FORM, law, found) - producers_surplus(FORM, law, free))[0, 0, HOME]
    users = (users_gain(law, found.average_price) - users_gain(law, free.average_price))[0, 0, HOME]
    assert float(producers) == pytest.approx(13.125, rel=NEAR)
    assert float(users) == pytest.approx(-16.875, rel=NEAR)
    assert float(producers + users) + 5.0 == pytest.approx(1.25, rel=NEAR)


ROWS = [
    (1.5, 1.5, 1.5, 0.0, 20.0, 0.0, 175.0),
    (1.6, 1.6, 1.4, 0.2, 16.0, 3.2, 176.4),
    (1.75, 1.75, 1.25, 0.5, 10.0, 5.0, 176.25),
    (1.9, 1.9, 1.1, 0.8, 4.0, 3.2, 173.4),
    (2.0, 2.0, 1.0, 1.0, 0.0, 0.0, 170.0),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_a_floor_lifts_the_home_price_and_presses_the_foreign_one(
    solved: Solver, row: tuple[float, ...]
) -> None:
    floor, home, foreign, levy, bought, revenue, worth = row
    found, value, _ = solved(trade(floor=at_home(floor)))
    assert prices(found) == pytest.approx((home, foreign), rel=NEAR)
    assert float(found.levy[0, 0, FOREIGN, HOME]) == pytest.approx(levy, rel=NEAR, abs=1e-12)
    assert imports(found) == pytest.approx(bought, rel=NEAR, abs=1e-9)
    assert float((found.levy * found.flows).sum()) == pytest.approx(revenue, rel=NEAR, abs=1e-9)
    assert float(value) == pytest.approx(worth, rel=NEAR)


def test_a_levy_stops_imports_but_cannot_lift_the_price_above_autarky(solved: Solver) -> None:
    found, _, _ = solved(trade(floor=at_home(2.2)))
    assert prices(found) == pytest.approx((2.0, 1.0), rel=NEAR)
    assert imports(found) == 0.0


def test_a_stock_holds_the_price_above_autarky_by_buying_from_home_producers(solved: Solver) -> None:
    band = {"band_price": at_home(2.2)[:, None], "band_tonnes": at_home(50.0)[:, None]}
    found, _, _ = solved(trade(floor=at_home(2.2), **band))
    assert prices(found) == pytest.approx((2.2, 1.0), rel=NEAR)
    assert imports(found) == 0.0
    assert float(found.bought[0, 0, HOME, 0]) == pytest.approx(8.0, rel=NEAR)
    assert float(found.bought[0, 0, HOME, 0] * found.price[0, 0, HOME]) == pytest.approx(17.6, rel=NEAR)


@pytest.mark.parametrize("floor", [1.55, 1.6, 1.75, 1.9])
def test_the_slope_of_welfare_in_the_floor_is_200_less_120_times_the_floor(
    solved: Solver, floor: float
) -> None:
    _, _, slope = solved(trade(floor=at_home(floor)))
    assert float(slope) == pytest.approx(200.0 - 120.0 * floor, rel=NEAR)


def test_following_the_slope_leads_to_the_best_floor(solved: Solver) -> None:
    low, high = 1.5 + 1e-9, 2.0 - 1e-9
    for _ in range(40):
        middle = 0.5 * (low + high)
        _, _, slope = solved(trade(floor=at_home(middle)))
        low, high = (middle, high) if float(slope) > 0 else (low, middle)
    assert 0.5 * (low + high) == pytest.approx(5.0 / 3.0, rel=NEAR)


def test_a_quota_that_nobody_fills_costs_nothing(solved: Solver) -> None:
    found, _, _ = solved(trade(wedge_tonnes=30.0))
    assert imports(found) == pytest.approx(20.0, rel=NEAR)
    assert float(found.wedge_rent[0]) == 0.0


def test_a_tariff_quota_that_is_outrun_is_a_tariff(solved: Solver) -> None:
    found, _, _ = solved(trade(wedge_tonnes=5.0, wedge_rent_max=0.5))
    assert prices(found) == pytest.approx((1.75, 1.25), rel=NEAR)
    assert float(found.wedge_rent[0]) == pytest.approx(0.5, rel=NEAR)


def test_a_tariff_quota_that_is_filled_yields_a_rent_below_the_tariff(solved: Solver) -> None:
    found, _, _ = solved(trade(wedge_tonnes=15.0, wedge_rent_max=0.5))
    assert imports(found) == pytest.approx(15.0, rel=NEAR)
    assert float(found.wedge_rent[0]) == pytest.approx(0.25, rel=NEAR)


def test_many_laws_at_once_give_what_each_gives_alone(solved: Solver) -> None:
    floors = np.array([1.4, 1.6, 1.75, 2.1])
    batch = jax.vmap(lambda floor: solve(FORM, trade().but(floor=floor)).price)
    together = np.asarray(batch(jnp.asarray(floors)[:, None, None, None] * jnp.array([1.0, 0.0])))
    for place, floor in enumerate(floors):
        alone, _, _ = solved(trade(floor=at_home(floor)))
        assert np.allclose(together[place], alone.price, rtol=1e-12)
