"""What a store of books must do. There are three: in memory, in SQLite, in PostgreSQL.

A store keeps; it does not judge. It opens one transaction, gathers the state that some vouchers touch, hands
it to the rules, writes what they accepted, and commits: wholly or not at all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from stannary.errors import LedgerError, Place, Problem
from stannary.ledger.accounts import Standing
from stannary.ledger.state import Accepted, Recorded, Repeated, State
from stannary.ledger.vouchers import Voucher

__all__ = ["EVERYTHING", "AsOf", "Checkpoint", "Leaf", "Receipt", "Store", "is_new"]

Judge = Callable[[State], Sequence[Accepted | Repeated]]


@dataclass(frozen=True, slots=True)
class AsOf:
    """From where a book is looked at: effective up to a day, recorded up to an hour; `None` is everything."""

    effective_on: date | None = None
    recorded_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.recorded_at is not None and self.recorded_at.tzinfo is None:
            # each store would read it in a zone of its own
            raise ValueError("an hour of recording is aware: give it a time zone")


EVERYTHING = AsOf()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender of a voucher gets: the voucher as it stands, and whether it had been sent before."""

    recorded: Recorded
    is_repeat: bool

    @property
    def key(self) -> str:
        """Give the key of the voucher."""
        return self.recorded.voucher.key


@dataclass(frozen=True, slots=True)
class Leaf:
    """A sealed voucher: its number in the log, from 0 without gaps, and the RFC 6962 hash of its leaf.

    `sealed_at` never decreases with `number`.
    """

    number: int
    organisation: str
    key: str
    digest: bytes
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement of the log: its size, its root, and the note (C2SP) holding both.

    `note` is the text as published, with the log's signature and those of the witnesses so far.
    """

    size: int
    root: bytes
    note: str
    sealed_at: datetime


def is_new(checkpoint: Checkpoint, of_that_size: Checkpoint | None, largest: int | None) -> bool:
    """Say whether a checkpoint is to be added, or is one that stands with more signatures.

    Raises `LedgerError` with ``STN-LEDGER-021`` if it tells of another log than the checkpoints that stand.
    """
    if of_that_size is not None and of_that_size.root == checkpoint.root:
        return False
    if of_that_size is None and (largest is None or checkpoint.size > largest):
        return True
    message = f"A checkpoint of size {checkpoint.size} contradicts one that stands."
    remedy = "Verify the book; publish nothing until it does."
    raise LedgerError(
        [Problem("STN-LEDGER-021", message, remedy, Place(path=f"checkpoint {checkpoint.size}"))]
    )


class Store(ABC):
    """A place where books are kept. All times are UTC and aware."""

    @abstractmethod
    def commit(self, vouchers: Sequence[Voucher], judge: Judge) -> list[Receipt]:
        """Gather the state the vouchers touch, ask the judge, write what it accepted; all or nothing.

        The judge raises `LedgerError` to refuse; then nothing is written.
        """

    @abstractmethod
    def find(self, organisation: str, key: str) -> Recorded | None:
        """Give a voucher by its key, or `None`."""

    @abstractmethod
    def journal(self, organisation: str | None = None) -> Iterator[Recorded]:
        """Give vouchers in the order of recording, of one organisation or of all."""

    @abstractmethod
    def standings(
        self, organisation: str | None = None, as_of: AsOf = EVERYTHING, account: str | None = None
    ) -> list[Standing]:
        """Give every account with its sums as of a point of view, by organisation and name.

        With `account` only those of that name, which costs what they moved and not what the book did.
        """

    @abstractmethod
    def closed_through(self, organisation: str) -> date | None:
        """Give the last day of the closed period, or `None`."""

    @abstractmethod
    def settled_by(self, organisation: str, key: str) -> str | None:
        """Give the key of the voucher that posted, voided or reversed this one, or `None`."""

    @abstractmethod
    def lapsed(self, organisation: str, on: date) -> list[Recorded]:
        """Give pending vouchers that expired by a day and were neither posted nor voided, in order."""

    @abstractmethod
    def add_leaves(self, digest: Callable[[Recorded], bytes], most: int) -> list[Leaf]:
        """Number up to `most` unsealed vouchers, in the order of recording, and keep their digests.

        Only vouchers that no later one can overtake are taken: every voucher recorded before them is visible.
        """

    @abstractmethod
    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[Leaf]:
        """Give leaves by number, from `start` up to and without `stop`."""

    @abstractmethod
    def sealed(self, start: int = 0, stop: int | None = None) -> Iterator[Recorded]:
        """Give the vouchers of leaves by number."""

    @abstractmethod
    def leaf_of(self, organisation: str, key: str) -> Leaf | None:
        """Give the leaf of a voucher, or `None` while it is not sealed."""

    @abstractmethod
    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint, or the same one with more signatures. A smaller size never follows a larger."""

    @abstractmethod
    def checkpoints(self) -> list[Checkpoint]:
        """Give every checkpoint, oldest first."""

    @abstractmethod
    def close(self) -> None:
        """Let go of connections. What was acknowledged stays."""
