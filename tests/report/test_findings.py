from __future__ import annotations

from decimal import Decimal


def test_covered_trade_is_all_but_what_is_out_of_scope(findings):
    summary = findings.summary
    outside = findings.outcome("out_of_scope")
    assert findings.covered_trade_usd == summary.total.customs_value_usd - outside.customs_value_usd
    assert findings.covered_lines == summary.total.lines - outside.lines


def test_sums_by_economy_and_stage_add_up_to_the_total(findings):
    total = findings.summary.total
    assert sum(economy.adjustment_usd for economy in findings.economies) == total.adjustment_usd
    assert sum(economy.lines for economy in findings.economies) == total.lines
    assert sum(sum(stage.lines.values()) for stage in findings.stages) == total.lines
    worth = sum((sum(stage.customs_value_usd.values(), Decimal(0)) for stage in findings.stages), Decimal(0))
    assert worth == total.customs_value_usd


def test_the_largest_lines_tell_price_and_floor(findings):
    first = findings.largest[0]
    assert (first.entry_number, first.adjustment_usd) == ("T02", Decimal("660000.00"))
    assert (first.price_usd_per_t, first.floor_usd_per_t) == (Decimal("66000.00"), Decimal("110000.0000"))
    assert first.why == "66,000 USD/t, below the floor of 110,000 USD/t; covered origin."
    assert first.floor_is_assumed is True


def test_an_economy_whose_goods_have_several_origins_is_mixed(findings):
    japan = next(economy for economy in findings.economies if economy.economy == "JPN")
    assert japan.origin == "mixed"


def test_both_spellings_of_an_economy_are_one(assessed):
    found = assessed(("T01", "T02"), origin_economy="br", produced_in="", separated_in="BRA")
    assert [economy.economy for economy in found.economies] == ["BRA"]


def test_every_cent_owed_on_an_assumed_floor_is_counted(findings):
    assert findings.assumed_floor_usd == findings.summary.total.adjustment_usd
