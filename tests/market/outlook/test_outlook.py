from __future__ import annotations

import numpy as np
import pytest

from stannary.errors import NotFoundError
from stannary.market.outlook import BAND, Failure, make_outlook

FAILED = (Failure(1, "2028", "no equilibrium within 1e-9 after 60 steps"),)


def test_axes_have_names_and_variables_units(make):
    data = make().data
    assert dict(data.sizes) == {"draw": 5, "period": 4, "layer": 2, "good": 2, "region": 3, "origin": 4}
    assert data["price"].attrs == {
        "units": "USD per contained tonne",
        "long_name": "Price that producers receive",
        "basis": "ex works, USD of 2024",
    }
    assert data["losses"].dims == ("draw", "period", "layer", "region")
    assert [str(name) for name in data["origin"].values] == ["zone", "CHN", "rest", "by way of rest"]


def test_products_go_along_the_chain_and_pads_are_none(make):
    assert make().products == ("gallium.metal", "gallium.wafer", "gallium.chip")


def test_a_failed_draw_holds_no_number_from_the_period_it_failed_in(make):
    outlook = make(failures=FAILED)
    held = np.isfinite(outlook.data["price"].values).all(axis=(2, 3, 4))
    assert held[1].tolist() == [True, True, False, False]
    assert held[[0, 2, 3, 4]].all()
    assert outlook.solved.tolist() == [True, False, True, True, True]


def test_failed_draws_are_left_out_of_quantiles_and_said_in_the_outcome(make):
    outlook, whole = make(failures=FAILED), make()
    fan = outlook.fan("price", "gallium.wafer", "zone", BAND)
    values = whole.series("price", "gallium.wafer", "zone").values
    assert np.allclose(fan.values[:, 0], np.quantile(values[:, 0], BAND))
    assert np.allclose(fan.values[:, 3], np.quantile(np.delete(values[:, 3], 1), BAND))
    assert "1 of 5 draws could not be solved and is left out." in outlook.outcome
    assert "could not be solved" not in whole.outcome


def test_an_outlook_without_a_solved_draw_says_so(make):
    failures = tuple(Failure(draw, "2026", "why") for draw in range(5))
    outcome = make(failures=failures).outcome
    assert "no draw was solved" in outcome
    assert "5 of 5 draws" in outcome


def test_the_outcome_names_price_product_spread_and_change(make):
    outlook = make()
    low, middle, high = outlook.figure("average_price", outlook.headline_product, "zone", 2029)
    said = outlook.outcome
    assert said.startswith("An export ban: in 2029 users in the zone pay ")
    assert f"{middle:,.0f} USD/t for {outlook.headline_product} ({low:,.0f} to {high:,.0f} in eight" in said


def test_tonnes_and_money_add_up_over_regions_and_prices_do_not(make):
    outlook = make()
    whole = outlook.series("outlay").values
    assert np.allclose(whole, outlook.data["outlay"].sum(("layer", "good", "region")).values)
    assert outlook.series("outlay", None, "zone").shape == (5, 4)
    with pytest.raises(NotFoundError, match="does not add up"):
        outlook.series("protection", "gallium.metal")


def test_the_price_of_several_regions_is_averaged_with_what_they_make_or_use(make):
    outlook = make()
    price, made = (outlook.data[name].values[:, :, 0, 0, 1:] for name in ("price", "output"))
    found = outlook.series("price", "gallium.metal", ("CHN", "rest")).values
    assert np.allclose(found, (price * made).sum(-1) / made.sum(-1))


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        (("prise", "gallium.metal", "zone"), "price"),
        (("price", "gallium.metl", "zone"), "gallium.metal"),
        (("price", "gallium.metal", "CHM"), "CHN"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(make, asked, near):
    with pytest.raises(NotFoundError, match=near):
        make().series(*asked)


def test_an_unknown_variable_is_no_part_of_an_outlook(model, make):
    with pytest.raises(KeyError):
        make_outlook(model, {"mood": np.zeros((1, 1))}, ("2026",), make().story)


def test_it_shows_itself_in_a_line(make):
    shown = repr(make())
    assert "gallium, export_ban: 5 draws x 4 periods (2026 to 2029)" in shown
