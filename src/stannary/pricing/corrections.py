"""Corrections: of a report by its reporter, and of a publication by those who publish.

Nothing is ever taken back. A corrected report stays in the log beside the one that corrects it, and a
corrected publication stays beside the new one, which says why it was made and what it changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from stannary.errors import Place, Problem
from stannary.pricing.publication import Difference, Publication
from stannary.pricing.reports import PriceReport

__all__ = ["differences", "standing"]


def standing(reports: Sequence[PriceReport], as_of: date) -> tuple[dict[str, str], list[Problem]]:
    """Give the reports that a later one has replaced by a day, each with the one that did, and all problems.

    A correction handed in after the day replaces nothing yet. Problems (STN-PRICE-004, 002): a report given
    twice; a correction of what is not there, of another's report, of one corrected already, of itself by a
    roundabout way, or without a reason.
    """
    by_id: dict[str, PriceReport] = {}
    problems = []
    for report in reports:
        if report.id in by_id:
            message = f"report {report.id} is given twice."
            problems.append(_problem(report, message, "Keep one; a change is a report that corrects it."))
        by_id.setdefault(report.id, report)
    replaced: dict[str, str] = {}
    corrected: dict[str, str] = {}
    for report in by_id.values():
        if report.corrects is None:
            continue
        problems += _unsound(report, by_id, corrected)
        corrected.setdefault(report.corrects, report.id)
        if max(report.dated_on, report.reported_on or report.dated_on) <= as_of:
            replaced.setdefault(report.corrects, report.id)
    problems += [
        _problem(by_id[name], f"report {name} corrects itself by way of others.", "Correct the last one.")
        for name in _circular(corrected)
    ]
    return replaced, problems


def _unsound(
    report: PriceReport, by_id: dict[str, PriceReport], corrected: dict[str, str]
) -> Iterable[Problem]:
    """List what is wrong with one correction."""
    target = by_id.get(report.corrects or "")
    if target is None:
        message = f"report {report.id} corrects {report.corrects}, which is not there."
        yield _problem(report, message, "Hand in the report it corrects beside it.")
        return
    if not report.reason:
        message = f"report {report.id} corrects {target.id} and gives no reason."
        yield _problem(report, message, "Say in `reason` what was wrong.", "STN-PRICE-002")
    if target.teller[0] != report.teller[0]:
        message = f"report {report.id} of {report.reporter} corrects a report of {target.reporter}."
        yield _problem(report, message, "Only its own reporter may correct a report.")
    if target.id in corrected:
        message = f"report {target.id} is corrected by {corrected[target.id]} and by {report.id}."
        yield _problem(report, message, f"Correct {corrected[target.id]} instead.")


def _circular(corrected: dict[str, str]) -> list[str]:
    """List reports that, followed from correction to correction, come back to themselves."""
    found = []
    cleared: set[str] = set()
    for first in corrected:
        trail: list[str] = []
        name: str | None = first
        while name is not None and name not in cleared and name not in trail:
            trail.append(name)
            name = corrected.get(name)
        if name is not None and name in trail:
            found.append(name)
        cleared.update(trail)
    return found


def _problem(report: PriceReport, message: str, remedy: str, code: str = "STN-PRICE-004") -> Problem:
    place = report.written_at if report.written_at.file else Place(path=report.id)
    return Problem(code, message, remedy, place)


def differences(before: Publication, after: Publication) -> tuple[Difference, ...]:
    """List what changed between a publication and its correction, product by product."""
    found = []
    for product in sorted({price.product for each in (before, after) for price in each.prices}):
        old, new = before.price(product), after.price(product)
        old_price, new_price = old.usd_per_t if old else None, new.usd_per_t if new else None
        old_rung, new_rung = old.rung if old else None, new.rung if new else None
        if (old_price, old_rung) != (new_price, new_rung):
            found.append(
                Difference(
                    product=product,
                    before=old_price,
                    after=new_price,
                    rung_before=old_rung,
                    rung_after=new_rung,
                )
            )
    return tuple(found)
