"""Open a book by its place: a file, a PostgreSQL database, or memory; begin one; bring one up to date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, make_url, text

from stannary.errors import LedgerError, Place, Problem
from stannary.ledger import queries
from stannary.ledger.book import Book
from stannary.ledger.memory import MemoryStore
from stannary.ledger.postgres import PostgresStore
from stannary.ledger.postgres_connections import Connections
from stannary.ledger.sqlite import SqliteStore, engine_at, faults_as_errors, writing
from stannary.ledger.store import Store
from stannary.ledger.tables import SCHEMA, refuse_other_schema

__all__ = ["migrate", "open_book"]

MIGRATIONS = Path(__file__).parent / "migrations"

SERVER = re.compile(r"postgres(ql)?(\+psycopg)?://")

Clock = Callable[[], datetime]


def open_book(where: str | Path, *, clock: Clock, create: bool = False) -> Book:
    """Open the book at a place: a path or ``sqlite:///path``, ``postgresql://…``, or ``memory:``.

    `clock` gives the hour of recording, aware and in UTC; PostgreSQL uses its own. With `create` a book is
    begun where there is none; one that stands is opened as it is. Raises `LedgerError`: ``STN-LEDGER-020``
    where there is no book, ``STN-LEDGER-017`` for one of another version, ``STN-LEDGER-019`` for a place
    where it cannot be kept safely.
    """
    if where == "memory:":
        return Book(MemoryStore(clock))
    if create and _is_missing(where):
        migrate(where)
    return Book(_store(where, clock))


def migrate(where: str | Path, to: str = "head") -> None:
    """Bring the tables of a book to a version, the newest unless told; make them where there are none.

    All of it happens in one transaction: interrupted, nothing has changed, and it can be run again. Going
    back is refused once there is something to lose.
    """
    with _changing(where) as connection:
        settings = Config()
        settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        settings.attributes["connection"] = connection
        found = queries.schema(connection)
        if found is not None and found > SCHEMA:
            refuse_other_schema(found, _named(where))
        goes_back = to == "base" or (found is not None and to != "head" and to < found)
        (command.downgrade if goes_back else command.upgrade)(settings, to)


def _store(where: str | Path, clock: Clock) -> Store:
    if _is_postgresql(where):
        with _server(str(where)) as connection:
            refuse_other_schema(queries.schema(connection), _named(where))
        return PostgresStore(str(where))
    return SqliteStore(_path(where), clock)


def _is_postgresql(where: str | Path) -> bool:
    return isinstance(where, str) and SERVER.match(where) is not None


def _path(where: str | Path) -> Path:
    """Give the file of a place. Raises `LedgerError` for an address of some other kind of database."""
    if isinstance(where, Path):
        return where
    scheme, mark, rest = where.partition("://")
    if not mark:
        return Path(where)
    if scheme != "sqlite" or not rest.startswith("/") or rest == "/":
        message = f"Books are not kept at places of the kind {scheme}://."
        remedy = "Name a file, sqlite:///FILE, postgresql://USER@HOST/DATABASE, or memory:."
        raise LedgerError([Problem("STN-LEDGER-020", message, remedy, Place(path=f"{scheme}://"))])
    return Path(rest[1:])


def _is_missing(where: str | Path) -> bool:
    """Say whether a book may be begun here: nothing was, or what was begun was cut short."""
    if _is_postgresql(where):
        with _server(str(where)) as connection:
            return queries.schema(connection) is None
    path = _path(where)
    if not path.exists():
        return True
    engine = engine_at(path, is_new_file=True)
    try:
        with faults_as_errors(path), engine.connect() as connection:
            return queries.schema(connection) is None
    finally:
        engine.dispose()


def _named(where: str | Path) -> str:
    """Write a place as it may be shown: without a password."""
    return make_url(str(where)).render_as_string(hide_password=True) if _is_postgresql(where) else str(where)


@contextmanager
def _server(address: str) -> Iterator[Connection]:
    """Give one connection to PostgreSQL."""
    connections = Connections(address)
    try:
        with connections.session() as session:
            yield session.connection
    finally:
        connections.drop()


@contextmanager
def _changing(where: str | Path) -> Iterator[Connection]:
    """Give a connection in one transaction, and keep others from changing the tables beside it."""
    if _is_postgresql(where):
        with _server(str(where)) as connection, connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('stannary', 0))"))
            yield connection
        return
    path = _path(where)
    engine = engine_at(path, is_new_file=True)
    try:
        with faults_as_errors(path), writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()
