"""The cobweb: output decided on the last price makes gaps grow by -b / d a period (Ezekiel 1938)."""

from __future__ import annotations

import numpy as np
import pytest

from stannary.market.path import path

from .worlds import Periods, straight


@pytest.mark.parametrize(("b", "periods"), [(0.5, 12), (1.0, 12), (1.2, 6)])
def test_the_gap_to_rest_is_multiplied_by_minus_the_slope_of_supply_over_that_of_demand(b, periods):
    world = straight(b, 1.0, plans_ahead=1.0, expectation_weight=1.0)
    price = np.asarray(path(world, Periods(periods)).record.price).ravel()
    gap = np.concatenate([[5.0], price]) - 9.0 / (1.0 + b)
    np.testing.assert_allclose(gap[1:], -b * gap[:-1], atol=1e-8)


def test_adaptive_expectations_make_the_ratio_one_less_the_weight_times_one_plus_b_over_d():
    """Nerlove 1958: the ratio of gaps is ``1 - weight (1 + b / d)``, so that 1.2 no longer explodes."""
    weight, b = 0.4, 1.2
    world = straight(b, 1.0, plans_ahead=1.0, expectation_weight=weight)
    price = np.asarray(path(world, Periods(6)).record.price).ravel()
    gap = price - 9.0 / (1.0 + b)
    np.testing.assert_allclose(gap[1:], (1.0 - weight * (1.0 + b)) * gap[:-1], atol=1e-7)
    assert abs(gap[0]) > 0.1


def test_who_knows_the_price_beforehand_makes_no_cobweb():
    world = straight(1.2, 1.0, plans_ahead=1.0, given_price=9.0 / 2.2)
    price = np.asarray(path(world, Periods(5)).record.price).ravel()
    np.testing.assert_allclose(price, 9.0 / 2.2, rtol=1e-9)
