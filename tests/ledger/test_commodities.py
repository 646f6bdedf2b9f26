"""What a book counts: currencies by ISO 4217, metal to the milligram, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.ledger.commodities import (
    EXPONENTS,
    LARGEST,
    amount_of,
    exponent,
    in_words,
    is_commodity,
    metal,
    minor_units,
)

COMMODITIES = st.sampled_from([*EXPONENTS, "NDPR.OXIDE", "DY.METAL", "GA.METAL.4N"])


def test_decimals_are_those_of_iso_4217_where_other_tables_differ() -> None:
    # CLDR gives none of these in use the decimals of the standard: AFN, IDR, IQD, LAK, PKR and others
    assert {exponent(code) for code in ("AFN", "ALL", "IDR", "LAK", "LBP", "MMK", "PKR", "TZS", "UZS")} == {2}
    assert {exponent(code) for code in ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")} == {3}
    assert {exponent(code) for code in ("JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF", "UGX")} == {0}
    assert Counter(EXPONENTS.values()) == {2: 132, 0: 16, 3: 7}


@pytest.mark.parametrize("code", ["HRK", "DEM", "ZWL", "CUC", "ANG", "BGN", "SLL"])
def test_a_currency_that_was_withdrawn_is_not_counted(code: str) -> None:
    assert not is_commodity(code)


@pytest.mark.parametrize(
    "code",
    ["", "usd", "US", "USDT", "XXX", "XTS", "BTC", "CLF", "USD ", "ndpr.oxide", "NDPR", ".OXIDE", "NDPR.",
     "NDPR..OXIDE", "NDPR.OXIDE\n", "ＵＳＤ", "NDPR.ÖXIDE", "A." + "B" * 23, "1.OXIDE"],
)  # fmt: skip
def test_what_is_neither_is_refused(code: str) -> None:
    assert not is_commodity(code)
    with pytest.raises(KeyError):
        exponent(code)


@given(st.one_of(st.text(max_size=30), st.from_regex(re.compile(r"[A-Z0-9._-]{1,30}"), fullmatch=True)))
def test_any_text_is_a_commodity_with_decimals_or_none(code: str) -> None:
    if is_commodity(code):
        assert exponent(code) in (0, 2, 3, 9)
        assert code.isascii() and len(code) <= 24 and ("." in code) == (code not in EXPONENTS)
    else:
        with pytest.raises(KeyError):
            exponent(code)


@given(COMMODITIES, st.integers(-LARGEST, LARGEST))
def test_minor_units_and_amounts_are_the_same_thing(commodity: str, units: int) -> None:
    amount = amount_of(units, commodity)
    assert minor_units(amount, commodity) == units
    assert amount * 10 ** exponent(commodity) == units
    assert -amount.as_tuple().exponent == exponent(commodity)  # type: ignore[operator]


@given(COMMODITIES, st.decimals(-(10**12), 10**12, places=12))
def test_an_amount_is_rounded_once_half_away_from_zero(commodity: str, amount: Decimal) -> None:
    units = minor_units(amount, commodity)
    exact = abs(amount) * 10 ** exponent(commodity)
    assert abs(abs(units) - exact) <= Decimal("0.5")
    assert abs(units) == int(exact + Decimal("0.5"))
    assert minor_units(-amount, commodity) == -units


@pytest.mark.parametrize(
    ("amount", "commodity", "units"),
    [
        ("1250.00", "USD", 125_000), ("0.005", "USD", 1), ("-0.005", "USD", -1), ("0.0049", "USD", 0),
        ("1250.5", "JPY", 1_251), ("1.2345", "KWD", 1_235), ("1", "NDPR.OXIDE", 10**9),
        ("0.000000001", "NDPR.OXIDE", 1), ("400000", "NDPR.OXIDE", 4 * 10**14),
    ],
)  # fmt: skip
def test_worked_amounts(amount: str, commodity: str, units: int) -> None:
    assert minor_units(Decimal(amount), commodity) == units


@pytest.mark.parametrize(
    ("units", "commodity", "words"),
    [
        (123_450, "USD", "1,234.50 USD"), (-5, "USD", "-0.05 USD"), (1_234, "JPY", "1,234 JPY"),
        (0, "USD", "0.00 USD"),
        (12_500_000_000, "NDPR.OXIDE", "12.5 t NDPR.OXIDE"), (1, "NDPR.OXIDE", "0.000000001 t NDPR.OXIDE"),
        (0, "NDPR.OXIDE", "0 t NDPR.OXIDE"), (10**12, "NDPR.OXIDE", "1,000 t NDPR.OXIDE"),
    ],
)  # fmt: skip
def test_amounts_are_written_as_people_read_them(units: int, commodity: str, words: str) -> None:
    assert in_words(units, commodity) == words


def test_the_products_of_a_charter_are_counted_in_capitals() -> None:
    assert metal("ndpr.oxide") == "NDPR.OXIDE"
    assert is_commodity(metal("ndpr.oxide"))
    assert not set(EXPONENTS) & {metal("ndpr.oxide")}


def test_the_largest_transfer_of_metal_is_more_than_any_mine_will_ever_yield() -> None:
    assert amount_of(LARGEST, "NDPR.OXIDE") > 2_000_000_000
