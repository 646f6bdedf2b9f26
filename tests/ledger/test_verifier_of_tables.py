"""The small verifier against every change a keeper of the tables could make."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from stannary.ledger.verifier import verify

from .sealed_books import VKEY, seal_a_lively_book


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    return seal_a_lively_book(tmp_path_factory.mktemp("verifier"))


def columns(book: Path) -> list[tuple[str, str, str]]:
    with sqlite3.connect(book) as database:
        return [
            (table, name, kind)
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            if not table.startswith(("sqlite_", "alembic"))
            for _, name, kind, *_ in database.execute(f"PRAGMA table_info({table})").fetchall()
        ]


CHANGES = {"TEXT": ("'x'", "'2000-01-01'"), "INTEGER": ("-1", "99"), "BLOB": ("zeroblob(32)", "zeroblob(31)")}


def tampered(book: Path, to: Path, *statements: str) -> list[str]:
    """Change the tables of a copy behind the book's back, with its guards put back, and verify it."""
    shutil.copy(book, to)
    database = sqlite3.connect(to, isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA foreign_keys = OFF")
    database.execute("PRAGMA ignore_check_constraints = ON")
    database.execute("BEGIN")
    guards = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        database.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        database.execute(statement)
    for _, sql in guards:
        database.execute(sql)
    database.execute("COMMIT")
    database.close()
    return verify(to, [], VKEY).faults


def test_a_copy_that_is_only_opened_still_holds(sealed: tuple[Path, Path, str], tmp_path: Path) -> None:
    assert tampered(sealed[0], tmp_path / "copy") == []


def test_every_column_of_every_table_is_guarded(sealed: tuple[Path, Path, str], tmp_path: Path) -> None:
    book, found = sealed[0], 0
    for table, column, kind in columns(book):
        for value in CHANGES[kind]:
            where = f"rowid = (SELECT max(rowid) FROM {table} WHERE {column} IS NOT {value})"
            if table == "transfer":
                one = f"SELECT voucher_id, number FROM transfer WHERE {column} IS NOT {value}"
                where = f"(voucher_id, number) = ({one})"
            try:
                faults = tampered(
                    book, tmp_path / "copy", f"UPDATE {table} SET {column} = {value} WHERE {where}"
                )
            except sqlite3.IntegrityError:
                continue  # even without its triggers the table refuses it
            assert faults, (table, column, value)
            found += 1
    assert found > 80


def test_every_row_of_every_table_is_missed(sealed: tuple[Path, Path, str], tmp_path: Path) -> None:
    book = sealed[0]
    for table in sorted({table for table, _, _ in columns(book)} - {"transfer"}):
        with sqlite3.connect(book) as database:
            rows = [row for (row,) in database.execute(f"SELECT rowid FROM {table}")]
        for row in rows:
            faults = tampered(book, tmp_path / "copy", f"DELETE FROM {table} WHERE rowid = {row}")
            assert faults, (table, row)
    with sqlite3.connect(book) as database:
        moves = database.execute("SELECT voucher_id, number FROM transfer").fetchall()
    for voucher_id, number in moves:
        gone = f"DELETE FROM transfer WHERE voucher_id = {voucher_id} AND number = {number}"
        assert tampered(book, tmp_path / "copy", gone), (voucher_id, number)


def test_the_row_that_was_changed_is_named(sealed: tuple[Path, Path, str], tmp_path: Path) -> None:
    faults = tampered(sealed[0], tmp_path / "copy", "UPDATE transfer SET amount = 102 WHERE amount = 101")
    assert "row 9: its content is not what was sealed" in faults
    assert "row 9 (USA/duty/1): it is not what was sent; the hash of the request differs" in faults
    faults = tampered(
        sealed[0], tmp_path / "copy", "UPDATE balance SET debits = debits + 1 WHERE highest = 900"
    )
    assert faults == ["account USA/Assets:Loans:Acme: what is kept of it is not what the rows make"]


def test_guards_taken_away_are_missed(sealed: tuple[Path, Path, str], tmp_path: Path) -> None:
    copy = Path(shutil.copy(sealed[0], tmp_path / "copy"))
    with sqlite3.connect(copy) as database:
        (name,) = database.execute(
            "SELECT name FROM sqlite_master WHERE sql LIKE '%DELETE ON voucher%'"
        ).fetchone()
        database.execute(f"DROP TRIGGER {name}")
    assert verify(copy, [], VKEY).faults == ["voucher: its rows are no longer guarded against change"]


def test_a_flipped_bit_anywhere_in_a_row_is_found(sealed: tuple[Path, Path, str], tmp_path: Path) -> None:
    content = sealed[0].read_bytes()
    spots = [at for at in range(len(content)) if content.startswith("Żółć".encode(), at)]
    assert spots
    for at in spots:
        copy = tmp_path / "copy"
        copy.write_bytes(content[:at] + bytes([content[at + 0] ^ 1]) + content[at + 1 :])
        assert verify(copy, [], VKEY).faults
