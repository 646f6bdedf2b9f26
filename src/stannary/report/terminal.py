"""The answer of a run on a terminal: a few tables that fit on a screen, the sentence first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stannary.border.codes import BY_NAME
from stannary.border.summary import Group
from stannary.report.findings import Findings
from stannary.report.page import caution, headline
from stannary.report.tables import QUIET, listing
from stannary.report.words import (
    ORIGIN_WORDS,
    OUTCOME_WORDS,
    STAGE_ORDER,
    UNCLASSIFIED,
    cents,
    count,
    named,
    round_money,
    title_of,
)

__all__ = ["answer"]

TEAL, AMBER, VIOLET = "cyan", "yellow", "magenta"
"""The house colours among the sixteen that every terminal has, in the shades its owner chose."""

OUTCOME_STYLES = {"adjusted": AMBER, "referred": VIOLET, "preferential": TEAL}
MOST = 12


def answer(findings: Findings, *, about: str, is_short: bool = False) -> RenderableType:
    """Draw a run's answer: the sentence, the sums, what was referred, the lines that owe most."""
    parts: list[RenderableType] = [
        Text(headline(findings), style="bold"),
        Text(about, style=QUIET),
    ]
    if caution(findings):
        parts.append(Text(caution(findings), style=AMBER))
    parts += [Text(f"Covered trade: {cents(findings.covered_trade_usd)} USD.")]
    parts += ["", _outcomes(findings)]
    if not is_short:
        parts += ["", *_sums(findings)]
    parts += ["", *_referred(findings), "", *_largest(findings)]
    return Stack(*parts)


NUMBERS = ("Lines", "Adjusted", "Customs value, USD", "Owed, USD")


def _outcomes(findings: Findings) -> Table:
    table = listing("", ("Outcome", "Lines", "Customs value, USD", "Owed, USD"), (), right=NUMBERS)
    for name, words in OUTCOME_WORDS.items():
        group = findings.outcome(name)
        style = OUTCOME_STYLES.get(name, "")
        table.add_row(
            Text(words, style=style),
            f"{group.lines:,}",
            cents(group.customs_value_usd),
            Text(cents(group.adjustment_usd), style=style if group.adjustment_usd else ""),
        )
    return table


def _sums(findings: Findings) -> Iterable[RenderableType]:
    by = findings.summary.by
    minerals = [group for group in by["mineral"] if group.adjustment_usd]
    stages = sorted(by["stage"], key=lambda g: STAGE_ORDER.index(g.name) if g.name in STAGE_ORDER else 99)
    for title, groups, name in (
        ("By mineral", minerals, findings.mineral),
        ("By stage", [g for g in stages if g.name != UNCLASSIFIED], title_of),
        ("By importer", by["importer"], named),
    ):
        if groups:
            yield _groups(title, groups, name)
            yield ""
    owing = [economy for economy in findings.economies if economy.adjustment_usd]
    if owing:
        rows = (
            (e.name, ORIGIN_WORDS[e.origin], f"{e.lines:,}", f"{e.adjusted_lines:,}", cents(e.adjustment_usd))
            for e in owing[:MOST]
        )
        columns = ("By origin", "In the charter", "Lines", "Adjusted", "Owed, USD")
        yield listing(
            "", columns, rows, right=NUMBERS, note=_rest(len(owing), "more economy", "more economies")
        )


def _groups(title: str, groups: Sequence[Group], name: Callable[[str], str]) -> Table:
    rows = (
        (
            name(g.name),
            f"{g.lines:,}",
            f"{g.adjusted_lines:,}",
            cents(g.customs_value_usd),
            cents(g.adjustment_usd),
        )
        for g in groups[:MOST]
    )
    return listing("", (title, *NUMBERS), rows, right=NUMBERS, note=_rest(len(groups), "more group"))


def _rest(number: int, noun: str, plural: str | None = None) -> str:
    return f"and {count(number - MOST, noun, plural)}" if number > MOST else ""


def _referred(findings: Findings) -> Iterable[RenderableType]:
    if not findings.references:
        yield Text("No line was referred.", style=QUIET)
        return
    rows = (
        (
            f"{BY_NAME[g.name].words} {BY_NAME[g.name].remedy}".strip(),
            f"{g.lines:,}",
            cents(g.customs_value_usd),
        )
        for g in findings.references[:MOST]
    )
    yield listing(
        "",
        ("Referred, and what would settle it", "Lines", "Customs value, USD"),
        rows,
        right=NUMBERS,
        note=_rest(len(findings.references), "more reason"),
    )


def _largest(findings: Findings) -> Iterable[RenderableType]:
    if not findings.largest:
        yield Text("No line owes anything.", style=QUIET)
        return
    yield Text("The lines that owe most", style=QUIET)
    for number, line in enumerate(findings.largest, start=1):
        origin = "origin not stated" if line.economy == "not stated" else f"from {line.economy}"
        owed = (f"{round_money(line.adjustment_usd):>18}", AMBER)
        yield Text.assemble(f"{number:>2}", owed, f"  {line.title}, {origin}")
        where = (f" Entry {line.entry_number}, line {line.line_number}.", QUIET)
        yield Padding(Text.assemble(line.why, where), (0, 0, 0, 4))
