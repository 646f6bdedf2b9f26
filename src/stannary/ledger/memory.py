"""The book in memory: the model the other stores are held against, and the book of simulations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from stannary.ledger.accounts import Standing
from stannary.ledger.state import Accepted, Recorded, State
from stannary.ledger.store import EVERYTHING, AsOf, Checkpoint, Judge, Leaf, Receipt, Store, is_new
from stannary.ledger.sums import standings_of
from stannary.ledger.vouchers import Voucher

__all__ = ["MemoryStore"]


class MemoryStore(Store):
    """Keep books in plain dictionaries. `clock` gives the hour of recording, aware and in UTC."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._state = State(now=clock())
        self._journal: list[Recorded] = []
        self._leaves: list[Leaf] = []
        self._leaf_of: dict[tuple[str, str], Leaf] = {}
        self._checkpoints: dict[int, Checkpoint] = {}

    def commit(self, vouchers: Sequence[Voucher], judge: Judge) -> list[Receipt]:
        """Judge on a copy of the state, so that a refusal leaves nothing behind."""
        with self._turn:
            held = self._state
            state = State(
                self._now(),
                dict(held.accounts),
                dict(held.recorded),
                dict(held.settled),
                dict(held.closed_through),
            )
            answers = judge(state)
            self._state = state
            self._journal += [each.recorded for each in answers if isinstance(each, Accepted)]
        return [Receipt(each.recorded, not isinstance(each, Accepted)) for each in answers]

    def find(self, organisation: str, key: str) -> Recorded | None:
        """Give a voucher by its key, or `None`."""
        return self._state.recorded.get((organisation, key))

    def journal(self, organisation: str | None = None) -> Iterator[Recorded]:
        """Give vouchers in the order of recording."""
        for recorded in tuple(self._journal):
            if organisation in (None, recorded.voucher.organisation):
                yield recorded

    def standings(
        self, organisation: str | None = None, as_of: AsOf = EVERYTHING, account: str | None = None
    ) -> list[Standing]:
        """Give every account, or those of one name, with its sums as of a point of view, in order."""
        found = standings_of(self._state.accounts.values(), self._journal, as_of)
        return [
            found[at] for at in sorted(found) if organisation in (None, at[0]) and account in (None, at[1])
        ]

    def closed_through(self, organisation: str) -> date | None:
        """Give the last day of the closed period, or `None`."""
        return self._state.closed_through.get(organisation)

    def settled_by(self, organisation: str, key: str) -> str | None:
        """Give the key of the voucher that posted, voided or reversed this one, or `None`."""
        return self._state.settled.get((organisation, key))

    def lapsed(self, organisation: str, on: date) -> list[Recorded]:
        """Give pending vouchers that expired by a day and were neither posted nor voided, in order."""
        return [
            each
            for each in self.journal(organisation)
            if each.voucher.expires_on is not None
            and each.voucher.expires_on <= on
            and (organisation, each.voucher.key) not in self._state.settled
        ]

    def add_leaves(self, digest: Callable[[Recorded], bytes], most: int) -> list[Leaf]:
        """Number unsealed vouchers in the order of recording, and keep their digests."""
        with self._turn:
            start = len(self._leaves)
            sealed_at = max([self._now(), *(leaf.sealed_at for leaf in self._leaves[-1:])])
            added = [
                Leaf(number, each.voucher.organisation, each.voucher.key, digest(each), sealed_at)
                for number, each in enumerate(self._journal[start : start + most], start)
            ]
            self._leaves += added
            self._leaf_of.update({(leaf.organisation, leaf.key): leaf for leaf in added})
        return added

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[Leaf]:
        """Give leaves by number."""
        yield from self._leaves[start:stop]

    def sealed(self, start: int = 0, stop: int | None = None) -> Iterator[Recorded]:
        """Give the vouchers of leaves by number."""
        end = len(self._leaves) if stop is None else min(stop, len(self._leaves))
        yield from self._journal[start:end]

    def leaf_of(self, organisation: str, key: str) -> Leaf | None:
        """Give the leaf of a voucher, or `None` while it is not sealed."""
        return self._leaf_of.get((organisation, key))

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint, or the same one with more signatures."""
        held = self._checkpoints.get(checkpoint.size)
        if is_new(checkpoint, held, max(self._checkpoints, default=None)):
            self._checkpoints[checkpoint.size] = checkpoint
        elif held is not None:
            self._checkpoints[checkpoint.size] = replace(held, note=checkpoint.note)

    def checkpoints(self) -> list[Checkpoint]:
        """Give every checkpoint, oldest first."""
        return [self._checkpoints[size] for size in sorted(self._checkpoints)]

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _now(self) -> datetime:
        """Give the hour, never before that of the latest voucher, whatever the clock does."""
        return max([self._clock(), *(each.recorded_at for each in self._journal[-1:])])
