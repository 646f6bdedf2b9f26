from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stannary.charter.price_support import DifferenceContract
from stannary.errors import SettlementError
from stannary.settlement.differences import Designated, revise_difference, settle_difference, signed_amount
from stannary.settlement.periods import period_of
from stannary.settlement.posting import post_settlements
from stannary.settlement.prices import MarketPrice
from stannary.settlement.reckoning import Books

Q1 = period_of("2026-Q1")
PRICES = some.decimals(0, 400, places=3)
TONNES = some.decimals(0, 5000, places=3)


def contract(**changes):
    terms = {
        "id": "mp",
        "beneficiary": "MP Materials",
        "counterparty": "Department of Defense",
        "from": "2025-10-01",
        "to": "2035-12-31",
        "products": ["ndpr.oxide", "ndpr.metal"],
        "form": "one_way",
        "strikes": [{"from": "2025-10-01", "value": "110", "unit": "USD/kg", "source": "ppa"}],
        "benchmark": {"series": "NdPr", "averaged_over": "quarter", "weighted_by": "volume"},
        "upside_share": "0.3",
        "upside_condition": "the 10X plant is at full output",
        "designations": ["stockpile", "affiliate_sale", "third_party_sale"],
        "source": "ppa",
        **changes,
    }
    return DifferenceContract(**terms)


def units(amount="700", unit="t", reference="L1", product="ndpr.oxide", designation="third_party_sale"):
    return Designated(product, designation, Decimal(amount), unit, reference)


def market(price, unit="USD/kg", **changes):
    return replace(MarketPrice(Decimal(price), unit, Q1, source="reference price"), **changes)


def settle(price, *designated, terms=None, **how):
    found = [*designated] or [units()]
    return settle_difference(Books("USA"), terms or contract(), Q1, market(price), found, **how)


def refused(*arguments, **how):
    with pytest.raises(SettlementError) as error:
        settle(*arguments, **how)
    return [each.code for each in error.value.problems]


# -- the published contracts --------------------------------------------------------------------------------


def test_below_the_floor_the_producer_is_topped_up():
    settled = settle("60")
    assert settled.statement.amount == Decimal("35000000.00")
    assert (settled.statement.payer, settled.statement.payee) == ("Department of Defense", "MP Materials")
    [voucher] = settled.vouchers
    [transfer] = voucher.transfers
    assert (transfer.debit, transfer.credit, transfer.amount) == (
        "Expenses:Support:MP:USD",
        "Liabilities:Payable:Contracts:MP:USD",
        3_500_000_000,
    )
    assert (voucher.programme, voucher.mineral, voucher.key) == (
        "mp",
        "ndpr",
        "difference/mp/2026-Q1/settled",
    )


def test_above_the_floor_thirty_per_cent_of_the_excess_go_to_the_government_at_full_output():
    settled = settle("130", condition_met=True)
    assert settled.statement.amount == Decimal("4200000.00")
    assert (settled.statement.payer, settled.statement.payee) == ("MP Materials", "Department of Defense")
    [transfer] = settled.vouchers[0].transfers
    assert transfer.debit == "Assets:Receivable:Contracts:MP:USD"


def test_before_full_output_the_excess_stays_with_the_producer():
    settled = settle("130")
    assert settled.statement.amount == 0 and settled.vouchers == ()
    assert "owe each other nothing" in settled.statement.in_words()


UK = {
    "form": "two_way",
    "strikes": [{"from": "2025-10-01", "value": "140", "unit": "GBP/MWh", "source": "lccc"}],
    "tonnes_cap": {"value": "90", "unit": "MWh", "source": "lccc"},
    "products": ["power.metered"],
    "designations": ["metered"],
    "upside_share": "0",
    "upside_condition": None,
}


@pytest.mark.parametrize(("price", "due"), [("60", 720_000), ("180", -360_000), ("140", 0)])
def test_two_way_the_generator_is_paid_or_pays_on_output_up_to_its_capacity(price, due):
    metered = units("100", "MWh", "M1", "power.metered", "metered")
    settled = settle_difference(Books("GBR"), contract(**UK), Q1, market(price, "GBP/MWh"), [metered])
    assert signed_amount(settled.statement) == due
    assert settled.statement.currency == "GBP"


# -- properties ---------------------------------------------------------------------------------------------


def two_way(strike):
    strikes = [{"from": "2025-10-01", "value": str(strike), "unit": "USD/kg", "source": "x"}]
    return contract(form="two_way", strikes=strikes, upside_condition=None)


@given(PRICES, PRICES, TONNES)
def test_strike_and_market_swapped_turn_the_payment_round(strike, price, tonnes):
    one = settle(price, units(str(tonnes)), terms=two_way(strike))
    other = settle(strike, units(str(tonnes)), terms=two_way(price))
    assert signed_amount(one.statement) == -signed_amount(other.statement)
    assert strike != price or signed_amount(one.statement) == 0


@given(PRICES, TONNES, some.booleans())
def test_the_settlement_is_the_charters_own_formula_rounded_once(price, tonnes, met):
    terms = contract()
    settled = settle(price, units(str(tonnes)), condition_met=met)
    expected = terms.payment(price, tonnes * 1000, Q1.end, condition_met=met)
    assert abs(Decimal(signed_amount(settled.statement)) / 100 - expected) <= Decimal("0.005")


@given(some.lists(some.decimals(0, 900, places=3), min_size=1, max_size=5), PRICES)
def test_output_in_several_lots_is_paid_like_one(tonnes, price):
    lots = [units(str(each), reference=f"L{n}") for n, each in enumerate(tonnes)]
    together = settle(price, units(str(sum(tonnes))))
    assert signed_amount(settle(price, *lots).statement) == signed_amount(together.statement)


@given(PRICES, TONNES)
def test_kilograms_and_tonnes_come_to_the_same(price, tonnes):
    kilograms = units(str(tonnes * 1000), "kg")
    assert settle(price, kilograms).statement.amount == settle(price, units(str(tonnes))).statement.amount


@given(PRICES, some.decimals(0, 50_000_000, places=2))
def test_with_what_was_paid_a_payment_never_passes_the_cap(price, paid):
    capped = contract(cap={"value": "40000000", "unit": "USD", "source": "x"})
    due = Decimal(signed_amount(settle(price, terms=capped, paid_so_far=paid).statement)) / 100
    assert due <= max(Decimal(40_000_000) - paid, 0)


def test_every_voucher_balances_in_a_book_and_names_its_statement(book):
    settled = settle("60")
    post_settlements(book, settled)
    found = book.balance("USA", "Liabilities:Payable:Contracts:MP:USD")
    assert found.balance == -3_500_000_000
    assert settled.vouchers[0].cause.digest == settled.statement.digest


# -- once, and revised --------------------------------------------------------------------------------------


def test_a_period_under_any_name_is_settled_once(book):
    post_settlements(book, settle("60"))
    named = period_of("2026-01-01..2026-03-31")
    again = settle_difference(Books("USA"), contract(), named, market("60"), [units()])
    assert all(one.is_repeat for one in post_settlements(book, again))
    with pytest.raises(SettlementError, match="settled before"):
        post_settlements(book, settle("61"))


@given(some.lists(PRICES, min_size=2, max_size=4))
def test_revisions_leave_the_book_as_if_the_last_price_had_been_the_first(new_book, prices):
    revised, direct = new_book(), new_book()
    terms = two_way(110)
    standing = settle(prices[0], terms=terms)
    post_settlements(revised, standing)
    stands = standing.statement
    for number, price in enumerate(prices[1:], 1):
        later = settle(price, terms=terms).statement
        revision = revise_difference(
            Books("USA"),
            terms,
            stands,
            later,
            number=number,
            reason="a report corrected",
            on=date(2026, 6, 1),
        )
        assert revision.statement.cents == abs(signed_amount(later) - signed_amount(stands))
        post_settlements(revised, revision)
        stands = revision.statement
    post_settlements(direct, settle(prices[-1], terms=terms))
    balances = [
        {one.account.name: one.balance for one in held.standings() if one.balance}
        for held in (revised, direct)
    ]
    assert balances[0] == balances[1]


def test_a_revision_of_another_period_is_refused():
    one = settle("60").statement
    other = replace(one, reference="mp/2026-Q2")
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        revise_difference(Books("USA"), contract(), one, other, number=1, reason="x", on=date(2026, 6, 1))


# -- what cannot be settled ---------------------------------------------------------------------------------


def test_a_price_that_is_not_final_is_refused():
    assert refused_price(is_final=False) == ["STN-SETTLE-003"]


def test_a_price_of_other_days_is_refused():
    assert refused_price(period=period_of("2026-02")) == ["STN-SETTLE-003"]


def test_a_price_weighted_by_time_is_refused_where_volume_is_agreed():
    assert refused_price(weighted_by="time") == ["STN-SETTLE-003"]


def test_a_price_in_another_currency_is_refused():
    assert refused_price(unit="EUR/kg") == ["STN-SETTLE-001"]


def refused_price(**changes):
    with pytest.raises(SettlementError) as error:
        settle_difference(Books("USA"), contract(), Q1, market("60", **changes), [units()])
    return [each.code for each in error.value.problems]


def test_every_problem_is_told_at_once():
    codes = refused(
        "60",
        units(reference="L1"),
        units(reference="L1"),
        units(product="dysprosium.oxide", reference="L2"),
        units(designation="metered", reference="L3"),
        units(unit="MWh", reference="L4"),
        units("-1", reference="L5"),
        units(reference="L0"),
        designated_before={"L0"},
    )
    assert codes == ["STN-SETTLE-001"] * 5 + ["STN-SETTLE-005"]


def test_a_period_outside_the_term_is_refused():
    early = period_of("2025-Q3")
    with pytest.raises(SettlementError, match="STN-SETTLE-002"):
        settle_difference(Books("USA"), contract(), early, market("60", period=early), [units()])


def test_a_period_over_which_the_strike_changes_is_refused():
    strikes = [
        {"from": "2025-10-01", "value": "110", "unit": "USD/kg", "source": "x"},
        {"from": "2026-02-01", "value": "112", "unit": "USD/kg", "source": "x"},
    ]
    assert refused("60", terms=contract(strikes=strikes)) == ["STN-SETTLE-002"]


def test_a_part_of_the_quarter_is_settled_at_the_quarters_price():
    strikes = [
        {"from": "2025-10-01", "value": "110", "unit": "USD/kg", "source": "x"},
        {"from": "2026-02-01", "value": "112", "unit": "USD/kg", "source": "x"},
    ]
    part = period_of("2026-02-01..2026-03-31")
    settled = settle_difference(Books("USA"), contract(strikes=strikes), part, market("60"), [units()])
    assert settled.statement.amount == 52 * 700_000


def test_a_cap_without_what_was_paid_is_refused():
    assert refused("60", terms=contract(cap={"value": "1", "unit": "USD", "source": "x"})) == [
        "STN-SETTLE-003"
    ]


def test_output_beyond_the_cap_on_tonnes_is_not_paid():
    capped = contract(tonnes_cap={"value": "500", "unit": "t", "source": "x"})
    assert settle("60", terms=capped).statement.amount == 50 * 500_000
