"""One page that tells a run: HTML that opens without a network, reads without scripts, and prints well."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from stannary.border.codes import BY_NAME
from stannary.border.summary import Group
from stannary.report import words
from stannary.report.drawing import can_draw, draw
from stannary.report.figure import ENVIRONMENT, Figure
from stannary.report.findings import Findings
from stannary.report.pictures import (
    money_by_economy,
    money_by_name,
    outcomes_by_stage,
    prices_against_floors,
)

__all__ = ["headline", "page"]

EXACT_NOTE = "Amounts are USD, exact to the cent; each line is rounded once, half away from zero."


def page(
    findings: Findings,
    *,
    title: str,
    about: str,
    method: Sequence[str],
    command: str,
    files: Sequence[str] = (),
) -> str:
    """Give the page of a run as HTML; the same run gives the same text.

    `about` says in a sentence what was assessed, `method` how the entry lines came about, `command` how to
    make it again, `files` where the determinations are. Everything is escaped; nothing is loaded from
    elsewhere. Without the extra `export` the page has its tables and no pictures.
    """
    template = ENVIRONMENT.get_template("page.html")
    return template.render(
        title=title,
        about=about,
        headline=headline(findings),
        caution=caution(findings),
        findings=findings,
        figures=_figures(findings),
        can_draw=can_draw(),
        method=(*method, EXACT_NOTE),
        command=command,
        files=files,
        lineage=findings.lineage,
        words=words,
        reasons=BY_NAME,
    )


def headline(findings: Findings) -> str:
    """Say the whole run in a sentence."""
    summary, lines = findings.summary, findings.covered_lines
    if not summary.total.lines:
        return "There were no lines to assess."
    if not lines:
        return (
            f"None of {words.count(summary.total.lines, 'line')} is in the charter's scope; nothing is owed."
        )
    adjusted, referred = findings.outcome("adjusted"), findings.outcome("referred")
    owed = (
        f"{adjusted.lines:,} of {words.count(lines, 'covered line')} would owe a border adjustment of "
        f"{words.round_money(summary.total.adjustment_usd)} on "
        f"{words.round_money(adjusted.customs_value_usd)} of goods"
        if adjusted.lines
        else f"None of {words.count(lines, 'covered line')} would owe a border adjustment"
    )
    if not referred.lines:
        return f"{owed}."
    verb = "waits" if referred.lines == 1 else "wait"
    return f"{owed}; {words.count(referred.lines, 'line')} {verb} for an officer."


def caution(findings: Findings) -> str:
    """Say how much of what is owed rests on floors nobody has published; empty when none does."""
    assumed, owed = findings.assumed_floor_usd, findings.summary.total.adjustment_usd
    if not owed or not assumed:
        return ""
    part = "All of it rests" if assumed == owed else f"{words.share(assumed, owed)} of it rests"
    return f"{part} on floors that the charter assumes, each with its reason; they are not published figures."


def _figures(findings: Findings) -> tuple[Figure, ...]:
    owed = [g for g in findings.summary.by["mineral"] if g.adjustment_usd]
    economies = [e for e in findings.economies if e.adjustment_usd]
    priced = [p for p in findings.products if p.price_usd_per_t is not None and p.floor_usd_per_t]
    drawn = (
        ("minerals", money_by_name, [(findings.mineral(g.name), float(g.adjustment_usd)) for g in owed]),
        ("economies", money_by_economy, economies),
        ("stages", outcomes_by_stage, findings.stages),
        ("floors", prices_against_floors, priced),
    )
    tables = (_minerals(findings), _economies(findings), _stages(findings), _floors(findings))
    return tuple(
        Figure(
            title=title,
            note=note,
            picture=Markup(draw(spec(f"{title}. {note}", data), name)) if can_draw() and data else None,  # type: ignore[operator]
            columns=columns,
            rows=rows,
            right=tuple(name for name in columns if "USD" in name or name in COUNTS),
        )
        for (name, spec, data), (title, note, columns, rows) in zip(drawn, tables, strict=True)
    )


COUNTS = ("Lines", "Adjusted", "Preferential", "Cleared", "Referred", "Out of scope")

Told = tuple[str, str, tuple[str, ...], tuple[tuple[str, ...], ...]]


def _minerals(findings: Findings) -> Told:
    return (
        "Adjustment owed, by mineral",
        "What the goods of each mineral would owe at the border, in millions of USD.",
        ("Mineral", "Lines", "Adjusted", "Customs value, USD", "Owed, USD"),
        tuple(_group_row(group, findings.mineral(group.name)) for group in findings.summary.by["mineral"]),
    )


def _group_row(group: Group, name: str) -> tuple[str, ...]:
    return (
        name,
        f"{group.lines:,}",
        f"{group.adjusted_lines:,}",
        words.cents(group.customs_value_usd),
        words.cents(group.adjustment_usd),
    )


def _economies(findings: Findings) -> Told:
    return (
        "Adjustment owed, by economy of origin",
        "Where the goods were produced, as declared, and what the charter calls that economy.",
        ("Economy", "In the charter", "Lines", "Adjusted", "Customs value, USD", "Owed, USD"),
        tuple(
            (
                economy.name,
                words.ORIGIN_WORDS[economy.origin],
                f"{economy.lines:,}",
                f"{economy.adjusted_lines:,}",
                words.cents(economy.customs_value_usd),
                words.cents(economy.adjustment_usd),
            )
            for economy in findings.economies
        ),
    )


def _stages(findings: Findings) -> Told:
    order = ("preferential", "cleared", "adjusted", "referred", "out_of_scope")
    return (
        "Outcome, by stage",
        "The share of the lines of each stage with each outcome; the number of lines stands beside it.",
        ("Stage", *(words.title_of(outcome) for outcome in order), "Customs value, USD"),
        tuple(
            (
                words.title_of(stage.stage),
                *(f"{stage.lines.get(outcome, 0):,}" for outcome in order),
                words.cents(sum(stage.customs_value_usd.values(), Decimal("0.00"))),
            )
            for stage in findings.stages
        ),
    )


def _floors(findings: Findings) -> Told:
    return (
        "Price against floor",
        "The largest line of each of the biggest products: its price at the frontier as a share of the floor."
        " The mark at 100% is the floor; bars end at 200%.",
        ("Product", "From", "Price, USD/t", "Floor, USD/t", "Floor is", "Outcome"),
        tuple(
            (
                line.title,
                line.economy,
                words.cents(line.price_usd_per_t),
                words.cents(line.floor_usd_per_t),
                {True: "assumed", False: "sourced", None: "missing"}[line.floor_is_assumed],
                words.title_of(line.outcome),
            )
            for line in findings.products
        ),
    )
