"""The bench on which designs are judged: scenarios on trial with levers, and the draws they are judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter
from stannary.errors import MarketError, Problem, StannaryError, UsageError, refuse
from stannary.market.baseline import baseline
from stannary.market.calibration import calibrate
from stannary.market.descent import Judged, Leant
from stannary.market.ensemble import chances
from stannary.market.goals import Goal, aim
from stannary.market.grouping import Regions
from stannary.market.levers import Lever, knobs, levers_of, values_at, with_levers
from stannary.market.model import Model
from stannary.market.sampling import draws_at
from stannary.market.scenario import Scenario
from stannary.market.scenario_reader import open_scenario
from stannary.market.schedule import schedule
from stannary.market.trial import Seen, Trial

__all__ = ["Bench", "Sample", "set_up"]

Sample = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Scenarios on trial for a goal: judges places between 0 and 1 in every lever (`descent.Judge`).

    `samples` are the draws of each trial; all trials share their chances. Costs are in shares of `scale`
    (USD: what the zone's final users spent in the base year, times the years), gained or lost against all
    levers off.
    """

    trials: tuple[Trial, ...]
    scenarios: tuple[str, ...]
    levers_held: tuple[Lever, ...]
    goal: Goal
    samples: tuple[Sample, ...]
    scale: float
    off: tuple[Seen, ...] = ()

    @property
    def levers(self) -> int:
        """Give the number of levers."""
        return len(self.levers_held)

    @property
    def model(self) -> Model:
        """Give the model of the first scenario."""
        return self.trials[0].model

    def with_draws(self, count: int, seed: int, *, independent: bool = False) -> Bench:
        """Give the same bench with other draws, and look at it with all levers off."""
        drawn = [
            draws_at(each.model, chances(len(each.model.priors), count, seed, independent=independent))
            for each in self.trials
        ]
        nothing = np.zeros(self.levers)
        off = tuple(each.see(nothing, draw) for each, draw in zip(self.trials, drawn, strict=True))
        return replace(self, samples=tuple(drawn), off=off)

    def with_limit(self, limit: float) -> Bench:
        """Give the same bench with another limit of its goal; nothing is solved again."""
        return replace(self, goal=self.goal.with_limit(limit))

    def look(self, place: np.ndarray) -> tuple[Seen, ...]:
        """Give what every trial sees at a place, exactly."""
        values = values_at(self.levers_held, place)
        return tuple(each.see(values, draw) for each, draw in zip(self.trials, self.samples, strict=True))

    def see(self, place: np.ndarray) -> Judged:
        """Judge a place exactly."""
        return self.judged(self.look(place))

    def judged(self, seen: Sequence[Seen]) -> Judged:
        """Judge what was seen: mean cost over scenarios, and each draw's excess over the limit."""
        costs = [_mean(each.cost - off.cost) / self.scale for each, off in zip(seen, self.off, strict=True)]
        return Judged(float(np.mean(costs)), tuple(self._excess(each) for each in seen))

    def lean(self, place: np.ndarray) -> Leant:
        """Judge a place with rounded kinks, and give slopes with respect to it."""
        values = values_at(self.levers_held, place)
        span = np.array([each.high - each.low for each in self.levers_held])
        leant = [each.lean(values, draw) for each, draw in zip(self.trials, self.samples, strict=True)]
        steep = [
            np.nan_to_num(_mean_rows(each.cost_slope, each.seen.solved)) * span / self.scale for each in leant
        ]
        inner = tuple(self._slope(each.seen.level)[:, None] * each.level_slope * span for each in leant)
        judged = self.judged([each.seen for each in leant])
        return Leant(judged, np.mean(steep, axis=0), inner)

    def _excess(self, seen: Seen) -> np.ndarray:
        level = np.where(seen.solved, seen.level, np.nan)
        if self.goal.kind == "price":
            return np.asarray(np.log(level / self.goal.limit))
        return np.asarray(
            (self.goal.limit - level) if self.goal.kind == "made" else (level - self.goal.limit)
        )

    def _slope(self, level: np.ndarray) -> np.ndarray:
        if self.goal.kind == "price":
            return np.asarray(1.0 / level)
        return np.full(level.shape, -1.0 if self.goal.kind == "made" else 1.0)


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else 1.0


def _mean_rows(rows: np.ndarray, solved: np.ndarray) -> np.ndarray:
    return np.asarray(rows[solved].mean(axis=0)) if solved.any() else np.zeros(rows.shape[1])


def set_up(
    charter: Charter,
    atlas: Atlas,
    goal: Goal,
    *,
    mineral: str,
    levers: Sequence[str] | Sequence[Lever],
    scenarios: Sequence[str | Scenario],
    until: int | None,
    since: int | None,
    regions: Regions,
    discount: float = 0.0,
) -> tuple[Bench, int, int]:
    """Set up a bench without draws; give it, the first year of the levers and the last of the simulation.

    Raises `MarketError` (STN-DESIGN-001, STN-DESIGN-002) and `NotFoundError` with every problem of goal,
    levers and scenarios, and `UsageError` for years that do not fit.
    """
    model = calibrate(charter, atlas, mineral, regions=regions)
    last = goal.by if until is None else until
    problems: list[Problem] = []
    found: tuple[Lever, ...] = ()
    told: list[Scenario] = []
    try:
        named = [each for each in levers if isinstance(each, str)]
        found = (*(levers_of(named, model) if named or not levers else ()),
                 *(each for each in levers if isinstance(each, Lever)))  # fmt: skip
    except StannaryError as error:
        problems += error.problems
    for each in scenarios:
        try:
            told.append(open_scenario(each, charter, atlas) if isinstance(each, str) else each)
        except StannaryError as error:
            problems += error.problems
    years = [f"{model.base_year + place}" for place in range(max(last - model.base_year + 1, 1))]
    try:
        aim(goal, model, years)
    except StannaryError as error:
        problems += error.problems
    refuse(MarketError, problems)
    if not told:
        raise UsageError([Problem("STN-USAGE-001", "No scenario was named.", "Name one or more.")])
    first = _first_year(charter, model) if since is None else since
    if first > goal.by:
        message = f"The levers would be set from {first} on, after {goal.by}."
        raise UsageError([Problem("STN-USAGE-001", message, "Let them begin earlier.")])
    trials = []
    for each in told:
        ready, plan = schedule(with_levers(each, found, first), model, charter, atlas, until=last)
        turned = knobs(found, ready, plan, first)
        trials.append(Trial(ready, plan, turned, aim(goal, ready, plan.labels), discount))
    bench = Bench(
        trials=tuple(trials), scenarios=tuple(each.id for each in told), levers_held=found, goal=goal,
        samples=(), scale=_scale(model) * trials[0].plan.periods,
    )  # fmt: skip
    return bench, first, last


def _first_year(charter: Charter, model: Model) -> int:
    """Give the first whole year in which somebody is inside the zone."""
    starts = [spell.start for spell in charter.membership.spells("parties")]
    first = min(starts, default=None)
    if first is None:
        return model.base_year
    return max(first.year + ((first.month, first.day) != (1, 1)), model.base_year)


def _scale(model: Model) -> float:
    base = baseline(model)
    inside = np.array([name in model.zone for name in model.regions])
    spent = float((base.average * base.use * inside)[-1].sum())
    return spent if spent > 0 else 1.0
