"""How a market moves from one period to the next: what its people expect, build, close, and keep in store.

Axes are those of `economy`: K layer, E good, R region. A period is a year, or a part of one
(`Model.periods_a_year`); shares and hazards are a period's, discount rates and lives are in years. Every
field can be given another value in any period by a schedule, and is drawn by a `Prior` that names it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import jax
import numpy as np
from jax import Array

from stannary.market.economy import NO_LIMIT, Form

__all__ = ["ASSUMED", "AXES", "DEFAULTS", "Dynamics", "dynamics"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Dynamics:
    """The numbers by which a market moves. Every field is a 64-bit array with the axes `AXES` gives it.

    Expectations. Each period the price expected moves by ``expectation_weight (p - expected) +
    trend_weight (p - p one period before)`` (weight 1 and trend 0: naive). Who builds believes an
    announced floor with `credibility` pi: ``E = pi max(floor, expected) + (1 - pi) expected``, the floor
    being the larger of `Economy.floor` and `announced_floor`. `given_price`, where it is a number, is
    believed instead: futures, or perfect foresight.

    Investment. Orders a period are ``max(capacity, project_base) investment_rate logistic((NPV / capex -
    investment_hurdle) / investment_spread)``; `capex` is USD per t/y of throughput, spread evenly over
    the lead time; 0 means that nobody builds there. `lead_periods` run from the order to the first period
    of output (at least 1, fractions are split). `projects` tonnes a period arrive whatever the price;
    `losses` is a share of capacity that is destroyed. Where ``expected margin / value added`` is under
    `cancel_threshold`, up to `cancel_hazard` of the pipeline is given up; under `mothball_threshold`, up
    to `mothball_rate` of the working capacity is put on care and maintenance; over it, by the yearly cost
    of `restart_cost` (USD per t/y), up to `restart_rate` of what stands idle comes back.
    `margin_softness` is the width of these switches. `retirement` is worn out a period, `maintenance` the
    share of it that is replaced in place. A supply curve holds at `reference_capacity` (0: the economy's
    own) and grows and shrinks with the capacity at work. Who builds sees what others build: the hurdle is
    higher by `crowding` for each share of the world's capacity on the way beyond what `foreseen_growth`
    takes up within the lead time, and orders at rest fit that growth, which moves by `growth_weight` towards
    the growth of use last seen. At the start as much is on the way as that growth, a period, and wear
    need: nothing begins from an empty pipeline. The hosts of by-products grow by `host_growth` a period.

    Storage. Private holders ask ``storage_cost`` USD/t and `storage_interest` a period and hold at most
    `storage_tonnes`. The public stock buys at `stock_floor` up to `stock_tonnes_max`, sells at
    `stock_ceiling`, and pays from the fund of its region: `stock_cash` at the start, `stock_grant` a
    period. Its stock costs `stock_storage_cost` USD/t and `stock_interest` on its value, a period.
    `offtake` leaves at `offtake_price`; `offtake_stocked` is the share of it that goes into the public
    stock.

    Use. Final use per unit of activity closes `demand_adjustment` of its gap (in logs) a period; 1 is at
    once. Where prices stay away from the reference, users learn to do with less or take more: the response
    goes on from the economy's elasticity to `demand_elasticity_long_run`, where that is larger, by
    `thrift_rate` of what is left of it a period.

    Supply. Where `plans_ahead` is 1, output is decided before the price is known (cobweb). Conversion
    cost falls by the share `learning` with each doubling of `experience`, the tonnes made until the
    start.
    """

    expectation_weight: Array
    trend_weight: Array
    credibility: Array
    announced_floor: Array
    given_price: Array
    discount_rate: Array
    capex: Array
    life_years: Array
    investment_rate: Array
    investment_hurdle: Array
    investment_spread: Array
    project_base: Array
    crowding: Array
    foreseen_growth: Array
    growth_weight: Array
    host_growth: Array
    lead_periods: Array
    projects: Array
    losses: Array
    cancel_threshold: Array
    cancel_hazard: Array
    mothball_threshold: Array
    mothball_rate: Array
    restart_rate: Array
    restart_cost: Array
    margin_softness: Array
    retirement: Array
    maintenance: Array
    reference_capacity: Array
    storage_cost: Array
    storage_interest: Array
    storage_tonnes: Array
    storage_opening: Array
    stock_floor: Array
    stock_ceiling: Array
    stock_tonnes_max: Array
    stock_opening: Array
    stock_storage_cost: Array
    stock_interest: Array
    stock_cash: Array
    stock_grant: Array
    offtake_price: Array
    offtake_stocked: Array
    demand_adjustment: Array
    demand_elasticity_long_run: Array
    thrift_rate: Array
    plans_ahead: Array
    learning: Array
    experience: Array

    def but(self, **changes: Any) -> Dynamics:
        """Give the same dynamics with some fields changed."""
        return replace(self, **changes)


AXES: dict[str, str] = {
    each.name: "R" if each.name in ("stock_cash", "stock_grant") else "KER" for each in fields(Dynamics)
}
"""The axes of every field, one letter each: a region's fund is one for all its goods."""

DEFAULTS: dict[str, float] = {
    "expectation_weight": 0.5,
    "credibility": 0.5,
    "given_price": float("nan"),
    "discount_rate": 0.10,
    "life_years": 20.0,
    "investment_rate": 0.25,
    "investment_spread": 0.25,
    "lead_periods": 4.0,
    "cancel_threshold": 0.05,
    "cancel_hazard": 0.30,
    "mothball_threshold": 0.05,
    "mothball_rate": 0.25,
    "restart_rate": 0.50,
    "margin_softness": 0.05,
    "retirement": 0.04,
    "maintenance": 1.0,
    "stock_ceiling": NO_LIMIT,
    "demand_adjustment": 1.0,
    "thrift_rate": 0.1,
}
"""What a field holds where nothing is said, for periods of a year; 0 for all others."""

ASSUMED: dict[str, str] = {
    "expectation_weight": "half of a surprise is taken as lasting; show outlooks under another rule too",
    "credibility": "an even chance that an announced floor outlasts the first bad year",
    "discount_rate": "10% a year, in constant prices, the rate of the lead-time case",
    "life_years": "twenty years of output, the life of the lead-time case",
    "investment_rate": "the most a year: mines of lithium grew by a quarter a year from 2022 to 2025",
    "investment_spread": "projects differ: orders go from 1/4 to 3/4 of the most over 0.55 of NPV / capex",
    "lead_periods": "a plant takes 3 to 5 years; a mine 7 to 15, to be given for the mine layer",
    "cancel_threshold": "projects are stopped when a twentieth of the value added is left over",
    "cancel_hazard": "at most three tenths of what is being built is given up in a year",
    "mothball_threshold": "a twentieth of the value added covers what a works costs while it runs, no more",
    "mothball_rate": "at most a quarter of a region's works close in a year",
    "restart_rate": "half of what stands idle can be back within a year",
    "margin_softness": "works differ: the switches are spread over a twentieth of the value added",
    "retirement": "capacity lasts 25 years without upkeep",
    "maintenance": "worn capacity is replaced in place; growth and decline are orders and closures",
    "demand_adjustment": "users answer within the period; the elasticity given is that of the period",
    "thrift_rate": "a tenth a year: designs and equipment last about ten years",
}
"""Why each default that is not neutral is what it is: all are assumptions until a source replaces them."""


def dynamics(form: Form, **given: Any) -> Dynamics:
    """Make dynamics: given values are broadcast to their axes, the rest is `DEFAULTS`.

    Raises `KeyError` for a field that no dynamics has and `ValueError` for a shape that does not broadcast.
    """
    for name in given:
        if name not in AXES:
            raise KeyError(name)
    arrays: dict[str, np.ndarray] = {}
    for name, letters in AXES.items():
        value = np.asarray(given.get(name, DEFAULTS.get(name, 0.0)), dtype=np.float64)
        arrays[name] = np.array(np.broadcast_to(value, form.size(letters)))
    return Dynamics(**arrays)  # type: ignore[arg-type]
