"""A small outlook with made-up numbers, and what it takes to make more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stannary.lineage import Lineage
from stannary.market.economy import Form, economy
from stannary.market.model import Model, Note
from stannary.market.outlook import Caution, Failure, Happening, Outlook, Story, make_outlook
from stannary.market.variables import MEASURES

REGIONS = ("zone", "CHN", "rest")
PERIODS = ("2026", "2027", "2028", "2029")


def story(**changes: Any) -> Story:
    """Give a story about nothing in particular."""
    plain = Story(
        mineral="gallium",
        model="gallium, three blocs",
        scenario="export_ban",
        title="An export ban",
        about="The dominant supplier stops exports for two years.",
        zone=("zone",),
        dominant="CHN",
        members={"zone": ("USA", "JPN"), "CHN": ("CHN",), "rest": ("XOT",)},
        base_year=2024,
        price_year=2024,
        periods_a_year=1,
        seed=7,
        lineage=Lineage("c" * 64, "a" * 64, "i" * 64, "0.1.0"),
        scenario_fingerprint="s" * 64,
        model_fingerprint="m" * 64,
        assumptions=(Note(kind="assumed", parameter="sigma", where="all", text="no estimate exists"),),
        happenings=(Happening("2027", "CHN bans exports of gallium.metal"),),
        cautions=(Caution("hollow", "A stage is left hollow.", "gallium.wafer", "zone", "2028", 0.5),),
    )
    return replace(plain, **changes)


@pytest.fixture(scope="session")
def model() -> Model:
    """Give a model of two layers, two goods at most, three regions and one channel."""
    form = Form(layers=2, goods=2, regions=3, origins=(0, 1, 2, 1))
    return Model(
        name="gallium, three blocs",
        mineral="gallium",
        regions=REGIONS,
        layers=("refined", "component"),
        goods=(("gallium.metal", ""), ("gallium.wafer", "gallium.chip")),
        channels=("by way of rest",),
        zone=("zone",),
        dominant="CHN",
        base_year=2024,
        form=form,
        economy=economy(form),
    )


SOME = (
    "price", "average_price", "outlay", "users", "producers", "treasury", "losses", "flows", "use", "output",
    "protection",
)  # fmt: skip
SIZES = {"K": 2, "E": 2, "R": 3, "O": 4}


def numbers(draws: int, seed: int = 0, names: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    """Give made-up numbers for some measures, ``draw period …``."""
    dice = np.random.default_rng(seed)
    shapes = {name: [SIZES[letter] for letter in MEASURES[name].axes] for name in names or SOME}
    return {name: dice.uniform(1.0, 9.0, (draws, len(PERIODS), *shape)) for name, shape in shapes.items()}


Make = Callable[..., Outlook]


@pytest.fixture(scope="session")
def make(model: Model) -> Make:
    """Make an outlook of made-up numbers."""

    def made(draws: int = 5, seed: int = 0, failures: tuple[Failure, ...] = (), **changes: Any) -> Outlook:
        told = story(failures=failures, **changes)
        return make_outlook(model, numbers(draws, seed), PERIODS, told)

    return made
