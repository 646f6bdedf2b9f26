from __future__ import annotations

import json
from io import StringIO

import pytest
from rich.console import Console

from stannary.market.comparison import compare
from stannary.market.outlook import Failure
from stannary.report.market_terminal import told_comparison, told_outlook, told_scenarios
from stannary.report.market_told import comparison_as_data, outlook_as_data, quantile_rows

from .outlooks import outlook


def drawn(thing):
    console = Console(file=StringIO(), width=120, highlight=False)
    console.print(thing)
    return " ".join(console.file.getvalue().split())


def test_data_holds_the_sentence_the_story_and_the_prices():
    made = outlook(failures=(Failure(1, "2027", "no equilibrium"),))
    told = outlook_as_data(made, command="x")
    assert json.loads(json.dumps(told)) is not None
    assert told["outcome"] == made.outcome
    assert (told["draws"], told["solved_draws"]) == (5, 4)
    assert list(told["failures"]) == [{"draw": 1, "period": "2027", "reason": "no equilibrium"}]
    assert told["lineage"]["run"] == made.story.lineage.run
    assert told["assumptions"][0]["text"] == "no estimate exists"
    assert {row["region"] for row in told["zone_prices"]} == {"inside"}
    assert told["variables"]["price"]["basis"] == "ex works, USD of 2024"
    assert list(told)[-1] == "command"


def test_every_variable_but_flows_has_rows_and_no_number_is_null():
    failed = outlook(failures=tuple(Failure(draw, "2028", "why") for draw in range(5)))
    rows = list(quantile_rows(failed))
    assert {row["measure"] for row in rows} == {
        str(name) for name, each in failed.data.data_vars.items() if "origin" not in each.dims
    }
    last = [row for row in rows if row["period"] == "2028"]
    assert last
    assert all(row["p50"] is None for row in last)
    assert {row["product"] for row in rows if row["measure"] == "price"} == set(failed.products)


def test_a_comparison_is_data_too():
    found = compare(outlook(seed=1), outlook(seed=2))
    told = comparison_as_data(found)
    assert told["outcome"] == found.outcome
    assert told["same_draws"] is True
    assert told["gains_usd"][0]["middle"] == pytest.approx(found.gains[0].middle)


def test_the_terminal_says_sentence_cautions_failures_and_tables():
    made = outlook(failures=(Failure(1, "2027", "no equilibrium"),))
    text = drawn(told_outlook(made))
    for words in (
        made.outcome, "Floors upstream hollow out gallium.wafer.", "What users in the zone pay",
        "Where the zone buys", "Protection along the chain", "What the law moves", "1 in 2027",
        "Rests on 1 assumptions and 1 adjustments", made.story.lineage.run,
    ):  # fmt: skip
        assert words in text


def test_the_terminal_sets_scenarios_side_by_side():
    outlooks = [outlook(seed=1), outlook(seed=2)]
    found = compare(*outlooks)
    text = drawn(told_scenarios(outlooks, [found]))
    assert found.outcome in text
    assert "Who gains and who pays" in drawn(told_comparison(found))
    assert "Scenarios side by side" in text
