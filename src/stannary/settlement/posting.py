"""Settlements into a book: missing accounts are opened, then the vouchers are posted, all or none."""

from __future__ import annotations

from stannary.errors import LedgerError, SettlementError
from stannary.ledger.book import Book
from stannary.ledger.store import Receipt
from stannary.settlement.chart import openings
from stannary.settlement.reckoning import problem
from stannary.settlement.statement import Settlement, cause_of

__all__ = ["post_settlements"]


def post_settlements(book: Book, *settlements: Settlement) -> list[Receipt]:
    """Post settlements in one transaction, with the accounts they need; give the receipts of all vouchers.

    A settlement posted before is answered with its first receipts. Raises `SettlementError`
    (STN-SETTLE-005) where the same case was settled otherwise, and `LedgerError` with every other problem;
    then nothing stands.
    """
    held: set[tuple[str, str]] = set()
    for organisation in dict.fromkeys(each.statement.organisation for each in settlements):
        held |= {(organisation, each.account.name) for each in book.standings(organisation)}
    vouchers = []
    for each in settlements:
        missing = [one for one in each.accounts if (one.organisation, one.name) not in held]
        held |= {(one.organisation, one.name) for one in missing}
        vouchers += [*openings(missing, each.statement.on, cause_of(each.statement)), *each.vouchers]
    try:
        return book.post(*vouchers)
    except LedgerError as error:
        settled = [one for one in error.problems if one.code == "STN-LEDGER-008"]
        if not settled:
            raise
        raise SettlementError(
            problem(
                "005",
                f"The case was settled before, with another result. {one.message}",
                "Post a revision that names the first settlement.",
                one.place.path or "",
            )
            for one in settled
        ) from error
