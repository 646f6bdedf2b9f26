"""A first producer of a good in a region: costs like its neighbours', and buyers who would take it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stannary.market.baseline import Baseline
from stannary.market.dynamics import dynamics
from stannary.market.model import Model, Note

__all__ = ["open_producer"]

FIRST = 1e-3
"""The share of a project that stands from the start, so that the region has a price before it opens."""


def open_producer(
    model: Model, base: Baseline, at: tuple[int, int, int], tonnes: float, standing: float = 0.0
) -> Model:
    """Give a model in which a region can make a good: capacity of the project's size is its reference.

    Costs and inputs are those of the world's makers, weighted by output; buyers take it in proportion to
    what its output adds to the world's, at the world's price. `tonnes` a period; `standing` is the share of
    them that stands from the start.
    """
    k, e, r = at
    economy = model.economy
    output = base.output[k, e]
    total = float(output.sum())
    if total <= 0:
        return model
    weight = output / total
    fields = {
        name: np.array(getattr(economy, name))
        for name in (
            "active", "conversion_cost", "inputs", "supply_scale", "supply_elasticity", "capacity",
            "start_price", "weights", "freight",
        )
    }  # fmt: skip
    fields["active"][k, e, r] = 1.0
    for name in ("conversion_cost", "supply_elasticity", "start_price"):
        fields[name][k, e, r] = float((fields[name][k, e] * weight).sum())
    fields["inputs"][k, e, :, r] = (fields["inputs"][k, e] * weight).sum(axis=-1)
    cost = fields["conversion_cost"][k, e, r]
    if k:
        cost += float((fields["inputs"][k, e, :, r] * base.average[k - 1, :, r]).sum())
    price = fields["start_price"][k, e, r]
    margin = max(price - cost, 0.05 * price)
    fields["supply_scale"][k, e, r] = tonnes / margin ** fields["supply_elasticity"][k, e, r]
    fields["capacity"][k, e, r] = max(FIRST, standing) * tonnes
    sigma = float(np.asarray(economy.sigma)[k, e])
    power = sigma if model.form.sourcing == "additive" else sigma - 1.0
    share = tonnes / (total + tonnes)
    sold = base.use[k, e] > 0
    anchor = np.where(base.average[k, e] > 0, base.average[k, e], 1.0)
    terms = (fields["weights"][k, e] * (base.landed[k, e] / anchor) ** -power).sum(axis=0)
    usual = _freight(fields["freight"][k, e], base.flows[k, e])
    fields["freight"][k, e, r] = np.where(np.arange(len(sold)) == r, 0.0, usual)
    landed = price + fields["freight"][k, e, r]
    fields["weights"][k, e, r] = np.where(
        sold, share / (1.0 - share) * terms * (landed / anchor) ** power, fields["weights"][k, e, r]
    )
    moves = model.dynamics if model.dynamics is not None else dynamics(model.form)
    reference = np.array(moves.reference_capacity)
    reference[k, e, r] = tonnes
    note = Note(
        kind="assumed",
        parameter="supply_scale",
        where=f"{model.goods[k][e]} in {model.regions[r]}",
        text="no output in the base year: the project has the costs and inputs of the world's makers",
        size=tonnes,
    )
    return replace(
        model,
        economy=economy.but(**fields),
        dynamics=moves.but(reference_capacity=reference),
        notes=(*model.notes, note),
    )


def _freight(freight: np.ndarray, flows: np.ndarray) -> float:
    """Give the average freight of what is traded between regions."""
    between = flows.copy()
    for region in range(min(flows.shape)):
        between[region, region] = 0.0
    total = float(between.sum())
    return float((freight * between).sum() / total) if total > 0 else float(freight.max(initial=0.0))
