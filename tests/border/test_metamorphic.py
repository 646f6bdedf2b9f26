"""What must stay the same, or move one way only, when a book of lines is changed."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stannary.border.assessment import assess
from stannary.charter.amendment import amend
from stannary.zone import Zone, open_zone

Line = dict[str, str]


@pytest.fixture(scope="module")
def toy() -> Zone:
    return open_zone("toy")


def a_book(count: int, seed: int) -> list[Line]:
    """Make a book of sound lines above the de minimis, of every product, origin, unit and term."""
    draw = random.Random(seed)
    lines = []
    for number in range(count):
        lines.append(
            {
                "entry_number": f"E{number // 3}",
                "line_number": str(number % 3 + 1),
                "tariff_code": draw.choice(["28469010", "28469020", "28053000", "2846.90.10", "99999999"]),
                "quantity": f"{draw.randrange(1, 40_000) / 8:.3f}",
                "quantity_unit": draw.choice(["KGM", "TNE", "LBR"]),
                "value": f"{draw.randrange(90_000, 900_000_000) / 100:.2f}",
                "currency": draw.choice(["USD", "USD", "EUR"]),
                "entered_on": draw.choice(["2026-09-01", "2026-09-02"]),
                "origin_economy": draw.choice(["CHN", "USA", "VNM", "BRA", "UN"]),
                "separated_in": draw.choice(["CHN", "USA", "VNM", "BRA", ""]),
                "incoterm": draw.choice(["CIF", "FOB", "", "DDP"]),
                "importer": draw.choice(["A", "B"]),
                "ship": f"vessel {number}",
            }
        )
    return lines


def write(path: Path, lines: Sequence[Line]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    return path


def outcomes(zone: Zone, path: Path, **options: Any) -> list[dict[str, Any]]:
    return list(assess(zone.charter, zone.atlas, path, **options).rows())


def changed(lines: Sequence[Line], change: Callable[[Line], Line]) -> list[Line]:
    return [change(line) for line in lines]


def total(rows: Sequence[dict[str, Any]]) -> Decimal:
    return sum((row["adjustment_usd"] for row in rows), Decimal(0))


def test_order_and_repetition_change_nothing_and_every_line_comes_out_once(toy: Zone, tmp_path: Path) -> None:
    book = a_book(300, 1)
    book += book[:20]  # the same keys again: each still comes out
    first = outcomes(toy, write(tmp_path / "book.csv", book))
    shuffled = random.Random(2).sample(book, len(book))
    second = outcomes(toy, write(tmp_path / "shuffled.csv", shuffled))
    results = (
        "entry_number",
        "line_number",
        "outcome",
        "reason",
        "adjustment_usd",
        "customs_value_usd",
        "ship",
    )
    assert Counter(tuple(row[name] for name in results) for row in first) == Counter(
        tuple(row[name] for name in results) for row in second
    )
    assert [row["ship"] for row in first] == [line["ship"] for line in book]


def test_the_same_run_twice_gives_the_same_rows_and_the_same_fingerprint(toy: Zone, tmp_path: Path) -> None:
    path = write(tmp_path / "book.csv", a_book(200, 3))
    one = assess(toy.charter, toy.atlas, path, out=tmp_path / "one.parquet")
    two = assess(toy.charter, toy.atlas, path, out=tmp_path / "two.parquet")
    assert one.lineage.run == two.lineage.run
    assert list(one.rows()) == list(two.rows())


def test_csv_parquet_and_json_lines_give_the_same_determinations(toy: Zone, tmp_path: Path) -> None:
    book = a_book(200, 4)
    path = write(tmp_path / "book.csv", book)
    text = pa.table({name: [line[name] or None for line in book] for name in book[0]})
    typed = text.set_column(
        text.schema.get_field_index("value"), "value", text["value"].cast(pa.decimal128(18, 2))
    )
    typed = typed.set_column(
        typed.schema.get_field_index("quantity"), "quantity", typed["quantity"].cast(pa.float64())
    )
    typed = typed.set_column(
        typed.schema.get_field_index("entered_on"), "entered_on", typed["entered_on"].cast(pa.date32())
    )
    # several row groups, so that several workers write
    pq.write_table(typed, tmp_path / "typed.parquet", row_group_size=17)
    pa_lines = [{name: value for name, value in line.items() if value} for line in book]
    (tmp_path / "book.ndjson").write_text(
        "\n".join(json.dumps(line) for line in pa_lines) + "\n", encoding="utf-8"
    )
    names = ("outcome", "reason", "origin", "adjustment_usd", "customs_value_usd")
    found = [
        [tuple(row[name] for name in names) for row in outcomes(toy, tmp_path / name_)]
        for name_ in ("book.csv", "typed.parquet", "book.ndjson")
    ]
    assert path.exists()
    assert found[0] == found[1] == found[2]


def test_a_higher_floor_never_lowers_what_is_owed(toy: Zone, tmp_path: Path) -> None:
    path = write(tmp_path / "book.csv", a_book(300, 5))
    raised = amend(
        toy.charter,
        {
            "price_floors.ndpr.oxide": {"2026-08-01": 131072},
            "price_floors.ndpr.metal": {"2026-08-01": 190000},
        },
    )
    before = outcomes(toy, path)
    after = list(assess(raised, toy.atlas, path).rows())
    assert all(b["adjustment_usd"] <= a["adjustment_usd"] for b, a in zip(before, after, strict=True))
    assert total(after) > total(before)


def test_a_lower_price_never_lowers_what_is_owed(toy: Zone, tmp_path: Path) -> None:
    book = a_book(300, 6)
    cheaper = changed(book, lambda line: line | {"value": f"{Decimal(line['value']) * Decimal('0.97'):.2f}"})
    before = outcomes(toy, write(tmp_path / "book.csv", book))
    after = outcomes(toy, write(tmp_path / "cheaper.csv", cheaper))
    assert all(b["adjustment_usd"] <= a["adjustment_usd"] for b, a in zip(before, after, strict=True))


def test_kilograms_and_tonnes_euros_and_dollars_commute(toy: Zone, tmp_path: Path) -> None:
    rates = {
        rate.day.isoformat(): rate.usd_per_unit for rate in toy.atlas.exchange_rates if rate.currency == "EUR"
    }
    book = [
        line | {"quantity_unit": "KGM", "currency": "EUR", "incoterm": "CIF", "entered_on": min(rates)}
        for line in a_book(200, 7)
    ]
    same = changed(
        book,
        lambda line: (
            line
            | {
                "quantity": str(Decimal(line["quantity"]) / 1000),
                "quantity_unit": "TNE",
                "currency": "USD",
                "value": str(Decimal(line["value"]) * rates[line["entered_on"]]),
            }
        ),
    )
    before = outcomes(toy, write(tmp_path / "book.csv", book))
    after = outcomes(toy, write(tmp_path / "same.csv", same))
    assert any(row["outcome"] == "adjusted" for row in before)
    names = ("outcome", "reason", "adjustment_usd", "customs_value_usd")
    assert [[row[n] for n in names] for row in before] == [[row[n] for n in names] for row in after]


def test_splitting_a_line_never_changes_the_sum(toy: Zone, tmp_path: Path) -> None:
    # each line in three equal parts, all above the de minimis; a part is rounded by at most half a cent
    book = [
        line | {"quantity": str(Decimal(line["quantity"]) * 3), "value": str(Decimal(line["value"]) * 3)}
        for line in a_book(150, 8)
    ]
    parts = [
        line
        | {
            "line_number": f"{line['line_number']}.{part}",
            "quantity": str(Decimal(line["quantity"]) / 3),
            "value": str(Decimal(line["value"]) / 3),
        }
        for line in book
        for part in range(3)
    ]
    whole = outcomes(toy, write(tmp_path / "book.csv", book))
    split = outcomes(toy, write(tmp_path / "parts.csv", parts))
    for index, row in enumerate(whole):
        pieces = split[3 * index : 3 * index + 3]
        assert abs(total(pieces) - row["adjustment_usd"]) <= Decimal("0.02")
        assert {piece["outcome"] for piece in pieces} == {row["outcome"]}


def test_the_summary_adds_up_to_the_last_cent(toy: Zone, tmp_path: Path) -> None:
    found = assess(toy.charter, toy.atlas, write(tmp_path / "book.csv", a_book(300, 9)))
    rows, summary = list(found.rows()), found.summary()
    assert summary.total.adjustment_usd == total(rows)
    for dimension in ("outcome", "origin", "reason", "importer"):
        groups = summary.by[dimension]
        assert sum(group.lines for group in groups) == len(rows)
        assert sum((group.adjustment_usd for group in groups), Decimal(0)) == total(rows)
        assert (
            sum((group.customs_value_usd for group in groups), Decimal(0)) == summary.total.customs_value_usd
        )


def test_the_words_written_out_are_the_words_read(toy: Zone, tmp_path: Path) -> None:
    found = assess(toy.charter, toy.atlas, write(tmp_path / "book.csv", a_book(60, 10)))
    found.write_csv(tmp_path / "it's.csv")
    found.write_ndjson(tmp_path / "it's.ndjson")
    with (tmp_path / "it's.csv").open(encoding="utf-8", newline="") as stream:
        from_csv = list(csv.DictReader(stream))
    with (tmp_path / "it's.ndjson").open(encoding="utf-8") as stream:
        from_json = [json.loads(line) for line in stream]
    rows = list(found.rows())
    for written in (from_csv, from_json):
        assert [line["reason"] for line in written] == [row["reason"] for row in rows]
        assert [Decimal(str(line["adjustment_usd"])) for line in written] == [
            row["adjustment_usd"] for row in rows
        ]
