"""A supplier that sets its price: closed forms of monopoly, of a firm with a fringe, of limit prices."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stannary.market.dominance import (
    entry_price,
    limit_mark_up,
    marked_up,
    rent_split,
    residual_elasticity,
    seller,
    static_mark_up,
    winnings,
)
from stannary.market.dynamics import dynamics
from stannary.market.equilibrium import solve
from stannary.market.investment import break_even_margin, profitability

from .worlds import REST, STEEP, SUPPLIER, ZONE, monopoly, trading

solved = jax.jit(solve, static_argnums=0)


def test_a_monopolist_facing_linear_demand_asks_the_mean_of_choke_price_and_cost():
    world = monopoly(cost=2.0)
    found = static_mark_up(world.form, world.economy, seller(world, "supplier", "metal"))
    # with costs of 2 + q / STEEP exactly; (10 + 2) / 2 where they are constant
    tonnes = (10.0 - 2.0) / (2.0 + 1.0 / STEEP)
    assert float(found.price) == pytest.approx(10.0 - tonnes, rel=1e-8)
    assert float(found.price) == pytest.approx((10.0 + 2.0) / 2.0, rel=1e-4)
    assert float(found.gain) == pytest.approx((6.0 - 2.0) * (10.0 - 6.0), rel=1e-3)
    assert float(found.lerner) == pytest.approx(1.0 - (2.0 + tonnes / STEEP) / (10.0 - tonnes), rel=1e-8)
    assert abs(float(found.gap)) < 1e-7 and not bool(found.bounded)


@pytest.mark.parametrize("elasticity", [1.5, 3.0])
def test_a_monopolist_facing_isoelastic_demand_marks_up_by_one_over_the_elasticity_less_one(elasticity):
    world = monopoly(
        demand_intercept=0.0,
        demand_slope=0.0,
        final_demand=np.array([10.0, 0.0]),
        demand_elasticity=np.array([elasticity, 0.0]),
    )
    who = seller(world, "supplier", "metal")
    assert float(residual_elasticity(world.form, world.economy, who, 0.3)) == pytest.approx(-elasticity)
    found = static_mark_up(world.form, world.economy, who)
    assert float(found.mark_up) == pytest.approx(1.0 / (elasticity - 1.0), rel=1e-7)


def test_rising_costs_are_the_makers_price_and_the_mark_up_stands_on_them():
    """Supply ``q = p - 2`` and demand ``10 - P``: ``P - q = 2 + q`` at the optimum, so q = 8/3."""
    world = monopoly(supply_slope=np.array([0.0, 1.0]))
    found = static_mark_up(world.form, world.economy, seller(world, "supplier", "metal"))
    assert float(found.price) == pytest.approx(10.0 - 8.0 / 3.0, rel=1e-7)
    assert float(found.mark_up) == pytest.approx((22.0 / 3.0) / (14.0 / 3.0) - 1.0, rel=1e-7)


def dominant(sigma: float):
    """Give a supplier with constant costs of 2, a fringe with supply ``0.5 p``, and users who use 10 - p."""
    weights = np.ones((1, 1, 2, 2))
    weights[..., SUPPLIER] = 0.0
    weights[0, 0, SUPPLIER, SUPPLIER] = 1.0
    return monopoly(
        active=1.0,
        weights=weights,
        sigma=sigma,
        conversion_cost=np.array([0.0, 2.0]),
        supply_slope=np.array([0.5, STEEP]),
        start_price=np.array([3.0, 2.001]),
    )


def test_a_dominant_firm_with_a_competitive_fringe_acts_on_the_demand_that_is_left():
    """Stackelberg's leader in price: residual demand ``10 - 1.5 p``, so p = (10 / 1.5 + 2) / 2."""
    errors = []
    for sigma in (100.0, 400.0):
        world = dominant(sigma)
        found = static_mark_up(world.form, world.economy, seller(world, "supplier", "metal"))
        errors.append(abs(float(found.price) / ((10.0 / 1.5 + 2.0) / 2.0) - 1.0))
        assert abs(float(found.gap)) < 1e-7
    assert errors[1] < 0.01
    # goods that are nearly the same: the error falls as 1 / sigma
    assert errors[1] / errors[0] == pytest.approx(0.25, abs=0.08)


def test_residual_elasticity_is_that_of_finite_differences():
    world = trading(6.0)
    who = seller(world, "supplier", "metal", to=["zone", "rest"])

    def at(mark_up):
        found = solved(world.form, marked_up(world.economy, who, mark_up))
        tonnes = float(jnp.sum(found.flows * who.arcs))
        return np.log(tonnes), np.log(float(found.price[0, 0, SUPPLIER]) * (1.0 + mark_up))

    step = 1e-5
    (more, dear), (less, cheap) = at(0.2 + step), at(0.2 - step)
    elasticity = float(residual_elasticity(world.form, world.economy, who, 0.2))
    assert elasticity < -1.0
    assert elasticity == pytest.approx((more - less) / (dear - cheap), rel=1e-6)


@pytest.mark.parametrize("at_home", [False, True])
def test_the_mark_up_is_where_the_supplier_gains_most_by_lerner_if_all_pay_its_price(at_home):
    world = trading(6.0)
    who = seller(world, "supplier", "metal", at_home=at_home)
    found = static_mark_up(world.form, world.economy, who)
    assert (abs(float(found.gap)) < 1e-8) == at_home
    assert 0.05 < float(found.mark_up) < 2.0 and float(found.gain) > 0.0

    def won(mark_up):
        economy = jax.tree.map(jnp.asarray, marked_up(world.economy, who, mark_up))
        return winnings(world.form, economy, solve(world.form, economy), who)

    slope = jax.jit(jax.grad(won))
    best = float(found.mark_up)
    assert abs(float(slope(best))) < 1e-7
    assert float(slope(best - 0.01)) > 1e-4 and float(slope(best + 0.01)) < -1e-4


def test_the_slope_of_winnings_is_that_of_finite_differences():
    world = trading(6.0, floor=1.3)
    who = seller(world, "supplier", "metal")

    @jax.jit
    def won(mark_up):
        economy = jax.tree.map(jnp.asarray, marked_up(world.economy, who, mark_up))
        return winnings(world.form, economy, solve(world.form, economy), who)

    step = 1e-5
    slope = float(jax.jit(jax.grad(won))(0.1))
    assert slope == pytest.approx(float(won(0.1 + step) - won(0.1 - step)) / (2 * step), rel=1e-6)


def test_under_an_invoice_levy_the_seller_asks_the_floor_and_takes_the_levy():
    world = monopoly(cost=2.0, floor=8.0)
    who = seller(world, "supplier", "metal")
    before = solved(world.form, world.economy)
    found = static_mark_up(world.form, world.economy, who)
    assert float(found.price) == pytest.approx(8.0, rel=1e-7)
    after_economy = marked_up(world.economy, who, found.mark_up)
    after = solved(world.form, after_economy)
    first = rent_split(world.form, world.economy, before, who)
    then = rent_split(world.form, after_economy, after, who)
    assert float(first.landed_price) == pytest.approx(8.0) and float(then.landed_price) == pytest.approx(8.0)
    assert float(first.tonnes) == pytest.approx(2.0) and float(then.tonnes) == pytest.approx(2.0)
    rent = (8.0 - 2.0 - 2.0 / STEEP) * 2.0
    assert float(first.treasury) == pytest.approx(rent) and float(first.supplier) == 0.0
    assert float(then.supplier) == pytest.approx(rent, rel=1e-6) and float(then.treasury) < 1e-5


def test_a_floor_below_the_monopolists_price_takes_nothing_and_gives_nothing():
    world = monopoly(cost=2.0, floor=4.0)
    found = static_mark_up(world.form, world.economy, seller(world, "supplier", "metal"))
    assert float(found.price) == pytest.approx(10.0 - 8.0 / (2.0 + 1.0 / STEEP), rel=1e-8)


def test_under_a_reference_levy_the_seller_does_not_take_the_levy_but_shares_its_burden():
    """The levy is ``8 - 5 = 3`` whatever the invoice: users pay p + 3, so that p = (10 - 3 + 2) / 2."""
    world = monopoly(cost=2.0, floor=8.0, index=5.0)
    who = seller(world, "supplier", "metal")
    found = static_mark_up(world.form, world.economy, who)
    tonnes = 5.0 / (2.0 + 1.0 / STEEP)
    assert float(found.price) == pytest.approx(7.0 - tonnes, rel=1e-8)
    assert float(found.price) == pytest.approx(4.5, rel=1e-4)
    economy = marked_up(world.economy, who, found.mark_up)
    split = rent_split(world.form, economy, solved(world.form, economy), who)
    assert float(split.landed_price) == pytest.approx(7.5, rel=1e-4)
    assert float(split.treasury) == pytest.approx(3.0 * tonnes, rel=1e-8)
    assert float(split.supplier) == pytest.approx((4.5 - 2.0) * 2.5, rel=1e-3)


def entry(capex: float = 1.0, **moves: float):
    """Give a supplier with costs of 2 and a zone that would make the good for 2.5 and the cost of a works."""
    world = dominant(60.0)
    cost, slope = np.array([2.5, 2.0]), np.array([0.05, STEEP])
    economy = world.economy.but(conversion_cost=cost[None, None], supply_slope=slope[None, None])
    capital = np.array([capex, 0.0])
    return replace(
        world, economy=economy, dynamics=dynamics(world.form, capex=capital, lead_periods=3.0, **moves)
    )


def test_the_limit_price_is_the_highest_that_leaves_an_entrants_project_worth_nothing():
    world = entry(capex=4.0)
    who = seller(world, "supplier", "metal")
    found = limit_mark_up(world.form, world.economy, world.dynamics, who)
    assert bool(found.keeps_out)
    economy = marked_up(world.economy, who, found.mark_up)
    market = solved(world.form, economy)
    margin = float(break_even_margin(world.dynamics, 1)[0, 0, ZONE])
    assert float(market.price[0, 0, ZONE]) == pytest.approx(2.5 + margin, rel=1e-9)
    assert float(found.entry_price) == pytest.approx(2.5 + margin, rel=1e-9)
    assert float(found.worth) == pytest.approx(0.0, abs=1e-9)
    dearer = solved(world.form, marked_up(world.economy, who, found.mark_up + 0.01))
    assert float(profitability(world.dynamics, dearer.margin, 1)[0, 0, ZONE]) > 0
    prices = entry_price(economy, world.dynamics, market)
    assert float(prices[0, 0, ZONE]) == pytest.approx(2.5 + margin, rel=1e-9)


def test_dearer_capital_lets_the_supplier_ask_more_before_anyone_enters():
    marks = []
    for rate in (0.05, 0.10, 0.15):
        world = entry(capex=4.0, discount_rate=rate)
        found = limit_mark_up(world.form, world.economy, world.dynamics, seller(world, "supplier", "metal"))
        marks.append(float(found.mark_up))
    assert marks == sorted(marks) and marks[-1] > marks[0] * 1.2


def test_an_entrant_that_pays_at_the_suppliers_cost_cannot_be_kept_out_by_a_mark_up():
    world = entry(capex=1e-3)
    found = limit_mark_up(
        world.form, world.economy, world.dynamics, seller(world, "supplier", "metal"), lowest=0.5
    )
    assert not bool(found.keeps_out)


def test_a_seller_reaches_the_buyers_it_names_its_channels_and_not_its_own_users():
    world = trading(5.0)
    who = seller(world, "supplier", "metal", to=["zone"])
    assert np.argwhere(np.asarray(who.arcs)[0, 0]).tolist() == [[SUPPLIER, ZONE]]
    everyone = seller(world, "supplier", "metal")
    assert np.argwhere(np.asarray(everyone.arcs)[0, 0]).tolist() == [[SUPPLIER, ZONE], [SUPPLIER, REST]]
    assert float(seller(world, "supplier", "metal", at_home=True).arcs.sum()) == 3.0
