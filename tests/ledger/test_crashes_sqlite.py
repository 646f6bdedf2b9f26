"""Whoever writes to a book in a file may be killed at any moment: what was acknowledged stands, once."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.sqlite import SqliteStore
from stannary.ledger.store import EVERYTHING
from stannary.ledger.sums import standings_of
from stannary.ledger.vouchers import Cause, Voucher

VICTIM = Path(__file__).parent / "posts_until_killed.py"
DAY, HOUR = date(2026, 11, 1), datetime(2026, 11, 2, 9, tzinfo=UTC)
LIMIT = 2_000
SEED = 20_261_101


@pytest.mark.parametrize("kills", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_killed_writers_lose_double_and_halve_nothing(empty_book: Path, tmp_path: Path, kills: int) -> None:
    path = Path(shutil.copy(empty_book, tmp_path / "book.stannary"))
    with _opened(path) as book:
        names = ["Assets:Bank", "Income:Duties", *(f"Assets:Loan:L{number}" for number in range(5))]
        for name in names:
            account = Account("USA", name, "USD", highest=LIMIT if "Loan" in name else None)
            cause = Cause("decision", "D-1")
            book.post(Voucher("USA", f"o/{name}", "open_account", DAY, cause, account=account))
    draw = random.Random(SEED)
    acknowledged: list[str] = []
    for run in range(kills):
        acknowledged += _keys_until_killed(path, f"run{run}", draw.uniform(0.02, 0.25))
        _check(path, acknowledged)
    assert len(acknowledged) > 10 * kills


def _opened(path: Path) -> Book:
    return Book(SqliteStore(path, lambda: HOUR))


def _keys_until_killed(path: Path, run: str, seconds: float) -> list[str]:
    """Let a writer post for a while, kill it without warning, and give what it was told stands."""
    command = [sys.executable, str(VICTIM), str(path), run]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as victim:
        assert victim.stdout is not None
        assert victim.stderr is not None
        assert victim.stdout.readline() == b"ready\n", victim.stderr.read()
        time.sleep(seconds)
        victim.kill()
        lines = victim.stdout.read().decode().split("\n")
        assert victim.stderr.read() == b""
    return lines[:-1]  # of the last line the writer may have been cut off


def _check(path: Path, acknowledged: list[str]) -> None:
    """Hold the book against what was acknowledged, and against itself."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",), SEED
        assert connection.execute("PRAGMA foreign_key_check").fetchone() is None, SEED
        sums = "debits, credits, pending_debits, pending_credits"
        kept = {row[0]: row[1:] for row in connection.execute(f"SELECT name, {sums} FROM balance")}
    with _opened(path) as book:
        journal = list(book.journal())
        standings = book.standings()
    keys = Counter(each.voucher.key for each in journal)
    assert not set(acknowledged) - set(keys), SEED
    assert all(times == 1 for times in keys.values()), SEED
    batches = Counter(key.rpartition("/")[0] for key in keys if "/batch/" in key)
    assert set(batches.values()) <= {9}, SEED
    assert all(each.transfers for each in journal if each.voucher.kind in ("post", "pending", "post_pending"))
    folded = standings_of(standings, journal, EVERYTHING)
    assert standings == [folded[at] for at in sorted(folded)], SEED
    for each in standings:
        assert each.keeps_its_limits, SEED
        if each.account.is_constrained:
            summed = (each.debits, each.credits, each.pending_debits, each.pending_credits)
            assert kept[each.account.name] == summed, SEED
