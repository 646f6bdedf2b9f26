"""Goals are read as people write them, and refused with everything that is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.errors import MarketError
from stannary.market.goals import Goal, aim, read_goal, read_measure

from .worlds import pair

READ: dict[str, dict[str, Any]] = {
    "share CHN of gallium.metal <= 50% by 2035 with 95%": {
        "kind": "share", "supplier": "CHN", "product": "gallium.metal", "limit": 0.5, "by": 2035,
    },
    'share_from("CHN") <= 0.5 by 2035 with probability 0.95': {
        "kind": "share", "supplier": "CHN", "limit": 0.5, "by": 2035,
    },
    "share any at most 65 % by 2030": {"kind": "share", "supplier": "any", "limit": 0.65, "by": 2030},
    "Share OUTSIDE ≤ 40% in 2031 with 90%": {
        "kind": "share", "supplier": "outside", "limit": 0.4, "by": 2031, "probability": 0.9,
    },
    "made of ndpr.oxide at least 40% by 2030 with a probability of 0.8": {
        "kind": "made", "product": "ndpr.oxide", "limit": 0.4, "by": 2030, "probability": 0.8,
    },
    "price of tungsten.apt <= 90 USD/kg from 2029 with 50%": {
        "kind": "price", "product": "tungsten.apt", "limit": 90_000.0, "by": 2029, "probability": 0.5,
    },
    "price of tungsten.apt <= 90,000 by 2029": {
        "kind": "price", "product": "tungsten.apt", "limit": 90_000.0, "by": 2029,
    },
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_a_goal_is_read_as_it_is_written(text):
    assert read_goal(text) == Goal(**READ[text])


@given(
    st.sampled_from(["CHN", "any", "outside"]), st.integers(0, 1000), st.integers(2025, 2060),
    st.integers(1, 999),
)  # fmt: skip
def test_the_words_of_a_goal_are_read_as_the_goal(supplier, limit, year, chance):
    goal = Goal(kind="share", supplier=supplier, limit=limit / 1000, by=year, probability=chance / 1000)
    again = read_goal(goal.words)
    assert again.limit == pytest.approx(goal.limit)
    assert again.probability == pytest.approx(goal.probability)
    assert (again.kind, again.supplier, again.by) == (goal.kind, goal.supplier, goal.by)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  ", ["it is empty", "no limit", "no year"]),
        ("shar CHN <= 50% by 2035", ["did you mean share?"]),
        ("share CHN >= 50% by 2035", ["held below"]),
        ("made <= 50% by 2035", ["held above"]),
        ("share CHN <= 50 by 2035", ["write 50% or a share of 1"]),
        ("share CHN <= 150% by 2035", ["outside 0% to 100%"]),
        ("share CHN <= -5% by 2035", ["outside 0% to 100%"]),
        ("share <= 50% by 2035", ["name a region"]),
        ("share CHN of", ["follows the word of", "no limit", "no year"]),
        ("share CHN <= 50% by soon", ["'soon' is not a year"]),
        ("share CHN <= 50% by 20355", ["'20355' is not a year"]),
        ("share CHN <= 50% by 2035 with 95", ["write 95%"]),
        ("share CHN <= 50% by 2035 with 0%", ["between 0 and 1"]),
        ("share CHN <= 50% by 2035 with 100%", ["between 0 and 1"]),
        ("price of x <= 50% by 2035", ["not in percent"]),
        ("price of x <= 0 by 2035", ["above 0"]),
        ("share CHN <= 50% by 2035; drop table", ["not a year"]),
        ("share CHN <= 50% by 2035 please", ["'please' is not understood"]),
        ("share CHN <= nan by 2035", ["no limit"]),
        ("share " + "x" * 400, ["longer than any goal"]),
        ("<script>alert(1)</script>", ["not with share, made or price"]),
        ("\x00\n\t", ["not with share"]),
    ],
)
def test_a_goal_that_is_not_one_is_refused_with_all_that_is_wrong(text, said):
    with pytest.raises(MarketError) as refusal:
        read_goal(text)
    whole = str(refusal.value)
    assert all(problem.code == "STN-DESIGN-001" for problem in refusal.value.problems)
    for words in said:
        assert words in whole


@given(st.text(max_size=80))
def test_no_text_crashes_the_reader(text):
    for read in (read_goal, read_measure):
        try:
            read(text)
        except MarketError as error:
            assert error.problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("share CHM <= 50% by 2032", "did you mean CHN"),
        ("share CHN of tin.matal <= 50% by 2032", "did you mean tin.metal"),
        ("share CHN <= 50% by 2040", "ends in 2032"),
        ("price <= 50 by 2032", "a price is that of a product"),
    ],
)
def test_a_goal_that_does_not_fit_the_market_is_refused(text, said):
    with pytest.raises(MarketError, match=said):
        aim(read_goal(text), pair(), ("2030", "2031", "2032"))


def test_a_goal_holds_in_its_year_and_every_later_one():
    found = aim(read_goal("share CHN <= 50% by 2031"), pair(), ("2030", "2031", "2032"))
    assert found.periods == (1, 2)
    assert found.goods == ((0, 0),)
    assert found.suppliers == (1,)
