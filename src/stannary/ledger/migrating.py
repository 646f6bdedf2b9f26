"""Begin a book, and bring the tables of one to the version of this software."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from stannary.ledger import queries
from stannary.ledger.book import Book
from stannary.ledger.opening import Clock, is_postgresql, named, open_book, path_of, server
from stannary.ledger.sqlite import engine_at, faults_as_errors, writing
from stannary.ledger.tables import SCHEMA, refuse_other_schema

__all__ = ["begin_book", "migrate"]

MIGRATIONS = Path(__file__).parent / "migrations"


def begin_book(where: str | Path, *, clock: Clock) -> Book:
    """Open the book at a place as `open_book` does, and begin it where there is none.

    One that stands is opened as it is. Raises `LedgerError` as `open_book` does.
    """
    if where != "memory:" and _is_missing(where):
        migrate(where)
    return open_book(where, clock=clock)


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
            refuse_other_schema(found, named(where))
        goes_back = to == "base" or (found is not None and to != "head" and to < found)
        (command.downgrade if goes_back else command.upgrade)(settings, to)


def _is_missing(where: str | Path) -> bool:
    """Say whether a book may be begun here: nothing was, or what was begun was cut short."""
    if is_postgresql(where):
        with server(str(where)) as connection:
            return queries.schema(connection) is None
    path = path_of(where)
    if not path.exists():
        return True
    engine = engine_at(path, is_new_file=True)
    try:
        with faults_as_errors(path), engine.connect() as connection:
            return queries.schema(connection) is None
    finally:
        engine.dispose()


@contextmanager
def _changing(where: str | Path) -> Iterator[Connection]:
    """Give a connection in one transaction, and keep others from changing the tables beside it."""
    if is_postgresql(where):
        with server(str(where)) as connection, connection.begin():
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('stannary', 0))"))
            yield connection
        return
    path = path_of(where)
    engine = engine_at(path, is_new_file=True)
    try:
        with faults_as_errors(path), writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()
