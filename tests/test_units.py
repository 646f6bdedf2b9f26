"""Exact factors, as published, and the one rounding of money."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.errors import Place, UnitError
from stannary.units import (
    CENT,
    EVERYDAY_NAMES,
    EXACT,
    MASS_UNITS,
    allocate,
    round_cents,
    round_minor,
    tonnes_per,
    usd_per_tonne,
)

# Factors to the kilogram: NIST Special Publication 811 (2008), appendix B.8, exact entries;
# the pound by the international agreement of 1959, the metric carat by the fourth CGPM of 1907.
KILOGRAMS = {
    "TNE": "1000", "KTN": "1000000", "DTN": "100", "KGM": "1", "HGM": "0.1", "GRM": "0.001",
    "MGM": "0.000001", "LBR": "0.45359237", "ONZ": "0.028349523125", "APZ": "0.0311034768",
    "STN": "907.18474", "LTN": "1016.0469088",
    "CWA": "45.359237", "CWI": "50.80234544", "CTM": "0.0002",
}  # fmt: skip

UNITS = st.sampled_from(sorted(MASS_UNITS))
AMOUNTS = st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False, places=6)


@pytest.mark.parametrize(("unit", "kilograms"), KILOGRAMS.items())
def test_every_factor_is_the_published_one_to_the_last_digit(unit: str, kilograms: str) -> None:
    assert tonnes_per(unit) * 1000 == Decimal(kilograms)


def test_every_unit_has_a_published_factor_and_a_name() -> None:
    assert set(KILOGRAMS) == set(MASS_UNITS)
    assert all(name for _, name in MASS_UNITS.values())


@pytest.mark.parametrize(("name", "unit"), EVERYDAY_NAMES.items())
def test_everyday_names_stand_for_their_code(name: str, unit: str) -> None:
    assert tonnes_per(name) == tonnes_per(unit)
    assert tonnes_per(f"  {name.upper()} ") == tonnes_per(unit)


def test_a_troy_ounce_is_not_an_ounce_and_a_short_ton_is_not_a_long_one() -> None:
    assert tonnes_per("oz t") * 7000 == tonnes_per("lb") * 480  # 480 and 7000 grains
    assert tonnes_per("long ton") * 2000 == tonnes_per("short ton") * 2240


@pytest.mark.parametrize("unit", ["", "kilo", "TON", "barrel", "m3", "KGM KGM", "١"])
def test_a_unit_that_is_not_of_mass_is_refused_with_its_place(unit: str) -> None:
    with pytest.raises(UnitError) as caught:
        tonnes_per(unit, place=Place("prices.csv", 3, 7))
    (problem,) = caught.value.problems
    assert problem.code == "STN-UNIT-001"
    assert str(problem.place) == "prices.csv:3:7"
    assert "KGM" in problem.remedy


@pytest.mark.parametrize(
    ("price", "unit", "usd_per_t"),
    [
        ("66", "USD/kg", "66000"),
        ("110000", "USD/t", "110000"),
        ("0.5", " usd / KG ", "500"),
        ("45", "USc/kg", "450"),
        ("0.45359237", "USD/lb", "1000"),
        ("45.359237", "USc/lb", "1000"),
        ("31.1034768", "USD/oz t", "1000000"),
    ],
)
def test_a_price_per_mass_becomes_usd_per_tonne(price: str, unit: str, usd_per_t: str) -> None:
    assert usd_per_tonne(Decimal(price), unit) == Decimal(usd_per_t)


@pytest.mark.parametrize(("unit", "kilograms"), KILOGRAMS.items())
def test_a_price_is_right_to_28_digits_in_every_unit(unit: str, kilograms: str) -> None:
    exact = Fraction(1000) / Fraction(kilograms)
    found = Fraction(usd_per_tonne(Decimal(1), f"USD/{unit}"))
    assert abs(found - exact) <= exact / 10**27


@pytest.mark.parametrize("unit", ["USD", "USD/", "EUR/kg", "kg", "/kg", "USD/mtu", ""])
def test_a_price_that_is_not_dollars_per_mass_is_refused(unit: str) -> None:
    with pytest.raises(UnitError):
        usd_per_tonne(Decimal(1), unit)


@given(UNITS, st.decimals(0, 10**9, allow_nan=False, allow_infinity=False, places=4))
def test_a_price_times_its_mass_is_the_same_money_in_every_unit(unit: str, price: Decimal) -> None:
    back = usd_per_tonne(price, f"USD/{unit}") * tonnes_per(unit)
    assert abs(back - price) <= abs(price) * Decimal("1e-26")


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0.005", "0.01"), ("-0.005", "-0.01"), ("0.0049999999999999999999999999999", "0.00"),
        ("2.675", "2.68"), ("1.015", "1.02"), ("-1.014", "-1.01"), ("0", "0.00"), ("528000", "528000.00"),
    ],
)  # fmt: skip
def test_money_is_rounded_half_away_from_zero(amount: str, cents: str) -> None:
    assert str(round_cents(Decimal(amount))) == cents


@given(AMOUNTS)
def test_rounding_moves_money_by_half_a_cent_at_most_and_only_once(amount: Decimal) -> None:
    rounded = round_cents(amount)
    assert abs(rounded - amount) <= CENT / 2
    assert round_cents(rounded) == rounded
    assert round_cents(-amount) == -rounded


@given(AMOUNTS, AMOUNTS)
def test_rounding_keeps_the_order_of_amounts(first: Decimal, second: Decimal) -> None:
    low, high = sorted((first, second))
    assert round_cents(low) <= round_cents(high)


@given(st.integers(-(10**40), 10**40), st.integers(3, 40))
def test_rounding_is_exact_however_long_the_number(digits: int, places: int) -> None:
    cents, rest = divmod(abs(digits), 10 ** (places - 2))
    expected = cents + (2 * rest >= 10 ** (places - 2))
    assert abs(int(round_cents(Decimal(digits).scaleb(-places, EXACT)).scaleb(2, EXACT))) == expected


@pytest.mark.parametrize(
    ("amount", "exponent", "units"),
    [
        ("1.005", 2, 101), ("-1.005", 2, -101), ("1.0049999999999999999999999999", 2, 100), ("2.5", 0, 3),
        ("-2.5", 0, -3), ("0.5", 0, 1), ("1.2345", 3, 1235), ("0", 9, 0), ("12.5", 9, 12_500_000_000),
    ],
)  # fmt: skip
def test_minor_units_are_rounded_half_away_from_zero(amount: str, exponent: int, units: int) -> None:
    assert round_minor(Decimal(amount), exponent) == units


@given(AMOUNTS)
def test_cents_and_minor_units_are_one_rounding(amount: Decimal) -> None:
    assert round_minor(amount, 2) == round_cents(amount) * 100


@given(st.integers(-(10**40), 10**40), st.integers(0, 40), st.integers(0, 9))
def test_minor_units_are_exact_however_long_the_number(digits: int, places: int, exponent: int) -> None:
    exact = Fraction(abs(digits) * 10**exponent, 10**places)
    expected = int(exact + Fraction(1, 2))
    assert abs(round_minor(Decimal(digits).scaleb(-places, EXACT), exponent)) == expected


WEIGHTS = st.lists(st.decimals(0, 10**9, places=4), min_size=1, max_size=12).filter(any)


@given(st.integers(-(10**18), 10**18), WEIGHTS)
def test_no_cent_is_lost_and_no_share_is_off_by_one(total: int, weights: list[Decimal]) -> None:
    shares = allocate(total, weights)
    whole = sum(map(Fraction, weights))
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - total * Fraction(weight) / whole) < 1
        assert share * total >= 0
        assert weight or not share


@given(st.integers(0, 10**12), WEIGHTS, st.integers(1, 10**6))
def test_shares_depend_on_the_proportions_alone(total: int, weights: list[Decimal], scale: int) -> None:
    shares = allocate(total, weights)
    assert allocate(total, [EXACT.multiply(weight, scale) for weight in weights]) == shares
    assert allocate(-total, weights) == tuple(-share for share in shares)


@given(st.integers(0, 10**12), WEIGHTS)
def test_the_larger_remainder_is_served_first_and_then_the_earlier(
    total: int, weights: list[Decimal]
) -> None:
    whole = sum(map(Fraction, weights))
    exact = [total * Fraction(weight) / whole for weight in weights]
    shares = allocate(total, weights)
    rests = [
        (each - int(each), -at, share > int(each))
        for at, (each, share) in enumerate(zip(exact, shares, strict=True))
    ]
    served = [rest[:2] for rest in rests if rest[2]]
    unserved = [rest[:2] for rest in rests if not rest[2]]
    assert not served or not unserved or min(served) > max(unserved)


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (10_000, ["1", "1", "1"], (3_334, 3_333, 3_333)),
        (-10_000, ["1", "1", "1"], (-3_334, -3_333, -3_333)),
        (1, ["1", "1"], (1, 0)), (5, ["0", "3", "0"], (0, 5, 0)), (100, ["0.5", "0.3", "0.2"], (50, 30, 20)),
        (0, ["2", "1"], (0, 0)), (7, ["0.1", "0.1", "0.1"], (3, 2, 2)),
    ],
)  # fmt: skip
def test_worked_allocations(total: int, weights: list[str], shares: tuple[int, ...]) -> None:
    assert allocate(total, [Decimal(weight) for weight in weights]) == shares


@pytest.mark.parametrize(
    "weights", [[], ["0"], ["0", "0"], ["1", "-1"], ["2", "-1"], ["NaN"], ["Infinity"], ["1", "-0.1"]]
)
def test_weights_that_cannot_share_are_refused(weights: list[str]) -> None:
    with pytest.raises(ValueError):
        allocate(100, [Decimal(weight) for weight in weights])
