"""Files of price reports are read strictly: all that is wrong at once, with line and column."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pricing.market_on_paper import report

from stannary.errors import Place, PriceError, Problem
from stannary.pricing.publication import FLAGS, REASONS
from stannary.pricing.report_files import ALWAYS, COLUMNS, read_reports

ROW = {
    "id": "a-1", "kind": "transaction", "product": "ndpr.oxide", "quantity": "10.5", "quantity_unit": "t",
    "purity": "0.995", "price": "66.10", "currency": "USD", "price_unit": "kg", "incoterm": "FOB",
    "place": "a port", "buyer": "b", "seller": "s", "reporter": "s", "related": "false", "origin": "NAM",
    "dated_on": "2027-03-10", "vat_included": "0", "source": "a desk", "licence": "our own",
}  # fmt: skip


def write(folder: Path, rows: list[dict[str, Any]], name: str = "reports.csv") -> Path:
    path = folder / name
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def refused(path: Path, **known: Any) -> tuple[Problem, ...]:
    with pytest.raises(PriceError) as caught:
        read_reports(path, **known)
    return caught.value.problems


@pytest.mark.parametrize("name", ["reports.csv", "reports.ndjson"])
def test_a_report_is_read_as_it_was_told(tmp_path: Path, name: str) -> None:
    (found,) = read_reports(write(tmp_path, [ROW], name))
    assert (found.quantity, found.price, found.purity) == (
        Decimal("10.5"),
        Decimal("66.10"),
        Decimal("0.995"),
    )
    assert (found.dated_on, found.related, found.origin) == (date(2027, 3, 10), False, "NAM")
    assert found.written_at.line == (2 if name.endswith("csv") else 1)


def test_what_is_left_blank_is_not_known_and_never_zero(tmp_path: Path) -> None:
    blank = dict.fromkeys(("purity", "buyer", "related", "origin", "vat_included"), "")
    (found,) = read_reports(write(tmp_path, [ROW | blank]))
    assert (found.purity, found.buyer, found.related, found.origin, found.vat_included) == (None,) * 5
    assert (found.duty_included, found.freight, found.is_firm) == (None, None, False)


def test_numbers_and_truths_of_json_are_read_by_the_same_grammar(tmp_path: Path) -> None:
    row = ROW | {"price": 66.1, "quantity": 10, "related": False, "buyer": None}
    (found,) = read_reports(write(tmp_path, [row], "reports.ndjson"))
    assert (found.price, found.quantity, found.related, found.buyer) == (Decimal("66.1"), 10, False, None)


def test_every_problem_of_a_file_is_listed_with_its_place(tmp_path: Path) -> None:
    rows = [
        ROW | {"price": "66,10", "currency": "USX"},
        ROW | {"dated_on": "2027-02-30", "quantity_unit": "bag"},
        ROW | {"id": "c", "reporter": "", "origin": "Namibia"},
    ]
    found = [(p.code, p.place.line, p.place.path) for p in refused(write(tmp_path, rows))]
    assert found == [
        ("STN-PRICE-002", 2, "price"),
        ("STN-PRICE-003", 2, "currency"),
        ("STN-PRICE-003", 3, "quantity_unit"),
        ("STN-PRICE-002", 3, "dated_on"),
        ("STN-PRICE-004", 3, "id"),
        ("STN-PRICE-002", 4, "reporter"),
        ("STN-PRICE-003", 4, "origin"),
    ]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("price", "0"), ("price", "-5"), ("price", "NaN"), ("price", "inf"), ("price", "1e5"),
        ("price", "n/a"), ("price", "1_000"), ("price", "٣"), ("price", "66."), ("price", "+66"),
        ("price", "9" * 31),
        ("quantity", "0"), ("quantity", "1,000"), ("purity", "99.5"), ("purity", "0"), ("purity", "99.5%"),
        ("vat_included", "13"), ("kind", "Transaction"), ("kind", "ask"), ("related", "no"), ("related", "0"),
        ("dated_on", "10/03/2027"), ("dated_on", "2027-3-10"), ("dated_on", "20270310"),
        ("reporter", "a\x00b"), ("place", "\u202egnp"),
    ],
)  # fmt: skip
def test_malformed_values_are_refused(tmp_path: Path, column: str, text: str) -> None:
    (problem,) = refused(write(tmp_path, [ROW | {column: text}]))
    assert (problem.code, problem.place.line, problem.place.column) == (
        "STN-PRICE-002", 2, list(ROW).index(column) + 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "text"),
    [("product", "ndpr.oxid"), ("quantity_unit", "bag"), ("price_unit", "unit"), ("currency", "usd"),
     ("currency", "BTC"), ("origin", "NA"), ("origin", "XYZ")],
)  # fmt: skip
def test_unknown_names_are_refused(tmp_path: Path, column: str, text: str) -> None:
    known = {"products": ["ndpr.oxide"], "economies": ["NAM", "CHN"]}
    (problem,) = refused(write(tmp_path, [ROW | {column: text}]), **known)
    assert problem.code == "STN-PRICE-003"


def test_a_near_miss_is_told_what_was_meant(tmp_path: Path) -> None:
    (problem,) = refused(write(tmp_path, [ROW | {"product": "ndpr.oxid"}]), products=["ndpr.oxide", "tin"])
    assert problem.remedy == "Did you mean ndpr.oxide?"
    found = refused(write(tmp_path, [ROW | {"curency": "USD"}]))
    assert [p.remedy for p in found] == ["Did you mean currency?"]


def test_a_report_given_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    (problem,) = refused(write(tmp_path, [ROW, ROW | {"id": "b"}, ROW]))
    assert problem.code == "STN-PRICE-004"
    assert "first on line 2" in problem.message
    assert problem.place.line == 4


def test_a_correction_without_a_reason_is_refused(tmp_path: Path) -> None:
    rows = [ROW | {"corrects": "", "reason": ""}, ROW | {"id": "b", "corrects": "a-1", "reason": ""}]
    (problem,) = refused(write(tmp_path, rows))
    assert (problem.code, problem.place.line, problem.place.path) == ("STN-PRICE-002", 3, "reason")


FORMS = {
    "empty": (b"", "is empty"),
    "header alone": ((",".join(ROW) + "\n").encode(), "holds no reports"),
    "semicolons": ((";".join(ROW) + "\n").encode(), "not separated by commas"),
    "unknown column": ((",".join(ROW) + ",colour\n").encode(), "'colour' is not known"),
    "column twice": ((",".join(ROW) + ",price\n").encode(), "'price' is given twice"),
    "column missing": (b"id,kind\n", "'currency' is missing"),
    "ragged": ((",".join(ROW) + "\n1,2\n").encode(), "has 2 columns, the header 20"),
    "open quote": ((",".join(ROW) + '\n"1,2\n').encode(), "the table is broken"),
    "latin-1": ((",".join(ROW) + "\nfa\xe7ade").encode("latin-1"), "not UTF-8"),
    "long line": (b"a" * (1 << 20), "too long"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, form: str) -> None:
    content, words = FORMS[form]
    path = tmp_path / "reports.csv"
    path.write_bytes(content)
    found = refused(path)
    assert {problem.code for problem in found} == {"STN-PRICE-001"}
    assert any(words in problem.message for problem in found)


@pytest.mark.parametrize(
    ("line", "words"),
    [("{", "not JSON"), ("[1]", "not an object"), ('{"id": NaN}', "not JSON"),
     ('{"id": {"a": 1}}', "no single"),
     ('{"id": "1", "id": "2"}', "given twice"), ('{"colour": "red"}', "not known"),
     ("[" * 10**5, "not JSON")],
)  # fmt: skip
def test_a_line_that_is_no_report_is_refused(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "reports.ndjson"
    path.write_text(line + "\n", encoding="utf-8")
    assert any(words in p.message and p.place.line == 1 for p in refused(path))


@pytest.mark.parametrize("name", ["reports.xlsx", "missing.csv", "folder.csv"])
def test_what_is_no_file_of_reports_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    (problem,) = refused(tmp_path / name)
    assert problem.code == "STN-PRICE-001"


@settings(max_examples=60)
@given(content=st.binary(max_size=300), kind=st.sampled_from(["csv", "ndjson"]))
def test_any_bytes_give_reports_or_a_list_of_problems(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / f"reports.{kind}"
    head = (",".join(ROW) + "\n").encode() if kind == "csv" else b""
    path.write_bytes(head + content)
    try:
        assert read_reports(path)
    except PriceError as error:
        assert error.problems


def test_a_file_written_from_reports_reads_back_the_same(tmp_path: Path) -> None:
    told = report(
        1, related=None, freight=Decimal("1.50"), reported_on=date(2027, 3, 12), specification="99.9%"
    )
    row = {
        name: "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for name in COLUMNS
        for value in [getattr(told, name)]
    }
    (found,) = read_reports(write(tmp_path, [row]))
    assert found == told
    assert found.written_at == Place(str(tmp_path / "reports.csv"), 2)


def test_the_reference_page_lists_every_column_reason_and_flag_in_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "price-reports.md").read_text("utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE)
    assert tuple(listed) == (*COLUMNS, *REASONS, *FLAGS)
    must = re.findall(r"^\| `(\w+)` \|[^|]*\| yes \|", page, flags=re.MULTILINE)
    assert set(must) == ALWAYS


SAVED_AS_SOMETHING_ELSE = {
    "web page": (b"<!DOCTYPE html>\n<html><body>1,2</body></html>\n", "a web page"),
    "workbook": (b"PK\x03\x04\x14\x00\n", "a workbook"),
    "gzip": (b"\x1f\x8b\x08\x00abc", "not UTF-8"),
    "utf-16": ((",".join(ROW) + "\n").encode("utf-16"), "not UTF-8"),
    "old Mac": ((",".join(ROW) + "\r" + ",".join(ROW.values()) + "\r").encode(), "new-line"),
    "long cell": ((",".join(ROW) + '\n"' + "a" * 200_000 + '"\n').encode(), "field larger"),
}


@pytest.mark.parametrize("form", SAVED_AS_SOMETHING_ELSE)
def test_a_file_saved_as_something_else_is_told_so_once(tmp_path: Path, form: str) -> None:
    content, words = SAVED_AS_SOMETHING_ELSE[form]
    path = tmp_path / "reports.csv"
    path.write_bytes(content)
    (problem,) = refused(path)
    assert problem.code == "STN-PRICE-001"
    assert words in problem.message
    assert "quotes inside" not in problem.remedy


@pytest.mark.parametrize("sign", ["\ud800", "\u200b", "\ufeff", "\xad", "\u200e", "\x1b"])
def test_signs_that_hide_steer_or_are_no_text_are_refused_in_names(tmp_path: Path, sign: str) -> None:
    path = tmp_path / "reports.ndjson"
    path.write_text(json.dumps(ROW | {"reporter": f"A{sign}B"}) + "\n", encoding="utf-8")
    (problem,) = refused(path)
    assert (problem.code, problem.place.path) == ("STN-PRICE-002", "reporter")


def test_a_report_given_twice_with_spaces_round_its_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reports.ndjson"
    rows = [ROW | {"id": "a\x1b[2J"}, ROW | {"id": " a\x1b[2J "}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = refused(path)
    assert sorted(problem.code for problem in found) == ["STN-PRICE-002", "STN-PRICE-002", "STN-PRICE-004"]
    assert not any("\x1b" in problem.message for problem in found)


def test_a_report_handed_in_before_the_day_it_tells_of_is_refused(tmp_path: Path) -> None:
    rows = [ROW | {"dated_on": "2027-03-10", "reported_on": "2027-03-09"}]
    (problem,) = refused(write(tmp_path, rows))
    assert (problem.code, problem.place.path) == ("STN-PRICE-002", "reported_on")


def test_a_name_too_long_for_the_disk_is_refused(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path / f"{'a' * 300}.csv")
    assert problem.code == "STN-PRICE-001"
