from __future__ import annotations

import csv
import io
import re
import sqlite3
from pathlib import Path

import pytest

ACCOUNTS = """account,commodity,lowest,highest,clears_within_days
Assets:Cash,USD,,,
Assets:Receivable:Duties,USD,,,
Assets:Clearing:JPN,USD,,,30
Assets:Appropriations:Support,USD,0,,
Assets:Stock:Oxide,NDPR.OXIDE,0,,
Equity:Appropriations,USD,,,
Equity:Metal,NDPR.OXIDE,,,
Income:Duties,USD,,,
Expenses:Support,USD,,,
"""
POSTINGS = """key,date,account,amount,commodity,cause_kind,cause,narrative,member,programme,mineral
duty/1,2026-01-12,Assets:Receivable:Duties,1250.00,USD,determination,E-1,Oxide,USA,border adjustment,ndpr
duty/1,,Income:Duties,-1250.00,USD,,,,,,
paid/1,2026-02-01,Assets:Cash,1000.00,USD,determination,E-1,Part paid,USA,border adjustment,ndpr
paid/1,,Assets:Receivable:Duties,-1000.00,USD,,,,,,
clear/1,2026-02-03,Assets:Clearing:JPN,200.00,USD,allocation,2026-Q1,=1+1,JPN,revenue,
clear/1,,Assets:Cash,-200.00,USD,,,,,,
stock/1,2026-02-05,Assets:Stock:Oxide,12.5,NDPR.OXIDE,purchase,P-1,,,stockpile,ndpr
stock/1,,Equity:Metal,-12.5,NDPR.OXIDE,,,,,,
"""
VOUCHERS = (
    '{"key": "budget/1", "kind": "post", "effective_on": "2026-01-01", "cause": {"kind": "budget", '
    '"reference": "B-1"}, "transfers": [{"debit": "Assets:Appropriations:Support", '
    '"credit": "Equity:Appropriations", "amount": "5000.00", "commodity": "USD"}]}\n'
    '{"key": "hold/1", "kind": "pending", "effective_on": "2026-02-10", "cause": {"kind": "contract", '
    '"reference": "C-1"}, "transfers": [{"debit": "Expenses:Support", '
    '"credit": "Assets:Appropriations:Support", "amount": "750.00", "commodity": "USD"}]}\n'
)
STATEMENTS = ("trial-balance", "balance-sheet", "receipts", "open-items", "clearing", "commitments")
ON = ("--as-of", "2026-03-01")


@pytest.fixture
def kept(run):
    """Keep a small book in book.db."""
    Path("accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    Path("postings.csv").write_text(POSTINGS, encoding="utf-8")
    Path("vouchers.ndjson").write_text(VOUCHERS, encoding="utf-8")
    opened = run("ledger", "open", "accounts.csv", "--organisation", "USA", "--on", "2026-01-01")
    assert len(opened.data["opened"]) == 9
    assert run("ledger", "post", "postings.csv").data["posted"] == 4
    assert run("ledger", "post", "vouchers.ndjson").data["posted"] == 2
    return run


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_same_list_and_the_same_file_add_nothing(kept):
    again = kept("ledger", "open", "accounts.csv")
    assert (again.data["opened"], again.data["open_already"]) == ([], 9)
    said = kept("ledger", "post", "postings.csv", "--format", "table")
    assert said.out == "0 vouchers posted to book.db. 4 vouchers stood there already.\n"


def test_balances_are_those_of_the_day(kept):
    for day, amount in (("2026-01-31", "1250.00"), ("2026-02-01", "250.00")):
        [row] = kept("ledger", "balance", "Assets:Receivable", "--as-of", day).data["rows"]
        assert (row["account"], row["balance"]) == ("Assets:Receivable:Duties", amount)
    said = kept("ledger", "balance", *ON, "--known-at", "2020-01-01")
    assert {row["balance"] for row in said.data["rows"]} == {"0.00", "0.000000000"}


def test_an_account_that_is_not_there_is_not_found(kept):
    said = kept("ledger", "balance", "Assets:Receivable:Dutys")
    assert said.status == 4
    assert "Did you mean Assets:Receivable:Duties?" in said.err


def test_every_statement_fits_a_screen_and_is_rows_and_data_too(kept, monkeypatch):
    for name in STATEMENTS:
        words = ("ledger", "statement", name, *ON)
        for columns in (80, 120):
            monkeypatch.setenv("COLUMNS", str(columns))
            table = kept(*words, "--format", "table")
            assert table.status == 0
            assert "of USA, as of 2026-03-01" in table.out
            assert max(map(len, table.out.splitlines())) <= columns
        data = kept(*words).data
        assert (data["statement"], data["organisation"], data["holds"]) == (name, "USA", True)
        rows = rows_of(kept(*words, "--format", "csv").out)
        assert len(rows) == len(data["rows"]) > 0


def test_a_trial_balance_has_equal_sides_in_each_commodity(kept):
    totals = kept("ledger", "statement", "trial-balance", *ON).data["totals"]
    assert totals == [
        {"commodity": "NDPR.OXIDE", "debit": "12.500000000", "credit": "12.500000000"},
        {"commodity": "USD", "debit": "6250.00", "credit": "6250.00"},
    ]


def test_receipts_are_told_by_what_is_asked_for(kept):
    rows = kept(
        "ledger", "statement", "receipts", *ON, "--by", "member,account", "--from", "2026-02-01"
    ).data["rows"]
    assert rows == [
        {"member": "JPN", "account": "Assets:Clearing:JPN", "receipts": "0.00", "payments": "200.00",
         "net": "-200.00", "commodity": "USD"},
        {"member": "USA", "account": "Assets:Receivable:Duties", "receipts": "1000.00", "payments": "0.00",
         "net": "1000.00", "commodity": "USD"},
    ]  # fmt: skip
    assert kept("ledger", "statement", "receipts", "--by", "colour").status == 2


def test_open_items_are_what_is_held_and_what_is_owed(kept):
    rows = kept("ledger", "statement", "open-items", *ON).data["rows"]
    assert [(row["kind"], row["cause"], row["amount"], row["days"]) for row in rows] == [
        ("pending", "C-1", "750.00", 19),
        ("receivable", "E-1", "250.00", 48),
    ]


def test_an_overdue_clearing_account_is_an_incident_where_that_is_asked(kept):
    words = ("ledger", "statement", "clearing", "--fail-on", "overdue", "--as-of")
    assert kept(*words, "2026-03-05").status == 0
    said = kept(*words, "2026-03-06", "--format", "table")
    assert said.status == 5
    assert "OVERDUE" in said.out
    assert kept("ledger", "statement", "clearing", "--as-of", "2026-03-06").status == 0


def test_a_file_with_one_fault_posts_nothing(kept):
    bad = VOUCHERS.replace("budget/1", "budget/2") + VOUCHERS.replace("5000.00", "5000.001")
    Path("bad.ndjson").write_text(bad, encoding="utf-8")
    said = kept("ledger", "post", "bad.ndjson")
    assert said.status == 3
    assert "bad.ndjson:3:" in said.err
    assert "STN-LEDGER-013" in said.err
    assert kept("ledger", "balance", "Equity", *ON).data["rows"][0]["balance"] == "-5000.00"


def test_what_the_book_refuses_is_told_with_the_line_and_nothing_is_posted(kept):
    much = VOUCHERS.replace("/1", "/2").replace("750.00", "99000.00")
    Path("much.ndjson").write_text(much, encoding="utf-8")
    said = kept("ledger", "post", "much.ndjson")
    assert said.status == 3
    assert "STN-LEDGER-007  much.ndjson:2:1 (USA/hold/2)" in said.err
    assert kept("ledger", "balance", "Equity", *ON).data["rows"][0]["balance"] == "-5000.00"


def test_in_batches_what_came_before_the_refusal_stands_and_is_told(kept):
    much = VOUCHERS.replace("/1", "/2").replace("750.00", "99000.00")
    Path("much.ndjson").write_text(much, encoding="utf-8")
    said = kept("ledger", "post", "much.ndjson", "--batch", "1")
    assert said.status == 3
    assert "The first 1 voucher of the file stand" in said.err
    assert kept("ledger", "balance", "Equity", *ON).data["rows"][0]["balance"] == "-10000.00"
    assert kept("ledger", "post", "much.ndjson", "--batch", "0").status == 2


def test_a_closed_period_takes_no_more_vouchers(kept):
    closing = ("ledger", "close", "--through", "2026-03-31")
    assert kept(*closing).data["was_closed_already"] is False
    assert kept(*closing).data["was_closed_already"] is True
    late = POSTINGS.replace("/1", "/2")
    Path("late.csv").write_text(late, encoding="utf-8")
    said = kept("ledger", "post", "late.csv")
    assert said.status == 3
    assert said.err.count("STN-LEDGER-005") == 4
    assert kept("ledger", "post", "postings.csv").data["stood_already"] == 4


def test_a_sealed_book_is_verified_and_a_changed_one_is_not(kept):
    assert kept("ledger", "key", "book.key", "--name", "zone.example/books").status == 0
    assert kept("ledger", "key", "japan.key", "--name", "japan.example", "--witness").status == 0
    sealed = kept("ledger", "seal", "--key", "book.key", "--note", "note.txt").data
    assert sealed["size"] == 15
    witness = ("--key", "japan.key", "--log", "book.vkey", "--memory", "seen.txt")
    assert kept("ledger", "witness", *witness, "--note", "note.txt").status == 0
    assert kept("ledger", "prove", "duty/1", "--out", "proof.txt").status == 0
    assert kept("ledger", "export", "--format", "log", "--out", "book.log").status == 0
    trusted = ("--key", "book.vkey", "--witness", "japan.vkey")
    whole = kept("ledger", "verify", *trusted)
    assert (whole.status, whole.data["holds"], whole.data["sealed"]) == (0, True, 15)
    noted = ("--checkpoint", "note.txt", "--checkpoint", "proof.txt")
    assert kept("ledger", "verify", "book.log", *trusted, *noted).status == 0
    changed = Path("book.log").read_text(encoding="utf-8").replace("Part paid", "All paid")
    Path("changed.log").write_text(changed, encoding="utf-8")
    said = kept("ledger", "verify", "changed.log", *trusted, *noted, "--format", "table")
    assert said.status == 5
    assert "DOES NOT HOLD" in said.out
    assert "USA/paid/1" in said.out


def test_keys_are_never_overwritten(kept):
    words = ("ledger", "key", "book.key", "--name", "zone.example/books")
    vkey = kept(*words).data["vkey"]
    assert Path("book.vkey").read_text(encoding="utf-8") == f"{vkey}\n"
    assert Path("book.key").stat().st_mode & 0o077 == 0
    assert kept(*words).status == 2


def test_a_book_cannot_be_witnessed_before_it_is_sealed(kept):
    assert kept("ledger", "key", "w.key", "--name", "japan.example", "--witness").status == 0
    assert kept("ledger", "key", "book.key", "--name", "zone.example/books").status == 0
    said = kept("ledger", "witness", "--key", "w.key", "--log", "book.vkey", "--memory", "seen.txt")
    assert said.status == 2
    assert kept("ledger", "prove", "duty/1").status == 4


def test_exports_take_their_form_from_the_file_and_neutralise_formulas(kept):
    for name in ("b.beancount", "b.journal", "b.csv", "b.ndjson"):
        assert kept("ledger", "export", "--out", name).status == 0
        assert Path(name).stat().st_size > 500
    cells = [row["narrative"] for row in rows_of(Path("b.csv").read_text(encoding="utf-8"))]
    assert "'=1+1" in cells
    assert '"=1+1"' in Path("b.beancount").read_text(encoding="utf-8")
    assert kept("ledger", "export").status == 2
    new = ("--book", "new.db")
    assert kept("ledger", "open", *new).status == 0
    assert kept("ledger", "post", "b.ndjson", *new).data["posted"] == 15
    here = kept("ledger", "statement", "trial-balance", *ON).data
    assert kept("ledger", "statement", "trial-balance", *ON, *new).data == here


def test_a_book_of_several_organisations_asks_whose_accounts_are_meant(kept):
    Path("few.csv").write_text("account,commodity\nAssets:Cash,JPY\n", encoding="utf-8")
    assert kept("ledger", "open", "few.csv", "--organisation", "JPN").status == 0
    said = kept("ledger", "balance")
    assert said.status == 2
    assert "The book is of JPN, USA." in said.err
    assert kept("ledger", "balance", "--organisation", "JPN").data["rows"][0]["commodity"] == "JPY"
    assert kept("ledger", "balance", "--organisation", "EUU").status == 4
    assert kept("ledger", "post", "postings.csv").status == 3


def test_settings_say_which_book_and_whose(kept, monkeypatch):
    monkeypatch.setenv("STANNARY_BOOK", "elsewhere.db")
    assert kept("ledger", "balance").status == 3
    Path("stannary.toml").write_text('book = "book.db"\norganisation = "USA"\n', encoding="utf-8")
    monkeypatch.delenv("STANNARY_BOOK")
    assert kept("ledger", "balance").data["organisation"] == "USA"


def test_the_password_of_an_address_is_never_shown(run, monkeypatch):
    monkeypatch.setenv("STANNARY_BOOK", "postgresql://keeper:hush@db.example/books")
    said = run("config", "explain", "book", "--format", "json")
    assert said.data["value"] == "postgresql://keeper:***@db.example/books"
    assert "hush" not in said.out + said.err


def test_what_is_no_book_is_refused_in_words(run):
    Path("book.db").write_text("not a book", encoding="utf-8")
    for words in (
        ("balance",),
        ("statement", "trial-balance"),
        ("close", "--through", "2026-01-01"),
        ("verify",),
    ):
        said = run("ledger", *words)
        assert said.status == 3, words
        assert "STN-LEDGER-020" in said.err


def test_a_list_without_an_owner_begins_no_book(run):
    Path("accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    assert run("ledger", "open", "accounts.csv").status == 2
    assert not Path("book.db").exists()


def test_files_that_are_not_there_and_hours_that_are_none_are_told(kept):
    assert kept("ledger", "post", "nowhere.ndjson").status == 3
    assert kept("ledger", "verify", "nowhere.log").status == 3
    assert kept("ledger", "balance", "--known-at", "noon").status == 2


def test_migrating_a_book_that_is_current_changes_nothing(kept):
    before = kept("ledger", "statement", "trial-balance", *ON).data
    assert kept("ledger", "migrate").status == 0
    assert kept("ledger", "statement", "trial-balance", *ON).data == before
    with sqlite3.connect("book.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_vouchers_come_from_standard_input_too(kept, monkeypatch):
    more = VOUCHERS.replace("/1", "/2")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(more.encode())))
    assert kept("ledger", "post", "-").data["posted"] == 2
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    said = kept("ledger", "post", "-")
    assert said.status == 3
    assert "standard input:1:2" in said.err


PAGE = Path(__file__).parents[2] / "docs/how-to/keep-the-books.md"
FILE = re.compile(r"`([\w.]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)


def test_the_page_on_keeping_the_books_is_true(run):
    text = PAGE.read_text(encoding="utf-8")
    for name, content in FILE.findall(text):
        Path(name).write_text(content, encoding="utf-8")
    ran = 0
    for commands, told in COMMANDS.findall(text):
        said = ""
        for command in commands.splitlines():
            words = command.removeprefix("stannary ").split()
            form = () if "export" in words else ("--format", "table")
            answer = run(*words, *form)
            assert answer.status == 0, (command, answer.err)
            said += answer.out
            ran += 1
        assert told in ("", said)
    assert ran > 12


def test_a_process_of_its_own_keeps_to_the_exit_codes(process):
    said = process(["ledger", "balance", "--book", "nowhere.db"])
    assert (said.returncode, said.stdout) == (3, b"")
    assert b"Traceback" not in said.stderr


def test_odd_days_and_hours_are_answered_or_refused(kept):
    for words in (("--from", "0001-01-01"), ("--from", "2026-12-01"), ("--from", "9999-12-31")):
        assert kept("ledger", "statement", "receipts", *words, *ON).status == 0
    for hour in ("0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "2026-02-30", "25:00"):
        refused = kept("ledger", "balance", "--known-at", hour, *ON)
        assert refused.status == 2
        assert "is no hour" in refused.err
