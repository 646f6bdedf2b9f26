"""A market is solved, its balances hold, and derivatives of the solution are those of differences."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stannary.market.batches import solve_many
from stannary.market.equilibrium import Equilibrium, solve

KINDS: dict[str, dict[str, Any]] = {
    "additive": {},
    "ordinary CES": {"sourcing": "ces"},
    "nested": {"nests": 2, "channels": 1},
    "stocks": {"bands": 2},
    "contracts": {"supports": True},
    "joint products": {"goods": 2, "layers": 2},
    "quotas": {"wedges": ("import", "export")},
    "quota on the levy": {"wedges": ("levy",)},
}
solved = partial(jax.jit, static_argnums=0)(solve)


@pytest.fixture(scope="module", params=sorted(KINDS))
def markets(request: pytest.FixtureRequest, worlds: Any) -> list[tuple[Any, Any, Equilibrium]]:
    """Solve four random economies of each kind."""
    kind = worlds.form(**KINDS[request.param])
    drawn = [worlds.draw(kind, seed)[0] for seed in range(4)]
    return [(kind, economy, solved(kind, economy)) for economy in drawn]


def test_every_market_is_solved(markets: Any) -> None:
    assert all(bool(found.converged) and float(found.residual) <= 1e-9 for _, _, found in markets)


def test_what_leaves_producers_is_what_they_make_and_what_stocks_release(markets: Any) -> None:
    for kind, economy, found in markets:
        sold = np.zeros(kind.size("KER"))
        for origin, region in enumerate(kind.origins):
            sold[..., region] += np.asarray(found.flows)[..., origin, :].sum(-1)
        leaving = sold + np.asarray(found.bought).sum(-1) + np.asarray(economy.offtake)
        leaving = leaving + np.asarray(found.disposed)
        np.testing.assert_allclose(leaving, found.output + economy.released, rtol=1e-8)


def test_additive_sourcing_ships_what_is_used(markets: Any) -> None:
    for kind, _, found in markets:
        if kind.sourcing == "additive":
            np.testing.assert_allclose(found.flows.sum(-2), found.use, rtol=1e-12)


def test_landed_prices_are_made_of_their_parts(markets: Any) -> None:
    for kind, economy, found in markets:
        price = found.price[..., jnp.array(kind.origins)][..., None]
        parts = price * (1 + economy.export_tax) + economy.freight
        parts = parts + found.tariff_duty + found.levy + found.rent
        np.testing.assert_allclose(parts, found.landed_price, rtol=1e-10)


def test_no_stock_buys_above_its_band_nor_lets_the_price_fall_below_while_it_can_buy(markets: Any) -> None:
    for kind, economy, found in markets:
        for band in range(kind.bands):
            level, room = economy.band_price[..., band], economy.band_tonnes[..., band]
            bought, price = found.bought[..., band], found.price
            assert bool(jnp.all((bought <= 1e-9) | (price <= level * (1 + 1e-9))))
            assert bool(jnp.all((bought >= room - 1e-9) | (price >= level * (1 - 1e-9))))


def test_derivatives_are_those_of_differences(markets: Any) -> None:
    kind, economy, _ = markets[0]
    step = 1e-6

    @partial(jax.jit, static_argnums=0)
    def value(form: Any, economy: Any, moved: Any) -> Any:
        found = solve(
            form,
            economy.but(final_demand=economy.final_demand * moved[0], freight=economy.freight + moved[1]),
        )
        return jnp.sum(jnp.log(found.price)) + jnp.sum(found.flows)

    at = jnp.array([1.0, 0.01])
    slope = jax.jit(jax.grad(value, argnums=2), static_argnums=0)(kind, economy, at)
    along = jax.jvp(lambda moved: value(kind, economy, moved), (at,), (jnp.array([1.0, 2.0]),))[1]
    for place in range(2):
        shift = jnp.zeros(2).at[place].set(step)
        difference = (value(kind, economy, at + shift) - value(kind, economy, at - shift)) / (2 * step)
        assert float(slope[place]) == pytest.approx(float(difference), rel=2e-5, abs=1e-6)
    assert float(along) == pytest.approx(float(slope @ jnp.array([1.0, 2.0])), rel=1e-9)


def test_a_quota_of_nearly_nothing_is_kept(worlds: Any) -> None:
    kind = worlds.form(wedges=("import",))
    economy, _ = worlds.draw(kind, 3)
    economy = economy.but(wedge_slope=jnp.zeros(1), wedge_rent_max=jnp.full(1, 1e30))
    for tonnes in (1e30, 1e-1, 1e-3, 1e-6):
        found = solved(kind, economy.but(wedge_tonnes=jnp.full(1, tonnes)))
        assert bool(found.converged)
        assert float(found.flows[0, 0, 1, 0]) <= tonnes * (1 + 1e-8)
        assert float(found.wedge_rent[0]) >= 0


def test_beyond_its_quota_a_flow_pays_the_highest_rent_and_within_it_none(worlds: Any) -> None:
    kind = worlds.form(wedges=("import",))
    economy = worlds.draw(kind, 3)[0].but(wedge_slope=jnp.zeros(1))
    free = float(solved(kind, economy.but(wedge_tonnes=jnp.full(1, 1e30))).flows[0, 0, 1, 0])
    for share, rent, expected in ((2.0, 0.5, "within"), (0.9, 1e30, "at"), (0.05, 0.01, "beyond")):
        limits = {"wedge_tonnes": jnp.full(1, share * free), "wedge_rent_max": jnp.full(1, rent)}
        found = solved(kind, economy.but(**limits))
        flow, paid = float(found.flows[0, 0, 1, 0]), float(found.wedge_rent[0])
        assert bool(found.converged)
        if expected == "within":
            assert (flow, paid) == (pytest.approx(free, rel=1e-7), pytest.approx(0.0, abs=1e-9))
        elif expected == "at":
            assert flow == pytest.approx(share * free, rel=1e-7) and paid > 0
        else:
            assert flow > share * free and paid == pytest.approx(rent, rel=1e-9)


def test_a_batch_gives_what_each_market_gives_alone_whatever_the_chunk_and_the_workers(worlds: Any) -> None:
    kind = worlds.form()
    economy, _ = worlds.draw(kind, 0)
    random = np.random.default_rng(5)
    drawn = {
        "final_demand": np.asarray(economy.final_demand) * random.uniform(0.5, 2.0, (7, *kind.size("KER")))
    }
    alone = [
        solved(kind, economy.but(final_demand=jnp.asarray(each))).price for each in drawn["final_demand"]
    ]
    for chunk, workers in ((4, 1), (16, 1), (4, 2)):
        together = solve_many(kind, economy, drawn, chunk=chunk, workers=workers)
        np.testing.assert_allclose(together.price, np.stack(alone), rtol=1e-9)
        assert bool(np.all(together.converged))


def test_a_field_that_no_economy_has_is_refused(worlds: Any) -> None:
    kind = worlds.form()
    with pytest.raises(KeyError, match="demand_growth"):
        solve_many(kind, worlds.draw(kind, 0)[0], {"demand_growth": np.ones(3)})
