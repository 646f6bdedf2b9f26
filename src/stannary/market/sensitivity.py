"""Which unknown matters most: Sobol' indices of a measure over a model's priors, every prior listed.

First-order indices by Saltelli et al. (Computer Physics Communications 181, 2010, table 2 b), total ones by
Jansen (Computer Physics Communications 117, 1999), on two Sobol sequences and their mixtures; intervals by
bootstrap over rows. Rank correlations of the same runs stand beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata  # type: ignore[import-untyped]

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter
from stannary.errors import Problem, SolverError, UsageError
from stannary.market.calibration import calibrate
from stannary.market.ensemble import chances, ensemble
from stannary.market.goals import Goal, Level, aim, read_measure
from stannary.market.grouping import Regions
from stannary.market.model import Prior
from stannary.market.sampling import draws_at
from stannary.market.scenario import Scenario
from stannary.market.scenario_reader import open_scenario
from stannary.market.schedule import schedule

__all__ = ["Indices", "Influence", "Sensitivity", "indices", "sensitivity"]

RESAMPLES = 400
SETTLED = 0.1
"""Half the width of the widest interval of a total index under which indices count as converged."""


@dataclass(frozen=True)
class Indices:
    """Sobol' indices by column, with 95% intervals (``column 2``), and rank correlations.

    `first` is the share of the variance that goes when a column alone is known, `total` the share that
    stays when all others are. `mean` and `spread` (standard deviation) are those of the answers.
    """

    first: np.ndarray
    first_interval: np.ndarray
    total: np.ndarray
    total_interval: np.ndarray
    rank: np.ndarray
    mean: float
    spread: float
    failed: int

    @property
    def is_converged(self) -> bool:
        """Say whether every total index is known to within `SETTLED`."""
        widths = np.diff(self.total_interval, axis=1)
        return bool(np.all(0.5 * widths <= SETTLED))


@dataclass(frozen=True)
class Influence:
    """What one prior does to a measure: indices with their 95% intervals, and the rank correlation."""

    prior: Prior
    first: float
    first_low: float
    first_high: float
    total: float
    total_low: float
    total_high: float
    rank: float

    @property
    def words(self) -> str:
        """Name the unknown."""
        where = ", ".join(name for name in (self.prior.good or self.prior.layer, self.prior.region) if name)
        return f"{self.prior.parameter}, {where}" if where else self.prior.parameter


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Every prior of a market by how much it matters for a measure, the most first."""

    measure: Goal
    mineral: str
    scenario: str
    influences: tuple[Influence, ...]
    mean: float
    spread: float
    runs: int
    rows: int
    failed: int
    is_converged: bool
    seed: int

    @property
    def outcome(self) -> str:
        """Say in a sentence what matters most, and how sure that is."""
        told = self.measure.told
        what = f"{self.measure.measured}, {self.measure.by}"
        if not self.spread:
            return f"{what} is {told(self.mean)} whatever is unsure."
        first = self.influences[0]
        sure = "converged" if self.is_converged else "not converged: take more rows"
        return (
            f"{what}: {told(self.mean)} on average, {told(self.spread)} of spread. What matters most is "
            f"{first.words}: {first.total:.0%} of the variance ({first.total_low:.0%} to "
            f"{first.total_high:.0%}), with what it does together with others. {self.runs} runs, {sure}."
        )


def sensitivity(
    charter: Charter,
    atlas: Atlas,
    measure: Goal | str,
    *,
    mineral: str,
    scenario: Scenario | str = "business_as_usual",
    until: int | None = None,
    rows: int = 256,
    seed: int = 0,
    regions: Regions = "economies",
    progress: Callable[[float], None] | None = None,
) -> Sensitivity:
    """Rank the priors of a market by what they do to a measure, such as ``price of gallium.metal in 2035``.

    `rows` (a power of two is best) times the number of priors plus two are run. Raises `MarketError` and
    `NotFoundError` for a measure, scenario or mineral that does not fit, `UsageError` for fewer than four
    rows, `SolverError` where no run can be solved.
    """
    wanted = read_measure(measure) if isinstance(measure, str) else measure
    model = calibrate(charter, atlas, mineral, regions=regions)
    told = open_scenario(scenario, charter, atlas) if isinstance(scenario, str) else scenario
    ready, plan = schedule(told, model, charter, atlas, until=wanted.by if until is None else until)
    gauge = Level(aim(wanted, ready, plan.labels))
    tell = progress or (lambda _: None)

    def run(places: np.ndarray) -> np.ndarray:
        drawn = draws_at(ready, places)
        return ensemble(ready, plan, drawn, gauge=gauge, progress=tell).arrays["level"]

    found = indices(run, len(ready.priors), rows, seed)
    influences = [_influence(prior, found, place) for place, prior in enumerate(ready.priors)]
    return Sensitivity(
        measure=wanted, mineral=mineral, scenario=told.id, mean=found.mean, spread=found.spread,
        influences=tuple(sorted(influences, key=lambda each: -each.total)), seed=seed, rows=rows,
        runs=rows * (len(ready.priors) + 2), failed=found.failed, is_converged=found.is_converged,
    )  # fmt: skip


def _influence(prior: Prior, found: Indices, place: int) -> Influence:
    first_low, first_high = found.first_interval[place].tolist()
    total_low, total_high = found.total_interval[place].tolist()
    return Influence(
        prior=prior, first=float(found.first[place]), first_low=first_low, first_high=first_high,
        total=float(found.total[place]), total_low=total_low, total_high=total_high,
        rank=float(found.rank[place]),
    )  # fmt: skip


def indices(run: Callable[[np.ndarray], np.ndarray], columns: int, rows: int, seed: int) -> Indices:
    """Give the Sobol' indices of a function of chances: `run` takes ``run column`` and gives ``run``.

    All mixtures are run in one call. A row with an answer that is missing is left out of every index, and
    counted. Raises `UsageError` for fewer than four rows, `SolverError` where fewer than four are left.
    """
    if rows < 4:
        raise UsageError([Problem("STN-USAGE-001", f"{rows} rows are too few.", "Ask for four or more.")])
    cube = chances(2 * columns, rows, seed)
    first, second = cube[:, :columns], cube[:, columns:]
    mixed = np.repeat(first[None], columns, axis=0)
    for column in range(columns):
        mixed[column, :, column] = second[:, column]
    answers = run(np.concatenate([first, second, mixed.reshape(-1, columns)]))
    table = np.asarray(answers, dtype=np.float64).reshape(columns + 2, rows)
    sound = np.isfinite(table).all(axis=0)
    if sound.sum() < 4:
        message = f"Of {rows} rows of draws {int(sound.sum())} were solved in all their mixtures."
        raise SolverError([Problem("STN-MARKET-006", message, "Simulate the scenario first, and look why.")])
    kept = table[:, sound]
    main, total = _estimates(kept)
    dice = np.random.default_rng(seed)
    picks = dice.integers(0, kept.shape[1], (RESAMPLES, kept.shape[1]))
    resampled = np.array([_estimates(kept[:, pick]) for pick in picks])
    spans = np.quantile(resampled, [0.025, 0.975], axis=0)
    return Indices(
        first=main,
        first_interval=spans[:, 0].T,
        total=total,
        total_interval=spans[:, 1].T,
        rank=_rank_correlations(first[sound], kept[0]),
        mean=float(kept[:2].mean()),
        spread=float(kept[:2].std()),
        failed=int((~np.isfinite(table)).sum()),
    )


def _estimates(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give first-order and total indices of answers ``2 + column row``; 0 where nothing varies."""
    centred = table - table[:2].mean()
    first, second, mixed = centred[0], centred[1], centred[2:]
    variance = float(np.var(centred[:2]))
    if variance <= 1e-24 * float(np.max(np.abs(table))) ** 2:
        return np.zeros(len(mixed)), np.zeros(len(mixed))
    main = np.mean(second * (mixed - first), axis=1) / variance
    total = 0.5 * np.mean((first - mixed) ** 2, axis=1) / variance
    return main, total


def _rank_correlations(places: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Give Spearman's correlation of every column with the answers; 0 where nothing varies."""
    if np.ptp(answers) == 0.0:
        return np.zeros(places.shape[1])
    ranks, target = rankdata(places, axis=0), rankdata(answers)
    return np.array([np.corrcoef(column, target)[0, 1] for column in ranks.T])
