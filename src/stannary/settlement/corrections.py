"""Corrections of duties: the difference to what was assessed, and nothing else, as a voucher of its own.

Nothing posted is changed. A correction takes effect on the day it is decided, so that it lands in an open
period whatever period the goods came in. Its key names the line and the run that it supersedes: one run can
be superseded once, and a second correction of the same run is refused by the book. What is too much comes off
what the importer still owes, and the rest becomes a refund.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa

from stannary.border.correction import Correction, Difference
from stannary.border.determinations import Determinations
from stannary.border.workplace import Workplace
from stannary.errors import SettlementError
from stannary.ledger.commodities import amount_of
from stannary.settlement.duties import (
    CURRENCY,
    NOT_STATED,
    Collection,
    Duty,
    cents_of,
    duty_key,
    duty_of,
    reference_of,
)
from stannary.settlement.reckoning import Leg, Reckoning, problem
from stannary.settlement.statement import Settlement

__all__ = ["settle_correction", "settle_corrections"]

NOTHING = Decimal("0.00")


def settle_correction(
    first: Duty,
    difference: Difference,
    decided_on: date,
    collection: Collection,
    runs: tuple[str, str],
    paid: Decimal = NOTHING,
) -> Settlement:
    """Settle the difference of one line, owed or to be refunded.

    `first` is the duty as it was assessed (with 0 cents for a line that is new); `runs` are the run
    superseded and the one that takes its place; `paid` is what has been paid on the line. Raises
    `SettlementError` where the difference is not one of this line, or more was paid than it owed.
    """
    earlier, later = cents_of(difference.earlier_usd), cents_of(difference.later_usd)
    already = cents_of(paid)
    path = f"correction/{first.reference}"
    if reference_of(difference.entry_number, difference.line_number) != first.reference:
        words = f"entry {difference.entry_number}, line {difference.line_number}, not {first.reference}"
        message = f"The difference is of {words}."
        raise SettlementError([problem("003", message, "Take the duty of the same line.", path)])
    if not 0 <= already <= earlier:
        message = f"{paid:,.2f} {CURRENCY} was paid on a line that owed {difference.earlier_usd:,.2f}."
        raise SettlementError([problem("004", message, "Settle what was paid in excess by itself.", path)])
    change = later - earlier
    off = min(max(-change, 0), earlier - already)
    refund = max(-change, 0) - off
    reckoning = _reckoning(first, difference, decided_on, runs, paid)
    reckoning.step("difference", "owed after less owed before", difference.difference_usd, CURRENCY)
    if change < 0:
        reckoning.step("taken off", "of what is still unpaid", amount_of(off, CURRENCY), CURRENCY)
        reckoning.step("refund", "the rest of what is too much", amount_of(refund, CURRENCY), CURRENCY)
    chart, member = collection.chart_of(first.importer), collection.member_of(first.importer)
    receivable, income = chart.duties_receivable(first.importer), chart.duty_income()
    legs = [
        Leg.signed(receivable, income, change if change > 0 else -off),
        Leg(income, chart.refunds_payable(first.importer), refund),
    ]
    parties = (first.importer, member) if change > 0 else (member, first.importer)
    verb = "owes" if change > 0 else "is relieved of"
    outcome = (
        f"{first.importer} {verb} {abs(difference.difference_usd):,.2f} {CURRENCY} on {first.reference}; "
        f"corrects {duty_key(first.reference)}."
    )
    books, tags = collection.books_of(first.importer), collection.tags_of(first)
    return reckoning.settle(books, (abs(change), CURRENCY), legs, parties, outcome, tags)


def _reckoning(
    first: Duty, difference: Difference, decided_on: date, runs: tuple[str, str], paid: Decimal
) -> Reckoning:
    article = f"border_adjustment.rules.{first.rule}" if first.rule else "border_adjustment"
    reckoning = Reckoning("correction", f"{first.reference}/{runs[0]}", decided_on, article)
    reckoning.given("first voucher", duty_key(first.reference))
    before = difference.earlier_outcome or "not assessed"
    reckoning.given("owed before", difference.earlier_usd, CURRENCY, f"{before}, run {runs[0]}")
    after = f"{difference.later_outcome} ({difference.later_reason})"
    reckoning.given("owed after", difference.later_usd, CURRENCY, f"{after}, run {runs[1]}")
    reckoning.given("paid", paid, CURRENCY)
    return reckoning


def settle_corrections(
    correction: Correction,
    earlier: Determinations,
    decided_on: date,
    collection: Collection,
    *,
    paid: Mapping[str, Decimal] | None = None,
    importers: Mapping[str, str] | None = None,
) -> tuple[Settlement, ...]:
    """Settle every difference of a re-assessment that changes what is owed.

    `paid` says what has been paid on a line, by its reference (`reference_of`). Importers are those of the
    earlier determinations; `importers` names those of new lines.
    """
    changed = [each for each in correction.differences if each.difference_usd != 0]
    known = _rows_of(changed, earlier)
    settled = []
    for each in changed:
        reference = reference_of(each.entry_number, each.line_number)
        row = known.get(reference)
        if row is None:
            importer = (importers or {}).get(reference, NOT_STATED)
            first = Duty(
                reference, importer, decided_on, each.later_outcome, each.later_reason,
                NOT_STATED, "", NOT_STATED, "", None, 0,
            )  # fmt: skip
        else:
            first = duty_of({"entered_on": decided_on} | row)
        runs = (correction.earlier_run, correction.later_run)
        already = (paid or {}).get(reference, NOTHING)
        settled.append(settle_correction(first, each, decided_on, collection, runs, already))
    return tuple(settled)


def _rows_of(differences: list[Difference], earlier: Determinations) -> dict[str, dict[str, Any]]:
    """Find the earlier determinations of some lines, by reference, in one query."""
    if not differences:
        return {}
    keys = [{"entry": each.entry_number, "line": each.line_number} for each in differences]
    with Workplace() as work:
        table = earlier.in_words(work.backend)
        table = table.mutate(entry=table.entry_number.cast("string"), line=table.line_number.cast("string"))
        wanted = table.semi_join(ibis.memtable(pa.Table.from_pylist(keys)), ["entry", "line"])
        kept = [name for name in READ if name in wanted.columns]
        rows = work.backend.to_pyarrow(wanted.select("entry", "line", *kept)).to_pylist()
    return {reference_of(row["entry"], row["line"]): row for row in rows}


READ = (
    "entry_number", "line_number", "importer", "entered_on", "outcome", "reason", "product_id", "mineral",
    "origin", "rule", "customs_value_usd", "adjustment_usd",
)  # fmt: skip
