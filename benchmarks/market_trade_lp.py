"""The cheapest trade that serves the same final use: a linear program of the size of problem A.

Cost minimisation is what most trade models of metals solve. It has neither prices that answer nor floors, so
its answer is another; but what the market trades is one feasible plan of the program, and so can never be
cheaper than its optimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array

from market_problem import LAYERS, REGIONS, Problem

FLOWS, PLACES = LAYERS * REGIONS * REGIONS, LAYERS * REGIONS


@dataclass(frozen=True)
class Program:
    """Minimise cost x subject to ``balance x = asked`` and ``0 <= x <= most``: flows first, then output."""

    cost: np.ndarray
    balance: csc_array
    asked: np.ndarray
    most: np.ndarray


def trade(problem: Problem, scenario: int, price: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give flows (layer, origin, region), output and final use at equilibrium prices (layer, region)."""
    border = price[:, :, None] * (1 + problem.export_tax) + problem.freight
    short = np.maximum(0, problem.floor[scenario][:, None, :] - border)
    landed = border * (1 + problem.tariff) + problem.levied * short
    share = problem.weights * landed ** -problem.sigma[scenario][:, None, None]
    share /= share.sum(axis=1, keepdims=True)
    average = (share * landed).sum(axis=1)
    margin = price - problem.conversion
    margin[1:] -= problem.alpha[1:] * average[:-1]
    output = np.minimum(problem.scale[scenario] * margin**problem.epsilon, problem.capacity[scenario])
    final = problem.demand[scenario] * (average / problem.reference) ** -problem.eta
    use = final.copy()
    use[:-1] += problem.alpha[1:] * output[1:]
    return share * use[:, None, :], output, final


def program(problem: Problem, scenario: int, final: np.ndarray) -> Program:
    """Write the program: each producer ships what it makes, each user gets what it uses."""
    flow = np.arange(FLOWS).reshape(LAYERS, REGIONS, REGIONS)
    output = FLOWS + np.arange(PLACES).reshape(LAYERS, REGIONS)
    supply = np.arange(PLACES).reshape(LAYERS, REGIONS)
    served = PLACES + supply
    rows = [np.repeat(supply, REGIONS), supply.ravel(), np.tile(served[:, None], (1, REGIONS, 1)).ravel()]
    columns = [flow.ravel(), output.ravel(), flow.ravel()]
    values = [np.ones(FLOWS), -np.ones(PLACES), np.ones(FLOWS)]
    rows.append(served[:-1].ravel())  # the layer above takes its inputs
    columns.append(output[1:].ravel())
    values.append(-problem.alpha[1:].ravel())
    where = (np.concatenate(rows), np.concatenate(columns))
    balance = csc_array((np.concatenate(values), where), shape=(2 * PLACES, FLOWS + PLACES))
    border = problem.price[:, :, None] * (1 + problem.export_tax) + problem.freight
    delivery = border * (1 + problem.tariff) - problem.price[:, :, None]
    return Program(
        cost=np.concatenate([delivery.ravel(), problem.conversion.ravel()]),
        balance=balance,
        asked=np.concatenate([np.zeros(PLACES), final.ravel()]),
        most=np.concatenate([np.full(FLOWS, np.inf), problem.capacity[scenario].ravel()]),
    )


def by_scipy(asked: Program) -> float:
    """Give the least cost by `scipy.optimize.linprog`, which hands the program to HiGHS."""
    bounds = np.column_stack([np.zeros_like(asked.most), asked.most])
    found = linprog(asked.cost, A_eq=asked.balance, b_eq=asked.asked, bounds=bounds, method="highs")
    return float(found.fun)


def by_highspy(asked: Program) -> float:
    """Give the least cost by HiGHS itself, through its own Python interface."""
    import highspy  # noqa: PLC0415 - only the benchmark's own environment must hold it

    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(asked.cost), len(asked.asked)
    model.col_cost_, model.col_lower_, model.col_upper_ = asked.cost, np.zeros_like(asked.cost), asked.most
    model.row_lower_ = model.row_upper_ = asked.asked
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = asked.balance.indptr
    model.a_matrix_.index_ = asked.balance.indices
    model.a_matrix_.value_ = asked.balance.data
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(model)
    solver.run()
    return float(solver.getInfo().objective_function_value)
