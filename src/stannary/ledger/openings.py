"""Rules for vouchers about accounts and periods: open, close, set limits, close a period."""

from __future__ import annotations

from dataclasses import replace

from stannary.ledger.accounts import Standing
from stannary.ledger.commodities import in_words
from stannary.ledger.state import Accepted, Recorded, Refused, State, refused
from stannary.ledger.vouchers import Voucher

__all__ = ["close_account", "close_period", "open_account", "set_limits"]


def open_account(state: State, voucher: Voucher) -> Accepted | Refused:
    """Open an account, at zero."""
    account = voucher.account
    assert account is not None
    if (account.organisation, account.name) in state.accounts:
        return refused(
            voucher,
            "STN-LEDGER-014",
            f"{account.organisation} has an account {account.name} already.",
            "Use it, or choose another name.",
        )
    standing = Standing(account)
    if not standing.keeps_its_limits:
        message = f"{account.name} opens at zero, which its limits do not allow."
        return refused(voucher, "STN-LEDGER-007", message, "Let the limits hold zero.")
    return Accepted(Recorded(voucher, (), state.now), standing=standing)


def _existing(state: State, voucher: Voucher) -> Standing | Refused:
    account = voucher.account
    assert account is not None
    standing = state.accounts.get((account.organisation, account.name))
    if standing is None:
        message = f"{account.organisation} has no account {account.name}."
        return refused(voucher, "STN-LEDGER-002", message, "Check its name.")
    if standing.is_closed:
        return refused(voucher, "STN-LEDGER-003", f"The account {account.name} is closed.", "")
    if standing.account.commodity != account.commodity:
        message = f"{account.name} counts {standing.account.commodity}, not {account.commodity}."
        return refused(voucher, "STN-LEDGER-004", message, "Name the account as it was opened.")
    return standing


def close_account(state: State, voucher: Voucher) -> Accepted | Refused:
    """Close an account that stands at zero."""
    standing = _existing(state, voucher)
    if isinstance(standing, Refused):
        return standing
    if standing.balance or standing.pending_debits or standing.pending_credits:
        return refused(
            voucher,
            "STN-LEDGER-012",
            f"{standing.account.name} is not at zero: it stands at "
            f"{in_words(standing.balance, standing.account.commodity)}, or something is pending.",
            "Clear it first.",
        )
    return Accepted(Recorded(voucher, (), state.now), standing=replace(standing, is_closed=True))


def set_limits(state: State, voucher: Voucher) -> Accepted | Refused:
    """Change the limits of a constrained account, and nothing else of it."""
    standing = _existing(state, voucher)
    if isinstance(standing, Refused):
        return standing
    wanted = voucher.account
    assert wanted is not None
    if not standing.account.is_constrained or not wanted.is_constrained:
        return refused(
            voucher,
            "STN-LEDGER-010",
            f"{wanted.name} was opened {'with' if standing.account.is_constrained else 'without'} limits.",
            "An account keeps its kind: open another for the other kind.",
        )
    if wanted.clears_within_days not in (None, standing.account.clears_within_days):
        return refused(
            voucher,
            "STN-LEDGER-010",
            f"The days within which {wanted.name} clears are set when it is opened.",
            "Leave them out.",
        )
    limited = replace(standing.account, lowest=wanted.lowest, highest=wanted.highest)
    after = replace(standing, account=limited)
    if not after.keeps_its_limits:
        return refused(
            voucher,
            "STN-LEDGER-007",
            f"{wanted.name} stands outside the limits asked for.",
            "Choose limits that hold what is there and what is pending.",
        )
    return Accepted(Recorded(voucher, (), state.now), standing=after)


def close_period(state: State, voucher: Voucher) -> Accepted | Refused:
    """Close the books up to a day, for good."""
    closed = state.closed_through.get(voucher.organisation)
    if closed is not None and voucher.effective_on <= closed:
        return refused(
            voucher, "STN-LEDGER-005", f"The books are closed up to {closed} already.", "Name a later day."
        )
    if voucher.effective_on > state.now.date():
        return refused(
            voucher,
            "STN-LEDGER-006",
            f"{voucher.effective_on} is still to come.",
            "Close a period once it is over.",
        )
    return Accepted(Recorded(voucher, (), state.now), closes_through=voucher.effective_on)
