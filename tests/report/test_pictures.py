from __future__ import annotations

from stannary.report import pictures
from stannary.report.drawing import draw
from stannary.report.pictures import money_by_economy, money_by_name, prices_against_floors


def test_a_price_above_the_axis_is_drawn_to_its_end_and_labelled_as_it_is(findings):
    spec = prices_against_floors("x", findings.products, most=1.1)
    rows = spec["data"]["values"]
    assert max(row["ratio"] for row in rows) == 1.1
    assert "134%" in {row["label"] for row in rows}


def test_products_without_a_floor_or_price_are_left_out(findings):
    drawn = {row["name"] for row in prices_against_floors("x", findings.products)["data"]["values"]}
    priced = {line.title for line in findings.products if line.price_usd_per_t and line.floor_usd_per_t}
    assert drawn == priced


def test_only_economies_that_owe_are_drawn_in_the_colour_of_their_origin(findings):
    spec = money_by_economy("x", findings.economies)
    assert all(row["amount"] > 0 for row in spec["data"]["values"])
    scale = spec["layer"][0]["encoding"]["color"]["scale"]
    assert len(scale["domain"]) == len(scale["range"])
    assert set(scale["range"]) <= set(pictures.ORIGIN_COLOURS.values())


def test_a_hostile_name_is_text_in_a_picture():
    svg = draw(money_by_name('x"><script>', [("<script>alert(1)</script>", 5e6)]), "m")
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_a_picture_is_the_same_every_time():
    spec = money_by_name("x", [("Gallium", 5e6), ("Tungsten", 3e6)])
    assert draw(spec, "m") == draw(spec, "m")
