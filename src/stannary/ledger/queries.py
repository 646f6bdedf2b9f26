"""What is read from the tables of a book, for SQLite and PostgreSQL alike.

Every function takes a connection and asks in one statement, so that what it gives is of one moment. Vouchers
come back exactly as they were sent: each is held against the hash it was recorded with, and a row that was
changed behind the book's back is refused, not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    func,
    inspect,
    or_,
    select,
    text,
)

from stannary.ledger.accounts import NAME, ORGANISATION, Account, Standing
from stannary.ledger.form import KEY
from stannary.ledger.rows import OF_A_VOUCHER, VOUCHERS, rebuilt
from stannary.ledger.state import Move, Recorded, State, moved
from stannary.ledger.store import EVERYTHING, AsOf, Checkpoint, Leaf
from stannary.ledger.tables import account, balance, checkpoint, leaf, period, transfer, voucher
from stannary.ledger.vouchers import Transfer, Voucher

__all__ = [
    "add_sums_to_close",
    "checkpoints",
    "closed_through",
    "find",
    "gather",
    "journal",
    "lapsed",
    "last_recorded_at",
    "leaf_of",
    "leaves",
    "numbered",
    "schema",
    "sealed",
    "settled_by",
    "standings",
]

BATCH = 1_000
"""Rows fetched at a time, and keys asked for at a time: memory stays flat however long the book."""

HALF = 31
"""Amounts are summed in two halves of so many bits, so that no sum overflows 64 bits in the database."""

AS_RECORDED = (voucher.c.recorded_at, voucher.c.id)

ACCOUNTS = select(
    account.c.organisation,
    account.c.name,
    account.c.commodity,
    balance.c.lowest,
    balance.c.highest,
    account.c.clears_within_days,
    account.c.is_closed,
    balance.c.debits,
    balance.c.credits,
    balance.c.pending_debits,
    balance.c.pending_credits,
).outerjoin_from(
    account, balance, and_(balance.c.organisation == account.c.organisation, balance.c.name == account.c.name)
)

# What every commit asks is built once: putting a statement together costs more than running it.
ORGANISATION_ASKED: BindParameter[str] = bindparam("organisation")
ASKED: BindParameter[Any] = bindparam("asked", expanding=True)
VOUCHERS_BY_KEY = VOUCHERS.where(
    voucher.c.organisation == ORGANISATION_ASKED, voucher.c.key.in_(ASKED)
).order_by(*AS_RECORDED, transfer.c.number)
SETTLERS = select(voucher.c.refers_to, voucher.c.key).where(
    voucher.c.organisation == ORGANISATION_ASKED, voucher.c.refers_to.in_(ASKED)
)
ACCOUNTS_BY_NAME = ACCOUNTS.where(account.c.organisation == ORGANISATION_ASKED, account.c.name.in_(ASKED))
CLOSED = (
    select(period.c.organisation, func.max(period.c.closed_through))
    .where(period.c.organisation.in_(ASKED))
    .group_by(period.c.organisation)
)
LATEST = select(func.max(voucher.c.recorded_at))


def find(connection: Connection, organisation: str, key: str) -> Recorded | None:
    """Give a voucher by its key, or `None`."""
    if not (_is_organisation(organisation) and _is_key(key)):
        return None
    found = _vouchers(connection, VOUCHERS_BY_KEY, organisation=organisation, asked=[key])
    return next((recorded for _, recorded in found), None)


def journal(connection: Connection, organisation: str | None = None) -> Iterator[Recorded]:
    """Give vouchers in the order of recording, a batch at a time, all of one moment."""
    of = [] if organisation is None else [voucher.c.organisation == organisation]
    return (recorded for _, recorded in numbered(connection, *of))


def numbered(
    connection: Connection, *conditions: ColumnElement[bool], most: int | None = None
) -> Iterator[tuple[int, Recorded]]:
    """Give vouchers and their ids, under conditions on `voucher`, in the order of recording."""
    joined = VOUCHERS
    if most is not None:
        first = select(voucher.c.id).where(*conditions).order_by(*AS_RECORDED).limit(most)
        joined = joined.where(voucher.c.id.in_(first))
    else:
        joined = joined.where(*conditions)
    return _vouchers(connection, joined.order_by(*AS_RECORDED, transfer.c.number))


def standings(
    connection: Connection,
    organisation: str | None = None,
    as_of: AsOf = EVERYTHING,
    name: str | None = None,
) -> list[Standing]:
    """Give every account, or those of one name, with its sums as of a point of view, in order.

    The sums are taken over the transfers, not read from the balance rows.
    """
    of = [] if organisation is None else [account.c.organisation == organisation]
    of += [] if name is None else [account.c.name == name]
    found = _accounts(connection, ACCOUNTS.where(*of))
    blank = {at: Standing(each.account, each.is_closed) for at, each in found.items()}
    of = [] if organisation is None else [transfer.c.organisation == organisation]
    of += [] if name is None else [or_(transfer.c.debit == name, transfer.c.credit == name)]
    summed = _with_sums(connection, blank, as_of, *of)
    return [summed[at] for at in sorted(summed)]


def closed_through(connection: Connection, organisation: str) -> date | None:
    """Give the last day of the closed period, or `None`."""
    return _closed(connection, [organisation]).get(organisation)


def settled_by(connection: Connection, organisation: str, key: str) -> str | None:
    """Give the key of the voucher that posted, voided or reversed this one, or `None`."""
    at = and_(voucher.c.organisation == organisation, voucher.c.refers_to == key)
    return connection.execute(select(voucher.c.key).where(at)).scalar()


def lapsed(connection: Connection, organisation: str, on: date) -> list[Recorded]:
    """Give pending vouchers that expired by a day and were neither posted nor voided, in order."""
    found = numbered(
        connection,
        voucher.c.organisation == organisation,
        voucher.c.expires_on.is_not(None),
        voucher.c.expires_on <= on,
        ~_settler(),
    )
    return [recorded for _, recorded in found]


def leaves(connection: Connection, start: int = 0, stop: int | None = None) -> Iterator[Leaf]:
    """Give leaves by number, from `start` up to and without `stop`."""
    asked = _leaves().where(*_between(start, stop)).order_by(leaf.c.number)
    for row in connection.execute(asked, execution_options={"yield_per": BATCH}):
        yield Leaf(*row)


def sealed(connection: Connection, start: int = 0, stop: int | None = None) -> Iterator[Recorded]:
    """Give the vouchers of leaves by number."""
    joined = (
        OF_A_VOUCHER.select_from(leaf)
        .join(voucher, voucher.c.id == leaf.c.voucher_id)
        .outerjoin(transfer, transfer.c.voucher_id == voucher.c.id)
        .where(*_between(start, stop))
        .order_by(leaf.c.number, transfer.c.number)
    )
    return (recorded for _, recorded in _vouchers(connection, joined))


def leaf_of(connection: Connection, organisation: str, key: str) -> Leaf | None:
    """Give the leaf of a voucher, or `None` while it is not sealed."""
    asked = _leaves().where(voucher.c.organisation == organisation, voucher.c.key == key)
    row = connection.execute(asked).first()
    return None if row is None else Leaf(*row)


def checkpoints(connection: Connection) -> list[Checkpoint]:
    """Give every checkpoint, oldest first."""
    asked = select(checkpoint.c.size, checkpoint.c.root, checkpoint.c.note, checkpoint.c.sealed_at)
    return [Checkpoint(*row) for row in connection.execute(asked.order_by(checkpoint.c.size))]


def schema(connection: Connection) -> str | None:
    """Give the version of the tables, or `None` where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def last_recorded_at(connection: Connection) -> datetime | None:
    """Give the hour of the latest voucher, or `None` in an empty book."""
    return connection.execute(LATEST).scalar()


def gather(connection: Connection, vouchers: Sequence[Voucher], now: datetime) -> State:
    """Fill a state with just what some vouchers touch, for the rules to judge them by.

    That is: vouchers of the same keys, what they act on and by what that is settled, the accounts of all
    their transfers, the closed periods of their organisations, and the sums of accounts to be closed.
    Garbage in a voucher is not asked for; the rules refuse it by its form.
    """
    state = State(now)
    keys: dict[str, set[str]] = {}
    targets: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for each in vouchers:
        organisation = each.organisation
        if not _is_organisation(organisation):
            continue
        if _is_key(each.key):
            keys.setdefault(organisation, set()).add(each.key)
        if each.refers_to is not None and _is_key(each.refers_to):
            targets.setdefault(organisation, set()).add(each.refers_to)
        touched = names.setdefault(organisation, set())
        if isinstance(each.transfers, tuple):
            touched.update(_names(each.transfers))
        if isinstance(each.account, Account) and isinstance(each.account.name, str):
            touched.add(each.account.name)
    for organisation, touched in names.items():
        acted_on = targets.get(organisation, set())
        for part in _parts(organisation, acted_on | keys.get(organisation, set())):
            for _, recorded in _vouchers(connection, VOUCHERS_BY_KEY, **part):
                state.recorded[organisation, recorded.voucher.key] = recorded
                touched.update(_names(recorded.transfers))
        for part in _parts(organisation, acted_on):
            for refers_to, key in connection.execute(SETTLERS, part):
                state.settled[organisation, refers_to] = key
        for part in _parts(organisation, (name for name in touched if NAME.fullmatch(name))):
            state.accounts.update(_accounts(connection, ACCOUNTS_BY_NAME, **part))
    state.closed_through.update(_closed(connection, names))
    add_sums_to_close(connection, state, vouchers)
    return state


def add_sums_to_close(connection: Connection, state: State, vouchers: Sequence[Voucher]) -> None:
    """Fill in the sums of accounts that are to be closed and have no balance row."""
    for each in vouchers:
        if each.kind != "close_account" or not isinstance(each.account, Account):
            continue
        at = (each.organisation, each.account.name)
        standing = state.accounts.get(at) if isinstance(at[1], str) and isinstance(at[0], str) else None
        if standing is None or standing.account.is_constrained:
            continue
        side = or_(transfer.c.debit == at[1], transfer.c.credit == at[1])
        blank = {at: Standing(standing.account, standing.is_closed)}
        of = and_(transfer.c.organisation == at[0], side)
        state.accounts.update(_with_sums(connection, blank, EVERYTHING, of))


def _accounts(
    connection: Connection, statement: Select[Any], **parameters: Any
) -> dict[tuple[str, str], Standing]:
    """Give accounts with their limits, and of those with limits the kept sums."""
    found: dict[tuple[str, str], Standing] = {}
    for row in connection.execute(statement, parameters):
        kept = tuple(0 if each is None else each for each in row[7:])
        found[row[0], row[1]] = Standing(Account(*row[:6]), row[6], *kept)
    return found


def _with_sums(
    connection: Connection,
    blank: dict[tuple[str, str], Standing],
    as_of: AsOf,
    *conditions: ColumnElement[bool],
) -> dict[tuple[str, str], Standing]:
    """Add to accounts the sums of their transfers, taken once over all of them by pairs of accounts."""
    is_held = (voucher.c.kind == "pending").label("is_held")
    pair = (transfer.c.organisation, transfer.c.debit, transfer.c.credit, is_held)
    asked = (
        select(
            *pair,
            func.sum(transfer.c.amount.bitwise_rshift(cast(HALF, Integer))),
            func.sum(transfer.c.amount.bitwise_and((1 << HALF) - 1)),
        )
        .join_from(transfer, voucher, voucher.c.id == transfer.c.voucher_id)
        .where(*conditions, *_seen(voucher, as_of))
        .where(or_(voucher.c.kind != "pending", ~_settler(as_of)))
        .group_by(*pair)
    )
    summed = dict(blank)
    for organisation, debit, credit, held, high, low in connection.execute(asked):
        amount = (int(high) << HALF) + int(low)
        given = Move(pending_credits=amount) if held else Move(credits=amount)
        taken = Move(pending_debits=amount) if held else Move(debits=amount)
        for name, move in ((debit, taken), (credit, given)):
            if (organisation, name) in summed:
                summed[organisation, name] = moved(summed[organisation, name], move)
    return summed


def _settler(as_of: AsOf = EVERYTHING) -> ColumnElement[bool]:
    """Say of `voucher` that another, seen from the point of view, posted, voided or reversed it."""
    other = voucher.alias("settler")
    same = (other.c.organisation == voucher.c.organisation, other.c.refers_to == voucher.c.key)
    return exists().where(*same, *_seen(other, as_of))


def _seen(table: Any, as_of: AsOf) -> list[ColumnElement[bool]]:
    conditions = []
    if as_of.effective_on is not None:
        conditions.append(table.c.effective_on <= as_of.effective_on)
    if as_of.recorded_at is not None:
        conditions.append(table.c.recorded_at <= as_of.recorded_at)
    return conditions


def _closed(connection: Connection, organisations: Iterable[str]) -> dict[str, date]:
    return {row[0]: row[1] for row in connection.execute(CLOSED, {"asked": list(organisations)})}


def _leaves() -> Select[Any]:
    joined = leaf.join(voucher, voucher.c.id == leaf.c.voucher_id)
    return select(
        leaf.c.number, leaf.c.organisation, voucher.c.key, leaf.c.digest, leaf.c.sealed_at
    ).select_from(joined)


def _between(start: int, stop: int | None) -> list[ColumnElement[bool]]:
    conditions = [leaf.c.number >= start]
    if stop is not None:
        conditions.append(leaf.c.number < stop)
    return conditions


def _vouchers(
    connection: Connection, statement: Select[Any], **parameters: Any
) -> Iterator[tuple[int, Recorded]]:
    """Put joined rows of vouchers and transfers together again, one voucher at a time."""
    rows = connection.execute(statement, parameters, execution_options={"yield_per": BATCH})
    for number, of_one in groupby(rows, key=itemgetter(0)):
        yield number, rebuilt(list(of_one))


def _names(transfers: Iterable[Transfer]) -> Iterator[str]:
    for each in transfers:
        if isinstance(each, Transfer):
            for name in (each.debit, each.credit):
                if isinstance(name, str):
                    yield name


def _is_organisation(organisation: object) -> bool:
    return isinstance(organisation, str) and ORGANISATION.fullmatch(organisation) is not None


def _is_key(key: object) -> bool:
    return isinstance(key, str) and KEY.fullmatch(key) is not None


def _parts(organisation: str, names: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Cut names into lists short enough for one statement, as its parameters."""
    held = iter(sorted(names))
    while part := list(islice(held, BATCH)):
        yield {"organisation": organisation, "asked": part}
