"""Ways round the levy: extra origins that sell a region's goods by another way, dearer and less watched."""

from __future__ import annotations

import numpy as np

from stannary.market.draft import Draft
from stannary.market.origins import with_origin
from stannary.market.scenario import Compliance, Leak
from stannary.market.trade_events import add_wedges

__all__ = ["add_leaks", "write_leaks"]


def add_leaks(draft: Draft) -> list[tuple[int, int, np.ndarray]]:
    """Add the channels of a scenario's leaks to the model: event, origin and reach of each.

    A channel is one region's goods, so a leak by several regions is several channels. Capacity and rising
    costs are wedges of their own.
    """
    found: list[tuple[int, int, np.ndarray]] = []
    for index, event in enumerate(draft.scenario.events):
        if not isinstance(event, Leak):
            continue
        days = draft.timeline.shares(event.start, event.end)
        if not days.any():
            continue
        on = max(event.start, draft.timeline.first_day(int(np.argmax(days > 0))))
        arcs = draft.arcs(event, on, event.by, event.against)
        sellers = [r for r in range(draft.model.form.regions) if (arcs[:, :, r] * _traded(draft, r)).any()]
        for region in sellers:
            reach = arcs[:, :, region]
            found.append((index, _add_channel(draft, event, region, reach), reach))
        if not sellers:
            draft.misses(index, event, "The leak reaches no flow of this market.")
    return found


def write_leaks(draft: Draft, channels: list[tuple[int, int, np.ndarray]]) -> None:
    """Write when each channel is open, what it costs, and how much of the levy it still pays.

    Detection finds a share of what passes; with ``effort`` times the spending the undetected share u
    becomes ``u ** effort``. What is found pays the levy and the penalty.
    """
    for index, channel, reach in channels:
        event = draft.scenario.events[index]
        if not isinstance(event, Leak):
            continue
        days = draft.timeline.shares(event.start, event.end)
        found = 1.0 - (1.0 - float(event.detection)) ** _effort(draft)
        parent = draft.model.form.origins[channel]
        weights, freight = draft.array("weights"), draft.array("freight")
        open_way = np.asarray(draft.model.economy.weights)[:, :, parent]
        weights[:, :, :, channel] = days[:, None, None, None] * float(event.ease) * open_way * reach
        expected = float(event.cost_usd_per_t) + found * float(event.penalty_usd_per_t)
        own = np.asarray(draft.model.economy.freight)[:, :, parent]
        freight[:, :, :, channel] = own + expected[:, None, None, None]
        levied = draft.array("levied")
        levied[:, :, :, channel] = levied[:, :, :, parent] * found[:, None, None, None]
        tariff = draft.array("tariff")
        tariff[:, :, :, channel] = tariff[:, :, :, parent]


def _effort(draft: Draft) -> np.ndarray:
    """Give the effort of enforcement by period: 1 as it is, averaged over the days."""
    out = np.ones(draft.timeline.periods)
    for event in draft.scenario.events:
        if isinstance(event, Compliance):
            days = draft.timeline.shares(event.start, event.end)
            out = out * (1.0 + days * (float(event.effort) - 1.0))
    return out


def _traded(draft: Draft, region: int) -> np.ndarray:
    """Say which flows of a region exist at all."""
    found: np.ndarray = np.asarray(draft.model.economy.weights)[:, :, region] > 0
    return found


def _add_channel(draft: Draft, event: Leak, region: int, reach: np.ndarray) -> int:
    """Add an origin to the model, closed at first; give its place."""
    place = len(draft.model.form.origins)
    name = f"{event.channel} of {draft.model.regions[region]}"
    draft.model = with_origin(draft.model, region, name, {})
    if event.tonnes_a_year is not None or event.rising_cost_usd_per_t2 > 0:
        a_year = draft.timeline.periods_a_year
        # a curve of rising cost needs an end: twice what the world makes
        limit = float(event.tonnes_a_year or 0) / a_year or 2.0 * float(draft.base.output.sum())
        mask = np.zeros(draft.model.economy.weights.shape)
        mask[:, :, place] = reach > 0
        tonnes = np.full(draft.timeline.periods, limit)
        add_wedges(draft, "import", [mask], [tonnes], float(event.rising_cost_usd_per_t2) * a_year)
    return place
