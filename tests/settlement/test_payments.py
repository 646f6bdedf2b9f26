from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from stannary.errors import LedgerError, SettlementError
from stannary.settlement.chart import Chart
from stannary.settlement.gap_payments import appropriate
from stannary.settlement.payments import open_amount, payment_key, settle_open_item
from stannary.settlement.posting import post_settlements
from stannary.settlement.reckoning import Books, Leg, Reckoning

BOOKS = Books("USA")
CHART = Chart("USA")
DAY = date(2026, 4, 20)


@pytest.fixture
def owing(book):
    """Give a book that owes 500.00, is owed 300.00, and has 400.00 set aside."""
    legs = [
        Leg(CHART.support_expense("c"), CHART.contract_payable("c"), 50_000),
        Leg(CHART.contract_receivable("c"), CHART.support_income("c"), 30_000),
        Leg(CHART.set_aside("b"), CHART.appropriation("b"), 40_000),
    ]
    post_settlements(
        book,
        appropriate(BOOKS, "b", Decimal(400), "USD", reference="act", on=DAY),
        Reckoning("case", "1", DAY, "x").settle(BOOKS, (50_000, "USD"), legs),
    )
    return book


def pay(book, account, amount, reference="bank-1", **how):
    standing = book.balance("USA", account.name)
    stands = open_amount(standing)
    return settle_open_item(BOOKS, standing.account, stands, Decimal(amount), reference, DAY, **how)


def balance(book, account):
    return book.balance("USA", account.name).balance


def test_a_liability_is_paid_out_of_cash(owing):
    settled = pay(owing, CHART.contract_payable("c"), "200.00")
    post_settlements(owing, settled)
    assert (balance(owing, CHART.cash()), balance(owing, CHART.contract_payable("c"))) == (-20_000, -30_000)
    assert settled.vouchers[0].key == payment_key(CHART.contract_payable("c"), "bank-1")


def test_a_receivable_is_paid_into_cash(owing):
    post_settlements(owing, pay(owing, CHART.contract_receivable("c"), "300.00"))
    assert (balance(owing, CHART.cash()), balance(owing, CHART.contract_receivable("c"))) == (30_000, 0)


def test_a_budget_pays_what_was_set_aside_and_no_more(owing):
    post_settlements(owing, pay(owing, CHART.contract_payable("c"), "400", budget="b"))
    assert balance(owing, CHART.set_aside("b")) == 0
    with pytest.raises(LedgerError, match="STN-LEDGER-007"):
        post_settlements(owing, pay(owing, CHART.contract_payable("c"), "1", "bank-2", budget="b"))


@pytest.mark.parametrize(
    ("account", "amount", "how", "code"),
    [
        (CHART.contract_payable("c"), "500.01", {}, "STN-SETTLE-004"),
        (CHART.contract_receivable("c"), "300.01", {}, "STN-SETTLE-004"),
        (CHART.contract_payable("c"), "0.001", {}, "STN-SETTLE-001"),
        (CHART.contract_payable("c"), "-1", {}, "STN-SETTLE-001"),
        (CHART.contract_receivable("c"), "1", {"budget": "b"}, "STN-SETTLE-001"),
        (CHART.support_expense("c"), "1", {}, "STN-SETTLE-001"),
    ],
)
def test_what_is_not_owed_is_not_paid(owing, account, amount, how, code):
    with pytest.raises(SettlementError, match=code):
        pay(owing, account, amount, **how)
