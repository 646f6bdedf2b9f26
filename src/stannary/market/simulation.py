"""Simulate a market under a zone's rules and a scenario: the verb of this room."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from importlib.metadata import version
from typing import Any, Literal, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter
from stannary.errors import MarketError, Problem, UsageError
from stannary.lineage import Lineage, fingerprint_folder, fingerprint_text
from stannary.market.accounts import Accounts, accounts
from stannary.market.calibration import assumptions, calibrate
from stannary.market.cautions import cautions
from stannary.market.dynamics import ASSUMED
from stannary.market.economy import Economy, Form
from stannary.market.equilibrium import Equilibrium
from stannary.market.grouping import Regions
from stannary.market.model import Model, Note, Prior
from stannary.market.outlook import Failure, Happening, Outlook, Story, make_outlook
from stannary.market.path import Path, path
from stannary.market.record import Record, by_source
from stannary.market.sampling import draws as drawn_from
from stannary.market.scenario import Scenario
from stannary.market.scenario_reader import open_scenario
from stannary.market.schedule import Schedule, schedule
from stannary.market.timeline import Timeline
from stannary.market.variables import KEPT
from stannary.market.welfare import protection

__all__ = ["Keep", "simulate"]

Keep = Literal["measures", "accounts", "flows"]
Progress = Callable[[float], None]
CHUNK = 16
"""Draws that are run at once: more than the caches hold would be slower."""


def simulate(
    charter: Charter,
    atlas: Atlas,
    scenario: Scenario | str = "business_as_usual",
    *,
    mineral: str,
    draws: int = 1,
    seed: int = 0,
    until: int = 2040,
    quarterly: bool = False,
    regions: Regions = "economies",
    keep: Keep = "measures",
    progress: Progress | None = None,
) -> Outlook:
    """Simulate the market of a mineral under a charter and a scenario, to the end of the year `until`.

    One draw is the model as calibrated; more are drawn from its priors with `seed`. Every draw is run twice:
    under the law, and without its floors, so that effective protection along the chain and what floors hollow
    out are part of every outlook. `keep`: prices, tonnes and gains ("measures"), all accounts ("accounts"),
    or the flows between regions too ("flows"). `progress` is told the percentage done. A draw that cannot be
    solved holds no number from that period on and is listed with the reason.

    Raises `MarketError` and `NotFoundError` for a mineral, scenario or fact that is missing, all problems at
    once, and `UsageError` for fewer than one draw.
    """
    if draws < 1:
        problem = Problem("STN-USAGE-001", f"{draws} draws are none.", "Ask for one draw or more.")
        raise UsageError([problem])
    model = calibrate(charter, atlas, mineral, regions=regions)
    told = open_scenario(scenario, charter, atlas) if isinstance(scenario, str) else scenario
    _must_be_told_of(told, mineral)
    ready, plan = schedule(told, model, charter, atlas, until=until, quarterly=quarterly)
    drawn = drawn_from(ready, draws, seed) if draws > 1 else {}
    arrays, failures, unsolved = _run(ready, plan, drawn, draws, keep, progress)
    settings = {"draws": draws, "seed": seed, "until": until, "quarterly": quarterly, "regions": regions}
    story = _story(charter, atlas, told, model, ready, plan, settings)
    story = replace(story, failures=_named(failures, plan.labels))
    outlook = make_outlook(ready, arrays, plan.labels, story)
    found = cautions(outlook, ready, unsolved)
    outlook = Outlook(outlook.data, replace(story, cautions=found))
    kept = [name for name in outlook.data.data_vars if keep != "measures" or name in KEPT]
    return Outlook(outlook.data[kept], outlook.story)


def _must_be_told_of(scenario: Scenario, mineral: str) -> None:
    if mineral not in scenario.minerals:
        message = f"The scenario {scenario.id} is told of {', '.join(scenario.minerals)}, not of {mineral}."
        remedy = "Choose another scenario: stannary scenarios lists them with their minerals."
        raise MarketError([Problem("STN-SCENARIO-002", message, remedy)])


# -- running ------------------------------------------------------------------------------------------------


class Run(NamedTuple):
    """What is kept of some draws: arrays ``draw period …``, and the period and residual of failures."""

    arrays: dict[str, np.ndarray]
    failed_period: np.ndarray
    failed_residual: np.ndarray
    free_failed: np.ndarray


def _run(
    model: Model,
    plan: Schedule,
    drawn: Mapping[str, np.ndarray],
    count: int,
    keep: Keep,
    progress: Progress | None,
) -> tuple[dict[str, np.ndarray], list[tuple[int, int, float]], int]:
    """Run all draws, some at a time; give arrays, failures, and draws unsolved without floors alone."""
    whole: dict[str, np.ndarray] = {}
    failures: list[tuple[int, int, float]] = []
    unsolved = 0
    for start in range(0, count, CHUNK):
        part = {name: values[start : start + CHUNK] for name, values in drawn.items()}
        here = min(CHUNK, count - start)
        if part and here < CHUNK and count > CHUNK:
            # one size of chunk, one compilation
            part = {
                name: np.concatenate([each, each[:1].repeat(CHUNK - here, 0)]) for name, each in part.items()
            }
        run = _run_some(model, plan, part, keep)
        for name, values in run.arrays.items():
            if name not in whole:
                whole[name] = np.empty((count, *values.shape[1:]))
            whole[name][start : start + here] = values[:here]
        for place in np.flatnonzero(run.failed_period[:here] >= 0):
            failures.append(
                (start + int(place), int(run.failed_period[place]), float(run.failed_residual[place]))
            )
        unsolved += int(np.sum((run.free_failed[:here] >= 0) & (run.failed_period[:here] < 0)))
        if progress is not None:
            progress(100.0 * (start + here) / count)
    return whole, failures, unsolved


def _run_some(model: Model, plan: Schedule, part: Mapping[str, np.ndarray], keep: Keep) -> Run:
    """Run a chunk of draws under the law and without its floors, and account for every period."""
    floors = np.asarray(plan.overrides.get("floor", np.asarray(model.economy.floor)[None]))
    floors = np.broadcast_to(floors, (plan.periods, *floors.shape[1:]))
    lawful = replace(plan, overrides={**plan.overrides, "floor": floors})
    free = replace(plan, overrides={**plan.overrides, "floor": np.zeros_like(floors)})
    under_law, without = (_paths(model, each, part) for each in (lawful, free))
    assert under_law.equilibria is not None and without.equilibria is not None
    booked = _book(model, under_law.economies, under_law.equilibria, without.equilibria, under_law.record)
    arrays = {name: np.asarray(values) for name, values in booked.items()}
    if keep == "flows":
        for name in ("flows", "border_price", "landed_price"):
            arrays[name] = np.asarray(getattr(under_law.equilibria, name))
    return Run(
        arrays,
        np.atleast_1d(np.asarray(under_law.failed_period)),
        np.atleast_1d(np.asarray(under_law.failed_residual)),
        np.atleast_1d(np.asarray(without.failed_period)),
    )


def _paths(model: Model, plan: Schedule, part: Mapping[str, np.ndarray]) -> Path:
    """Run the paths of some draws, with a leading draw axis; without draws, the model's own."""
    if not part:
        alone = path(model, plan, keep="flows")
        return cast(Path, jax.tree.map(lambda each: each[None], alone))
    return jax.vmap(lambda draw: path(model, plan, draw=draw, keep="flows"))(dict(part))


RECORDED = (
    "price", "average_price", "expected_price", "capacity", "mothballed", "pipeline", "stock",
    "storage", "fund",
)  # fmt: skip


def _book(
    model: Model, economies: Economy | None, law: Equilibrium, free: Equilibrium, record: Record
) -> dict[str, jax.Array]:
    """Account for every draw and period."""
    inside = jnp.array([float(name in model.zone) for name in model.regions])
    found, protected = _accounts_of(model.form, economies, law, free, record)
    told = {each.name: getattr(found, each.name) for each in fields(Accounts)}
    told |= {"treasury": found.treasury, "stocks": found.stocks, "protection": protected}
    told |= {"sources": by_source(model.form, law.flows, inside)}
    told |= {name: getattr(record, name) for name in RECORDED}
    told |= {"price_without_floors": free.price, "output_without_floors": free.output}
    assert economies is not None
    return told | {"floor": economies.floor}


def _account(
    form: Form, economy: Economy, law: Equilibrium, free: Equilibrium, record: Record
) -> tuple[Accounts, jax.Array]:
    agreed = jnp.where(
        economy.offtake > 0, record.offtake_cost / jnp.maximum(economy.offtake, 1e-300), law.price
    )
    public = (record.stock_purchases, record.stock_sales, record.holding_cost)
    found = accounts(form, economy, law, offtake_price=agreed, public=public)
    return found, protection(economy, law, free)


_accounts_of = jax.jit(
    lambda form, *rest: jax.vmap(jax.vmap(lambda *each: _account(form, *each)))(*rest), static_argnums=0
)


# -- what is told -------------------------------------------------------------------------------------------


def _named(failures: list[tuple[int, int, float]], labels: tuple[str, ...]) -> tuple[Failure, ...]:
    return tuple(
        Failure(draw, labels[period], f"no equilibrium was found: use and output differ by {residual:.1e}")
        for draw, period, residual in failures
    )


def _story(
    charter: Charter,
    atlas: Atlas,
    scenario: Scenario,
    model: Model,
    ready: Model,
    plan: Schedule,
    settings: Mapping[str, Any],
) -> Story:
    prints = {
        "scenario": scenario.fingerprint or fingerprint_text(repr(scenario)),
        "model": _fingerprint(model),
    }
    inputs = fingerprint_text(json.dumps({**prints, **settings}, sort_keys=True))
    tables = fingerprint_folder(atlas.folder, (".csv", ".json"))
    return Story(
        mineral=model.mineral,
        model=model.name,
        scenario=scenario.id,
        title=scenario.title,
        about=scenario.text.story,
        zone=model.zone,
        dominant=model.dominant,
        members={name: tuple(each) for name, each in model.members.items()},
        base_year=model.base_year,
        price_year=model.price_year or model.base_year,
        periods_a_year=ready.periods_a_year,
        seed=int(settings["seed"]),
        lineage=Lineage(charter.fingerprint, tables, inputs, version("stannary")),
        scenario_fingerprint=prints["scenario"],
        model_fingerprint=prints["model"],
        assumptions=tuple(_assumed(ready)),
        happenings=tuple(_happenings(plan, ready)),
    )


def _fingerprint(model: Model) -> str:
    """Give the fingerprint of a model's names and numbers."""
    digest = hashlib.sha256()
    names = {
        each.name: getattr(model, each.name)
        for each in fields(Model)
        if each.name not in ("economy", "dynamics", "priors", "notes", "form", "members")
    }
    digest.update(json.dumps(names, sort_keys=True, default=str).encode())
    digest.update(json.dumps([asdict(prior) for prior in model.priors], sort_keys=True).encode())
    digest.update(repr(model.form).encode())
    for numbers in (model.economy, model.dynamics):
        for each in fields(numbers) if numbers is not None else ():
            digest.update(each.name.encode() + np.ascontiguousarray(getattr(numbers, each.name)).tobytes())
    return digest.hexdigest()


def _assumed(model: Model) -> Iterator[Note]:
    """List what the outlook rests on that no source says, the laws of motion among it."""
    for each in assumptions(model):
        if isinstance(each, Prior):
            where = ", ".join(name for name in (each.good or each.layer, each.region) if name) or "everywhere"
            text = f"{each.text} ({each.law}, {each.low:g} to {each.high:g} about {each.centre:g})"
            yield Note(kind="assumed", parameter=each.parameter, where=where, text=text, source=each.source)
        else:
            yield each
    if model.dynamics is None:
        for name, text in ASSUMED.items():
            yield Note(kind="assumed", parameter=name, where="everywhere", text=text)


def _happenings(plan: Schedule, model: Model) -> Iterator[Happening]:
    """Tell the events that reach this market, and when they begin in it."""
    products = {name for row in model.goods for name in row}
    timeline = Timeline(plan.start_year, plan.periods, plan.periods_a_year)
    for event in plan.events:
        shares = timeline.shares(event.start, event.end)
        minerals, named = getattr(event, "minerals", ()), getattr(event, "products", ())
        is_elsewhere = bool(minerals or named) and model.mineral not in minerals and not products & {*named}
        if is_elsewhere or not shares.any():
            continue
        kind = str(getattr(event, "kind", "event")).replace("_", " ")
        who = ", ".join(getattr(event, "by", ()))
        goods = (*named, *getattr(event, "stages", ()), *minerals)
        what = kind + (f" by {who}" if who else "") + (f" of {', '.join(goods)}" if goods else "")
        span = f"from {event.start}" + (f" to {event.end}" if event.end else "")
        yield Happening(plan.labels[int(np.argmax(shares > 0))], f"{what}, {span}")
