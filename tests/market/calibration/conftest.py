"""The shipped zone, opened once, and its models, calibrated once each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from stannary.market.calibration import calibrate
from stannary.market.grouping import Regions
from stannary.market.model import Model
from stannary.zone import Zone, open_zone


@pytest.fixture(scope="session")
def forge() -> Zone:
    return open_zone("forge")


@pytest.fixture(scope="session")
def model_of(forge: Zone) -> Callable[..., Model]:
    @cache
    def calibrated(mineral: str, regions: Regions = "economies", quarterly: bool = False) -> Model:
        return calibrate(forge.charter, forge.atlas, mineral, regions=regions, quarterly=quarterly)

    return calibrated
