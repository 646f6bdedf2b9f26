"""One period of a path, step by step: react, expect, decide, trade, book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market.bands import Ordered, order
from stannary.market.dynamics import AXES as MOVES
from stannary.market.dynamics import Dynamics
from stannary.market.economy import AXES, Economy
from stannary.market.equilibrium import Equilibrium, Start, solve
from stannary.market.expectations import believe, believe_cost, foresee, revise
from stannary.market.investment import Built, Worked, build, is_limited, refitted, work
from stannary.market.layout import Layout
from stannary.market.private_storage import holders_band
from stannary.market.public_stock import Traded, settle, stock_bands
from stannary.market.reactions import Reaction, Seen, react
from stannary.market.record import Budget, Record, budget, by_source
from stannary.market.state import State
from stannary.market.supply import make, unit_cost

__all__ = ["Outset", "live_through"]

Kept = tuple[Record, Equilibrium | None, Economy | None]


class Outset(NamedTuple):
    """What a path sets out from, after any draw: it is the same in all periods."""

    economy: Economy
    dynamics: Dynamics
    reactions: tuple[Reaction, ...]


class Decided(NamedTuple):
    """What was decided before the market of a period opened, and the prices it was decided on."""

    expected: Array
    expected_paid: Array
    believed: Array
    planned: Array
    built: Built
    worked: Worked


def live_through(
    layout: Layout, outset: Outset, state: State, now: Mapping[str, Array]
) -> tuple[State, Kept]:
    """Take a market through one period: `now` holds what the schedule says of it, by field."""
    economy = replace(outset.economy, **{name: value for name, value in now.items() if name in AXES})
    dynamics = replace(outset.dynamics, **{name: value for name, value in now.items() if name in MOVES})
    economy, responding, clocks = react(outset.reactions, economy, _seen(economy, state), state.clocks)
    active = jnp.sum(economy.final_demand * economy.reference_price)
    economy = _learned(economy, dynamics, state)
    economy = replace(economy, byproduct_tonnes=economy.byproduct_tonnes * state.hosts)
    economy = _at_work(economy, outset.economy, dynamics, state.capacity)
    decided = _decide(layout, economy, dynamics, state)
    economy = _opened(economy, outset.economy, dynamics, state, decided)
    economy, ordered = _with_stocks(layout, economy, dynamics, state, decided.believed)
    solved = solve(layout.solved, economy, Start(market=state.market, wedge=state.wedge))
    after, record = _book(layout, economy, dynamics, state, decided, solved, ordered, now["zone"], active)
    after, record = replace(after, clocks=clocks), replace(record, responding=responding)
    flows = layout.keep == "flows"
    kept = (record, solved if flows else None, economy if flows else None)
    return _only_sound(state, after, kept, now["period"])


def _seen(economy: Economy, state: State) -> Seen:
    return Seen(
        floor=economy.floor,
        tariff=economy.tariff.max(axis=-2),
        price=state.price,
        levy=state.levy,
        support=state.support,
        purchases=state.purchases,
        pipeline=state.pipeline.sum(0),
        output=state.output,
    )


def _learned(economy: Economy, dynamics: Dynamics, state: State) -> Economy:
    """Lower the cost of conversion with what was made so far: Wright's law."""
    known = dynamics.experience > 0
    doublings = jnp.log2(jnp.where(known, state.made / jnp.where(known, dynamics.experience, 1.0), 1.0))
    cost = economy.conversion_cost * jnp.exp(doublings * jnp.log1p(-dynamics.learning))
    return replace(economy, conversion_cost=cost)


def _at_work(economy: Economy, first: Economy, dynamics: Dynamics, capacity: Array) -> Economy:
    """Let a supply curve grow with the capacity behind it, and leave out what the schedule takes away.

    A capacity in the schedule is to the economy's own as what may run is to what is installed; where
    nothing was installed at first it comes on top.
    """
    own = first.capacity
    limited = is_limited(own)
    reference = jnp.where(dynamics.reference_capacity > 0, dynamics.reference_capacity, own)
    grown = limited & (reference > 0)
    ratio = jnp.where(grown, capacity / jnp.where(grown, reference, 1.0), 1.0)
    share = economy.capacity / jnp.where(own > 0, own, 1.0)
    allowed = jnp.where(own > 0, capacity * share, capacity + economy.capacity)
    return replace(
        economy,
        supply_intercept=economy.supply_intercept * ratio,
        supply_slope=economy.supply_slope * ratio,
        supply_scale=economy.supply_scale * ratio,
        capacity=jnp.where(limited, allowed, economy.capacity),
    )


def _decide(layout: Layout, economy: Economy, dynamics: Dynamics, state: State) -> Decided:
    """Form expectations and act on them: cancel, order, close, reopen, and plan output."""
    expected = revise(dynamics, state.expected, state.price, state.price_before)
    expected_paid = revise(dynamics, state.expected_paid, state.paid, state.paid_before)
    believed = believe(dynamics, expected, economy.floor)
    paid = believe_cost(dynamics, expected_paid, economy.floor, expected, believed)
    made = make(layout.form, economy, believed, unit_cost(economy, paid))
    margin = made.margin
    if layout.form.supports:
        covered = jnp.minimum(economy.supported_tonnes / jnp.maximum(economy.capacity, 1e-9), 1.0)
        margin = margin + covered * jnp.einsum("...jer,...er->...jr", economy.yields, made.support)
    added = margin + economy.conversion_cost
    nothing = jnp.zeros_like(expected)
    built = Built(state.pipeline, nothing, nothing, nothing)
    if layout.builds:
        refit = refitted(dynamics, state.growth)
        built = build(refit, state.pipeline, state.capacity, margin, added, layout.periods_a_year)
    worked = work(dynamics, state.capacity, state.mothballed, margin, added, built.arriving)
    return Decided(expected, expected_paid, believed, made.throughput, built, worked)


def _opened(economy: Economy, first: Economy, dynamics: Dynamics, state: State, decided: Decided) -> Economy:
    """Set what can run in this period, what was planned, and how far users can answer the price."""
    limited = is_limited(first.capacity)
    stands = limited & (state.capacity > 0)
    running = jnp.where(stands, decided.worked.working / jnp.where(stands, state.capacity, 1.0), 1.0)
    free = running * (1.0 - dynamics.plans_ahead)
    speed = dynamics.demand_adjustment
    return replace(
        economy,
        supply_intercept=economy.supply_intercept * free + decided.planned * running * dynamics.plans_ahead,
        supply_slope=economy.supply_slope * free,
        supply_scale=economy.supply_scale * free,
        capacity=jnp.where(limited, economy.capacity * running, economy.capacity),
        final_demand=economy.final_demand * state.thrift * state.intensity ** (1.0 - speed),
        demand_elasticity=economy.demand_elasticity * speed,
        income_elasticity=economy.income_elasticity * speed,
    )


def _with_stocks(
    layout: Layout, economy: Economy, dynamics: Dynamics, state: State, believed: Array
) -> tuple[Economy, Ordered]:
    """Let stocks offer what they hold, and bid for what they would hold."""
    prices = [economy.band_price[..., place] for place in range(layout.form.bands)]
    tonnes = [economy.band_tonnes[..., place] for place in range(layout.form.bands)]
    released = economy.released
    if layout.stocks:
        floor, room, ceiling, held = stock_bands(dynamics, state.stock, state.fund)
        prices, tonnes = [*prices, floor, ceiling], [*tonnes, room, held]
        released = released + held
    if layout.stores:
        price, limit, offered = holders_band(dynamics, believed, state.private)
        prices, tonnes = [*prices, price], [*tonnes, limit]
        released = released + offered
    if not prices:
        empty = economy.band_price
        return economy, Ordered(empty, empty, empty)
    ordered = order(jnp.stack(prices, axis=-1), jnp.stack(tonnes, axis=-1))
    changed = replace(economy, band_price=ordered.price, band_tonnes=ordered.tonnes, released=released)
    return changed, ordered


def _book(
    layout: Layout,
    economy: Economy,
    dynamics: Dynamics,
    state: State,
    decided: Decided,
    solved: Equilibrium,
    ordered: Ordered,
    zone: Array,
    active: Array,
) -> tuple[State, Record]:
    """Book what the period brought: stocks, money, capacity, what users and makers learned."""
    private, stock = state.private, state.stock
    bought = ordered.by_band(solved.bought) if layout.solved.bands else solved.bought
    if layout.stores:
        private = bought[..., -1]
    if layout.stocks:
        stock = bought[..., : layout.form.bands + 2].sum(-1)
    taken = settle(dynamics, state.stock, stock, economy.offtake, solved.price, state.fund)
    paid = budget(layout.form, economy, solved)
    spent = taken.purchases - taken.sales + taken.holding_cost + taken.offtake_cost
    treasury = state.treasury + paid.levies + paid.tariffs - paid.support - spent.sum((0, 1))
    after = replace(
        state,
        price=solved.price,
        price_before=state.price,
        paid=solved.average_price,
        paid_before=state.paid,
        expected=decided.expected,
        expected_paid=decided.expected_paid,
        market=solved.market,
        wedge=solved.wedge,
        capacity=decided.worked.capacity,
        mothballed=decided.worked.mothballed,
        pipeline=decided.built.pipeline,
        intensity=_intensity(economy, dynamics, state, solved.average_price),
        thrift=_thrift(economy, dynamics, state, solved.average_price),
        growth=foresee(dynamics, state.growth, state.activity, active),
        activity=active,
        hosts=state.hosts * (1.0 + dynamics.host_growth),
        made=state.made + solved.output,
        private=private,
        stock=taken.held,
        fund=taken.fund,
        treasury=treasury,
        levy=jnp.sum(solved.levy * solved.flows, axis=-2),
        support=solved.support * solved.supported_output,
        purchases=taken.purchases,
        output=solved.output,
    )
    return after, _recorded(layout, state, after, decided, solved, taken, paid, zone)


def _recorded(
    layout: Layout,
    state: State,
    after: State,
    decided: Decided,
    solved: Equilibrium,
    taken: Traded,
    paid: Budget,
    zone: Array,
) -> Record:
    """Write down what is kept of a period."""
    built, worked = decided.built, decided.worked
    return Record(
        price=solved.price,
        average_price=solved.average_price,
        expected_price=decided.believed,
        output=solved.output,
        use=solved.use,
        final_use=solved.final_use,
        capacity=state.capacity,
        working=worked.working,
        mothballed=worked.idle,
        pipeline=built.pipeline.sum(0),
        ordered=built.ordered,
        cancelled=built.cancelled,
        arriving=built.arriving,
        projects=worked.projects,
        retired=worked.retired,
        restarted=worked.restarted,
        sources=by_source(layout.form, solved.flows, zone),
        levies=paid.levies,
        tariffs=paid.tariffs,
        support=paid.support,
        export_taxes=paid.export_taxes,
        stock=after.stock,
        stock_purchases=taken.purchases,
        stock_sales=taken.sales,
        holding_cost=taken.holding_cost,
        offtake_cost=taken.offtake_cost,
        storage=after.private,
        fund=after.fund,
        treasury=after.treasury,
        responding=state.clocks,
        converged=solved.converged,
        residual=solved.residual,
        iterations=solved.iterations,
    )


def _intensity(economy: Economy, dynamics: Dynamics, state: State, paid: Array) -> Array:
    """Give final use per unit of activity, 1 at the reference price: a share of its gap closes a period.

    ``ln i = (1 - speed) ln i before - speed elasticity ln(P / reference price)``; the elasticity of the
    economy that was solved has the speed in it.
    """
    before = state.intensity ** (1.0 - dynamics.demand_adjustment)
    return before * (paid / economy.reference_price) ** -economy.demand_elasticity


def _thrift(economy: Economy, dynamics: Dynamics, state: State, paid: Array) -> Array:
    """Give what users learned to do without by the next period, 1 at the reference price.

    ``ln t = (1 - rate) ln t before - rate (long-run elasticity - elasticity) ln(P / reference price)``. The
    elasticity of the economy that was solved has the speed of its own adjustment in it.
    """
    speed = dynamics.demand_adjustment
    own = economy.demand_elasticity / jnp.where(speed > 0, speed, 1.0)
    further = jnp.maximum(dynamics.demand_elasticity_long_run - own, 0.0)
    learns = (further > 0) & (economy.final_demand > 0)
    dear = jnp.where(learns, paid / economy.reference_price, 1.0)
    rate = dynamics.thrift_rate
    return state.thrift ** (1.0 - rate) * dear ** -(rate * further)


def _only_sound(state: State, after: State, kept: Kept, period: Array) -> tuple[State, Kept]:
    """Stop at a period that was not solved: the state stays as it was, and nothing of the period is told."""
    record, solved, economy = kept
    sound = state.sound & record.converged
    failing = state.sound & ~record.converged

    def told(value: Array) -> Array:
        return jnp.where(sound, value, jnp.nan) if jnp.issubdtype(value.dtype, jnp.floating) else value

    residual = record.residual
    hidden, solved = jax.tree.map(told, (record, solved))
    after = jax.tree.map(lambda new, old: jnp.where(sound, new, old), after, state)
    after = replace(
        after,
        sound=sound,
        failed_period=jnp.where(failing, period, state.failed_period),
        failed_residual=jnp.where(failing, residual, state.failed_residual),
    )
    return after, (replace(hidden, converged=sound), solved, economy)
