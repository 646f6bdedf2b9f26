"""What a search found: a design, how well it holds on draws it has not seen, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import binomtest  # type: ignore[import-untyped]

from stannary.market.goals import Goal
from stannary.market.levers import Lever
from stannary.market.model import Note

__all__ = ["Check", "Design", "Money", "Setting", "Verdict", "checked"]

Verdict = Literal["reached", "likely", "not reached"]
SURE = 0.95
"""The level of the intervals about a counted share."""


@dataclass(frozen=True)
class Money:
    """A sum by draw told in brief: mean, 10% and 90% points. USD, the whole zone, all periods."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Setting:
    """A lever of a design and its value, in the lever's unit."""

    lever: Lever
    value: float

    @property
    def words(self) -> str:
        """Say what is set: nothing, or the value with its unit."""
        if self.value <= 1e-6 * self.lever.high:
            return f"{self.lever.words}: none"
        return f"{self.lever.words}: {self.value:,.4g} {self.lever.unit}"


@dataclass(frozen=True)
class Check:
    """How a design held in one scenario on fresh draws: how many of how many met the goal.

    `low` and `high` are the exact 95% interval of that share (Clopper & Pearson 1934). `level` is the
    measure's quantile at the goal's probability, `middle` its median; `unaided` and `unaided_share` are what
    it is with all levers off. `failed` draws were not solved and count as not meeting the goal.
    """

    scenario: str
    met: int
    draws: int
    low: float
    high: float
    level: float
    middle: float
    unaided: float
    unaided_share: float
    failed: int

    @property
    def share(self) -> float:
        """Give the share of draws that met the goal."""
        return self.met / self.draws


@dataclass(frozen=True, kw_only=True)
class Design:
    """The cheapest design that was found for a goal, or where there is none the one that comes nearest.

    `cost` is what users and the treasury of the zone lose by it against the same law with all levers off,
    in the mean of the scenarios; `gains` tells users, treasury and producers apart. `starts` are the costs
    at which descents from different starts ended (NaN: outside the goal), to show that the answer is no
    local accident.
    """

    goal: Goal
    mineral: str
    scenarios: tuple[str, ...]
    settings: tuple[Setting, ...]
    checks: tuple[Check, ...]
    cost: Money
    gains: Mapping[str, Money]
    starts: tuple[float, ...]
    scanned: int
    seed: int
    draws: int
    since: int
    until: int
    price_year: int
    notes: tuple[Note, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Say whether the goal is reached on fresh draws: surely, as far as was counted, or not."""
        worst = min(self.checks, key=lambda each: each.share)
        if worst.low >= self.goal.probability:
            return "reached"
        return "likely" if worst.share >= self.goal.probability else "not reached"

    @property
    def chance(self) -> float:
        """Give the share of fresh draws that met the goal, in the worst scenario."""
        return min(each.share for each in self.checks)

    @property
    def outcome(self) -> str:
        """Say in a sentence or two what was found."""
        worst = min(self.checks, key=lambda each: each.share)
        counted = (
            f"{worst.met} of {worst.draws} fresh draws ({worst.share:.1%}, 95% interval {worst.low:.1%} to "
            f"{worst.high:.1%}{self._where(worst)})"
        )
        if self.verdict == "not reached":
            sure = f"{self.goal.probability:.0%}"
            return (
                f"No design within these levers was found that reaches the goal: {self.goal.words}. The "
                f"nearest met it in {counted}, with {self.goal.measured} at "
                f"{self.goal.told(worst.level)} or better in {sure} of draws "
                f"({self.goal.told(worst.unaided)} with all levers off). {self._cost}"
            )
        held = "is reached" if self.verdict == "reached" else "is reached as far as was counted"
        return f"The goal {held}: {self.goal.words}, met in {counted}. {self._cost}"

    @property
    def _cost(self) -> str:
        low, high = sorted((abs(self.cost.low), abs(self.cost.high)))
        mixed = self.cost.low < 0.0 < self.cost.high
        span = (
            f"{self.cost.low / 1e6:,.1f} to {self.cost.high / 1e6:,.1f}"
            if mixed
            else (f"{low / 1e6:,.1f} to {high / 1e6:,.1f}")
        )
        verb = (
            "costs users and treasury" if self.cost.mean >= 0.0 else "leaves users and treasury better off by"
        )
        span = f"cost {span}" if mixed and self.cost.mean < 0.0 else span
        return (
            f"It {verb} {abs(self.cost.mean) / 1e6:,.1f} million USD ({span}) against the same law with all "
            f"levers off, {self.since} to {self.until}, not discounted."
        )

    def _where(self, check: Check) -> str:
        return f", in {check.scenario}" if len(self.checks) > 1 else ""


def checked(goal: Goal, scenario: str, levels: np.ndarray, unaided: np.ndarray, solved: np.ndarray) -> Check:
    """Count how many fresh draws meet a goal, and give the exact interval of the share."""
    met = int(np.sum(goal.is_met(levels) & solved))
    span = binomtest(met, len(levels)).proportion_ci(SURE, method="exact")
    at = 1.0 - goal.probability if goal.kind == "made" else goal.probability
    return Check(
        scenario=scenario,
        met=met,
        draws=len(levels),
        low=float(span.low),
        high=float(span.high),
        level=_quantile(levels, at),
        middle=_quantile(levels, 0.5),
        unaided=_quantile(unaided, at),
        unaided_share=float(np.mean(goal.is_met(unaided))),
        failed=int(np.sum(~solved)),
    )


def _quantile(values: np.ndarray, at: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.quantile(known, at)) if known.size else float("nan")
