from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stannary.charter.price_support import DifferenceContract
from stannary.errors import SettlementError
from stannary.settlement.reserve import payments_on_path, quantile_ranks, size_reserve

HUNDRED = [[Decimal(n)] for n in range(1, 101)]


def test_the_reserve_is_what_the_quantile_asks_beyond_what_is_expected():
    found = size_reserve(HUNDRED)
    assert (found.expected, found.at_quantile) == (Decimal("50.50"), Decimal("95.00"))
    assert found.reserve == Decimal("44.50")
    assert "95" in found.outcome and "44.50" in found.outcome


def test_the_interval_of_the_quantile_holds_it_and_narrows_with_more_paths():
    few = size_reserve(HUNDRED)
    many = size_reserve([[Decimal(n) / 10] for n in range(1, 1001)])
    assert few.low <= few.at_quantile <= few.high
    assert many.high - many.low < few.high - few.low


def test_with_few_paths_the_interval_has_no_upper_end_and_says_so():
    found = size_reserve(HUNDRED[:20])
    assert found.high is None
    assert "no upper bound" in found.outcome


def test_the_ranks_are_those_of_the_binomial_distribution():
    # scipy.stats.binom.ppf(0.025, 1000, 0.95) = 936 and ppf(0.975, 1000, 0.95) = 963
    assert quantile_ranks(1000, 0.95) == (950, 936, 964)


def test_the_interval_covers_the_true_quantile_as_often_as_it_says():
    draws = random.Random(7)
    covered = 0
    for _ in range(300):
        sums = [[Decimal(str(round(draws.random(), 9)))] for _ in range(200)]
        found = size_reserve(sums, Decimal("0.9"))
        sample = sorted(each[0] for each in sums)
        _, low, high = quantile_ranks(200, 0.9)
        assert found.at_quantile == round(sample[179], 2)
        covered += sample[low - 1] <= Decimal("0.9") <= sample[high - 1]
    assert covered / 300 > 0.93


@given(some.lists(some.lists(some.decimals(-1000, 1000, places=2), max_size=4), min_size=20, max_size=60))
def test_levy_and_reserve_meet_the_payments_in_at_least_the_stated_share_of_futures(payments):
    found = size_reserve(payments)
    there = max(found.expected, Decimal(0)) + found.reserve
    met = sum(sum(path, Decimal(0)) <= there + Decimal("0.01") for path in payments)
    assert met >= Decimal("0.95") * len(payments)
    assert found.reserve >= 0


@given(some.permutations(HUNDRED[:30]))
def test_the_order_of_the_paths_changes_nothing(paths):
    assert size_reserve(paths) == size_reserve(HUNDRED[:30])


def test_the_levy_is_what_is_expected_over_what_bears_it():
    assert size_reserve(HUNDRED, base=[Decimal(10)] * 100).levy == Decimal("5.05")


def test_contracts_that_are_expected_to_pay_in_ask_no_levy():
    found = size_reserve([[Decimal(-5)]] * 40, base=[Decimal(1)] * 40)
    assert (found.levy, found.reserve, found.expected) == (0, 0, -5)


@pytest.mark.parametrize(
    ("payments", "how"),
    [
        (HUNDRED[:19], {}),
        (HUNDRED, {"quantile": Decimal("0.4")}),
        (HUNDRED, {"quantile": Decimal(1)}),
        ([[Decimal("NaN")]] * 20, {}),
        (HUNDRED, {"base": [Decimal(1)]}),
        (HUNDRED, {"base": [Decimal(0)] * 100}),
    ],
)
def test_what_is_no_basis_for_a_reserve_is_refused(payments, how):
    with pytest.raises(SettlementError, match="STN-SETTLE-001"):
        size_reserve(payments, **how)


def test_a_path_of_prices_becomes_payments_by_the_contracts_own_formula():
    contract = DifferenceContract(
        **{
            "id": "c",
            "beneficiary": "B",
            "counterparty": "C",
            "from": "2026-01-01",
            "to": "2026-12-31",
            "products": ["ndpr.oxide"],
            "form": "two_way",
            "strikes": [{"from": "2026-01-01", "value": "110", "unit": "USD/kg", "assumed": "x"}],
            "benchmark": {"series": "zone"},
            "assumed": "x",
        }
    )
    prices = [(date(2026, 3, 31), Decimal(60)), (date(2026, 6, 30), Decimal(130))]
    paid = payments_on_path(contract, prices, Decimal(1000))
    assert paid == (50_000, -20_000)
    with pytest.raises(SettlementError, match="STN-SETTLE-002"):
        payments_on_path(contract, [(date(2027, 3, 31), Decimal(60))], Decimal(1000))


def test_a_levy_far_below_a_cent_is_not_lost():
    found = size_reserve(HUNDRED, base=[Decimal(10_000)] * 100)
    assert found.levy == Decimal("0.00505")
    thirds = size_reserve(HUNDRED, base=[Decimal(30)] * 100)
    assert thirds.levy == Decimal("1.683334")
    assert thirds.levy * 30 >= thirds.expected
    assert "a levy of 0.00505 a unit" in found.outcome


def test_the_reserve_of_evenly_spread_payments_is_that_of_the_closed_form():
    # payments 0, 1, … 9,999: mean 4,999.5, the 95% quantile the 9,500th of them
    even = size_reserve([[Decimal(number)] for number in range(10_000)])
    assert (even.expected, even.at_quantile, even.reserve) == (
        Decimal("4999.50"),
        Decimal("9499.00"),
        Decimal("4499.50"),
    )
    assert even.high is not None and even.low <= even.at_quantile <= even.high
    # the interval of order statistics, to first order 2 x 1.96 x sqrt(n q (1 - q)) of them
    assert float(even.high - even.low) == pytest.approx(2 * 1.96 * (10_000 * 0.95 * 0.05) ** 0.5, rel=0.05)
