from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stannary.charter.price_support import AgreedPurchase
from stannary.errors import SettlementError
from stannary.settlement.gap_payments import Target
from stannary.settlement.periods import Period
from stannary.settlement.posting import post_settlements
from stannary.settlement.purchases import (
    Delivery,
    contract_year,
    settle_delivery,
    settle_earnings,
    settle_shortfall,
)
from stannary.settlement.reckoning import Books

BOOKS = Books("USA")


def purchase(**changes):
    terms = {
        "id": "indium",
        "buyer": "Defense Logistics Agency",
        "seller": "AIM",
        "from": "2026-02-04",
        "to": "2029-02-03",
        "products": ["indium.metal"],
        "pricing": "fixed",
        "prices": [{"from": "2026-02-04", "value": "312.5", "unit": "USD/kg", "source": "dla"}],
        "source": "dla",
        **changes,
    }
    return AgreedPurchase(**terms)


def delivery(quantity="400", unit="t", product="indium.metal", on=date(2026, 5, 1)):
    return Delivery(product, Decimal(quantity), unit, "LOT-1", on)


def test_four_hundred_tonnes_at_the_agreed_price_cost_what_was_published():
    settled = settle_delivery(BOOKS, purchase(), delivery())
    assert settled.statement.amount == 125_000_000


def test_a_delivery_puts_metal_and_its_cost_into_stock(book):
    post_settlements(book, settle_delivery(BOOKS, purchase(), delivery("1500", "kg")))
    held = {one.account.name: one.balance for one in book.standings()}
    assert held["Assets:Stock:INDIUM-METAL:LOT-1"] == 1_500_000_000
    assert held["Assets:Inventory:INDIUM-METAL:USD"] == 46_875_000
    assert held["Liabilities:Payable:Contracts:INDIUM:USD"] == -46_875_000


def test_cost_plus_pays_the_cost_with_its_return():
    terms = purchase(pricing="cost_plus", prices=[], return_share="0.08")
    cost = Target(Decimal("386.13"), "USD/t", "audited cost")
    settled = settle_delivery(BOOKS, terms, delivery("1"), cost)
    assert settled.statement.amount == Decimal("417.02")


@pytest.mark.parametrize("pricing", ["cost_plus", "benchmark", "floor"])
def test_a_price_that_is_not_given_is_refused(pricing):
    with pytest.raises(SettlementError, match="STN-SETTLE-003"):
        settle_delivery(BOOKS, purchase(pricing=pricing, prices=[]), delivery())


def test_a_price_from_the_market_or_the_floor_is_taken_as_quoted():
    for pricing in ("benchmark", "floor"):
        settled = settle_delivery(
            BOOKS, purchase(pricing=pricing, prices=[]), delivery("2"), Target(Decimal("300000"), "USD/t")
        )
        assert settled.statement.amount == 600_000


def test_every_problem_of_a_delivery_is_told_at_once():
    with pytest.raises(SettlementError) as error:
        settle_delivery(BOOKS, purchase(), delivery("-1", "t", "gallium.metal", date(2025, 1, 1)))
    assert [each.code for each in error.value.problems] == [
        "STN-SETTLE-002",
        "STN-SETTLE-001",
        "STN-SETTLE-001",
        "STN-SETTLE-003",
    ]


TAKE_OR_PAY = {
    "tonnes_a_year": {"value": "100", "unit": "t", "assumed": "a case"},
    "take_or_pay_share": "0.9",
}


@pytest.mark.parametrize(("taken", "due"), [("60", 30 * 312_500), ("90", 0), ("120", 0), ("0", 90 * 312_500)])
def test_what_was_to_be_taken_and_was_not_is_paid_for(taken, due):
    settled = settle_shortfall(BOOKS, purchase(**TAKE_OR_PAY), 1, Decimal(taken))
    assert settled.statement.amount == due
    assert bool(settled.vouchers) == (due > 0)


@given(some.decimals(0, 200, places=3), some.decimals(0, 200, places=3))
def test_taking_more_never_makes_the_shortfall_larger(less, more):
    less, more = sorted((less, more))
    owed = [settle_shortfall(BOOKS, purchase(**TAKE_OR_PAY), 1, t).statement.amount for t in (less, more)]
    assert owed[0] >= owed[1]


def test_without_take_or_pay_there_is_no_shortfall():
    with pytest.raises(SettlementError, match="STN-SETTLE-002"):
        settle_shortfall(BOOKS, purchase(), 1, Decimal(0))


def guaranteed():
    return purchase(
        pricing="cost_plus",
        prices=[],
        guaranteed_earnings={"value": "140000000", "unit": "USD a year", "source": "8-k"},
        escalator="0.02",
    )


@pytest.mark.parametrize(
    ("year", "earned", "due"),
    [
        (1, "100000000", "40000000"),
        (2, "100000000", "42800000"),
        (3, "100000000", "45656000"),
        (2, "142800000", "0"),
    ],
)
def test_guaranteed_earnings_rise_two_per_cent_a_year(year, earned, due):
    settled = settle_earnings(BOOKS, guaranteed(), year, Decimal(earned))
    assert settled.statement.amount == Decimal(due)


def test_a_loss_is_made_good_beyond_the_guarantee():
    assert settle_earnings(BOOKS, guaranteed(), 1, Decimal(-10)).statement.amount == 140_000_010


def test_contract_years_run_from_the_anniversary_and_end_with_the_term():
    assert contract_year(purchase(), 1) == Period(date(2026, 2, 4), date(2027, 2, 3))
    assert contract_year(purchase(), 3) == Period(date(2028, 2, 4), date(2029, 2, 3))
    for year in (-1, 0, 4, 10**15):
        with pytest.raises(SettlementError, match="STN-SETTLE-002"):
            settle_earnings(BOOKS, guaranteed(), year, Decimal(0))


def test_a_year_that_the_contract_cuts_short_counts_by_its_days():
    stub = {"to": "2027-07-04"}  # 151 days of the second year of 365
    earnings = purchase(
        **stub, guaranteed_earnings={"value": "365000", "unit": "USD a year", "assumed": "a case"}
    )
    assert settle_earnings(BOOKS, earnings, 2, Decimal(1_000)).statement.amount == 150_000
    assert settle_earnings(BOOKS, earnings, 1, Decimal(1_000)).statement.amount == 364_000
    tonnes = {"tonnes_a_year": {"value": "365", "unit": "t", "assumed": "a case"}, "take_or_pay_share": "1"}
    lasting = settle_shortfall(BOOKS, purchase(**stub, **tonnes), 2, Decimal(150)).statement
    assert lasting.amount == 312_500


@pytest.mark.parametrize(("share", "taken", "due"), [("1", "99.999", "312.50"), ("0", "0", "0")])
def test_all_or_nothing_may_have_to_be_paid_for(share, taken, due):
    terms = TAKE_OR_PAY | {"take_or_pay_share": share}
    assert settle_shortfall(BOOKS, purchase(**terms), 1, Decimal(taken)).statement.amount == Decimal(due)
