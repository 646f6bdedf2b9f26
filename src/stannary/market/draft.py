"""A model while a scenario is written into it: arrays by field with a period axis, and what must be said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from stannary.dated import LAST_DAY
from stannary.errors import Problem
from stannary.market.baseline import Baseline
from stannary.market.dynamics import AXES as MOVES
from stannary.market.dynamics import dynamics
from stannary.market.economy import AXES
from stannary.market.model import Model, Note
from stannary.market.reach import Reach
from stannary.market.reactions import Reaction
from stannary.market.scenario import Happening, OfGoods, Scenario
from stannary.market.timeline import Timeline

__all__ = ["Draft"]

ONE_DAY = timedelta(days=1)


@dataclass
class Draft:
    """What events are written into. `model` gets its final form before the first array is asked for."""

    model: Model
    reach: Reach
    timeline: Timeline
    base: Baseline
    scenario: Scenario
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    reactions: list[Reaction] = field(default_factory=list)
    opened: set[tuple[int, int, int]] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def own(self, name: str) -> np.ndarray:
        """Give the model's own array of a field of its economy or its dynamics."""
        if name in AXES:
            return np.asarray(getattr(self.model.economy, name))
        moves = self.model.dynamics if self.model.dynamics is not None else dynamics(self.model.form)
        return np.asarray(getattr(moves, name))

    def array(self, name: str) -> np.ndarray:
        """Give a field's values by period, to be written to; the model's own at first."""
        if name not in self.arrays:
            if name not in AXES and name not in MOVES:
                raise KeyError(name)
            own = self.own(name)
            self.arrays[name] = np.repeat(own[None], self.timeline.periods, axis=0)
        return self.arrays[name]

    def live(self, event: Happening) -> Iterator[tuple[int, date, float]]:
        """Cut the days of an event where the sets it names may change: period, first day, share of days."""
        days = [event.start, *((event.end + ONE_DAY,) if event.end and event.end < LAST_DAY else ())]
        for name in ("parties", "covered_economies", "developing_economies"):
            for spell in self.reach.charter.membership.spells(name):
                days += [spell.start, *((spell.end + ONE_DAY,) if spell.end else ())]
        for change in self.reach.changes:
            days += [change.start, *((change.end + ONE_DAY,) if change.end else ())]
        for period, day, share in self.timeline.stretches(days):
            if event.start <= day <= (event.end or LAST_DAY):
                yield period, day, share

    def arcs(self, event: Any, day: date, sell: tuple[str, ...], buy: tuple[str, ...]) -> np.ndarray:
        """Give the part of every flow that an event reaches: sellers x buyers, nobody's sales to itself.

        Axes layer, good, origin, region; leakage channels are not reached.
        """
        form = self.model.form
        out = np.zeros(form.size("KEOR"))
        sellers = self.reach.sellers(sell, day) * self.reach.goods(event)[:, :, None]
        out[:, :, : form.regions] = sellers[..., None] * self.reach.buyers(buy, day)
        for region in range(form.regions):
            out[:, :, region, region] = 0.0
        return out

    def note(self, index: int, text: str, kind: Any = "adjusted") -> None:
        """Say something of an event that a reader of results must know."""
        where = f"{self.scenario.id}: {self.scenario.place(index)}"
        self.notes.append(Note(kind=kind, parameter="scenario", where=where, text=text))

    def misses(self, index: int, event: OfGoods, text: str) -> None:
        """Say that an event does nothing in this market, unless it is about other goods altogether."""
        if self.reach.goods(event).any():
            self.note(index, text)

    def refuse(self, index: int, message: str, remedy: str) -> None:
        """Note a problem of an event that shows only on this model."""
        self.problems.append(Problem("STN-SCENARIO-003", message, remedy, self.scenario.place(index)))
