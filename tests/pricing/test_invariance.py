"""What must not move a published price: order, cutting up, scale, units, currency, context."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pricing.market_on_paper import MARCH, OXIDE, report

from stannary.atlas.exchange_rates import ExchangeRate
from stannary.charter.charter import Charter
from stannary.pricing.publication import Publication
from stannary.pricing.publishing import publish
from stannary.pricing.reports import PriceReport

D = Decimal
RATES = [ExchangeRate(date(2027, 3, day), "EUR", D("1.25"), "a bank on paper") for day in range(1, 32)]

deals = st.lists(
    st.tuples(
        st.integers(5500, 7700),
        st.integers(1, 5000),
        st.integers(0, 7),
        st.integers(0, 5),
        st.integers(0, 5),
        st.integers(1, 31),
        st.sampled_from(["transaction"] * 6 + ["bid", "offer"]),
    ),
    min_size=4,
    max_size=24,
)


def told(rows: list[tuple[Any, ...]]) -> list[PriceReport]:
    return [
        report(
            n, n, price=D(price) / 100, quantity=D(tonnes) / 10, reporter=f"r{who}", kind=kind,
            buyer=None if kind == "offer" else f"b{buyer}", seller=None if kind == "bid" else f"s{seller}",
            dated_on=date(2027, 3, day),
        )
        for n, (price, tonnes, who, buyer, seller, day, kind) in enumerate(rows)
    ]  # fmt: skip


def told_of(publication: Publication) -> Any:
    price = publication.price(OXIDE)
    if price is None:
        return None
    return price.usd_per_t, price.rung, price.uncertainty, price.volume_t, price.flags


@settings(max_examples=60)
@given(rows=deals, which=st.integers(0, 23), part=st.integers(1, 9))
def test_cutting_a_report_in_two_changes_nothing(
    toy: Charter, rows: list[tuple[Any, ...]], which: int, part: int
) -> None:
    reports = told(rows)
    cut = reports[which % len(reports)]
    first = cut.quantity * part / 10
    pieces = [replace(cut, quantity=first), replace(cut, id="piece", quantity=cut.quantity - first)]
    others = [each for each in reports if each is not cut]
    assert told_of(publish(others + pieces, toy, MARCH)) == told_of(publish(reports, toy, MARCH))


@settings(max_examples=40)
@given(rows=deals, seed=st.randoms(use_true_random=False))
def test_the_order_of_reports_changes_nothing(toy: Charter, rows: list[tuple[Any, ...]], seed: Any) -> None:
    reports = told(rows)
    shuffled = list(reports)
    seed.shuffle(shuffled)
    assert publish(shuffled, toy, MARCH) == publish(reports, toy, MARCH)


@settings(max_examples=40)
@given(rows=deals, factor=st.integers(2, 1000))
def test_ten_times_the_tonnes_at_the_same_prices_make_the_same_price(
    toy: Charter, rows: list[tuple[Any, ...]], factor: int
) -> None:
    reports = [replace(each, quantity=each.quantity * 10) for each in told(rows)]  # a tonne in all at least
    larger = [replace(each, quantity=each.quantity * factor) for each in reports]
    before, after = publish(reports, toy, MARCH), publish(larger, toy, MARCH)
    old, new = told_of(before), told_of(after)
    assert (old is None) == (new is None)
    if old is not None:
        assert new == (*old[:3], old[3] * factor, old[4])


@settings(max_examples=40)
@given(rows=deals, cents=st.integers(2, 400))
def test_prices_scaled_are_a_price_scaled(toy: Charter, rows: list[tuple[Any, ...]], cents: int) -> None:
    factor = D(cents) / 100
    reports = [each for each in told(rows) if each.kind == "transaction"]
    before = publish(reports, toy, MARCH).price(OXIDE)
    after = publish([replace(each, price=each.price * factor) for each in reports], toy, MARCH).price(OXIDE)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert abs(after.usd_per_t - before.usd_per_t * factor) <= D("0.01") * max(factor, D(1))
        assert after.rung == before.rung


@settings(max_examples=40)
@given(rows=deals)
def test_units_and_currency_change_nothing(toy: Charter, rows: list[tuple[Any, ...]]) -> None:
    reports = told(rows)
    others = [
        replace(
            each, quantity=each.quantity * 1000, quantity_unit="kg",
            price=each.price * 1000 / D("1.25"), price_unit="t", currency="EUR",
        )
        for each in reports
    ]  # fmt: skip
    assert told_of(publish(others, toy, MARCH, exchange_rates=RATES)) == told_of(publish(reports, toy, MARCH))


def test_the_callers_decimal_context_changes_nothing(toy: Charter) -> None:
    reports = told([(6600 + n, 13 + n, n, n % 6, n % 5, 10, "transaction") for n in range(8)])
    expected = publish(reports, toy, MARCH)
    with localcontext() as context:
        context.prec = 5
        assert publish(reports, toy, MARCH) == expected
