from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.report.words import cents, count, per_tonne, round_money, share, title_of

MONEY = st.decimals(min_value=0, max_value=Decimal(10) ** 15, places=2)


@given(MONEY)
def test_cents_lose_nothing(amount):
    assert Decimal(cents(amount).replace(",", "")) == amount


@given(MONEY)
def test_round_words_stay_within_half_a_percent(amount):
    number, *scale, _usd = round_money(amount).split()
    factor = {"million": 6, "billion": 9, "trillion": 12}[scale[0]] if scale else 0
    told = Decimal(number.replace(",", "")) * 10**factor
    assert abs(told - amount) <= max(amount * Decimal("0.0051"), Decimal("0.5"))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "0 USD"),
        ("999499.99", "999,500 USD"),
        ("999999.99", "1.00 million USD"),
        ("9995000", "10.0 million USD"),
        ("591212729.47", "591 million USD"),
        ("999999999.99", "1.00 billion USD"),
        ("50100210662.01", "50.1 billion USD"),
    ],
)
def test_round_words_at_the_edges(amount, words):
    assert round_money(Decimal(amount)) == words


def test_what_is_missing_is_a_dash_and_never_zero():
    assert cents(None) == round_money(None) == per_tonne(None) == "–"
    assert share(Decimal(1), Decimal(0)) == "–"


def test_counts_agree_with_their_nouns():
    assert (count(1, "line"), count(2, "line")) == ("1 line", "2 lines")
    assert count(2, "supply", "supplies") == "2 supplies"


def test_our_own_codes_become_words():
    assert title_of("out_of_scope") == "Out of scope"
    assert title_of("not stated") == "Not classified"
