"""Leakage: what a cheap way round does to a floor, what it costs to close it, and who gets what."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stannary.errors import MarketError
from stannary.market.equilibrium import solve
from stannary.market.leakage import Channel, detection, deterring_spend, leaked, with_leakage

from .worlds import REST, SUPPLIER, ZONE, trading

solved = jax.jit(solve, static_argnums=0)
FREE = 0.1


def channel(**changes: object) -> Channel:
    """Give a channel of the supplier's goods into the zone."""
    given = {"way": "scrap", "source": "supplier", "handling_usd_per_t": FREE, **changes}
    return Channel(**given)  # type: ignore[arg-type]


def under(world, floor):
    """Give a market with a floor in the zone."""
    floors = np.zeros((1, 1, 3))
    floors[..., ZONE] = floor
    return world.economy.but(floor=floors)


@pytest.mark.parametrize("sigma", [100.0, 1000.0])
def test_a_cheap_channel_without_limit_caps_the_zones_price_at_the_outside_price_plus_its_cost(sigma):
    closed, world = trading(sigma), with_leakage(trading(sigma), [channel()])
    for floor in (1.9, 3.0, 30.0):
        alone = solved(closed.form, under(closed, floor))
        leaky = solved(world.form, under(world, floor))
        assert bool(alone.converged) and bool(leaky.converged)
        cap = float(leaky.price[0, 0, SUPPLIER]) + FREE
        # cheats are a hundredth of the trade at equal prices: sigma says how much cheaper they must be
        at_most = cap * 99.0 ** (1.5 / sigma)
        assert float(leaky.price[0, 0, ZONE]) <= at_most
        assert float(leaky.price[0, 0, ZONE]) < float(alone.price[0, 0, ZONE])
    # the market alone ends near its autarky price of 2; the leak holds it to p* + kappa
    assert float(alone.price[0, 0, ZONE]) > 1.9
    assert float(leaky.price[0, 0, ZONE]) / cap == pytest.approx(1.0, abs=8.0 / sigma)


def test_with_goods_that_are_the_same_the_cap_is_exact():
    world = trading(5.0)
    world = replace(world, form=replace(world.form, sourcing="homogeneous"))
    leaky = with_leakage(world, [channel()])
    for floor in (1.9, 30.0):
        found = solved(leaky.form, under(leaky, floor))
        assert bool(found.converged)
        assert float(found.price[0, 0, ZONE]) == pytest.approx(float(found.price[0, 0, SUPPLIER]) + FREE)
        assert float(found.flows[0, 0, -1, ZONE]) > 1.0


def test_a_channel_has_its_base_share_where_it_costs_what_others_cost_on_average():
    world = trading(8.0)
    plain = solved(world.form, world.economy)
    start = np.asarray(plain.price)
    world = world.but(start_price=start)
    average = float(plain.average_price[0, 0, ZONE])
    extra = average - float(start[0, 0, SUPPLIER])
    leaky = with_leakage(world, [channel(handling_usd_per_t=extra, base_share=0.03)])
    weights = np.asarray(leaky.economy.weights)[0, 0, :, ZONE]
    landed = np.array([*start[0, 0], average])
    share = weights * landed**-8.0
    assert share[-1] / share.sum() == pytest.approx(0.03, rel=1e-9)
    assert (np.asarray(leaky.economy.weights)[0, 0, -1, [SUPPLIER, REST]] == 0).all()


@pytest.mark.parametrize("sourcing", ["additive", "ces"])
@pytest.mark.parametrize("nests", [1, 2])
def test_the_base_share_holds_for_every_kind_of_sourcing(sourcing, nests):
    world = trading(4.0, inside=np.array([1.0, 0.0, 0.0]), freight=np.arange(9.0).reshape(1, 1, 3, 3) / 9.0)
    form = replace(world.form, sourcing=sourcing, nests=nests)
    economy = world.economy.but(outer_weights=np.ones((1, 1, nests, 3)))
    world = replace(world, form=form, economy=economy)
    landed = 1.5 + np.arange(3) * 3.0 / 9.0
    group = landed[1:] if nests == 2 else landed
    power = 4.0 if sourcing == "additive" else 3.0
    total = (group**-power).sum()
    mean = (group**-power @ group) / total if sourcing == "additive" else total ** (-1.0 / 3.0)
    extra = mean - landed[SUPPLIER]
    leaky = with_leakage(world, [channel(handling_usd_per_t=extra, base_share=0.05)])
    term = np.asarray(leaky.economy.weights)[0, 0, -1, ZONE] * mean**-power
    assert term / (term + total) == pytest.approx(0.05, rel=1e-9)


def test_what_it_costs_is_freight_handling_and_the_penalty_to_be_expected_whatever_the_tariff():
    tariff = np.zeros((1, 1, 3, 3))
    tariff[..., [SUPPLIER, REST], ZONE] = 0.25
    world = trading(20.0, tariff=tariff, freight=0.05)
    leaky = with_leakage(world, [channel(detection=0.2, penalty_usd_per_t=1.5)])
    found = solved(leaky.form, leaky.economy)
    own = float(found.price[0, 0, SUPPLIER])
    assert float(found.landed_price[0, 0, -1, ZONE]) == pytest.approx((own + 0.05) * 1.25 + 0.1 + 0.2 * 1.5)
    assert (np.asarray(found.levy)[0, 0, -1] == 0).all()


def test_transshipment_pays_two_freights_and_both_tariffs():
    freight, tariff = np.zeros((2, 1, 1, 3, 3))
    freight[..., SUPPLIER, REST], freight[..., REST, ZONE] = 0.03, 0.04
    tariff[..., SUPPLIER, REST], tariff[..., REST, ZONE] = 0.10, 0.20
    world = trading(20.0, tariff=tariff, freight=freight)
    leaky = with_leakage(world, [channel(way="transshipment", through="rest")])
    economy = leaky.economy
    assert float(economy.tariff[0, 0, -1, ZONE]) == pytest.approx(1.1 * 1.2 - 1.0)
    assert float(economy.freight[0, 0, -1, ZONE]) == pytest.approx(0.07 + FREE / 1.32)


def test_a_dearer_invoice_pays_the_tariff_on_the_floor():
    tariff = np.zeros((1, 1, 3, 3))
    tariff[..., SUPPLIER, ZONE] = 0.10
    leaky = with_leakage(trading(20.0, floor=3.0, tariff=tariff), [channel(way="over_invoicing")])
    start, paid = 1.5, float(leaky.economy.tariff[0, 0, -1, ZONE]) * 1.5
    assert paid == pytest.approx(0.10 * 3.0) and start < 3.0


def test_rising_cost_and_capacity_hold_a_channel_back_and_their_rents_are_told():
    slope, tonnes = 0.02, 3.0
    world = trading(50.0)
    rising = with_leakage(world, [channel(rising_cost_usd_per_t2=slope)])
    found = solved(rising.form, under(rising, 3.0))
    report = leaked(rising, [channel(rising_cost_usd_per_t2=slope)], found)
    volume = float(report.tonnes[0])
    assert bool(found.converged) and volume > 1.0
    assert float(found.rent[0, 0, -1, ZONE]) == pytest.approx(slope * volume, rel=1e-8)
    assert float(report.margins[0]) == pytest.approx(slope * volume**2, rel=1e-8)
    full = channel(tonnes=tonnes)
    narrow = with_leakage(world, [full])
    found = solved(narrow.form, under(narrow, 3.0))
    report = leaked(narrow, [full], found)
    assert bool(found.converged)
    assert float(report.tonnes[0]) == pytest.approx(tonnes, rel=1e-8)
    assert float(report.margins[0]) > 0.1 * tonnes
    assert float(report.handling[0]) == pytest.approx(FREE * tonnes)


def test_what_buyers_save_and_leakers_take_is_the_levy_the_treasury_does_not_see():
    tried = channel(detection=0.1, penalty_usd_per_t=2.0, tonnes=3.0)
    world = with_leakage(trading(50.0), [tried])
    found = solved(world.form, under(world, 1.8))
    report = leaked(world, [tried], found)
    parts = report.saved + report.handling + report.penalties + report.margins
    assert float(report.levy_avoided[0]) == pytest.approx(float(parts[0]), rel=1e-9)
    assert float(report.penalties[0]) == pytest.approx(0.1 * 2.0 * 3.0)


def test_random_search_finds_nothing_for_nothing_and_the_same_share_of_the_rest_for_each_unit():
    assert float(detection(0.0, 5.0)) == 0.0
    once, twice = float(detection(3.0, 5.0)), float(detection(6.0, 5.0))
    assert 1.0 - twice == pytest.approx((1.0 - once) ** 2)
    assert float(jax.grad(detection)(3.0, 5.0)) == pytest.approx(np.exp(-0.6) / 5.0)


def test_the_deterring_spend_makes_the_expected_penalty_equal_to_the_gain():
    spend = deterring_spend(0.4, 1.5, 7.0)
    assert float(detection(spend, 7.0)) * 1.5 == pytest.approx(0.4)
    assert float(deterring_spend(2.0, 1.5, 7.0)) == np.inf
    assert float(deterring_spend(-1.0, 1.5, 7.0)) == 0.0


def test_the_leak_shrinks_with_spending_as_its_derivative_says():
    world = with_leakage(trading(10.0, floor=2.5), [channel()])
    form = world.form

    @jax.jit
    def tonnes(spend):
        freight = jnp.asarray(world.economy.freight)
        freight = freight.at[0, 0, -1, ZONE].add(detection(spend, 1.0) * 1.0)
        return solve(form, world.economy.but(freight=freight)).flows[0, 0, -1, ZONE]

    slope, step = jax.jit(jax.grad(tonnes))(0.3), 1e-4
    assert float(slope) < 0
    assert float(slope) == pytest.approx(
        float(tonnes(0.3 + step) - tonnes(0.3 - step)) / (2 * step), rel=1e-6
    )


def test_all_that_is_wrong_with_channels_is_told_at_once():
    wrong = [
        channel(source="suplier", base_share=0.0),
        channel(way="transshipment"),
        channel(into=("rest",), tonnes=0.0, detection=1.5, goods=("meatl",)),
        channel(source="zone", penalty_usd_per_t=-1.0),
    ]
    with pytest.raises(MarketError) as refusal:
        with_leakage(trading(5.0), wrong)
    codes = [problem.code for problem in refusal.value.problems]
    assert codes.count("STN-MARKET-001") == 2
    assert codes.count("STN-MARKET-003") == 7
