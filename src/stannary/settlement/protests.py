"""Protests against duties: what is contested stands apart until it is decided, then is owed or is not.

The part that is not yet paid moves to a disputed account, where nobody asks for it. A decision for the
importer takes it out of income; what had been paid already becomes a refund. A decision against the importer
moves it back to what is owed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stannary.errors import SettlementError
from stannary.ledger.commodities import amount_of
from stannary.settlement.duties import CURRENCY, Collection, Duty, duty_key
from stannary.settlement.duty_payments import within
from stannary.settlement.reckoning import Leg, Reckoning, problem
from stannary.settlement.statement import Settlement

__all__ = ["Protest", "decide_protest", "open_protest"]

ARTICLE = "border_adjustment"


@dataclass(frozen=True, slots=True)
class Protest:
    """A protest: its number, the line, what is contested (USD), and how much of that is paid already."""

    number: str
    duty: Duty
    contested: Decimal
    filed_on: date
    paid: Decimal = Decimal("0.00")

    @property
    def reference(self) -> str:
        """Give the name under which it is settled."""
        return f"{self.duty.reference}/{self.number}"


def open_protest(protest: Protest, collection: Collection) -> Settlement:
    """Settle the filing of a protest: the unpaid part of what is contested is suspended.

    Raises `SettlementError` (STN-SETTLE-004) where more is contested than was assessed, or was paid than is
    contested. Where all is paid nothing moves, and there is no voucher.
    """
    contested, paid = _amounts(protest)
    importer = protest.duty.importer
    reckoning = Reckoning("protest", protest.reference, protest.filed_on, ARTICLE)
    _given(reckoning, protest)
    suspended = amount_of(contested - paid, CURRENCY)
    reckoning.step("suspended", "contested less paid", suspended, CURRENCY)
    chart = collection.chart_of(importer)
    leg = Leg(chart.duties_disputed(importer), chart.duties_receivable(importer), contested - paid)
    outcome = (
        f"{suspended:,.2f} {CURRENCY} of {duty_key(protest.duty.reference)} is suspended until it is decided."
    )
    books, tags = collection.books_of(importer), collection.tags_of(protest.duty)
    parties = (importer, books.organisation)
    return reckoning.settle(books, (contested - paid, CURRENCY), [leg], parties, outcome, tags)


def decide_protest(
    protest: Protest, relieved: Decimal, decided_on: date, collection: Collection
) -> Settlement:
    """Settle the decision: `relieved` (USD, 0 to all) is no longer owed, the rest of it is owed again.

    Relief is taken first from what is suspended, then paid back. A protest is decided once. Raises
    `SettlementError` for relief beyond what is contested (STN-SETTLE-004) and a decision before the filing
    (STN-SETTLE-005).
    """
    contested, paid = _amounts(protest)
    path = f"protest/{protest.reference}"
    granted = within(relieved, contested, path, "is contested", least=0)
    if decided_on < protest.filed_on:
        message = f"The protest was filed on {protest.filed_on}, after it was decided ({decided_on})."
        raise SettlementError([problem("005", message, "Check the days.", path)])
    suspended = contested - paid
    off = min(granted, suspended)
    refund = granted - off
    importer = protest.duty.importer
    reckoning = Reckoning("protest-decision", protest.reference, decided_on, ARTICLE)
    _given(reckoning, protest)
    reckoning.given("relieved", relieved, CURRENCY)
    reckoning.step("no longer owed", "relief, out of what is suspended", amount_of(off, CURRENCY), CURRENCY)
    reckoning.step("refund", "the rest of the relief", amount_of(refund, CURRENCY), CURRENCY)
    reckoning.step("owed again", "suspended less relief", amount_of(suspended - off, CURRENCY), CURRENCY)
    chart = collection.chart_of(importer)
    disputed, income = chart.duties_disputed(importer), chart.duty_income()
    legs = [
        Leg(income, disputed, off),
        Leg(income, chart.refunds_payable(importer), refund),
        Leg(chart.duties_receivable(importer), disputed, suspended - off),
    ]
    outcome = (
        f"Protest {protest.number} against {duty_key(protest.duty.reference)}: {relieved:,.2f} of "
        f"{protest.contested:,.2f} {CURRENCY} relieved."
    )
    books, tags = collection.books_of(importer), collection.tags_of(protest.duty)
    parties = (books.organisation, importer)
    return reckoning.settle(books, (granted, CURRENCY), legs, parties, outcome, tags)


def _given(reckoning: Reckoning, protest: Protest) -> None:
    reckoning.given("first voucher", duty_key(protest.duty.reference))
    reckoning.given("assessed", amount_of(protest.duty.cents, CURRENCY), CURRENCY)
    reckoning.given("contested", protest.contested, CURRENCY, f"protest {protest.number}")
    reckoning.given("paid of it", protest.paid, CURRENCY)


def _amounts(protest: Protest) -> tuple[int, int]:
    path = f"protest/{protest.reference}"
    contested = within(protest.contested, protest.duty.cents, path, "was assessed")
    paid = within(protest.paid, contested, path, "is contested", least=0)
    return contested, paid
