"""The front of cost against security: how much safer each further dollar makes, by a sweep of limits.

Each point is the cheapest design for a limit of the goal's measure (the epsilon-constraint method of Haimes,
Lasdon & Wismer 1971), begun from its neighbour; what another point beats in both is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter
from stannary.market.bench import Bench, set_up
from stannary.market.descent import nearest, quantile
from stannary.market.designs import Money, Setting
from stannary.market.goals import Goal, read_goal
from stannary.market.grouping import Regions
from stannary.market.levers import Lever, values_at
from stannary.market.scenario import Scenario
from stannary.market.search import Benches, drawn_benches, find, told

__all__ = ["Front", "Point", "front", "undominated"]


@dataclass(frozen=True)
class Point:
    """A design on the front: the measure at the goal's probability and the cost, both on fresh draws."""

    level: float
    cost: Money
    settings: tuple[Setting, ...]


@dataclass(frozen=True, kw_only=True)
class Front:
    """Designs from the cheapest to the safest, none of which another beats in cost and security.

    `unaided` is the measure with all levers off; `dominated` counts the designs that were left out.
    """

    goal: Goal
    mineral: str
    scenarios: tuple[str, ...]
    points: tuple[Point, ...]
    unaided: float
    dominated: int
    seed: int
    draws: int

    @property
    def outcome(self) -> str:
        """Say in a sentence how far the front reaches."""
        sure = f"{self.goal.probability:.0%} of draws"
        if not self.points:
            return f"No design was found that changes {self.goal.measured}."
        first, last = self.points[0], self.points[-1]
        return (
            f"{self.goal.measured}, {self.goal.by}, {sure}: {self.goal.told(self.unaided)} with all levers "
            f"off; from {self.goal.told(first.level)} for {first.cost.mean / 1e6:,.1f} million USD to "
            f"{self.goal.told(last.level)} for {last.cost.mean / 1e6:,.1f} million."
        )


def front(
    charter: Charter,
    atlas: Atlas,
    goal: Goal | str,
    *,
    mineral: str,
    levers: Sequence[str] | Sequence[Lever] = ("floors", "support"),
    scenarios: Sequence[str | Scenario] = ("business_as_usual",),
    until: int | None = None,
    since: int | None = None,
    draws: int = 64,
    check: int = 500,
    seed: int = 0,
    regions: Regions = "economies",
    points: int = 6,
    scanned: int = 16,
    discount: float = 0.0,
    progress: Callable[[float], None] | None = None,
) -> Front:
    """Sweep the limit of a goal from what the cheapest design brings to the best that can be reached.

    The goal's own limit does not matter; its measure, year and probability do. All else, and what is raised,
    is as for `search.design`.
    """
    wanted = read_goal(goal) if isinstance(goal, str) else goal
    bench, _, _ = set_up(
        charter, atlas, wanted, mineral=mineral, levers=levers, scenarios=scenarios, until=until, since=since,
        regions=regions, discount=discount,
    )  # fmt: skip
    tell = progress or (lambda _: None)
    benches = drawn_benches(bench, draws, check, seed)
    safest = min(
        (nearest(benches.search, start, wanted.probability) for start in _far_starts(bench)),
        key=lambda each: each.excess,
    )
    tell(30.0)
    off, best = (_level(benches.search, place) for place in (np.zeros(bench.levers), safest.place))
    cheapest = find(_limited(benches, off), starts=2, scanned=scanned, seed=seed)
    begin = _level(benches.search, cheapest.place)
    found = [_point(benches.fresh, cheapest.place)]
    warm = [cheapest.place, safest.place]
    for place, limit in enumerate(np.linspace(begin, best, points)[1:]):
        step = find(_limited(benches, float(limit)), starts=2, scanned=0, seed=seed, warm=warm)
        warm = [step.place, safest.place]
        found.append(_point(benches.fresh, step.place))
        tell(40.0 + 60.0 * (place + 1) / points)
    kept = undominated([(each.cost.mean, _risk(wanted, each.level)) for each in found])
    chosen = sorted((found[place] for place in kept), key=lambda each: each.cost.mean)
    unaided = _point(benches.fresh, np.zeros(bench.levers)).level
    return Front(
        goal=wanted, mineral=mineral, scenarios=bench.scenarios, points=tuple(chosen), unaided=unaided,
        dominated=len(found) - len(chosen), seed=seed, draws=draws,
    )  # fmt: skip


def undominated(pairs: Sequence[tuple[float, float]]) -> list[int]:
    """Give the places of pairs that no other pair beats: at most as large in both, and less in one."""
    return [
        place
        for place, (cost, risk) in enumerate(pairs)
        if np.isfinite(cost)
        and np.isfinite(risk)
        and not any(
            other[0] <= cost and other[1] <= risk and (other != (cost, risk) or before < place)
            for before, other in enumerate(pairs)
            if before != place
        )
    ]


def _limited(benches: Benches, limit: float) -> Benches:
    return Benches(*(each.with_limit(limit) for each in (benches.search, benches.tighten, benches.fresh)))


def _far_starts(bench: Bench) -> list[np.ndarray]:
    return [np.full(bench.levers, 0.5), np.full(bench.levers, 0.9)]


def _level(bench: Bench, place: np.ndarray) -> float:
    """Give the measure at the goal's probability in the worst scenario (on the draws of the search)."""
    goal = bench.goal
    at = 1.0 - goal.probability if goal.kind == "made" else goal.probability
    levels = [quantile(each.level, at)[0] for each in bench.look(place)]
    return min(levels) if goal.kind == "made" else max(levels)


def _risk(goal: Goal, level: float) -> float:
    return -level if goal.kind == "made" else level


def _point(bench: Bench, place: np.ndarray) -> Point:
    checks, cost, _ = told(bench, place)
    level = max((each.level for each in checks), key=lambda each: _risk(bench.goal, each))
    values = values_at(bench.levers_held, place)
    settings = tuple(Setting(*each) for each in zip(bench.levers_held, values.tolist(), strict=True))
    return Point(level, cost, settings)
