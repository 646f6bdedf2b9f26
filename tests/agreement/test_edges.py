"""Lines and laws at the edge of what numbers, types and calendars hold: one answer, and never a free one."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stannary.atlas.reader import open_atlas
from stannary.border.assessment import assess
from stannary.border.law_tables import compile_law
from stannary.border.together import assess_lines
from stannary.zone import HOME, Zone, open_zone

FIELDS = ("outcome", "reason", "origin", "exemption", "customs_value_usd", "adjustment_usd")
LINE = {
    "entry_number": "E1", "line_number": "1", "tariff_code": "28469010", "quantity": "12",
    "quantity_unit": "TNE", "value": "792000", "currency": "USD", "entered_on": "2026-09-01",
    "origin_economy": "BRA", "separated_in": "BRA", "produced_in": "BRA", "importer": "I",
}  # fmt: skip
MAGNET = dict.fromkeys(("mined_in", "refined_in", "melted_in"), "BRA") | {"tariff_code": "850511"}
ASSUMED = {"from": "2026-07-01", "assumed": "drawn for a test"}


@pytest.fixture(scope="module")
def toy() -> Zone:
    """Open the toy zone."""
    return open_zone("toy")


def alike(zone: Zone, lines: Sequence[Any], path: Path) -> list[tuple[Any, ...]]:
    """Assess lines alone and as a file, hold both to one answer, and give outcome, reason and duty."""
    alone = assess_lines(compile_law(zone.charter, zone.atlas), lines)
    among = list(assess(zone.charter, zone.atlas, path).rows())
    assert [tuple(row[name] for name in FIELDS) for row in among] == [
        tuple(getattr(one, name) for name in FIELDS) for one in alone
    ]
    return [(one.outcome, one.reason, one.adjustment_usd) for one in alone]


def with_rules(*rules: dict[str, Any]) -> Any:
    """Change a border-adjustment article to hold these rules."""

    def change(law: dict[str, Any]) -> None:
        law["rules"] = [ASSUMED | {"id": f"r{index}"} | rule for index, rule in enumerate(rules)]

    return change


def test_a_difference_of_two_large_amounts_is_rounded_on_what_is_left(
    toy: Zone, books: Any, tmp_path: Path
) -> None:
    """Floats of the two would lose the half cent that their difference is."""
    pairs = [("123456.7851", "123456.7801"), ("99123456.7811", "99123456.7761"), ("5000.0051", "1000.0001")]
    lines = [LINE | {"incoterm": "DDP", "value": value, "duties_included": less} for value, less in pairs]
    alike(toy, lines, books.write_csv(lines, tmp_path / "a.csv"))


def test_an_amount_no_integer_holds_refers_its_line_and_no_other(
    toy: Zone, books: Any, tmp_path: Path
) -> None:
    lines = [
        LINE | {"quantity": "999999999999", "quantity_unit": "KTN"},
        LINE | {"quantity": "999999999999.5", "quantity_unit": "GRM"},
        LINE | {"value": "99999999999999.9999"},
        LINE | {"value": "10000000000000.005"},
        LINE,
    ]
    found = alike(toy, lines, books.write_csv(lines, tmp_path / "a.csv"))
    reasons = ["quantity_absurd", "below_floor", "value_absurd", "value_absurd", "below_floor"]
    assert [reason for _, reason, _ in found] == reasons


def test_a_content_in_pounds_without_its_value_is_referred(toy: Zone, books: Any, tmp_path: Path) -> None:
    magnet = LINE | MAGNET | {"quantity_unit": "LBR"}
    lines = [
        magnet,
        magnet | {"content_value": "1000.001"},
        magnet | {"content_value": "99999999999999.9999"},
    ]
    found = alike(toy, lines, books.write_csv(lines, tmp_path / "a.csv"))
    assert found[0][:2] == ("referred", "content_value_missing")


def test_blanks_and_digits_are_read_alike(toy: Zone, books: Any, tmp_path: Path) -> None:
    quantities = [
        "\t12",
        "12\n",
        "+12",
        "1.2e1",
        "12.",
        ".12e2",
        "\u00a012",
        "\v12",
        "12\f",
        "1e99",
        "1e-99",
        "１２",
    ]
    days = [
        "2026-09-01 ",
        "\t2026-09-01",
        "0000-01-01",
        "0001-01-01",
        "9999-12-31",
        "2026-02-29",
        "\u20032026-09-01",
    ]
    flags = ["\ttrue", "YES ", "\u00a0true", "tRuE", "2", "ｙ"]
    lines = [
        *(LINE | {"quantity": text} for text in quantities),
        *(LINE | {"entered_on": text} for text in days),
        *(LINE | {"related_party": text} for text in flags),
    ]
    alike(toy, lines, books.write_csv(lines, tmp_path / "a.csv"))


def test_typed_cells_that_hold_nothing_are_missing_in_both(toy: Zone, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        LINE | {"produced_in": "", "product": math.nan, "value": 792000.0, "entered_on": date(2026, 9, 1)},
        LINE | {"produced_in": None, "product": math.nan, "value": math.nan, "entered_on": date(1, 1, 1)},
        LINE
        | {"produced_in": "CHN", "product": math.nan, "value": math.inf, "entered_on": date(9999, 12, 31)},
        LINE | {"produced_in": "BRA", "product": math.nan, "value": 1.00005, "entered_on": None},
    ]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist(lines), path)
    found = alike(toy, lines, path)
    assert found[0] == ("adjusted", "below_floor", Decimal("528000.00"))


def test_days_no_calendar_holds_are_unreadable(toy: Zone, tmp_path: Path) -> None:
    columns = {name: pa.array([value, value, value]) for name, value in LINE.items()}
    far = pa.array([4_000_000, -800_000, 20697], pa.int32()).cast(pa.date32())
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns | {"entered_on": far}), path)
    found = assess(toy.charter, toy.atlas, path, keep="results")
    assert [row["reason"] for row in found.rows()] == [
        "entered_on_unreadable", "entered_on_unreadable", "below_floor",
    ]  # fmt: skip


def test_rates_of_many_decimals_are_read_alike(books: Any, tmp_path: Path) -> None:
    folder = tmp_path / "atlas"
    shutil.copytree(HOME / "toy" / "atlas", folder)
    with (folder / "exchange_rates.csv").open("a", encoding="utf-8") as stream:
        stream.write("2026-09-01,IDR,0.0000612345678912,toy-house-rules\n")
        stream.write("2026-09-01,KRW,0.00071234,toy-house-rules\n")
    zone = Zone(open_zone("toy").charter, open_atlas(folder))
    lines = [
        LINE | {"currency": "IDR", "value": "9876543210"},
        LINE | {"currency": "IDR", "value": "99999999999999.9999"},
        LINE | {"currency": "KRW", "value": "987654321"},
    ]
    found = alike(zone, lines, books.write_csv(lines, tmp_path / "a.csv"))
    assert found[2][2] == Decimal("1320000") - Decimal("703545.68")


def test_a_missing_rate_of_origin_is_referred_and_never_free(books: Any, tmp_path: Path) -> None:
    def without_neutral(law: dict[str, Any]) -> None:
        law["rates"] = [rate for rate in law["rates"] if rate["origin"] != "neutral"]

    zone = books.a_zone(tmp_path / "zone", rules_of_origin=without_neutral)
    found = alike(zone, [LINE], books.write_csv([LINE], tmp_path / "a.csv"))
    assert found == [("referred", "origin_rate_missing", Decimal("0.00"))]


def test_a_rate_capped_by_a_floor_that_is_missing_is_referred(books: Any, tmp_path: Path) -> None:
    def without_floor(law: dict[str, Any]) -> None:
        law["floors"] = [floor for floor in law["floors"] if floor["product"] != "ndpr.oxide"]

    rate = {"products": ["ndpr.oxide"], "rule": {"kind": "ad_valorem", "rate": "0.5"}}
    zones = {
        cap: books.a_zone(
            tmp_path / f"zone {cap}",
            border_adjustment=with_rules(rate | ({"cap": cap} if cap else {})),
            price_floors=without_floor,
        )
        for cap in ("", "0.1")
    }
    path = books.write_csv([LINE], tmp_path / "a.csv")
    assert alike(zones[""], [LINE], path) == [("adjusted", "rate_applied", Decimal("396000.00"))]
    assert alike(zones["0.1"], [LINE], path) == [("referred", "floor_missing", Decimal("0.00"))]


BOUNDARY = [
    LINE | {"value": value} for value in ("792000", "1319999.995", "1320000", "1319999.99", "1320000.004")
]
WIDE_LAWS: dict[str, tuple[dict[str, Any], list[dict[str, str]]]] = {
    "constants of ten decimals": (
        {"rule": {"kind": "gap", "tariff": "0.0750000001"}, "cap": "0.333333333333333333333333333333"},
        BOUNDARY,
    ),
    "a maximum duty beyond all money": (
        {"rule": {"kind": "cliff", "tolerance": "0.08", "maximum_duty_usd_per_t": "987654321987654.321"}},
        [*BOUNDARY, LINE | {"quantity": "900000"}, LINE | {"quantity": "0.001"}],
    ),
    "content dearer than the line": (
        {"rule": {"kind": "ad_valorem", "rate": "0.123456"}, "base": "content"},
        [LINE | {"content_value": value} for value in ("99999999999999.9950", "81000000000.04", "0")],
    ),
    "a tier close to one": (
        {"rule": {"kind": "tiered", "tiers": [{"from_share": "0.99993", "rate": "1"}]}},
        [
            LINE | {"quantity": str(n * 100), "value": str(Decimal("770") * n - Decimal("900.005"))}
            for n in range(2, 60)
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(WIDE_LAWS))
def test_a_law_of_extreme_constants_gives_one_answer(name: str, books: Any, tmp_path: Path) -> None:
    rule, lines = WIDE_LAWS[name]
    zone = books.a_zone(tmp_path / "zone", border_adjustment=with_rules({"products": []} | rule))
    alike(zone, lines, books.write_csv(lines, tmp_path / "a.csv"))
