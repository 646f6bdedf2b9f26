"""The method of the reference prices: formulas worked on paper, and a law that must hold together."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest

from stannary.arithmetic import NUMBERS
from stannary.charter.charter import Charter
from stannary.charter.price_method import (
    PriceMethod,
    carried_uncertainty,
    held_near,
    netted_back,
    per_contained_tonne,
    quoted,
    reach,
    stripped,
    with_carriage,
    without_carriage,
)
from stannary.errors import Problem
from stannary.zone import open_zone

D = Decimal

PRICES = """\
prices:
  - product: oxide
    basis: {incoterm: CIF, place: Oslo, purity: "99.5%"}
    values: [{from: 2026-01-01, value: 60000, unit: USD/t, source: treaty}]
"""
METHOD = """\
method:
  version: "1"
  period: quarter
  takes_effect_days: 15
  reporter_cap: 0.25
  party_cap: 0.4
  exchange_rate_days: 7
  round_trip_share: 0.5
  ring_share: 0.9
  uncertainty_least: 0.01
  source: treaty
  outliers: {multiple: 5, band: 0.1, source: treaty}
  least: [{id: general, reporters: 5, deals: 8, tonnes: 20, source: treaty}]
  coverage: {value: 1.96, unit: standard errors, source: treaty}
  longer_window: {months: 6, uncertainty_least: 0.03, source: treaty}
  quotes: {days: 30, reporters: 5, depth_share: 0.5, most_move: 0.2, uncertainty_least: 0.05, source: treaty}
  link_uncertainty: {value: 0.1, unit: share, source: treaty}
  cost_uncertainty: {value: 0.25, unit: share, source: treaty}
  carry_forward: {periods_most: 2, step: 0.1, source: treaty}
"""


def method_of(charter: Charter) -> PriceMethod:
    found = charter.reference_prices.method
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (stripped(D("117"), D("0.13"), D("3.5398230088495575"), using=NUMBERS).quantize(D(1)), D(100)),
        (with_carriage(D(90), D(1), D("0.1"), using=NUMBERS), D(100)),
        (without_carriage(D(100), D(1), D("0.1"), using=NUMBERS), D(90)),
        (per_contained_tonne(D("65.34"), D(1), D("0.001"), D("0.99"), using=NUMBERS), D(66000)),
        (reach(D(224), D(0), D(5), D("0.1"), using=NUMBERS), D("22.4")),
        (reach(D(224), D(9), D(5), D("0.1"), using=NUMBERS), D(45)),
        (held_near(D(80), D(66), D("0.1"), using=NUMBERS), D("72.6")),
        (held_near(D(10), D(66), D("0.1"), using=NUMBERS), D("59.4")),
        (held_near(D(70), D(66), D("0.1"), using=NUMBERS), D(70)),
        (netted_back(D(94000), D(10000), D(0), D("1.2"), using=NUMBERS), D(70000)),
        (carried_uncertainty(D("0.01"), D("0.05"), 3, using=NUMBERS), D("0.16")),
    ],
)
def test_formulas_are_those_on_paper(found: Decimal, expected: Decimal) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("bid", "offer", "last", "expected"),
    [(64, 66, 70, 65), (66, 80, 66, 66), (66, 1100, 66, 66), (70, 74, 66, 70), (66, 62, 66, 64)],
)
def test_above_the_last_price_only_bids_lift_it(bid: int, offer: int, last: int, expected: int) -> None:
    assert quoted(Fraction(bid), Fraction(offer), Fraction(last), using=NUMBERS) == expected


@pytest.mark.parametrize("place", range(3))
def test_a_missing_number_is_missing(place: int) -> None:
    numbers: list[Decimal | None] = [D(1), D(2), D(3)]
    numbers[place] = None
    assert quoted(*numbers, using=NUMBERS) is None
    assert held_near(*numbers, using=NUMBERS) is None


def test_a_method_is_part_of_the_article(charter: Callable[..., Charter]) -> None:
    method = method_of(charter(reference_prices=PRICES + METHOD))
    assert (method.version, method.months, method.excluded_sets) == ("1", 3, ("covered_economies",))
    assert charter(reference_prices=PRICES).reference_prices.method is None


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("depth_share: 0.5", "depth_share: 0.25", "depth of bids and offers must be above"),
        ("months: 6", "months: 3", "longer window must be longer than the period"),
        ("reporters: 5, deals", "reporters: 3, deals", "so few reporters"),
        ("days: 30, reporters: 5", "days: 30, reporters: 2", "so few reporters"),
        ("id: general,", "id: general, products: [oxide],", "must name no products"),
        ("reporter_cap: 0.25", "reporter_cap: 0.5", "less than 0.5"),
        ('version: "1"', 'version: ""', "empty"),
        (
            "outliers: {multiple: 5, band: 0.1, source: treaty}",
            "outliers: {multiple: 5, band: 0.1}",
            "source",
        ),
        ("round_trip_share: 0.5", "round_trip_share: 0.5\n  excluded_sets: [rivals]", "set of economies"),
        ("round_trip_share: 0.5", "round_trip_share: 0.5\n  products: [tin]", "no product"),
    ],
)
def test_a_method_that_does_not_hold_together_is_refused(
    problems: Callable[..., tuple[Problem, ...]], before: str, after: str, words: str
) -> None:
    assert before in METHOD
    found = problems(reference_prices=PRICES + METHOD.replace(before, after))
    assert any(words in problem.message for problem in found), found


def test_the_least_inputs_of_a_product_are_its_own_or_the_general_ones(
    charter: Callable[..., Charter],
) -> None:
    two = METHOD.replace(
        "source: treaty}]\n  coverage",
        "source: treaty}, {id: few, products: [ore], reporters: 4, deals: 4, tonnes: 1, source: treaty}]\n"
        "  coverage",
    )
    method = method_of(charter(reference_prices=PRICES + two))
    assert (method.least_for("ore").id, method.least_for("oxide").id) == ("few", "general")


def test_every_product_that_the_shipped_charters_price_has_a_basis() -> None:
    for name in ("toy", "forge"):
        charter = open_zone(name).charter
        article, method = charter.reference_prices, method_of(charter)
        terms = {term.term for term in charter.border_adjustment.valuation.incoterms}
        for product in method.products or tuple(price.product for price in article.prices):
            price = article.price(product)
            assert price is not None, product
            assert method.incoterm(price.basis.incoterm) in terms, product


def test_terms_of_trade_stand_for_incoterms_whatever_their_capitals() -> None:
    method = method_of(open_zone("forge").charter)
    assert (method.incoterm("lme cash"), method.incoterm("In Warehouse"), method.incoterm("FOB")) == (
        "FCA", "DAP", "FOB",
    )  # fmt: skip
    assert method.premium("ndpr.oxide", None) == 0
    assert method.premium("ndpr.oxide", "unheard of") is None
