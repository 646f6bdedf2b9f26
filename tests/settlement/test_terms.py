from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stannary.errors import SettlementError
from stannary.settlement.forms import DeliveryRow, DesignatedRow, LoanFile, StockFile
from stannary.settlement.loans import LoanTerms
from stannary.settlement.statement import Input, Statement, Step
from stannary.settlement.terms import read_rows, read_statements, read_terms

HEAD = "product,designation,quantity,unit,reference\n"


def file(tmp_path, content, name="rows.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(read, *arguments):
    with pytest.raises(SettlementError) as error:
        read(*arguments)
    assert {each.code for each in error.value.problems} == {"STN-SETTLE-001"}
    return [str(each) for each in error.value.problems]


def test_rows_are_read_as_text_with_every_digit(tmp_path):
    path = file(tmp_path, f"{HEAD}na.oxide,stockpile,0.100000000000000001,t,0017\n")
    assert read_rows(path, DesignatedRow) == (
        DesignatedRow(
            product="na.oxide",
            designation="stockpile",
            quantity=Decimal("0.100000000000000001"),
            unit="t",
            reference="0017",
        ),
    )


def test_an_empty_cell_is_not_given(tmp_path):
    head = "product,quantity,unit,reference,delivered_on,price"
    [row] = read_rows(file(tmp_path, f"{head}\na.b,1,t,X,2026-01-01,\n"), DeliveryRow)
    assert row.price is None


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ("", 1),
        (HEAD, 1),
        ("product,quantity\nx,1\n", 3),
        (f"{HEAD}a.b,stockpile,1e3,t,X\na.b,stockpile,1_000,t,\n", 3),
        (f"{HEAD}a.b,stockpile,NaN,t,X\na.b,stockpile,1,t,Y,Z\n", 2),
        (HEAD.replace("unit", "unit,colour") + "a.b,stockpile,1,t,red,X\n", 1),
        (b"\xff\xfe\x00", 1),
    ],
)
def test_every_problem_of_a_file_of_rows_is_told_at_once(tmp_path, content, count):
    assert len(refused(read_rows, file(tmp_path, content), DesignatedRow)) == count


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path):
    for path in (tmp_path / "nosuch", tmp_path):
        refused(read_rows, path, DesignatedRow)
        refused(read_terms, path, LoanFile)
        refused(read_statements, path)


@given(some.binary(max_size=200))
def test_whatever_the_bytes_reading_ends_in_a_value_or_a_refusal(tmp_path, content):
    path = file(tmp_path, content)
    for read, form in ((read_rows, DesignatedRow), (read_terms, StockFile), (read_terms, LoanFile)):
        try:
            read(path, form)
        except SettlementError as error:
            assert error.problems
    with pytest.raises(SettlementError):
        read_statements(path)


def test_terms_are_read_with_their_places(tmp_path):
    text = "terms:\n  id: a\n  lender: L\n  portion: 10\n  agreed_on: 2026-01-01\n  day_count: act/360\n"
    path = file(tmp_path, text, "loan.yaml")
    told = refused(read_terms, path, LoanFile)
    assert len(told) == 3  # borrower, interest_rate, and where the terms come from
    assert all("loan.yaml:2" in each for each in told)
    whole = text + "  borrower: B\n  interest_rate: 0.05\n  assumed: a case\n"
    found = read_terms(file(tmp_path, whole, "loan.yaml"), LoanFile).terms
    assert isinstance(found, LoanTerms) and found.agreed_on == date(2026, 1, 1)


def test_a_field_given_twice_is_refused(tmp_path):
    told = refused(read_terms, file(tmp_path, "method: fifo\nmethod: average\n", "s.yaml"), StockFile)
    assert "twice" in told[0]


NUMBERS = some.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)


@given(some.lists(some.tuples(some.text(max_size=9), some.one_of(NUMBERS, some.text(max_size=9)))), NUMBERS)
def test_a_statement_reads_back_with_the_digest_it_had(tmp_path, pairs, amount):
    said = Statement(
        "difference",
        "a/2026-Q1",
        "USA",
        date(2026, 3, 31),
        tuple(Input(name, value) for name, value in pairs),
        (Step("due", "as given", amount, "USD"),),
        abs(amount),
        "USD",
    )
    written = json.dumps(said.as_data() | {"digest": said.digest}, ensure_ascii=True)
    [found] = read_statements(file(tmp_path, written, "s.json"))
    assert found.digest == said.digest and found.amount == said.amount


def test_a_statement_with_another_amount_than_its_digest_is_refused(tmp_path):
    said = Statement("difference", "a/1", "USA", date(2026, 3, 31), (), (), Decimal(5), "USD")
    changed = said.as_data() | {"digest": said.digest, "amount": "6"}
    assert "digest" in refused(read_statements, file(tmp_path, json.dumps(changed)))[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "1e999999999"},
        {"amount": 5},
        {"outcome": "\ud800"},
        {"steps": [{"name": "x"}]},
        {"on": "yesterday"},
        {"inputs": 5},
    ],
)
def test_what_is_almost_a_statement_is_refused(tmp_path, changes):
    said = Statement("difference", "a/1", "USA", date(2026, 3, 31), (), (), Decimal(5), "USD")
    refused(read_statements, file(tmp_path, json.dumps(said.as_data() | {"digest": said.digest} | changes)))


@pytest.mark.parametrize(
    "text", ["[]", "5", "null", '{"statements": 5}', '{"statements": [5]}', "[" * 100_000]
)
def test_json_that_is_no_statement_is_refused(tmp_path, text):
    refused(read_statements, file(tmp_path, text))
