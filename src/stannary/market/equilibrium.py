"""Solve one period of a market: the prices at which what is made is what is used, and all they imply."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market import blocks
from stannary.market.economy import Economy, Form
from stannary.market.homogeneous import clear
from stannary.market.newton import TOLERANCE, find, matrix
from stannary.market.residual import Terms, evaluate, fixed

__all__ = ["Equilibrium", "Start", "describe", "solve"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Start:
    """Where to begin: market prices ``layer good region`` and wedge positions ``wedge``."""

    market: Array
    wedge: Array


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Equilibrium:
    """A solved market. Tonnes are contained tonnes a period, prices USD/t; axes as in `economy.py`.

    `price` is the producer's, ex works; `market` the price there would be without stocks; `use` what a
    region's users buy, `average_price` what they pay; `border_price` is CIF before duties. `levy`,
    `tariff_duty` and `rent` are USD/t of each flow; `support` USD/t of `supported_output`, negative where
    the producer pays. `bought` is by band, `disposed` what nobody would pay for. `converged` says whether
    the largest relative gap between use and output, `residual`, is within 1e-9; do not read the numbers of
    a market that is not.
    """

    price: Array
    market: Array
    margin: Array
    throughput: Array
    output: Array
    byproduct: Array
    use: Array
    final_use: Array
    average_price: Array
    flows: Array
    border_price: Array
    landed_price: Array
    levy: Array
    tariff_duty: Array
    rent: Array
    support: Array
    supported_output: Array
    bought: Array
    disposed: Array
    wedge: Array
    wedge_rent: Array
    converged: Array
    residual: Array
    iterations: Array


def solve(form: Form, economy: Economy, start: Start | None = None) -> Equilibrium:
    """Solve one period of a market.

    Can be compiled (`form` static), batched and differentiated in any field of the economy: derivatives
    follow from the implicit function theorem at the solution, not from the steps towards it. Never raises
    for want of a solution: `converged` says so.
    """
    economy = jax.tree.map(lambda each: jnp.asarray(each, dtype=jnp.float64), economy)
    if start is None:
        start = Start(market=economy.start_price, wedge=jnp.full(len(form.wedges), 0.5))
    if form.sourcing == "homogeneous":
        cleared = clear(form, economy, start.market, start.wedge)
        return _told(cleared.terms, cleared.market, cleared.position, cleared.gap, cleared.iterations)
    logs, position, margin, iterations = _root(form, economy, start)
    return describe(form, economy, jnp.exp(logs), position, margin, iterations)


def describe(
    form: Form,
    economy: Economy,
    market: Array,
    position: Array,
    margin: Array | None = None,
    iterations: Any = 0,
) -> Equilibrium:
    """Give everything that market prices and wedge positions imply, solved or not."""
    terms = evaluate(form, economy, fixed(economy), market, position, margin)
    worst = jnp.max(jnp.abs(terms.gap))
    if form.wedges:
        worst = jnp.maximum(worst, jnp.max(jnp.abs(terms.wedge_gap)))
    return _told(terms, market, position, worst, iterations)


def _told(terms: Terms, market: Array, position: Array, worst: Array, iterations: Any) -> Equilibrium:
    return Equilibrium(
        price=terms.stocked.price,
        market=market,
        margin=terms.made.margin,
        throughput=terms.made.throughput,
        output=terms.made.output,
        byproduct=terms.made.byproduct,
        use=terms.use,
        final_use=terms.final,
        average_price=terms.sources.price,
        flows=terms.flows,
        border_price=terms.landed.border,
        landed_price=terms.landed.price,
        levy=terms.landed.levy,
        tariff_duty=terms.landed.tariff,
        rent=terms.landed.rent,
        support=terms.made.support,
        supported_output=terms.made.supported,
        bought=terms.stocked.bought,
        disposed=terms.stocked.disposed,
        wedge=position,
        wedge_rent=terms.rents,
        converged=worst <= TOLERANCE,
        residual=worst,
        iterations=jnp.asarray(iterations),
    )


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _root(form: Form, economy: Economy, start: Start) -> tuple[Array, Array, Array, Array]:
    found = find(form, economy, start.market, start.wedge)
    return jnp.log(found.market), found.position, found.margin, found.iterations * 1.0


@_root.defjvp
def _root_slope(form: Form, primals: Any, tangents: Any) -> Any:
    economy, start = primals
    moved, _ = tangents
    logs, position, margin, iterations = _root(form, economy, start)

    def gaps(numbers: Economy) -> tuple[Array, Array]:
        terms = evaluate(form, numbers, fixed(numbers), jnp.exp(logs), position, margin)
        return terms.gap, terms.wedge_gap

    _, (gap, wedge_gap) = jax.jvp(gaps, (economy,), (moved,))
    market, known = jnp.exp(logs), fixed(economy)
    terms = evaluate(form, economy, known, market, position, margin)
    slope = jax.lax.stop_gradient(matrix(form, economy, known, terms, market, position))
    found = jax.lax.custom_linear_solve(
        lambda x: _joined(*blocks.apply(slope, *_parted(slope, x))),
        _joined(-gap, -wedge_gap if form.wedges else position[:0]),
        lambda _, b: _joined(*blocks.solve(slope, *_parted(slope, b))),
        lambda _, b: _joined(*blocks.solve(blocks.transposed(slope), *_parted(slope, b))),
    )
    inner, border = _parted(slope, found)
    still = jnp.zeros_like(margin), jnp.zeros_like(iterations)
    return (logs, position, margin, iterations), (inner.reshape(logs.shape), border, *still)


def _joined(inner: Array, border: Array) -> Array:
    return jnp.concatenate([inner.reshape(-1), border])


def _parted(slope: blocks.Bordered, joined: Array) -> tuple[Array, Array]:
    rows, size = slope.blocks.diagonal.shape[:2]
    return joined[: rows * size].reshape(rows, size), joined[rows * size :]
