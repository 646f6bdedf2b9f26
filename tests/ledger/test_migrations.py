"""The tables of a book are made, unmade and made again, and are those that the software knows."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from stannary.errors import LedgerError
from stannary.ledger.accounts import Account
from stannary.ledger.migrating import MIGRATIONS, begin_book, migrate
from stannary.ledger.opening import open_book
from stannary.ledger.tables import METADATA, SCHEMA
from stannary.ledger.vouchers import Cause, Transfer, Voucher

DAY = date(2026, 11, 1)
CAUSE = Cause("determination", "E-100/1")
KILLED = Path(__file__).parent / "killed_while_migrating.py"

Clock = Callable[[], datetime]


def structure(path: Path) -> dict[str, str]:
    """Give every statement that made what is in a file, by name, spaced alike."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
    return {
        name: re.sub(r"\s*([(),])\s*", r"\1", " ".join(sql.replace('"', "").split())) for name, sql in made
    }


def filled(path: Path, clock: Clock) -> None:
    """Put accounts and a payment into a book."""
    with open_book(path, clock=clock) as book:
        for name, lowest in (("Assets:Bank", 0), ("Income:Duties", None)):
            account = Account("USA", name, "USD", lowest=lowest)
            book.post(Voucher("USA", f"open/{name}", "open_account", DAY, CAUSE, account=account))
        transfers = (Transfer("Assets:Bank", "Income:Duties", 5, "USD"),)
        book.post(Voucher("USA", "p1", "post", DAY, CAUSE, transfers))


def code_of(refusal: pytest.ExceptionInfo[LedgerError]) -> str:
    """Give the code of a refusal of one problem."""
    [problem] = refusal.value.problems
    return problem.code.removeprefix("STN-LEDGER-")


def test_the_software_knows_the_newest_migration() -> None:
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(settings).get_heads() == [SCHEMA]


def test_migrations_make_the_tables_that_the_software_knows(tmp_path: Path) -> None:
    migrated, known = tmp_path / "migrated", tmp_path / "known"
    migrate(migrated)
    engine = create_engine(f"sqlite:///{known}")
    METADATA.create_all(engine)
    engine.dispose()
    made = structure(migrated)
    triggers = {name for name, sql in made.items() if sql.startswith("CREATE TRIGGER")}
    assert len(triggers) == 14
    del made["alembic_version"]
    assert {name: sql for name, sql in made.items() if name not in triggers} == structure(known)


def test_up_down_and_up_again_gives_the_same_tables(tmp_path: Path) -> None:
    path = tmp_path / "book"
    migrate(path, "0001_book")
    first = structure(path)
    migrate(path)
    newest = structure(path)
    migrate(path, "0001_book")
    assert structure(path) == first
    migrate(path, "base")
    assert set(structure(path)) == {"alembic_version"}
    migrate(path)
    assert structure(path) == newest
    migrate(path)
    assert structure(path) == newest


def test_vouchers_live_through_a_migration_back_and_forth(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "book"
    migrate(path)
    filled(path, clock)
    with open_book(path, clock=clock) as book:
        journal, standings = list(book.journal()), book.standings()
    migrate(path, "0001_book")
    migrate(path)
    with open_book(path, clock=clock) as book:
        assert list(book.journal()) == journal
        assert book.standings() == standings
        assert len(book.store.add_leaves(lambda _: b"d" * 32, 10)) == 3


def test_a_book_is_not_taken_down_once_something_would_be_lost(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "book"
    migrate(path)
    filled(path, clock)
    with open_book(path, clock=clock) as book:
        book.store.add_leaves(lambda _: b"d" * 32, 1)
    whole = structure(path)
    for version in ("0001_book", "base"):
        with pytest.raises(LedgerError) as refusal:
            migrate(path, version)
        assert code_of(refusal) == "017"
        assert structure(path) == whole
    with open_book(path, clock=clock) as book:
        assert len(list(book.journal())) == 3
        assert len(list(book.store.leaves())) == 1


def test_a_book_of_another_version_is_refused_with_what_to_do(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "book"
    migrate(path, "0001_book")
    for version, remedy in (("0001_book", "stannary ledger migrate"), ("0009_later", "newer software")):
        with closing(sqlite3.connect(path)) as other:
            other.execute("UPDATE alembic_version SET version_num = ?", (version,))
            other.commit()
        with pytest.raises(LedgerError, match=remedy) as refusal:
            begin_book(path, clock=clock)
        assert code_of(refusal) == "017"
    with pytest.raises(LedgerError) as refusal:
        migrate(path)
    assert code_of(refusal) == "017"


@pytest.mark.parametrize("statement", [3, 9, 25])
def test_a_migration_killed_half_way_leaves_nothing_and_can_be_run_again(
    tmp_path: Path, clock: Clock, statement: int
) -> None:
    path = tmp_path / "book"
    killed = subprocess.run([sys.executable, str(KILLED), str(path), str(statement)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert structure(path) == {}
    with pytest.raises(LedgerError) as refusal:
        open_book(path, clock=clock)
    assert code_of(refusal) == "020"
    with begin_book(path, clock=clock) as book:
        assert list(book.journal()) == []
    filled(path, clock)


def test_opening_a_book_that_stands_loads_nothing_that_makes_tables(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "book.db"
    begin_book(path, clock=clock).store.close()
    program = (
        "import sys; from stannary.cli.main import run; sys.argv = sys.argv[1:]\n"
        "try: run()\n"
        "finally: print('alembic' in sys.modules, 'stannary.ledger.sqlite' in sys.modules, file=sys.stderr)"
    )
    asked = ["stannary", "ledger", "statement", "trial-balance", "--organisation", "USA", "--book", str(path)]
    told = subprocess.run([sys.executable, "-c", program, *asked], capture_output=True, text=True, check=True)
    assert told.stderr.splitlines()[-1] == "False True"
