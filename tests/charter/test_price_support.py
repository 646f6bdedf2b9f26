"""Price support: the published terms of MP Materials and of the UK's contracts, to the dollar."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stannary.arithmetic import NUMBERS
from stannary.charter.citation import DatedNumber, Number
from stannary.charter.price_support import (
    AgreedPurchase,
    Benchmark,
    DifferenceContract,
    PriceSupport,
    difference_payment,
    take_or_pay_due,
    top_up,
    upside,
)

D = Decimal
MP = DifferenceContract(
    id="mp-materials",
    beneficiary="MP Materials",
    counterparty="US Department of War",
    start=date(2025, 10, 1),
    end=date(2035, 12, 31),
    products=("ndpr.oxide",),
    form="one_way",
    strikes=(DatedNumber(value=D(110_000), unit="USD/t", start=date(2025, 10, 1), source="ppa"),),
    benchmark=Benchmark(series="benchmark quarterly average", published_in="CHN"),
    upside_share=D("0.3"),
    upside_condition="the 10X plant is at full output",
    designations=("stockpile", "affiliate_sale", "third_party_sale"),
    source="ppa",
)
DAY = date(2026, 3, 31)


def test_mp_materials_is_topped_up_to_110_a_kilogram() -> None:
    """700 t at a benchmark of 60 USD/kg: 700 x 50,000 = 35,000,000 USD to the company."""
    assert MP.payment(D(60_000), D(700), DAY) == 35_000_000


def test_the_government_takes_its_share_only_once_the_plant_is_at_full_output() -> None:
    """700 t at 130 USD/kg: 0.30 x 700 x 20,000 = 4,200,000 USD to the government, or nothing."""
    assert MP.payment(D(130_000), D(700), DAY, condition_met=True) == -4_200_000
    assert MP.payment(D(130_000), D(700), DAY) == 0


def test_nothing_is_paid_outside_the_term() -> None:
    assert MP.payment(D(60_000), D(1), date(2025, 9, 30)) is None
    assert MP.payment(D(60_000), D(1), date(2025, 10, 1)) == 50_000
    assert MP.payment(D(60_000), D(1), date(2035, 12, 31)) == 50_000
    assert MP.payment(D(60_000), D(1), date(2036, 1, 1)) is None


@pytest.mark.parametrize(("market", "paid"), [(60, 7_200), (180, -3_600)])
def test_a_two_way_contract_pays_back_above_the_strike(market: int, paid: int) -> None:
    """UK: strike 140, metered 100 MWh, at most 90 in the period."""
    assert difference_payment(D(100), D(90), D(140), D(market), using=NUMBERS) == paid


def test_a_two_way_contract_is_one_of_the_charter_s_forms() -> None:
    contract = DifferenceContract(
        id="two-way",
        beneficiary="a plant",
        counterparty="the zone",
        start=date(2026, 7, 1),
        products=("ndpr.oxide",),
        form="two_way",
        strikes=(DatedNumber(value=D(140), unit="USD/t", start=date(2026, 7, 1), assumed="paper"),),
        benchmark=Benchmark(series="reference price"),
        tonnes_cap=Number(value=D(90), unit="t", assumed="paper"),
        assumed="paper",
    )
    assert contract.payment(D(60), D(100), date(2026, 7, 1)) == 7_200
    assert contract.payment(D(180), D(100), date(2026, 7, 1)) == -3_600
    assert PriceSupport(contracts=(contract,)).contract("two-way") is contract


def test_take_or_pay_is_due_on_what_was_not_taken() -> None:
    assert take_or_pay_due(D(100), D("0.8"), D(50), D(2), using=NUMBERS) == 60
    assert take_or_pay_due(D(100), D("0.8"), D(90), D(2), using=NUMBERS) == 0


def test_a_purchase_at_fixed_prices_needs_prices() -> None:
    with pytest.raises(ValidationError, match="needs `prices:`"):
        AgreedPurchase(
            id="a",
            buyer="b",
            seller="c",
            start=DAY,
            products=("ndpr.oxide",),
            pricing="fixed",
            assumed="paper",
        )


NUMBER = st.decimals(min_value=0, max_value=10**6, places=2)


@given(NUMBER, NUMBER, NUMBER, st.decimals(min_value=0, max_value=1, places=2))
def test_top_up_and_upside_are_never_both_paid(benchmark: D, strike: D, tonnes: D, share: D) -> None:
    paid = top_up(benchmark, strike, tonnes, using=NUMBERS)
    taken = upside(benchmark, strike, share, tonnes, using=NUMBERS)
    assert paid >= 0
    assert taken >= 0
    assert paid * taken == 0


@given(NUMBER, NUMBER, NUMBER)
def test_a_two_way_payment_is_the_top_up_less_the_whole_upside(market: D, strike: D, tonnes: D) -> None:
    whole = difference_payment(tonnes, tonnes, strike, market, using=NUMBERS)
    paid = top_up(market, strike, tonnes, using=NUMBERS)
    assert whole == paid - upside(market, strike, D(1), tonnes, using=NUMBERS)


@given(NUMBER, NUMBER, NUMBER, NUMBER)
def test_a_lower_benchmark_never_lowers_a_top_up(benchmark: D, less: D, strike: D, tonnes: D) -> None:
    lower = top_up(benchmark - less, strike, tonnes, using=NUMBERS)
    assert lower >= top_up(benchmark, strike, tonnes, using=NUMBERS)


def test_a_missing_benchmark_pays_nothing_known() -> None:
    assert MP.payment(None, D(700), DAY) is None
    assert MP.payment(D(60_000), None, DAY, condition_met=True) is None
