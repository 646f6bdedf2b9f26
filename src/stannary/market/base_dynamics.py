"""How a market of the atlas moves: lead times, cost of building, orders that fit the growth of demand."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stannary.atlas.atlas import Atlas
from stannary.market.base_data import Findings, figure_note
from stannary.market.calibrated_form import layer_kind
from stannary.market.demand_growth import FLAT, demand_growth, growth_scenarios
from stannary.market.dynamics import ASSUMED, DEFAULTS, Dynamics, dynamics
from stannary.market.economy import Economy, Form
from stannary.market.grouping import Grouping
from stannary.market.investment import break_even_margin
from stannary.market.model import Note, Prior
from stannary.market.recipes import Defaults, Recipe

__all__ = ["base_dynamics", "dynamics_priors"]

Array = NDArray[np.float64]

STATED = "STEPS"
"""The scenario whose growth the orders of the base year fit: policies as stated."""

YEARS = 6
A_PERIOD = (
    "investment_rate",
    "cancel_hazard",
    "mothball_rate",
    "restart_rate",
    "retirement",
    "expectation_weight",
)
"""Shares of a period, defaults of which are for a year."""


def base_dynamics(
    atlas: Atlas, recipe: Recipe, defaults: Defaults, grouping: Grouping, form: Form, economy: Economy,
    margin: Array, periods: int, found: Findings,
) -> Dynamics:  # fmt: skip
    """Give the dynamics of a calibrated market.

    Lead times are the recipe's. A works costs what the margin of the base year just pays for, but in the
    zone where a recipe cites a cost. The hurdle is such that at base-year prices capacity is ordered as
    demand grows (stated policies). `margin` has axes layer process region.
    """
    given: dict[str, Any] = {name: 1.0 - (1.0 - DEFAULTS[name]) ** (1.0 / periods) for name in A_PERIOD}
    for name, reason in ASSUMED.items():
        found.note(
            Note(kind="assumed", parameter=name, where="dynamics", text=reason, size=DEFAULTS.get(name))
        )
    lead = np.zeros(len(recipe.layers))
    for k, layer in enumerate(recipe.layers):
        kind = "mine" if layer_kind(recipe, k) == "mine" else "plant"
        figure = layer.lead_years or getattr(defaults, f"{kind}_lead_years")
        found.note(figure_note("lead_periods", layer.name, "years from order to output", figure))
        lead[k] = figure.number * periods
    given["lead_periods"] = lead[:, None, None]
    growth = _growth(atlas, recipe, defaults, found)
    rate, spread = DEFAULTS["investment_rate"], DEFAULTS["investment_spread"]
    given["investment_hurdle"] = spread * np.log(rate / growth - 1.0)
    unit = np.asarray(break_even_margin(dynamics(form, capex=1.0, **given), periods))
    given["capex"] = _capex(recipe, grouping, margin / unit, found)
    given["project_base"] = _projects(atlas, recipe, grouping, economy, found) / periods
    return dynamics(form, **given)


def dynamics_priors() -> tuple[Prior, ...]:
    """Give how unsure the dynamics are."""
    leads = "lead times of mines reported between 6 and 32 years round 15.7"
    costs = "early estimates of works have been passed by half and more"
    rows: tuple[tuple[str, Literal["factor", "value"], float, float, float, str], ...] = (
        ("lead_periods", "factor", 1.0, 0.7, 1.7, leads),
        ("capex", "factor", 1.0, 0.7, 1.8, costs),
        ("expectation_weight", "value", 0.5, 0.1, 1.0, "no estimate; from slow adaptation to naive"),
        ("credibility", "value", 0.5, 0.1, 0.9, "no estimate; nobody knows how far a floor is believed"),
        ("investment_spread", "factor", 1.0, 0.5, 2.0, "no estimate of how far projects differ"),
    )
    return tuple(
        Prior(parameter=name, law="triangular", centre=centre, low=low, high=high, acts=acts, text=text,
              assumed=True)
        for name, acts, centre, low, high, text in rows
    )  # fmt: skip


def _growth(atlas: Atlas, recipe: Recipe, defaults: Defaults, found: Findings) -> float:
    """Give the yearly growth that orders of the base year fit."""
    known = growth_scenarios(atlas, recipe.mineral)
    scenario = STATED if STATED in known else FLAT
    factor = float(demand_growth(atlas, recipe.mineral, scenario, [recipe.base_year + YEARS])[0])
    growth = max(factor ** (1.0 / YEARS) - 1.0, defaults.slowest_growth.number)
    growth = float(min(growth, 0.9 * DEFAULTS["investment_rate"]))
    text = (
        f"set so that at base-year prices {growth:.4f} of capacity is ordered a year: demand under {scenario}"
    )
    found.note(
        Note(kind="assumed", parameter="investment_hurdle", where="all layers", text=text, size=growth)
    )
    return growth


def _capex(recipe: Recipe, grouping: Grouping, even: Array, found: Findings) -> Array:
    capex = np.maximum(even, 0.0)
    inside = np.array([name in grouping.zone for name in grouping.regions])
    text = "what a works costs is what the margin of the base year just pays for"
    found.note(Note(kind="assumed", parameter="capex", where="all layers", text=text))
    for k, layer in enumerate(recipe.layers):
        if layer.capex:
            capex[k] = np.where(inside & (capex[k] > 0), layer.capex.number, capex[k])
            found.note(figure_note("capex", f"{layer.name}, zone", "cost of a works", layer.capex))
    return capex


def _projects(atlas: Atlas, recipe: Recipe, grouping: Grouping, economy: Economy, found: Findings) -> Array:
    """Give the tonnes of named projects a year by layer and region, where something is made already."""
    tonnes = np.zeros(np.shape(economy.start_price))
    for k, layer in enumerate(recipe.layers):
        for project in atlas.projects:
            factor = layer.projects.get(project.product)
            if factor is None or project.capacity is None:
                continue
            r = grouping.regions.index(grouping.region_of(project.economy))
            size = float(project.capacity) * factor.number
            where = f"{layer.name}, {grouping.regions[r]}"
            if not np.asarray(economy.active)[k, 0, r]:
                text = (
                    f"{project.name}, {size:,.6g} t a year, left out: nothing is made there in the base year"
                )
            else:
                tonnes[k, 0, r] += size
                text = f"{project.name}: {size:,.6g} t a year could be ordered at once"
            found.note(
                Note(
                    kind="data",
                    parameter="project_base",
                    where=where,
                    text=text,
                    size=size,
                    source=project.source,
                )
            )
    return tonnes
