"""Vouchers as the rows of the tables: taken apart to be written, put together again when they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from stannary.errors import LedgerError, Place, Problem
from stannary.ledger.accounts import Account
from stannary.ledger.state import Recorded
from stannary.ledger.tables import day_text, transfer, voucher
from stannary.ledger.vouchers import Cause, Transfer, Voucher

__all__ = ["OF_A_VOUCHER", "VOUCHERS", "parted", "rebuilt"]

OF_A_VOUCHER = select(
    *voucher.c, transfer.c.debit, transfer.c.credit, transfer.c.amount, transfer.c.commodity
)
VOUCHERS = OF_A_VOUCHER.outerjoin_from(voucher, transfer, transfer.c.voucher_id == voucher.c.id)
"""Every voucher with its transfers: a row for each of them, or one without."""

WIDTH = len(voucher.c)


def rebuilt(rows: Sequence[Row[Any]]) -> Recorded:
    """Build a voucher from its row, repeated for each of its transfers, and hold it against its hash.

    Raises `LedgerError` with ``STN-LEDGER-021`` where the row is not as it was recorded.
    """
    (
        _, organisation, key, kind, effective_on, narrative, refers_to, expires_on,
        cause_kind, cause_reference, cause_digest, cause_charter, cause_article, cause_software,
        member, programme, mineral,
        name, commodity, lowest, highest, clears_within_days,
        carries_transfers, request_hash, recorded_at,
    ) = rows[0][:WIDTH]  # fmt: skip
    transfers = tuple(Transfer(*row[WIDTH:]) for row in rows if row[WIDTH] is not None)
    sent = Voucher(
        organisation,
        key,
        kind,
        effective_on,
        Cause(cause_kind, cause_reference, cause_digest, cause_charter, cause_article, cause_software),
        transfers if carries_transfers else (),
        narrative,
        refers_to,
        expires_on,
        None if name is None else Account(organisation, name, commodity, lowest, highest, clears_within_days),
        member,
        programme,
        mineral,
    )
    if sent.request_hash != request_hash:
        message = f"The row of {key} is not as it was recorded: its hash is another."
        remedy = "Verify the book; restore the row from a copy that verifies."
        raise LedgerError([Problem("STN-LEDGER-021", message, remedy, Place(path=f"{organisation}/{key}"))])
    return Recorded(sent, transfers, recorded_at)


def parted(number: int, recorded: Recorded, recorded_at: str) -> tuple[Any, ...]:
    """Give the row of a voucher for SQLite, in the order of the columns of its table."""
    sent = recorded.voucher
    cause, named = sent.cause, sent.account
    of_account: tuple[Any, ...] = (None,) * 5
    if named is not None:
        of_account = (named.name, named.commodity, named.lowest, named.highest, named.clears_within_days)
    return (
        number, sent.organisation, sent.key, sent.kind, day_text(sent.effective_on), sent.narrative,
        sent.refers_to, None if sent.expires_on is None else day_text(sent.expires_on),
        cause.kind, cause.reference, cause.digest, cause.charter, cause.article, cause.software,
        sent.member, sent.programme, sent.mineral, *of_account,
        bool(sent.transfers), sent.request_hash, recorded_at,
    )  # fmt: skip
