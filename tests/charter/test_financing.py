"""Financing: the published exposure fees."""

from decimal import Decimal

import pytest

from stannary.arithmetic import NUMBERS
from stannary.charter.financing import commitment_with_fee, exposure_fee, undrawn_fee

D = Decimal


@pytest.mark.parametrize(
    ("portion", "rate", "fee"),
    [("151250000", "0.124648", "18853010"), ("20000000", "0.124250", "2485000")],
)
def test_the_exposure_fee_is_a_share_of_the_portion(portion: str, rate: str, fee: str) -> None:
    assert round(exposure_fee(D(portion), D(rate), using=NUMBERS)) == D(fee)


def test_a_financed_fee_joins_the_commitment() -> None:
    assert round(commitment_with_fee(D(151_250_000), D("0.124648"), using=NUMBERS)) == 170_103_010


def test_the_commitment_fee_is_due_on_what_is_not_drawn() -> None:
    assert undrawn_fee(D(1000), D(400), D("0.005"), D(2), using=NUMBERS) == 6
    assert undrawn_fee(D(1000), None, D("0.005"), D(2), using=NUMBERS) is None
