"""Vouchers: everything that is ever put into a book, each with the decision behind it.

A voucher is written once and never changed. Most move amounts, as transfers from one account (credited) to
another (debited); others open or close an account, set its limits, or close a period. One that is *pending*
holds amounts until another posts or voids it. A mistake is corrected by a voucher that reverses the first.

The key is chosen by who sends the voucher. Sent twice with the same content it is one voucher; with other
content it is refused. `request_hash` is the SHA-256 of the canonical form: "the same" has one meaning.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from stannary.ledger.accounts import Account

__all__ = ["KINDS", "MONEY_KINDS", "Cause", "Kind", "Transfer", "Voucher", "canonical"]

Kind = Literal[
    "open_account", "close_account", "set_limits", "close_period",
    "post", "pending", "post_pending", "void_pending", "reverse",
]  # fmt: skip

KINDS: tuple[str, ...] = get_args(Kind)

MONEY_KINDS = ("post", "pending", "post_pending", "void_pending", "reverse")


@dataclass(frozen=True, slots=True)
class Transfer:
    """An amount that moves: `debit` is the account that receives it, `credit` the one that gives it.

    `amount` is in minor units of `commodity` and greater than zero. Since every row has both sides, no set of
    transfers can be out of balance.
    """

    debit: str
    credit: str
    amount: int
    commodity: str


@dataclass(frozen=True, slots=True)
class Cause:
    """The decision behind a voucher: what it was, where it stands, and by which law it was taken.

    `kind` and `reference` name it (``determination``, ``E-100/1``); `digest` is the SHA-256 of its statement;
    `charter` and `software` are the fingerprint and version it was taken under; `article` the rule.
    """

    kind: str
    reference: str
    digest: str = ""
    charter: str = ""
    article: str = ""
    software: str = ""


@dataclass(frozen=True, slots=True)
class Voucher:
    """One voucher. Build the money kinds with `transfers`, the others with `account`.

    `refers_to` is the key of the voucher that this one posts, voids or reverses. `expires_on` is the first
    day on which a pending voucher can no longer be posted. `member`, `programme` and `mineral` say for whom,
    out of which programme and for which mineral, for statements of receipts and payments. `request_hash` is
    empty where a field holds what cannot be written; no book takes such a voucher.
    """

    organisation: str
    key: str
    kind: Kind
    effective_on: date
    cause: Cause
    transfers: tuple[Transfer, ...] = ()
    narrative: str = ""
    refers_to: str | None = None
    expires_on: date | None = None
    account: Account | None = None
    member: str = ""
    programme: str = ""
    mineral: str = ""
    request_hash: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        try:
            request_hash = hashlib.sha256(canonical(self.as_data())).hexdigest()
        except (AttributeError, OverflowError, RecursionError, TypeError, ValueError):
            # a field holds what cannot be written: the form says which, and nothing is ever looked up by it
            request_hash = ""
        object.__setattr__(self, "request_hash", request_hash)

    def as_data(self) -> dict[str, Any]:
        """Give the voucher as plain data, every field but the hash of itself."""
        cause, account = self.cause, self.account
        return {
            "organisation": self.organisation,
            "key": self.key,
            "kind": self.kind,
            "effective_on": self.effective_on.isoformat(),
            "cause": [
                cause.kind, cause.reference, cause.digest, cause.charter, cause.article, cause.software,
            ],
            "transfers": [[t.debit, t.credit, t.amount, t.commodity] for t in self.transfers],
            "narrative": self.narrative,
            "refers_to": self.refers_to,
            "expires_on": None if self.expires_on is None else self.expires_on.isoformat(),
            "account": None
            if account is None
            else [
                account.name, account.commodity, account.lowest, account.highest, account.clears_within_days,
            ],
            "member": self.member,
            "programme": self.programme,
            "mineral": self.mineral,
        }  # fmt: skip


def canonical(data: Any) -> bytes:
    """Write plain data as bytes in the one way that hashes are taken of: sorted, compact, UTF-8."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
