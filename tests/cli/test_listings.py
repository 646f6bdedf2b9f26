from __future__ import annotations

from stannary.border.codes import REASONS
from stannary.border.entries import COLUMNS_OF_AN_ENTRY
from stannary.errors import CATALOGUE
from stannary.zone import SHIPPED


def test_every_zone_that_ships_is_listed(run):
    assert [row["zone"] for row in run("zones").data] == list(SHIPPED)


def test_every_code_is_listed(run):
    assert {row["code"]: row["meaning"] for row in run("codes", "errors").data} == CATALOGUE
    assert [row["reason"] for row in run("codes", "reasons").data] == [reason.name for reason in REASONS]
    assert [row["column"] for row in run("codes", "columns").data] == [c.name for c in COLUMNS_OF_AN_ENTRY]


def test_only_reasons_that_refer_a_line_are_marked_so(run):
    marked = {row["reason"] for row in run("codes").data if row["refers_the_line"]}
    assert "floor_missing" in marked
    assert not {"none", "below_floor", "zone_origin"} & marked


def test_codes_are_a_table_too(run):
    assert "floor_missing" in run("codes", "--format", "table").out
