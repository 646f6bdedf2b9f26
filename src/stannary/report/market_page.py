"""One page that tells an outlook, or several side by side: HTML that opens without a network, and prints."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from stannary.market.comparison import Comparison
from stannary.market.outlook import Outlook
from stannary.report.drawing import Spec, can_draw, draw
from stannary.report.figure import ENVIRONMENT, Figure
from stannary.report.market_pictures import gains_by_party, price_fan, sources_by_period
from stannary.report.market_tables import (
    Told,
    budgets,
    changes,
    gains,
    levels,
    prices,
    protection,
    sourcing,
    zone_fan,
)

__all__ = ["comparison_page", "outlook_page"]

MOST = 40
"""The most assumptions listed before the rest is folded away."""


def outlook_page(outlook: Outlook, *, command: str, files: Sequence[str] = ()) -> str:
    """Give the page of an outlook as HTML; the same outlook gives the same text.

    `command` is how to make it again, `files` where its numbers are. Everything is escaped; nothing is loaded
    from elsewhere. Without the extra `export` the page has its tables and no pictures.
    """
    figures = [
        *(
            figure(_fan_table(outlook, product), price_fan(outlook, product), f"p{place}")
            for place, product in enumerate(outlook.products)
        ),
        *(
            figure(
                _shares_table(outlook, product),
                sources_by_period(outlook, product),
                f"s{place}",
            )
            for place, product in enumerate(outlook.products)
        ),
    ]
    return _rendered(
        title=outlook.story.title,
        headline=outlook.outcome,
        about=outlook.story.about,
        figures=figures,
        tables=(prices(outlook), sourcing(outlook), protection(outlook), budgets(outlook)),
        outlooks=(outlook,),
        command=command,
        files=files,
    )


def comparison_page(
    outlooks: Sequence[Outlook], comparisons: Sequence[Comparison], *, command: str, files: Sequence[str] = ()
) -> str:
    """Give the page of several outlooks, each against the first, as HTML."""
    figures, tables = [], [levels(outlooks)]
    for place, comparison in enumerate(comparisons):
        name = comparison.after.story.title
        told = gains(comparison)
        told = Told(f"{told.title}: {name}", told.note, told.columns, told.rows, told.right)
        figures.append(figure(told, gains_by_party(comparison), f"g{place}"))
        tables.append(changes(comparison))
    product = outlooks[0].headline_product
    for place, outlook in enumerate(outlooks):
        told = _fan_table(outlook, product)
        told = Told(f"{told.title}: {outlook.story.title}", told.note, told.columns, told.rows, told.right)
        figures.append(figure(told, price_fan(outlook, product), f"p{place}"))
    return _rendered(
        title="Scenarios side by side",
        headline=" ".join(comparison.outcome for comparison in comparisons) or outlooks[0].outcome,
        about=f"{outlooks[0].story.mineral.replace('_', ' ').capitalize()} under {len(outlooks)} scenarios.",
        figures=figures,
        tables=tables,
        outlooks=outlooks,
        command=command,
        files=files,
    )


def figure(told: Told, spec: Spec, name: str) -> Figure:
    """Put a table and its picture together, where pictures can be drawn."""
    picture = Markup(draw(spec, name)) if can_draw() and told.rows else None
    return Figure(told.title, told.note, picture, told.columns, told.rows, told.right)


def _rendered(
    *,
    title: str,
    headline: str,
    about: str,
    figures: Sequence[Figure],
    tables: Sequence[Told],
    outlooks: Sequence[Outlook],
    command: str,
    files: Sequence[str],
) -> str:
    return ENVIRONMENT.get_template("market_page.html").render(
        title=title,
        headline=headline,
        about=about,
        figures=figures,
        tables=tables,
        outlooks=outlooks,
        story=outlooks[0].story,
        cautions=[(outlook.story.title, each) for outlook in outlooks for each in outlook.story.cautions],
        failures=[(outlook.story.title, each) for outlook in outlooks for each in outlook.story.failures],
        assumptions=_assumptions(outlooks),
        most=MOST,
        can_draw=can_draw(),
        command=command,
        files=files,
    )


def _assumptions(outlooks: Sequence[Outlook]) -> tuple[tuple[str, ...], ...]:
    """List what the outlooks rest on, each once, in words."""
    found = {
        (note.kind, note.parameter.replace("_", " "), note.where, note.text, note.source or "none"): None
        for outlook in outlooks
        for note in outlook.story.assumptions
    }
    return tuple(found)


def _fan_table(outlook: Outlook, product: str) -> Told:
    columns = ("Period", "10%", "Median", "90%", "Floor")
    fan, floor = zone_fan(outlook, "average_price", product), zone_fan(outlook, "floor", product)[1]
    rows = tuple(
        (
            period,
            *("–" if point != point else f"{point:,.0f}" for point in fan[:, place]),
            f"{floor[place]:,.0f}" if floor[place] > 0 else "none",
        )
        for place, period in enumerate(outlook.periods)
    )
    note = f"Paid by users in the zone, duty paid, USD of {outlook.story.price_year} a contained tonne." + (
        " The bands hold half and eight tenths of the draws." if outlook.draws > 1 else ""
    )
    return Told(f"Price of {product}", note, columns, rows, columns[1:])


def _shares_table(outlook: Outlook, product: str) -> Told:
    whole = sourcing(outlook)
    rows = tuple(row[1:] for row in whole.rows if row[0] == product)
    return Told(f"Where the zone buys {product}", whole.note, whole.columns[1:], rows, whole.right)
