from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stannary.errors import LedgerError, SettlementError
from stannary.ledger.accounts import NAME
from stannary.ledger.form import KEY, faults_of
from stannary.ledger.vouchers import Cause
from stannary.settlement.chart import Chart, name_word, openings, product_word, word_of
from stannary.settlement.periods import Period, period_of, window
from stannary.settlement.posting import post_settlements
from stannary.settlement.reckoning import Books, Leg, Reckoning
from stannary.settlement.statement import Input, Statement, Step, cause_of, key_of, money_of

DAY = date(2027, 3, 31)


def statement(**changes):
    given = Statement(
        kind="difference",
        reference="mp/2027-Q1",
        organisation="USA",
        on=DAY,
        inputs=(Input("strike", Decimal("110.0"), "USD/kg", "ppa"),),
        steps=(Step("gap", "strike - market", Decimal("50"), "USD/kg", "price_support"),),
        amount=Decimal("35000000"),
        currency="USD",
        charter="f" * 64,
        software="0.1.0",
        payer="USA",
        payee="MP",
    )
    return replace(given, **changes)


def test_the_digest_hangs_on_every_number_and_word():
    one = statement()
    assert one.digest == statement().digest
    others = [
        statement(amount=Decimal("35000000.01")),
        statement(on=date(2027, 4, 1)),
        statement(software="0.1.1"),
        statement(steps=()),
        statement(inputs=(Input("strike", Decimal("110.1"), "USD/kg", "ppa"),)),
    ]
    assert len({one.digest, *(each.digest for each in others)}) == 6


def test_a_number_written_with_other_zeros_is_the_same_number():
    assert statement(amount=Decimal("3.5E+7")).digest == statement(amount=Decimal("35000000.00")).digest


def test_the_cause_carries_the_digest_the_charter_and_the_software():
    one = statement()
    assert cause_of(one) == Cause("difference", "mp/2027-Q1", one.digest, "f" * 64, "", "0.1.0")


def test_the_words_hold_inputs_steps_articles_and_who_owes_whom():
    told = statement().in_words()
    assert "strike: 110 USD/kg  [ppa]" in told
    assert "1. gap: strike - market  [price_support]" in told
    assert told.endswith("USA owes MP 35,000,000.00 USD.")


def test_money_is_written_with_the_decimals_of_its_currency():
    assert money_of(Decimal("1234.5"), "USD") == "1,234.50 USD"
    assert money_of(Decimal("1234"), "JPY") == "1,234 JPY"
    assert money_of(Decimal("1.234"), "KWD") == "1.234 KWD"


@given(some.text(min_size=1, max_size=300), some.text(min_size=1, max_size=300))
def test_a_key_is_a_key_whatever_the_reference_and_two_cases_never_share_one(first, second):
    keys = [key_of("difference", one, "settled") for one in (first, second)]
    assert all(KEY.fullmatch(key) for key in keys)
    assert (keys[0] == keys[1]) == (first == second)


@given(some.text(min_size=1, max_size=100), some.text(min_size=1, max_size=100))
def test_two_names_never_become_one_word_of_an_account(first, second):
    for word in (word_of, name_word, product_word):
        assert NAME.fullmatch(f"Assets:{word(first)}:USD")
        assert (word(first) == word(second)) == (first == second)


def test_a_name_made_to_look_like_a_marked_one_gets_its_own_mark():
    marked = word_of("acme")
    assert word_of(marked) != marked


def every_account(chart):
    return [
        chart.cash(), chart.clearing("MEX"), chart.duties_receivable("A"), chart.duties_disputed("A"),
        chart.duty_income(), chart.refunds_payable("A"), chart.guarantees_receivable("A"),
        chart.guarantees_held("A"), chart.revenue_shared("MEX"), chart.revenue_received("MEX"),
        chart.appropriation("b"), chart.appropriated("b"), chart.set_aside("b"), chart.support_expense("c"),
        chart.support_income("c"), chart.contract_payable("c"), chart.contract_receivable("c"),
        chart.shortfall_expense("c"), chart.lot("ndpr.oxide", "L1"), chart.received("ndpr.oxide"),
        chart.released("ndpr.oxide"), chart.lost("ndpr.oxide"), chart.inventory("ndpr.oxide"),
        chart.sales("ndpr.oxide"), chart.cost_of_releases("ndpr.oxide"), chart.stock_loss("ndpr.oxide"),
        chart.subscriber_receivable("S"), chart.fee_income("p"), chart.loan("l", 100),
        chart.interest_receivable("l"), chart.interest_income("l"), chart.stake("I"),
        chart.dividend_income("I"), chart.undrawn("l"), chart.forwards("f"), chart.guarantees_given("g"),
        chart.spent("m"), chart.bound("m", 100), chart.support_payable("B"), chart.grants("e"),
        chart.opening_stock("ndpr.oxide"),
        chart.supplier_payable("B"), chart.drawn("ndpr.oxide", "S"), chart.drawn_value("ndpr.oxide", "S"),
    ]  # fmt: skip


def test_every_account_of_the_chart_opens_and_each_has_its_own_name(book):
    accounts = every_account(Chart("USA"))
    assert len({one.name for one in accounts}) == len(accounts)
    vouchers = openings([*accounts, *accounts], DAY, Cause("chart", "USA"))
    assert len(vouchers) == len(accounts)
    assert [faults_of(one) for one in vouchers] == [()] * len(vouchers)
    book.post(*vouchers)
    assert len(book.standings("USA")) == len(accounts)


def settlement(amount, reference="a/1"):
    books = Books("USA")
    chart = books.chart("USD")
    reckoning = Reckoning("difference", reference, DAY, "price_support")
    reckoning.step("due", "as given", Decimal(amount) / 100, "USD")
    leg = Leg(chart.support_expense("a"), chart.contract_payable("a"), amount)
    return reckoning.settle(books, (amount, "USD"), [leg])


def test_a_settlement_posted_twice_stands_once(book):
    first = post_settlements(book, settlement(500))
    again = post_settlements(book, settlement(500))
    assert [one.is_repeat for one in first] == [False, False, False]
    assert [one.is_repeat for one in again] == [True]
    assert book.balance("USA", "Expenses:Support:A:USD").balance == 500


def test_one_case_settled_with_another_result_is_refused_as_settled(book):
    post_settlements(book, settlement(500))
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        post_settlements(book, settlement(501))
    assert book.balance("USA", "Expenses:Support:A:USD").balance == 500


def test_what_the_book_refuses_otherwise_stays_a_refusal_of_the_book(book):
    negative = Leg(Chart("USA").cash(), Chart("USA").appropriation("b"), 5)
    reckoning = Reckoning("x", "y", DAY, "z")
    with pytest.raises(LedgerError, match="STN-LEDGER-007"):
        post_settlements(book, reckoning.settle(Books("USA"), (5, "USD"), [negative]))
    assert book.standings() == []


def test_a_settlement_of_nothing_has_a_statement_and_no_voucher():
    nothing = settlement(0)
    assert nothing.vouchers == () and nothing.accounts == () and nothing.statement.cents == 0


def test_legs_between_the_same_accounts_become_one_transfer():
    chart = Chart("USA")
    legs = [Leg(chart.cash(), chart.duty_income(), 5), Leg(chart.cash(), chart.duty_income(), 7)]
    [voucher] = Reckoning("x", "y", DAY, "z").settle(Books("USA"), (12, "USD"), legs).vouchers
    assert [each.amount for each in voucher.transfers] == [12]


@pytest.mark.parametrize(
    ("text", "start", "end", "name"),
    [
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "2026-Q1"),
        ("2026-01-01..2026-03-31", date(2026, 1, 1), date(2026, 3, 31), "2026-Q1"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "2026"),
        ("2026-03-05", date(2026, 3, 5), date(2026, 3, 5), "2026-03-05"),
        ("2026-01-15..2026-02-14", date(2026, 1, 15), date(2026, 2, 14), "2026-01-15..2026-02-14"),
    ],
)
def test_a_period_has_one_name_however_it_was_asked_for(text, start, end, name):
    found = period_of(text)
    assert (found.start, found.end, found.name) == (start, end, name)


@pytest.mark.parametrize(
    "text", ["", "Q1", "2026-Q5", "2026-13", "2026-02-30", "2026-03-01..2026-02-01", "26"]
)
def test_what_is_no_period_is_refused_in_words(text):
    with pytest.raises(ValueError, match="period"):
        period_of(text)


def test_a_window_holds_its_day():
    assert window(date(2026, 5, 17), "quarter") == Period(date(2026, 4, 1), date(2026, 6, 30))
    assert window(date(2026, 12, 31), "month") == Period(date(2026, 12, 1), date(2026, 12, 31))
