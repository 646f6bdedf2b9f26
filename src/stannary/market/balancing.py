"""Balance a table to the sums of its rows and columns, changing it as little as can be (RAS)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stannary.errors import MarketError, Place, Problem

__all__ = ["Balanced", "balance"]

Matrix = NDArray[np.float64]

MOST_ROUNDS = 20_000


@dataclass(frozen=True)
class Balanced:
    """A balanced table, and how far it moved.

    `distance` is the entropy of the table relative to the one it began as, both as shares of the whole:
    ``sum x log(x / x0)``, 0 when nothing moved. `rounds` counts the scalings.
    """

    table: Matrix
    distance: float
    rounds: int


def balance(table: Matrix, rows: Matrix, columns: Matrix, *, tolerance: float = 1e-13) -> Balanced:
    """Scale a table of numbers >= 0 to given sums of rows and columns, keeping its noughts.

    Of all tables with those sums and noughts this is the one of least entropy relative to `table`
    (Bacharach 1965; the RAS method of Stone 1961). Columns come out exact to rounding, rows within
    `tolerance` of their sum. Raises `MarketError` (STN-MARKET-003) for negative or unequal sums, and
    (STN-MARKET-009) where no such table exists, naming the rows and columns that cannot be met.
    """
    prior = np.array(table, dtype=np.float64)
    rows, columns = np.asarray(rows, dtype=np.float64), np.asarray(columns, dtype=np.float64)
    _check(prior, rows, columns)
    x = prior.copy()
    scale = max(float(rows.max(initial=0.0)), 1e-300)
    x[rows == 0, :] = 0.0
    x[:, columns == 0] = 0.0
    _reachable(x, rows, columns)
    rounds, gap = 0, np.inf
    while rounds < MOST_ROUNDS:
        rounds += 1
        x *= _ratio(rows, x.sum(axis=1))[:, None]
        x *= _ratio(columns, x.sum(axis=0))[None, :]
        gap = float(np.max(np.abs(x.sum(axis=1) - rows) / np.maximum(rows, 1e-12 * scale)))
        if gap <= tolerance:
            return Balanced(x, _distance(x, prior), rounds)
    if gap <= 1e-9:
        return Balanced(x, _distance(x, prior), rounds)
    short = [str(i) for i in np.flatnonzero(np.abs(x.sum(axis=1) - rows) > 1e-6 * np.maximum(rows, 1e-300))]
    raise _impossible(f"No table with these noughts has these sums; rows {', '.join(short)} stay short.")


def _check(table: Matrix, rows: Matrix, columns: Matrix) -> None:
    problems = []
    if table.shape != (rows.size, columns.size):
        problems.append(
            Problem(
                "STN-MARKET-002",
                f"A table of {table.shape} has {rows.size} row and {columns.size} column sums.",
                "Give one sum for each row and each column.",
                Place(path="table"),
            )
        )
    for name, numbers in (("table", table), ("rows", rows), ("columns", columns)):
        if not np.all(np.isfinite(numbers)) or np.any(numbers < 0):
            message = f"{name} holds numbers below nought, or none at all."
            problems.append(Problem("STN-MARKET-003", message, "Give tonnes.", Place(path=name)))
    if not problems and abs(rows.sum() - columns.sum()) > 1e-9 * max(rows.sum(), columns.sum(), 1e-300):
        message = f"The rows add up to {rows.sum():.6g} and the columns to {columns.sum():.6g}."
        problems.append(
            Problem("STN-MARKET-003", message, "Balance output and use first.", Place(path="rows"))
        )
    if problems:
        raise MarketError(problems)


def _reachable(table: Matrix, rows: Matrix, columns: Matrix) -> None:
    """Refuse sums that a row or column of noughts alone can never reach."""
    bare = [f"row {i}" for i in np.flatnonzero((rows > 0) & (table.sum(axis=1) == 0))]
    bare += [f"column {j}" for j in np.flatnonzero((columns > 0) & (table.sum(axis=0) == 0))]
    if bare:
        raise _impossible(f"All noughts, yet a sum is asked: {', '.join(bare)}.")


def _impossible(message: str) -> MarketError:
    remedy = "Give a small number where trade is possible, or change the sums."
    return MarketError([Problem("STN-MARKET-009", message, remedy, Place(path="table"))])


def _ratio(wanted: Matrix, found: Matrix) -> Matrix:
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0)


def _distance(table: Matrix, prior: Matrix) -> float:
    whole = table.sum()
    if whole <= 0:
        return 0.0
    x, y = table / whole, prior / prior.sum()
    held = x > 0
    return max(0.0, float(np.sum(x[held] * np.log(x[held] / y[held]))))
