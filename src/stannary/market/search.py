"""Design a zone: find floors, support and stocks that reach a stated goal at least cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter
from stannary.errors import Problem, SolverError, UsageError
from stannary.market.bench import Bench, set_up
from stannary.market.descent import Descent, Judged, descend, nearest, scan
from stannary.market.designs import Check, Design, Money, Setting, checked
from stannary.market.goals import Goal, read_goal
from stannary.market.grouping import Regions
from stannary.market.levers import SELLS_AT, Lever, values_at
from stannary.market.model import Note
from stannary.market.scenario import Scenario
from stannary.market.trial import PARTIES, Seen

__all__ = ["Benches", "Found", "design", "drawn_benches", "find", "told"]

Progress = Callable[[float], None]
ROUNDS = 4
"""How often a design is tightened or eased on draws that it was not found with."""
CLOSE = 1e-3
"""An excess that counts as none, in shares."""
CHEAP = 1e-5
"""A cost that counts as none, in shares of what users spend."""
NOTHING = 1e-6
"""A place that counts as the low end of a lever."""
APART = 0.05
"""How far starts lie apart, in shares of a lever."""


def design(
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
    check: int = 1000,
    seed: int = 0,
    regions: Regions = "economies",
    starts: int = 3,
    scanned: int = 32,
    discount: float = 0.0,
    progress: Progress | None = None,
) -> Design:
    """Find the design that reaches a goal at least cost to the zone's users and treasury.

    The goal (`goals.read_goal`) must be met with its probability in every scenario; the cost is the mean over
    them, against the same law with all levers off (`discount` a year; none unless given). Levers hold from
    the year `since` on (the zone's first whole year unless given) to the end of `until` (the goal's year).
    `draws` are common to all places that are tried; what is found is tightened on as many others, and then
    counted on `check` independent draws that nothing was fitted to. Places are scanned first (`scanned`),
    then slopes followed from the best `starts`. A goal out of reach gives the nearest design, and says so.

    Raises `MarketError` and `NotFoundError` with every problem of goal, levers, scenarios and facts,
    `UsageError` for counts and years that do not fit, `SolverError` where no draw can be solved.
    """
    wanted = read_goal(goal) if isinstance(goal, str) else goal
    _must_count(draws=draws, check=check, starts=starts, scanned=scanned)
    bench, first, last = set_up(
        charter, atlas, wanted, mineral=mineral, levers=levers, scenarios=scenarios, until=until, since=since,
        regions=regions, discount=discount,
    )  # fmt: skip
    tell = progress or (lambda _: None)
    benches = drawn_benches(bench, draws, check, seed)
    tell(10.0)
    found = find(
        benches, starts=starts, scanned=scanned, seed=seed, progress=lambda done: tell(10 + 0.8 * done)
    )
    checks, cost, gains = told(benches.fresh, found.place)
    tell(100.0)
    values = values_at(bench.levers_held, found.place)
    return Design(
        goal=wanted,
        mineral=mineral,
        scenarios=bench.scenarios,
        settings=tuple(Setting(*each) for each in zip(bench.levers_held, values.tolist(), strict=True)),
        checks=checks,
        cost=cost,
        gains=gains,
        starts=tuple(each * bench.scale for each in found.starts),
        scanned=scanned,
        seed=seed,
        draws=draws,
        since=first,
        until=last,
        price_year=bench.model.price_year or bench.model.base_year,
        notes=tuple(_notes(bench)),
    )


def _must_count(**counts: int) -> None:
    problems = [
        Problem("STN-USAGE-001", f"{name}: {count} are too few.", "Ask for one or more.")
        for name, count in counts.items()
        if count < 1
    ]
    if problems:
        raise UsageError(problems)


@dataclass(frozen=True)
class Benches:
    """One bench with three sets of draws: to search on, to tighten on, and to count on at the end."""

    search: Bench
    tighten: Bench
    fresh: Bench


def drawn_benches(bench: Bench, draws: int, check: int, seed: int) -> Benches:
    """Draw for a bench. Raises `SolverError` (STN-MARKET-006) where nothing can be solved with levers off."""
    seeds = np.random.SeedSequence(seed).generate_state(3)
    search = bench.with_draws(draws, int(seeds[0]))
    if not any(each.solved.any() for each in search.off):
        message = f"None of {draws} draws could be solved with all levers off."
        raise SolverError([Problem("STN-MARKET-006", message, "Simulate the scenarios first, and look why.")])
    others = bench.with_draws(max(draws, 64), int(seeds[1]))
    fresh = bench.with_draws(check, int(seeds[2]), independent=True)
    return Benches(search, others, fresh)


# -- searching ----------------------------------------------------------------------------------------------


@dataclass
class Found:
    """A place that was found, its cost (shares of the bench's scale), and where descents ended."""

    place: np.ndarray
    cost: float
    is_feasible: bool
    starts: list[float] = field(default_factory=list)


def find(
    benches: Benches,
    *,
    starts: int = 3,
    scanned: int = 32,
    seed: int = 0,
    warm: Sequence[np.ndarray] = (),
    progress: Progress | None = None,
) -> Found:
    """Find the cheapest place that reaches the goal on draws it was not fitted to, or the nearest.

    `warm` are places to begin from as well, such as the answer for a limit nearby.
    """
    tell = progress or (lambda _: None)
    chance = benches.search.goal.probability
    looked = scan(benches.search, scanned, seed) if scanned else []
    tell(25.0)
    begun = [*warm, *_starts(looked, chance, max(starts - len(warm), 0))]
    ended: list[Descent] = []
    for place, start in enumerate(begun):
        ended.append(_descended(benches.search, start, chance))
        tell(25.0 + 50.0 * (place + 1) / len(begun))
    candidates = [each.place for each in ended]
    candidates += [place for place, judged in looked if judged.chance() >= chance]
    tried = [(place, benches.search.see(place)) for place in candidates]
    best = min(tried, key=lambda each: _merit(each[1], chance))
    costs = [each.cost if each.excess <= CLOSE else float("nan") for each in ended]
    found = _tightened(benches, best[0])
    tell(90.0)
    found.starts = costs
    if found.is_feasible:
        found = _tidied(benches.tighten, found)
    found.place = np.where(found.place < NOTHING, 0.0, found.place)
    return found


def _merit(judged: Judged, chance: float) -> tuple[bool, float]:
    """Order places: those that reach the goal by cost, before the others by how far off they are."""
    far = float(np.max(judged.quantiles(chance)))
    return (True, far) if far > CLOSE else (False, judged.cost)


def _starts(looked: list[tuple[np.ndarray, Judged]], chance: float, count: int) -> list[np.ndarray]:
    """Pick the best places that lie apart."""
    chosen: list[np.ndarray] = []
    for place, _ in sorted(looked, key=lambda each: _merit(each[1], chance)):
        if len(chosen) < count and all(np.max(np.abs(place - other)) > APART for other in chosen):
            chosen.append(place)
    return chosen


def _descended(bench: Bench, start: np.ndarray, chance: float) -> Descent:
    """Descend in cost; where that ends outside the goal, go to the goal first."""
    shifts = np.zeros(len(bench.trials))
    found = descend(bench, start, chance, shifts)
    if found.excess <= CLOSE:
        return found
    inside = nearest(bench, start, chance)
    if inside.excess > 0.0:
        return min(found, inside, key=lambda each: each.excess)
    again = descend(bench, inside.place, chance, shifts)
    return again if again.excess <= CLOSE else inside


def _tightened(benches: Benches, place: np.ndarray) -> Found:
    """Tighten a design, or ease it, until it just holds on draws that it was not found with."""
    chance = benches.search.goal.probability
    shifts = np.zeros(len(benches.search.trials))
    kept: Found | None = None
    for _ in range(ROUNDS):
        judged = benches.tighten.see(place)
        excess = judged.quantiles(chance)
        if judged.chance() >= chance and (kept is None or judged.cost < kept.cost):
            kept = Found(place, judged.cost, True)
        slack = float(np.max(excess))
        if kept is not None and -CLOSE <= slack <= 0.0:
            break
        shifts = shifts + excess + 0.5 * CLOSE
        step = descend(benches.search, place, chance, shifts)
        if np.max(np.abs(step.place - place)) < 1e-6:
            break
        place = step.place
    if kept is None:
        judged = benches.tighten.see(place)
        kept = Found(place, judged.cost, judged.chance() >= chance)
    return kept


def _tidied(bench: Bench, found: Found) -> Found:
    """Set levers to their low end where the goal is still reached at no more cost."""
    chance = bench.goal.probability
    for lever in np.argsort(found.place):
        place = np.array(found.place)
        place[lever] = 0.0
        if place[lever] == found.place[lever]:
            continue
        judged = bench.see(place)
        if judged.chance() >= chance and judged.cost <= found.cost + CHEAP:
            found = Found(place, judged.cost, True, found.starts)
    return found


# -- telling ------------------------------------------------------------------------------------------------


def told(bench: Bench, place: np.ndarray) -> tuple[tuple[Check, ...], Money, dict[str, Money]]:
    """Count on a bench's draws how a place does: checks by scenario, cost, and gains by party."""
    seen = bench.look(place)
    checks = tuple(
        checked(bench.goal, name, each.level, off.level, each.solved)
        for name, each, off in zip(bench.scenarios, seen, bench.off, strict=True)
    )
    gains = {name: _change(seen, bench.off, name) for name in PARTIES}
    cost = -(gains["users"] + gains["treasury"])
    return checks, _brief(cost), {name: _brief(values) for name, values in gains.items()}


def _change(seen: Sequence[Seen], off: Sequence[Seen], party: str) -> np.ndarray:
    """Give by draw what a party gains over all levers off, in the mean of the scenarios, USD."""
    parts = [each.gains[party] - base.gains[party] for each, base in zip(seen, off, strict=True)]
    return np.asarray(np.mean(parts, axis=0))


def _brief(values: np.ndarray) -> Money:
    known = values[np.isfinite(values)]
    if not known.size:
        return Money(float("nan"), float("nan"), float("nan"))
    low, high = np.quantile(known, [0.1, 0.9])
    return Money(float(known.mean()), float(low), float(high))


def _notes(bench: Bench) -> Iterator[Note]:
    """List what a design rests on beside the model's own assumptions."""
    kinds = {each.kind for each in bench.levers_held}
    said = [
        ("cost", "stocks left at the end are not valued: what they cost counts in full"),
        ("goal", "of every draw the worst good and period counts, among those that the goal names"),
    ]
    if "stocks" in kinds:
        text = (
            f"a designed stock sells at {SELLS_AT:g} times the price at which it buys; its cash is no limit"
        )
        said.append(("stocks", text))
    if "support" in kinds:
        said.append(("support", "support pays the whole gap to its price on all output of the zone's makers"))
    for name, text in said:
        yield Note(kind="assumed", parameter=name, where="design", text=text)
    yield from bench.model.notes
