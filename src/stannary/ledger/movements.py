"""Rules for vouchers that move amounts: post, hold, post or void what is held, reverse."""

from __future__ import annotations

from stannary.errors import Place, Problem
from stannary.ledger.accounts import Account
from stannary.ledger.commodities import LARGEST, in_words
from stannary.ledger.state import Accepted, Move, Recorded, Refused, State, moved, refused
from stannary.ledger.vouchers import Transfer, Voucher

__all__ = ["pending", "post", "post_pending", "reverse", "void_pending"]


def post(state: State, voucher: Voucher) -> Accepted | Refused:
    """Move the amounts."""
    return _move(state, voucher, voucher.transfers, _posted(voucher.transfers))


def pending(state: State, voucher: Voucher) -> Accepted | Refused:
    """Hold the amounts: they count against limits and do not yet move."""
    return _move(state, voucher, voucher.transfers, _held(voucher.transfers, +1))


def post_pending(state: State, voucher: Voucher) -> Accepted | Refused:
    """Post what a pending voucher holds, or a part of it, and free the rest."""
    target = _open_target(state, voucher, ("pending",))
    if isinstance(target, Refused):
        return target
    expires_on = target.voucher.expires_on
    if expires_on is not None and expires_on <= state.now.date():
        return refused(
            voucher,
            "STN-LEDGER-011",
            f"{target.voucher.key} expired on {expires_on} and holds nothing.",
            "Void it, and send a new voucher.",
        )
    transfers = voucher.transfers or target.transfers
    held = [(each.debit, each.credit, each.commodity) for each in target.transfers]
    if [(each.debit, each.credit, each.commodity) for each in transfers] != held or any(
        each.amount > limit.amount for each, limit in zip(transfers, target.transfers, strict=True)
    ):
        return refused(
            voucher,
            "STN-LEDGER-011",
            f"The transfers are not those of {target.voucher.key}, or ask for more than it holds.",
            "Name the same accounts in the same order, each with at most the amount held.",
        )
    return _move(state, voucher, transfers, _together(_held(target.transfers, -1), _posted(transfers)))


def void_pending(state: State, voucher: Voucher) -> Accepted | Refused:
    """Free what a pending voucher holds."""
    target = _open_target(state, voucher, ("pending",))
    if isinstance(target, Refused):
        return target
    return _move(state, voucher, (), _held(target.transfers, -1))


def reverse(state: State, voucher: Voucher) -> Accepted | Refused:
    """Undo a posted voucher by its mirror image."""
    target = _open_target(state, voucher, ("post", "post_pending"))
    if isinstance(target, Refused):
        return target
    mirrored = tuple(
        Transfer(each.credit, each.debit, each.amount, each.commodity) for each in target.transfers
    )
    return _move(state, voucher, mirrored, _posted(mirrored))


def moves_of(recorded: Recorded, target: Recorded | None) -> dict[str, Move]:
    """Give what a voucher that stands added to the sums of its accounts; `target` is what it refers to."""
    kind = recorded.voucher.kind
    if kind == "pending":
        return _held(recorded.transfers, +1)
    if target is None or kind == "reverse":
        return _posted(recorded.transfers)
    return _together(_held(target.transfers, -1), _posted(recorded.transfers))


def _open_target(state: State, voucher: Voucher, kinds: tuple[str, ...]) -> Recorded | Refused:
    """Find what a voucher acts on: it must stand, be of the right kind, and not be settled already."""
    assert voucher.refers_to is not None
    at = (voucher.organisation, voucher.refers_to)
    target = state.recorded.get(at)
    if target is None:
        return refused(
            voucher, "STN-LEDGER-009", f"No voucher {voucher.refers_to} stands in the book.", "Check its key."
        )
    if target.voucher.kind not in kinds:
        return refused(
            voucher,
            "STN-LEDGER-010",
            f"{voucher.refers_to} is a voucher of kind {target.voucher.kind}; a {voucher.kind} acts on "
            f"{' or '.join(kinds)}.",
            "A reversal is undone by posting anew.",
        )
    if voucher.effective_on < target.voucher.effective_on:
        return refused(
            voucher,
            "STN-LEDGER-006",
            f"{voucher.refers_to} takes effect later, on {target.voucher.effective_on}.",
            "Date the voucher on that day or after it.",
        )
    if at in state.settled:
        return refused(
            voucher,
            "STN-LEDGER-010",
            f"{voucher.refers_to} was settled by {state.settled[at]} already.",
            "Nothing more is to be done.",
        )
    return target


def _posted(transfers: tuple[Transfer, ...]) -> dict[str, Move]:
    moves: dict[str, Move] = {}
    for each in transfers:
        _add(moves, each.debit, Move(debits=each.amount))
        _add(moves, each.credit, Move(credits=each.amount))
    return moves


def _held(transfers: tuple[Transfer, ...], sign: int) -> dict[str, Move]:
    moves: dict[str, Move] = {}
    for each in transfers:
        _add(moves, each.debit, Move(pending_debits=sign * each.amount))
        _add(moves, each.credit, Move(pending_credits=sign * each.amount))
    return moves


def _together(first: dict[str, Move], second: dict[str, Move]) -> dict[str, Move]:
    moves = dict(first)
    for name, move in second.items():
        _add(moves, name, move)
    return moves


def _add(moves: dict[str, Move], name: str, move: Move) -> None:
    had = moves.get(name)
    if had is None:
        moves[name] = move
        return
    moves[name] = Move(
        had.debits + move.debits,
        had.credits + move.credits,
        had.pending_debits + move.pending_debits,
        had.pending_credits + move.pending_credits,
    )


def _move(
    state: State, voucher: Voucher, transfers: tuple[Transfer, ...], moves: dict[str, Move]
) -> Accepted | Refused:
    problems = _faults_of_accounts(state, voucher, transfers)
    if not problems:
        problems = _faults_of_limits(state, voucher, moves)
    if problems:
        return Refused(tuple(problems))
    return Accepted(Recorded(voucher, transfers, state.now), moves)


def _faults_of_accounts(state: State, voucher: Voucher, transfers: tuple[Transfer, ...]) -> list[Problem]:
    place = Place(path=f"{voucher.organisation}/{voucher.key}")
    problems: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    for transfer in transfers:
        for name in (transfer.debit, transfer.credit):
            if (name, transfer.commodity) in seen:
                continue
            seen.add((name, transfer.commodity))
            standing = state.accounts.get((voucher.organisation, name))
            if standing is None:
                message, code = f"{voucher.organisation} has no account {name}.", "STN-LEDGER-002"
                remedy = "Open it first."
            elif standing.is_closed:
                message, code = f"The account {name} is closed.", "STN-LEDGER-003"
                remedy = "Post to an open account."
            elif standing.account.commodity != transfer.commodity:
                message, code = (
                    f"{name} counts {standing.account.commodity}, not {transfer.commodity}.",
                    "STN-LEDGER-004",
                )
                remedy = "Use an account of the same commodity."
            else:
                continue
            problems.append(Problem(code, message, remedy, place))
    return problems


def _faults_of_limits(state: State, voucher: Voucher, moves: dict[str, Move]) -> list[Problem]:
    place = Place(path=f"{voucher.organisation}/{voucher.key}")
    problems: list[Problem] = []
    for name, move in moves.items():
        before = state.accounts[voucher.organisation, name]
        after = moved(before, move)
        account = after.account
        if not account.is_constrained:
            continue  # its sums are not kept by every store, and are added up without bounds
        if max(after.debits + after.pending_debits, after.credits + after.pending_credits) > 2 * LARGEST:
            problems.append(
                Problem("STN-LEDGER-013", f"The sums of {name} would overflow.", "Open a new account.", place)
            )
        elif after.keeps_its_limits:
            continue
        elif account.lowest is not None and after.least < account.lowest:
            there = before.least - account.lowest
            asked = before.least - after.least
            problems.append(
                _beyond(account, f"{in_words(there, account.commodity)} is available", asked, place)
            )
        elif account.highest is not None:
            there = account.highest - before.most
            asked = after.most - before.most
            problems.append(
                _beyond(account, f"there is room for {in_words(there, account.commodity)}", asked, place)
            )
    return problems


def _beyond(account: Account, there: str, asked: int, place: Place) -> Problem:
    return Problem(
        "STN-LEDGER-007",
        f"{account.name}: {there}, {in_words(asked, account.commodity)} is asked for.",
        "Ask for less, or have the limit changed by those who may.",
        place,
    )
