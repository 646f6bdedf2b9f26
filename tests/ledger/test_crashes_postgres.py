"""Clients, backends and the whole server killed under load: what was acknowledged stands, once and whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from tests.postgres import Server, programs_or_skip, running

from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.migrating import migrate
from stannary.ledger.postgres import PostgresStore
from stannary.ledger.postgres_roles import create_roles
from stannary.ledger.store import AsOf
from stannary.ledger.sums import standings_of
from stannary.ledger.vouchers import Cause, Voucher

SCRIPT = Path(__file__).with_name("writes_to_postgres.py")
WRITERS = 4
CAUSE = Cause("loan event", "L-1")


class Writer:
    """One writing program, started again whenever it is killed, with all that it was ever told stands."""

    def __init__(self, url: str, day: date, name: int) -> None:
        self._command = [sys.executable, str(SCRIPT), url, day.isoformat(), str(name)]
        self._name = name
        self.acknowledged: list[str] = []
        self.start()

    def start(self) -> None:
        """Start with the first voucher that was not acknowledged: it may stand all the same."""
        command = [*self._command, str(len(self.acknowledged))]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):  # a line cut short by the kill tells nothing
                self.acknowledged.append(line.strip())

    def kill(self) -> None:
        """Kill without warning, and read what it had still said."""
        self.process.send_signal(signal.SIGKILL)
        self._reader.join()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def server() -> Iterator[Server]:
    """Give a server that keeps what it acknowledges."""
    with running(programs_or_skip(), checkpoint_timeout="30s") as server:
        create_roles(server.url())
        migrate(server.url())
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE ROLE clerk LOGIN")
            connection.execute("GRANT stannary_app, stannary_sealer, stannary_auditor TO clerk")
        yield server


@pytest.mark.parametrize(
    ("clients", "backends", "servers"), [(5, 1, 2), pytest.param(200, 20, 20, marks=pytest.mark.slow)]
)
def test_what_is_acknowledged_stands_once_whatever_is_killed(
    server: Server, clients: int, backends: int, servers: int
) -> None:
    day = server.today()
    url = server.url(user="clerk")
    names = ["Assets:Bank", *(f"Assets:Loan:W{number}" for number in range(WRITERS))]
    accounts = [Account("USA", name, "USD") for name in names]
    accounts.append(Account("USA", "Assets:Loan:All", "USD", highest=10**12))
    opened = [
        Voucher("USA", f"open/{each.name}", "open_account", day, CAUSE, account=each) for each in accounts
    ]
    with Book(PostgresStore(url)) as book:
        book.post(*opened)
    dice = random.Random(41)
    kills = ["client"] * clients + ["backend"] * backends + ["server"] * servers
    dice.shuffle(kills)
    writers = [Writer(url, day, number) for number in range(WRITERS)]
    try:
        for victim in kills:
            wait_for_progress(writers)
            time.sleep(dice.uniform(0.02, 0.25))
            if victim == "client":
                writer = dice.choice(writers)
                writer.kill()
                writer.start()
            elif victim == "backend":
                kill_a_backend(server, dice)
            else:
                server.kill()
                server.start()
        wait_for_progress(writers)
    finally:
        for writer in writers:
            writer.kill()
    check(url, writers)


def wait_for_progress(writers: list[Writer]) -> None:
    """Wait until every writer was acknowledged something more: none is stuck, and each kill hits work."""
    before = [len(writer.acknowledged) for writer in writers]
    until = time.monotonic() + 120
    while any(len(writer.acknowledged) == had for writer, had in zip(writers, before, strict=True)):
        assert time.monotonic() < until, "a writer does not come back"
        assert all(writer.process.poll() is None for writer in writers), "a writer gave up"
        time.sleep(0.01)


def kill_a_backend(server: Server, dice: random.Random) -> None:
    """Kill the process that serves one of the writers: the server drops everybody and recovers."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'clerk' ORDER BY pid")
        pids = [pid for (pid,) in found]
    with suppress(ProcessLookupError):
        os.kill(dice.choice(pids), signal.SIGKILL)


def check(url: str, writers: list[Writer]) -> None:
    """Hold what stands against what was acknowledged."""
    with Book(PostgresStore(url)) as book:
        journal = list(book.journal())  # each voucher is held against its hash as it is read
        standings = book.standings()
        digests = 0
        while leaves := book.store.add_leaves(lambda each: bytes.fromhex(each.voucher.request_hash), 1_000):
            digests += len(leaves)
        folded = standings_of(standings, journal, AsOf())
    posted = [each for each in journal if each.voucher.kind == "post"]
    keys = [each.voucher.key for each in posted]
    acknowledged = {key for writer in writers for key in writer.acknowledged}
    assert acknowledged <= set(keys), "an acknowledged voucher is lost"
    assert len(keys) == len(set(keys)), "a voucher stands twice"
    assert len(keys) - len(acknowledged) <= WRITERS, "each writer has at most one voucher in doubt"
    assert all(len(each.transfers) == 2 for each in posted), "a voucher stands in part"
    assert standings == [folded[at] for at in sorted(folded)]
    assert digests == len(journal)
    balances = {each.account.name: each.balance for each in standings}
    assert balances["Assets:Loan:All"] == 5 * len(keys)
    assert balances["Assets:Bank"] == -8 * len(keys)
