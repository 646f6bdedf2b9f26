"""What the rules look at and what they answer: the state of a book, and what follows from one voucher."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from stannary.errors import Place, Problem
from stannary.ledger.accounts import Standing
from stannary.ledger.vouchers import Transfer, Voucher

__all__ = ["Accepted", "Move", "Recorded", "Refused", "Repeated", "State", "fold", "moved", "refused"]

AccountKey = tuple[str, str]
VoucherKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A voucher that stands in the book, with the transfers it made and when it was recorded.

    A reversal's, a posting's or a voiding's transfers are worked out from its target; they are kept here.
    """

    voucher: Voucher
    transfers: tuple[Transfer, ...]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """What one voucher adds to the sums of one account, in minor units. Only pending sums may fall."""

    debits: int = 0
    credits: int = 0
    pending_debits: int = 0
    pending_credits: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """The voucher stands: its row, the accounts it moves, and the account it opens or changes."""

    recorded: Recorded
    moves: Mapping[str, Move] = field(default_factory=dict)
    standing: Standing | None = None
    closes_through: date | None = None


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same voucher was sent before: nothing is added, the first answer holds."""

    recorded: Recorded


@dataclass(frozen=True, slots=True)
class Refused:
    """The voucher does not stand, for every reason found."""

    problems: tuple[Problem, ...]


@dataclass(slots=True)
class State:
    """What the rules may look at: accounts, vouchers by key, what is settled, closed periods, and the hour.

    `settled` says by which voucher a pending one was posted or voided, or a posted one reversed. A store may
    fill in only what the vouchers at hand touch; of an account that is to be closed it must fill in the sums.
    """

    now: datetime
    accounts: dict[AccountKey, Standing] = field(default_factory=dict)
    recorded: dict[VoucherKey, Recorded] = field(default_factory=dict)
    settled: dict[VoucherKey, str] = field(default_factory=dict)
    closed_through: dict[str, date] = field(default_factory=dict)


def fold(state: State, accepted: Accepted) -> None:
    """Add what was accepted to the state, in place."""
    recorded = accepted.recorded
    voucher = recorded.voucher
    organisation = voucher.organisation
    state.recorded[organisation, voucher.key] = recorded
    if voucher.refers_to is not None:
        state.settled[organisation, voucher.refers_to] = voucher.key
    if accepted.standing is not None:
        state.accounts[organisation, accepted.standing.account.name] = accepted.standing
    if accepted.closes_through is not None:
        state.closed_through[organisation] = accepted.closes_through
    for name, move in accepted.moves.items():
        state.accounts[organisation, name] = moved(state.accounts[organisation, name], move)


def moved(standing: Standing, move: Move) -> Standing:
    """Give an account's standing after a move."""
    return replace(
        standing,
        debits=standing.debits + move.debits,
        credits=standing.credits + move.credits,
        pending_debits=standing.pending_debits + move.pending_debits,
        pending_credits=standing.pending_credits + move.pending_credits,
    )


def refused(voucher: Voucher, code: str, message: str, remedy: str = "") -> Refused:
    """Refuse a voucher for one reason."""
    return Refused((Problem(code, message, remedy, Place(path=f"{voucher.organisation}/{voucher.key}")),))
