"""What a model says of its own base year before anything is solved: who sells what to whom at start prices.

Events speak in shares of normal trade and output ("half of what was exported"). A calibrated model is in
balance at its start prices, so shares, flows and output follow from its numbers directly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stannary.market.economy import NO_LIMIT
from stannary.market.model import Model

__all__ = ["Baseline", "baseline", "limited"]


@dataclass(frozen=True)
class Baseline:
    """The base year: `shares` of origins in what a region uses, `flows`, `landed` prices (all KEOR).

    `use`, `output` and `average` price are KER; `throughput` is by process. Tonnes a period, USD/t.
    """

    shares: np.ndarray
    flows: np.ndarray
    landed: np.ndarray
    use: np.ndarray
    output: np.ndarray
    throughput: np.ndarray
    average: np.ndarray


def baseline(model: Model) -> Baseline:
    """Work out the base year of a model at its start prices."""
    economy = model.economy
    price = np.asarray(economy.start_price)
    tax, freight, tariff = (
        np.asarray(each) for each in (economy.export_tax, economy.freight, economy.tariff)
    )
    landed = (price[:, :, list(model.form.origins), None] * (1 + tax) + freight) * (1 + tariff)
    shares = _shares(model, np.maximum(landed, 1e-12))
    average = np.sum(shares * landed, axis=2)
    inputs = np.asarray(economy.inputs)
    cost = np.asarray(economy.conversion_cost).copy()
    cost[1:] += np.einsum("kjir,kir->kjr", inputs[1:], average[:-1])
    yields = np.asarray(economy.yields)
    margin = np.einsum("kjer,ker->kjr", yields, price) - cost
    throughput = _throughput(model, margin)
    byproduct = np.asarray(economy.byproduct_tonnes) * np.minimum(
        1.0,
        (price / np.asarray(economy.byproduct_full_price)) ** np.asarray(economy.byproduct_elasticity),
    )
    output = np.einsum("kjer,kjr->ker", yields, throughput) + byproduct
    use = _final_use(model, average)
    use[:-1] += np.einsum("kjir,kjr->kir", inputs[1:], throughput[1:])
    active = np.asarray(economy.active)
    return Baseline(
        shares, shares * use[:, :, None, :], landed, use, output * active, throughput * active, average
    )


def limited(model: Model) -> np.ndarray:
    """Say, KER, where capacity is a number of tonnes at all."""
    found: np.ndarray = np.asarray(model.economy.capacity) < 0.1 * NO_LIMIT
    return found


def _throughput(model: Model, margin: np.ndarray) -> np.ndarray:
    economy = model.economy
    free = np.asarray(economy.supply_scale) * np.maximum(margin, 0.0) ** np.asarray(economy.supply_elasticity)
    line = np.asarray(economy.supply_intercept) + np.asarray(economy.supply_slope) * margin
    out: np.ndarray = np.minimum(free + np.maximum(line, 0.0), np.asarray(economy.capacity))
    return out


def _final_use(model: Model, average: np.ndarray) -> np.ndarray:
    economy = model.economy
    ratio = np.maximum(average, 1e-12) / np.asarray(economy.reference_price)
    use = np.asarray(economy.final_demand) * ratio ** -np.asarray(economy.demand_elasticity)
    line = np.asarray(economy.demand_intercept) - np.asarray(economy.demand_slope) * average
    out: np.ndarray = use + np.maximum(line, 0.0)
    return out


def _shares(model: Model, landed: np.ndarray) -> np.ndarray:
    """Give the share of each origin in what is bought (tonnes where sourcing is additive, else value)."""
    sigma = np.asarray(model.economy.sigma)[:, :, None, None]
    weights = np.asarray(model.economy.weights)
    power = sigma if model.form.sourcing == "additive" else sigma - 1.0
    logs = np.where(
        weights > 0, np.log(np.where(weights > 0, weights, 1.0)) - power * np.log(landed), -np.inf
    )
    if model.form.nests == 1:
        return _softmax(logs)
    shares = np.zeros_like(logs)
    outer = np.asarray(model.economy.outer_weights)
    outer_sigma = np.asarray(model.economy.outer_sigma)[:, :, None]
    inside = np.asarray(model.economy.inside) > 0
    group_logs, within = [], []
    for group, chosen in enumerate((inside, ~inside)):
        inner = _softmax(np.where(chosen[None, None, :, None], logs, -np.inf))
        price = np.maximum(np.sum(inner * landed, axis=2), 1e-12)
        held = (outer[:, :, group] > 0) & (inner.sum(axis=2) > 0)
        weight = np.log(np.where(held, outer[:, :, group], 1.0)) - outer_sigma * np.log(price)
        group_logs.append(np.where(held, weight, -np.inf))
        within.append(inner)
    top = _softmax(np.stack(group_logs, axis=2))
    for group, inner in enumerate(within):
        shares += inner * top[:, :, group : group + 1]
    return shares


def _softmax(logs: np.ndarray) -> np.ndarray:
    """Give shares along axis 2; all 0 where nothing can be chosen."""
    most = np.max(logs, axis=2, keepdims=True)
    terms = np.exp(logs - np.where(np.isfinite(most), most, 0.0))
    total = terms.sum(axis=2, keepdims=True)
    out: np.ndarray = terms / np.where(total > 0, total, 1.0)
    return out
