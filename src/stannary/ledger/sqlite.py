"""The book in one file, kept by SQLite: nothing to install, one writer at a time, durable when acknowledged.

A commit is one `BEGIN IMMEDIATE` transaction in WAL mode with `synchronous=FULL`: what was acknowledged is
on the disk. Several threads may share a store, and several programs a file; they write one after another.
Readers never wait, and see one moment each.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from stannary.errors import LedgerError, Place, Problem
from stannary.ledger import queries
from stannary.ledger.accounts import Standing
from stannary.ledger.rows import parted
from stannary.ledger.state import Accepted, Recorded, State
from stannary.ledger.store import EVERYTHING, AsOf, Checkpoint, Judge, Leaf, Receipt, Store, is_new
from stannary.ledger.tables import (
    APPLICATION,
    checkpoint,
    day_text,
    hour_text,
    leaf,
    refuse_other_schema,
    voucher,
)
from stannary.ledger.vouchers import Voucher

__all__ = ["SqliteStore", "engine_at", "faults_as_errors", "writing"]

OLDEST = (3, 37, 0)
"""The first SQLite with STRICT tables, which take no text for a number."""

PATIENCE_S = 10.0
"""How long a writer waits for another program to finish before it says that the book is busy."""

DEMANDS = (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("recursive_triggers", 1))
"""Settings without which a book is not kept: each is set, read back, and insisted on."""

ADD_VOUCHER = (
    f"INSERT INTO voucher ({', '.join(voucher.c.keys())}) VALUES ({', '.join('?' * len(voucher.c))})"
)
ADD_TRANSFER = "INSERT INTO transfer VALUES (?, ?, ?, ?, ?, ?, ?)"
ADD_ACCOUNT = "INSERT INTO account VALUES (?, ?, ?, ?, ?, 0)"
ADD_PERIOD = "INSERT INTO period VALUES (?, ?, ?)"
CLOSE_ACCOUNT = "UPDATE account SET is_closed = 1 WHERE organisation = ? AND name = ?"
SET_BALANCE = """
    INSERT INTO balance VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (organisation, name) DO UPDATE SET
    debits = excluded.debits, credits = excluded.credits, pending_debits = excluded.pending_debits,
    pending_credits = excluded.pending_credits, lowest = excluded.lowest, highest = excluded.highest
"""


class SqliteStore(Store):
    """Keep books in a file that `ledger.migrating` made. `clock` gives the hour, aware and in UTC."""

    def __init__(self, path: Path, clock: Callable[[], datetime], *, patience_s: float = PATIENCE_S) -> None:
        self._path = path
        self._clock = clock
        self._engine = engine_at(path, patience_s=patience_s)
        self._turn = threading.Lock()
        try:
            with self._reading() as connection:
                refuse_other_schema(queries.schema(connection), str(path))
        except LedgerError:
            self.close()
            raise

    def commit(self, vouchers: Sequence[Voucher], judge: Judge) -> list[Receipt]:
        """Gather, judge and write under the one write lock of the file."""
        with self._writing() as connection:
            state = queries.gather(connection, vouchers, self._now(connection))
            answers = judge(state)
            _write(connection, [each for each in answers if isinstance(each, Accepted)], state)
        return [Receipt(each.recorded, not isinstance(each, Accepted)) for each in answers]

    def find(self, organisation: str, key: str) -> Recorded | None:
        """Give a voucher by its key, or `None`."""
        with self._reading() as connection:
            return queries.find(connection, organisation, key)

    def journal(self, organisation: str | None = None) -> Iterator[Recorded]:
        """Give vouchers in the order of recording."""
        with self._reading() as connection:
            yield from queries.journal(connection, organisation)

    def standings(
        self, organisation: str | None = None, as_of: AsOf = EVERYTHING, account: str | None = None
    ) -> list[Standing]:
        """Give every account, or those of one name, with its sums as of a point of view, in order."""
        with self._reading() as connection:
            return queries.standings(connection, organisation, as_of, account)

    def closed_through(self, organisation: str) -> date | None:
        """Give the last day of the closed period, or `None`."""
        with self._reading() as connection:
            return queries.closed_through(connection, organisation)

    def settled_by(self, organisation: str, key: str) -> str | None:
        """Give the key of the voucher that posted, voided or reversed this one, or `None`."""
        with self._reading() as connection:
            return queries.settled_by(connection, organisation, key)

    def lapsed(self, organisation: str, on: date) -> list[Recorded]:
        """Give pending vouchers that expired by a day and were neither posted nor voided, in order."""
        with self._reading() as connection:
            return queries.lapsed(connection, organisation, on)

    def add_leaves(self, digest: Callable[[Recorded], bytes], most: int) -> list[Leaf]:
        """Number unsealed vouchers in the order of recording; with one writer none can be overtaken."""
        with self._writing() as connection:
            latest = select(leaf).order_by(leaf.c.number.desc()).limit(1)
            last = connection.execute(latest).first()
            start, after = (0, 0) if last is None else (last.number + 1, last.voucher_id)
            unsealed = list(queries.numbered(connection, voucher.c.id > after, most=most))
            now = self._now(connection)
            sealed_at = now if last is None else max(now, last.sealed_at)
            added = [
                Leaf(number, each.voucher.organisation, each.voucher.key, digest(each), sealed_at)
                for number, (_, each) in enumerate(unsealed, start)
            ]
            rows = [
                {
                    "number": new.number,
                    "voucher_id": voucher_id,
                    "organisation": new.organisation,
                    "digest": new.digest,
                    "sealed_at": new.sealed_at,
                }
                for new, (voucher_id, _) in zip(added, unsealed, strict=True)
            ]
            if rows:
                connection.execute(insert(leaf), rows)
        return added

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[Leaf]:
        """Give leaves by number."""
        with self._reading() as connection:
            yield from queries.leaves(connection, start, stop)

    def sealed(self, start: int = 0, stop: int | None = None) -> Iterator[Recorded]:
        """Give the vouchers of leaves by number."""
        with self._reading() as connection:
            yield from queries.sealed(connection, start, stop)

    def leaf_of(self, organisation: str, key: str) -> Leaf | None:
        """Give the leaf of a voucher, or `None` while it is not sealed."""
        with self._reading() as connection:
            return queries.leaf_of(connection, organisation, key)

    def add_checkpoint(self, new: Checkpoint) -> None:
        """Keep a checkpoint, or the same one with more signatures."""
        with self._writing() as connection:
            held = {each.size: each for each in queries.checkpoints(connection)}
            if is_new(new, held.get(new.size), max(held, default=None)):
                row = {"size": new.size, "root": new.root, "note": new.note, "sealed_at": new.sealed_at}
                connection.execute(insert(checkpoint), [row])
            else:
                same = checkpoint.c.size == new.size
                connection.execute(update(checkpoint).where(same).values(note=new.note))

    def checkpoints(self) -> list[Checkpoint]:
        """Give every checkpoint, oldest first."""
        with self._reading() as connection:
            return queries.checkpoints(connection)

    def close(self) -> None:
        """Let go of the file. What was acknowledged stays."""
        self._engine.dispose()

    def _now(self, connection: Connection) -> datetime:
        """Give the hour, never before that of the latest voucher, whatever the clock does."""
        last = queries.last_recorded_at(connection)
        return self._clock() if last is None else max(self._clock(), last)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with faults_as_errors(self._path), self._engine.connect() as connection:
            _refuse_if_moved(connection, self._path)
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._turn, faults_as_errors(self._path), writing(self._engine) as connection:
            yield connection
            _refuse_if_moved(connection, self._path)


def engine_at(path: Path, *, is_new_file: bool = False, patience_s: float = PATIENCE_S) -> Engine:
    """Give the way to a file of books; with `is_new_file` it may be missing or empty.

    Raises `LedgerError`: ``STN-LEDGER-020`` where there is no book, ``STN-LEDGER-019`` where SQLite cannot
    keep it safely.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        message = f"SQLite {sqlite3.sqlite_version} is too old to keep a book."
        remedy = f"Use a Python built with SQLite {'.'.join(map(str, OLDEST))} or newer."
        raise LedgerError([Problem("STN-LEDGER-019", message, remedy, Place(file=str(path)))])
    if not is_new_file and not path.is_file():
        raise _no_book(path, "There is no such file.")
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if is_new_file else 'rw'}"

    def connect() -> sqlite3.Connection:
        with faults_as_errors(path):
            connection = sqlite3.connect(
                uri, uri=True, timeout=patience_s, isolation_level=None, check_same_thread=False
            )
            try:
                _insist(connection, path, is_new_file)
            except BaseException:
                connection.close()
                raise
        return connection

    def remember(connection: sqlite3.Connection, record: Any) -> None:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()  # opens the log, if there is one
        record.info[STANDING] = _files(path.resolve())

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=4, max_overflow=-1)
    event.listen(engine, "connect", remember)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Hold the write lock of the file from the start to the commit, so that nothing read goes stale."""
    with engine.connect().execution_options(is_writer=True) as connection, connection.begin():
        yield connection


@contextmanager
def faults_as_errors(path: Path) -> Iterator[None]:
    """Say in the words of the catalogue what SQLite reports by number."""
    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        fault = FAULTS.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)  # the low byte says of what kind
        if fault is None:
            raise
        code, message, remedy = fault
        raise LedgerError([Problem(code, f"{message} ({cause}).", remedy, Place(file=str(path)))]) from error


BUSY = (
    "STN-LEDGER-018",
    "The book is busy",
    "Another program is writing; try again when it has finished.",
)
UNSAFE = (
    "STN-LEDGER-019",
    "The book cannot be kept here",
    "Give it a local disk with room, in a folder that may be written to; nothing was half done.",
)
DAMAGED = (
    "STN-LEDGER-021",
    "The book's tables do not hold",
    "Write no more; verify the book, and restore it from a copy that verifies.",
)
FAULTS = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_PROTOCOL: BUSY,
    sqlite3.SQLITE_NOTADB: ("STN-LEDGER-020", "The file is not a book", "Check the place."),
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_CONSTRAINT: DAMAGED,  # what the rules accepted, the tables do not
    sqlite3.SQLITE_READONLY: UNSAFE,
    sqlite3.SQLITE_IOERR: UNSAFE,
    sqlite3.SQLITE_FULL: UNSAFE,
    sqlite3.SQLITE_CANTOPEN: UNSAFE,
    sqlite3.SQLITE_PERM: UNSAFE,
}


STANDING = "files as they were opened"


def _files(path: Path) -> tuple[tuple[int, int] | None, ...]:
    """Tell apart the file of a book, its log and its index from others that come to bear their names."""
    found: list[tuple[int, int] | None] = []
    for name in ("", "-wal", "-shm"):
        try:
            known = path.with_name(f"{path.name}{name}").stat()
        except OSError:
            found.append(None)
        else:
            found.append((known.st_dev, known.st_ino))
    return tuple(found)


def _refuse_if_moved(connection: Connection, path: Path) -> None:
    """Refuse to go on with files that lost their names: SQLite would write on, and nobody would find it."""
    was, found = connection.info[STANDING], _files(path.resolve())
    if found[0] == was[0] and (None in was or found == was):
        return
    message = "The files of the book were moved, replaced or removed while it was open."
    remedy = "Stop every program that has it open, and see what stands there now."
    raise LedgerError([Problem("STN-LEDGER-019", message, remedy, Place(file=str(path)))])


def _begin(connection: Connection) -> None:
    """Begin by hand: the driver is told to leave transactions alone."""
    is_writer = connection.get_execution_options().get("is_writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")


def _insist(connection: sqlite3.Connection, path: Path, is_new_file: bool) -> None:
    """Make sure that the file is a book, or may become one, before anything in it changes; set it up."""
    marked = connection.execute("PRAGMA application_id").fetchone()[0]
    holds_tables = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
    if marked != APPLICATION and (holds_tables or not is_new_file):
        raise _no_book(path, "The file holds no book.")
    connection.execute("PRAGMA fullfsync = ON")
    for name, wanted in DEMANDS:
        connection.execute(f"PRAGMA {name} = {wanted}")
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != wanted:
            message = f"SQLite keeps {name} at {found} here; a book needs {wanted}."
            remedy = "Give the book a local disk."
            raise LedgerError([Problem("STN-LEDGER-019", message, remedy, Place(file=str(path)))])


def _no_book(path: Path, message: str) -> LedgerError:
    remedy = "Check the place, or begin a book there."
    return LedgerError([Problem("STN-LEDGER-020", message, remedy, Place(file=str(path)))])


def _write(connection: Connection, accepted: Sequence[Accepted], state: State) -> None:
    """Write what was accepted by the driver's own `executemany`: several times the speed of anything else."""
    if not accepted:
        return
    driver: Any = connection.connection.driver_connection
    last = driver.execute("SELECT seq FROM sqlite_sequence WHERE name = 'voucher'").fetchone()
    numbered = list(enumerate(accepted, 1 if last is None else last[0] + 1))
    recorded_at = hour_text(state.now)
    driver.executemany(ADD_VOUCHER, [parted(number, each.recorded, recorded_at) for number, each in numbered])
    touched: dict[tuple[str, str], None] = {}
    opened, transfers, periods = [], [], []
    for number, each in numbered:
        sent = each.recorded.voucher
        organisation = sent.organisation
        touched.update(dict.fromkeys((organisation, name) for name in each.moves))
        if each.standing is not None:
            new = each.standing.account
            touched[organisation, new.name] = None
            if sent.kind == "open_account":
                kept = (new.commodity, new.is_constrained, new.clears_within_days)
                opened.append((organisation, new.name, *kept))
        if each.closes_through is not None:
            periods.append((organisation, day_text(each.closes_through), number))
        transfers += [
            (organisation, number, place, made.debit, made.credit, made.amount, made.commodity)
            for place, made in enumerate(each.recorded.transfers, 1)
        ]
    standings = [state.accounts[at] for at in touched]
    driver.executemany(ADD_ACCOUNT, opened)
    driver.executemany(ADD_TRANSFER, transfers)
    driver.executemany(ADD_PERIOD, periods)
    driver.executemany(SET_BALANCE, [_sums(each) for each in standings if each.account.is_constrained])
    closed = [(each.account.organisation, each.account.name) for each in standings if each.is_closed]
    driver.executemany(CLOSE_ACCOUNT, closed)


def _sums(standing: Standing) -> tuple[Any, ...]:
    it = standing.account
    sums = (standing.debits, standing.credits, standing.pending_debits, standing.pending_credits)
    return (it.organisation, it.name, *sums, it.lowest, it.highest)
