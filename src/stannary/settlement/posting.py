"""Settlements into a book: missing accounts are opened, then the vouchers are posted, all or none."""

from __future__ import annotations

from dataclasses import replace

from stannary.errors import LedgerError, SettlementError
from stannary.ledger.book import Book
from stannary.ledger.store import Receipt
from stannary.settlement.chart import openings
from stannary.settlement.reckoning import problem
from stannary.settlement.statement import Settlement, cause_of

__all__ = ["post_settlements"]

CLOSED, AHEAD = "STN-LEDGER-005", "STN-LEDGER-006"


def post_settlements(book: Book, *settlements: Settlement) -> list[Receipt]:
    """Post settlements in one transaction, with the accounts they need; give the receipts of all vouchers.

    A settlement posted before is answered with its first receipts. Raises `SettlementError`
    (STN-SETTLE-005) where the same case was settled otherwise or its day is too far ahead, and
    `LedgerError` with every other problem; then nothing stands.
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
        _refuse_days(error)
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


def _refuse_days(error: LedgerError) -> None:
    """Tell a day that the book refuses once, not for each account and voucher that has it."""
    days = {one.message: one for one in error.problems}
    codes = {one.code for one in days.values()}
    if codes == {AHEAD}:
        why = "The book takes no settlement of that day"
        raise SettlementError(
            replace(one, code="STN-SETTLE-005", message=f"{why}: {one.message}") for one in days.values()
        ) from error
    if codes == {CLOSED}:
        raise LedgerError(days.values()) from error
