"""The book in a file: what SQLite itself refuses, what the disk may do, and several hands at once."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from stannary.errors import LedgerError
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.migrating import begin_book, migrate
from stannary.ledger.opening import open_book
from stannary.ledger.sqlite import SqliteStore, engine_at
from stannary.ledger.state import Accepted, Move, Recorded, State
from stannary.ledger.store import EVERYTHING, Checkpoint
from stannary.ledger.sums import standings_of
from stannary.ledger.vouchers import Cause, Transfer, Voucher

DAY = date(2026, 11, 1)
HOUR = datetime(2026, 11, 2, 9, tzinfo=UTC)
CAUSE = Cause("determination", "E-100/1")
FILLS_ITS_DISK = Path(__file__).parent / "fills_its_disk.py"

Clock = Callable[[], datetime]


@pytest.fixture
def path(empty_book: Path, tmp_path: Path) -> Path:
    """Give a file with an empty book."""
    return Path(shutil.copy(empty_book, tmp_path / "book.stannary"))


@pytest.fixture
def book(path: Path, clock: Clock) -> Iterator[Book]:
    """Give a book in the file, with a bank, income, and a loan of at most 1,000 cents."""
    with Book(SqliteStore(path, clock)) as book:
        for name, highest in (("Assets:Bank", None), ("Income:Duties", None), ("Assets:Loan", 1_000)):
            account = Account("USA", name, "USD", highest=highest)
            book.post(Voucher("USA", f"open/{name}", "open_account", DAY, CAUSE, account=account))
        yield book


def paid(key: str, amount: int = 5, debit: str = "Assets:Bank", **fields: str) -> Voucher:
    """Give a voucher that moves an amount out of duties."""
    transfer = Transfer(debit, "Income:Duties", amount, "USD")
    return Voucher("USA", key, "post", DAY, CAUSE, (transfer,), **fields)


def code_of(refusal: pytest.ExceptionInfo[LedgerError]) -> str:
    """Give the code of a refusal of one problem."""
    [problem] = refusal.value.problems
    return problem.code.removeprefix("STN-LEDGER-")


def test_a_book_is_opened_only_with_every_safeguard_on(path: Path) -> None:
    engine = engine_at(path)
    with engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")
        ]
    engine.dispose()
    assert found == ["wal", 2, 1, 1, 10_000]


def test_an_old_sqlite_is_not_trusted_with_a_book(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(LedgerError, match="too old") as refusal:
        engine_at(path)
    assert code_of(refusal) == "019"


CHANGES = {
    "voucher": ("narrative = 'x'", "recorded_at = '2020'", "organisation = 'JPN'", "request_hash = ''"),
    "transfer": ("amount = amount + 1", "debit = 'Assets:Loan'"),
    "period": ("closed_through = '2000-01-01'",),
    "leaf": ("digest = zeroblob(32)", "number = number + 1"),
    "account": ("commodity = 'JPY'", "is_closed = 0", "name = 'Assets:Other'"),
    "balance": ("name = 'Assets:Bank'",),
    "checkpoint": ("root = zeroblob(32)", "size = 9"),
}


def test_nothing_written_is_changed_or_deleted_by_any_program(book: Book, path: Path) -> None:
    book.post(paid("p1"), Voucher("USA", "close", "close_period", DAY, CAUSE))
    book.store.add_leaves(lambda _: b"d" * 32, 10)
    book.store.add_checkpoint(Checkpoint(5, b"r" * 32, "note", HOUR))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for table, changes in CHANGES.items():
            for statement in [f"DELETE FROM {table}", *(f"UPDATE {table} SET {each}" for each in changes)]:
                with pytest.raises(sqlite3.IntegrityError):
                    other.execute(statement)
        other.execute("UPDATE checkpoint SET note = 'note, cosigned'")
        other.execute("UPDATE account SET is_closed = 1 WHERE name = 'Assets:Bank'")
        with pytest.raises(sqlite3.IntegrityError, match="once"):
            other.execute("UPDATE account SET is_closed = 0 WHERE name = 'Assets:Bank'")
    assert book.store.checkpoints()[0].note == "note, cosigned"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO transfer VALUES ('USA', 4, 2, 'Assets:Bank', 'Income:Duties', 1.5, 'USD')",
        "INSERT INTO transfer VALUES ('USA', 4, 2, 'Assets:Bank', 'Income:Duties', 'ten', 'USD')",
        "INSERT INTO transfer VALUES ('USA', 4, 2, 'Assets:Bank', 'Income:Duties', 0, 'USD')",
        "INSERT INTO transfer VALUES ('USA', 4, 2, 'Assets:Bank', 'Income:Duties', -5, 'USD')",
        "INSERT INTO transfer VALUES ('USA', 4, 2, 'Assets:Bank', 'Assets:Bank', 5, 'USD')",
        "INSERT INTO transfer VALUES ('USA', 4, 2, 'Assets:Bank', 'Income:Duties', 5, 'JPY')",
        "INSERT INTO transfer VALUES ('USA', 4, 2, 'Assets:Bank', 'Assets:Nowhere', 5, 'USD')",
        "INSERT INTO transfer VALUES ('JPN', 4, 2, 'Assets:Bank', 'Income:Duties', 5, 'USD')",
        "INSERT INTO transfer VALUES ('USA', 4, 1, 'Assets:Bank', 'Income:Duties', 5, 'USD')",
        "INSERT INTO transfer VALUES ('USA', 99, 1, 'Assets:Bank', 'Income:Duties', 5, 'USD')",
        "UPDATE balance SET debits = 1001",
        "UPDATE balance SET pending_debits = 1001",
        "UPDATE balance SET credits = -1",
        "UPDATE balance SET highest = NULL",
        "INSERT INTO leaf VALUES (0, 4, 'USA', 'short', '2026')",
    ],
)
def test_the_tables_refuse_what_no_rule_lets_through(book: Book, path: Path, statement: str) -> None:
    book.post(paid("p1"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            other.execute(statement)


def test_a_row_changed_behind_the_book_is_not_read(book: Book, path: Path) -> None:
    book.post(paid("p1", narrative="as agreed"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DROP TRIGGER voucher_is_not_changed")
        other.execute("UPDATE voucher SET narrative = 'never agreed' WHERE key = 'p1'")
    for ask in (
        lambda: book.store.find("USA", "p1"),
        lambda: list(book.journal()),
        lambda: book.post(paid("p1")),
    ):
        with pytest.raises(LedgerError) as refusal:
            ask()
        assert code_of(refusal) == "021"


def test_a_limit_holds_even_for_who_writes_past_the_rules(book: Book) -> None:
    def judge(state: State) -> list[Accepted]:
        loan = state.accounts["USA", "Assets:Loan"]
        state.accounts["USA", "Assets:Loan"] = replace(loan, debits=1_001)
        return [Accepted(Recorded(sent, sent.transfers, state.now), {"Assets:Loan": Move(debits=1_001)})]

    sent = paid("p1", 1_001, "Assets:Loan")
    with pytest.raises(LedgerError) as refusal:
        book.store.commit([sent], judge)
    assert code_of(refusal) == "021"
    assert book.store.find("USA", "p1") is None


def test_places_without_a_book_are_refused_and_left_as_they_are(tmp_path: Path, clock: Clock) -> None:
    words, other, empty = tmp_path / "words.txt", tmp_path / "other.db", tmp_path / "empty"
    words.write_text("These are not the books you are looking for." * 100)
    empty.touch()
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE guests (name TEXT)")
    for place in (words, other, empty, tmp_path, tmp_path / "missing", tmp_path / "no" / "such" / "folder"):
        before = place.read_bytes() if place.is_file() else None
        with pytest.raises(LedgerError) as refusal:
            open_book(place, clock=clock)
        assert code_of(refusal) == "020"
        assert (place.read_bytes() if place.is_file() else None) == before
    for place in (words, other):
        before = place.read_bytes()
        for begin in (lambda at=place: begin_book(at, clock=clock), lambda at=place: migrate(at)):
            with pytest.raises(LedgerError) as refusal:
                begin()
            assert code_of(refusal) == "020"
        assert place.read_bytes() == before
    with pytest.raises(LedgerError) as refusal:
        begin_book(tmp_path / "no" / "folder", clock=clock)
    assert code_of(refusal) == "019"


@pytest.mark.parametrize("where", ["mysql://host/books", "sqlite://", "sqlite://host/book", "sqlite:///"])
def test_books_are_not_kept_at_other_kinds_of_places(where: str, clock: Clock) -> None:
    with pytest.raises(LedgerError) as refusal:
        begin_book(where, clock=clock)
    assert code_of(refusal) == "020"


def test_a_book_opens_by_path_address_or_in_memory(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "a book? 100% of Größe #1.stannary"
    opening = Voucher("USA", "o", "open_account", DAY, CAUSE, account=Account("USA", "Assets:Bank", "USD"))
    with begin_book(path, clock=clock) as book:
        book.post(opening)
    for where in (path, str(path), f"sqlite:///{path}"):
        with begin_book(where, clock=clock) as book:
            assert [each.voucher for each in book.journal()] == [opening]
    with open_book("memory:", clock=clock) as book:
        assert list(book.journal()) == []


def test_a_busy_book_says_so_and_can_still_be_read(book: Book, path: Path, clock: Clock) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with Book(SqliteStore(path, clock, patience_s=0.05)) as hurried:
            with pytest.raises(LedgerError) as refusal:
                hurried.post(paid("p1"))
            assert code_of(refusal) == "018"
            assert len(list(hurried.journal())) == 3
            other.execute("ROLLBACK")
            assert not hurried.post(paid("p1"))[0].is_repeat


def test_a_full_disk_is_told_and_loses_nothing(path: Path, book: Book) -> None:
    done = subprocess.run(
        [sys.executable, str(FILLS_ITS_DISK), str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    *acknowledged, code = done.stdout.split()
    assert code == "STN-LEDGER-019"
    assert len(acknowledged) > 10
    keys = [each.voucher.key for each in book.journal()][3:]
    assert keys == acknowledged
    book.post(paid("after"))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_damaged_file_is_told_as_damage(book: Book, path: Path, clock: Clock) -> None:
    list(book.post_many(paid(f"p{number}") for number in range(500)))
    book.store.close()
    content = bytearray(path.read_bytes())
    for start in range(4_096 * 3, len(content), 4_096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(LedgerError) as refusal, Book(SqliteStore(path, clock)) as damaged:
        list(damaged.journal())
    assert code_of(refusal) == "021"


def test_the_hour_of_recording_never_goes_back(path: Path) -> None:
    hours = [HOUR, HOUR - timedelta(days=1), HOUR + timedelta(microseconds=1), HOUR - timedelta(hours=3)]
    with Book(SqliteStore(path, iter(hours).__next__)) as book:
        for number in range(4):
            account = Account("USA", f"Assets:A{number}", "USD")
            book.post(Voucher("USA", f"o{number}", "open_account", DAY, CAUSE, account=account))
        recorded = [each.recorded_at for each in book.journal()]
    assert recorded == [HOUR, HOUR, hours[2], hours[2]]


def test_threads_and_programs_never_overdraw_and_lose_nothing(book: Book, path: Path, clock: Clock) -> None:
    beside = Book(SqliteStore(path, clock))
    drawn: list[str] = []
    refused: list[str] = []

    def draw(which: Book, name: str) -> None:
        for number in range(12):
            key = f"{name}/{number}"
            try:
                which.post(paid(key, 30, "Assets:Loan"))
            except LedgerError as refusal:
                refused.append(refusal.problems[0].code)
            else:
                drawn.append(key)

    threads = [threading.Thread(target=draw, args=((book, beside)[n % 2], f"t{n}")) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    beside.store.close()
    assert len(drawn) == 33  # of 1,000 cents, 33 times 30
    assert set(refused) == {"STN-LEDGER-007"}
    assert {each.voucher.key for each in book.journal() if each.voucher.kind == "post"} == set(drawn)
    standings = book.standings()
    assert {each.account.name: each for each in standings}["Assets:Loan"].balance == 990
    folded = standings_of(standings, book.journal(), EVERYTHING)
    assert standings == [folded[at] for at in sorted(folded)]


def test_the_same_voucher_from_many_threads_stands_once(book: Book) -> None:
    answers: list[bool] = []

    def send() -> None:
        answers.append(book.post(paid("same", 7))[0].is_repeat)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] + [True] * 7
    assert book.balance("USA", "Assets:Bank").debits == 7


@pytest.mark.parametrize("names", [("", "-wal", "-shm"), ("",), ("-wal",), ("-shm",)])
@pytest.mark.parametrize("others_come", [False, True])
def test_nothing_is_acknowledged_once_the_files_have_lost_their_names(
    book: Book, path: Path, clock: Clock, names: tuple[str, ...], others_come: bool
) -> None:
    book.post(paid("before"))
    for name in names:
        file = Path(f"{path}{name}")
        file.rename(f"{path}.away{name}")
        if others_come:
            shutil.copy(f"{path}.away{name}", file)
    for work in (lambda: book.post(paid("after")), lambda: book.standings(), lambda: list(book.journal())):
        with pytest.raises(LedgerError) as refusal:
            work()
        assert code_of(refusal) == "019"
    for name in names:
        Path(f"{path}.away{name}").rename(f"{path}{name}")
    assert not book.post(paid("after"))[0].is_repeat
    book.store.close()
    with open_book(path, clock=clock) as again:
        assert [each.voucher.key for each in again.journal()][-2:] == ["before", "after"]


@pytest.mark.parametrize("name", ["a\0b.db", "a" * 300])
def test_a_name_that_no_file_can_have_is_refused_and_nothing_made(
    name: str, tmp_path: Path, clock: Clock
) -> None:
    for work in (open_book, begin_book):
        for where in (tmp_path / name, f"{tmp_path}/{name}", f"sqlite:///{tmp_path}/{name}"):
            with pytest.raises(LedgerError) as refusal:
                work(where, clock=clock)
            assert code_of(refusal) == "020"
    assert list(tmp_path.iterdir()) == []
