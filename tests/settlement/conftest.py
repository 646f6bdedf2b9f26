"""Fresh books to settle in: kept in memory, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from stannary.ledger.book import Book
from stannary.ledger.memory import MemoryStore
from stannary.settlement.reckoning import Books

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def new_book() -> Callable[[], Book]:
    """Give empty books, as many as a property needs."""
    return lambda: Book(MemoryStore(lambda: NOW))


@pytest.fixture
def book(new_book: Callable[[], Book]) -> Book:
    """Give one empty book."""
    return new_book()


@pytest.fixture
def books() -> Books:
    """Say in whose books things are settled, and under what."""
    return Books("USA", charter="c" * 64, software="0.1.0")


@pytest.fixture
def today() -> date:
    """Give the day on which the clock stands."""
    return NOW.date()
