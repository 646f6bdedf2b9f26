"""What a market carries from one period to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market.dynamics import Dynamics
from stannary.market.economy import Economy, Form
from stannary.market.investment import on_the_way
from stannary.market.residual import fixed, trade

__all__ = ["State", "opening"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class State:
    """Where a market stands between two periods. Axes ``layer good region`` unless said.

    `price` and `paid` are the last period's, `price_before` and `paid_before` the one's before it;
    `expected` and `expected_paid` what they were expected to be. `market` and `wedge` start the next
    solve. `pipeline` has a slot axis first; `intensity` is final use per unit of activity, `thrift` what
    users have learned to do without on top of it, `hosts` what carries by-products, all 1 at first;
    `growth` is the foreseen one, `activity` the worth at reference prices of what all users would take
    (0: not seen yet); `fund` and `treasury` (cash since the start) are by region; `levy`, `support` and
    `purchases` (USD) and `output` (tonnes) are the last period's; `clocks` one a reaction. `sound` is
    false from a period that was not solved on; `failed_period` is that period (-1: none),
    `failed_residual` its residual.
    """

    price: Array
    price_before: Array
    paid: Array
    paid_before: Array
    expected: Array
    expected_paid: Array
    market: Array
    wedge: Array
    capacity: Array
    mothballed: Array
    pipeline: Array
    intensity: Array
    thrift: Array
    hosts: Array
    growth: Array
    activity: Array
    made: Array
    private: Array
    stock: Array
    fund: Array
    treasury: Array
    levy: Array
    support: Array
    purchases: Array
    output: Array
    clocks: Array
    sound: Array
    failed_period: Array
    failed_residual: Array


def opening(form: Form, economy: Economy, dynamics: Dynamics, slots: int, reactions: int) -> State:
    """Begin with the prices and capacity of an economy, and with what was ordered in time on the way.

    Stocks are what the dynamics say; what users paid follows from the start prices.
    """
    price = jnp.asarray(economy.start_price)
    paid = trade(replace(form, bands=0), economy, fixed(economy), price, {})[2].price
    nothing, whole = jnp.zeros(form.size("KER")), jnp.ones(form.size("KER"))
    capacity = jnp.asarray(economy.capacity)
    return State(
        price=price,
        price_before=price,
        paid=paid,
        paid_before=paid,
        expected=price,
        expected_paid=paid,
        market=price,
        wedge=jnp.zeros(form.size("W")),
        capacity=capacity,
        mothballed=nothing,
        pipeline=on_the_way(dynamics, capacity, slots),
        intensity=whole,
        thrift=whole,
        hosts=whole,
        growth=jnp.asarray(dynamics.foreseen_growth),
        activity=jnp.asarray(0.0),
        made=jnp.asarray(dynamics.experience),
        private=jnp.asarray(dynamics.storage_opening),
        stock=jnp.asarray(dynamics.stock_opening),
        fund=jnp.asarray(dynamics.stock_cash),
        treasury=jnp.zeros(form.size("R")),
        levy=nothing,
        support=nothing,
        purchases=nothing,
        output=nothing,
        clocks=jnp.zeros(reactions, dtype=jnp.int32),
        sound=jnp.asarray(True),
        failed_period=jnp.asarray(-1),
        failed_residual=jnp.asarray(0.0),
    )
