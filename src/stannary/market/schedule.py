"""A scenario and a charter written out for one model: what each period is like, as arrays.

The charter's law is asked for day by day (`law_in_force`), the scenario's events are written over the model's
own numbers, and whatever covers only part of a period counts by its share of the days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter
from stannary.errors import MarketError, Place, Problem, refuse
from stannary.market.baseline import baseline
from stannary.market.draft import Draft
from stannary.market.economy import AXES, NO_LIMIT, Economy
from stannary.market.law_in_force import LawInForce, law_in_force
from stannary.market.leaks import add_leaks, write_leaks
from stannary.market.model import Model, Note
from stannary.market.quarters import by_quarter
from stannary.market.reach import Reach, changes_of
from stannary.market.reactions import Reaction
from stannary.market.scenario import Event, Retaliation, Scenario
from stannary.market.supply_events import open_projects, write_supply
from stannary.market.timeline import Timeline
from stannary.market.trade_events import add_quotas, add_wedges, redirected, write_trade
from stannary.market.treasury_in_force import write_purchases, write_stocks, write_support

__all__ = ["Schedule", "schedule"]

FOR_GOOD = 1_000_000
"""Periods that stand for "without end"."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What each period of a simulation is like: what a path needs, and what a report says of it.

    `overrides` hold ``[period, *axes]`` by field of `Economy` or `Dynamics`, absolute values; `zone`
    (``[period, region]``) is the part of each region inside the zone and stands among them too. `growth` is
    the factor on final use (``[period, layer, good, region]``), already in the overrides. `reactions` are
    what others do if something happens. Temporary losses are in the overrides of `capacity` and of the supply
    curve; `losses` and `projects` (fields of `Dynamics`) are what is destroyed and built for good.
    """

    scenario: str
    periods: int
    start_year: int
    periods_a_year: int
    overrides: Mapping[str, np.ndarray]
    growth: np.ndarray
    zone: np.ndarray
    reactions: tuple[Reaction, ...] = ()
    events: tuple[Event, ...] = ()
    notes: tuple[Note, ...] = ()
    labels: tuple[str, ...] = field(default=())

    def economy(self, model: Model, period: int) -> Economy:
        """Give the market of one period with its law and events, nothing having been built or closed."""
        changes = {name: values[period] for name, values in self.overrides.items() if name in AXES}
        return model.economy.but(**changes)


def schedule(
    scenario: Scenario,
    model: Model,
    charter: Charter,
    atlas: Atlas,
    *,
    until: int,
    quarterly: bool = False,
) -> tuple[Model, Schedule]:
    """Write a scenario out for a model, to the end of the year `until`.

    Gives the model to run it on (quotas, tariff-rate quotas and leaks add to its form; with `quarterly` it
    counts in quarters) and the schedule. The first period is the scenario's start, else the model's base
    year. Raises `MarketError` (STN-SCENARIO-003) where events do not fit this market, all of them listed.
    """
    first = model.base_year if scenario.text.start is None else scenario.text.start.year
    if until < first:
        message = f"the simulation would end in {until}, before it starts in {first}."
        place = Place(scenario.file, path="until")
        raise MarketError([Problem("STN-SCENARIO-003", message, "Ask for a later year.", place)])
    ready = by_quarter(model) if quarterly else model
    timeline = Timeline(first, (until - first + 1) * ready.periods_a_year, ready.periods_a_year)
    reach = Reach(ready, charter, atlas, changes_of(scenario.events))
    draft = Draft(ready, reach, timeline, baseline(ready), scenario)
    open_projects(draft)
    draft.base = baseline(draft.model)
    law = law_in_force(reach, timeline, scenario.events, draft.base)
    add_quotas(draft)
    _add_tariff_quotas(draft, law)
    channels = add_leaks(draft)
    _write_law(draft, law)
    draft.base = baseline(draft.model)
    write_trade(draft)
    write_leaks(draft, channels)
    growth = write_supply(draft)
    supported = write_support(draft)
    write_purchases(draft)
    write_stocks(draft)
    _write_reactions(draft)
    refuse(MarketError, draft.problems)
    return _finished(draft, law, growth, supported)


def _finished(draft: Draft, law: LawInForce, growth: np.ndarray, supported: bool) -> tuple[Model, Schedule]:
    """Put model and schedule together; fields that never differ from the model's own are left out."""
    form = replace(draft.model.form, duties=law.duties, supports=draft.model.form.supports or supported)
    notes = [*draft.notes]
    notes += [Note(kind="adjusted", parameter="floor", where="charter", text=text) for text in law.notes]
    kept = {}
    for name, values in draft.arrays.items():
        if (values != draft.own(name)[None]).any():
            kept[name] = values
    kept["zone"] = law.zone
    ready = replace(draft.model, form=form, notes=(*draft.model.notes, *notes))
    plan = Schedule(
        scenario=draft.scenario.id,
        periods=draft.timeline.periods,
        start_year=draft.timeline.start_year,
        periods_a_year=draft.timeline.periods_a_year,
        overrides=kept,
        growth=growth,
        zone=law.zone,
        reactions=tuple(draft.reactions),
        events=draft.scenario.events,
        notes=tuple(notes),
        labels=draft.timeline.labels,
    )
    return ready, plan


def _write_law(draft: Draft, law: LawInForce) -> None:
    """Put the law into the arrays of a draft; channels added since the law was read pay nothing yet."""
    for name, values in law.arrays.items():
        array = draft.array(name)
        if name == "levied":
            array[:] = 0.0
            array[:, :, :, : values.shape[3]] = values
        else:
            array[:] = values


def _add_tariff_quotas(draft: Draft, law: LawInForce) -> None:
    """Add a wedge for every tariff quota of the charter: within it no levy is due."""
    form = draft.model.form
    arcs, tonnes = [], []
    for k, e, a_year, days in law.quotas:
        mask = np.zeros(form.size("KEOR"))
        mask[k, e] = law.arrays["levied"][:, k, e].max(axis=0) > 0
        if mask.any():
            arcs.append(mask)
            held = a_year / draft.timeline.periods_a_year
            tonnes.append(np.where(days > 0, days * held, NO_LIMIT))
    if arcs:
        add_wedges(draft, "levy", arcs, tonnes)


def _write_reactions(draft: Draft) -> None:
    """Turn retaliation into data for the path: what is watched, and what becomes of which field."""
    a_year = draft.timeline.periods_a_year
    for index, event in enumerate(draft.scenario.events):
        if not isinstance(event, Retaliation):
            continue
        on = max(event.start, draft.timeline.first_day(0))
        if event.start > draft.timeline.first_day(0):
            draft.note(index, "The response follows its trigger from the first period on.")
        goods = draft.reach.goods(event)[:, :, None]
        watchers = event.by if event.trigger == "output_share" else event.against
        watched = goods * (draft.reach.sellers(watchers, on) > 0)
        if event.trigger == "floor":
            watched = goods * (_ever(draft, event) > 0)
        changes = _response(draft, index, event)
        per_period = event.trigger in ("levy", "support", "purchases", "pipeline")
        size = float((event.below if event.trigger == "output_share" else event.above) or Decimal(0))
        lasts = FOR_GOOD if event.lasts_years is None else max(round(float(event.lasts_years) * a_year), 1)
        for name, factor, addend in changes:
            draft.reactions.append(
                Reaction(
                    trigger=event.trigger,
                    changes=name,
                    watched=watched,
                    threshold=size / a_year if per_period else size,
                    factor=factor,
                    addend=addend,
                    delay=round(float(event.after_years) * a_year),
                    duration=lasts,
                )
            )


def _ever(draft: Draft, event: Retaliation) -> np.ndarray:
    """Give the part of each region that is acted against at any time of the simulation."""
    days = [draft.timeline.last_day(period) for period in range(draft.timeline.periods)]
    out: np.ndarray = np.max([draft.reach.buyers(event.against, day) for day in days], axis=0)
    return out


def _response(draft: Draft, index: int, event: Retaliation) -> list[tuple[str, Any, Any]]:
    """Give what a response does: field, factor, addend."""
    last = draft.timeline.last_day(draft.timeline.periods - 1)
    arcs = draft.arcs(event, last, event.by, event.against)
    if not (arcs * draft.base.flows).any():
        draft.misses(index, event, "The response reaches no flow of this market.")
        return []
    if event.response == "mark_up":
        rise = float(event.mark_up or 0) * arcs
        return [("export_tax", 1.0 + rise, rise)]
    closed = (1.0 - float(event.let_through or 0)) * arcs
    found = redirected(draft.model, draft.base, closed)
    if found.stranded:
        message = f"the response leaves without any seller: {', '.join(found.stranded)}."
        draft.refuse(index, message, "Nobody else makes the good: let a share through by a licence.")
    own = np.asarray(draft.model.economy.weights)
    held = own > 0
    factor = np.where(held, found.weights / np.where(held, own, 1.0), 1.0)
    changes: list[tuple[str, Any, Any]] = [("weights", factor, np.where(held, 0.0, found.weights))]
    if found.opened.any():
        freight = np.asarray(draft.model.economy.freight)
        dearest = np.broadcast_to(freight.max(axis=(2, 3), keepdims=True), freight.shape)
        changes.append(("freight", 1.0, np.where(found.opened & (freight == 0), dearest, 0.0)))
        draft.note(
            index, f"Left without a seller, and opened to every other maker: {', '.join(found.resorted)}."
        )
    if draft.model.form.nests == 2:
        outer = np.asarray(draft.model.economy.outer_weights)
        changes.append(("outer_weights", found.outer_weights / np.where(outer > 0, outer, 1.0), 0.0))
    return changes
