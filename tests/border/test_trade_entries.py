"""The atlas' trade as entry lines."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from stannary.border.assessment import assess
from stannary.border.trade_entries import entries_from_trade
from stannary.errors import NotFoundError
from stannary.zone import open_zone


def test_every_flow_of_the_year_becomes_one_line(tmp_path: Path) -> None:
    zone = open_zone("forge")
    out = tmp_path / "trade.csv"
    count = entries_from_trade(zone.charter, zone.atlas, out)
    with out.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    flows = [flow for flow in zone.atlas.trade if flow.year == max(f.year for f in zone.atlas.trade)]
    assert count == len(lines) == len(flows)
    assert sum(Decimal(line["value"] or 0) for line in lines) == sum(flow.value_usd or 0 for flow in flows)
    assert len({(line["entry_number"], line["line_number"]) for line in lines}) == count


def test_the_book_of_trade_comes_out_whole(tmp_path: Path) -> None:
    zone = open_zone("forge")
    out = tmp_path / "trade.csv"
    count = entries_from_trade(zone.charter, zone.atlas, out, entered_on=date(2026, 9, 1))
    found = assess(zone.charter, zone.atlas, out)
    summary = found.summary()
    assert summary.total.lines == count == sum(group.lines for group in summary.by["outcome"])
    rows = list(found.rows())
    assert sum(row["adjustment_usd"] for row in rows) == summary.total.adjustment_usd
    assert Counter(row["outcome"] for row in rows) == {g.name: g.lines for g in summary.by["outcome"]}
    # sources that the survey does not name are of unknown origin, which has a price
    assert {row["origin"] for row in rows if row["origin_economy"] == "XOT"} <= {"unknown", "not_tested"}


def test_a_year_without_trade_is_not_found(tmp_path: Path) -> None:
    zone = open_zone("toy")
    with pytest.raises(NotFoundError, match="1999"):
        entries_from_trade(zone.charter, zone.atlas, tmp_path / "none.csv", year=1999)
    assert list(tmp_path.iterdir()) == []
