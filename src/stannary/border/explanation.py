"""Explain any line: each step with its number, unit, article and source, and what would change the result.

Nothing is stored for an explanation: the line is assessed again, alone, by plain decimals, and the cells
it went through are put into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from stannary.atlas.atlas import Atlas
from stannary.border.assessment import assess_compiled
from stannary.border.changes import Change, changes_for
from stannary.border.codes import BY_NAME
from stannary.border.determinations import Determination, Determinations
from stannary.border.files import open_lines
from stannary.border.law_tables import LawTables, compile_law
from stannary.border.story import Step, steps_of
from stannary.border.workplace import Workplace
from stannary.charter.charter import Charter
from stannary.errors import NotFoundError, Place, Problem

__all__ = ["Explanation", "explain", "explain_determinations"]


@dataclass(frozen=True)
class Explanation:
    """The full story of one line."""

    determination: Determination
    steps: tuple[Step, ...]
    what_would_change: tuple[Change, ...]
    recorded: Mapping[str, Any] | None = None
    """What the file of determinations holds for the line, where it was asked of one."""

    @property
    def outcome(self) -> str:
        """Say in a sentence how the line came out and why."""
        found = self.determination
        reason = BY_NAME[found.reason]
        owed = f", owing {found.adjustment_usd:,.2f} USD" if found.outcome == "adjusted" else ""
        words = {"out_of_scope": "out of scope"}.get(found.outcome, found.outcome)
        remedy = f" {reason.remedy}" if reason.remedy else ""
        return f"Entry {found.entry_number}, line {found.line_number}: {words}{owed}. {reason.words}{remedy}"

    @property
    def matches_record(self) -> bool:
        """Say whether the line comes out today as the file of determinations recorded it."""
        if self.recorded is None:
            return True
        same = self.recorded["outcome"] == self.determination.outcome
        return bool(same and self.recorded["adjustment_usd"] == self.determination.adjustment_usd)

    def __str__(self) -> str:
        lines = [self.outcome, ""]
        for number, step in enumerate(self.steps, 1):
            lines.append(f"{number:>2}. {step.name}: {step.finding}")
            lines.append(f"    {step.article}; {step.source}" if step.source else f"    {step.article}")
        if self.what_would_change:
            lines += ["", "What would change the result:"]
            lines += [f"  - {change.words}" for change in self.what_would_change]
        if not self.matches_record and self.recorded is not None:
            was = f"{self.recorded['outcome']}, {self.recorded['adjustment_usd']} USD"
            lines += ["", f"The record says {was}: it was made under another charter or atlas."]
        return "\n".join(lines)


def explain(
    charter: Charter,
    atlas: Atlas,
    line: Mapping[str, Any],
    *,
    is_split: bool = False,
    quota_spent: bool = False,
) -> Explanation:
    """Explain one entry line, given as a mapping of column names to values.

    `is_split`: other small lines of its importer, product and day make one consignment with it.
    `quota_spent`: the tariff quota it claims is used up by lines before it.
    """
    marks = {"is_split": is_split, "quota_spent": quota_spent}
    return _explained(compile_law(charter, atlas), line, marks, None)


def explain_determinations(
    charter: Charter, atlas: Atlas, determinations: Determinations, entry: str, line: str | None = None
) -> tuple[Explanation, ...]:
    """Explain the lines of an entry (or one of them) in a file of determinations.

    Where the file holds only results, the entry lines are read from the file they came from. Raises
    `NotFoundError` when no such line is recorded.
    """
    law = compile_law(charter, atlas)
    found = list(determinations.rows(entry, line))
    if not found:
        what = f"entry {entry}" + (f", line {line}" if line else "")
        raise NotFoundError(
            [
                Problem(
                    "STN-FOUND-001",
                    f"There is no {what} in the file.",
                    "Check the numbers.",
                    Place(str(determinations.path)),
                )
            ]
        )
    explanations = []
    for recorded in found:
        given = recorded if "tariff_code" in recorded else _line_at(determinations, recorded)
        given = {**given, "entry_number": recorded["entry_number"], "line_number": recorded["line_number"]}
        explanations.append(_explained(law, given, _told_by(recorded), recorded))
    return tuple(explanations)


def _explained(
    law: LawTables, line: Mapping[str, Any], marks: dict[str, bool], recorded: Mapping[str, Any] | None
) -> Explanation:
    found = assess_compiled(law, line, **marks)
    return Explanation(found, steps_of(found, law), changes_for(found, law, line, marks), recorded)


def _told_by(recorded: Mapping[str, Any]) -> dict[str, bool]:
    """Give what a recorded line owes to the lines around it."""
    reason = recorded["reason"]
    return {"is_split": reason == "split_consignment", "quota_spent": reason == "quota_spent"}


def _line_at(determinations: Determinations, recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Read one line again from the file of entry lines."""
    with Workplace() as work:
        table = open_lines(determinations.entries, work.backend, work.folder)
        keys = [table[name].cast("string") == recorded[name] for name in ("entry_number", "line_number")]
        rows: list[dict[str, Any]] = work.backend.to_pyarrow(table.filter(keys)).to_pylist()
    return rows[0]


def worth_of_evidence(explanation: Explanation) -> Decimal:
    """Give the most that evidence of origin could save on the line, in USD."""
    return max((change.saves_usd for change in explanation.what_would_change), default=Decimal("0.00"))
