from __future__ import annotations

import re

import pytest

from stannary.market.comparison import compare
from stannary.market.outlook import Failure
from stannary.report import drawing
from stannary.report.drawing import draw, draw_png, titled
from stannary.report.market_page import comparison_page, outlook_page
from stannary.report.market_pictures import gains_by_party, price_fan, sources_by_period

from .outlooks import outlook


@pytest.fixture(scope="module")
def page():
    return outlook_page(
        outlook(failures=(Failure(1, "2027", "no equilibrium"),)), command="stannary x", files=["o.nc"]
    )


def test_the_page_says_what_was_found_what_failed_and_what_it_rests_on(page):
    assert outlook(failures=(Failure(1, "2027", "no equilibrium"),)).outcome in page
    for words in ("Floors upstream hollow out gallium.wafer.", "no estimate exists", "no equilibrium",
                  "export ban by CHN", "c" * 64, "s" * 64, "m" * 64, "stannary x", "o.nc"):  # fmt: skip
        assert words in page


def test_the_page_loads_nothing_and_runs_nothing(page):
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!#|data:)', page)


def test_the_same_outlook_gives_the_same_page(page):
    again = outlook(failures=(Failure(1, "2027", "no equilibrium"),))
    assert outlook_page(again, command="stannary x", files=["o.nc"]) == page


def test_what_a_scenario_says_is_text_in_the_page():
    hostile = outlook(title="<script>alert(1)</script>")
    assert "<script" not in outlook_page(hostile, command="x")


def test_a_page_without_the_extra_has_its_tables(monkeypatch):
    monkeypatch.setattr(drawing, "vl_convert", None)
    text = outlook_page(outlook(), command="x")
    assert "<svg" not in text
    assert "install stannary[export]" in text
    assert "What users in the zone pay" in text


def test_scenarios_stand_side_by_side_on_one_page():
    outlooks = [outlook(seed=1, title="As usual", scenario="usual"), outlook(seed=2)]
    found = compare(*outlooks)
    text = comparison_page(outlooks, [found], command="x")
    assert found.outcome in text
    assert "Who gains and who pays: An export ban" in text
    assert "Scenarios side by side" in text


def test_a_fan_holds_the_quantiles_the_floor_and_the_price_outside():
    made = outlook()
    rows = price_fan(made, "gallium.metal")["data"]["values"]
    fan = made.fan("average_price", "gallium.metal", "inside").values
    assert [row["p50"] for row in rows] == [pytest.approx(value) for value in fan[2]]
    assert all(row["p10"] <= row["p25"] <= row["p50"] <= row["p75"] <= row["p90"] for row in rows)
    assert all(row["floor"] and row["outside"] for row in rows)


def test_what_was_not_solved_is_not_drawn():
    failed = outlook(failures=tuple(Failure(draw, "2027", "why") for draw in range(5)))
    rows = price_fan(failed, "gallium.metal")["data"]["values"]
    assert rows[0]["p50"] is not None
    assert rows[1]["p50"] is rows[2]["p50"] is None
    assert {row["period"] for row in sources_by_period(failed, "gallium.metal")["data"]["values"]} == {"2026"}


def test_pictures_stand_alone_with_a_title_as_svg_and_png():
    for spec in (price_fan(outlook(draws=1), "gallium.metal"), sources_by_period(outlook(), "gallium.chip")):
        assert draw(titled(spec), "x").startswith("<svg")
        assert draw_png(titled(spec)).startswith(b"\x89PNG")


def test_gains_are_drawn_by_party_and_place():
    spec = gains_by_party(compare(outlook(seed=1), outlook(seed=2)))
    assert {row["place"] for row in spec["data"]["values"]} <= {"Zone", "CHN", "Elsewhere"}
