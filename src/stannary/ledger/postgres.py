"""Books in PostgreSQL: for many programs at once, each organisation seeing its own.

A transaction locks the accounts it touches in the order of their names, reads what the rules look at, asks
them, and writes what they accepted. READ COMMITTED is enough, since everything a rule decides by is either
locked or guarded by a unique key; where a key says that another was faster, the whole is done again. So it is
after a deadlock, and after a lost connection: a voucher that was recorded is then answered, not repeated.

The clock is the database's. Needs psycopg, the extra `postgres`; opens without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from typing import TypeVar

from sqlalchemy import Boolean, Connection, exists, func, insert, literal_column, select, text, update
from sqlalchemy.exc import DBAPIError

from stannary.errors import LedgerError, Problem, StannaryError
from stannary.ledger import queries
from stannary.ledger.accounts import ORGANISATION, Standing
from stannary.ledger.postgres_connections import Connections, Session, is_lost, is_passing, refusal
from stannary.ledger.postgres_statements import ADD_LEAVES, array
from stannary.ledger.postgres_writing import commit
from stannary.ledger.state import Recorded
from stannary.ledger.store import EVERYTHING, AsOf, Checkpoint, Judge, Leaf, Receipt, Store, is_new
from stannary.ledger.tables import checkpoint, leaf, voucher
from stannary.ledger.vouchers import Voucher

__all__ = ["PostgresStore"]

FIRST_WAIT_S = 0.002
LONGEST_WAIT_S = 1.0
"""A transaction that lost a race is tried again after waits that double from the first to the longest."""

TRIES = 10
PATIENCE_S = 30.0
"""How often a lost race is run again, and how long a server that restarts is waited for."""

# Of a snapshot: every transaction below `xmin` has ended, so what it wrote is seen. A visible row at or above
# `xmax` was not written here but restored from a copy, and has nothing to wait for.
IS_SETTLED = literal_column(
    "(voucher.xid < pg_snapshot_xmin(pg_current_snapshot())"
    " OR voucher.xid >= pg_snapshot_xmax(pg_current_snapshot()))",
    Boolean,
)

BY_INDEX = {"plan_cache_mode": "force_generic_plan"} | dict.fromkeys(
    ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"), "off"
)
"""Posting looks rows up by their keys. Left to its statistics, the server plans so only when it knows that
tables are long; a plan made for an empty book would be kept while the book grows."""

SET_ORGANISATION = text("SELECT set_config('stannary.organisation', :organisation, true)")
HOLD_THE_SEAL = text("""
    SELECT pg_advisory_xact_lock(hashtextextended('stannary.leaf', 0)), set_config(name, 'on', true)
    FROM unnest(ARRAY['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) AS given (name)
""")

Answer = TypeVar("Answer")


class PostgresStore(Store):
    """Keep books in a PostgreSQL database that `stannary.ledger.migrating` made.

    `url` names database and role: ``postgresql://role@host/database``. What the role may see and do is
    decided by the database (`stannary.ledger.postgres_roles`). A transaction is of the organisations of its
    vouchers. Threads may share a store. Raises `UsageError` where psycopg is missing.
    """

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._writers = Connections(url, **BY_INDEX)
        self._readers = Connections(
            url, default_transaction_isolation="repeatable\\ read", default_transaction_read_only="on"
        )

    def commit(self, vouchers: Sequence[Voucher], judge: Judge) -> list[Receipt]:
        """Gather, judge and write in one transaction; again if another was faster or the server was lost."""
        organisations = sorted({str(each.organisation) for each in vouchers})
        return self._again(lambda session: commit(session, vouchers, judge), ", ".join(organisations)[:80])

    def find(self, organisation: str, key: str) -> Recorded | None:
        """Give a voucher by its key, or `None`."""
        with self._reading(organisation) as connection:
            return queries.find(connection, organisation, key)

    def journal(self, organisation: str | None = None) -> Iterator[Recorded]:
        """Give vouchers in the order of recording, all of one moment."""
        with self._reading(organisation) as connection:
            yield from queries.journal(connection, organisation)

    def standings(
        self, organisation: str | None = None, as_of: AsOf = EVERYTHING, account: str | None = None
    ) -> list[Standing]:
        """Give every account, or those of one name, with its sums as of a point of view, in order."""
        with self._reading(organisation) as connection:
            return queries.standings(connection, organisation, as_of, account)

    def closed_through(self, organisation: str) -> date | None:
        """Give the last day of the closed period, or `None`."""
        with self._reading(organisation) as connection:
            return queries.closed_through(connection, organisation)

    def settled_by(self, organisation: str, key: str) -> str | None:
        """Give the key of the voucher that posted, voided or reversed this one, or `None`."""
        with self._reading(organisation) as connection:
            return queries.settled_by(connection, organisation, key)

    def lapsed(self, organisation: str, on: date) -> list[Recorded]:
        """Give pending vouchers that expired by a day and were neither posted nor voided, in order."""
        with self._reading(organisation) as connection:
            return queries.lapsed(connection, organisation, on)

    def add_leaves(self, digest: Callable[[Recorded], bytes], most: int) -> list[Leaf]:
        """Number unsealed vouchers that nothing still under way can overtake, one sealer at a time."""
        return self._again(lambda session: _add_leaves(session, digest, most), "leaf")

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[Leaf]:
        """Give leaves by number."""
        with self._reading(None) as connection:
            yield from queries.leaves(connection, start, stop)

    def sealed(self, start: int = 0, stop: int | None = None) -> Iterator[Recorded]:
        """Give the vouchers of leaves by number."""
        with self._reading(None) as connection:
            yield from queries.sealed(connection, start, stop)

    def leaf_of(self, organisation: str, key: str) -> Leaf | None:
        """Give the leaf of a voucher, or `None` while it is not sealed."""
        with self._reading(organisation) as connection:
            return queries.leaf_of(connection, organisation, key)

    def add_checkpoint(self, new: Checkpoint) -> None:
        """Keep a checkpoint, or the same one with more signatures."""
        self._again(lambda session: _add_checkpoint(session, new), "checkpoint")

    def checkpoints(self) -> list[Checkpoint]:
        """Give every checkpoint, oldest first."""
        with self._reading("") as connection:
            return queries.checkpoints(connection)

    def close(self) -> None:
        """Let go of the connections. What was acknowledged stays."""
        self._writers.drop()
        self._readers.drop()

    def _again(self, work: Callable[[Session], Answer], what: str) -> Answer:
        """Do some work in a transaction, from the start again while that may help."""
        until = time.monotonic() + self._patience_s
        wait = FIRST_WAIT_S
        for tried in count(1):
            try:
                with self._writers.session() as session:
                    return work(session)
            except StannaryError as error:
                if not is_lost(error) or time.monotonic() > until:
                    raise
                lost = True
            except Exception as error:
                lost = is_lost(error)
                if (time.monotonic() > until) if lost else (not is_passing(error) or tried >= TRIES):
                    if (said := refusal(error, what)) is None:
                        raise
                    raise said from error
            if lost:
                self._writers.drop()
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_S)
        raise AssertionError("unreachable")

    @contextmanager
    def _reading(self, organisation: str | None) -> Iterator[Connection]:
        """Lend a connection that sees one moment, of one organisation, or of all if the role may."""
        try:
            with self._reader(organisation) as session:
                yield session.connection
        except DBAPIError as error:
            if (said := refusal(error, organisation or "")) is None:
                raise
            raise said from error

    @contextmanager
    def _reader(self, organisation: str | None) -> Iterator[Session]:
        known = organisation is not None and ORGANISATION.fullmatch(organisation) is not None
        setting = {"organisation": organisation if known else ""}
        try:
            with self._readers.session() as session:
                session.connection.execute(SET_ORGANISATION, setting)
        except DBAPIError as error:
            if not is_lost(error):
                raise
            self._readers.drop()  # kept from before the server was started again
        with self._readers.session() as session:
            session.connection.execute(SET_ORGANISATION, setting)
            if organisation is None:
                _insist_on_seeing_all(session)
            yield session


def _insist_on_seeing_all(session: Session) -> None:
    if not session.oversees():
        message = "The role sees one organisation at a time, and all are asked for."
        remedy = "Name the organisation, or use a role that is a member of stannary_auditor."
        raise LedgerError([Problem("STN-LEDGER-023", message, remedy)])


def _add_leaves(session: Session, digest: Callable[[Recorded], bytes], most: int) -> list[Leaf]:
    """Take the seal's lock, number what is settled and has no leaf yet, and commit."""
    connection = session.connection
    _insist_on_seeing_all(session)
    connection.execute(HOLD_THE_SEAL)
    last = connection.execute(
        select(leaf.c.number, leaf.c.sealed_at).order_by(leaf.c.number.desc()).limit(1)
    ).first()
    has_leaf = exists().where(leaf.c.voucher_id == voucher.c.id)
    unsealed = list(queries.numbered(connection, IS_SETTLED, ~has_leaf, most=most))
    if not unsealed:
        return []
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one().astimezone(UTC)
    start, sealed_at = (0, now) if last is None else (last.number + 1, max(now, last.sealed_at))
    added = [
        Leaf(number, each.voucher.organisation, each.voucher.key, digest(each), sealed_at)
        for number, (_, each) in enumerate(unsealed, start)
    ]
    columns = {
        "numbers": array(each.number for each in added),
        "voucher_ids": array(voucher_id for voucher_id, _ in unsealed),
        "organisations": array(each.organisation for each in added),
        "digests": array("\\x" + each.digest.hex() for each in added),
    }
    session.ask(ADD_LEAVES, {**columns, "sealed_at": sealed_at})
    session.driver.commit()
    return added


def _add_checkpoint(session: Session, new: Checkpoint) -> None:
    connection = session.connection
    connection.execute(HOLD_THE_SEAL)
    held = {each.size: each for each in queries.checkpoints(connection)}
    if is_new(new, held.get(new.size), max(held, default=None)):
        row = {"size": new.size, "root": new.root, "note": new.note, "sealed_at": new.sealed_at}
        connection.execute(insert(checkpoint).values(**row))
    else:
        connection.execute(update(checkpoint).where(checkpoint.c.size == new.size).values(note=new.note))
    connection.commit()
