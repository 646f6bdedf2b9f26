"""What a provoked supplier does over time: price wars while rivals build, bans that end, quotas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from stannary.errors import MarketError
from stannary.market.dominance import seller
from stannary.market.path import path
from stannary.market.retaliation import export_quota, predation, temporary_ban

from .worlds import REST, SUPPLIER, THREE, ZONE, model


@dataclass(frozen=True)
class Periods:
    """A course of some periods with reactions and nothing else."""

    periods: int
    reactions: tuple[Any, ...] = ()
    overrides: dict[str, Any] = field(default_factory=dict)
    start_year: int = 2025


def building(**moves: Any):
    """Give a supplier of 90 in 130 tonnes, and rivals in the zone and the rest who build if it pays."""
    made = np.array([20.0, 90.0, 20.0])
    cost = np.array([60.0, 30.0, 60.0])
    used = np.array([60.0, 30.0, 40.0])
    price = 80.0
    weights = np.broadcast_to((made / made.sum())[:, None], (3, 3)).copy()
    given = {
        "sigma": 6.0,
        "weights": weights,
        "conversion_cost": cost,
        "supply_scale": made / (price - cost) ** 0.5,
        "supply_elasticity": 0.5,
        "capacity": 1.2 * made,
        "final_demand": used,
        "demand_elasticity": 0.5,
        "reference_price": price,
        "start_price": price,
    }
    told = {
        "capex": np.array([150.0, 0.0, 150.0]),
        "lead_periods": 3.0,
        "investment_spread": 0.1,
        "expectation_weight": 1.0,
        "cancel_threshold": 0.2,
        "cancel_hazard": 0.8,
        **moves,
    }
    return model(THREE, given, **told)


def watched(*places: int) -> np.ndarray:
    """Mark regions to be watched."""
    out = np.zeros((1, 1, 3))
    out[..., list(places)] = 1.0
    return out


def test_the_price_is_low_while_rivals_build_and_a_monopolys_otherwise():
    world, threshold = building(), 3.0
    who = seller(world, "supplier", "metal")
    ready, war = predation(world, who, mark_up=0.5, low=-0.2, threshold=threshold, rivals=["zone"])
    told = path(ready, Periods(12, (war,)), keep="flows")
    assert int(told.failed_period) == -1
    pipeline = np.asarray(told.record.pipeline)[:, 0, 0, ZONE]
    fought = np.concatenate([[False], pipeline[:-1] > threshold])
    assert fought.any() and not fought.all()
    taxes = np.asarray(told.economies.export_tax)[:, 0, 0]
    np.testing.assert_allclose(taxes[:, SUPPLIER, ZONE], np.where(fought, -0.2, 0.5))
    assert (taxes[:, SUPPLIER, SUPPLIER] == 0).all() and (taxes[:, [ZONE, REST]] == 0).all()
    # the war is what keeps rivals small: in peace at the monopoly's price they grow
    peace = path(ready, Periods(12), keep="flows")
    after, without = np.asarray(told.record.capacity), np.asarray(peace.record.capacity)
    assert after[-1, 0, 0, ZONE] < 0.9 * without[-1, 0, 0, ZONE]
    assert np.asarray(told.record.cancelled)[:, 0, 0, ZONE].sum() > 1.0


def test_a_ban_on_what_the_provoked_sells_begins_when_asked_and_ends():
    world = building()
    who = seller(world, "supplier", "metal", to=["zone"])
    floor = np.zeros((8, 1, 1, 3))
    floor[2:, ..., ZONE] = 100.0
    ban = temporary_ban(
        world, who, trigger="floor", watched=watched(ZONE), threshold=50.0, lasts=3, delay=1, let_through=0.1
    )
    told = path(world, Periods(8, (ban,), {"floor": floor}), keep="flows")
    assert int(told.failed_period) == -1
    sold = np.asarray(told.equilibria.flows)[:, 0, 0, SUPPLIER, ZONE]
    assert np.asarray(told.record.responding)[:, 0].tolist() == [0, 0, 0, 1, 1, 1, 0, 0]
    assert sold[3:6].max() < 0.5 * min(sold[:3].min(), sold[6:].min())
    elsewhere = np.asarray(told.equilibria.flows)[:, 0, 0, SUPPLIER, REST]
    assert elsewhere[3:6].min() > 0.9 * elsewhere[2]


def test_a_ban_that_would_leave_buyers_without_anyone_is_refused_by_name():
    world = building()
    alone = np.zeros((1, 1, 3, 3))
    alone[0, 0, SUPPLIER] = 1.0
    alone = world.but(weights=alone)
    who = seller(alone, "supplier", "metal")
    with pytest.raises(MarketError, match="metal to zone"):
        temporary_ban(alone, who, trigger="floor", watched=watched(ZONE), threshold=1.0, lasts=2)


def test_a_provoked_quota_holds_sales_down_and_its_rent_is_in_the_export_price():
    world = building()
    who = seller(world, "supplier", "metal", to=["zone", "rest"])
    ready, quota = export_quota(
        world, who, tonnes=30.0, trigger="floor", watched=watched(ZONE), threshold=50.0, lasts=2
    )
    floor = np.zeros((5, 1, 1, 3))
    floor[1:, ..., ZONE] = 60.0
    told = path(ready, Periods(5, (quota,), {"floor": floor}), keep="flows")
    assert int(told.failed_period) == -1
    sold = (np.asarray(told.equilibria.flows) * np.asarray(who.arcs)).sum((1, 2, 3, 4))
    np.testing.assert_allclose(sold[1:3], 30.0, rtol=1e-8)
    assert sold[0] > 40.0 and sold[4] > 40.0
    rent = np.asarray(told.equilibria.wedge_rent)[:, 0]
    assert (rent[1:3] > 1.0).all() and abs(rent[0]) < 1e-9
