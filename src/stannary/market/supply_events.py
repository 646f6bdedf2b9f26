"""What events do to output, capacity, lead times, final use and elasticities."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from stannary.market.baseline import limited
from stannary.market.demand_growth import demand_growth, growth_scenarios
from stannary.market.draft import Draft
from stannary.market.openings import open_producer
from stannary.market.recipes import recipes
from stannary.market.scenario import Demand, LeadTime, Project, Response, SupplyLoss

__all__ = ["demand_path", "open_projects", "write_supply"]

CURVE = ("supply_intercept", "supply_slope", "supply_scale")
USE = ("final_demand", "demand_intercept", "demand_slope")


def write_supply(draft: Draft) -> np.ndarray:
    """Write supply, project, lead-time, demand and elasticity events; give the growth of final use (TKER)."""
    growth = np.ones((draft.timeline.periods, *draft.model.form.size("KER")))
    boom = np.ones_like(growth)
    for index, event in enumerate(draft.scenario.events):
        if isinstance(event, SupplyLoss):
            _lose(draft, index, event)
        elif isinstance(event, Project):
            _build(draft, index, event)
        elif isinstance(event, LeadTime):
            lead = draft.array("lead_periods")
            years = float(event.years) * draft.timeline.periods_a_year
            for period, day, share in draft.live(event):
                part = share * draft.reach.sellers(event.by, day) * draft.reach.goods(event)[:, :, None]
                lead[period] = lead[period] * (1.0 - part) + years * part
        elif isinstance(event, Demand):
            size, part = _grow(draft, index, event)
            if event.factor is not None:
                boom *= 1.0 + part * (size - 1.0)
            else:
                growth = growth * (1.0 - part) + size * part
        elif isinstance(event, Response):
            _respond(draft, event)
    growth = growth * boom
    for name in USE if (growth != 1.0).any() else ():
        if np.asarray(getattr(draft.model.economy, name)).any():
            draft.array(name)[:] *= growth
    return growth


def _lose(draft: Draft, index: int, event: SupplyLoss) -> None:
    """Take output away: for a time what may run, for good the capacity itself."""
    level = np.zeros((draft.timeline.periods, *draft.model.form.size("KER")))
    output = draft.base.output
    for period, day, share in draft.live(event):
        part = draft.reach.sellers(event.by, day) * draft.reach.goods(event)[:, :, None]
        if event.share is not None:
            gone = float(event.share) * part
        else:
            tonnes = float(event.tonnes_a_year or 0) / draft.timeline.periods_a_year
            made = (part * output).sum(axis=2, keepdims=True)
            gone = np.minimum(tonnes / np.where(made > 0, made, np.inf), 1.0) * part
        level[period] += share * gone
    if not (level * output).any():
        draft.misses(index, event, "The loss reaches no output of this market.")
        return
    _take(draft, np.minimum(level, 1.0), for_good=event.end is None)


def _take(draft: Draft, level: np.ndarray, *, for_good: bool) -> None:
    """Take a share of output by period (TKER). Capacity lost for good is destroyed, and may be rebuilt."""
    destroyed = limited(draft.model) & for_good
    if (destroyed & (level > 0)).any():
        kept = np.where(destroyed, 1.0 - level, 1.0)
        before = np.concatenate([np.ones_like(kept[:1]), kept[:-1]])
        step = 1.0 - kept / np.where(before > 0, before, 1.0)
        losses = draft.array("losses")
        losses[:] = 1.0 - (1.0 - losses) * (1.0 - np.where(before > 0, step, 0.0))
    running = 1.0 - np.where(destroyed, 0.0, level)
    for name in (*CURVE, "capacity"):
        if np.asarray(getattr(draft.model.economy, name)).any():
            draft.array(name)[:] *= running
    if np.asarray(draft.model.economy.byproduct_tonnes).any():
        draft.array("byproduct_tonnes")[:] *= 1.0 - level


def open_projects(draft: Draft) -> None:
    """Open regions that make nothing yet to the projects of a scenario: a change of the model itself."""
    for event in draft.scenario.events:
        if isinstance(event, Project) and event.change == "added":
            for k, e, r, tonnes in _sites(draft, event):
                if draft.base.output[k, e, r] <= 0:
                    standing = float(draft.timeline.shares(event.start, event.end)[0])
                    draft.model = open_producer(draft.model, draft.base, (k, e, r), tonnes, standing)
                    draft.opened.add((k, e, r))


def _build(draft: Draft, index: int, event: Project) -> None:
    sites = list(_sites(draft, event))
    if not sites:
        draft.note(
            index, "The project makes nothing that this market trades, or lies in none of its regions."
        )
    for k, e, r, tonnes in sites:
        days = draft.timeline.shares(event.start, event.end)
        made = draft.base.output[k, e, r]
        if event.change == "lost":
            level = np.zeros((len(days), *draft.model.form.size("KER")))
            level[:, k, e, r] = days * min(tonnes / made, 1.0) if made > 0 else 0.0
            _take(draft, level, for_good=event.end is None)
            continue
        if not limited(draft.model)[k, e, r]:
            draft.array("supply_scale")[:, k, e, r] *= 1.0 + days * tonnes / max(made, 1e-9)
            continue
        # what arrives in a period runs in the next one: book it one earlier
        steps = np.diff(days, append=days[-1]) * tonnes
        projects = draft.array("projects")
        projects[:, k, e, r] += np.maximum(steps, 0.0)
        if days[0] > 0 and (k, e, r) not in draft.opened:
            draft.array("capacity")[:, k, e, r] += days[0] * tonnes
            draft.array("supply_scale")[:, k, e, r] *= 1.0 + days[0] * tonnes / max(made, 1e-9)
        falls = np.minimum(np.concatenate([[0.0], np.diff(days)]), 0.0)
        if (falls < 0).any():
            draft.array("losses")[:, k, e, r] += -falls * tonnes / (made + tonnes)


def _sites(draft: Draft, event: Project) -> list[tuple[int, int, int, float]]:
    """Find where in a model a project stands: layer, good, region, contained tonnes a period."""
    known = next((each for each in draft.reach.atlas.projects if each.id == event.project), None)
    products = event.products or (() if known is None else (known.product,))
    economies = event.by or (() if known is None else (known.economy,))
    size = event.tonnes_a_year if event.tonnes_a_year is not None or known is None else known.capacity
    tonnes = float(size or Decimal(0)) / draft.timeline.periods_a_year
    for k, row in enumerate(draft.model.goods):
        for e, product in enumerate(row):
            if product and product in products and tonnes > 0:
                regions = range(draft.model.form.regions)
                return [(k, e, r, tonnes) for r in regions if set(draft.reach.economies(r)) & set(economies)][
                    :1
                ]
    return []


def _grow(draft: Draft, index: int, event: Demand) -> tuple[np.ndarray, np.ndarray]:
    """Give the factor on final use by period of one event, and the part of each market it is for (TKER).

    Growth and paths count from the base year, and stand still before and after the days of the event.
    """
    factor = np.ones((draft.timeline.periods, *draft.model.form.size("KER")))
    parts = np.zeros_like(factor)
    base_year, a_year = draft.model.base_year, draft.timeline.periods_a_year
    levels = None if event.path is None else demand_path(draft, event.path)
    yearly = event.otherwise if event.path is not None else event.growth
    if event.path is not None and levels is None:
        if yearly is None:
            message = f"the atlas holds no {event.path} path of {draft.model.mineral}."
            draft.refuse(index, message, "Add `otherwise:`, the yearly growth where there is no path.")
            return factor, parts
        draft.note(index, f"No {event.path} path of {draft.model.mineral}: {yearly:%} a year.", "assumed")
    goods = draft.reach.goods(event)[:, :, None]
    first = max(draft.timeline.first_day(0).year, event.start.year, base_year)
    for period in range(draft.timeline.periods):
        year = draft.timeline.start_year + period / a_year
        last = min(year, float(event.end.year)) if event.end is not None else year
        if event.factor is not None:
            days = draft.timeline.shares(event.start, event.end)[period]
            size = 1.0 + days * (float(event.factor) - 1.0)
        elif levels is not None:
            size = _at(levels, max(last, first)) / _at(levels, first)
        else:
            size = (1.0 + float(yearly or 0)) ** max(last - first, 0.0)
        parts[period] = goods * draft.reach.buyers(event.by, draft.timeline.first_day(period))
        factor[period] = size
    return factor, parts


def demand_path(draft: Draft, path: str) -> dict[int, float] | None:
    """Give use by year along an outlook of the atlas, 1 in the base year; `None` where it holds no such path.

    The mineral's own recipe says which series is meant; without a recipe it is the mineral's total demand.
    """
    atlas, model = draft.reach.atlas, draft.model
    if model.mineral in recipes(atlas):
        if path not in growth_scenarios(atlas, model.mineral):
            return None
        last = draft.timeline.last_day(draft.timeline.periods - 1).year + 1
        years = range(model.base_year, max(last, model.base_year) + 1)
        levels = demand_growth(atlas, model.mineral, path, years)
        return {year: float(level) for year, level in zip(years, levels, strict=True)}
    rows = [
        row
        for row in atlas.consumption
        if row.mineral == model.mineral
        and row.metric == "total_demand"
        and row.scenario in (path, "historical")
    ]
    found = {row.year: float(row.value) for row in rows if row.value is not None}
    return found if any(row.scenario == path for row in rows) and len(found) > 1 else None


def _at(levels: dict[int, float], year: float) -> float:
    """Read a path between its years (geometrically), and level beyond its ends."""
    years = sorted(levels)
    logs = np.log([levels[each] for each in years])
    return float(np.exp(np.interp(year, years, logs)))


def _respond(draft: Draft, event: Response) -> None:
    values = draft.array(event.parameter)
    goods = draft.reach.goods(event)
    for period, day, share in draft.live(event):
        old = values[period]
        new = (
            old * float(event.factor)
            if event.factor is not None
            else np.full_like(old, float(event.value or 0))
        )
        if event.parameter == "sigma":
            part = goods * share
        elif event.parameter == "demand_elasticity":
            part = goods[:, :, None] * draft.reach.buyers(event.by, day) * share
        else:
            part = goods[:, :, None] * draft.reach.sellers(event.by, day) * share
        values[period] = old * (1.0 - part) + new * part
