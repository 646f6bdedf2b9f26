"""The statements by which vouchers are written to PostgreSQL, and the columns they are given.

Two journeys a transaction: one locks and reads what the rules look at, one writes what they accepted and
commits. A voucher by itself is written by plain inserts; of many, the columns travel as arrays. (`COPY` would
be another way for many; PostgreSQL refuses it where row-level security holds.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stannary.ledger.accounts import Standing
from stannary.ledger.state import Recorded
from stannary.ledger.vouchers import Voucher

__all__ = [
    "ADD_LEAVES",
    "BEGIN",
    "CHANGE_LIMITS",
    "CLOSE",
    "CLOSE_PERIOD",
    "COMMIT",
    "ENTER",
    "ENTER_TO_CLOSE_A_PERIOD",
    "HOLD_TO_CLOSE",
    "KNOWN",
    "LOOK",
    "OPEN",
    "PLAN_AFRESH",
    "SETTLED",
    "SWITCH",
    "WRITE",
    "array",
    "columns_of_accounts",
    "columns_of_balances",
    "columns_of_vouchers",
    "gains",
    "written_alone",
]

# The organisation holds for this transaction only, so that a connection used again leaks nothing. Who posts
# shares the lock of the organisation's periods; who closes a period has it alone. It is taken in a statement
# of its own: the next one then sees what was committed while it waited.
_ENTER = """
SELECT set_config('stannary.organisation', %(organisation)s, true),
    {lock}(hashtextextended(%(organisation)s, 1)),
    ARRAY(SELECT nextval('voucher_id_seq') FROM generate_series(1, %(vouchers)s::int))
"""
ENTER = _ENTER.format(lock="pg_advisory_xact_lock_shared")
ENTER_TO_CLOSE_A_PERIOD = _ENTER.format(lock="pg_advisory_xact_lock")

BEGIN, COMMIT, PLAN_AFRESH = "BEGIN", "COMMIT", "DISCARD PLANS"

SWITCH = "SELECT set_config('stannary.organisation', %(organisation)s, true)"

HOLD_TO_CLOSE = """
SELECT name FROM account WHERE organisation = %(organisation)s AND name = ANY (%(closing)s::text[])
ORDER BY name FOR UPDATE
"""
"""Nothing can be posted to these accounts from here on: posting shares the lock that this takes alone."""

# Rows come in the order of names, and are locked as they come: two transactions never wait for each other.
# The clock is read behind the locks, so that who waited for an account is recorded after whom it waited for.
LOOK = """
WITH touched AS MATERIALIZED (
    SELECT name, commodity, clears_within_days, is_closed, is_constrained FROM account
    WHERE organisation = %(organisation)s AND name = ANY (%(names)s::text[])
    ORDER BY name FOR KEY SHARE
)
SELECT clock_timestamp(),
    (SELECT max(closed_through) FROM period WHERE organisation = %(organisation)s),
    EXISTS (
        SELECT FROM unnest(%(keys)s::text[]) AS asked (key)
        WHERE (SELECT true FROM voucher WHERE organisation = %(organisation)s AND voucher.key = asked.key)
    ),
    touched.name, touched.commodity, kept.lowest, kept.highest, touched.clears_within_days,
    touched.is_closed, kept.debits, kept.credits, kept.pending_debits, kept.pending_credits
FROM (VALUES (1)) AS always
LEFT JOIN touched ON true
LEFT JOIN LATERAL (
    SELECT * FROM balance WHERE organisation = %(organisation)s AND name = touched.name FOR UPDATE
) AS kept ON touched.is_constrained
"""

SETTLED = """
SELECT asked.key, (
    SELECT key FROM voucher WHERE organisation = %(organisation)s AND voucher.refers_to = asked.key
)
FROM unnest(%(targets)s::text[]) AS asked (key)
"""

KNOWN = """
SELECT (SELECT id FROM voucher WHERE organisation = %(organisation)s AND voucher.key = asked.key)
FROM unnest(%(keys)s::text[]) AS asked (key)
"""

VOUCHER_COLUMNS: Mapping[str, str] = {
    "id": "int8", "key": "text", "kind": "text", "effective_on": "date", "narrative": "text",
    "refers_to": "text", "expires_on": "date", "cause_kind": "text", "cause_reference": "text",
    "cause_digest": "text", "cause_charter": "text", "cause_article": "text", "cause_software": "text",
    "member": "text", "programme": "text", "mineral": "text", "account_name": "text",
    "account_commodity": "text", "account_lowest": "int8", "account_highest": "int8",
    "account_clears_within_days": "int8", "carries_transfers": "bool", "request_hash": "text",
}  # fmt: skip

TRANSFER_COLUMNS: Mapping[str, str] = {
    "voucher_id": "int8", "number": "int8", "debit": "text", "credit": "text", "amount": "int8",
    "commodity": "text",
}  # fmt: skip

SUMS = ("debits", "credits", "pending_debits", "pending_credits")

LIMIT_COLUMNS: Mapping[str, str] = {
    "name": "text", **dict.fromkeys((*SUMS, "lowest", "highest"), "int8"),
}  # fmt: skip

ACCOUNT_COLUMNS: Mapping[str, str] = {
    "name": "text", "commodity": "text", "is_constrained": "bool", "clears_within_days": "int8",
    "is_closed": "bool",
}  # fmt: skip


def _rows(columns: Mapping[str, str], prefix: str) -> str:
    arrays = ", ".join(f"%({prefix}_{name})s::{kind}[]" for name, kind in columns.items())
    return f"unnest({arrays}) AS given ({', '.join(columns)})"


def _insert(table: str, columns: Mapping[str, str], prefix: str, **more: str) -> str:
    names = ", ".join(("organisation", *columns, *more))
    values = ", ".join(("%(organisation)s", *(f"given.{name}" for name in columns), *more.values()))
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {_rows(columns, prefix)}"


# What each account gained is looked up in an object by its name, and the accounts are found by their key: a
# join would be planned well only by a server that knows how long the tables are.
_FOUND = "(%(gained)s::jsonb -> name ->> {})::int8"
_GAINED = ", ".join(f"{name} = {name} + {_FOUND.format(at)}" for at, name in enumerate(SUMS))
_LIMITS = f"lowest = {_FOUND.format(4)}, highest = {_FOUND.format(5)}"
_THESE = "organisation = %(organisation)s AND name = ANY (%(names)s::text[])"

_HOUR = "%(recorded_at)s::timestamptz"

WRITE = f"""
WITH written AS ({_insert("voucher", VOUCHER_COLUMNS, "voucher", recorded_at=_HOUR)}),
moved AS ({_insert("transfer", TRANSFER_COLUMNS, "transfer")})
UPDATE balance SET {_GAINED} WHERE {_THESE}
"""


def _insert_one(table: str, columns: Mapping[str, str], prefix: str, **more: str) -> str:
    names = ", ".join(("organisation", *columns, *more))
    cells = (f"%({prefix}_{name})s::{kind}" for name, kind in columns.items())
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(('%(organisation)s', *cells, *more.values()))})"


WRITE_VOUCHER = _insert_one("voucher", VOUCHER_COLUMNS, "voucher", recorded_at=_HOUR)
WRITE_TRANSFER = _insert_one("transfer", TRANSFER_COLUMNS, "transfer")
MOVE = f"""
UPDATE balance SET {", ".join(f"{name} = {name} + %({name})s::int8" for name in SUMS)}
WHERE organisation = %(organisation)s AND name = %(name)s
"""

CHANGE_LIMITS = f"UPDATE balance SET {_GAINED}, {_LIMITS} WHERE {_THESE}"

OPEN = f"""
WITH opened AS ({_insert("account", ACCOUNT_COLUMNS, "account")})
{_insert("balance", LIMIT_COLUMNS, "balance")}
"""

CLOSE = """
UPDATE account SET is_closed = true
WHERE organisation = %(organisation)s AND name = ANY (%(closed)s::text[])
"""

CLOSE_PERIOD = """
INSERT INTO period (organisation, closed_through, voucher_id)
VALUES (%(organisation)s, %(closed_through)s::date, %(voucher_id)s::int8)
"""

ADD_LEAVES = """
INSERT INTO leaf (number, voucher_id, organisation, digest, sealed_at)
SELECT given.number, given.voucher_id, given.organisation, given.digest, %(sealed_at)s
FROM unnest(%(numbers)s::int8[], %(voucher_ids)s::int8[], %(organisations)s::text[], %(digests)s::bytea[])
    AS given (number, voucher_id, organisation, digest)
"""


def columns_of_vouchers(recorded: Sequence[tuple[int, Recorded]]) -> dict[str, str]:
    """Give the parameters of `WRITE` that hold vouchers and their transfers, by the ids they were given."""
    rows = [_row(number, each.voucher) for number, each in recorded]
    moves = [
        (number, place, each.debit, each.credit, each.amount, each.commodity)
        for number, of_one in recorded
        for place, each in enumerate(of_one.transfers, 1)
    ]
    return _columns("voucher", VOUCHER_COLUMNS, rows) | _columns("transfer", TRANSFER_COLUMNS, moves)


def written_alone(
    number: int, recorded: Recorded, standings: Iterable[tuple[Standing, Standing]]
) -> Iterator[tuple[str, dict[str, object]]]:
    """Give the statements that write one voucher by the id it was given, and move its accounts' sums."""
    of: dict[str, object] = {"organisation": recorded.voucher.organisation}
    cells = zip(VOUCHER_COLUMNS, _row(number, recorded.voucher), strict=True)
    written = {f"voucher_{name}": cell for name, cell in cells}
    yield WRITE_VOUCHER, {**of, **written, "recorded_at": recorded.recorded_at}
    for place, each in enumerate(recorded.transfers, 1):
        made = (number, place, each.debit, each.credit, each.amount, each.commodity)
        cells = zip(TRANSFER_COLUMNS, made, strict=True)
        yield WRITE_TRANSFER, {**of, **{f"transfer_{name}": cell for name, cell in cells}}
    for before, after in standings:
        moved = zip(SUMS, _gain(before, after), strict=False)
        yield MOVE, {**of, "name": after.account.name, **dict(moved)}


def gains(standings: Iterable[tuple[Standing, Standing]]) -> dict[str, str]:
    """Give the parameters that say what accounts gained, before and after, and the limits they have now."""
    gained = {after.account.name: _gain(before, after) for before, after in standings}
    return {"names": array(gained), "gained": json.dumps(gained)}


def columns_of_balances(standings: Iterable[Standing]) -> dict[str, str]:
    """Give the parameters of `OPEN` that hold the sums and limits of accounts that have limits."""
    rows = [
        (each.account.name, *_gain(Standing(each.account), each))
        for each in standings
        if each.account.is_constrained
    ]
    return _columns("balance", LIMIT_COLUMNS, rows)


def _gain(before: Standing, after: Standing) -> tuple[int | None, ...]:
    return (
        after.debits - before.debits,
        after.credits - before.credits,
        after.pending_debits - before.pending_debits,
        after.pending_credits - before.pending_credits,
        after.account.lowest,
        after.account.highest,
    )


def columns_of_accounts(standings: Iterable[Standing]) -> dict[str, str]:
    """Give the parameters of `OPEN` that hold accounts."""
    rows = [
        (each.account.name, each.account.commodity, each.account.is_constrained,
         each.account.clears_within_days, each.is_closed)
        for each in standings
    ]  # fmt: skip
    return _columns("account", ACCOUNT_COLUMNS, rows)


def array(values: Iterable[object]) -> str:
    """Write values as PostgreSQL reads an array: texts quoted, `None` as NULL."""
    held = tuple(values)
    if len(held) == 1:
        return "{" + _element(held[0]) + "}"
    if held and held.count(None) == len(held):
        return "{" + ",".join(("NULL",) * len(held)) + "}"
    if all(type(value) is str for value in held):
        joined = '","'.join(held)  # type: ignore[arg-type]
        # Nothing to escape: the only quotes are those between the texts. Most columns are so.
        if held and "\\" not in joined and joined.count('"') == 2 * (len(held) - 1):
            return '{"' + joined + '"}'
    return "{" + ",".join([_element(value) for value in held]) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        if "\\" in value or '"' in value:
            value = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + value + '"'
    return str(value)


def _row(number: int, voucher: Voucher) -> tuple[object, ...]:
    cause, account = voucher.cause, voucher.account
    of_account: tuple[object, ...] = (None, None, None, None, None)
    if account is not None:
        of_account = (
            account.name, account.commodity, account.lowest, account.highest, account.clears_within_days,
        )  # fmt: skip
    return (
        number, voucher.key, voucher.kind, voucher.effective_on, voucher.narrative,
        voucher.refers_to, voucher.expires_on, cause.kind, cause.reference,
        cause.digest, cause.charter, cause.article, cause.software,
        voucher.member, voucher.programme, voucher.mineral, *of_account,
        bool(voucher.transfers), voucher.request_hash,
    )  # fmt: skip


def _columns(prefix: str, kinds: Mapping[str, str], rows: Sequence[tuple[object, ...]]) -> dict[str, str]:
    columns: Iterable[tuple[object, ...]] = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return {f"{prefix}_{name}": array(column) for name, column in zip(kinds, columns, strict=True)}
