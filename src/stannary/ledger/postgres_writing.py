"""One transaction of vouchers on PostgreSQL: lock and look, let the rules decide, write and commit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from stannary.ledger import queries
from stannary.ledger.accounts import NAME, ORGANISATION, Account, Standing
from stannary.ledger.form import KEY
from stannary.ledger.postgres_connections import Sent, Session
from stannary.ledger.postgres_statements import (
    BEGIN,
    CHANGE_LIMITS,
    CLOSE,
    CLOSE_PERIOD,
    COMMIT,
    ENTER,
    ENTER_TO_CLOSE_A_PERIOD,
    HOLD_TO_CLOSE,
    KNOWN,
    LOOK,
    OPEN,
    PLAN_AFRESH,
    SETTLED,
    SWITCH,
    WRITE,
    array,
    columns_of_accounts,
    columns_of_balances,
    columns_of_vouchers,
    gains,
    written_alone,
)
from stannary.ledger.state import Accepted, State
from stannary.ledger.store import Judge, Receipt
from stannary.ledger.tables import voucher as voucher_table
from stannary.ledger.vouchers import Voucher

__all__ = ["commit"]

NUMBERS = (5, 6, 7, 9, 10, 11, 12)
"""Where `LOOK` has limits, days to clear, and the four sums."""

FEW = 4
"""Transfers up to which a voucher by itself is written row by row."""

DAWN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Asked:
    """What vouchers of one organisation touch; garbage is left out, for the rules refuse it by its form."""

    vouchers: int = 0
    keys: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    closing: set[str] = field(default_factory=set)
    closes_a_period: bool = False
    ids: list[int] = field(default_factory=list)


def commit(session: Session, vouchers: Sequence[Voucher], judge: Judge) -> list[Receipt]:
    """Put vouchers into the book in one transaction.

    Whatever goes wrong is raised with nothing committed, but for a connection lost on the last journey.
    """
    asked = _asked(vouchers)
    state = State(DAWN)
    for organisation in sorted(asked):
        _gather(session, organisation, asked[organisation], state)
    if any(each.closing for each in asked.values()):
        queries.add_sums_to_close(session.connection, state, vouchers)
    before = dict(state.accounts)
    answers = judge(state)
    accepted = [each for each in answers if isinstance(each, Accepted)]
    if accepted:
        _write(session, asked, accepted, before, state)
    return [Receipt(each.recorded, not isinstance(each, Accepted)) for each in answers]


def _asked(vouchers: Sequence[Voucher]) -> dict[str, Asked]:
    asked: dict[str, Asked] = {}
    for voucher in vouchers:
        organisation = voucher.organisation
        if not isinstance(organisation, str) or ORGANISATION.fullmatch(organisation) is None:
            continue
        of = asked.setdefault(organisation, Asked())
        of.vouchers += 1
        _note(of.keys, KEY, voucher.key)
        _note(of.targets, KEY, voucher.refers_to)
        for transfer in voucher.transfers if isinstance(voucher.transfers, tuple) else ():
            _note(of.names, NAME, transfer.debit)
            _note(of.names, NAME, transfer.credit)
        if isinstance(voucher.account, Account):
            _note(of.names, NAME, voucher.account.name)
            if voucher.kind == "close_account":
                _note(of.closing, NAME, voucher.account.name)
        of.closes_a_period = of.closes_a_period or voucher.kind == "close_period"
    return asked


def _note(words: set[str], form: re.Pattern[str], word: object) -> None:
    if isinstance(word, str) and word not in words and form.fullmatch(word) is not None:
        words.add(word)


def _gather(session: Session, organisation: str, asked: Asked, state: State) -> None:
    """Take the locks of one organisation's vouchers, and fill the state with what they touch."""
    of = {"organisation": organisation}
    enter = ENTER_TO_CLOSE_A_PERIOD if asked.closes_a_period else ENTER
    first: list[Sent] = [] if session.is_in_transaction() else [(BEGIN, {})]
    if session.is_to_plan_afresh():
        first.append((PLAN_AFRESH, {}))
    first.append((enter, of | {"vouchers": asked.vouchers}))
    entered = len(first) - 1
    if asked.closing:
        first.append((HOLD_TO_CLOSE, of | {"closing": array(asked.closing)}))
    if not asked.targets:
        first.append(_looking(organisation, asked))
    answers = session.converse(first)
    asked.ids = [int(number) for number in answers[entered].get_value(0, 2)[1:-1].split(b",")]
    if asked.targets:
        # What a target moves must be locked with the rest, in order: so it is read first.
        _add_recorded(session, organisation, asked, state)
        answers = session.converse([_looking(organisation, asked)])
    now, closed_through, is_known = _add_accounts(organisation, answers[-1], state)
    if closed_through is not None:
        state.closed_through[organisation] = closed_through
    if is_known and not asked.targets:
        _add_recorded(session, organisation, asked, state)
    if asked.targets:
        for target, key in session.ask(SETTLED, of | {"targets": array(asked.targets)}):
            if key is not None:
                state.settled[organisation, target] = key
    # What acts on a voucher is never recorded before it, even if the clock was set back in between.
    earlier = (each.recorded_at for each in state.recorded.values())
    state.now = max(state.now, now, *earlier)


def _looking(organisation: str, asked: Asked) -> Sent:
    names, keys = array(asked.names), array(asked.keys)
    return LOOK, {"organisation": organisation, "names": names, "keys": keys}


def _add_recorded(session: Session, organisation: str, asked: Asked, state: State) -> None:
    """Read the vouchers that were sent before and those acted on, and note the accounts these moved."""
    asking = {"organisation": organisation, "keys": array(asked.keys | asked.targets)}
    ids = [number for (number,) in session.ask(KNOWN, asking) if number is not None]
    for _, recorded in queries.numbered(session.connection, voucher_table.c.id.in_(ids)):
        state.recorded[organisation, recorded.voucher.key] = recorded
        for transfer in recorded.transfers:
            asked.names |= {transfer.debit, transfer.credit}


def _add_accounts(organisation: str, rows: Any, state: State) -> tuple[datetime, date | None, bool]:
    """Put the accounts that were locked into the state; give the hour behind the locks."""
    cell = rows.get_value
    for at in range(rows.ntuples):
        name = cell(at, 3)
        if name is None:
            continue
        numbers = [None if (found := cell(at, place)) is None else int(found) for place in NUMBERS]
        account = Account(organisation, name.decode(), cell(at, 4).decode(), *numbers[:3])
        sums = [number or 0 for number in numbers[3:]]
        state.accounts[organisation, account.name] = Standing(account, cell(at, 8) == b"t", *sums)
    last = rows.ntuples - 1
    closed = cell(last, 1)
    now = datetime.fromisoformat(cell(last, 0).decode()).astimezone(UTC)
    return now, None if closed is None else date.fromisoformat(closed.decode()), cell(last, 2) == b"t"


@dataclass(slots=True)
class _Change:
    """What is to be written for one organisation."""

    vouchers: list[Any] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    limited: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    periods: list[tuple[int, Any]] = field(default_factory=list)


def _write(
    session: Session,
    asked: dict[str, Asked],
    accepted: Sequence[Accepted],
    before: dict[tuple[str, str], Standing],
    state: State,
) -> None:
    changes: dict[str, _Change] = {}
    for each in accepted:
        sent = each.recorded.voucher
        change = changes.setdefault(sent.organisation, _Change())
        number = asked[sent.organisation].ids[len(change.vouchers)]
        change.vouchers.append((number, each.recorded))
        change.touched.update(each.moves)
        if each.standing is not None:
            name = each.standing.account.name
            if sent.kind == "open_account":
                change.opened.add(name)
            elif sent.kind == "set_limits":
                change.limited.add(name)
            else:
                change.closed.add(name)
        if each.closes_through is not None:
            change.periods.append((number, each.closes_through))
    statements: list[Sent] = []
    for organisation, change in sorted(changes.items()):
        if len(asked) > 1:
            statements.append((SWITCH, {"organisation": organisation}))
        statements += _writing(organisation, change, before, state)
    session.converse([*statements, (COMMIT, {})])


def _writing(
    organisation: str,
    change: _Change,
    before: dict[tuple[str, str], Standing],
    state: State,
) -> Iterator[Sent]:
    """Give the statements that write one organisation's changes; balances change by what was added."""

    def pairs(names: Iterable[str]) -> list[tuple[Standing, Standing]]:
        both = []
        for name in sorted(names):
            after = state.accounts[organisation, name]
            if after.account.is_constrained:
                both.append((before.get((organisation, name), Standing(after.account)), after))
        return both

    of = {"organisation": organisation}
    if change.opened:
        opened = [state.accounts[organisation, name] for name in sorted(change.opened)]
        yield OPEN, of | columns_of_accounts(opened) | columns_of_balances(opened)
    limited = change.limited - change.opened
    moved = pairs(change.touched - change.opened - limited)
    number, recorded = change.vouchers[0]
    if len(change.vouchers) == 1 and len(recorded.transfers) <= FEW:
        yield from written_alone(number, recorded, moved)
    else:
        columns = columns_of_vouchers(change.vouchers)
        yield WRITE, {**of, "recorded_at": state.now, **columns, **gains(moved)}
    if limited:
        yield CHANGE_LIMITS, of | gains(pairs(limited))
    if change.closed - change.opened:
        yield CLOSE, of | {"closed": array(change.closed - change.opened)}
    for number, day in change.periods:
        yield CLOSE_PERIOD, of | {"closed_through": day, "voucher_id": number}
