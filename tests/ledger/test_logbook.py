"""The log of a book, written, read strictly, and put into another book."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from stannary.errors import LedgerError
from stannary.ledger.book import Book
from stannary.ledger.logbook import hash_log, import_log, leaf_bytes, number_leaves, read_log, write_log
from stannary.ledger.memory import MemoryStore
from stannary.ledger.sealing import seal
from stannary.ledger.store import Store
from stannary.ledger.vouchers import Voucher

from .drawn_histories import History, histories
from .sealed_books import CAUSE, DAY, KEY, ORIGIN, Clock, duty, fails, filled


def test_every_kind_of_store_has_the_same_root(new_store: Callable[[], Store], tmp_path: Path) -> None:
    sealed = filled(MemoryStore(Clock()))
    path = tmp_path / "log.ndjson"
    expected = seal(sealed, KEY, ORIGIN, Clock()).root
    write_log(sealed, path)
    store = new_store()
    assert hash_log(path).root == expected
    assert [leaf_bytes(each) for each in read_log(path)] == [leaf_bytes(each) for each in sealed.sealed()]
    book = Book(store)
    book.post(*(each.voucher for each in read_log(path)))
    assert [each.voucher for each in store.journal()] == [each.voucher for each in sealed.journal()]


def test_a_log_put_into_another_book_has_the_same_rows_and_root(
    new_store: Callable[[], Store], clock: Callable[[], datetime], tmp_path: Path
) -> None:
    store = filled(MemoryStore(Clock()), 30)
    book = Book(store)
    book.post(replace(duty(90), kind="pending", expires_on=date(2026, 12, 1)), duty(91))
    book.post(Voucher("USA", "take", "post_pending", DAY, CAUSE, refers_to="duty/90"))
    book.post(Voucher("USA", "undo", "reverse", DAY, CAUSE, refers_to="duty/91"))
    book.post(Voucher("USA", "close", "close_period", DAY, CAUSE))
    expected = seal(store, KEY, ORIGIN, Clock())
    path = tmp_path / "log.ndjson"
    assert write_log(store, path) == expected.size
    copied = import_log(path, MemoryStore, batch=7)
    assert list(copied.journal()) == list(store.journal())
    assert copied.standings() == store.standings()
    assert seal(copied, KEY, ORIGIN, Clock()).root == expected.root
    again = tmp_path / "again.ndjson"
    write_log(copied, again)
    assert again.read_bytes() == path.read_bytes()


def test_only_what_is_sealed_is_written_and_nothing_half(tmp_path: Path) -> None:
    store = filled(MemoryStore(Clock()))
    path = tmp_path / "log.ndjson"
    assert write_log(store, path) == 0
    assert number_leaves(store, batch=3) == 8
    assert write_log(store, path) == 8
    fails("STN-LEDGER-022", lambda: write_log(store, tmp_path / "none" / "log.ndjson"))
    assert [each.name for each in tmp_path.iterdir()] == ["log.ndjson"]


def test_a_log_changed_by_hand_is_refused_with_its_line(tmp_path: Path) -> None:
    store = filled(MemoryStore(Clock()))
    number_leaves(store)
    path = tmp_path / "log.ndjson"
    write_log(store, path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    data = json.loads(lines[5])
    twice = lines[5].replace('"kind":"post"', '"kind":"post","kind":"post"')
    for spoiled in (
        "\n", "{}\n", "[]\n", "null\n", "1\n", '"x"\n', "NaN\n", "[" * 100_000 + "\n", "9" * 5_000 + "\n",
        lines[5][:-1], lines[5][:-9] + "\n", " " + lines[5], twice, lines[5].replace("102", "102.0"),
        lines[5].replace("102", '"102"'), lines[5].replace("000+00:00", "000"),
        lines[5].replace("02T", "32T"),
        json.dumps(data) + "\n", lines[5].replace('"USA"', "true"), lines[5].replace("duty/2", "\ud83d"),
        lines[5].replace('"made":[[', '"made":[[1,'), lines[5].replace("102", "102" * 2_000),
    ):  # fmt: skip
        path.write_text("".join([*lines[:5], spoiled]), encoding="utf-8", errors="surrogatepass")
        with pytest.raises(LedgerError) as caught:
            list(read_log(path))
        (problem,) = caught.value.problems
        assert (problem.code, problem.place.line) == ("STN-LEDGER-022", 6)


def test_a_log_that_the_rules_would_write_otherwise_is_refused(tmp_path: Path) -> None:
    store = filled(MemoryStore(Clock()))
    number_leaves(store)
    path = tmp_path / "log.ndjson"
    write_log(store, path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    made, _, sent = lines[5].partition('"voucher"')
    path.write_text("".join([*lines[:5], made.replace("102", "103") + '"voucher"' + sent]), encoding="utf-8")
    fails("STN-LEDGER-021", lambda: import_log(path, MemoryStore))
    path.write_text("".join([*lines[:5], lines[7], lines[6]]), encoding="utf-8")
    fails("STN-LEDGER-021", lambda: import_log(path, MemoryStore))
    path.write_text("".join([*lines[:2], *lines[3:]]), encoding="utf-8")
    with pytest.raises(LedgerError, match="STN-LEDGER-002"):
        import_log(path, MemoryStore)
    fails("STN-LEDGER-020", lambda: import_log(path, lambda clock: store))
    fails("STN-LEDGER-022", lambda: import_log(tmp_path / "none", MemoryStore))


@settings(max_examples=15)
@given(histories())
def test_any_history_put_into_another_book_has_the_same_rows_and_root(history: History) -> None:
    number_leaves(history.book.store)
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log.ndjson"
        write_log(history.book.store, log)
        copied = import_log(log, MemoryStore, batch=4)
    assert list(copied.journal()) == history.journal
    assert [leaf.digest for leaf in copied.leaves()] == [leaf.digest for leaf in history.book.store.leaves()]
    assert copied.standings() == history.book.standings()
