"""A model of years read as one of quarters: flows a period are divided, shares a period compounded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stannary.market.dynamics import Dynamics, dynamics
from stannary.market.economy import NO_LIMIT
from stannary.market.model import Model

__all__ = ["by_quarter"]

FLOWS = (
    "supply_intercept", "supply_slope", "supply_scale", "capacity", "byproduct_tonnes", "final_demand",
    "demand_intercept", "demand_slope", "supported_tonnes", "band_tonnes", "released", "offtake",
    "wedge_tonnes", "reference_income",
)  # fmt: skip
MOVED_FLOWS = (
    "project_base",
    "projects",
    "reference_capacity",
    "storage_cost",
    "stock_storage_cost",
    "stock_grant",
)
COMPOUNDED = (
    "expectation_weight", "losses", "cancel_hazard", "mothball_rate", "restart_rate", "retirement",
    "demand_adjustment", "thrift_rate", "growth_weight",
)  # fmt: skip
INTEREST = ("storage_interest", "stock_interest", "foreseen_growth", "host_growth")
QUARTERS = 4


def by_quarter(model: Model) -> Model:
    """Give the same market in quarters; a model of quarters is given back as it is.

    Tonnes a period and costs a period are divided by four, shares a period become ``1 - (1 - s)^(1/4)``,
    lead times are counted in quarters. Stocks, prices and what is counted in years stay.
    """
    if model.periods_a_year == QUARTERS:
        return model
    economy = model.economy
    changes = {}
    for name in FLOWS:
        own = np.asarray(getattr(economy, name))
        changes[name] = np.where(own < 0.1 * NO_LIMIT, own / QUARTERS, own)
    changes["wedge_slope"] = np.asarray(economy.wedge_slope) * QUARTERS
    moves = model.dynamics if model.dynamics is not None else dynamics(model.form)
    return replace(model, economy=economy.but(**changes), dynamics=_moves(moves), periods_a_year=QUARTERS)


def _moves(moves: Dynamics) -> Dynamics:
    changes = {name: np.asarray(getattr(moves, name)) / QUARTERS for name in MOVED_FLOWS}
    for name in COMPOUNDED:
        changes[name] = 1.0 - (1.0 - np.asarray(getattr(moves, name))) ** (1.0 / QUARTERS)
    # orders a period are a share of capacity, not of what is left: they add up
    changes["investment_rate"] = np.asarray(moves.investment_rate) / QUARTERS
    for name in INTEREST:
        changes[name] = (1.0 + np.asarray(getattr(moves, name))) ** (1.0 / QUARTERS) - 1.0
    changes["lead_periods"] = np.asarray(moves.lead_periods) * QUARTERS
    return moves.but(**changes)
