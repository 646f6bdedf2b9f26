"""Correct determinations: corrections, protests and retroactive decisions re-assess lines.

Nothing is overwritten. The lines named are assessed again, with every line of their importers (a split
consignment may open or close), and the difference to the earlier determination is what is owed or to be
refunded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from stannary.atlas.atlas import Atlas
from stannary.border.assessment import assess
from stannary.border.determinations import Determinations
from stannary.border.entries import COLUMNS_OF_AN_ENTRY
from stannary.border.files import open_lines
from stannary.border.workplace import Workplace
from stannary.charter.charter import Charter
from stannary.errors import EntriesError, Place, Problem

__all__ = ["Correction", "Difference", "reassess"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What one line owes after re-assessment against before; positive is owed, negative is refunded."""

    entry_number: str
    line_number: str
    earlier_outcome: str | None
    later_outcome: str
    later_reason: str
    earlier_usd: Decimal
    later_usd: Decimal

    @property
    def difference_usd(self) -> Decimal:
        """Give the difference owed (or, negative, refunded), in USD."""
        return self.later_usd - self.earlier_usd


@dataclass(frozen=True)
class Correction:
    """The differences of a re-assessment; lines that come out as before are left out."""

    differences: tuple[Difference, ...]
    lines_assessed: int
    earlier_run: str
    later_run: str

    @property
    def owed_usd(self) -> Decimal:
        """Give the sum of all differences, in USD: what is owed, or if negative refunded, in all."""
        return sum((item.difference_usd for item in self.differences), Decimal("0.00"))

    @property
    def outcome(self) -> str:
        """Say in a sentence what the re-assessment comes to."""
        verb = "to be refunded" if self.owed_usd < 0 else "owed"
        count = f"{self.lines_assessed:,} lines assessed again, {len(self.differences):,} come out otherwise"
        return f"{count}: {abs(self.owed_usd):,.2f} USD {verb}."


def reassess(
    charter: Charter, atlas: Atlas, earlier: Determinations, corrected: Path | str | None = None
) -> Correction:
    """Assess lines again and give the differences owed.

    `corrected` is a file of entry lines that take the place of those with the same entry and line
    number; lines of new numbers are added. Without it, every line of the earlier run is assessed again,
    under the charter given (an amended one, a relief granted). Raises `EntriesError` when a key occurs
    twice, or the entry lines of the earlier run are no longer to be had.
    """
    with Workplace() as work:
        book = _book(earlier, work)
        if corrected is not None:
            book = _with_corrections(book, Path(corrected), work)
        path = work.folder / "corrected_book.parquet"
        work.backend.to_parquet(book, path)
        later = assess(charter, atlas, path)
        differences = _differences(earlier, later, work)
    return Correction(differences, later.lines, earlier.lineage.run, later.lineage.run)


KNOWN = tuple(column.name for column in COLUMNS_OF_AN_ENTRY)


def _book(earlier: Determinations, work: Workplace) -> ir.Table:
    """Give the entry lines of the earlier run: from its own file, or from where they were read."""
    table = work.backend.read_parquet(earlier.path)
    if "tariff_code" in table.columns:
        return _as_text(table)
    folder = work.folder / "earlier"
    folder.mkdir()
    return _as_text(open_lines(earlier.entries, work.backend, folder))


def _as_text(table: ir.Table) -> ir.Table:
    """Give the known columns as text, so that lines from different files stand in one table."""
    return table.select(**{name: _text(table, name) for name in KNOWN})


def _text(table: ir.Table, name: str) -> Any:
    return table[name].cast("string") if name in table.columns else ibis.null("string")


def _with_corrections(book: ir.Table, corrected: Path, work: Workplace) -> ir.Table:
    """Put corrected lines in the place of earlier ones, and keep only lines of the importers touched."""
    folder = work.folder / "corrections"
    folder.mkdir()
    lines = _as_text(open_lines(corrected, work.backend, folder))
    keys = ["entry_number", "line_number"]
    _must_be_single(lines, corrected, work)
    replaced = book.semi_join(lines, keys)
    importers = lines.select("importer").union(replaced.select("importer")).distinct()
    known = importers.filter(importers.importer.notnull())
    kept = book.anti_join(lines, keys)
    return kept.semi_join(known, "importer").union(lines)


def _must_be_single(lines: ir.Table, path: Path, work: Workplace) -> None:
    counts = lines.group_by("entry_number", "line_number").aggregate(times=lines.count())
    twice = work.backend.to_pyarrow(counts.filter(counts.times > 1).limit(20)).to_pylist()
    if twice:
        raise EntriesError(
            Problem(
                "STN-ENTRY-014",
                f"Entry {row['entry_number']}, line {row['line_number']} is corrected {row['times']} times.",
                "Give one correction a line.",
                Place(str(path)),
            )
            for row in twice
        )


def _differences(earlier: Determinations, later: Determinations, work: Workplace) -> tuple[Difference, ...]:
    keys = ["entry_number", "line_number"]
    after = later.in_words(work.backend).select(*keys, "outcome", "reason", "adjustment_usd")
    before = earlier.in_words(work.backend).select(
        *keys, earlier_outcome=ibis._.outcome, earlier_usd=ibis._.adjustment_usd
    )
    after = after.mutate(
        entry_number=after.entry_number.cast("string"), line_number=after.line_number.cast("string")
    )
    before = before.mutate(
        entry_number=before.entry_number.cast("string"), line_number=before.line_number.cast("string")
    )
    both = after.left_join(before, keys)
    rows = work.backend.to_pyarrow(both.order_by(*keys)).to_pylist()
    found = [
        Difference(
            row["entry_number"],
            row["line_number"],
            row["earlier_outcome"],
            row["outcome"],
            row["reason"],
            row["earlier_usd"] or Decimal("0.00"),
            row["adjustment_usd"],
        )
        for row in rows
    ]
    return tuple(d for d in found if d.earlier_outcome != d.later_outcome or d.difference_usd)
