"""The one rule core: a state and a voucher in, what follows from it or why not out. No store, no clock.

Every store gathers a `State` for the vouchers it was sent (of everything, or of the rows they touch, under
lock), asks `decide` one voucher at a time, and writes what `decide` answered. What holds is decided here and
nowhere else; the stores' own constraints catch only what should never have got past.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from stannary.errors import LedgerError, Problem
from stannary.ledger.form import faults_of
from stannary.ledger.movements import pending, post, post_pending, reverse, void_pending
from stannary.ledger.openings import close_account, close_period, open_account, set_limits
from stannary.ledger.state import Accepted, Refused, Repeated, State, fold, refused
from stannary.ledger.vouchers import Voucher

__all__ = ["decide", "decide_all", "decide_sound"]

DAYS_AHEAD = 366
"""How far past the day of recording a voucher may take effect."""


def decide(state: State, voucher: Voucher) -> Accepted | Repeated | Refused:
    """Decide one voucher against the state it would join. Pure: neither argument is changed."""
    faults = faults_of(voucher)
    return Refused(faults) if faults else decide_sound(state, voucher)


def decide_sound(state: State, voucher: Voucher) -> Accepted | Repeated | Refused:
    """Decide a voucher that is known to be in its form (`form.faults_of` found nothing)."""
    known = state.recorded.get((voucher.organisation, voucher.key))
    if known is not None:
        if known.voucher.request_hash == voucher.request_hash:
            return Repeated(known)
        return refused(
            voucher,
            "STN-LEDGER-008",
            f"The key {voucher.key} was used with another voucher.",
            "Send the same voucher again, or choose a new key.",
        )
    return _dated_wrongly(state, voucher) or KINDS[voucher.kind](state, voucher)


def decide_all(state: State, vouchers: Sequence[Voucher]) -> list[Accepted | Repeated]:
    """Decide vouchers that are in their form, in order, each on the state the earlier ones left.

    The state is changed in place. All vouchers stand or none: raises `LedgerError` with every problem of
    every voucher refused.
    """
    answers: list[Accepted | Repeated] = []
    problems: list[Problem] = []
    for voucher in vouchers:
        answer = decide_sound(state, voucher)
        if isinstance(answer, Refused):
            problems += answer.problems
            continue
        if isinstance(answer, Accepted):
            fold(state, answer)
        answers.append(answer)
    if problems:
        raise LedgerError(problems)
    return answers


def _dated_wrongly(state: State, voucher: Voucher) -> Refused | None:
    closed = state.closed_through.get(voucher.organisation)
    if closed is not None and voucher.effective_on <= closed and voucher.kind != "close_period":
        return refused(
            voucher,
            "STN-LEDGER-005",
            f"The books of {voucher.organisation} are closed up to {closed}; the voucher takes effect on "
            f"{voucher.effective_on}.",
            "Date it after the close; a correction of a closed period is made in an open one.",
        )
    if voucher.effective_on > state.now.date() + timedelta(days=DAYS_AHEAD):
        return refused(
            voucher,
            "STN-LEDGER-006",
            f"{voucher.effective_on} is more than {DAYS_AHEAD} days ahead.",
            "Send the voucher when its day is nearer.",
        )
    return None


KINDS: Mapping[str, Callable[[State, Voucher], Accepted | Refused]] = {
    "open_account": open_account,
    "close_account": close_account,
    "set_limits": set_limits,
    "close_period": close_period,
    "post": post,
    "pending": pending,
    "post_pending": post_pending,
    "void_pending": void_pending,
    "reverse": reverse,
}
