"""The log of a book: every voucher that stands, as one line of bytes that can be hashed, moved and replayed.

A line is canonical JSON (keys sorted, no spaces, UTF-8) of everything a store keeps of a voucher: what was
sent, the hash of that, the transfers it made, and when it was recorded. The line's bytes are the leaf of the
hash tree. A log sent through the rules again gives the same rows, and so the same root.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

from stannary.errors import LedgerError, Place, Problem
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.form import faults_of
from stannary.ledger.merkle import Frontier, leaf_hash
from stannary.ledger.state import Recorded
from stannary.ledger.store import Store
from stannary.ledger.vouchers import Cause, Transfer, Voucher, canonical

__all__ = ["RecordedHours", "hash_log", "import_log", "leaf_bytes", "number_leaves", "read_log", "write_log"]

LONGEST_LINE = 2_000_000

FIELDS = {
    "organisation", "key", "kind", "effective_on", "cause", "transfers", "narrative", "refers_to",
    "expires_on", "account", "member", "programme", "mineral",
}  # fmt: skip


def leaf_bytes(recorded: Recorded) -> bytes:
    """Write a voucher that stands as the bytes its leaf is the hash of, without a line break."""
    return canonical(
        {
            "made": [[each.debit, each.credit, each.amount, each.commodity] for each in recorded.transfers],
            "recorded_at": recorded.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "request_hash": recorded.voucher.request_hash,
            "voucher": recorded.voucher.as_data(),
        }
    )


def number_leaves(store: Store, batch: int = 10_000) -> int:
    """Give every voucher that can be its number in the log, in the order of recording; count the new ones."""
    count = 0
    while leaves := store.add_leaves(lambda recorded: leaf_hash(leaf_bytes(recorded)), batch):
        count += len(leaves)
    return count


def write_log(store: Store, path: Path) -> int:
    """Write the sealed vouchers of a store as NDJSON, in the order of the log; give how many there are.

    Seal first, if the newest are to be in it. The file is replaced as a whole or left as it was.
    """
    place = Place(str(path))
    part = path.with_name(f"{path.name}.part")
    count = 0
    try:
        with part.open("wb") as file:
            for recorded in store.sealed():
                file.write(leaf_bytes(recorded) + b"\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        _fail("STN-LEDGER-022", f"The log cannot be written: {error.strerror}.", "Choose a place.", place)
    return count


def hash_log(path: Path) -> Frontier:
    """Hash the lines of a log as they stand; give the tree over them, with its size and root."""
    with path.open("rb") as file:
        return Frontier().grown(leaf_hash(line.removesuffix(b"\n")) for line in file)


def read_log(path: Path) -> Iterator[Recorded]:
    """Read a log line by line, strictly: what is read would be written again byte for byte.

    Raises `LedgerError` (STN-LEDGER-022) with file and line for the first line that is none of a log.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
                yield _read_line(line, Place(str(path), number))
    except OSError as error:
        message = f"The log cannot be read: {error.strerror}."
        _fail("STN-LEDGER-022", message, "Check its place.", Place(str(path)))


def _read_line(line: bytes, place: Place) -> Recorded:
    if not line.endswith(b"\n"):
        _fail("STN-LEDGER-022", "The line does not end: the log was cut.", "Copy it anew.", place)
    try:
        recorded = _recorded_of(json.loads(line))
    except (AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        recorded = None
    if recorded is None or not _is_sound(recorded) or leaf_bytes(recorded) != line[:-1]:
        message = "The line is not one that a log is written with."
        _fail("STN-LEDGER-022", message, "Export the log again; it is not to be edited.", place)
    return recorded


def _is_sound(recorded: Recorded) -> bool:
    made = all(
        isinstance(each.amount, int) and all(isinstance(text, str) for text in (each.debit, each.credit))
        for each in recorded.transfers
    )
    return made and not faults_of(recorded.voucher)


def _recorded_of(data: dict[str, Any]) -> Recorded | None:
    sent = data["voucher"]
    if set(sent) != FIELDS:
        return None
    organisation, account = sent["organisation"], sent["account"]
    recorded_at = datetime.fromisoformat(data["recorded_at"])
    voucher = Voucher(
        organisation=organisation,
        key=sent["key"],
        kind=sent["kind"],
        effective_on=date.fromisoformat(sent["effective_on"]),
        cause=Cause(*sent["cause"]),
        transfers=tuple(Transfer(*each) for each in sent["transfers"]),
        narrative=sent["narrative"],
        refers_to=sent["refers_to"],
        expires_on=None if sent["expires_on"] is None else date.fromisoformat(sent["expires_on"]),
        account=None if account is None else Account(organisation, *account),
        member=sent["member"],
        programme=sent["programme"],
        mineral=sent["mineral"],
    )
    made = tuple(Transfer(*each) for each in data["made"])
    return Recorded(voucher, made, recorded_at) if recorded_at.tzinfo is not None else None


class RecordedHours:
    """A clock for a store into which a log is put: it shows the hour at which each line was recorded."""

    def __init__(self) -> None:
        self.hour = datetime(1970, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the hour."""
        return self.hour


def import_log(path: Path, open_store: Callable[[RecordedHours], Store], batch: int = 1_000) -> Store:
    """Put a log into a new store, through the rules again, and number its leaves as they were.

    `open_store` is given the clock to open an empty store with. Raises `LedgerError`: for a line that is
    none, for a voucher the rules refuse, and (STN-LEDGER-021) for one they would have recorded otherwise.
    """
    clock = RecordedHours()
    store = open_store(clock)
    place = Place(str(path))
    if next(store.journal(), None) is not None:
        _fail("STN-LEDGER-020", "The book holds vouchers already.", "Put a log into a new book.", place)
    book = Book(store)
    done = 0
    for together in _by_hour(read_log(path), batch):
        clock.hour = together[0].recorded_at
        receipts = book.post(*(each.voucher for each in together))
        for number, (receipt, line) in enumerate(zip(receipts, together, strict=True), done + 1):
            if receipt.is_repeat or leaf_bytes(receipt.recorded) != leaf_bytes(line):
                message = f"The voucher {receipt.key} would not be recorded as the log says it was."
                remedy = "The log was changed, or written under other rules. Compare it with a copy."
                _fail("STN-LEDGER-021", message, remedy, Place(str(path), number))
        done += len(together)
        # leaves are numbered as they come, so that their order is that of the log
        number_leaves(store)
    return store


def _by_hour(log: Iterable[Recorded], batch: int) -> Iterator[list[Recorded]]:
    together: list[Recorded] = []
    for recorded in log:
        if together and (len(together) == batch or recorded.recorded_at != together[0].recorded_at):
            yield together
            together = []
        together.append(recorded)
    if together:
        yield together


def _fail(code: str, message: str, remedy: str, place: Place) -> NoReturn:
    raise LedgerError([Problem(code, message, remedy, place)])
