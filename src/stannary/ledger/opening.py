"""Open a book by its place: a file, a PostgreSQL database, or memory.

Books are begun and brought up to date in `stannary.ledger.migrating`, which loads what only that needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, make_url

from stannary.errors import LedgerError, Place, Problem
from stannary.ledger import queries
from stannary.ledger.book import Book
from stannary.ledger.memory import MemoryStore
from stannary.ledger.postgres import PostgresStore
from stannary.ledger.postgres_connections import Connections
from stannary.ledger.sqlite import SqliteStore
from stannary.ledger.store import Store
from stannary.ledger.tables import refuse_other_schema

__all__ = ["Clock", "is_postgresql", "named", "open_book", "path_of", "server"]

SERVER = re.compile(r"postgres(ql)?(\+psycopg)?://")

Clock = Callable[[], datetime]


def open_book(where: str | Path, *, clock: Clock) -> Book:
    """Open the book at a place: a path or ``sqlite:///path``, ``postgresql://…``, or ``memory:``.

    `clock` gives the hour of recording, aware and in UTC; PostgreSQL uses its own. Raises `LedgerError`:
    ``STN-LEDGER-020`` where there is no book, ``STN-LEDGER-017`` for one of another version,
    ``STN-LEDGER-019`` for a place where it cannot be kept safely.
    """
    if where == "memory:":
        return Book(MemoryStore(clock))
    return Book(_store(where, clock))


def _store(where: str | Path, clock: Clock) -> Store:
    if is_postgresql(where):
        with server(str(where)) as connection:
            refuse_other_schema(queries.schema(connection), named(where))
        return PostgresStore(str(where))
    return SqliteStore(path_of(where), clock)


def is_postgresql(where: str | Path) -> bool:
    """Say whether a place is an address of PostgreSQL."""
    return isinstance(where, str) and SERVER.match(where) is not None


def path_of(where: str | Path) -> Path:
    """Give the file of a place. Raises `LedgerError` for an address of some other kind of database."""
    if isinstance(where, Path):
        return _named_soundly(where)
    scheme, mark, rest = where.partition("://")
    if not mark:
        return _named_soundly(Path(where))
    if scheme != "sqlite" or not rest.startswith("/") or rest == "/":
        message = f"Books are not kept at places of the kind {scheme}://."
        remedy = "Name a file, sqlite:///FILE, postgresql://USER@HOST/DATABASE, or memory:."
        raise LedgerError([Problem("STN-LEDGER-020", message, remedy, Place(path=f"{scheme}://"))])
    return _named_soundly(Path(rest[1:]))


def _named_soundly(path: Path) -> Path:
    """Give a path back that a file may have. SQLite would cut a name at a NUL and take another file."""
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else error
        place = Place(path=ascii(str(path)[:80]))
        message = f"No file of that name can be opened ({words})."
        raise LedgerError([Problem("STN-LEDGER-020", message, "Check the place.", place)]) from None
    return path


def named(where: str | Path) -> str:
    """Write a place as it may be shown: without a password."""
    return make_url(str(where)).render_as_string(hide_password=True) if is_postgresql(where) else str(where)


@contextmanager
def server(address: str) -> Iterator[Connection]:
    """Give one connection to PostgreSQL."""
    connections = Connections(address)
    try:
        with connections.session() as session:
            yield session.connection
    finally:
        connections.drop()
