"""What a zone stands to lose: every scenario with a probability, on every market it reaches, ranked.

After the method of the U.S. Geological Survey for its 2025 list (Open-File Report 2025-1047): the loss of a
scenario times the probability that it comes to be. Theirs is a loss of output of the whole economy; this one
is what producers, final users and treasuries of the zone lose on the market of the mineral itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter
from stannary.errors import StannaryError
from stannary.market.calibration import calibrate
from stannary.market.dynamics import dynamics
from stannary.market.economy import AXES
from stannary.market.ensemble import Ensemble, draws, ensemble
from stannary.market.gauges import Money
from stannary.market.grouping import Regions
from stannary.market.model import Model
from stannary.market.recipes import recipes
from stannary.market.scenario import Scenario
from stannary.market.scenario_reader import open_scenario, scenario_names
from stannary.market.schedule import Schedule, schedule

__all__ = ["Loss", "LossReport", "Missing", "loss"]

BASE = "business_as_usual"
PARTIES = ("users", "producers", "treasury")
CAVEATS = (
    "Counted is the market of the mineral itself: what is lost with products that cannot be made without it "
    "comes on top, and can be many times as much.",
    "Losses are against business as usual on the same draws, summed over the years, not discounted.",
    "A probability is that of the scenario's beginning by its own day; scenarios overlap, so expected losses "
    "of one mineral must not be read as a forecast when they are added.",
    "Most probabilities are assumed, not published: vary them before ranks are relied on.",
)


@dataclass(frozen=True)
class Loss:
    """What one scenario costs the zone on one market, USD over all years, in the mean of the draws.

    `by_party` adds up to `total`; a negative loss is a gain. `low` and `high` are the 10% and 90% points of
    the total. `expected` is `probability` times `total`; `is_assumed` says that no source gives the
    probability.
    """

    scenario: str
    title: str
    mineral: str
    probability: float
    by: date
    is_assumed: bool
    total: float
    low: float
    high: float
    by_party: Mapping[str, float]
    failed: int

    @property
    def expected(self) -> float:
        """Give the probability-weighted loss, USD."""
        return self.probability * self.total


@dataclass(frozen=True)
class Missing:
    """A scenario on a market of which nothing can be said, and why."""

    scenario: str
    mineral: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class LossReport:
    """Losses ranked by what is expected, the largest first; what could not be counted; what is cautioned."""

    losses: tuple[Loss, ...]
    missing: tuple[Missing, ...]
    unweighted: tuple[str, ...]
    until: int
    draws: int
    seed: int
    price_years: Mapping[str, int]
    caveats: tuple[str, ...] = field(default=CAVEATS)

    @property
    def by_scenario(self) -> dict[str, float]:
        """Add up expected losses by scenario, the largest first, USD."""
        return _summed((each.scenario, each.expected) for each in self.losses)

    @property
    def by_mineral(self) -> dict[str, float]:
        """Add up expected losses by mineral, the largest first, USD."""
        return _summed((each.mineral, each.expected) for each in self.losses)

    @property
    def outcome(self) -> str:
        """Say in a sentence what weighs most."""
        if not self.losses:
            return "No scenario with a probability reaches these markets."
        first = self.losses[0]
        assumed = ", an assumed probability" if first.is_assumed else ""
        return (
            f"What weighs most is {first.title}, on {first.mineral}: {first.total / 1e6:,.1f} million USD "
            f"lost to {self.until}, at {first.probability:.0%}{assumed}, {first.expected / 1e6:,.1f} million "
            f"expected. Pairs of scenario and mineral counted: {len(self.losses)}; that could not be: "
            f"{len(self.missing)}."
        )


def loss(
    charter: Charter,
    atlas: Atlas,
    *,
    minerals: Sequence[str] = (),
    scenarios: Sequence[str | Scenario] = (),
    until: int = 2035,
    draws: int = 32,
    seed: int = 0,
    regions: Regions = "economies",
    progress: Callable[[float], None] | None = None,
) -> LossReport:
    """Report the probability-weighted losses of a zone over scenarios and minerals.

    All of both unless named. A scenario is held against the one it names to be compared with, else
    business as usual. Scenarios without a probability are listed, not counted. What cannot be calibrated
    or solved is among the missing, with the reason. Raises `NotFoundError` and `MarketError` for scenarios
    that do not exist or are not in order.
    """
    named = scenarios or scenario_names(charter)
    told = [open_scenario(each, charter, atlas) if isinstance(each, str) else each for each in named]
    weighted = [each for each in told if each.text.probability is not None]
    wanted = list(minerals or recipes(atlas))
    found: list[Loss] = []
    missing: list[Missing] = []
    years: dict[str, int] = {}
    for place, mineral in enumerate(wanted):
        reaching = [each for each in weighted if mineral in each.minerals]
        try:
            model = calibrate(charter, atlas, mineral, regions=regions)
        except StannaryError as error:
            missing += [Missing(each.id, mineral, error.problems[0].message) for each in reaching]
            continue
        years[mineral] = model.price_year or model.base_year
        market = _Market(charter, atlas, model, until, draws, seed)
        for step, each in enumerate(reaching):
            result = market.loss_of(each)
            if isinstance(result, Loss):
                found.append(result)
            else:
                missing.append(result)
            if progress is not None:
                progress(100.0 * (place + (step + 1) / len(reaching)) / len(wanted))
    return LossReport(
        losses=tuple(sorted(found, key=lambda each: -each.expected)),
        missing=tuple(missing),
        unweighted=tuple(each.id for each in told if each.text.probability is None),
        until=until,
        draws=draws,
        seed=seed,
        price_years=years,
    )


class _Market:
    """One mineral's market: runs scenarios on common draws, each base once."""

    def __init__(
        self, charter: Charter, atlas: Atlas, model: Model, until: int, count: int, seed: int
    ) -> None:
        self.charter, self.atlas, self.model = charter, atlas, model
        self.until, self.count, self.seed = until, count, seed
        self.ran: dict[str, tuple[Schedule, Ensemble]] = {}

    def loss_of(self, scenario: Scenario) -> Loss | Missing:
        chance = scenario.text.probability
        assert chance is not None
        try:
            base_plan, base = self._run(scenario.text.compare_with or BASE)
            plan, after = self._run(scenario)
        except StannaryError as error:
            return Missing(scenario.id, self.model.mineral, error.problems[0].message)
        solved = base.solved & after.solved
        if not solved.any():
            reason = f"none of {self.count} draws was solved with and without the scenario"
            return Missing(scenario.id, self.model.mineral, reason)
        shared = [label for label in plan.labels if label in base_plan.labels]
        before, later = ([each.labels.index(label) for label in shared] for each in (base_plan, plan))
        zone = base_plan.zone[before]
        parties = {
            name: np.sum((base.arrays[name][:, before] - after.arrays[name][:, later]) * zone, axis=(1, 2))
            for name in PARTIES
        }
        told = {name: float(values[solved].mean()) for name, values in parties.items()}
        whole = sum(values[solved] for values in parties.values())
        low, high = np.quantile(whole, [0.1, 0.9])
        return Loss(
            scenario=scenario.id, title=scenario.title, mineral=self.model.mineral,
            probability=float(chance.value), by=chance.by, is_assumed=not chance.source,
            total=sum(told.values()), low=float(low), high=float(high), by_party=told,
            failed=int(np.sum(~solved)),
        )  # fmt: skip

    def _run(self, scenario: Scenario | str) -> tuple[Schedule, Ensemble]:
        told = open_scenario(scenario, self.charter, self.atlas) if isinstance(scenario, str) else scenario
        if told.id not in self.ran:
            ready, plan = schedule(told, self.model, self.charter, self.atlas, until=self.until)
            drawn = draws(ready, self.count, self.seed)
            whole = _written_out(ready, plan)
            self.ran[told.id] = plan, ensemble(ready, whole, drawn, gauge=Money())
        return self.ran[told.id]


WRITTEN = (
    "final_demand", "floor", "levied", "weights", "freight", "export_tax", "tariff", "capacity",
    "supply_scale", "conversion_cost", "index_price", "by_reference", "duty", "projects", "losses",
    "lead_periods",
)  # fmt: skip
"""Fields that scenarios change: written out by period in all, so that they share one compilation."""


def _written_out(model: Model, plan: Schedule) -> Schedule:
    """Write the model's own values by period for fields that a schedule leaves alone."""
    moves = model.dynamics if model.dynamics is not None else dynamics(model.form)

    def own(name: str) -> np.ndarray:
        return np.asarray(getattr(model.economy if name in AXES else moves, name))

    whole = {
        name: np.repeat(own(name)[None], plan.periods, axis=0)
        for name in WRITTEN
        if name not in plan.overrides
    }
    return replace(plan, overrides={**plan.overrides, **whole})


def _summed(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for name, value in pairs:
        sums[name] = sums.get(name, 0.0) + value
    return dict(sorted(sums.items(), key=lambda item: -item[1]))
