"""A market on paper for any mineral: a few regions, the charter's own products, numbers that balance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter
from stannary.charter.scope import STAGES
from stannary.market.economy import Form, economy
from stannary.market.model import Model
from stannary.market.scenario import Scenario
from stannary.market.scenario_reader import open_scenario
from stannary.market.schedule import Schedule, schedule
from stannary.zone import Zone, open_zone

REGIONS = ("USA", "JPN", "CHN", "COD", "rest")
USA, JPN, CHN, COD, REST = range(5)
HEAD = "id: {id}\ntitle: A test\nstory: A test.\nminerals: [{minerals}]\n"


@pytest.fixture(scope="session")
def forge() -> Zone:
    return open_zone("forge")


@pytest.fixture(scope="session")
def toy() -> Zone:
    return open_zone("toy")


def paper_model(charter: Charter, atlas: Atlas, mineral: str, base_year: int = 2024) -> Model:
    """Make a chain of a mineral's products, one good a layer, each region making 100 t of each."""
    products = [each for each in charter.scope.products if each.mineral == mineral and each.kind != "scrap"]
    by_stage = {each.stage: each.id for each in products}
    chain = [by_stage[stage] for stage in STAGES if stage in by_stage]
    if not chain:
        chain = [next(each.id for each in atlas.products if each.mineral == mineral)]
    layers, regions = len(chain), len(REGIONS)
    form = Form(layers, 1, regions, tuple(range(regions)))
    price = 1000.0 * np.arange(1, layers + 1)[:, None, None] * np.ones((1, 1, regions))
    inputs = np.zeros((layers, 1, 1, regions))
    inputs[1:] = 1.0
    numbers = economy(
        form,
        start_price=price,
        reference_price=price,
        inputs=inputs,
        supply_scale=100.0 / 1000.0,
        capacity=100.0,
        final_demand=np.where(np.arange(layers) == layers - 1, 100.0, 0.0)[:, None, None],
        demand_elasticity=0.3,
        freight=50.0 * (1.0 - np.eye(regions)),
    )
    members = {name: (name,) for name in REGIONS[:-1]}
    named = {*REGIONS, *(e for e in ("WLD", "XOT", "EUU"))}
    members["rest"] = tuple(each.id for each in atlas.economies if each.id not in named)
    return Model(
        name=mineral,
        mineral=mineral,
        regions=REGIONS,
        layers=tuple(next(p.stage for p in atlas.products if p.id == product) for product in chain),
        goods=tuple((product,) for product in chain),
        members=members,
        zone=("USA", "JPN"),
        dominant="CHN",
        base_year=base_year,
        form=form,
        economy=numbers,
    )


@pytest.fixture(scope="session")
def ndpr(forge: Zone) -> Model:
    """Oxide, then metal: two layers."""
    return paper_model(forge.charter, forge.atlas, "ndpr")


@pytest.fixture
def told(tmp_path: Path, forge: Zone) -> Callable[..., Scenario]:
    """Write events as a file and read them as a scenario of the forge zone."""

    def tell(events: str, minerals: str = "ndpr", head: str = "", name: str = "told") -> Scenario:
        text = HEAD.format(id=name, minerals=minerals) + head + "events:\n" + events
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return open_scenario(path, forge.charter, forge.atlas)

    return tell


def run(
    scenario: Scenario, model: Model, zone: Zone, *, until: int = 2030, quarterly: bool = False
) -> tuple[Model, Schedule]:
    return schedule(scenario, model, zone.charter, zone.atlas, until=until, quarterly=quarterly)


def year(plan: Schedule, name: str, when: int) -> np.ndarray:
    return np.asarray(plan.overrides[name])[when - plan.start_year]


BAN = "  - {kind: export_ban, from: 2027-07-02, to: 2027-12-31, by: [CHN], against: [USA], assumed: a test}\n"
