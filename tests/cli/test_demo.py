from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from stannary.border.determinations import open_determinations
from stannary.ledger.opening import open_book

FILES = ("entries.csv", "determinations.parquet", "determinations.csv", "report.html", "book.db")


def test_the_demo_writes_five_files_and_tells_their_sums(run, tmp_path):
    said = run("demo", "--zone", "toy", "--out", "out")
    assert said.status == 0
    assert sorted(path.name for path in Path("out").iterdir()) == sorted(FILES)
    summary = open_determinations(Path("out/determinations.parquet")).summary()
    assert Decimal(said.data["adjustment_usd"]) == summary.total.adjustment_usd
    assert said.data["files"] == [f"out/{name}" for name in FILES]


def test_the_same_demo_gives_the_same_page_and_adds_nothing_to_its_book(run):
    book = run("demo", "--zone", "toy", "--out", "out").data["book"]
    first = {name: Path("out", name).read_bytes() for name in FILES if name.endswith(("csv", "html"))}
    again = run("demo", "--zone", "toy", "--out", "out").data["book"]
    assert first == {name: Path("out", name).read_bytes() for name in first}
    assert (book["known_before"], again["known_before"]) == (0, book["duty_vouchers"])
    assert again["balances"] == book["balances"]


def test_the_day_of_entry_can_be_chosen(run):
    run("demo", "--zone", "toy", "--as-of", "2027-02-03", "--out", "out")
    assert "2027-02-03" in Path("out/entries.csv").read_text(encoding="utf-8")


def test_the_table_says_that_the_book_balances_and_what_to_try_next_and_it_works(run):
    said = run("demo", "--zone", "toy", "--format", "table", "--out", "out")
    assert "7 duty vouchers in the book; debits = credits = 18,997,500.00 USD." in said.out
    tried = next(
        line.split() for line in said.out.splitlines() if line.strip().startswith("stannary explain")
    )
    assert run(*tried[1:]).status == 0


def test_a_year_without_trade_is_not_found_and_nothing_is_written(run):
    said = run("demo", "--zone", "toy", "--year", "1990", "--out", "out")
    assert said.status == 4
    assert not Path("out").exists() or not list(Path("out").iterdir())


def test_a_charter_begun_with_new_can_be_tried_at_once(run):
    assert run("charter", "new", "mine", "--from", "forge").status == 0
    floors = Path("mine/price_floors.yaml")
    floors.write_text(floors.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    assert run("demo", "--charter", "mine", "--out", "out").status == 0


def test_the_demo_ends_with_a_balanced_book_shared_out_by_the_charter(run):
    said = run("demo", "--zone", "toy", "--out", "out")
    summary = open_determinations(Path("out/determinations.parquet")).summary()
    book, total = said.data["book"], summary.total.adjustment_usd
    assert book["is_balanced"] is True
    assert (Decimal(book["duty_usd"]), book["duty_vouchers"]) == (total, summary.total.adjusted_lines)
    assert {share["recipient"]: Decimal(share["usd"]) for share in book["shares_usd"]} == {
        "USA": total * Decimal("0.5"),
        "Stockpile": total * Decimal("0.3"),
        "Support-Fund": total * Decimal("0.2"),
    }
    with open_book(Path("out/book.db"), clock=lambda: datetime(2026, 12, 1, tzinfo=UTC)) as kept:
        balances = {(each.account.organisation, each.account.name): each.balance for each in kept.standings()}
    assert sum(balances.values()) == 0
    assert balances["USA", "Income:Duties:USD"] == -total * 100
    assert {balance for (_, name), balance in balances.items() if "Clearing" in name} == {0}
