"""Every report is brought to one basis, and nothing that is not said is guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pricing.market_on_paper import report

from stannary.atlas.exchange_rates import ExchangeRate
from stannary.charter.charter import Charter
from stannary.charter.price_method import SpecificationPremium
from stannary.pricing.normalisation import Normalised, basis_of, normalised

D = Decimal
RATES = [
    ExchangeRate(date(2027, 3, 1), "EUR", D("1.25"), "a bank on paper"),
    ExchangeRate(date(2027, 3, 9), "EUR", D("1.1"), "a bank on paper"),
]


def brought(charter: Charter, **changed: Any) -> Normalised:
    method = charter.reference_prices.method
    assert method is not None
    return normalised(report(1, **changed), basis_of(charter, method, RATES))


@pytest.mark.parametrize(
    ("changed", "usd_per_t", "tonnes"),
    [
        ({}, "66000", "10"),
        ({"price": D("6.6"), "price_unit": "HGM"}, "66000", "10"),
        ({"quantity": D(10000), "quantity_unit": "kg"}, "66000", "10"),
        # 99% pure: a gross price is for 0.99 of a contained tonne; a price per contained kilogram is not.
        ({"purity": D("0.99"), "price": D("65.34")}, "66000", "9.9"),
        ({"purity": D("0.5"), "price_basis": "contained"}, "66000", "5"),
        ({"price": D(60), "currency": "EUR"}, "66000", "10"),
        # 13% VAT inside: 74.58 / 1.13 = 66.
        ({"price": D("74.58"), "vat_included": D("0.13")}, "66000", "10"),
        # 100 of cost, insurance, freight, of which 9 and 1 are said: 90 FOB; if not said, 100 / 1.1.
        ({"price": D(100), "incoterm": "CIF", "freight": D(9), "insurance": D(1)}, "90000", "10"),
        ({"price": D("72.6"), "incoterm": "CIF"}, "66000", "10"),
        ({"price": D("72.6"), "incoterm": "cif"}, "66000", "10"),
        ({"price": D("73.26"), "incoterm": "CIF", "freight": D("6.6")}, "66000", "10"),  # (73.26 - 6.6)/1.01
        # Delivered with 4 of duty: (76.6 - 4) / 1.1.
        ({"price": D("76.6"), "incoterm": "DDP", "duty_included": D(4)}, "66000", "10"),
    ],
)
def test_prices_are_brought_to_usd_per_contained_tonne_fob(
    toy: Charter, changed: dict[str, Any], usd_per_t: str, tonnes: str
) -> None:
    found = brought(toy, **changed)
    assert (found.usd_per_t, found.tonnes, found.reason) == (D(usd_per_t), D(tonnes), None)


def test_freight_is_added_where_the_basis_holds_it(toy: Charter) -> None:
    prices = tuple(
        replace(price, basis=replace(price.basis, incoterm="CIF")) for price in toy.reference_prices.prices
    )
    landed = replace(toy, reference_prices=replace(toy.reference_prices, prices=prices))
    assert brought(landed).usd_per_t == D("72600")
    assert brought(landed, freight=D(4), insurance=D(1)).usd_per_t == D("71000")


def test_a_specification_is_brought_to_the_basis_by_its_premium(toy: Charter) -> None:
    method = toy.reference_prices.method
    assert method is not None
    premium = SpecificationPremium(
        product="ndpr.oxide", specification="99.9%", usd_per_t=D(600), assumed="paper"
    )
    purer = replace(method, premiums=(premium,))
    charter = replace(toy, reference_prices=replace(toy.reference_prices, method=purer))
    assert brought(charter, specification="99.9%").usd_per_t == D("65400")
    assert brought(charter, specification="98%").reason == "specification_unknown"


@pytest.mark.parametrize(
    ("day", "usd_per_t"),
    [(date(2027, 3, 8), "75000"), (date(2027, 3, 9), "66000"), (date(2027, 3, 16), "66000"),
     (date(2027, 3, 17), None), (date(2027, 2, 28), None)],
)  # fmt: skip
def test_the_rate_of_the_day_stands_for_a_week_and_no_longer(
    toy: Charter, day: date, usd_per_t: str | None
) -> None:
    found = brought(toy, price=D(60), currency="EUR", dated_on=day)
    assert found.usd_per_t == (None if usd_per_t is None else D(usd_per_t))
    assert found.reason == (None if usd_per_t else "no_exchange_rate")


def test_freight_that_is_neither_said_nor_stood_in_for_is_not_guessed(toy: Charter) -> None:
    valuation = toy.border_adjustment.valuation
    terms = tuple(replace(term, freight_uplift=None) for term in valuation.incoterms)
    border = replace(toy.border_adjustment, valuation=replace(valuation, incoterms=terms))
    bare = replace(toy, border_adjustment=border)
    assert brought(bare, incoterm="CIF").reason == "freight_unknown"
    assert brought(bare, incoterm="CIF", freight=D(0)).usd_per_t is not None


@given(
    price=st.decimals("0.01", 10**6, places=2),
    purity=st.decimals("0.0001", 1, places=4),
    quantity=st.decimals("0.001", 10**6, places=3),
)
def test_kilograms_or_tonnes_dollars_or_euros_make_no_difference(
    toy: Charter, price: Decimal, purity: Decimal, quantity: Decimal
) -> None:
    in_kg = brought(toy, price=price, purity=purity, quantity=quantity * 1000, quantity_unit="kg")
    in_t = brought(toy, price=price * 1000, price_unit="t", purity=purity, quantity=quantity)
    in_euros = brought(toy, price=price / D("1.1"), currency="EUR", purity=purity, quantity=quantity)
    assert (in_kg.usd_per_t, in_kg.tonnes) == (in_t.usd_per_t, in_t.tonnes)
    assert in_euros.usd_per_t is not None and in_kg.usd_per_t is not None
    assert abs(in_euros.usd_per_t - in_kg.usd_per_t) <= D("0.01")
