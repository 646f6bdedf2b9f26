"""Tariff quotas whose balance the charter keeps."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from stannary.border.assessment import assess
from stannary.border.law_tables import compile_law
from stannary.border.together import assess_lines
from stannary.charter.border_adjustment import QuotaThenGap
from stannary.charter.charter import Charter
from stannary.zone import Zone, open_zone

LINE = {
    "tariff_code": "28469010", "quantity_unit": "TNE", "value": "100000", "currency": "USD",
    "origin_economy": "CHN", "importer": "A", "quota_order": "Q1",
}  # fmt: skip


@pytest.fixture(scope="module")
def toy() -> Zone:
    return open_zone("toy")


def with_quota(charter: Charter, tonnes: str, period: str = "quarter") -> Charter:
    """Give the charter with every gap turned into a quota of some tonnes, then the gap."""
    rule = QuotaThenGap(quota_tonnes=Decimal(tonnes), period=period)  # type: ignore[arg-type]
    article = charter.border_adjustment
    rules = tuple(replace(item, rule=rule) if item.rule.kind == "gap" else item for item in article.rules)
    return replace(charter, border_adjustment=replace(article, rules=rules))


def line(number: int, tonnes: str, day: str = "2026-09-01", order: str = "Q1") -> dict[str, str]:
    return LINE | {
        "entry_number": "E1", "line_number": str(number), "quantity": tonnes,
        "entered_on": day, "quota_order": order,
    }  # fmt: skip


def reasons(zone: Zone, charter: Charter, lines: list[dict[str, str]], folder: Path) -> list[str]:
    """Assess lines in bulk and one by one, hold the two together, and give the reasons."""
    path = folder / "lines.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    bulk = list(assess(charter, zone.atlas, path).rows())
    alone = assess_lines(compile_law(charter, zone.atlas), lines)
    assert [(row["reason"], row["adjustment_usd"]) for row in bulk] == [
        (one.reason, one.adjustment_usd) for one in alone
    ]
    return [row["reason"] for row in bulk]


def test_claims_are_served_in_order_until_the_quota_is_spent(toy: Zone, tmp_path: Path) -> None:
    lines = [line(1, "4"), line(2, "5"), line(10, "3"), line(3, "1")]
    found = reasons(toy, with_quota(toy.charter, "10"), lines, tmp_path)
    # 4 + 5 + 1 fill the ten tonnes; line 10 comes after line 3 and finds nothing left
    assert found == ["within_quota", "within_quota", "quota_spent", "within_quota"]


def test_a_claim_of_exactly_the_balance_fits(toy: Zone, tmp_path: Path) -> None:
    lines = [line(1, "10"), line(2, "1")]
    assert reasons(toy, with_quota(toy.charter, "10"), lines, tmp_path) == ["within_quota", "quota_spent"]


def test_the_quota_is_fresh_each_period(toy: Zone, tmp_path: Path) -> None:
    lines = [line(1, "10", "2026-09-30"), line(2, "10", "2026-10-01")]
    assert reasons(toy, with_quota(toy.charter, "10"), lines, tmp_path) == ["within_quota", "within_quota"]
    yearly = with_quota(toy.charter, "10", "year")
    assert reasons(toy, yearly, lines, tmp_path) == ["within_quota", "quota_spent"]


def test_a_line_that_claims_no_quota_pays_the_gap(toy: Zone, tmp_path: Path) -> None:
    lines = [line(1, "1", order=""), line(2, "1")]
    assert reasons(toy, with_quota(toy.charter, "10"), lines, tmp_path) == ["below_floor", "within_quota"]
