"""A trade agreement in a gravity world of 30 countries, by gegravity and by Stannary's general settings.

What gegravity 0.3 solves as "full GE" holds each country's shares of world output and expenditure at the
base year's: with ``θ_i = Y_i / Π_i^(1-σ)``, values traded are ``E_j t_ij θ_i / Σ t_kj θ_k`` and each origin's
add up to Y_i. That is a market of one layer with additive sourcing, fixed supply and fixed demand, the price
of an origin standing for θ: ``θ_i = p_i^-(σ-1)``. The endowment model proper, in which incomes follow prices,
is ordinary CES with incomes; it is held against a SciPy solution of its own.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import root

COUNTRIES, SIGMA = 30, 5.0
COEFFICIENTS = {"lndist": -0.8, "international": -2.5, "pta": 0.5}
"""Of the logarithm of trade costs to the power of 1 - σ."""


@dataclass(frozen=True)
class World:
    """Output and expenditure by country, and cost variables and costs^(1-σ), origin by destination."""

    output: np.ndarray
    spending: np.ndarray
    variables: dict[str, np.ndarray]
    costs: np.ndarray
    costs_after: np.ndarray
    pta_after: np.ndarray


def draw(seed: int = 0) -> World:
    """Draw a world in which five countries then agree on free trade."""
    random = np.random.default_rng((30, seed))
    output = np.exp(random.normal(5.0, 1.2, COUNTRIES))
    spending = output * random.uniform(0.9, 1.1, COUNTRIES)
    spending *= output.sum() / spending.sum()
    places = random.uniform(0, 1, (COUNTRIES, 2))
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, 0.05)
    pta = np.zeros((COUNTRIES, COUNTRIES))
    after = pta.copy()
    after[:5, :5] = 1
    np.fill_diagonal(after, 0)
    variables = {"lndist": np.log(10 * apart), "international": 1 - np.eye(COUNTRIES), "pta": pta}

    def costs(pta: np.ndarray) -> np.ndarray:
        terms = {**variables, "pta": pta}
        return np.asarray(np.exp(sum(COEFFICIENTS[name] * value for name, value in terms.items())))

    return World(output, spending, variables, costs(pta), costs(after), after)


# -- gegravity ----------------------------------------------------------------------------------------------


def gegravity_model(world: World) -> tuple[Any, Any]:
    """Set gegravity's model up: the model, and the data of the experiment."""
    import gegravity  # noqa: PLC0415 - only the benchmark's own environment must hold it
    import pandas as pd  # noqa: PLC0415

    names = [f"C{number:02d}" for number in range(COUNTRIES)]
    exporter, importer = np.indices((COUNTRIES, COUNTRIES)).reshape(2, -1)
    frame = pd.DataFrame(
        {
            "exporter": [names[i] for i in exporter],
            "importer": [names[j] for j in importer],
            "year": "2020",
            "trade": 0.0,
            "Y": world.output[exporter],
            "E": world.spending[importer],
            **{name: value.ravel() for name, value in world.variables.items()},
        }
    )
    coefficients = pd.DataFrame([{"var": name, "coeff": value} for name, value in COEFFICIENTS.items()])
    baseline = gegravity.BaselineData(
        frame, trade_var_name="trade", expend_var_name="E", output_var_name="Y", year_var_name="year"
    )
    model = gegravity.OneSectorGE(
        baseline,
        year="2020",
        reference_importer=names[-1],
        sigma=SIGMA,
        cost_variables=list(COEFFICIENTS),
        cost_coeff_values=gegravity.CostCoeffs(coefficients, identifier_col="var", coeff_col="coeff"),
        quiet=True,
    )
    experiment = model.baseline_data.copy()
    experiment["pta"] = world.pta_after.ravel()  # its rows are sorted by exporter, then importer
    return model, experiment


def by_gegravity(prepared: tuple[Any, Any]) -> np.ndarray:
    """Solve base and counterfactual; give the ratio of factory gate prices by country."""
    model, experiment = prepared
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        model.build_baseline(omr_rescale=10, mr_tolerance=1e-12)
        model.define_experiment(experiment)
        model.simulate(ge_tolerance=1e-12)
    return np.asarray(model.factory_gate_prices.iloc[:, 0])


# -- Stannary -----------------------------------------------------------------------------------------------


def agreements(world: World, count: int) -> np.ndarray:
    """Draw other agreements, each among five countries; give their costs^(1-σ)."""
    random = np.random.default_rng(5)
    costs = np.repeat(world.costs[None], count, axis=0)
    for each in costs:
        members = random.choice(COUNTRIES, 5, replace=False)
        abroad = np.ix_(members, members)
        each[abroad] *= np.exp(COEFFICIENTS["pta"] * (1 - np.eye(5)))
    return costs


def fixed_shares(world: World, after: np.ndarray) -> tuple[Any, Any, np.ndarray]:
    """Say gegravity's system in general settings: form, economy, and weights: the base year's and others."""
    from stannary.market.economy import Form, economy  # noqa: PLC0415 - the peers need no JAX

    form = Form(layers=1, goods=1, regions=COUNTRIES, origins=tuple(range(COUNTRIES)), duties=())
    elastic = np.eye(COUNTRIES)[-1]  # sets the level of prices: demand and supply add up to the same value
    market = economy(
        form,
        supply_scale=world.output,
        supply_elasticity=0.0,
        final_demand=world.spending,
        demand_elasticity=elastic,
        sigma=SIGMA - 1,
        weights=world.costs,
    )
    return form, market, np.stack([world.costs, *after])[:, None, None]


def factory_prices(world: World, after: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """Turn Stannary's prices into gegravity's ratios to the base year: the last importer's index stays 1."""
    theta = prices ** -(SIGMA - 1)
    theta /= (np.stack([world.costs, *after])[:, :, -1] * theta).sum(axis=1, keepdims=True)
    return np.asarray((theta[1:] / theta[0]) ** (1 / (1 - SIGMA)))


def endowment(world: World, shares: np.ndarray) -> tuple[Any, Any, np.ndarray]:
    """Say the endowment model in general settings: form, economy, and the weights before and after.

    `shares` are the base year's values, origin by destination, over the destination's expenditure.
    """
    from stannary.market.economy import Form, economy  # noqa: PLC0415 - the peers need no JAX

    form = Form(
        layers=1,
        goods=1,
        regions=COUNTRIES,
        origins=tuple(range(COUNTRIES)),
        sourcing="ces",
        duties=(),
        incomes=True,
    )
    follows = np.ones(COUNTRIES)
    follows[-1] = 0  # the numeraire: what the last country spends
    market = economy(
        form,
        supply_scale=world.output,
        supply_elasticity=0.0,
        final_demand=world.spending,
        demand_elasticity=1.0,
        income_elasticity=follows,
        reference_income=world.output,
        sigma=SIGMA,
        weights=shares,
    )
    return form, market, np.stack([shares, shares * world.costs_after / world.costs])[:, None, None]


# -- neither ------------------------------------------------------------------------------------------------


def scaled(world: World, costs: np.ndarray) -> np.ndarray:
    """Give θ by scaling rows and columns in turn until both add up; the last importer's index is 1."""
    theta = world.output.copy()
    for _ in range(10_000):
        pulls = costs * theta[:, None]
        sold = (pulls / pulls.sum(axis=0) * world.spending).sum(axis=1)
        theta *= world.output / sold
        if np.abs(sold / world.output - 1).max() < 1e-14:
            break
    return np.asarray(theta / (costs[:, -1] @ theta))


def shares_held(world: World, after: np.ndarray) -> np.ndarray:
    """Give the ratios of factory gate prices that gegravity's system has, without its solver."""
    theta = np.stack([scaled(world, costs) for costs in after])
    return np.asarray((theta / scaled(world, world.costs)) ** (1 / (1 - SIGMA)))


def base_shares(world: World) -> np.ndarray:
    """Give the base year's values traded, as shares of the destination's expenditure."""
    pulls = world.costs * scaled(world, world.costs)[:, None]
    return np.asarray(pulls / pulls.sum(axis=0))


def endowment_by_scipy(world: World, shares: np.ndarray) -> np.ndarray:
    """Give prices of the endowment model after the agreement (1 before), by `scipy.optimize.root`."""
    weights = shares * world.costs_after / world.costs

    def gaps(log_price: np.ndarray) -> np.ndarray:
        price = np.exp(log_price)
        terms = weights * price[:, None] ** (1 - SIGMA)
        spent = world.spending * np.append(price[:-1], 1.0)
        values = terms / terms.sum(axis=0) * spent
        return np.asarray(np.log(values.sum(axis=1) / (price * world.output)))

    return np.asarray(np.exp(root(gaps, np.zeros(COUNTRIES), method="hybr", tol=1e-13).x))
