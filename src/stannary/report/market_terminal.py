"""An outlook on a terminal: the sentence first, what it warns of, then a few tables that fit on a screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.text import Text

from stannary.market.comparison import Comparison
from stannary.market.outlook import Outlook
from stannary.report.market_tables import Told, budgets, changes, gains, levels, prices, protection, sourcing
from stannary.report.tables import QUIET, listing

__all__ = ["told_comparison", "told_outlook", "told_scenarios"]

AMBER = "yellow"
MOST = 6


def told_outlook(outlook: Outlook) -> RenderableType:
    """Draw an outlook: the sentence, cautions, prices, sourcing, protection, money, what it rests on."""
    parts: list[RenderableType] = [
        Text(outlook.outcome, style="bold"),
        Text(outlook.story.about, style=QUIET),
    ]
    parts += _cautions(outlook)
    for told in (prices(outlook), sourcing(outlook), protection(outlook), budgets(outlook)):
        parts += ["", *_table(told)]
    return Stack(*parts, "", *_rests_on(outlook))


def told_comparison(comparison: Comparison) -> RenderableType:
    """Draw a comparison: the sentence, who gains and who pays, what changes."""
    parts: list[RenderableType] = [Text(comparison.outcome, style="bold")]
    for told in (gains(comparison), changes(comparison)):
        parts += ["", *_table(told)]
    return Stack(*parts)


def told_scenarios(outlooks: Sequence[Outlook], comparisons: Sequence[Comparison]) -> RenderableType:
    """Draw several outlooks side by side, and each against the first."""
    parts: list[RenderableType] = [*_table(levels(outlooks))]
    for comparison in comparisons:
        parts += ["", told_comparison(comparison)]
    for outlook in outlooks:
        parts += _cautions(outlook)
    return Stack(*parts)


def _table(told: Told) -> Iterable[RenderableType]:
    yield Text(told.title, style="bold")
    if told.rows:
        yield listing("", told.columns, told.rows, right=told.right)
        yield Text(told.note, style=QUIET)
    else:
        yield Text("There is nothing to tell.", style=QUIET)


def _cautions(outlook: Outlook) -> Iterable[RenderableType]:
    cautions = outlook.story.cautions
    for caution in cautions[:MOST]:
        yield Text(caution.text, style=AMBER)
    if len(cautions) > MOST:
        yield Text(f"… and {len(cautions) - MOST:,} more cautions; --format json lists them.", style=AMBER)


def _rests_on(outlook: Outlook) -> Iterable[RenderableType]:
    story = outlook.story
    reasons: dict[str, int] = {}
    for failure in story.failures:
        reasons[failure.period] = reasons.get(failure.period, 0) + 1
    if reasons:
        listed = ", ".join(f"{count:,} in {period}" for period, count in sorted(reasons.items()))
        yield Text(f"Draws that could not be solved, by the period they failed in: {listed}.", style=AMBER)
    assumed = sum(note.kind == "assumed" for note in story.assumptions)
    yield Text(
        f"Rests on {assumed:,} assumptions and {len(story.assumptions) - assumed:,} adjustments to data; "
        "the page and --format json list them.",
        style=QUIET,
    )
    yield Text(
        f"Run {story.lineage.run}: {story.model}, {outlook.draws:,} draws, seed {story.seed}.", style=QUIET
    )
