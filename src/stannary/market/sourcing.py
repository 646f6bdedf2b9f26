"""From whom users buy: shares of each origin at the prices they land at, the average price, and slopes.

Additive sourcing (the default) is the mass-preserving CES of van der Mensbrugghe & Peters, Volume
Preserving CES and CET Formulations (GTAP, 2020): shares of tonnes ``s_o = w_o m_o^-σ / Σ w m^-σ``, which sum
to one, and the average price ``P = Σ s m``. Ordinary CES: ``b_o = w_o (m_o / P)^-σ`` tonnes per unit of the
composite at its price index ``P = (Σ w m^(1-σ))^(1/(1-σ))``; tonnes do not add up, as in GSIM and gravity
models. Nested sourcing chooses between two groups of origins first, then within each.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from stannary.market.economy import Form

__all__ = ["Sources", "log_weights", "source"]

NOTHING = -1e30
"""The logarithm used for a weight of zero."""


class Sources(NamedTuple):
    """Tonnes bought of each origin per tonne used, the average price, and how both move with prices.

    ``d bought_o = bought_o (own_o dm_o + Σ_j common_(n,j) dm_j)``, n being the group of o, and
    ``d price = Σ_j pull_j dm_j``. Axes: ``... origin region``, `price` without origin, `common` with a
    group axis before the origin where sourcing is nested.
    """

    bought: Array
    price: Array
    own: Array
    common: Array
    pull: Array


def log_weights(weights: Array) -> Array:
    """Give logarithms of weights, a very low number for zero."""
    positive = weights > 0
    return jnp.where(positive, jnp.log(jnp.where(positive, weights, 1.0)), NOTHING)


def source(
    form: Form, logs: Array, outer_logs: Array, nests: Array, sigma: Any, outer_sigma: Any, landed: Array
) -> Sources:
    """Share out use among origins at landed prices.

    `logs` and `landed` have axes ``... origin region``; `outer_logs` ``... group region``; `nests` is
    1 where an origin is of a group, ``group origin``; sigmas broadcast against ``... origin region``.
    """
    if form.nests == 1:
        share, bought, price, pull = _choose(form, logs, sigma, landed)
        return Sources(bought, price, -sigma / landed, sigma * share / landed, pull)
    grouped = landed[..., None, :, :]
    mask = nests[:, :, None]
    inner_sigma = jnp.asarray(sigma)[..., None, :, :]
    inner_logs = jnp.where(mask > 0, logs[..., None, :, :], NOTHING)
    share, within, group_price, pull = _choose(form, inner_logs, inner_sigma, grouped)
    share, within, pull = share * mask, within * mask, pull * mask
    top_share, top, price, top_pull = _choose(form, outer_logs, outer_sigma, group_price)
    relative = pull / group_price[..., None, :]
    outer = jnp.asarray(outer_sigma)[..., None, :, :]
    all_groups = jnp.sum(outer * top_share[..., None, :] * relative, axis=-3, keepdims=True)
    common = inner_sigma * share / grouped - outer * relative + all_groups
    return Sources(
        jnp.sum(top[..., None, :] * within, axis=-3),
        price,
        -sigma / landed,
        common,
        jnp.sum(top_pull[..., None, :] * pull, axis=-3),
    )


def _choose(form: Form, logs: Array, sigma: Any, prices: Array) -> tuple[Array, Array, Array, Array]:
    """Give shares, tonnes per tonne, the average price and its slopes, over the origins of axis -2."""
    if form.sourcing == "additive":
        share = jax.nn.softmax(logs - sigma * jnp.log(prices), axis=-2)
        price = jnp.sum(share * prices, axis=-2)
        pull = share * (1.0 - sigma + sigma * price[..., None, :] / prices)
        return share, share, price, pull
    power = 1.0 - sigma
    terms = logs + power * jnp.log(prices)
    share = jax.nn.softmax(terms, axis=-2)
    total = jax.scipy.special.logsumexp(terms, axis=-2, keepdims=True)
    total = jnp.where(total < 0.5 * NOTHING, 0.0, total)  # nobody sells here: any finite price will do
    price = jnp.exp(total / power)
    bought = share * price / prices
    return share, bought, price[..., 0, :], bought
