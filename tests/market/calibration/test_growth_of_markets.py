"""The shipped markets over sixteen years of business as usual: no price runs away, no host gives too much."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from stannary.market.calibration import minerals
from stannary.market.model import Model
from stannary.market.path import Path, path
from stannary.market.scenario_reader import open_scenario
from stannary.market.schedule import schedule
from stannary.zone import Zone, open_zone

FORGE = minerals(open_zone("forge").atlas)
Get = Callable[..., Model]
Live = Callable[[str], tuple[Model, Path]]


@pytest.fixture(scope="module")
def lived(model_of: Get, forge: Zone) -> Live:
    @cache
    def through(mineral: str) -> tuple[Model, Path]:
        told = open_scenario("business_as_usual", forge.charter, forge.atlas)
        model = model_of(mineral, "bloc")
        ready, plan = schedule(told, model, forge.charter, forge.atlas, until=2040)
        return ready, path(ready, plan)

    return through


def paid(found: Path) -> np.ndarray:
    """Give the average price by period, layer and good, as a multiple of the first year's."""
    record = found.record
    use = np.asarray(record.use)
    spent = np.sum(np.where(use > 0, np.asarray(record.average_price) * use, 0.0), axis=-1)
    tonnes = use.sum(-1)
    price: Any = spent / np.where(tonnes > 0, tonnes, 1.0)
    return np.asarray(price / np.where(price[:1] > 0, price[:1], 1.0))


@pytest.mark.parametrize("mineral", FORGE)
def test_no_price_runs_away_in_business_as_usual(mineral: str, lived: Live) -> None:
    _, found = lived(mineral)
    assert int(found.failed_period) == -1
    told = paid(found)
    assert told.max() < 10.0 and told[told > 0].min() > 0.2


@pytest.mark.parametrize("mineral", ["cobalt", "copper", "rare_earths"])
def test_capacity_follows_use(mineral: str, lived: Live) -> None:
    model, found = lived(mineral)
    use, capacity = (np.asarray(each).sum((-1, -2)) for each in (found.record.use, found.record.capacity))
    for k in range(len(model.layers)):
        assert 0.9 < (capacity[-1, k] / capacity[0, k]) / (use[-1, k] / use[0, k]) < 2.0, model.layers[k]


def test_demand_that_grows_as_foreseen_moves_no_price_along_a_whole_chain(lived: Live) -> None:
    _, found = lived("aluminum")
    told = paid(found)
    np.testing.assert_allclose(told[told > 0], 1.0, rtol=1e-6)


@pytest.mark.parametrize("mineral", ["cobalt", "copper", "rare_earths"])
def test_nothing_is_given_up_or_closed_at_the_prices_of_the_base_year(mineral: str, lived: Live) -> None:
    _, found = lived(mineral)
    assert np.asarray(found.record.cancelled[0]).max() == 0.0
    assert np.asarray(found.record.mothballed[0]).max() == 0.0


def test_gallium_is_never_recovered_beyond_what_alumina_holds(lived: Live) -> None:
    model, found = lived("gallium")
    k, c = model.layer("liquor"), model.region("CHN")
    assert model.dynamics is not None
    grown = (1.0 + model.dynamics.host_growth[k, 0]) ** np.arange(17)[:, None]
    held = model.economy.byproduct_tonnes[k, 0] * grown
    made, recovered = (np.asarray(found.record.output)[:, place, 0] for place in (k, model.layer("primary")))
    assert (made <= held * (1 + 1e-9)).all()
    np.testing.assert_allclose(recovered, made, rtol=1e-6)
    assert recovered[-1, c] > 3.0 * recovered[0, c]
