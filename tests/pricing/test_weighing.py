"""Weights, medians and errors: caps kept exactly, and nothing hangs on order, cutting up or scale."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stannary.charter.charter import Charter
from stannary.charter.price_method import PriceMethod
from stannary.pricing.weighing import Candidate, capped_weights, deviation, mean, median, variance

D = Decimal


@pytest.fixture(scope="session")
def method(toy: Charter) -> PriceMethod:
    """Give the toy zone's method: a reporter at most a quarter, a party at most a half."""
    assert toy.reference_prices.method is not None
    return toy.reference_prices.method


def one(name: str, price: object, tonnes: object, reporter: str, *parties: str) -> Candidate:
    own = parties or (f"b-{reporter}", f"s-{reporter}")
    return Candidate(name, D(str(price)), D(str(tonnes)), reporter, own, (name,))


pools = st.lists(
    st.tuples(
        st.integers(1, 500),
        st.decimals("0.001", 5000, places=3),
        st.sampled_from("ABCDEFG"),
        st.sampled_from("pqrstu"),
        st.sampled_from("vwxyz"),
    ),
    min_size=1,
    max_size=25,
).map(lambda rows: [one(f"r{n}", p, t, r, b, s) for n, (p, t, r, b, s) in enumerate(rows)])


def test_four_equal_reporters_share_what_a_fifth_of_great_volume_may_not_have(method: PriceMethod) -> None:
    """1, 1, 1 and 10 t: the sum W of the weights is 3 + W/4, so W = 4 and the great one weighs 1."""
    pool = [one("a", 1, 1, "A"), one("b", 1, 1, "B"), one("c", 1, 1, "C"), one("d", 1, 10, "D")]
    assert capped_weights(pool, method) == {"a": 1, "b": 1, "c": 1, "d": 1}


def test_three_reporters_cannot_stay_within_a_quarter_each(method: PriceMethod) -> None:
    assert capped_weights([one(name, 1, 1, name) for name in "ABC"], method) is None


@settings(max_examples=200)
@given(pool=pools)
def test_nobody_weighs_more_than_the_cap_and_no_report_more_than_its_tonnes(
    method: PriceMethod, pool: list[Candidate]
) -> None:
    weights = capped_weights(pool, method)
    assume(weights is not None)
    assert weights is not None
    whole = sum(weights.values())
    reporters: dict[str, int] = defaultdict(int)
    parties: dict[str, int] = defaultdict(int)
    for each in pool:
        assert weights[each.id] > 0
        reporters[each.reporter] += weights[each.id]
        for party in each.parties:
            parties[party] += weights[each.id]
    assert max(reporters.values()) <= whole * Fraction(method.reporter_cap)
    assert max(parties.values()) <= whole * Fraction(method.party_cap)


@settings(max_examples=100)
@given(pool=pools, which=st.integers(0, 24), part=st.integers(1, 9), factor=st.integers(2, 10**6))
def test_order_cutting_up_and_scale_change_nothing(
    method: PriceMethod, pool: list[Candidate], which: int, part: int, factor: int
) -> None:
    def found(reports: list[Candidate]) -> list[Fraction] | None:
        weights = capped_weights(reports, method)
        if weights is None:
            return None
        middle, average = median(reports, weights), mean(reports, weights)
        wide = deviation(reports, weights, middle)
        return [middle, wide, average, variance(reports, weights, average)]

    cut = pool[which % len(pool)]
    first = cut.tonnes * part / 10
    halves = [replace(cut, tonnes=first), replace(cut, id="rest", tonnes=cut.tonnes - first)]
    expected = found(pool)
    assert found(pool[::-1]) == expected
    assert found([each for each in pool if each is not cut] + halves) == expected
    assert found([replace(each, tonnes=each.tonnes * factor) for each in pool]) == expected


def test_half_the_weight_on_either_side_puts_the_median_between() -> None:
    pool = [one("a", 10, 2, "A"), one("b", 20, 1, "B"), one("c", 40, 1, "C")]
    assert median(pool, {"a": 2, "b": 1, "c": 1}) == 15
    assert deviation(pool, {"a": 2, "b": 1, "c": 1}, Fraction(15)) == 5


def test_the_error_is_that_of_reporters_not_of_reports() -> None:
    """Two reporters a unit either side of the mean: 2 x (1/4 + 1/4) = 1, however many reports each has."""
    pool = [one("a", 9, 1, "A"), one("b", 11, 1, "B")]
    assert variance(pool, {"a": 1, "b": 1}, Fraction(10)) == 1
    more = [*pool, one("c", 9, 1, "A"), one("d", 11, 1, "B")]
    assert variance(more, dict.fromkeys("abcd", 1), Fraction(10)) == 1
