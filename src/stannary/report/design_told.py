"""Designs, fronts, sensitivities and losses told on a terminal and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.text import Text

from stannary.market.designs import Design, Money
from stannary.market.loss import LossReport
from stannary.market.model import Note, Prior
from stannary.market.pareto import Front
from stannary.market.sensitivity import Sensitivity
from stannary.report.tables import QUIET, listing

__all__ = [
    "design_as_data", "front_as_data", "loss_rows", "losses_as_data", "sensitivity_as_data",
    "sensitivity_rows", "told_design", "told_front", "told_losses", "told_sensitivity",
]  # fmt: skip

MILLION = 1e6
MOST = 30


def told_design(design: Design, front: Front | None = None) -> RenderableType:
    """Draw a design: the sentence, its levers, how it held, who gains and pays, and how sure it is."""
    levers = ((each.lever.words, f"{each.value:,.4g}", each.lever.unit) for each in design.settings)
    checks = (
        (each.scenario, f"{each.met:,} of {each.draws:,}", f"{each.low:.1%} to {each.high:.1%}",
         design.goal.told(each.middle), design.goal.told(each.level), design.goal.told(each.unaided),
         f"{each.failed:,}")
        for each in design.checks
    )  # fmt: skip
    money = {"Users and treasury pay": design.cost} | {
        f"{name.capitalize()} gain": value for name, value in design.gains.items()
    }
    parts: list[RenderableType] = [Text(design.outcome, style="bold"), ""]
    parts += [listing("", ("Lever", "Value", "Unit"), levers, right=("Value",)), ""]
    columns = ("Scenario", "Met in", "Interval, 95%", "Median", f"At {design.goal.probability:.0%}",
               "Levers off", "Not solved")  # fmt: skip
    parts += [listing("", columns, checks, right=columns[1:]), ""]
    parts += [_money(money), "", Text(_descents(design), style=QUIET)]
    parts += [Text(f"Assumed: {note.text}.", style=QUIET) for note in design.notes if note.where == "design"]
    if front is not None:
        parts += ["", told_front(front)]
    return Stack(*parts)


def _money(rows: dict[str, Money]) -> RenderableType:
    told = (
        (name, f"{each.mean / MILLION:,.1f}", f"{each.low / MILLION:,.1f}", f"{each.high / MILLION:,.1f}")
        for name, each in rows.items()
    )
    columns = ("Million USD, all years", "Mean", "10%", "90%")
    return listing("", columns, told, right=columns[1:])


def _descents(design: Design) -> str:
    ended = ", ".join("outside" if each != each else f"{each / MILLION:,.1f}" for each in design.starts)
    return (
        f"{design.scanned} places were scanned; descents from {len(design.starts)} starts ended at {ended} "
        f"million USD on the {design.draws} draws of the search. Seed {design.seed}; USD of "
        f"{design.price_year}."
    )


def told_front(front: Front) -> RenderableType:
    """Draw a front: the sentence, then a line a design, from the cheapest to the safest."""
    names = [each.lever.words for each in front.points[0].settings] if front.points else []
    rows = (
        (front.goal.told(point.level), f"{point.cost.mean / MILLION:,.1f}",
         *(f"{each.value:,.4g}" for each in point.settings))
        for point in front.points
    )  # fmt: skip
    columns = (front.goal.measured, "Cost, million USD", *names)
    note = Text(f"{front.dominated} designs that others beat in both are left out.", style=QUIET)
    return Stack(Text(front.outcome, style="bold"), "", listing("", columns, rows, right=columns), note)


def told_sensitivity(found: Sensitivity) -> RenderableType:
    """Draw a sensitivity: the sentence, then every unknown, what matters most first."""
    rows = (
        (each.words, f"{each.total:.3f}", f"{each.total_low:.3f} to {each.total_high:.3f}",
         f"{each.first:.3f}", f"{each.rank:+.2f}", _basis(each.prior))
        for each in found.influences
    )  # fmt: skip
    columns = ("Unknown", "With others", "Interval, 95%", "Alone", "Rank", "Rests on")
    note = (
        "With others: share of the variance that stays while only this is unknown; alone: share that goes "
        f"once it is known. Rank: correlation of ranks. Seed {found.seed}; {found.failed} of {found.runs} "
        "runs were not solved."
    )
    table = listing("", columns, rows, right=columns[1:5])
    return Stack(Text(found.outcome, style="bold"), "", table, Text(note, style=QUIET))


def told_losses(report: LossReport) -> RenderableType:
    """Draw a loss report: the sentence, the pairs by expected loss, the caveats."""
    rows = (
        (each.title, each.mineral, f"{each.probability:.0%}{' assumed' if each.is_assumed else ''}",
         f"{each.total / MILLION:,.1f}", f"{each.low / MILLION:,.1f} to {each.high / MILLION:,.1f}",
         f"{each.expected / MILLION:,.2f}")
        for each in report.losses[:MOST]
    )  # fmt: skip
    columns = ("Scenario", "Mineral", "Probability", "Loss", "10% to 90%", "Expected")
    parts: list[RenderableType] = [Text(report.outcome, style="bold"), ""]
    parts += [listing("", columns, rows, right=columns[2:]), Text("Million USD, all years.", style=QUIET)]
    if len(report.losses) > MOST:
        left = len(report.losses) - MOST
        parts.append(Text(f"… and {left:,} more; --format csv lists them.", style=QUIET))
    parts += [Text(f"Not counted: {each.scenario}, {each.mineral}: {each.reason}") for each in report.missing]
    parts += ["", *(Text(each, style=QUIET) for each in report.caveats)]
    return Stack(*parts)


# -- as data ------------------------------------------------------------------------------------------------


def design_as_data(design: Design, front: Front | None = None, **more: Any) -> dict[str, Any]:
    """Give a design as nested data. `more` goes last."""
    found = {
        "outcome": design.outcome,
        "verdict": design.verdict,
        "goal": {"words": design.goal.words, **asdict(design.goal)},
        "mineral": design.mineral,
        "scenarios": list(design.scenarios),
        "levers": [
            {"lever": each.lever.name, "value": each.value, "unit": each.lever.unit,
             "words": each.lever.words, "low": each.lever.low, "high": each.lever.high}
            for each in design.settings
        ],
        "checks": [{**asdict(each), "share": each.share} for each in design.checks],
        "cost_usd": asdict(design.cost),
        "gains_usd": {name: asdict(each) for name, each in design.gains.items()},
        "starts_usd": [None if each != each else each for each in design.starts],
        "scanned": design.scanned,
        "draws": design.draws,
        "seed": design.seed,
        "since": design.since,
        "until": design.until,
        "price_year": design.price_year,
        "assumptions": [_note(each) for each in design.notes],
    }  # fmt: skip
    return found | ({"front": front_as_data(front)} if front is not None else {}) | more


def front_as_data(front: Front) -> dict[str, Any]:
    """Give a front as nested data."""
    return {
        "outcome": front.outcome,
        "measure": front.goal.measured,
        "unaided": front.unaided,
        "points": [
            {"level": each.level, "cost_usd": asdict(each.cost),
             "levers": {setting.lever.name: setting.value for setting in each.settings}}
            for each in front.points
        ],
        "dominated": front.dominated,
    }  # fmt: skip


def sensitivity_as_data(found: Sensitivity, **more: Any) -> dict[str, Any]:
    """Give a sensitivity as nested data. `more` goes last."""
    return {
        "outcome": found.outcome,
        "measure": found.measure.measured,
        "year": found.measure.by,
        "mineral": found.mineral,
        "scenario": found.scenario,
        "mean": found.mean,
        "spread": found.spread,
        "runs": found.runs,
        "failed": found.failed,
        "converged": found.is_converged,
        "seed": found.seed,
        "unknowns": sensitivity_rows(found),
        **more,
    }


def sensitivity_rows(found: Sensitivity) -> list[dict[str, Any]]:
    """Give one row an unknown."""
    return [
        {"unknown": each.words, **_prior(each.prior), "total": each.total, "total_low": each.total_low,
         "total_high": each.total_high, "first": each.first, "first_low": each.first_low,
         "first_high": each.first_high, "rank": each.rank}
        for each in found.influences
    ]  # fmt: skip


def losses_as_data(report: LossReport, **more: Any) -> dict[str, Any]:
    """Give a loss report as nested data. `more` goes last."""
    return {
        "outcome": report.outcome,
        "losses": loss_rows(report),
        "expected_by_scenario": report.by_scenario,
        "expected_by_mineral": report.by_mineral,
        "missing": [asdict(each) for each in report.missing],
        "without_probability": list(report.unweighted),
        "until": report.until,
        "draws": report.draws,
        "seed": report.seed,
        "price_years": dict(report.price_years),
        "caveats": list(report.caveats),
        **more,
    }


def loss_rows(report: LossReport) -> list[dict[str, Any]]:
    """Give one row a scenario and mineral, USD."""
    return [
        {"scenario": each.scenario, "mineral": each.mineral, "probability": each.probability, "by": each.by,
         "probability_assumed": each.is_assumed, "loss": each.total, "low": each.low, "high": each.high,
         **{f"loss_of_{name}": value for name, value in each.by_party.items()}, "expected": each.expected,
         "failed_draws": each.failed}
        for each in report.losses
    ]  # fmt: skip


def _basis(prior: Prior) -> str:
    return "assumed" if prior.assumed else prior.source or ""


def _note(note: Note) -> dict[str, Any]:
    return asdict(note)


def _prior(prior: Prior) -> dict[str, Any]:
    names: Sequence[str] = ("law", "centre", "low", "high", "acts", "source", "assumed", "text")
    return {name: getattr(prior, name) for name in names}
