"""Files of entry lines: the one that is named is read, with every column it has, and no other is touched."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stannary.border.assessment import assess, assess_line
from stannary.errors import EntriesError
from stannary.zone import Zone, open_zone

LINE = {
    "entry_number": "E1", "line_number": "1", "tariff_code": "28469010", "quantity": "12",
    "quantity_unit": "TNE", "value": "792000", "currency": "USD", "entered_on": "2026-09-01",
    "origin_economy": "BRA", "separated_in": "BRA",
}  # fmt: skip


@pytest.fixture(scope="module")
def toy() -> Zone:
    """Open the toy zone."""
    return open_zone("toy")


def csv_of(*lines: dict[str, str], ending: str = "\n") -> bytes:
    """Write lines as CSV."""
    rows = [",".join(lines[0]), *(",".join(line.values()) for line in lines)]
    return (ending.join(rows) + ending).encode()


def rows_of(zone: Zone, path: Path, **more: Any) -> list[dict[str, Any]]:
    """Assess a file and give its rows in words."""
    return list(assess(zone.charter, zone.atlas, path, **more).rows())


def problems_of(zone: Zone, path: Path, **more: Any) -> list[tuple[str, int | None]]:
    """Give the codes and lines of the problems a file is refused with."""
    with pytest.raises(EntriesError) as refused:
        assess(zone.charter, zone.atlas, path, **more)
    assert all(problem.remedy and problem.place.file for problem in refused.value.problems)
    return [(problem.code, problem.place.line) for problem in refused.value.problems]


@pytest.mark.parametrize(
    "name", ["book[1].csv", "book*.csv", "book?.csv", "value=1/book.csv", "tariff_code=2/b.csv"]
)
def test_a_name_is_no_pattern_and_a_folder_no_column(toy: Zone, tmp_path: Path, name: str) -> None:
    for other in (tmp_path / "book1.csv", tmp_path / name):
        other.parent.mkdir(exist_ok=True)
        other.write_bytes(csv_of(LINE))
    (row,) = rows_of(toy, tmp_path / name)
    assert row["adjustment_usd"] == Decimal("528000.00")


@pytest.mark.parametrize("name", ["book[1].parquet", "value=1/book.parquet"])
def test_nor_is_it_for_parquet(toy: Zone, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist([LINE]), path)
    (row,) = rows_of(toy, path)
    assert row["adjustment_usd"] == Decimal("528000.00")


def test_a_key_that_appears_late_in_json_lines_counts(toy: Zone, tmp_path: Path) -> None:
    late = LINE | {"related_party": True, "note": "seen late"}
    path = tmp_path / "book.ndjson"
    path.write_text("\n".join(json.dumps(line) for line in [LINE] * 1500 + [late]), encoding="utf-8")
    rows = rows_of(toy, path)
    assert (rows[-1]["related_party"], rows[-1]["note"]) == ("true", "seen late")
    assert rows[0]["note"] is None
    assert len(rows) == 1501


OURS = (
    "floor",
    "share",
    "rate",
    "claim",
    "segment_day",
    "in_value",
    "quantity_bad",
    "float_landed_usd",
    "key_product",
)


def test_columns_that_bear_our_own_names_are_kept_and_change_nothing(toy: Zone, tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_bytes(csv_of(LINE | {name: f"mine {name}" for name in OURS}))
    (row,) = rows_of(toy, path)
    assert {name: row[name] for name in OURS} == {name: f"mine {name}" for name in OURS}
    assert row["adjustment_usd"] == Decimal("528000.00")


def test_nested_columns_do_not_hide_the_day_from_the_statistics(toy: Zone, tmp_path: Path) -> None:
    path = tmp_path / "book.parquet"
    extra = {"voyage": {"ship": "a", "left_on": date(2020, 1, 1)}}
    table = pa.Table.from_pylist([extra | LINE | {"entered_on": date(2026, 9, 1)}])
    pq.write_table(table.select(["voyage", "entered_on", *(n for n in LINE if n != "entered_on")]), path)
    (row,) = rows_of(toy, path)
    assert row["reason"] == "below_floor"


def test_the_product_decides_also_where_only_results_are_kept(toy: Zone, tmp_path: Path) -> None:
    path = tmp_path / "book.parquet"
    pq.write_table(
        pa.Table.from_pylist([LINE | {"tariff_code": "284690", "product": "ndpr.oxide", "assay": "1"}]), path
    )
    (row,) = rows_of(toy, path, keep="results")
    assert (row["reason"], row["adjustment_usd"]) == ("below_floor", Decimal("528000.00"))


GOOD = csv_of(LINE, ending="\r\n")
JSON = json.dumps(LINE).encode()
LATIN = csv_of(LINE).split(b"\n")[1].replace(b"USD", b"US\xe9")
BROKEN = {
    "late latin-1": ("a.csv", csv_of(*[LINE] * 3000) + LATIN + b"\n", "005", 3002),
    "short row": ("a.csv", csv_of(LINE) + b"E9,1\n", "009", 3),
    "long row": ("a.csv", csv_of(LINE) + b"1," * 40 + b"\n", "009", 3),
    "open quote": ("a.csv", csv_of(LINE) + b'"E9,1,2\n', "009", 3),
    "two kinds of line end": ("a.csv", GOOD + GOOD.split(b"\r\n")[1] + b"\n", "009", 3),
    "long line": ("a.csv", csv_of(LINE) + b"x" * 3_000_000 + b"\n", "010", 3),
    "too many columns": ("a.csv", csv_of(LINE | {f"c{n}": "1" for n in range(2000)}), "013", 1),
    "late array": ("a.ndjson", (JSON + b"\n") * 1200 + b"[1, 2]\n", "009", 1201),
    "late break": ("a.ndjson", (JSON + b"\n") * 1200 + b'{"entry_number": \n', "009", 1201),
    "key twice": ("a.ndjson", JSON[:-1] + b', "value": "1"}\n', "007", 1),
    "key in two cases": ("a.ndjson", JSON[:-1] + b', "Value": "1"}\n', "007", 1),
    "byte-order mark": ("a.ndjson", b"\xef\xbb\xbf" + JSON + b"\n", "005", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_broken_text_is_refused_with_the_line_that_breaks_it(toy: Zone, tmp_path: Path, name: str) -> None:
    file, content, code, line = BROKEN[name]
    (tmp_path / file).write_bytes(content)
    assert problems_of(toy, tmp_path / file)[0] == (f"STN-ENTRY-{code}", line)


def test_parquet_with_a_column_twice_is_refused(toy: Zone, tmp_path: Path) -> None:
    cells = [pa.array([value]) for value in (*LINE.values(), "9")]
    for again in ("value", "Value"):
        pq.write_table(pa.table(cells, names=[*LINE, again]), tmp_path / "a.parquet")
        assert problems_of(toy, tmp_path / "a.parquet")[0][0] == "STN-ENTRY-007"


def test_nothing_is_written_where_it_cannot_be_and_the_entries_stay(toy: Zone, tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_bytes(csv_of(LINE))
    (tmp_path / "link.csv").symlink_to(path)
    places = [
        path,
        tmp_path / "link.csv",
        tmp_path,
        path / "under.parquet",
        tmp_path / ("x" * 300),
        Path("/proc/no/x"),
    ]
    for place in places:
        assert problems_of(toy, path, out=place) == [("STN-ENTRY-012", None)]
    assert path.read_bytes() == csv_of(LINE)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["book.csv", "link.csv"]


def test_a_moment_is_the_day_it_is_in_utc_alone_and_among_others(toy: Zone, tmp_path: Path) -> None:
    tokyo = timezone(timedelta(hours=9))
    moments = [datetime(2026, 7, 1, 8, 30, tzinfo=tokyo), datetime(2026, 7, 1, 9, 30, tzinfo=tokyo)]
    lines = [LINE | {"entered_on": moment} for moment in moments]
    pq.write_table(pa.Table.from_pylist(lines), tmp_path / "book.parquet")
    reasons = [row["reason"] for row in rows_of(toy, tmp_path / "book.parquet")]
    assert reasons == ["charter_not_in_force", "below_floor"]
    assert [assess_line(toy.charter, toy.atlas, line).reason for line in lines] == reasons
    assert moments[0].astimezone(UTC).date() == date(2026, 6, 30)


def test_a_run_that_finds_too_little_memory_takes_more(toy: Zone, tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_bytes(csv_of(*[LINE | {f"note{n}": "x" * 50 for n in range(200)}] * 200))
    assert len(rows_of(toy, path, memory="60MB")) == 200
