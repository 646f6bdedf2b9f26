"""What accounts stand at, folded from the vouchers alone: the oracle for every kept or queried balance."""

from __future__ import annotations

from collections.abc import Iterable

from stannary.ledger.accounts import Standing
from stannary.ledger.movements import moves_of
from stannary.ledger.state import Recorded, moved
from stannary.ledger.store import AsOf
from stannary.ledger.vouchers import MONEY_KINDS

__all__ = ["is_seen", "standings_of"]


def standings_of(
    accounts: Iterable[Standing], journal: Iterable[Recorded], as_of: AsOf
) -> dict[tuple[str, str], Standing]:
    """Fold a journal into the standings of accounts, from a point of view.

    `accounts` say which accounts there are and whether they are closed; their own sums are not used.
    """
    standings = {
        (each.account.organisation, each.account.name): Standing(each.account, each.is_closed)
        for each in accounts
    }
    by_key: dict[tuple[str, str], Recorded] = {}
    for recorded in journal:
        voucher = recorded.voucher
        by_key[voucher.organisation, voucher.key] = recorded
        if voucher.kind not in MONEY_KINDS or not is_seen(recorded, as_of):
            continue
        target = None if voucher.refers_to is None else by_key[voucher.organisation, voucher.refers_to]
        for name, move in moves_of(recorded, target).items():
            at = (voucher.organisation, name)
            standings[at] = moved(standings[at], move)
    return standings


def is_seen(recorded: Recorded, as_of: AsOf) -> bool:
    """Say whether a voucher is visible from a point of view."""
    by_day = as_of.effective_on is None or recorded.voucher.effective_on <= as_of.effective_on
    return by_day and (as_of.recorded_at is None or recorded.recorded_at <= as_of.recorded_at)
