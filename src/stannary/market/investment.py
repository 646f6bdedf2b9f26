"""What is built and what is closed: orders by net present value, a pipeline that takes years, idle works.

Capacity is tonnes of throughput a period; margins are USD/t, and with `periods_a_year` equal periods a year a
tonne a year of capacity earns its margin once a year whatever the period. Axes are ``layer good region``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market.dynamics import Dynamics
from stannary.market.economy import NO_LIMIT

__all__ = [
    "Built", "Worked", "break_even_margin", "build", "is_limited", "on_the_way", "profitability", "ramp",
    "refitted", "work",
]  # fmt: skip


class Built(NamedTuple):
    """What became of the pipeline in a period, tonnes of capacity; `pipeline` has a slot axis first.

    ``pipeline before + ordered = cancelled + arriving + pipeline``; `projects` are not in it.
    """

    pipeline: Array
    ordered: Array
    cancelled: Array
    arriving: Array


class Worked(NamedTuple):
    """What became of standing capacity, tonnes: at work and idle in the period, and how it changed.

    ``capacity before - retired + arriving + projects = capacity``; `retired` is what wore out or was lost.
    """

    working: Array
    idle: Array
    closed: Array
    restarted: Array
    retired: Array
    projects: Array
    capacity: Array
    mothballed: Array


def profitability(dynamics: Dynamics, margin: Array, periods_a_year: int) -> Array:
    """Give NPV / capex at a margin expected for life (USD per t/y and USD/t).

    Capex is spent evenly over the L years of lead time, the margin earned in the N years after it, at the
    ends of years: ``NPV / I = m a(N) v^L / I - a(L) / L`` with ``a(n) = (1 - v^n) / r``, ``v = 1 / (1 + r)``.
    """
    lead, spread = _capex_at_order(dynamics, periods_a_year)
    life = _annuity(dynamics.discount_rate, dynamics.life_years)
    later = jnp.exp(-lead * jnp.log1p(dynamics.discount_rate))
    return margin * life * later / jnp.where(dynamics.capex > 0, dynamics.capex, 1.0) - spread


def break_even_margin(dynamics: Dynamics, periods_a_year: int) -> Array:
    """Give the margin, USD/t, at which a project is just worth its capex: NPV of 0."""
    lead, spread = _capex_at_order(dynamics, periods_a_year)
    life = _annuity(dynamics.discount_rate, dynamics.life_years)
    return dynamics.capex * spread * jnp.exp(lead * jnp.log1p(dynamics.discount_rate)) / life


def _capex_at_order(dynamics: Dynamics, periods_a_year: int) -> tuple[Array, Array]:
    """Give the lead time in years and the present value of one unit of capex spread over it."""
    lead = jnp.maximum(dynamics.lead_periods, 1.0) / periods_a_year
    return lead, _annuity(dynamics.discount_rate, lead) / lead


def _annuity(rate: Array, years: Array) -> Array:
    """Give the present value of one a year; at a rate of 0, the years."""
    rate = jnp.maximum(rate, 1e-9)
    return -jnp.expm1(-years * jnp.log1p(rate)) / rate


def on_the_way(dynamics: Dynamics, capacity: Array, slots: int) -> Array:
    """Give the pipeline of an industry that ordered in time what wear and foreseen growth need.

    What arrives at the end of period i is ``capacity (growth + worn) (1 + growth)^i``; of it the part is on
    the way at the start that was ordered before. A slot axis comes first; empty where nobody builds.
    """
    growth = dynamics.foreseen_growth
    needed = jnp.maximum(growth + dynamics.retirement * (1.0 - dynamics.maintenance), 0.0)
    builders = (dynamics.capex > 0) & is_limited(capacity)
    first = jnp.where(builders, capacity * needed, 0.0)
    entry = _entry(dynamics.lead_periods, slots)
    ordered = entry[::-1].cumsum(0)[::-1] - entry
    years = jnp.arange(float(slots)).reshape((slots,) + (1,) * capacity.ndim)
    return first * (1.0 + growth) ** years * ordered


def build(
    dynamics: Dynamics, pipeline: Array, capacity: Array, margin: Array, added: Array, periods_a_year: int
) -> Built:
    """Give up what no longer pays, order what does, and let one period pass in the pipeline.

    `margin` and `added` (the value added: margin and conversion cost) are expected, per tonne of
    throughput. Slot i of the pipeline arrives after i + 1 periods. An order of lead time L enters slot
    L - 1; a fraction is split between the slots beside it.
    """
    hazard = dynamics.cancel_hazard * ramp(dynamics, dynamics.cancel_threshold - _share(margin, added))
    cancelled = hazard * pipeline
    hurdle = dynamics.investment_hurdle + dynamics.crowding * _crowd(dynamics, pipeline, capacity)
    excess = profitability(dynamics, margin, periods_a_year) - hurdle
    eager = jax.nn.sigmoid(excess / jnp.maximum(dynamics.investment_spread, 1e-9))
    builders = (dynamics.capex > 0) & is_limited(capacity)
    size = jnp.maximum(jnp.where(builders, capacity, 0.0), dynamics.project_base)
    ordered = jnp.where(builders, size * dynamics.investment_rate * eager, 0.0)
    entering = _entry(dynamics.lead_periods, pipeline.shape[0]) * ordered
    moved = pipeline - cancelled + entering
    rest = jnp.concatenate([moved[1:], jnp.zeros_like(moved[:1])])
    return Built(rest, ordered, cancelled.sum(0), moved[0])


def refitted(dynamics: Dynamics, growth: Array) -> Dynamics:
    """Give the dynamics under another foreseen growth: the hurdle moves so that orders at rest fit it.

    At rest ``capacity (growth + worn) (1 + growth)^(lead - 1)`` is ordered, at most 0.9 of the most. What a
    better or worse price does to orders stays as it was.
    """
    before, now = _at_rest(dynamics, dynamics.foreseen_growth), _at_rest(dynamics, growth)
    shift = jnp.log(1.0 / now - 1.0) - jnp.log(1.0 / before - 1.0)
    hurdle = dynamics.investment_hurdle + dynamics.investment_spread * shift
    return replace(dynamics, investment_hurdle=hurdle, foreseen_growth=growth)


def _at_rest(dynamics: Dynamics, growth: Array) -> Array:
    """Give orders at rest as a share of the most that can be ordered, between 0.01 and 0.9."""
    lead = jnp.maximum(dynamics.lead_periods, 1.0)
    worn = dynamics.retirement * (1.0 - dynamics.maintenance)
    needed = jnp.maximum(growth + worn, 0.0) * (1.0 + growth) ** (lead - 1.0)
    return jnp.clip(needed / jnp.maximum(dynamics.investment_rate, 1e-9), 0.01, 0.9)


def _crowd(dynamics: Dynamics, pipeline: Array, capacity: Array) -> Array:
    """Give the share of the world's capacity that is on the way beyond what foreseen growth will take up."""
    standing = jnp.where((dynamics.capex > 0) & is_limited(capacity), capacity, 0.0)
    due = on_the_way(dynamics, standing, pipeline.shape[0]).sum(0)
    world = jnp.sum(standing, axis=-1, keepdims=True)
    beyond = jnp.sum(pipeline.sum(0) - due, axis=-1, keepdims=True)
    return jnp.where(world > 0, beyond / jnp.where(world > 0, world, 1.0), 0.0)


def _entry(lead: Array, slots: int) -> Array:
    """Give the share of an order that enters each slot: a hat of width one round its lead time."""
    places = jnp.arange(1.0, slots + 1.0).reshape((slots,) + (1,) * lead.ndim)
    return jnp.maximum(1.0 - jnp.abs(places - jnp.clip(lead, 1.0, slots)), 0.0)


def work(
    dynamics: Dynamics, capacity: Array, mothballed: Array, margin: Array, added: Array, arriving: Array
) -> Worked:
    """Lose, close and reopen works at the start of a period; wear them out and add to them at its end.

    What is closed stands idle on care and maintenance. Capacity without limit stays as it is.
    """
    limited = is_limited(capacity)
    left = jnp.where(limited, 1.0 - dynamics.losses, 1.0)
    standing, idle = capacity * left, mothballed * left
    share = _share(margin, added)
    life = _annuity(dynamics.discount_rate, dynamics.life_years)
    reopening = dynamics.restart_cost / life / jnp.maximum(added, 1e-9)
    shut = dynamics.mothball_rate * ramp(dynamics, dynamics.mothball_threshold - share)
    closed = jnp.where(limited, standing - idle, 0.0) * shut
    reopen = ramp(dynamics, share - dynamics.mothball_threshold - reopening)
    restarted = idle * dynamics.restart_rate * reopen
    idle = idle + closed - restarted
    worn = jnp.where(limited, dynamics.retirement * (1.0 - dynamics.maintenance), 0.0)
    projects = jnp.where(limited, dynamics.projects, 0.0)
    return Worked(
        working=standing - idle,
        idle=idle,
        closed=closed,
        restarted=restarted,
        retired=capacity - standing * (1.0 - worn),
        projects=projects,
        capacity=standing * (1.0 - worn) + arriving + projects,
        mothballed=idle * (1.0 - worn),
    )


def is_limited(capacity: Array) -> Array:
    """Say where capacity is a number of tonnes at all."""
    return capacity < 0.1 * NO_LIMIT


def ramp(dynamics: Dynamics, distance: Array) -> Array:
    """Go smoothly from exactly 0 to exactly 1 within `margin_softness` round a distance of 0."""
    place = jnp.clip(distance / jnp.maximum(dynamics.margin_softness, 1e-9) + 0.5, 0.0, 1.0)
    return place * place * (3.0 - 2.0 * place)


def _share(margin: Array, added: Array) -> Array:
    return margin / jnp.maximum(added, 1e-9)
