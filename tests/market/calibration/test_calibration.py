"""Models of the shipped zone: the base year is their solution, tonnes add up, every number is traced."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stannary.errors import MarketError
from stannary.market.base_data import Findings, series
from stannary.market.calibration import assumptions, calibrate, minerals
from stannary.market.dynamics import AXES as MOVES
from stannary.market.economy import AXES
from stannary.market.equilibrium import Equilibrium, Start, describe, solve
from stannary.market.model import Model
from stannary.market.recipes import Facts, open_recipe
from stannary.zone import Zone, open_zone

FORGE = minerals(open_zone("forge").atlas)
BOTH = [(mineral, regions) for mineral in FORGE for regions in ("economies", "bloc")]
ASKED = {
    "rare_earths", "gallium", "germanium", "indium", "antimony", "tungsten", "graphite", "lithium", "cobalt",
    "nickel",
}  # fmt: skip

Get = Callable[..., Model]


DESCRIBED = jax.jit(describe, static_argnums=0)
KNOWN: dict[int, tuple[Model, Equilibrium]] = {}


def base_year(model: Model) -> Equilibrium:
    """Work out what the base year's prices imply, without solving; once for each model."""
    if id(model) not in KNOWN:
        economy = jax.tree.map(jnp.asarray, model.economy)
        prices = jnp.asarray(model.economy.start_price)
        KNOWN[id(model)] = model, DESCRIBED(model.form, economy, prices, jnp.zeros(0))
    return KNOWN[id(model)][1]


def test_the_minerals_asked_for_are_there() -> None:
    assert set(FORGE) >= ASKED


@pytest.mark.parametrize(("mineral", "regions"), BOTH)
def test_the_base_year_solves_the_market(mineral: str, regions: str, model_of: Get) -> None:
    found = base_year(model_of(mineral, regions))
    assert float(found.residual) <= 1e-10
    assert bool(jnp.all(jnp.isfinite(found.landed_price)))


@pytest.mark.parametrize("mineral", ["rare_earths", "gallium", "copper"])
def test_the_solver_returns_the_base_year(mineral: str, model_of: Get) -> None:
    model = model_of(mineral, "bloc")
    start = Start(market=1.02 * jnp.asarray(model.economy.start_price), wedge=jnp.zeros(0))
    found = jax.jit(solve, static_argnums=0)(model.form, model.economy, start)
    known = base_year(model)
    made = np.asarray(model.economy.active) > 0
    assert bool(found.converged)
    assert np.asarray(found.price)[made] == pytest.approx(model.economy.start_price[made], rel=1e-8)
    assert np.asarray(found.flows) == pytest.approx(np.asarray(known.flows), rel=1e-7, abs=1e-6)


@pytest.mark.parametrize("mineral", FORGE)
def test_the_worlds_output_is_its_use_at_every_layer(mineral: str, model_of: Get) -> None:
    model = model_of(mineral)
    found = base_year(model)
    made = np.asarray(found.output + model.economy.released).sum(-1)
    assert np.asarray(found.use).sum(-1) == pytest.approx(made, rel=1e-10, abs=1e-9)
    assert np.asarray(found.flows).sum((-1, -2)) == pytest.approx(made, rel=1e-10, abs=1e-9)


@pytest.mark.parametrize("mineral", FORGE)
def test_capacity_and_hosts_leave_room_for_the_base_year(mineral: str, model_of: Get) -> None:
    model = model_of(mineral)
    found, economy = base_year(model), model.economy
    assert np.all(np.asarray(found.throughput) <= economy.capacity * (1 + 1e-12) + 1e-12)
    assert np.all(np.asarray(found.byproduct) <= economy.byproduct_tonnes * (1 + 1e-12))
    made = np.asarray(found.throughput) > 1e-6
    assert np.all(np.asarray(found.margin)[made] > 0)
    assert np.all(economy.conversion_cost[made] > 0)


@pytest.mark.parametrize("mineral", [each for each in FORGE if each != "rare_earths"])
def test_a_bloc_is_the_sum_of_its_economies(mineral: str, model_of: Get) -> None:
    # (rare earths aside: what a bloc gets out of its ore depends on the mines it is fed from)
    fine, coarse = model_of(mineral), model_of(mineral, "bloc")
    inside = [name in fine.zone for name in fine.regions]
    for k in range(len(fine.layers)):
        by_economy = np.asarray(base_year(fine).output)[k, 0]
        by_bloc = np.asarray(base_year(coarse).output)[k, 0]
        scrap = fine.economy.released[k, 0][inside].sum() - coarse.economy.released[k, 0, 0]
        assert by_bloc[0] == pytest.approx(by_economy[inside].sum() + scrap, rel=1e-6)


@pytest.mark.parametrize("mineral", FORGE)
def test_every_region_stands_for_economies_and_each_for_one(mineral: str, model_of: Get) -> None:
    model = model_of(mineral)
    named = [economy for economies in model.members.values() for economy in economies]
    assert len(named) == len(set(named))
    assert set(model.members) == set(model.regions)
    assert all(model.members[region] for region in model.regions)
    assert len(model.regions) <= 12
    assert model.dominant == "CHN" and "CHN" not in model.zone


@pytest.mark.parametrize("mineral", FORGE)
def test_every_array_has_its_axes_and_numbers(mineral: str, model_of: Get) -> None:
    model = model_of(mineral)
    for name, letters in AXES.items():
        value = getattr(model.economy, name)
        assert value.shape == model.form.size(letters), name
        assert np.all(np.isfinite(value)), name
    assert model.dynamics is not None
    for name, letters in MOVES.items():
        assert getattr(model.dynamics, name).shape == model.form.size(letters), name


@pytest.mark.parametrize("mineral", FORGE)
def test_goods_are_products_of_the_atlas_and_of_the_charter_where_it_has_them(
    mineral: str, model_of: Get, forge: Zone
) -> None:
    products = {product.id for product in forge.atlas.products}
    floored = {product.id for product in forge.charter.scope.products}
    goods = {good for row in model_of(mineral).goods for good in row if good}
    assert goods <= products
    assert goods & floored, "a market without a good the charter covers has no use here"


@pytest.mark.parametrize("mineral", FORGE)
def test_every_number_is_traced(mineral: str, model_of: Get, forge: Zone) -> None:
    model = model_of(mineral)
    sources = {source.id for source in forge.atlas.sources}
    for note in model.notes:
        assert note.text.strip() and note.parameter and note.where
        assert note.kind in ("assumed", "adjusted") or note.source in sources
        assert note.source is None or note.source in sources
    for prior in model.priors:
        assert prior.assumed or prior.source in sources
        assert prior.text and prior.low <= prior.high
    traced = {note.parameter for note in model.notes} | {prior.parameter for prior in model.priors}
    assert traced >= {
        "output", "start_price", "final_demand", "freight", "sigma", "supply_elasticity", "demand_elasticity",
        "conversion_cost", "capacity", "weights", "capex", "lead_periods", "investment_hurdle",
    }  # fmt: skip


@pytest.mark.parametrize("mineral", FORGE)
def test_assumptions_hold_whatever_no_source_says(mineral: str, model_of: Get) -> None:
    model = model_of(mineral)
    listed = assumptions(model)
    assert {note for note in model.notes if note.kind != "data"} <= set(listed)
    assert {prior for prior in model.priors if prior.assumed} <= set(listed)
    assert not [each for each in listed if getattr(each, "kind", "assumed") == "data"]


def test_priors_hold_their_centre(model_of: Get) -> None:
    for mineral in FORGE:
        for prior in model_of(mineral).priors:
            assert prior.low <= prior.centre <= prior.high, (mineral, prior.parameter, prior.layer)


def test_a_quarter_is_a_fourth_of_a_year(model_of: Get) -> None:
    year, quarter = model_of("cobalt"), model_of("cobalt", "economies", True)
    assert quarter.periods_a_year == 4
    assert np.asarray(base_year(quarter).flows) * 4 == pytest.approx(
        np.asarray(base_year(year).flows), rel=1e-9
    )
    assert quarter.economy.start_price == pytest.approx(year.economy.start_price)
    assert year.dynamics is not None and quarter.dynamics is not None
    assert quarter.dynamics.lead_periods == pytest.approx(4 * year.dynamics.lead_periods)
    assert quarter.dynamics.capex == pytest.approx(year.dynamics.capex, rel=1e-6)


def test_a_mineral_without_a_recipe_is_refused_with_near_names(forge: Zone) -> None:
    with pytest.raises(MarketError) as refused:
        calibrate(forge.charter, forge.atlas, "tungstn")
    (problem,) = refused.value.problems
    assert problem.code == "STN-MARKET-001" and "tungsten" in problem.remedy


def test_an_element_leads_to_the_market_it_is_part_of(model_of: Get, forge: Zone) -> None:
    assert calibrate(forge.charter, forge.atlas, "dysprosium", regions="bloc").mineral == "rare_earths"


def test_members_of_the_zone_are_the_parties_of_the_day(model_of: Get, forge: Zone) -> None:
    model = model_of("cobalt")
    day = forge.charter.citation.in_force_from
    inside = {economy for region in model.zone for economy in model.members[region]}
    known = {economy.id for economy in forge.atlas.economies if economy.kind == "country"}
    assert inside == forge.charter.membership.members("parties", day) & known


@pytest.mark.parametrize("mineral", FORGE)
def test_every_adjustment_has_a_size(mineral: str, model_of: Get) -> None:
    notes = [note for note in model_of(mineral).notes if note.kind == "adjusted"]
    assert all(note.size is not None and np.isfinite(note.size) for note in notes)


def test_a_gap_between_world_and_parts_goes_to_the_rest(forge: Zone) -> None:
    found = Findings()
    facts = Facts(
        table="production",
        product="rare_earths.magnet_elements_mined",
        series="magnet rare earths mined, IEA",
    )
    recipe = open_recipe(forge.atlas, "rare_earths")
    tonnes = series(forge.atlas, recipe, facts, found, "mine")
    assert sum(tonnes.values()) == pytest.approx(75098.8)  # the publisher's world total
    assert tonnes["XOT"] == pytest.approx(75098.8 - 45787.4 - 6859.8 - 3234.6)
    assert [note.kind for note in found.notes] == ["data", "adjusted"]


def test_joint_goods_come_in_the_proportions_of_the_ore(model_of: Get) -> None:
    model = model_of("rare_earths")
    k, china, malaysia = model.layer("oxide"), model.region("CHN"), model.region("MYS")
    yields = model.economy.yields[k, 0]
    assert np.all(model.economy.priced_directly[k] == 1)
    assert yields[1, china] / yields[0, china] > yields[1, malaysia] / yields[0, malaysia]
    usa = model.region("USA")
    assert yields[1, usa] == 0 and model.economy.active[k, 1, usa] == 0


def test_a_byproduct_cannot_exceed_its_host(model_of: Get) -> None:
    model = model_of("gallium")
    k, china = model.layer("liquor"), model.region("CHN")
    limit = model.economy.byproduct_tonnes[k, 0, china]
    assert limit == pytest.approx(85_500_000 / 20_000)
    dear = model.economy.but(final_demand=1e3 * model.economy.final_demand)
    prices = 1e4 * jnp.asarray(model.economy.start_price)
    found = describe(model.form, jax.tree.map(jnp.asarray, dear), prices, jnp.zeros(0))
    assert float(found.output[k, 0, china]) == pytest.approx(limit)
