from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.market.calibration import calibrate
from stannary.market.equilibrium import solve
from stannary.market.model import Prior
from stannary.market.sampling import draws, quantile_of
from stannary.zone import open_zone


@pytest.fixture(scope="module")
def gallium():
    zone = open_zone("forge")
    return calibrate(zone.charter, zone.atlas, "gallium", regions="bloc")


@pytest.mark.parametrize("mineral", ["gallium", "cobalt"])
def test_every_draw_keeps_the_base_year_as_it_was(mineral):
    zone = open_zone("forge")
    model = calibrate(zone.charter, zone.atlas, mineral, regions="bloc")
    drawn = draws(model, 6, seed=3)
    fields = {name: values for name, values in drawn.items() if name in model.economy.__dataclass_fields__}
    solver = jax.jit(solve, static_argnums=0)
    usual = solver(model.form, model.economy)
    for place in range(6):
        economy = model.economy.but(**{name: values[place] for name, values in fields.items()})
        solved = solver(model.form, economy)
        assert bool(solved.converged)
        active = np.asarray(usual.output) > 1e-9
        assert np.allclose(solved.price[active], usual.price[active], rtol=1e-6)
        assert np.allclose(solved.flows, usual.flows, rtol=1e-5, atol=1e-6 * float(usual.flows.max()))


def test_the_same_seed_gives_the_same_draws_and_another_others(gallium):
    one, again, other = draws(gallium, 4, 1), draws(gallium, 4, 1), draws(gallium, 4, 2)
    assert set(one) == set(again)
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert any(not np.array_equal(one[name], other[name]) for name in one)


def test_a_model_without_priors_has_nothing_to_draw(gallium):
    assert draws(gallium.but(priors=()), 4, 1) == {}


def test_each_prior_has_a_value_in_every_part_of_its_law(gallium):
    prior = Prior(
        parameter="outer_sigma", law="triangular", centre=3.0, low=2.0, high=6.0, acts="value", text="x"
    )
    drawn = draws(gallium.but(priors=(prior,)), 20, 5)["outer_sigma"][:, 0, 0]
    edges = quantile_of(prior, np.linspace(0.0, 1.0, 21))
    assert (np.histogram(drawn, edges)[0] == 1).all()


def test_a_prior_of_one_place_leaves_the_others(gallium):
    prior = Prior(
        parameter="tariff", layer=gallium.layers[1], region="CHN", law="triangular", centre=0.2, low=0.1,
        high=0.3, acts="value", text="x",
    )  # fmt: skip
    drawn = draws(gallium.but(priors=(prior,)), 3, 5)["tariff"]
    own = np.asarray(gallium.economy.tariff)
    changed = (drawn != own).any(axis=(0, 2, 3))
    assert changed[1, gallium.region("CHN")]
    assert changed.sum() == 1


LAWS = st.sampled_from(["lognormal", "triangular", "normal"])


@settings(max_examples=40, deadline=None)
@given(LAWS, st.floats(0.1, 1.0), st.floats(1.01, 4.0), st.floats(1.01, 4.0))
def test_a_law_has_its_points_where_it_says(law, low, middle, high):
    centre = low * middle
    prior = Prior(
        parameter="sigma", law=law, centre=centre, low=low, high=centre * high, acts="value", text="x"
    )  # fmt: skip
    ends = np.array([0.0, 1.0]) if law == "triangular" else np.array([0.1, 0.9])
    assert quantile_of(prior, ends) == pytest.approx([low, centre * high], rel=1e-9)
    if law != "triangular":
        assert quantile_of(prior, np.array([0.5]))[0] == pytest.approx(centre)
    rising = quantile_of(prior, np.linspace(0.01, 0.99, 50))
    assert (np.diff(rising) >= 0).all()
