"""Duties paid, and duties paid back: money that moves on what is owed, each once by its own reference."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from stannary.errors import SettlementError
from stannary.ledger.commodities import amount_of
from stannary.settlement.duties import CURRENCY, Collection, Duty, cents_of
from stannary.settlement.reckoning import Leg, Reckoning, problem
from stannary.settlement.statement import Settlement

__all__ = ["settle_payment", "settle_refund", "within"]

ARTICLE = "border_adjustment"


def settle_payment(
    duty: Duty,
    amount: Decimal,
    received_on: date,
    reference: str,
    collection: Collection,
    owed: Decimal | None = None,
) -> Settlement:
    """Settle a payment received for a line: money at hand against what the importer owes.

    `reference` is the payment's own (of the bank), by which it is settled once. `owed` is what stands open on
    the line, the duty assessed unless said. Raises `SettlementError` (STN-SETTLE-004) for more than that.
    """
    open_cents = duty.cents if owed is None else cents_of(owed)
    paid = within(amount, open_cents, f"payment/{reference}", f"is open on line {duty.reference}")
    reckoning = Reckoning("payment", f"{duty.reference}/{reference}", received_on, ARTICLE)
    reckoning.given("line", duty.reference)
    reckoning.given("payment", amount, CURRENCY, reference)
    reckoning.step("left open", "open before less payment", amount_of(open_cents - paid, CURRENCY), CURRENCY)
    chart = collection.chart_of(duty.importer)
    leg = Leg(chart.cash(), chart.duties_receivable(duty.importer), paid)
    parties = (duty.importer, collection.member_of(duty.importer))
    books, tags = collection.books_of(duty.importer), collection.tags_of(duty)
    outcome = f"{duty.importer} paid {amount:,.2f} {CURRENCY} on {duty.reference}."
    return reckoning.settle(books, (paid, CURRENCY), [leg], parties, outcome, tags)


def settle_refund(
    duty: Duty, amount: Decimal, paid_on: date, reference: str, collection: Collection, due: Decimal
) -> Settlement:
    """Settle a refund paid out: what a correction or protest made payable, `due`, less the amount.

    Raises `SettlementError` (STN-SETTLE-004) where more is paid back than is due.
    """
    paid = within(amount, cents_of(due), f"refund/{reference}", f"is to be refunded on line {duty.reference}")
    reckoning = Reckoning("refund", f"{duty.reference}/{reference}", paid_on, ARTICLE)
    reckoning.given("line", duty.reference)
    reckoning.given("due", due, CURRENCY)
    reckoning.step("left due", "due before less refund", due - amount, CURRENCY)
    chart = collection.chart_of(duty.importer)
    leg = Leg(chart.refunds_payable(duty.importer), chart.cash(), paid)
    parties = (collection.member_of(duty.importer), duty.importer)
    books, tags = collection.books_of(duty.importer), collection.tags_of(duty)
    outcome = f"{duty.importer} was refunded {amount:,.2f} {CURRENCY} on {duty.reference}."
    return reckoning.settle(books, (paid, CURRENCY), [leg], parties, outcome, tags)


def within(amount: Decimal, most: int, path: str, what: str, least: int = 1) -> int:
    """Give an amount in cents. Raises `SettlementError` (STN-SETTLE-004) outside `least` to `most` cents."""
    cents = cents_of(amount)
    if not least <= cents <= most:
        message = f"{amount:,.2f} {CURRENCY} is asked for, and {amount_of(most, CURRENCY):,.2f} {what}."
        raise SettlementError(
            [problem("004", message, "Settle no more than that, and not less than 0.", path)]
        )
    return cents
