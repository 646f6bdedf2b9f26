"""A whole line gives one answer, whether it is assessed alone or among many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pytest

from stannary.border import bulk
from stannary.border.assessment import assess
from stannary.border.law_tables import compile_law
from stannary.border.together import assess_lines
from stannary.zone import Zone

D = Decimal
FIELDS = (
    "outcome", "reason", "origin", "exemption", "rule", "segment", "product_id", "customs_value_usd",
    "adjustment_usd",
)  # fmt: skip
LINES = 300

SOURCE = {"assumed": "drawn for a test"}


def rule(name: str, products: list[str], kind: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Write a duty rule as a charter holds it."""
    return {"id": name, "from": "2026-07-01", "products": products, "rule": kind, **more, **SOURCE}


def number(value: str, start: str = "2026-07-01", **more: str) -> dict[str, str]:
    """Write a dated number as a charter holds it."""
    return {"from": start, "value": value, "unit": "share of the adjustment", **more, **SOURCE}


def every_rule(law: dict[str, Any]) -> None:
    """Give each product a duty rule of another kind; refer related parties."""
    law["valuation"]["related_party"] = "refer"
    tiers = [{"from_share": "0.1", "rate": "0.3"}, {"from_share": "0.4", "rate": "0.55"}]
    law["rules"] = [
        rule(
            "cliff",
            ["ndpr.oxide"],
            {"kind": "cliff", "tolerance": "0.08", "maximum_duty_usd_per_t": "15000.5"},
        ),
        rule("tiers", ["dysprosium.oxide"], {"kind": "tiered", "tiers": tiers}, cap="0.333"),
        rule("quota", ["ndpr.metal"], {"kind": "quota_then_gap", "quota_tonnes": "900"}),
        rule("rate", ["neodymium.magnet"], {"kind": "ad_valorem", "rate": "0.125"}, base="content"),
        rule("trigger", ["ndpr.scrap"], {"kind": "trigger_only"}),
    ]


def by_reference(law: dict[str, Any]) -> None:
    """Levy on the reference price here, on the invoice there; take related parties' prices as they are."""
    law["valuation"]["related_party"] = "accept"
    law["rules"] = [
        rule("band", ["ndpr.oxide"], {"kind": "gap", "tariff": "0.075"}, levy="reference"),
        rule("gate", ["ndpr.scrap", "ndpr.metal"], {"kind": "licence_gate"}, at_floor="true", levy="invoice"),
        rule("value", ["dysprosium.oxide"], {"kind": "ad_valorem", "rate": "0.5"}, cap="0.25"),
        rule("first", ["neodymium.magnet"], {"kind": "gap"}, base="content", to="2026-12-31"),
        rule("general", [], {"kind": "gap"}, cap="0.6"),
    ]


def odd_shares(law: dict[str, Any]) -> None:
    """Give origins shares of many decimals that change, and every test a tolerance."""
    for test in law["tests"]:
        test["tolerance"] = "0.1"
    law["rates"] = [
        {"origin": "zone", "shares": [number("0"), number("0.05", "2027-01-01")]},
        {"origin": "developing", "shares": [number("0.33333333")]},
        {"origin": "neutral", "shares": [number("0.915", to="2027-03-31")]},
        {"origin": "covered", "shares": [number("1.0625")]},
    ]


def dated_codes(law: dict[str, Any]) -> None:
    """Move codes between products on known days."""
    oxide, dysprosium = law["products"][0], law["products"][1]
    oxide["codes"][0]["to"] = "2026-12-31"
    oxide["codes"].append(
        {"code": "28469020", "from": "2027-01-01", "contained_share": "0.8575757575", **SOURCE}
    )
    dysprosium["codes"][0]["to"] = "2026-12-31"


def dated_de_minimis(law: dict[str, Any]) -> None:
    """Change the de minimis on a day, and end it on another."""
    unit = {"unit": "USD", **SOURCE}
    law["de_minimis"] = [
        {"from": "2026-07-01", "value": "800.005", **unit},
        {"from": "2026-09-01", "to": "2026-12-31", "value": "150", **unit},
    ]


ZONES: dict[str, dict[str, Any]] = {
    "toy": {},
    "every rule": {"border_adjustment": every_rule},
    "by reference": {"border_adjustment": by_reference, "scope": dated_codes},
    "odd shares": {"rules_of_origin": odd_shares, "exemptions": dated_de_minimis},
}


@pytest.fixture(scope="module")
def zones(books: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Zone]:
    """Open each zone."""
    return {name: books.a_zone(tmp_path_factory.mktemp("zone"), **changes) for name, changes in ZONES.items()}


def in_bulk(zone: Zone, path: Path, tmp_path: Path) -> list[tuple[Any, ...]]:
    """Assess a file of lines and give the fields of each row."""
    found = assess(zone.charter, zone.atlas, path, out=tmp_path / f"{path.stem}-out.parquet")
    return [tuple(row[name] for name in FIELDS) for row in found.rows()]


def one_by_one(zone: Zone, lines: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Assess lines in plain numbers and give the fields of each."""
    found = assess_lines(compile_law(zone.charter, zone.atlas), lines)
    names = [{"product_id": "product"}.get(name, name) for name in FIELDS]
    return [tuple(getattr(one, name) for name in names) for one in found]


def differences(lines: Sequence[Any], alone: Sequence[Any], among: Sequence[Any]) -> list[str]:
    """Tell which lines came out differently, and how."""
    assert len(alone) == len(among) == len(lines)
    return [
        f"{alone_} alone, {among_} among { ({k: v for k, v in line.items() if v not in ('', None)}) }"
        for line, alone_, among_ in zip(lines, alone, among, strict=True)
        if alone_ != among_
    ]


@pytest.mark.parametrize("name", list(ZONES))
@pytest.mark.parametrize("seed", [1, 2])
def test_a_line_of_text_is_assessed_alone_as_among_others(
    name: str, seed: int, zones: dict[str, Zone], books: Any, tmp_path: Path
) -> None:
    lines = books.a_book(seed, LINES)
    path = (books.write_csv if seed % 2 else books.write_ndjson)(
        lines, tmp_path / ("book.csv" if seed % 2 else "book.ndjson")
    )
    alone = one_by_one(zones[name], lines)
    assert differences(lines, alone, in_bulk(zones[name], path, tmp_path)) == []


@pytest.mark.parametrize("name", list(ZONES))
@pytest.mark.parametrize("kind", ["decimal", "double"])
def test_a_typed_line_is_assessed_alone_as_among_others(
    name: str, kind: str, zones: dict[str, Zone], books: Any, tmp_path: Path
) -> None:
    lines = books.typed(books.a_book(7, LINES), kind)
    path = books.write_typed(lines, tmp_path / "book.parquet", kind)
    alone = one_by_one(zones[name], lines)
    assert differences(lines, alone, in_bulk(zones[name], path, tmp_path)) == []


def test_the_books_reach_every_outcome_and_most_reasons(zones: dict[str, Zone], books: Any) -> None:
    drawn = [line for seed in (1, 2) for line in books.a_book(seed, LINES)]
    rows = [row for zone in zones.values() for row in one_by_one(zone, drawn)]
    assert {row[0] for row in rows} == {"out_of_scope", "cleared", "preferential", "adjusted", "referred"}
    reasons = Counter(row[1] for row in rows)
    assert len(reasons) >= 35, sorted(reasons)
    rare = {"split_consignment", "within_quota", "trigger_pulled", "licence_needed", "rate_applied"}
    assert rare <= set(reasons)


def test_each_of_the_three_ways_to_a_cent_is_taken_and_gives_the_same_cent(
    zones: dict[str, Zone], books: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bracketed floats, decimals of 38 digits, unlimited decimals: closed one by one, the answers stand."""
    asked: list[str] = []
    real = bulk._cents_of

    def counted(text: str, law: Any, amount: Any) -> int:
        asked.append(text)
        return real(text, law, amount)

    monkeypatch.setattr(bulk, "_cents_of", counted)
    lines = [line | {"product": "", "tariff_code": "28469010"} for line in books.a_book(11, LINES)]
    big = {"quantity": "20000", "quantity_unit": "TNE", "value": "123456789.005", "currency": "USD"}
    lines += [lines[0] | big | {"entry_number": f"BIG{n}", "entered_on": "2026-09-01"} for n in range(3)]
    path = books.write_csv(lines, tmp_path / "book.csv")
    usual = in_bulk(zones["toy"], path, tmp_path)
    unlimited = len(asked)
    asked.clear()
    monkeypatch.setattr(bulk.Bulk, "_within_reach", lambda self, lines, law: ibis.literal(False))
    no_decimals = in_bulk(zones["toy"], path, tmp_path)
    undecided = len(asked)
    asked.clear()
    monkeypatch.setattr(bulk, "TILT", 1.0)
    no_floats = in_bulk(zones["toy"], path, tmp_path)
    assert usual == no_decimals == no_floats
    assert 0 < unlimited < undecided < len(asked)
