from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.market.accounts import UNITS, Accounts, accounts
from stannary.market.comparison import PARTIES
from stannary.market.economy import Form, economy
from stannary.market.variables import MEASURES

from .economies import ACCOUNT, DESCRIBE, FORM, SOLVE, SOURCES, K, R, some_economy

SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=8, deadline=None)


def size(values: object) -> float:
    """Give the largest absolute number of some."""
    return float(np.abs(np.asarray(values)).max())


@FEW
@given(SEEDS)
def test_tonnes_are_made_sold_stored_or_taken_and_nothing_else(seed):
    solved = SOLVE(FORM, some_economy(seed))
    assert bool(solved.converged)
    found = ACCOUNT(FORM, some_economy(seed), solved)
    assert size(found.mass_gap) <= 1e-8 * size(found.output)
    bought = found.home + found.imports
    balance = found.output + found.imports - (bought + found.exports + found.stocked + found.offtake)
    assert size(balance - found.mass_gap) <= 1e-12 * size(found.output)
    assert size(found.composite) <= 1e-12 * size(found.use)
    assert size(found.final_use + found.further_use - found.use) <= 1e-12 * size(found.use)
    world = found.output.sum() - found.use.sum() - found.stocked.sum() - found.offtake.sum()
    assert abs(float(world)) <= 1e-8 * float(found.output.sum())


@FEW
@given(SEEDS)
def test_what_buyers_lay_out_somebody_receives(seed):
    numbers = some_economy(seed)
    found = ACCOUNT(FORM, numbers, SOLVE(FORM, numbers))
    assert size(found.money_gap) <= 1e-12 * size(found.outlay)
    received = (
        found.sales.sum() + found.export_taxes.sum() + found.export_rents.sum() + found.freight.sum()
        + found.tariffs.sum() + found.levies.sum() + found.quota_rents.sum() + found.leak_margins.sum()
    )  # fmt: skip
    assert float(received) == pytest.approx(float(found.outlay.sum()), rel=1e-12)


@FEW
@given(SEEDS)
def test_losses_are_inputs_that_did_not_become_output(seed):
    numbers = some_economy(seed)
    solved = SOLVE(FORM, numbers)
    found = ACCOUNT(FORM, numbers, solved)
    made = found.output[1:] - solved.byproduct[1:]
    assert size(found.further_use[:-1].sum(1) - made.sum(1) - found.losses[1:]) <= 1e-12 * size(found.output)
    assert float(found.losses.min()) >= -1e-12
    assert size(found.losses[0]) == 0


def quota_economy(kind: str, seed: int, limit: float, most: float) -> tuple[Form, object]:
    """Give a form and economy with one quota on what the second region sells to the first."""
    form = replace(FORM, wedges=(kind,))
    arcs = np.zeros((1, K, 1, SOURCES, R))
    arcs[0, 2, 0, 1, 0] = 1.0
    plain = some_economy(seed)
    given = {
        name: getattr(plain, name) for name in plain.__dataclass_fields__ if not name.startswith("wedge")
    }
    return form, economy(form, **given, wedge_arcs=arcs, wedge_tonnes=limit, wedge_rent_max=most)


@pytest.mark.parametrize("kind", ["export", "import", "levy"])
@FEW
@given(seed=SEEDS, position=st.floats(0.1, 3.0), limit=st.floats(0.05, 5.0))
def test_money_closes_at_any_point_of_a_quota(kind, seed, position, limit):
    form, numbers = quota_economy(kind, seed, limit, 2.0)
    solved = DESCRIBE(form, numbers, numbers.start_price, jnp.array([position]))
    found = ACCOUNT(form, numbers, solved)
    assert size(found.money_gap) <= 1e-12 * size(found.outlay)


def test_the_rent_of_a_quota_is_its_owners():
    form, numbers = quota_economy("export", 1, 0.1, 1e30)
    solved = DESCRIBE(form, numbers, numbers.start_price, jnp.array([1.2]))
    rent = float(solved.wedge_rent[0] * solved.flows[2, 0, 1, 0])
    assert rent > 0
    seller = ACCOUNT(form, numbers, solved)
    assert float(seller.export_rents[2, 0, 1]) == pytest.approx(rent)
    assert float(seller.quota_rents.sum()) == 0
    buyer = accounts(form, numbers, solved, held_abroad=jnp.array([0.0]))
    assert float(buyer.quota_rents[2, 0, 0]) == pytest.approx(rent)
    assert float(buyer.export_rents.sum()) == 0


def test_beyond_a_tariff_quota_the_treasury_is_paid_for_what_is_over():
    form, numbers = quota_economy("import", 1, 0.05, 0.5)
    solved = DESCRIBE(form, numbers, numbers.start_price, jnp.array([50.0]))
    volume = float(solved.flows[2, 0, 1, 0])
    assert volume > 0.05
    found, plain = (
        accounts(form, numbers, solved),
        float((solved.tariff_duty * solved.flows)[2, 0, :, 0].sum()),
    )
    assert float(found.quota_rents[2, 0, 0]) == pytest.approx(0.5 * 0.05)
    assert float(found.tariffs[2, 0, 0]) == pytest.approx(plain + 0.5 * (volume - 0.05))


def test_a_levy_that_a_licence_saves_is_the_licence_holders():
    form, numbers = quota_economy("levy", 1, 0.05, 1e30)
    solved = DESCRIBE(form, numbers, numbers.start_price, jnp.array([1e3]))
    arc = (2, 0, 1, 0)
    assert float(solved.levy[arc]) > 0
    found = ACCOUNT(form, numbers, solved)
    whole = float((solved.levy * solved.flows)[2, 0, :, 0].sum())
    assert float(found.quota_rents[2, 0, 0]) == pytest.approx(0.05 * float(solved.levy[arc]))
    assert float(found.levies[2, 0, 0] + found.quota_rents[2, 0, 0]) == pytest.approx(whole)


def test_a_channel_keeps_what_users_pay_it_over_price_tariff_and_levy():
    numbers = some_economy(3)
    solved = SOLVE(FORM, numbers)
    found = ACCOUNT(FORM, numbers, solved)
    leaked = solved.flows[:, :, 3]
    kept = solved.landed_price[:, :, 3] - solved.price[:, :, 1, None]
    kept = kept - solved.tariff_duty[:, :, 3] - solved.levy[:, :, 3]
    assert float(leaked.sum()) > 0
    assert np.allclose(found.leak_margins, kept * leaked)
    assert np.allclose(found.leaked, leaked)


def test_raising_the_invoice_to_the_floor_moves_the_levy_to_the_seller():
    """An invoice levy asks the seller for nothing below the floor: the landed price stays, the rent moves."""
    floor = np.array([8.0, 20.0, 40.0])[:, None, None]
    honest = some_economy(5, tariff=0.0, export_tax=0.0, floor=floor)
    solved = SOLVE(FORM, honest)
    gap = solved.levy[:, :, 1, 0] / solved.price[:, :, 1]
    assert float(gap.max()) > 0
    clever = honest.but(export_tax=jnp.zeros_like(honest.export_tax).at[:, :, 1, 0].set(gap))
    answer = SOLVE(FORM, clever)
    assert np.allclose(answer.landed_price, solved.landed_price, rtol=1e-7)
    before, after = ACCOUNT(FORM, honest, solved), ACCOUNT(FORM, clever, answer)
    moved = before.floor_levies[:, :, 0].sum() - after.floor_levies[:, :, 0].sum()
    assert float(moved) > 0
    assert float(after.floor_markups[:, :, 0].sum()) == pytest.approx(float(moved), rel=1e-6)
    assert float(before.floor_markups.sum()) == 0


def test_a_public_stock_is_paid_by_the_treasury_and_a_private_one_is_not():
    numbers = some_economy(2)
    solved = SOLVE(FORM, numbers)
    public = ACCOUNT(FORM, numbers, solved)
    nothing = jnp.zeros_like(solved.price)
    private = accounts(FORM, numbers, solved, public=(nothing, nothing, nothing))
    assert float(jnp.abs(public.stock_purchases - public.stock_sales).sum()) > 0
    assert np.allclose(private.private_stocks, public.stock_purchases - public.stock_sales)
    assert np.allclose(private.stocks, public.stocks)
    difference = private.treasury - public.treasury
    assert np.allclose(difference, public.stock_purchases - public.stock_sales)


@FEW
@given(SEEDS)
def test_users_pay_more_than_their_cheapest_source_asks(seed):
    numbers = some_economy(seed)
    found = ACCOUNT(FORM, numbers, SOLVE(FORM, numbers))
    assert float(found.above_cheapest.min()) >= -1e-9 * size(found.outlay)


def test_an_offtake_at_an_agreed_price_is_a_gain_to_its_producer():
    numbers = some_economy(2)
    solved = SOLVE(FORM, numbers)
    plain = ACCOUNT(FORM, numbers, solved)
    dear = accounts(FORM, numbers, solved, offtake_price=solved.price + 1.0)
    assert np.allclose(dear.producers - plain.producers, numbers.offtake)
    assert np.allclose(dear.treasury - plain.treasury, -numbers.offtake)


def test_every_account_has_a_unit_and_words():
    names = set(Accounts.__dataclass_fields__) | {"treasury", "stocks"}
    assert set(UNITS) == names
    assert {name: UNITS[name] for name in names} == {name: MEASURES[name].unit for name in names}
    assert {name for _, of in PARTIES.values() for name in of} <= names
