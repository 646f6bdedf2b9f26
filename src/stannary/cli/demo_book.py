"""The book of a demonstration: begun afresh for each run, and told as a short trial balance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.text import Text

from stannary.border.determinations import Determinations
from stannary.charter.charter import Charter
from stannary.errors import Place, Problem, UsageError
from stannary.ledger.book import Book
from stannary.ledger.commodities import amount_of, in_words
from stannary.ledger.migrating import begin_book
from stannary.ledger.statements import TrialBalance, trial_balance
from stannary.ledger.vouchers import Cause
from stannary.report.tables import listing
from stannary.report.words import count
from stannary.settlement.chart import Chart, openings
from stannary.settlement.collecting import Collected, collect
from stannary.settlement.duties import CURRENCY, Collection

__all__ = ["Kept", "keep_book"]

KIND = "demonstration"


@dataclass(frozen=True)
class Kept:
    """The book at the end: where it is, what was put into it, and the balance of each organisation."""

    path: Path
    collected: Collected
    balances: tuple[TrialBalance, ...]

    @property
    def outcome(self) -> str:
        """Say in a sentence that the book balances, or that it does not."""
        posted = self.collected.duties
        debits = sum(each.debits.get(CURRENCY, 0) for each in self.balances)
        credit = sum(each.credits.get(CURRENCY, 0) for each in self.balances)
        sides = (
            f"debits = credits = {in_words(debits, CURRENCY)}"
            if debits == credit and all(each.is_balanced for each in self.balances)
            else f"debits of {in_words(debits, CURRENCY)} are not credits of {in_words(credit, CURRENCY)}"
        )
        again = f", {count(posted.repeated, 'voucher')} known before" if posted.repeated else ""
        return f"{count(posted.vouchers, 'duty voucher')} in the book{again}; {sides}."

    def as_data(self) -> dict[str, Any]:
        """Give the book as nested data; amounts are exact decimals."""
        return {
            "outcome": self.outcome,
            "path": self.path,
            "duty_vouchers": self.collected.duties.vouchers,
            "duty_usd": amount_of(self.collected.duties.cents, CURRENCY),
            "known_before": self.collected.duties.repeated,
            "is_balanced": all(each.is_balanced for each in self.balances),
            "shares_usd": [
                {"member": each.member, "recipient": name, "usd": amount_of(cents, CURRENCY)}
                for each in self.collected.allocations
                for name, cents in each.shares.items()
            ],
            "balances": [
                {
                    "organisation": each.account.organisation,
                    "account": each.account.name,
                    "commodity": each.account.commodity,
                    "balance": amount_of(each.balance, each.account.commodity),
                }
                for balance in self.balances
                for each in balance.standings
            ],
        }

    def drawn(self) -> RenderableType:
        """Draw the trial balance: every account that stands at something, on its side."""
        rows = list(self._rows())
        table = listing("", ("Book of", "Account", "Debit, USD", "Credit, USD"), rows, right=TWO_SIDES)
        return Stack(Text("The book", style="bold"), table, Text(self.outcome))

    def _rows(self) -> Iterator[tuple[str, str, str, str]]:
        for balance in self.balances:
            for each in balance.standings:
                if each.balance:
                    amount = f"{amount_of(abs(each.balance), CURRENCY):,}"
                    sides = (amount, "") if each.balance > 0 else ("", amount)
                    yield (balance.organisation, each.account.name, *sides)


TWO_SIDES = ("Debit, USD", "Credit, USD")


def keep_book(path: Path, found: Determinations, charter: Charter, collection: Collection, on: date) -> Kept:
    """Put a run into the book at a path, as if everything were paid on one day.

    A book of the same run is added to, which adds nothing; one of another demonstration gives way. Raises
    `UsageError` where the path holds a book that is none of a demonstration's.
    """
    with _begun(path, collection, on) as book:
        collected = collect(book, found, collection, charter, on, KIND)
        organisations = dict.fromkeys(each.account.organisation for each in book.standings())
        balances = tuple(trial_balance(book, each) for each in organisations)
    return Kept(path, collected, balances)


def _begun(path: Path, collection: Collection, on: date) -> Book:
    # recorded on the day of the demonstration, not of today: the same demo gives the same book
    hour = datetime.combine(on, time(12), UTC)
    book = begin_book(path, clock=lambda: hour)
    first = next(book.journal(), None)
    cause = first.voucher.cause if first is not None else None
    if cause is not None and cause.kind != KIND:
        book.store.close()
        problem = Problem(
            "STN-USAGE-005",
            "A book stands there that is none of a demonstration's.",
            "Name another folder with --out.",
            Place(str(path)),
        )
        raise UsageError([problem])
    if cause is not None and cause.reference != collection.run:
        book.store.close()
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(name).unlink(missing_ok=True)
        book = begin_book(path, clock=lambda: hour)
        cause = None
    if cause is None:
        cash = Chart(collection.member, CURRENCY).cash()
        book.post(*openings([cash], on, Cause(KIND, collection.run, charter=collection.charter)))
    return book
