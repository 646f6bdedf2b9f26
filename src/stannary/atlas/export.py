"""Pass rows of the atlas on, each with its licence and attribution, where the licence allows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from stannary.atlas.atlas import Atlas
from stannary.atlas.sources import Source
from stannary.errors import LicenceError, Problem, refuse

__all__ = ["export_rows"]

OWN_LICENCE = "Apache-2.0"
OWN_ATTRIBUTION = "Stannary"


def export_rows(atlas: Atlas, table: str, rows: Iterable[Any] | None = None) -> Iterator[dict[str, str]]:
    """Yield a table's rows (or some of them) as text, with `licence` and `attribution` added.

    Rows without a source are definitions of our own. Raises `LicenceError` (STN-LICENCE-001) before the
    first row when any source forbids redistribution, and says how many rows and which sources; nothing is
    passed on then.
    """
    chosen = tuple(atlas.rows(table) if rows is None else rows)
    refuse(LicenceError, forbidden(atlas, table, chosen))
    return (written(atlas, row) for row in chosen)


def forbidden(atlas: Atlas, table: str, rows: Iterable[Any]) -> Iterator[Problem]:
    """List the sources among rows that forbid redistribution, with the number of their rows."""
    counts: Counter[str] = Counter()
    for row in rows:
        for source in sources_of(atlas, row):
            if source.redistribution == "forbidden":
                counts[source.id] += 1
    for name, count in sorted(counts.items()):
        noun = "row" if count == 1 else "rows"
        message = f"{count} {noun} of {table} come from {name} ({atlas.source(name).licence})."
        yield Problem("STN-LICENCE-001", message, "Leave them out; they stay in your own atlas.")


def sources_of(atlas: Atlas, row: Any) -> list[Source]:
    """Give the sources a row cites."""
    if isinstance(row, Source):
        return []
    names = [getattr(row, "source", ""), getattr(row, "factor_source", ""), *getattr(row, "sources", ())]
    return [atlas.source(name) for name in dict.fromkeys(names) if name]


def written(atlas: Atlas, row: Any) -> dict[str, str]:
    """Write a row as text, as it stands in its table, and add licence and attribution."""
    text = {field.name: as_text(getattr(row, field.name)) for field in fields(row)}
    if isinstance(row, Source):
        return text
    cited = sources_of(atlas, row)
    licences = dict.fromkeys(source.licence for source in cited)
    text["licence"] = "; ".join(licences) or OWN_LICENCE
    text["attribution"] = "; ".join(source.attribution for source in cited) or OWN_ATTRIBUTION
    return text


def as_text(value: Any) -> str:
    """Write a value as its table does."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case tuple():
            return ";".join(value)
        case _:
            return str(value)
