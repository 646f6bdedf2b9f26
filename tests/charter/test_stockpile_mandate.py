"""The stockpile's mandate: the published numbers of rubber, JOGMEC, Project Vault and tin."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stannary.arithmetic import NUMBERS
from stannary.charter.citation import DatedNumber, Number
from stannary.charter.stockpile_mandate import (
    ACTIONS,
    CommitmentCap,
    IndicatorWeight,
    PriceBands,
    StockTarget,
    band_price,
    carrying_cost,
    composite_indicator,
    repurchase_price,
    stock_revised,
)

D = Decimal
REFERENCE = D("201.66")


def bands(**changes: Any) -> PriceBands:
    terms: dict[str, Any] = {
        "id": "rubber",
        "start": date(2026, 7, 1),
        "products": ("ore",),
        "references": (DatedNumber(value=REFERENCE, unit="c/kg", start=date(2026, 7, 1), source="inra"),),
        "must_buy": D("0.80"),
        "may_buy": D("0.85"),
        "may_sell": D("1.15"),
        "must_sell": D("1.20"),
        "source": "inra",
    }
    return PriceBands(**(terms | changes))


@pytest.mark.parametrize(
    ("share", "price"), [("0.85", "171.41"), ("1.15", "231.91"), ("0.80", "161.33"), ("1.20", "241.99")]
)
def test_bands_of_the_rubber_agreement(share: str, price: str) -> None:
    assert round(band_price(REFERENCE, D(share), using=NUMBERS), 2) == D(price)


@pytest.mark.parametrize(
    ("price", "action"),
    [
        ("161.32", "must_buy"),
        ("161.33", "may_buy"),
        ("171.42", "hold"),
        ("201.66", "hold"),
        ("231.90", "hold"),
        ("231.91", "may_sell"),
        ("242", "must_sell"),
    ],
)
def test_the_manager_acts_by_the_bands(price: str, action: str) -> None:
    assert bands().action(D(price), REFERENCE) == action


def test_without_a_price_there_is_no_action() -> None:
    assert bands().action(None, REFERENCE) is None
    assert bands().action(D(1), None) is None


def test_bands_must_widen_and_weights_sum_to_one() -> None:
    with pytest.raises(ValidationError, match="bands must widen"):
        bands(may_buy=D("0.7"))
    with pytest.raises(ValidationError, match="sum to one"):
        bands(indicator=(IndicatorWeight(series="RSS1", weight=D("0.2")),))


@pytest.mark.parametrize(
    ("net", "revised"), [(300_000, "195.61"), (-300_000, "207.71"), (299_999, "201.66"), (-299_999, "201.66")]
)
def test_net_purchases_move_the_reference_by_three_percent(net: int, revised: str) -> None:
    found = stock_revised(REFERENCE, D(net), D(300_000), D("0.03"), using=NUMBERS)
    assert round(found, 2) == D(revised)


def test_the_composite_indicator_weighs_2_3_5() -> None:
    weights = [D(200), D("0.2"), D(190), D("0.3"), D(180), D("0.5")]
    assert composite_indicator(*weights, using=NUMBERS) == 187
    assert composite_indicator(D(200), D("0.2"), None, D("0.8"), using=NUMBERS) is None


def test_jogmec_covers_sixty_days() -> None:
    target = StockTarget(
        product="ore",
        start=date(2026, 7, 1),
        days_state=D(42),
        days_private=D(18),
        days_most=D(180),
        source="j",
    )
    assert target.days == 60


def test_a_target_in_tonnes_has_no_days_and_one_without_either_is_refused() -> None:
    assert StockTarget(product="ore", start=date(2026, 7, 1), tonnes=D(5), assumed="paper").days is None
    with pytest.raises(ValidationError, match="needs days"):
        StockTarget(product="ore", start=date(2026, 7, 1), assumed="paper")


@pytest.mark.parametrize(("spot", "gain"), [(80_000, 3_000_000), (30_000, -2_000_000)])
def test_stock_is_bought_back_at_the_price_it_was_bought_at(spot: int, gain: int) -> None:
    paid = repurchase_price(D(100), D(50_000), using=NUMBERS)
    assert paid == 5_000_000
    assert 100 * spot - paid == gain


def test_carrying_is_interest_and_storage() -> None:
    assert carrying_cost(D(5_000_000), D("0.05"), D(100), D(200), D(2), using=NUMBERS) == 540_000


def test_forwards_and_guarantees_count_against_the_cap() -> None:
    """The tin council kept within its cash and fell by its forwards."""
    cap = CommitmentCap(
        start=date(2026, 7, 1),
        cash=Number(value=D(100), unit="USD", assumed="paper"),
        commitments=Number(value=D(150), unit="USD", assumed="paper"),
        assumed="paper",
    )
    assert cap.is_kept(D(100), D(30), D(20))
    assert not cap.is_kept(D(100), D(30), D(21))
    assert not cap.is_kept(D(101), D(0), D(0))


@given(st.decimals(min_value=0, max_value=1000, places=2), st.decimals(min_value=0, max_value=500, places=2))
def test_a_higher_price_never_moves_the_manager_towards_buying(price: Decimal, more: Decimal) -> None:
    first, second = (bands().action(each, REFERENCE) for each in (price, price + more))
    assert first is not None
    assert second is not None
    assert ACTIONS.index(first) <= ACTIONS.index(second)
