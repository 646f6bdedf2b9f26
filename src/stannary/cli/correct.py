"""`stannary correct`: corrected lines, or an amended charter, and the difference owed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Group as Stack
from rich.text import Text

from stannary.border.correction import Correction, Difference, reassess
from stannary.border.determinations import open_determinations
from stannary.cli.options import Form, Out, Place, settings_of, zone_of
from stannary.cli.output import Answer, emit
from stannary.cli.waiting import watching
from stannary.report.tables import listing
from stannary.report.words import cents, title_of

__all__ = ["correct"]


def correct(
    earlier: Annotated[Path, Parameter(help="Determinations that stannary assess wrote, as Parquet.")],
    corrected: Annotated[
        Path | None,
        Parameter(
            help="Corrected entry lines, whole, known by their numbers; without it all are assessed again."
        ),
    ] = None,
    /,
    *,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Assess corrected lines again and tell the difference owed.

    Amounts are USD; a negative difference is to be refunded. Without corrected lines, the earlier ones are
    assessed again under the zone's charter: an amended one, or a relief granted since. Nothing is
    overwritten.
    """
    settings = settings_of(place, format=form)
    found = open_determinations(earlier)
    zone = zone_of(settings)
    with watching("Assessing again"):
        correction = reassess(zone.charter, zone.atlas, found, corrected)
    emit(
        Answer(
            table=lambda: _drawn(correction),
            data={
                "outcome": correction.outcome,
                "owed_usd": correction.owed_usd,
                "lines_assessed": correction.lines_assessed,
                "earlier_run": correction.earlier_run,
                "later_run": correction.later_run,
                "differences": [_row(item) for item in correction.differences],
            },
            rows=lambda: (_row(item) for item in correction.differences),
        ),
        settings.format,
        out,
    )


def _row(item: Difference) -> dict[str, Any]:
    return asdict(item) | {"difference_usd": item.difference_usd}


def _drawn(correction: Correction) -> Stack:
    rows = (
        (
            item.entry_number,
            item.line_number,
            title_of(item.earlier_outcome or "a new line"),
            title_of(item.later_outcome),
            cents(item.earlier_usd),
            cents(item.later_usd),
            f"{item.difference_usd:+,.2f}",
        )
        for item in correction.differences
    )
    columns = ("Entry", "Line", "Before", "After", "Owed before, USD", "Owed after, USD", "Difference, USD")
    return Stack(Text(correction.outcome, style="bold"), "", listing("", columns, rows, right=columns[4:]))
