"""Duty rules: published examples, and what must hold of every rule."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.arithmetic import NUMBERS
from stannary.charter.border_adjustment import (
    AdValorem,
    Cliff,
    Gap,
    LicenceGate,
    QuotaThenGap,
    Tier,
    Tiered,
    TriggerOnly,
    breach,
    capped,
    frontier_value,
    gap,
    shared,
)
from stannary.charter.charter import Charter

D = Decimal
ORANGES = Cliff(tolerance=D("0.08"), maximum_duty_usd_per_t=D(71))
SAFEGUARD = Tiered(
    tiers=tuple(
        Tier(from_share=D(start), rate=D(rate))
        for start, rate in (("0.1", "0.3"), ("0.4", "0.5"), ("0.6", "0.7"), ("0.75", "0.9"))
    )
)
RULES = (
    Gap(), Gap(tariff=D("0.09")), ORANGES, SAFEGUARD, QuotaThenGap(), LicenceGate(), TriggerOnly(),
)  # fmt: skip
PRICE = st.decimals(min_value=0, max_value=1000, places=3)
rules = st.sampled_from(RULES)


@pytest.mark.parametrize(
    ("price", "duty"), [("336.3", "17.7"), ("325.68", "71"), ("320", "71"), ("354", "0"), ("325.69", "28.31")]
)
def test_entry_price_of_oranges(price: str, duty: str) -> None:
    """Published for 336.3; at exactly 8% below the entry price the maximum is due."""
    assert ORANGES.duty(D(price), D(354)) == D(duty)


@pytest.mark.parametrize(
    ("price", "duty"),
    [(92, 0), (90, 0), (85, "1.5"), (60, 9), (50, 14), (30, 26), (25, "29.5"), (20, 34)],
)
def test_additional_duty_of_regulation_504_2007(price: int, duty: str | int) -> None:
    assert SAFEGUARD.duty(D(price), D(100)) == D(duty)


@pytest.mark.parametrize(("price", "duty"), [(1200, 1208), (2408, 0), (2500, 0)])
def test_ferro_silicon_out_of_quota(price: int, duty: int) -> None:
    assert QuotaThenGap().duty(D(price), D(2408)) == duty


@pytest.mark.parametrize(
    ("floor", "price", "duty"), [("0.37", "0.30", "0.07"), ("0.42", "0.30", "0.12"), ("0.42", "0.45", "0")]
)
def test_solar_minimum_import_price(floor: str, price: str, duty: str) -> None:
    assert Gap().duty(D(price), D(floor)) == D(duty)


@pytest.mark.parametrize(
    ("floor", "reference", "duty"), [(176, 164, 12), (176, 158, 18), (612, 520, 92), (612, 522, 90)]
)
def test_price_band_of_peru(floor: int, reference: int, duty: int) -> None:
    assert Gap().duty(D(reference), D(floor)) == duty


@pytest.mark.parametrize(("milled", "paddy"), [(92, 64), (90, 63)])
def test_paddy_rice_pays_seven_tenths_of_milled(milled: int, paddy: int) -> None:
    assert round(shared(D(milled), D("0.7"), using=NUMBERS)) == paddy


def test_the_band_of_peru_charges_the_tariff_on_the_gap() -> None:
    assert Gap(tariff=D("0.09")).duty(D(164), D(176)) == D("13.08")


@pytest.mark.parametrize(("price", "broken"), [("3.5", 0), ("3.49", 1)])
def test_knitted_fabric_is_free_at_the_floor(price: str, broken: int) -> None:
    assert breach(D(price), D("3.5"), False, using=NUMBERS) == broken


@pytest.mark.parametrize(("price", "broken"), [("50", 1), ("50.01", 0)])
def test_apples_are_prohibited_at_the_floor(price: str, broken: int) -> None:
    assert breach(D(price), D(50), True, using=NUMBERS) == broken


def test_aluminium_derivatives_pay_on_their_content() -> None:
    assert AdValorem(rate=D("0.5")).duty(D(200), None) == 100
    assert AdValorem(rate=D("0.5")).duty(D(1000), None) == 500


@pytest.mark.parametrize(("price", "breaks"), [("0.31", 0), ("0.30", 1)])
def test_a_tomato_sold_at_its_reference_price_is_no_breach(price: str, breaks: int) -> None:
    assert breach(D(price), D("0.31"), False, using=NUMBERS) == breaks


# -- what must hold of every rule ---------------------------------------------------------------------------


@given(rules, PRICE, PRICE, PRICE)
def test_a_higher_floor_never_lowers_a_duty(rule: Any, price: D, floor: D, more: D) -> None:
    assert rule.duty(price, floor + more) >= rule.duty(price, floor)


@given(rules, PRICE, PRICE, PRICE)
def test_a_lower_price_never_lowers_a_duty(rule: Any, price: D, less: D, floor: D) -> None:
    lower = max(price - less, D(0))
    assert rule.duty(lower, floor) >= rule.duty(price, floor)


@given(rules, PRICE, PRICE, st.decimals(min_value="0.001", max_value=10**6, places=3))
def test_every_rule_is_homogeneous_of_degree_one(rule: Any, price: D, floor: D, tonnes: D) -> None:
    """Duty on a line's totals is the duty per tonne times its tonnes."""
    assert rule.duty(price * tonnes, floor * tonnes, tonnes) == rule.duty(price, floor) * tonnes


@given(rules, PRICE, PRICE)
def test_at_or_above_the_floor_nothing_is_due(rule: Any, floor: D, above: D) -> None:
    assert rule.duty(floor + above, floor) == 0 or floor == above == 0


@given(rules, PRICE)
def test_a_missing_input_gives_a_missing_duty(rule: Any, number: D) -> None:
    assert rule.duty(None, number) is None
    assert rule.duty(number, None) is None


STEP = D("0.001")


@given(st.sampled_from([Gap(), SAFEGUARD, QuotaThenGap()]), PRICE, PRICE)
def test_gap_and_tiered_do_not_jump(rule: Any, price: D, floor: D) -> None:
    assert 0 <= rule.duty(price, floor) - rule.duty(price + STEP, floor) <= STEP


@given(PRICE, PRICE)
def test_a_tiered_duty_never_exceeds_the_gap(price: D, floor: D) -> None:
    assert SAFEGUARD.duty(price, floor) <= gap(price, floor, using=NUMBERS)


@given(PRICE, PRICE, PRICE, st.decimals(min_value=0, max_value=2, places=2))
def test_a_cap_lowers_and_never_raises(price: D, floor: D, more: D, share: D) -> None:
    duty = gap(price, floor, using=NUMBERS)
    limited = capped(duty, floor, share, using=NUMBERS)
    assert limited <= duty
    assert limited <= floor * share
    higher = capped(gap(price, floor + more, using=NUMBERS), floor + more, share, using=NUMBERS)
    assert higher >= limited


@given(PRICE, PRICE, PRICE, PRICE)
def test_the_frontier_value_adds_what_is_left_out(value: D, freight: D, insurance: D, duties: D) -> None:
    found = frontier_value(value, freight, insurance, duties, using=NUMBERS)
    assert found + duties == value + freight + insurance


def test_no_digit_is_lost_in_long_numbers() -> None:
    price, floor = D("0.000000000000000000000000000001"), D(10) ** 29
    assert Gap().duty(price, floor) == D("99999999999999999999999999999.999999999999999999999999999999")


def test_tiers_must_rise() -> None:
    with pytest.raises(ValueError, match="tiers must start at rising shares"):
        Tiered(tiers=(Tier(from_share=D("0.4"), rate=D(1)), Tier(from_share=D("0.1"), rate=D(1))))


def test_a_rule_that_names_a_product_goes_before_the_general_one(charter: Callable[..., Charter]) -> None:
    text = (
        "valuation: {incoterms: []}\nrules:\n"
        "  - {id: general, from: 2026-07-01, rule: {kind: gap}, source: treaty}\n"
        "  - {id: ore, from: 2027-01-01, products: [ore], rule: {kind: trigger_only}, source: treaty}\n"
    )
    adjustment = charter(border_adjustment=text).border_adjustment
    chosen = [
        getattr(adjustment.rule_for(product, day), "id", None)
        for product, day in (
            ("oxide", date(2027, 1, 1)), ("ore", date(2026, 12, 31)), ("ore", date(2027, 1, 1)),
            ("ore", date(2026, 6, 30)),
        )
    ]  # fmt: skip
    assert chosen == ["general", "general", "ore", None]
