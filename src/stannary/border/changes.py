"""What would change a line's result: evidence of origin, a price at the floor, a fact supplied, a later day.

Each answer is found by assessing the line again with that one thing changed; what it is worth is the
difference in what is owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stannary.border.assessment import assess_compiled
from stannary.border.codes import BY_NAME
from stannary.border.determinations import Determination
from stannary.border.law_tables import LawTables
from stannary.dated import LAST_DAY

__all__ = ["Change", "changes_for"]

ORIGINS_TO_TRY = ("zone", "developing", "neutral")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would change the result, in words, and what it would save in USD."""

    words: str
    outcome: str
    adjustment_usd: Decimal
    saves_usd: Decimal


def changes_for(
    found: Determination, law: LawTables, line: Mapping[str, Any], marks: Mapping[str, bool]
) -> tuple[Change, ...]:
    """Work out what would change the result of one line, the most valuable first."""
    if found.outcome == "referred":
        reason = BY_NAME[found.reason]
        return (Change(reason.remedy or reason.words, "referred", found.adjustment_usd, Decimal("0.00")),)
    if found.outcome != "adjusted":
        return tuple(_later(found, law, line, marks))
    changes = [
        *_by_origin(found, law, line, marks),
        *_by_price(found),
        *_later(found, law, line, marks),
    ]
    return tuple(sorted(changes, key=lambda change: -change.saves_usd))


def _by_origin(
    found: Determination, law: LawTables, line: Mapping[str, Any], marks: Mapping[str, bool]
) -> list[Change]:
    """Show the stages that count as done elsewhere: in parties, in developing economies, elsewhere."""
    if found.facts["test_index"] is None:
        return []
    test = law.tests[found.facts["test_index"]]
    unknown = [stage for stage in test.stages if found.facts[f"at_{stage}"] not in law.spellings]
    stages = unknown if found.origin == "unknown" else list(test.stages)
    changes = []
    for origin in ORIGINS_TO_TRY:
        economy = _example(origin, law, found.facts["in_entered_on"])
        if economy is None:
            continue
        shown = {f"{stage}_in": economy for stage in stages}
        other = assess_compiled(law, {**line, **shown}, **marks)
        saves = found.adjustment_usd - other.adjustment_usd
        if saves > 0:
            where = {
                "zone": "parties to the zone",
                "developing": "developing economies",
                "neutral": "economies that are neither parties nor covered",
            }[origin]
            shown_there = f"Evidence that the goods were {_listed(stages)} in {where}"
            words = f"{shown_there} would save {saves:,.2f} USD ({other.outcome})."
            changes.append(Change(words, other.outcome, other.adjustment_usd, saves))
    return changes


def _example(origin: str, law: LawTables, on: date) -> str | None:
    """Give an economy of an origin on a day, or `None` when there is none."""
    membership = law.charter.membership
    parties = membership.members("parties", on)
    developing = membership.members("developing_economies", on)
    covered = membership.members("covered_economies", on)
    pools = {
        "zone": parties - covered,
        "developing": developing - covered - parties,
        "neutral": frozenset(law.spellings.values()) - parties - developing - covered,
    }
    return min(pools[origin], default=None)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _by_price(found: Determination) -> list[Change]:
    floor = found.floor_usd_per_t
    if floor is None:
        return []
    words = f"At a net frontier price of {floor:,.2f} USD per contained tonne or more nothing would be owed."
    return [Change(words, "cleared", Decimal("0.00"), found.adjustment_usd)]


def _later(
    found: Determination, law: LawTables, line: Mapping[str, Any], marks: Mapping[str, bool]
) -> list[Change]:
    """Say what the next change of law for the product would do to the same line."""
    if found.segment is None:
        return []
    end = law.segments[found.segment].end
    if end >= LAST_DAY or end >= law.last_day:
        return []
    day = end + timedelta(days=1)
    other = assess_compiled(law, {**line, "entered_on": day}, **marks)
    if (other.outcome, other.adjustment_usd) == (found.outcome, found.adjustment_usd):
        return []
    saves = found.adjustment_usd - other.adjustment_usd
    owed = f"owing {other.adjustment_usd:,.2f} USD" if other.adjustment_usd else "owing nothing"
    outcome = other.outcome.replace("_", " ")
    words = f"Entered on {day}, when the law changes, the line would be {outcome}, {owed}."
    return [Change(words, other.outcome, other.adjustment_usd, max(saves, Decimal("0.00")))]
