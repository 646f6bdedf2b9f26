from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stannary.market.path import path
from stannary.market.reactions import Reaction

from .worlds import REST, SUPPLIER, ZONE, Periods, chain

T = 9
ZONE_METAL = np.zeros((2, 1, 3))
ZONE_METAL[1, 0, ZONE] = 1.0
TAX = np.zeros((2, 1, 3, 3))
TAX[1, 0, SUPPLIER, ZONE] = 1.5


def reaction(**changes: Any) -> Reaction:
    plain = {"trigger": "floor", "changes": "export_tax", "watched": ZONE_METAL, "addend": TAX, "duration": 2}
    return Reaction(**{**plain, **changes})


def responding(*, floors: list[int], **changes: Any) -> tuple[list[int], Any]:
    """Give the periods in which the supplier responds to floors that are in force in some periods."""
    world = chain(2)
    force = np.array([period in floors for period in range(T)], dtype=float)[:, None, None, None]
    plan = Periods(T, {"floor": force * np.asarray(world.economy.floor)}, (reaction(**changes),))
    told = path(world, plan).record
    return [int(period) for period in np.flatnonzero(np.asarray(told.responding)[:, 0])], told


def test_a_floor_is_answered_after_the_delay_for_the_duration_and_once():
    when, told = responding(floors=[2, 3, 4, 5, 6, 7, 8], delay=1, duration=2)
    assert when == [3, 4]
    bought = np.asarray(told.sources)[:, 1, 0, SUPPLIER]
    assert bought[3] < 0.2 * bought[2] and bought[5] > 2.0 * bought[4]
    assert np.asarray(told.sources)[3, 1, 0, REST] > np.asarray(told.sources)[2, 1, 0, REST]


def test_an_answer_comes_again_after_its_pause():
    assert responding(floors=list(range(T)), duration=1, pause=2)[0] == [0, 3, 6]


def test_an_answer_that_holds_lasts_as_long_as_what_it_answers():
    assert responding(floors=[1, 2, 3, 4], duration=1, holds=True)[0] == [1, 2, 3, 4]


def test_without_the_trigger_nothing_happens():
    assert responding(floors=[])[0] == []


@pytest.mark.parametrize(
    ("trigger", "threshold"), [("levy", 1.0), ("price", 1.0), ("tariff", 0.0), ("output_share", 0.99)]
)
def test_other_triggers_see_what_the_zone_did(trigger, threshold):
    """Levies and output are seen one period later, prices and tariffs at once."""
    when, _ = responding(floors=list(range(T)), trigger=trigger, threshold=threshold, duration=1)
    assert when == [1 if trigger in ("levy", "output_share") else 0]


def test_a_threshold_that_is_not_passed_provokes_nobody():
    assert responding(floors=list(range(T)), trigger="levy", threshold=1e12)[0] == []
