"""The book of a demonstration: one run a book, and no book of anyone else's is touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from stannary.border.assessment import assess
from stannary.border.determinations import Determinations
from stannary.cli.demo_book import Kept, keep_book
from stannary.errors import UsageError
from stannary.ledger.migrating import begin_book
from stannary.ledger.opening import open_book
from stannary.ledger.state import Recorded
from stannary.ledger.vouchers import Cause, Voucher
from stannary.settlement.duties import Collection
from stannary.zone import Zone, open_zone, shipped_folder

DAY = date(2029, 2, 3)
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def toy() -> Zone:
    return open_zone("toy")


@pytest.fixture(scope="module")
def found(toy: Zone) -> Determinations:
    return assess(toy.charter, toy.atlas, shipped_folder("toy") / "entries.csv")


def kept(path: Path, toy: Zone, found: Determinations, run: str = "") -> Kept:
    collection = Collection.of(found, "USA")
    return keep_book(path, found, toy.charter, replace(collection, run=run or collection.run), DAY)


def journal(path: Path) -> list[Recorded]:
    with open_book(path, clock=lambda: NOW) as book:
        return list(book.journal())


def test_a_demo_of_a_day_far_ahead_is_recorded_on_that_day(
    tmp_path: Path, toy: Zone, found: Determinations
) -> None:
    done = kept(tmp_path / "book.db", toy, found)
    assert done.outcome.startswith("21 duty vouchers in the book; debits = credits = ")
    assert {each.recorded_at.date() for each in journal(tmp_path / "book.db")} == {DAY}


def test_the_same_run_adds_nothing(tmp_path: Path, toy: Zone, found: Determinations) -> None:
    first = kept(tmp_path / "book.db", toy, found)
    stood = journal(tmp_path / "book.db")
    again = kept(tmp_path / "book.db", toy, found)
    assert again.collected.duties.repeated == again.collected.duties.vouchers == 21
    assert "21 vouchers known before" in again.outcome
    assert (journal(tmp_path / "book.db"), again.balances) == (stood, first.balances)


def test_another_run_begins_the_book_afresh(tmp_path: Path, toy: Zone, found: Determinations) -> None:
    kept(tmp_path / "book.db", toy, found)
    other = kept(tmp_path / "book.db", toy, found, run="another")
    assert other.collected.duties.repeated == 0
    assert journal(tmp_path / "book.db")[0].voucher.cause.reference == "another"


def test_a_book_that_is_no_demo_is_left_alone(tmp_path: Path, toy: Zone, found: Determinations) -> None:
    path = tmp_path / "book.db"
    with begin_book(path, clock=lambda: NOW) as mine:
        mine.post(Voucher("USA", "close/1", "close_period", date(2026, 1, 1), Cause("decision", "1")))
    stood = journal(path)
    with pytest.raises(UsageError, match="none of a demonstration's"):
        kept(path, toy, found)
    assert journal(path) == stood
