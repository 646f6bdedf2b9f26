"""Tracing: from a voucher that settles or reverses another back to the first, whose decision is the cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stannary.ledger.state import Recorded
from stannary.ledger.store import AsOf
from stannary.ledger.sums import is_seen
from stannary.ledger.vouchers import MONEY_KINDS, Cause

__all__ = ["Traced", "trace"]


@dataclass(frozen=True, slots=True)
class Traced:
    """A voucher that moved or held amounts, with the cause it goes back to and for whom it was.

    Where a voucher does not say its member, programme or mineral, that of the voucher it acts on holds.
    """

    recorded: Recorded
    cause: Cause
    member: str
    programme: str
    mineral: str


def trace(journal: Iterable[Recorded], as_of: AsOf) -> Iterator[Traced]:
    """Give the vouchers about amounts that are visible from a point of view, in the order of recording."""
    known: dict[tuple[str, str], Traced] = {}
    for recorded in journal:
        voucher = recorded.voucher
        if voucher.kind not in MONEY_KINDS or not is_seen(recorded, as_of):
            continue
        first = None if voucher.refers_to is None else known[voucher.organisation, voucher.refers_to]
        traced = Traced(
            recorded,
            voucher.cause if first is None else first.cause,
            voucher.member or (first.member if first else ""),
            voucher.programme or (first.programme if first else ""),
            voucher.mineral or (first.mineral if first else ""),
        )
        known[voucher.organisation, voucher.key] = traced
        yield traced
