"""Outlooks with made-up numbers, whole enough to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from stannary.lineage import Lineage
from stannary.market.economy import Form, economy
from stannary.market.model import Model, Note
from stannary.market.outlook import Caution, Failure, Happening, Outlook, Story, make_outlook
from stannary.market.variables import KEPT, MEASURES

REGIONS = ("inside", "CHN", "rest")
PERIODS = ("2026", "2027", "2028")
FORM = Form(layers=2, goods=2, regions=3, origins=(0, 1, 2))
MODEL = Model(
    name="Gallium, 2024",
    mineral="gallium",
    regions=REGIONS,
    layers=("refined", "component"),
    goods=(("gallium.metal", ""), ("gallium.wafer", "gallium.chip")),
    zone=("inside",),
    dominant="CHN",
    base_year=2024,
    price_year=2024,
    form=FORM,
    economy=economy(FORM),
)
STORY = Story(
    mineral="gallium",
    model=MODEL.name,
    scenario="export_ban",
    title="An export ban",
    about="The dominant supplier stops exports.",
    zone=("inside",),
    dominant="CHN",
    members={"inside": ("USA",), "CHN": ("CHN",), "rest": ("XOT",)},
    base_year=2024,
    price_year=2024,
    periods_a_year=1,
    seed=7,
    lineage=Lineage("c" * 64, "a" * 64, "i" * 64, "0.1.0"),
    scenario_fingerprint="s" * 64,
    model_fingerprint="m" * 64,
    assumptions=(
        Note(kind="assumed", parameter="sigma", where="metal", text="no estimate exists"),
        Note(kind="adjusted", parameter="flows", where="metal", text="balanced", size=0.1),
    ),
    happenings=(Happening("2027", "export ban by CHN of gallium, from 2027-01-01"),),
    cautions=(
        Caution(
            "hollow", "Floors upstream hollow out gallium.wafer.", "gallium.wafer", "inside", "2027", 0.5
        ),
    ),
)
SIZES = {"K": 2, "E": 2, "R": 3, "O": 3}


def numbers(draws: int, seed: int) -> dict[str, np.ndarray]:
    """Give made-up numbers for all that is kept, ``draw period …``."""
    dice = np.random.default_rng(seed)
    shapes = {name: [SIZES[letter] for letter in MEASURES[name].axes] for name in KEPT}
    return {name: dice.uniform(1e3, 9e3, (draws, len(PERIODS), *shape)) for name, shape in shapes.items()}


def outlook(
    draws: int = 5,
    seed: int = 0,
    arrays: Mapping[str, Any] | None = None,
    failures: tuple[Failure, ...] = (),
    **changes: Any,
) -> Outlook:
    """Give a made-up outlook; `arrays` replace numbers, `changes` the story."""
    story = replace(STORY, failures=failures, **changes)
    return make_outlook(MODEL, numbers(draws, seed) | dict(arrays or {}), PERIODS, story)
