"""Search for the cheapest place at which a chance holds: a scan, then slopes from several starts.

The chance ``P(excess <= 0) >= p`` is held as ``q_p(excess) <= 0`` on one set of draws (a sample average),
with the quantile of Harrell & Davis (Biometrika 69, 1982): a weighted mean of all order statistics, so that
it moves smoothly with every draw. Steps are sequential quadratic programs (Kraft 1988, SLSQP in SciPy) on
exact slopes; places lie between 0 and 1 in every lever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.stats import beta, qmc  # type: ignore[import-untyped]

__all__ = ["Descent", "Judge", "Judged", "Leant", "descend", "nearest", "quantile", "scan"]

WORSE = 0.1
"""By how much a draw that was not solved counts as worse than the worst that was: it misses the goal."""
STEPS = 40
PRECISION = 1e-7
SHARPNESS = 0.002
"""Width of the smooth maximum over scenarios."""


@dataclass(frozen=True)
class Judged:
    """What a place costs (any unit), and by scenario the excess of every draw over the limit."""

    cost: float
    excess: tuple[np.ndarray, ...]

    def chance(self) -> float:
        """Give the share of draws that meet the goal, in the worst scenario."""
        return min(float(np.mean(each <= 0.0)) for each in self.excess)

    def quantiles(self, chance: float) -> np.ndarray:
        """Give the quantile of the excess, by scenario."""
        return np.array([quantile(each, chance)[0] for each in self.excess])


@dataclass(frozen=True)
class Leant:
    """A place judged with rounded kinks: slopes of its cost and of every draw's excess (``draw lever``)."""

    judged: Judged
    cost_slope: np.ndarray
    excess_slope: tuple[np.ndarray, ...]


class Judge(Protocol):
    """Judges places between 0 and 1 in every lever, always by the same draws."""

    @property
    def levers(self) -> int:
        """Give the number of levers."""

    def see(self, place: np.ndarray) -> Judged:
        """Judge a place exactly."""

    def lean(self, place: np.ndarray) -> Leant:
        """Judge a place with rounded kinks, and give slopes."""


@dataclass(frozen=True)
class Descent:
    """Where a descent began and ended, and what it cost there (rounded kinks)."""

    start: np.ndarray
    place: np.ndarray
    cost: float
    excess: float
    steps: int


def quantile(values: np.ndarray, chance: float) -> tuple[float, np.ndarray]:
    """Give the Harrell-Davis quantile of values and the weight of each, missing ones as worst.

    Source: Harrell & Davis, "A new distribution-free quantile estimator", Biometrika 69 (1982).
    """
    known = values[np.isfinite(values)]
    told = np.where(np.isfinite(values), values, max(known.max(initial=0.0), 0.0) + WORSE)
    count = len(told)
    edges = beta.cdf(np.arange(count + 1) / count, (count + 1) * chance, (count + 1) * (1.0 - chance))
    order = np.argsort(told, kind="stable")
    weights = np.empty(count)
    weights[order] = np.diff(edges)
    return float(weights @ told), weights


def scan(judge: Judge, count: int, seed: int) -> list[tuple[np.ndarray, Judged]]:
    """Judge evenly spread places (a scrambled Sobol sequence), both ends of all levers among them."""
    ends = [np.zeros(judge.levers), np.ones(judge.levers)]
    spread = qmc.Sobol(judge.levers, rng=np.random.default_rng(seed)).random_base2(
        int(np.ceil(np.log2(max(count, 1))))
    )
    return [(place, judge.see(place)) for place in [*ends, *spread[:count]]]


def descend(judge: Judge, start: np.ndarray, chance: float, shifts: Sequence[float] | np.ndarray) -> Descent:
    """Descend in cost from a place, held where every scenario's quantile of excess plus its shift is <= 0."""
    watched = _Watched(judge, chance)
    moved = np.asarray(shifts, dtype=np.float64)
    found = minimize(
        watched.cost,
        start,
        jac=watched.cost_slope,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * judge.levers,
        constraints={
            "type": "ineq",
            "fun": lambda place: -(watched.excess(place) + moved),
            "jac": lambda place: -watched.excess_slope(place),
        },
        options={"maxiter": STEPS, "ftol": PRECISION},
    )
    place = np.clip(np.asarray(found.x), 0.0, 1.0)
    worst = float(np.max(watched.excess(place)))
    return Descent(start, place, watched.cost(place), worst, int(found.nit))


def nearest(judge: Judge, start: np.ndarray, chance: float) -> Descent:
    """Descend in the worst scenario's quantile of excess, whatever it costs (L-BFGS-B, Byrd et al. 1995)."""
    watched = _Watched(judge, chance)

    def worst(place: np.ndarray) -> tuple[float, np.ndarray]:
        excess = watched.excess(place)
        shares = np.exp((excess - excess.max()) / SHARPNESS)
        value = excess.max() + SHARPNESS * np.log(shares.sum())
        return float(value), (shares / shares.sum()) @ watched.excess_slope(place)

    bounds = [(0.0, 1.0)] * judge.levers
    found = minimize(worst, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS})
    place = np.clip(np.asarray(found.x), 0.0, 1.0)
    return Descent(start, place, watched.cost(place), float(np.max(watched.excess(place))), int(found.nit))


class _Watched:
    """Answers for cost and excess at a place, judging each place once."""

    def __init__(self, judge: Judge, chance: float) -> None:
        self.judge, self.chance = judge, chance
        self.at: np.ndarray | None = None
        self.leant: Leant | None = None

    def _lean(self, place: np.ndarray) -> Leant:
        if self.leant is None or self.at is None or not np.array_equal(self.at, place):
            self.at = np.array(place)
            self.leant = self.judge.lean(np.clip(place, 0.0, 1.0))
        return self.leant

    def cost(self, place: np.ndarray) -> float:
        return self._lean(place).judged.cost

    def cost_slope(self, place: np.ndarray) -> np.ndarray:
        return self._lean(place).cost_slope

    def excess(self, place: np.ndarray) -> np.ndarray:
        return self._lean(place).judged.quantiles(self.chance)

    def excess_slope(self, place: np.ndarray) -> np.ndarray:
        leant = self._lean(place)
        rows = []
        for values, slopes in zip(leant.judged.excess, leant.excess_slope, strict=True):
            weights = quantile(values, self.chance)[1]
            rows.append(weights @ np.nan_to_num(slopes, nan=0.0, posinf=0.0, neginf=0.0))
        return np.array(rows)
