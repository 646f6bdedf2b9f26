from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stannary.errors import SettlementError
from stannary.settlement.equity import StakeTerms, accrue_in_kind, as_converted, buy_stake, convert_stake
from stannary.settlement.posting import post_settlements
from stannary.settlement.reckoning import Books

BOOKS = Books("USA")


def terms(**changes):
    given = {
        "id": "mp",
        "holder": "Department of Defense",
        "issuer": "MP Materials",
        "invested": "400000000",
        "bought_on": "2025-07-11",
        "in_kind_rate": "0.07",
        "conversion_price": "30.03",
        "warrants": "11201659",
        "assumed": "a case",
        **changes,
    }
    return StakeTerms(**given)


def test_the_stake_converts_into_the_published_number_of_shares():
    _, bought = buy_stake(BOOKS, terms())
    shares = {step.name: step.value for step in bought.statement.steps}["shares if converted"]
    assert shares == 24_521_672 == as_converted(Decimal(400_000_000), Decimal("30.03"), Decimal(11_201_659))
    assert int(shares) - 11_201_659 == 13_320_013


def test_a_dividend_in_kind_adds_to_the_stake_and_to_its_shares(book):
    stake, bought = buy_stake(BOOKS, terms())
    stake, added = accrue_in_kind(BOOKS, terms(), stake, date(2027, 1, 1))
    post_settlements(book, bought, added)
    assert added.statement.amount == 28_000_000
    assert stake.added_through == date(2026, 7, 11)
    held = {one.account.name: one.balance for one in book.standings()}
    assert held["Assets:Cash:USD"] == -40_000_000_000
    assert sum(held.values()) == 0
    assert max(held.values()) == 42_800_000_000 == stake.amount
    _, converted = convert_stake(BOOKS, terms(), stake, date(2027, 1, 1))
    assert converted.statement.steps[-1].value == 14_252_414 + 11_201_659
    assert converted.vouchers == ()


def test_two_years_at_once_are_two_years_one_after_the_other():
    stake, _ = buy_stake(BOOKS, terms())
    at_once, _ = accrue_in_kind(BOOKS, terms(), stake, date(2027, 7, 11))
    first, _ = accrue_in_kind(BOOKS, terms(), stake, date(2026, 7, 11))
    second, _ = accrue_in_kind(BOOKS, terms(), first, date(2027, 7, 11))
    assert at_once == second
    assert at_once.amount == 45_796_000_000  # 400m x 1.07 x 1.07


def test_days_short_of_an_interval_wait():
    stake, _ = buy_stake(BOOKS, terms())
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        accrue_in_kind(BOOKS, terms(), stake, date(2026, 7, 10))


def test_a_converted_stake_earns_nothing_and_converts_once():
    stake, _ = buy_stake(BOOKS, terms())
    stake, _ = convert_stake(BOOKS, terms(), stake, date(2025, 8, 1))
    with pytest.raises(SettlementError, match="converted"):
        accrue_in_kind(BOOKS, terms(), stake, date(2027, 1, 1))
    with pytest.raises(SettlementError, match="converted already"):
        convert_stake(BOOKS, terms(), stake, date(2027, 1, 1))


def test_a_stake_without_a_conversion_price_does_not_convert():
    plain = terms(conversion_price=None)
    stake, bought = buy_stake(BOOKS, plain)
    assert [step.name for step in bought.statement.steps] == ["due"]
    with pytest.raises(SettlementError, match="STN-SETTLE-002"):
        convert_stake(BOOKS, plain, stake, date(2027, 1, 1))


def test_a_stake_in_what_is_no_currency_is_refused():
    with pytest.raises(SettlementError, match="STN-SETTLE-001"):
        buy_stake(BOOKS, terms(currency="XYZ"))


@given(some.decimals("0.01", 10**9, places=2), some.decimals("0.01", 1000, places=2))
def test_shares_are_whole_and_never_cost_more_than_was_paid(invested, price):
    shares = as_converted(invested, price, Decimal(0))
    assert shares * price <= invested < (shares + 1) * price


def test_a_stake_bought_on_a_last_day_earns_on_last_days_after_a_short_month():
    monthly = terms(bought_on="2025-08-31", compounds_every_months=6, invested="1000")
    stake, _ = buy_stake(BOOKS, monthly)
    stake, _ = accrue_in_kind(BOOKS, monthly, stake, date(2026, 2, 28))
    with pytest.raises(SettlementError, match="the next are due on 2026-08-31"):
        accrue_in_kind(BOOKS, monthly, stake, date(2026, 8, 30))
    stake, _ = accrue_in_kind(BOOKS, monthly, stake, date(2026, 8, 31))
    assert stake.added_through == date(2026, 8, 31)


@pytest.mark.parametrize(("months", "worth"), [(12, "1144.90"), (3, "1148.90")])
def test_dividends_in_kind_compound_as_often_as_the_terms_say(months, worth):
    compounding = terms(invested="1000", compounds_every_months=months, bought_on="2025-01-01")
    stake, _ = buy_stake(BOOKS, compounding)
    stake, _ = accrue_in_kind(BOOKS, compounding, stake, date(2027, 1, 1))
    # 1000 x 1.07^2; and 1000 x 1.0175^8, each quarter rounded to the cent
    assert Decimal(stake.amount) / 100 == Decimal(worth)
