"""The stores that every test of the book is run on, each behind the same fixtures.

`store` is an empty book of each kind in turn, `new_store` makes more of the same kind, and `today` is the day
on which that kind records: a day of our own where the clock is ours.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from tests.ledger.sent_to_books import ACCOUNTS, about
from tests.postgres import Databases, Server, databases, empty_database, postgres_server

from stannary.ledger.book import Book
from stannary.ledger.memory import MemoryStore
from stannary.ledger.migrating import migrate
from stannary.ledger.postgres import PostgresStore
from stannary.ledger.sqlite import SqliteStore
from stannary.ledger.store import Store

__all__ = ["databases", "empty_database", "postgres_server"]

KINDS = ("memory", "sqlite", "postgres")


class Clock:
    """A clock that moves a second each time it is read, and otherwise by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 9, 0, 0, 250, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Give the hour."""
        self.now += timedelta(seconds=1)
        return self.now


class BorrowedStore(PostgresStore):
    """A store in PostgreSQL whose database goes to the next test when it is closed."""

    def __init__(self, databases: Databases, server: Server) -> None:
        self._databases = databases
        self._name: str | None = databases.make()
        super().__init__(server.url(self._name, "clerk"))

    def close(self) -> None:
        """Let go of the connections, and of the database."""
        super().close()
        if self._name is not None:
            self._databases.give_back(self._name)
            self._name = None


@pytest.fixture
def clock() -> Clock:
    """Give a clock that only the test moves."""
    return Clock()


@pytest.fixture(scope="session")
def empty_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book file with tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("ledger") / "empty.stannary"
    migrate(path)
    return path


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Give each kind of store in turn."""
    return str(request.param)


@pytest.fixture
def today(kind: str, clock: Clock, request: pytest.FixtureRequest) -> date:
    """Give the day on which the store records: PostgreSQL asks its own clock."""
    if kind == "postgres":
        server: Server = request.getfixturevalue("postgres_server")
        return server.today()
    return clock.now.date()


@pytest.fixture
def new_store(
    kind: str, clock: Clock, empty_book: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[], Store]]:
    """Give a way to make empty stores of this kind; they are closed at the end."""
    numbers = count()
    with ExitStack() as stack:

        def make() -> Store:
            store = makers[kind]()
            stack.callback(store.close)
            return store

        def in_postgres() -> Store:
            return BorrowedStore(
                request.getfixturevalue("databases"), request.getfixturevalue("postgres_server")
            )

        def copied() -> Path:
            return Path(shutil.copy(empty_book, tmp_path / f"book{next(numbers)}.stannary"))

        makers: dict[str, Callable[[], Store]] = {
            "memory": lambda: MemoryStore(clock),
            "sqlite": lambda: SqliteStore(copied(), clock),
            "postgres": in_postgres,
        }
        yield make


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Store:
    """Give an empty store."""
    return new_store()


@pytest.fixture
def book(store: Store) -> Book:
    """Give an empty book."""
    return Book(store)


@pytest.fixture
def day(today: date) -> date:
    """Give a day well before the one of recording."""
    return today - timedelta(days=20)


@pytest.fixture
def opened(book: Book, day: date) -> Book:
    """Give a book with one account of each sort."""
    book.post(*(about(f"open/{each.name}", "open_account", each, day) for each in ACCOUNTS))
    return book
