"""How a market of the atlas moves: lead times, cost of building, orders that fit the growth of demand."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stannary.atlas.atlas import Atlas
from stannary.atlas.elasticities import Elasticity
from stannary.market.base_data import Findings, figure_note
from stannary.market.calibrated_form import layer_kind
from stannary.market.demand_growth import FLAT, demand_growth, growth_scenarios
from stannary.market.dynamics import ASSUMED, DEFAULTS, Dynamics, dynamics
from stannary.market.economy import Economy, Form
from stannary.market.grouping import Grouping
from stannary.market.investment import break_even_margin
from stannary.market.model import Note, Prior
from stannary.market.recipes import Defaults, Good, Recipe

__all__ = ["base_dynamics", "dynamics_priors"]

Array = NDArray[np.float64]

STATED = "STEPS"
"""The scenario whose growth the orders of the base year fit: policies as stated."""

LEAST_GROWTH = 0.002
"""The least growth, a year, that orders are fitted to: an order of nothing has no price."""

CROWDING = 1.0
CROWDING_TEXT = (
    "a pipeline of a tenth of the world's capacity beyond what foreseen growth takes up is worth a tenth of "
    "capex less: who builds weighs what others build, but far less than it will press prices"
)

GROWTH_WEIGHT = 0.3
SEEN = "three tenths of a change in the growth of use are taken as lasting by those who build"

OUTER = ("base metals", "demand_own_price", "long_run")
"""Where the atlas holds the spread of published responses of use to price in the long run."""

WIDER = 1.5
"""How many times the response within a year that of the long run is at least."""

A_PERIOD = (
    "thrift_rate",
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
    zone where a recipe cites a cost. What is on the way at the start, and what is ordered at base-year
    prices, keep up with the growth of demand over the lead time (stated policies). Use goes on answering
    to a lasting price beyond the year. `margin` has axes layer process region.
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
    # orders a period are a share of capacity, not of what is left: they add up
    given["investment_rate"] = DEFAULTS["investment_rate"] / periods
    growth, ordered = _growth(atlas, recipe, defaults, lead / periods, found)
    rate, spread = DEFAULTS["investment_rate"], DEFAULTS["investment_spread"]
    given["foreseen_growth"] = ((1.0 + growth) ** (1.0 / periods) - 1.0)[:, None, None]
    given["investment_hurdle"] = (spread * np.log(rate / ordered - 1.0))[:, None, None]
    given["crowding"] = CROWDING
    given["growth_weight"] = 1.0 - (1.0 - GROWTH_WEIGHT) ** (1.0 / periods)
    found.note(
        Note(kind="assumed", parameter="growth_weight", where="all layers", text=SEEN, size=GROWTH_WEIGHT)
    )
    found.note(
        Note(kind="assumed", parameter="crowding", where="all layers", text=CROWDING_TEXT, size=CROWDING)
    )
    hosts = _host_growth(recipe, defaults, found)
    given["host_growth"] = ((1.0 + hosts) ** (1.0 / periods) - 1.0)[:, None, None]
    given["demand_elasticity_long_run"] = _long_run(atlas, recipe, economy, found)
    unit = np.asarray(break_even_margin(dynamics(form, capex=1.0, **given), periods))
    given["capex"] = _capex(recipe, grouping, margin / unit, found)
    given["project_base"] = _projects(atlas, recipe, grouping, economy, found) / periods
    return dynamics(form, **given)


def dynamics_priors() -> tuple[Prior, ...]:
    """Give how unsure the dynamics are."""
    leads = "lead times of mines reported between 6 and 32 years round 15.7"
    costs = "early estimates of works have been passed by half and more"
    others = "from blind to what others build to counting it in full"
    learned = "from the median of published long-run responses to half as much again as the outer quartile"
    rows: tuple[tuple[str, Literal["factor", "value"], float, float, float, str], ...] = (
        ("lead_periods", "factor", 1.0, 0.7, 1.7, leads),
        ("capex", "factor", 1.0, 0.7, 1.8, costs),
        ("expectation_weight", "value", 0.5, 0.1, 1.0, "no estimate; from slow adaptation to naive"),
        ("credibility", "value", 0.5, 0.1, 0.9, "no estimate; nobody knows how far a floor is believed"),
        ("crowding", "value", CROWDING, 0.0, 4.0, others),
        ("growth_weight", "value", GROWTH_WEIGHT, 0.1, 0.6, "no estimate; from slow to quick"),
        ("thrift_rate", "value", 0.1, 0.03, 0.3, "no estimate; from three years to thirty"),
        ("demand_elasticity_long_run", "factor", 1.0, 0.3, 1.5, learned),
        ("investment_spread", "factor", 1.0, 0.5, 2.0, "no estimate of how far projects differ"),
    )
    return tuple(
        Prior(parameter=name, law="triangular", centre=centre, low=low, high=high, acts=acts, text=text,
              assumed=True)
        for name, acts, centre, low, high, text in rows
    )  # fmt: skip


def _growth(
    atlas: Atlas, recipe: Recipe, defaults: Defaults, lead: Array, found: Findings
) -> tuple[Array, Array]:
    """Give by layer the yearly growth foreseen over its lead time, and the share of capacity to order for it.

    What is ordered now is the growth of the last year of the lead time, as a share of what stands now.
    """
    known = growth_scenarios(atlas, recipe.mineral)
    scenario = STATED if STATED in known else FLAT
    ends = demand_growth(atlas, recipe.mineral, scenario, [recipe.base_year + years for years in lead])
    growth: Array = np.maximum(ends ** (1.0 / lead) - 1.0, LEAST_GROWTH)
    if scenario == FLAT:
        growth = np.full_like(lead, defaults.slowest_growth.number)
        found.note(
            figure_note("foreseen_growth", "all layers", "growth, no path known", defaults.slowest_growth)
        )
    most = 0.9 * DEFAULTS["investment_rate"]
    ordered: Array = np.minimum(growth * (1.0 + growth) ** (lead - 1.0), most)
    for layer, rate, order in zip(recipe.layers, growth, ordered, strict=True):
        text = f"works on the way at the start are what growth of {rate:.4f} a year needs"
        if scenario != FLAT:
            text += f", that of demand under {scenario}"
        found.note(
            Note(kind="assumed", parameter="foreseen_growth", where=layer.name, text=text, size=float(rate))
        )
        text = f"set so that at base-year prices {order:.4f} of capacity is ordered a year, for that growth"
        found.note(
            Note(
                kind="assumed", parameter="investment_hurdle", where=layer.name, text=text, size=float(order)
            )
        )
    return growth, ordered


def _host_growth(recipe: Recipe, defaults: Defaults, found: Findings) -> Array:
    """Give by layer the yearly growth of the hosts of by-products: that of demand no path is known of."""
    growth = np.zeros(len(recipe.layers))
    for k, layer in enumerate(recipe.layers):
        if layer.byproduct:
            growth[k] = defaults.slowest_growth.number
            host = layer.byproduct.host.product if layer.byproduct.host else "the host"
            text = f"what {host} brings up grows as demand without a known path: {growth[k]:.3f} a year"
            found.note(
                Note(
                    kind="assumed",
                    parameter="host_growth",
                    where=layer.name,
                    text=text,
                    size=float(growth[k]),
                )
            )
    return growth


def _long_run(atlas: Atlas, recipe: Recipe, economy: Economy, found: Findings) -> Array:
    """Give the response of use to a price that lasts: the outer quartile of what is published.

    Where the response within a year rests on a larger estimate, half as much again as that.
    """
    within = np.asarray(economy.demand_elasticity)
    rows = [row for row in atlas.elasticities if (row.sector, row.kind, row.horizon) == OUTER]
    spread = next((row for row in rows if row.amount and row.low), None)
    out = np.zeros(within.shape)
    for k, layer in enumerate(recipe.layers):
        for e, good in enumerate(layer.goods):
            if not good.uses:
                continue
            centre = _estimate(atlas, recipe, good, spread)
            outer = WIDER if spread is None else max(abs(float(spread.low or 0)) / centre, WIDER)
            out[k, e] = outer * within[k, e]
            text = (
                f"{outer:.3g} times the response within a year: the outer quartile of published long-run "
                "responses of base metals, and no less than half as much again; the median of these is the "
                "response within the year, for published short-run ones cannot be told from none"
            )
            source = spread.source if spread else None
            found.note(
                Note(kind="assumed", parameter="demand_elasticity_long_run", text=text, size=float(outer),
                     where=f"{layer.name}.{good.product}", source=source)
            )  # fmt: skip
    return out


def _estimate(atlas: Atlas, recipe: Recipe, good: Good, spread: Elasticity | None) -> float:
    """Give the estimate that the response of a good within a year rests on, to the price of its metal."""
    if good.demand_elasticity:
        return good.demand_elasticity.number
    own = [
        row
        for row in atlas.elasticities
        if row.mineral in recipe.covers and row.kind == OUTER[1] and row.horizon.startswith(OUTER[2])
    ]
    row = own[0] if own else spread
    return abs(float(row.amount)) if row is not None and row.amount else 1.0


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
