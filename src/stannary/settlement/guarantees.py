"""Guarantees for lines that are referred: a provisional amount is held until the line is decided.

Held, it is a pending voucher: it moves nothing yet. When the line is decided, what is owed is drawn from the
guarantee, what is not owed is released, and what goes beyond the guarantee is assessed like any other duty.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from stannary.errors import SettlementError
from stannary.ledger.accounts import Account
from stannary.ledger.commodities import amount_of
from stannary.ledger.vouchers import Transfer, Voucher
from stannary.settlement.duties import CURRENCY, Collection, Duty, cents_of
from stannary.settlement.duty_payments import within
from stannary.settlement.reckoning import Leg, Reckoning, problem
from stannary.settlement.statement import Settlement, cause_of, key_of

__all__ = ["Guarantee", "hold_guarantee", "settle_guarantee", "settle_guarantee_payment"]

ARTICLE = "border_adjustment"
MOST = 2**61


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A guarantee for a referred line: the provisional amount (USD) and the first day it holds no more."""

    duty: Duty
    provisional: Decimal
    held_on: date
    expires_on: date | None = None

    @property
    def key(self) -> str:
        """Give the key of the pending voucher."""
        return key_of("guarantee", self.duty.reference, "settled")


def hold_guarantee(guarantee: Guarantee, collection: Collection) -> Settlement:
    """Settle the giving of a guarantee: a pending voucher over the provisional amount.

    Raises `SettlementError` for a line that is not referred (STN-SETTLE-005) or an amount of nothing.
    """
    duty = guarantee.duty
    path = f"guarantee/{duty.reference}"
    if duty.outcome != "referred":
        message = f"Line {duty.reference} is {duty.outcome}: a guarantee is held for a referred line."
        raise SettlementError([problem("005", message, "Settle its duty instead.", path)])
    held = within(guarantee.provisional, MOST, path, "is the most that can be held")
    reckoning = Reckoning("guarantee", duty.reference, guarantee.held_on, ARTICLE)
    reckoning.given("line", duty.reference, "", f"referred: {duty.reason}")
    reckoning.step("provisional amount", "as demanded", guarantee.provisional, CURRENCY)
    debit, credit = _accounts(duty, collection)
    outcome = f"{guarantee.provisional:,.2f} {CURRENCY} is held for {duty.reference} until it is decided."
    books, tags = collection.books_of(duty.importer), collection.tags_of(duty)
    parties = (duty.importer, books.organisation)
    settled = reckoning.settle(books, (held, CURRENCY), [Leg(debit, credit, held)], parties, outcome, tags)
    (voucher,) = settled.vouchers
    pending = replace(voucher, kind="pending", expires_on=guarantee.expires_on)
    return replace(settled, vouchers=(pending,))


def settle_guarantee(
    guarantee: Guarantee, owed: Decimal, decided_on: date, collection: Collection
) -> Settlement:
    """Settle the decision of a referred line: draw what is owed, release the rest, assess what goes beyond.

    With nothing owed the pending voucher is voided. A guarantee is decided once.
    """
    duty = guarantee.duty
    if decided_on < guarantee.held_on:
        message = f"The guarantee is held from {guarantee.held_on}, after the decision ({decided_on})."
        raise SettlementError([problem("005", message, "Check the days.", f"guarantee/{duty.reference}")])
    held, due = cents_of(guarantee.provisional), within(owed, MOST, f"guarantee/{duty.reference}", "", 0)
    drawn = min(held, due)
    reckoning = Reckoning("guarantee-decision", duty.reference, decided_on, ARTICLE)
    reckoning.given("held", guarantee.provisional, CURRENCY, guarantee.key)
    reckoning.given("owed", owed, CURRENCY)
    reckoning.step("drawn", "min(held, owed)", amount_of(drawn, CURRENCY), CURRENCY)
    reckoning.step("released", "held less drawn", amount_of(held - drawn, CURRENCY), CURRENCY)
    reckoning.step("assessed beyond", "owed less drawn", amount_of(due - drawn, CURRENCY), CURRENCY)
    debit, credit = _accounts(duty, collection)
    books, tags = collection.books_of(duty.importer), collection.tags_of(duty)
    receivable = collection.chart_of(duty.importer).duties_receivable(duty.importer)
    beyond = Leg(receivable, credit, due - drawn)
    outcome = f"{owed:,.2f} {CURRENCY} is owed on {duty.reference}: {amount_of(drawn, CURRENCY):,.2f} drawn."
    parties = (duty.importer, books.organisation)
    settled = reckoning.settle_parts(books, (due, CURRENCY), {"beyond": ([beyond], tags)}, parties, outcome)
    first = Voucher(
        books.organisation,
        key_of("guarantee-decision", duty.reference, "settled"),
        "post_pending" if drawn else "void_pending",
        decided_on,
        cause_of(settled.statement),
        (Transfer(debit.name, credit.name, drawn, CURRENCY),) if drawn else (),
        narrative=outcome,
        refers_to=guarantee.key,
        member=tags.member,
        programme=tags.programme,
        mineral=tags.mineral,
    )
    return replace(settled, vouchers=(first, *settled.vouchers))


def settle_guarantee_payment(
    guarantee: Guarantee,
    amount: Decimal,
    drawn: Decimal,
    received_on: date,
    reference: str,
    collection: Collection,
) -> Settlement:
    """Settle what the guarantor pays of what was drawn. Raises `SettlementError` for more than that."""
    duty = guarantee.duty
    paid = within(amount, cents_of(drawn), f"guarantee/{duty.reference}", "was drawn")
    reckoning = Reckoning("guarantee-payment", f"{duty.reference}/{reference}", received_on, ARTICLE)
    reckoning.given("drawn", drawn, CURRENCY, guarantee.key)
    reckoning.step("left open", "drawn less payment", drawn - amount, CURRENCY)
    chart = collection.chart_of(duty.importer)
    leg = Leg(chart.cash(), chart.guarantees_receivable(duty.importer), paid)
    books, tags = collection.books_of(duty.importer), collection.tags_of(duty)
    parties = (duty.importer, books.organisation)
    return reckoning.settle(books, (paid, CURRENCY), [leg], parties, "", tags)


def _accounts(duty: Duty, collection: Collection) -> tuple[Account, Account]:
    chart = collection.chart_of(duty.importer)
    return chart.guarantees_receivable(duty.importer), chart.duty_income()
