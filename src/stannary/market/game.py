"""Players who each choose a few numbers and answer one another, and how far they are from a Nash equilibrium.

Payoffs are any function of all players' strategies that JAX can differentiate: a formula, a solved market,
a path of many periods. A best response looks at a whole grid first, then climbs from the best of it by
gradient, then searches without one, since a kink has none. The exploitability gap is what each player could
still gain by its own best response: 0 at a Nash equilibrium, and the figure that says whether one was found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.optimize import minimize, minimize_scalar  # type: ignore[import-untyped]

from stannary.errors import MarketError, Place, Problem, refuse
from stannary.market import arrays as _arrays  # noqa: F401  (64-bit numbers)

__all__ = ["Answer", "Game", "Played", "Player", "best_response", "exploitability", "lead", "play"]

Payoffs = Callable[[tuple[Array, ...]], Any]

CLIMBS = 3
"""How many of the best points of the grid are climbed from."""

MOST_POINTS = 4096
UNSOLVED = 1e30


@dataclass(frozen=True)
class Player:
    """Who chooses: a name, the lowest and highest value of each number, and grid points per number."""

    name: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    points: int = 9


@dataclass(frozen=True)
class Answer:
    """A best response: the strategy, what it pays, and what it pays more than the strategy held before."""

    strategy: np.ndarray
    value: float
    gain: float


@dataclass(frozen=True)
class Played:
    """Where players came to rest, or stopped.

    `gaps` is what each could still gain by deviating, in the unit of its payoff; `settled` says whether
    strategies stopped moving. `told` says both in a sentence.
    """

    strategies: tuple[np.ndarray, ...]
    values: np.ndarray
    gaps: np.ndarray
    rounds: int
    settled: bool
    told: str


@dataclass(frozen=True)
class Game:
    """Players and payoffs (a function of all strategies, giving one number a player), compiled on first use.

    A payoff of NaN is a market that is not solved: nobody chooses it. Raises `MarketError` (STN-MARKET-003)
    for bounds that are none or grids too large to look at.
    """

    players: tuple[Player, ...]
    payoffs: Payoffs
    _compiled: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        problems = []
        for player in self.players:
            remedy = "Give each number a low and a high, and few enough grid points."
            if len(player.low) != len(player.high) or any(
                low >= high for low, high in zip(player.low, player.high, strict=False)
            ):
                message = f"{player.name} has bounds that leave nothing to choose."
                problems.append(Problem("STN-MARKET-003", message, remedy, Place(path=player.name)))
            elif player.points ** len(player.low) > MOST_POINTS or player.points < 2:
                count = player.points ** len(player.low)
                message = f"{player.name} would look at {count} points; 2 to {MOST_POINTS} are possible."
                problems.append(Problem("STN-MARKET-003", message, remedy, Place(path=player.name)))
        refuse(MarketError, problems)

    def values(self, strategies: Sequence[Any]) -> np.ndarray:
        """Give every player's payoff."""
        if "values" not in self._compiled:
            self._compiled["values"] = jax.jit(lambda held: jnp.stack(list(self.payoffs(held))))
        return np.asarray(self._compiled["values"](_held(strategies)))

    def slope(self, mine: int, own: np.ndarray, strategies: Sequence[Any]) -> tuple[float, np.ndarray]:
        """Give a player's payoff at an own strategy, the others' held, and its gradient."""
        name = f"slope {mine}"
        if name not in self._compiled:
            self._compiled[name] = jax.jit(jax.value_and_grad(lambda x, held: self._mine(mine, x, held)))
        value, slope = self._compiled[name](jnp.asarray(own), _held(strategies))
        return float(value), np.asarray(slope)

    def on_grid(self, mine: int, grid: np.ndarray, strategies: Sequence[Any]) -> np.ndarray:
        """Give a player's payoff at many own strategies (rows), the others' held."""
        name = f"grid {mine}"
        if name not in self._compiled:

            def look(rows: Array, held: tuple[Array, ...]) -> Array:
                found: Array = jax.lax.map(lambda x: self._mine(mine, x, held), rows)
                return found

            self._compiled[name] = jax.jit(look)
        return np.asarray(self._compiled[name](jnp.asarray(grid), _held(strategies)))

    def _mine(self, mine: int, own: Array, held: tuple[Array, ...]) -> Any:
        return self.payoffs(tuple(own if at == mine else each for at, each in enumerate(held)))[mine]


def play(
    game: Game, start: Sequence[Any], *, rounds: int = 50, tolerance: float = 1e-7, damping: float = 0.0
) -> Played:
    """Let players answer one another in turn until nobody moves by more than `tolerance` of its range.

    `damping` is the part of each move that is kept back. The gaps are found afterwards, by best responses
    to the final point. A game without an equilibrium in pure strategies goes round in circles: then
    `settled` is false and a gap stays.
    """
    held = [np.asarray(each, dtype=np.float64) for each in start]
    settled, done = False, 0
    while done < rounds and not settled:
        moved = 0.0
        for mine, player in enumerate(game.players):
            answer = best_response(game, mine, held)
            width = np.asarray(player.high) - np.asarray(player.low)
            onward = damping * held[mine] + (1.0 - damping) * answer.strategy
            moved = max(moved, float(np.max(np.abs(onward - held[mine]) / width)))
            held[mine] = onward
        done += 1
        settled = moved <= tolerance
    gaps = exploitability(game, held)
    return Played(tuple(held), game.values(held), gaps, done, settled, _told(game, gaps, done, settled))


def exploitability(game: Game, strategies: Sequence[Any]) -> np.ndarray:
    """Give what each player could gain by its best response, the others staying; 0 at a Nash equilibrium."""
    return np.array([best_response(game, mine, strategies).gain for mine in range(len(game.players))])


def best_response(game: Game, mine: int, strategies: Sequence[Any]) -> Answer:
    """Find the strategy that pays a player most while the others stay.

    Never worse than the strategy held: where nothing better is found, that is the answer and its gain 0.
    """
    player = game.players[mine]
    held = np.asarray(strategies[mine], dtype=np.float64)
    axes = [np.linspace(low, high, player.points) for low, high in zip(player.low, player.high, strict=True)]
    grid = np.array([*product(*axes), held])
    values = np.nan_to_num(game.on_grid(mine, grid, strategies), nan=-UNSOLVED)
    before = float(values[-1])
    order = np.argsort(-values, kind="stable")[:CLIMBS]
    found = [(float(values[place]), grid[place]) for place in order]
    found += [_climb(game, mine, grid[place], strategies) for place in order]
    value, best = max(found, key=lambda each: each[0])
    value, best = _search(game, mine, best, value, strategies)
    if value <= before:
        return Answer(held, before, 0.0)
    return Answer(best, value, value - before)


def lead(game: Game, leader: int, start: Sequence[Any]) -> Played:
    """Let one player of two choose first, knowing how the other will answer (von Stackelberg 1934).

    The leader's whole grid is looked at, each point with the follower's best response, then each of its
    numbers is searched between its neighbours. The gaps are those of moving at once: the leader has one
    wherever commitment is worth something, the follower none.
    """
    player, follower = game.players[leader], 1 - leader
    axes = [np.linspace(low, high, player.points) for low, high in zip(player.low, player.high, strict=True)]

    def answered(own: np.ndarray) -> tuple[float, list[np.ndarray]]:
        held = [np.asarray(each, dtype=np.float64) for each in start]
        held[leader] = own
        held[follower] = best_response(game, follower, held).strategy
        value = float(game.values(held)[leader])
        return (value if np.isfinite(value) else -UNSOLVED), held

    best = np.asarray(max(product(*axes), key=lambda each: answered(np.array(each))[0]))
    for place, (low, high) in enumerate(zip(player.low, player.high, strict=True)):
        cell = (high - low) / (player.points - 1)

        def fall(x: float, place: int = place, around: np.ndarray = best) -> float:
            moved = around.copy()
            moved[place] = x
            return -answered(moved)[0]

        within = (max(low, best[place] - cell), min(high, best[place] + cell))
        options = {"xatol": 1e-7 * (high - low)}
        found = minimize_scalar(fall, bounds=within, method="bounded", options=options)
        if -found.fun > answered(best)[0]:
            best = best.copy()
            best[place] = found.x
    held = answered(best)[1]
    told = f"{player.name} leads, {game.players[follower].name} answers."
    return Played(tuple(held), game.values(held), exploitability(game, held), 1, True, told)


def _climb(game: Game, mine: int, start: np.ndarray, strategies: Sequence[Any]) -> tuple[float, np.ndarray]:
    """Climb from a point by gradient within the bounds (L-BFGS-B)."""
    player = game.players[mine]
    first, _ = game.slope(mine, start, strategies)
    scale = max(abs(first), 1e-9) if np.isfinite(first) else 1.0

    def fall(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = game.slope(mine, x, strategies)
        if not np.isfinite(value) or not np.isfinite(slope).all():
            return UNSOLVED, np.zeros_like(x)
        return -value / scale, -slope / scale

    bounds = list(zip(player.low, player.high, strict=True))
    options = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 100}
    done = minimize(fall, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    value, _ = game.slope(mine, done.x, strategies)
    return (value if np.isfinite(value) else -UNSOLVED), np.asarray(done.x)


def _search(
    game: Game, mine: int, best: np.ndarray, value: float, strategies: Sequence[Any]
) -> tuple[float, np.ndarray]:
    """Search along each number between the neighbouring grid points: an optimum at a kink has no gradient."""
    player = game.players[mine]
    for place, (low, high) in enumerate(zip(player.low, player.high, strict=True)):
        cell = (high - low) / (player.points - 1)

        def fall(x: float, place: int = place, around: np.ndarray = best) -> float:
            moved = around.copy()
            moved[place] = x
            worth = float(game.on_grid(mine, moved[None], strategies)[0])
            return -worth if np.isfinite(worth) else UNSOLVED

        within = (max(low, best[place] - cell), min(high, best[place] + cell))
        found = minimize_scalar(
            fall, bounds=within, method="bounded", options={"xatol": 1e-10 * (high - low)}
        )
        if -found.fun > value:
            best = best.copy()
            best[place], value = found.x, -float(found.fun)
    return value, best


def _held(strategies: Sequence[Any]) -> tuple[Array, ...]:
    return tuple(jnp.asarray(each, dtype=jnp.float64) for each in strategies)


def _told(game: Game, gaps: np.ndarray, rounds: int, settled: bool) -> str:
    worst = int(np.argmax(gaps))
    rest = f"settled after {rounds} rounds" if settled else f"had not settled after {rounds} rounds"
    return f"Play {rest}; {game.players[worst].name} could still gain {gaps[worst]:.3g} by deviating."
