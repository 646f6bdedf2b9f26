from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.errors import LedgerError
from stannary.ledger.account_files import openings_of, read_accounts
from stannary.ledger.accounts import Account
from stannary.ledger.files import located, read_amount, read_vouchers, write_vouchers
from stannary.ledger.json_lines import MalformedError, column_of, columns_of, parse_line
from stannary.ledger.postings import read_postings, transfers_of
from stannary.ledger.vouchers import Cause, Transfer, Voucher

from .lively_books import HOME, book_with, lively_books

LINE = (
    '{"organisation": "USA", "key": "a/1", "kind": "post", "effective_on": "2026-01-05", '
    '"cause": {"kind": "determination", "reference": "E-1"}, "transfers": [{"debit": "Assets:Cash", '
    '"credit": "Income:Duties", "amount": "1250.00", "commodity": "USD"}]}\n'
)
HEAD = "key,date,account,amount,commodity,cause_kind,cause,narrative\n"
ROWS = (
    "a,2026-01-05,Assets:Cash,10.00,USD,invoice,1,Two parts\n"
    "a,,Expenses:Fee,2.50,USD,,,\n"
    "a,,Income:Duties,-12.50,USD,,,\n"
)


def faults(content: bytes | str, read=read_vouchers) -> list[tuple[str, int | None, int | None]]:
    content = content.encode() if isinstance(content, str) else content
    with pytest.raises(LedgerError) as error:
        read(content, name="f", organisation="USA")
    assert all(problem.place.file == "f" and problem.message for problem in error.value.problems)
    return [(each.code[-3:], each.place.line, each.place.column) for each in error.value.problems]


def at(text: str) -> int:
    return LINE.index(text) + 1


# -- files of vouchers --------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(lively_books())
def test_vouchers_are_read_back_as_they_were_written(book):
    vouchers = [each.voucher for each in book.journal()]
    read = read_vouchers("".join(write_vouchers(vouchers)).encode(), name="f")
    assert [each.voucher for each in read] == vouchers
    assert [each.place.line for each in read] == list(range(1, len(vouchers) + 1))


def test_limits_and_days_are_read_back_exactly():
    account = Account(HOME, "Assets:Stock:Oxide", "NDPR.OXIDE", 0, 10**15 + 1, 30)
    voucher = Voucher(HOME, "o", "open_account", date(2026, 1, 1), Cause("c", "r"), account=account)
    [line] = write_vouchers([voucher])
    assert json.loads(line)["account"]["highest"] == "1000000.000000001"
    assert read_vouchers(line.encode())[0].voucher == voucher


def test_a_file_that_does_not_say_whose_it_is_belongs_to_whom_the_reader_names():
    bare = LINE.replace('"organisation": "USA", ', "")
    assert read_vouchers(bare.encode(), organisation="JPN")[0].voucher.organisation == "JPN"
    assert read_vouchers(LINE.encode(), organisation="JPN")[0].voucher.organisation == "USA"
    with pytest.raises(LedgerError, match="belongs to no organisation"):
        read_vouchers(bare.encode())


@pytest.mark.parametrize(
    ("content", "code", "line", "column"),
    [
        (b"", "022", None, None),
        (b" \n \n", "022", None, None),
        (b"\xef\xbb\xbf" + LINE.encode(), "022", 1, 1),
        (LINE.encode("utf-16"), "022", 1, 1),
        (LINE.encode() + b"ab\x80", "022", 2, 3),
        (LINE + "\n" + LINE, "022", 2, 1),
        ("[" * 100_000, "022", 1, 1),
        ('{"a": ' * 100_000, "022", 1, 1),
        ("x" * 1_000_001, "022", 1, 1),
        ("{", "022", 1, 2),
        ("[]", "022", 1, 1),
        ('{"key": "a", "key": "b"}', "022", 1, 14),
        ('{"key": NaN}', "022", 1, 9),
        ('{"key": -Infinity}', "022", 1, 9),
        (LINE.replace("E-1", "E\x00"), "022", 1, at("E-1") + 1),
        (LINE.replace("E-1", "\\u0000"), "001", 1, 1),
        (LINE.replace("E-1", "\\ud800"), "001", 1, at('"E-1')),
        (LINE.replace('"1250.00"', "1250.00"), "013", 1, at('"1250')),
        (LINE.replace('"1250.00"', "1250"), "013", 1, at('"1250')),
        (LINE.replace('"1250.00"', "9" * 5_000), "013", 1, at('"1250')),
        (LINE.replace("1250.00", "9" * 5_000), "013", 1, at('"1250')),
        (LINE.replace("1250.00", "9" * 30), "013", 1, 1),
        (LINE.replace("1250.00", "1250.001"), "013", 1, at('"1250')),
        (LINE.replace("1250.00", "1,250.00"), "013", 1, at('"1250')),
        (LINE.replace("1250.00", "1e3"), "013", 1, at('"1250')),
        (LINE.replace("1250.00", "NaN"), "013", 1, at('"1250')),
        (LINE.replace("1250.00", "0.00"), "013", 1, 1),
        (LINE.replace("1250.00", "-1.00"), "013", 1, 1),
        (LINE.replace('"1250.00"', "null"), "013", 1, at('{"debit')),
        (LINE.replace('"USD"', '"XXX"'), "004", 1, at('"USD"')),
        (LINE.replace("2026-01-05", "20260105"), "001", 1, at('"2026')),
        (LINE.replace("2026-01-05", "2026-02-30"), "001", 1, at('"2026')),
        (LINE.replace('"post"', '"gift"'), "001", 1, at('"post"')),
        (LINE.replace('"key"', '"kye"'), "001", 1, at('"a/1"')),
        (LINE.replace('{"kind": "determination", "reference": "E-1"}', "null"), "016", 1, 1),
        (LINE.replace('"reference": "E-1"', '"reference": ""'), "016", 1, 1),
        (LINE.replace("Income:Duties", "Assets:Cash"), "001", 1, 1),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(content, code, line, column):
    assert faults(content)[0] == (code, line, column)


def test_every_fault_of_a_file_is_told_at_once():
    bad = LINE.replace("1250.00", "1.001").replace("2026-01-05", "soon").replace("USA", "")
    assert [each[:2] for each in faults(LINE + bad + "{\n")] == [("001", 2), ("013", 2), ("022", 3)]


def test_a_file_of_nothing_but_faults_is_not_read_to_its_end():
    assert len(faults("x\n" * 50_000)) == 1_001


HOSTILE = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.integers(), max_size=2))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_field_is_read_or_refused_and_nothing_else(data):
    voucher = json.loads(LINE)
    where = data.draw(st.sampled_from([voucher, voucher["cause"], voucher["transfers"][0]]))
    where[data.draw(st.one_of(st.sampled_from(sorted(where)), st.text(max_size=5)))] = data.draw(HOSTILE)
    try:
        [filed] = read_vouchers(json.dumps(voucher).encode("utf-8", "replace"), organisation="USA")
    except LedgerError:
        return
    assert read_vouchers("".join(write_vouchers([filed.voucher])).encode())[0].voucher == filed.voucher


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_in_words(content):
    for read in (read_vouchers, read_postings):
        with pytest.raises(LedgerError):
            read(content)


@given(st.integers(-(10**20), 10**20), st.sampled_from(["USD", "JPY", "BHD", "NDPR.OXIDE"]))
def test_an_amount_reads_back_to_the_last_unit(units, commodity):
    assert read_amount(_text(units, commodity), commodity) == units


def _text(units: int, commodity: str) -> str:
    digits = {"USD": 2, "JPY": 0, "BHD": 3, "NDPR.OXIDE": 9}[commodity]
    whole, part = divmod(abs(units), 10**digits)
    sign = "-" if units < 0 else ""
    return f"{sign}{whole}.{part:0{digits}}" if digits else f"{sign}{whole}"


def test_columns_are_found_below_lists_and_behind_escaped_quotes():
    line = '{"a\\"b": [1, {"c": "x"}], "d": "}"}'
    assert line[column_of(columns_of(line), ('a"b', 1, "c")) - 1 :].startswith('"x"')
    assert line[column_of(columns_of(line), ("d",)) - 1 :] == '"}"}'
    with pytest.raises(MalformedError) as error:
        parse_line('{"a": [{"b": 1, "c": 2}, {"b": 1, "b": 2}]}')
    assert error.value.column == 35


def test_a_refusal_by_the_book_names_the_line():
    filed = read_vouchers((LINE + LINE.replace("a/1", "a/2")).encode(), name="f")
    with pytest.raises(LedgerError) as error:
        book_with(()).post(*(each.voucher for each in filed))
    told = located(error.value, filed)
    assert {str(each.place) for each in told.problems} == {"f:1:1 (USA/a/1)", "f:2:1 (USA/a/2)"}


# -- files of postings --------------------------------------------------------------------------------------


def test_rows_of_a_key_become_one_voucher():
    [filed] = read_postings((HEAD + ROWS).encode(), name="f", organisation="USA")
    cause = Cause("invoice", "1")
    transfers = (
        Transfer("Assets:Cash", "Income:Duties", 1_000, "USD"),
        Transfer("Expenses:Fee", "Income:Duties", 250, "USD"),
    )
    on = date(2026, 1, 5)
    assert filed.voucher == Voucher("USA", "a", "post", on, cause, transfers, narrative="Two parts")
    assert filed.place.line == 2


def test_namibian_dollars_and_a_member_called_na_are_what_they_say():
    head = HEAD.replace("narrative", "member")
    rows = "a,2026-01-05,Assets:Cash,1,NAD,i,NA,NA\na,,Income:X,-1,NAD,,,\n"
    [filed] = read_postings((head + rows).encode(), organisation="NAM")
    assert (filed.voucher.member, filed.voucher.cause.reference) == ("NA", "NA")


def test_a_quote_inside_a_cell_is_only_a_quote():
    [filed] = read_postings((HEAD + ROWS.replace("Two parts", 'Two "parts')).encode(), organisation="USA")
    assert filed.voucher.narrative == 'Two "parts'
    odd = (
        HEAD.replace("key,", "narrative,").replace(",narrative", ",key")
        + 'a"b,2026-01-05,Assets:Cash,x,USD,i,1,k\n'
    )
    assert faults(odd, read_postings)[0] == ("013", 2, 28)


@pytest.mark.parametrize(
    ("content", "code", "line", "column"),
    [
        (b"", "022", None, None),
        (HEAD, "022", None, None),
        ("\ufeff" + HEAD + ROWS, "022", 1, 1),
        ("\x00" + HEAD + ROWS, "022", 1, 1),
        (HEAD.replace("date", "day") + ROWS, "022", 1, 5),
        (HEAD.replace("date", "key") + ROWS, "022", 1, 5),
        (HEAD + ROWS + "\n" + ROWS, "022", 5, 1),
        (HEAD + ROWS.replace("-12.50,", ""), "022", 4, 1),
        (HEAD + ROWS.replace("Two parts", '"Two\nparts"'), "022", 2, 1),
        (HEAD + ROWS.replace("-12.50", "-12.49"), "015", 2, 26),
        (HEAD + ROWS.replace("-12.50", "-12.505"), "013", 4, 18),
        (HEAD + ROWS.replace("10.00", "0"), "013", 2, 26),
        (HEAD + ROWS.replace("10.00", "1.000,00"), "022", 2, 1),
        (HEAD + ROWS.replace("10.00", "=5+5"), "013", 2, 26),
        (HEAD + ROWS.replace("USD", "US$"), "004", 2, 32),
        (HEAD + ROWS.replace("2026-01-05", "5/1/2026"), "001", 2, 3),
        (HEAD + ROWS.replace("2026-01-05", ""), "001", 2, 3),
        (HEAD + ROWS.replace("a,,Exp", "a,2026-01-06,Exp"), "001", 3, 3),
        (HEAD + ROWS.replace("Expenses:Fee", "Income:Duties"), "001", 4, 4),
        (HEAD + ROWS.replace("invoice,1", ",1"), "016", 2, 37),
        (HEAD + ROWS.replace("Assets:Cash", "Cash"), "001", 2, 1),
        (HEAD + ROWS.replace("Two parts", "Two\x07parts"), "001", 2, 1),
    ],
)
def test_what_is_wrong_with_a_file_of_postings_is_told_with_its_place(content, code, line, column):
    assert faults(content, read_postings)[0] == (code, line, column)


SIDES = st.lists(st.integers(1, 10**9), min_size=1, max_size=6)


@given(SIDES, SIDES)
def test_postings_become_transfers_that_move_the_same_amounts_in_as_few_steps(debits, credits):
    short = sum(debits) - sum(credits)
    debits, credits = (debits, [*credits, short]) if short > 0 else ([*debits, -short], credits)
    postings = [(f"Assets:D{n}", units, "USD") for n, units in enumerate(debits) if units]
    postings += [(f"Assets:C{n}", -units, "USD") for n, units in enumerate(credits) if units]
    made = transfers_of(postings)
    moved: dict[str, int] = {}
    for each in made:
        moved[each.debit] = moved.get(each.debit, 0) + each.amount
        moved[each.credit] = moved.get(each.credit, 0) - each.amount
    assert moved == {name: units for name, units, _ in postings}
    assert len(made) < len(postings)
    assert made == transfers_of(postings)


# -- files of accounts --------------------------------------------------------------------------------------

ACCOUNTS = "account,commodity,lowest,highest,clears_within_days\n"


def test_accounts_are_opened_once_with_their_limits():
    text = ACCOUNTS + "Assets:Cash,USD,,,\nAssets:Loans:Mine,USD,0,1000.00,\nAssets:Clearing:JPN,USD,,,30\n"
    listed = read_accounts(text.encode(), name="f", organisation=HOME)
    assert [each.account for each in listed] == [
        Account(HOME, "Assets:Cash", "USD"),
        Account(HOME, "Assets:Loans:Mine", "USD", 0, 100_000),
        Account(HOME, "Assets:Clearing:JPN", "USD", clears_within_days=30),
    ]
    book = book_with([listed[0].account])
    filed, known = openings_of(book, listed, date(2026, 1, 1), Cause("chart", "f"))
    assert (len(filed), known) == (2, 1)
    book.post(*(each.voucher for each in filed))
    assert openings_of(book, listed, date(2026, 2, 1), Cause("chart", "f")) == ((), 3)


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("Cash,USD,,,", "001", 1),
        ("Assets:Cash,XXX,,,", "004", 13),
        ("Assets:Cash,USD,1.234,,", "013", 17),
        ("Assets:Cash,USD,5.00,1.00,", "001", 1),
        ("Assets:Cash,USD,,,soon", "001", 19),
        ("Assets:Cash,USD,,", "022", 1),
    ],
)
def test_what_is_wrong_with_a_list_of_accounts_is_told_with_its_place(row, code, column):
    assert faults(ACCOUNTS + row, read_accounts) == [(code, 2, column)]


def test_an_account_that_stands_otherwise_is_refused_by_the_book():
    book = book_with([Account(HOME, "Assets:Cash", "USD")])
    listed = read_accounts((ACCOUNTS + "Assets:Cash,EUR,,,").encode(), name="f", organisation=HOME)
    filed, known = openings_of(book, listed, date(2026, 1, 1), Cause("chart", "g"))
    assert known == 0
    with pytest.raises(LedgerError):
        book.post(*(each.voucher for each in filed))


def test_an_account_listed_twice_is_refused():
    assert faults(ACCOUNTS + "Assets:Cash,USD,,,\nAssets:Cash,USD,,,\n", read_accounts) == [("014", 3, 1)]


def test_a_transfer_of_a_thousand_rows_is_split_by_the_sender():
    rows = [f"a,,Income:X{n},-0.01,USD,,,\n" for n in range(1_001)]
    text = HEAD + "a,2026-01-05,Assets:Cash,10.01,USD,i,1,\n" + "".join(rows)
    assert faults(text, read_postings)[0][0] == "001"


def test_what_is_told_of_a_bad_file_is_bounded():
    nothing = {"key": "a/1", "kind": "post", "effective_on": "2026-01-05"}
    lines = {
        "strangers": {f"a{number}": 1 for number in range(20_000)},
        "strangers within": {**nothing, "cause": {f"a{number}": 1 for number in range(20_000)}},
        "no transfers": {**nothing, "cause": {"kind": "c", "reference": "r"}, "transfers": [1] * 20_000},
    }
    for data in lines.values():
        assert len(faults(json.dumps(data))) == 100
    assert len(faults("{}\n" * 10_000)) <= 1_101
    for rows in ("\n" * 10_000, "too,short\n" * 10_000, "a,x,y,z,USD,,,\n" * 2_000):
        assert len(faults(HEAD + rows, read_postings)) == 1_001
    accounts = "account,commodity,lowest,highest,clears_within_days\n"
    for rows in ("\n" * 10_000, "x,y,z,w,v\n" * 10_000, "Assets:A,USD,,,\n" * 10_000):
        assert len(faults(accounts + rows, read_accounts)) == 1_001


def test_rows_of_one_key_are_told_to_be_split_where_no_voucher_can_hold_them():
    rows = "a,2026-01-05,Assets:Cash,1,USD,invoice,1,\na,,Income:Duties,-1,USD,,,\n" * 1_001
    assert faults(HEAD + rows, read_postings) == [("001", 2, 1)]
