from __future__ import annotations

import numpy as np
import pytest

from stannary.market.comparison import compare
from stannary.market.outlook import Failure
from stannary.report.market_tables import (
    budgets,
    changes,
    gains,
    levels,
    millions,
    number,
    prices,
    protection,
    shares_by_source,
    sourcing,
)

from .outlooks import numbers, outlook

ALL_FAILED = tuple(Failure(draw, "2026", "why") for draw in range(5))


def test_prices_are_told_with_spread_peak_and_floor():
    told = prices(outlook())
    assert [row[0] for row in told.rows] == ["gallium.metal", "gallium.wafer", "gallium.chip"]
    low, middle, high = outlook().figure("average_price", "gallium.metal", "zone", "2028")
    assert told.rows[0][2] == f"{middle:,.0f} ({low:,.0f} to {high:,.0f})"
    assert "USD of 2024" in told.note


def test_one_draw_has_no_spread():
    assert "(" not in prices(outlook(draws=1)).rows[0][2]


def test_shares_of_sources_sum_to_one():
    shares = shares_by_source(outlook(), "gallium.metal")
    assert np.allclose(shares.sum(0), 1.0)
    assert [row[1] for row in sourcing(outlook()).rows[:2]] == ["2026", "2028"]


def test_budgets_are_sums_over_the_periods_in_millions():
    made = outlook(draws=1)
    told = budgets(made)
    whole = float(made.series("levies", None, "CHN").sum())
    row = next(row for row in told.rows if row[0] == "CHN")
    assert row[told.columns.index("Levies")] == millions(whole)


def test_protection_is_told_of_the_last_period_with_a_floor():
    arrays = numbers(5, 0)
    arrays["floor"][:, 2] = 0.0
    told = protection(outlook(arrays=arrays))
    assert "In 2027" in told.note
    made, free = (np.median(arrays[name][:, 1, 0, 0, 0]) for name in ("output", "output_without_floors"))
    assert told.rows[0][-1] == f"{made / free - 1:+.0%}"


def test_gains_are_told_by_party_and_region_with_their_spread():
    found = compare(outlook(seed=1), outlook(seed=2))
    told = gains(found)
    assert told.columns == ("Party", "inside", "CHN", "rest")
    assert told.rows[-1][0] == "All together"
    assert " to " in told.rows[0][1]
    assert "eight of ten" in told.note
    apart = gains(compare(outlook(seed=1), outlook(draws=6, seed=2)))
    assert "no draw in common" in apart.note


def test_changes_are_signed():
    told = changes(compare(outlook(seed=1), outlook(seed=2)))
    assert told.rows[0][1][0] in "+-"


def test_scenarios_are_told_in_a_line_each_with_what_was_not_solved():
    told = levels([outlook(), outlook(seed=3, scenario="other", failures=ALL_FAILED[:2])])
    assert [row[0] for row in told.rows] == ["export_ban", "other"]
    assert told.rows[1][-1] == "2 of 5"


def test_what_is_not_a_number_is_a_dash():
    failed = outlook(failures=ALL_FAILED)
    assert prices(failed).rows[0][1:] == ("–",) * 6
    assert protection(failed).rows == ()
    assert sourcing(failed).rows[0][3] == "–"


@pytest.mark.parametrize(
    ("value", "told"),
    [(1234.5, "1,234"), (12.34, "12.3"), (0.123, "0.12"), (float("nan"), "–"), (-5, "-5.00")],
)
def test_numbers_keep_three_figures(value, told):
    assert number(value) == told


def test_no_amount_is_minus_nought():
    assert millions(-1.0) == "0.0"
