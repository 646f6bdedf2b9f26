"""The tables of a book, for SQLite and PostgreSQL alike.

A voucher, its transfers, a closed period and a leaf of the log are written once: triggers made by the
migrations refuse every change. Of an account only `is_closed` turns, once; of a checkpoint only `note`. The
balance rows are the one thing that moves, and exist only for accounts with limits: they are what is locked,
and their checks are the last word on what may be drawn.

Amounts are whole minor units in 64 bits. On SQLite every table is STRICT, days and hours are ISO 8601 text
of fixed width, so that text order is time order; on PostgreSQL they are `date` and `timestamptz`. There the
table `voucher` has one column more, `xid` (`xid8`, the transaction that wrote the row), made by the migration
and read only by the sealing of the log.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from stannary.errors import LedgerError, Place, Problem
from stannary.ledger.commodities import LARGEST

__all__ = [
    "APPLICATION",
    "METADATA",
    "SCHEMA",
    "account",
    "balance",
    "checkpoint",
    "day_text",
    "hour_text",
    "leaf",
    "period",
    "refuse_other_schema",
    "transfer",
    "voucher",
]

SCHEMA = "0003_tenancy"
"""The version of the tables that this software reads and writes: the newest of the migrations."""

APPLICATION = 0x53544E59
"""What SQLite keeps in the head of a file (`application_id`) to say that it is a book: ``STNY``."""


def refuse_other_schema(found: str | None, where: str) -> None:
    """Refuse a book of another version than `SCHEMA`; `found` is `None` where there is no book at all.

    Raises `LedgerError` with ``STN-LEDGER-017``, or ``STN-LEDGER-020``.
    """
    if found == SCHEMA:
        return
    place = Place(path=where)
    if found is None:
        message, remedy = "There is no book here.", "Check the place, or begin a book."
        raise LedgerError([Problem("STN-LEDGER-020", message, remedy, place)])
    if found > SCHEMA:
        message = f"The book is of version {found}; this software knows {SCHEMA} at most."
        remedy = "Install the newer software."
    else:
        message = f"The book is of version {found}; this software keeps {SCHEMA}."
        remedy = "Make a copy of it, then run `stannary ledger migrate`."
    raise LedgerError([Problem("STN-LEDGER-017", message, remedy, place)])


def day_text(day: date) -> str:
    """Write a day as SQLite keeps it: ``2026-01-31``."""
    return day.isoformat()


def hour_text(hour: datetime) -> str:
    """Write an hour as SQLite keeps it: UTC, microseconds always: ``2026-01-31T08:00:00.000000+00:00``."""
    return hour.astimezone(UTC).isoformat(timespec="microseconds")


class Day(TypeDecorator[date]):
    """A calendar day: `date` on PostgreSQL, ISO 8601 text on SQLite."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the column."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        """Write a day."""
        return day_text(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """Read a day."""
        return date.fromisoformat(value) if isinstance(value, str) else value


class Hour(TypeDecorator[datetime]):
    """A moment in UTC to the microsecond: `timestamptz` on PostgreSQL, ISO 8601 text on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the column."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Write a moment."""
        return hour_text(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read a moment, in UTC whatever the time zone of the session."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


class Claim(TypeDecorator[bool]):
    """Yes or no: `boolean` on PostgreSQL, 0 or 1 on SQLite, whose STRICT tables know no booleans."""

    impl = Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the column."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Boolean())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        """Write a claim."""
        return int(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        """Read a claim."""
        return None if value is None else bool(value)


WHOLE = BigInteger().with_variant(Integer(), "sqlite")

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _text(name: str, *, may_be_missing: bool = False) -> Column[str]:
    return Column(name, Text, nullable=may_be_missing)


def _whole(name: str, *, may_be_missing: bool = False) -> Column[int]:
    return Column(name, WHOLE, nullable=may_be_missing)


def _check(name: str, claim: str) -> CheckConstraint:
    return CheckConstraint(claim, name=name)


voucher = Table(
    "voucher",
    METADATA,
    Column("id", WHOLE, Identity(), primary_key=True),
    _text("organisation"),
    _text("key"),
    _text("kind"),
    Column("effective_on", Day, nullable=False),
    _text("narrative"),
    _text("refers_to", may_be_missing=True),
    Column("expires_on", Day),
    _text("cause_kind"),
    _text("cause_reference"),
    _text("cause_digest"),
    _text("cause_charter"),
    _text("cause_article"),
    _text("cause_software"),
    _text("member"),
    _text("programme"),
    _text("mineral"),
    _text("account_name", may_be_missing=True),
    _text("account_commodity", may_be_missing=True),
    _whole("account_lowest", may_be_missing=True),
    _whole("account_highest", may_be_missing=True),
    _whole("account_clears_within_days", may_be_missing=True),
    # A posting of what is pending may name its transfers or leave them out; the rows made are the same.
    Column("carries_transfers", Claim, nullable=False),
    _text("request_hash"),
    Column("recorded_at", Hour, nullable=False),
    UniqueConstraint("organisation", "key"),
    UniqueConstraint("organisation", "refers_to"),  # posted, voided or reversed once, and no more
    ForeignKeyConstraint(["organisation", "refers_to"], ["voucher.organisation", "voucher.key"]),
    _check(
        "kind",
        "kind IN ('open_account', 'close_account', 'set_limits', 'close_period', "
        "'post', 'pending', 'post_pending', 'void_pending', 'reverse')",
    ),
    _check("target", "(refers_to IS NOT NULL) = (kind IN ('post_pending', 'void_pending', 'reverse'))"),
    _check(
        "account", "(account_name IS NOT NULL) = (kind IN ('open_account', 'close_account', 'set_limits'))"
    ),
    _check("account_commodity", "(account_name IS NULL) = (account_commodity IS NULL)"),
    _check("expiry", "expires_on IS NULL OR (kind = 'pending' AND expires_on > effective_on)"),
    _check("cause", "cause_kind <> '' AND cause_reference <> ''"),
    _check("request_hash", "length(request_hash) = 64"),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

Index("ix_voucher_recorded_at", voucher.c.recorded_at, voucher.c.id)
Index("ix_voucher_organisation", voucher.c.organisation, voucher.c.recorded_at, voucher.c.id)
Index(
    "ix_voucher_expires_on",
    voucher.c.organisation,
    voucher.c.expires_on,
    sqlite_where=voucher.c.expires_on.is_not(None),
    postgresql_where=voucher.c.expires_on.is_not(None),
)

account = Table(
    "account",
    METADATA,
    _text("organisation"),
    _text("name"),
    _text("commodity"),
    Column("is_constrained", Claim, nullable=False),
    _whole("clears_within_days", may_be_missing=True),
    Column("is_closed", Claim, nullable=False),
    PrimaryKeyConstraint("organisation", "name"),
    UniqueConstraint("organisation", "name", "commodity"),  # what transfers point to
    sqlite_strict=True,
)

balance = Table(
    "balance",
    METADATA,
    _text("organisation"),
    _text("name"),
    _whole("debits"),
    _whole("credits"),
    _whole("pending_debits"),
    _whole("pending_credits"),
    _whole("lowest", may_be_missing=True),
    _whole("highest", may_be_missing=True),
    PrimaryKeyConstraint("organisation", "name"),
    ForeignKeyConstraint(["organisation", "name"], ["account.organisation", "account.name"]),
    _check("signs", "debits >= 0 AND credits >= 0 AND pending_debits >= 0 AND pending_credits >= 0"),
    _check(
        "sums", f"debits + pending_debits <= {2 * LARGEST} AND credits + pending_credits <= {2 * LARGEST}"
    ),
    _check("limited", "lowest IS NOT NULL OR highest IS NOT NULL"),
    _check("lowest", "lowest IS NULL OR lowest <= debits - credits - pending_credits"),
    _check("highest", "highest IS NULL OR debits + pending_debits - credits <= highest"),
    sqlite_strict=True,
)

transfer = Table(
    "transfer",
    METADATA,
    _text("organisation"),
    Column("voucher_id", WHOLE, ForeignKey("voucher.id"), nullable=False),
    _whole("number"),
    _text("debit"),
    _text("credit"),
    _whole("amount"),
    _text("commodity"),
    PrimaryKeyConstraint("voucher_id", "number"),
    ForeignKeyConstraint(
        ["organisation", "debit", "commodity"],
        ["account.organisation", "account.name", "account.commodity"],
    ),
    ForeignKeyConstraint(
        ["organisation", "credit", "commodity"],
        ["account.organisation", "account.name", "account.commodity"],
    ),
    _check("amount", f"amount BETWEEN 1 AND {LARGEST}"),
    _check("two_sides", "debit <> credit"),
    _check("number", "number >= 1"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

period = Table(
    "period",
    METADATA,
    _text("organisation"),
    Column("closed_through", Day, nullable=False),
    Column("voucher_id", WHOLE, ForeignKey("voucher.id"), nullable=False),
    PrimaryKeyConstraint("organisation", "closed_through"),
    UniqueConstraint("voucher_id"),
    sqlite_strict=True,
)

leaf = Table(
    "leaf",
    METADATA,
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("voucher_id", WHOLE, ForeignKey("voucher.id"), nullable=False),
    _text("organisation"),
    Column("digest", LargeBinary, nullable=False),
    Column("sealed_at", Hour, nullable=False),
    UniqueConstraint("voucher_id"),
    _check("number", "number >= 0"),
    _check("digest", "length(digest) = 32"),
    sqlite_strict=True,
)

checkpoint = Table(
    "checkpoint",
    METADATA,
    Column("size", WHOLE, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    _text("note"),
    Column("sealed_at", Hour, nullable=False),
    _check("size", "size >= 0"),
    _check("root", "length(root) = 32"),
    sqlite_strict=True,
)
