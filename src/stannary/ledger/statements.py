"""Statements of standing: trial balance, balance sheet, commitments, each as of a day and of what was known.

All are sums of whole minor units, one commodity at a time; nothing is converted and nothing rounded. What
holds always is said by the statement itself: the sides of a trial balance are equal, and assets are what
liabilities, equity and the result so far make together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from stannary.ledger.accounts import CLASSES, Account, Standing
from stannary.ledger.book import Book
from stannary.ledger.store import EVERYTHING, AsOf
from stannary.ledger.sums import is_seen

__all__ = [
    "BalanceSheet",
    "Commitments",
    "SheetLine",
    "TrialBalance",
    "balance_sheet",
    "commitments",
    "trial_balance",
]


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Every account that was posted to, with its sums, by name."""

    organisation: str
    as_of: AsOf
    standings: tuple[Standing, ...]

    @property
    def debits(self) -> dict[str, int]:
        """Give the sum of debit balances of each commodity."""
        return _sums(self.standings, lambda standing: max(standing.balance, 0))

    @property
    def credits(self) -> dict[str, int]:
        """Give the sum of credit balances of each commodity."""
        return _sums(self.standings, lambda standing: max(-standing.balance, 0))

    @property
    def is_balanced(self) -> bool:
        """Say whether both sides are equal in every commodity. In a sound book they always are."""
        return self.debits == self.credits


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One account on its side of the balance sheet; `units` is positive on the side where it belongs."""

    section: str
    account: str
    commodity: str
    units: int


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """What an organisation has, what it owes, and what is left, commodity by commodity.

    `result` is income less expenses so far: books here are not closed to equity by vouchers of their own.
    """

    organisation: str
    as_of: AsOf
    lines: tuple[SheetLine, ...]

    def total(self, section: str) -> dict[str, int]:
        """Give the sum of a section (``Assets`` to ``Expenses``) in each commodity of the sheet."""
        return {
            commodity: sum(
                line.units for line in self.lines if line.section == section and line.commodity == commodity
            )
            for commodity in self.commodities
        }

    @property
    def commodities(self) -> tuple[str, ...]:
        """Give the commodities of the sheet, sorted."""
        return tuple(sorted({line.commodity for line in self.lines}))

    @property
    def result(self) -> dict[str, int]:
        """Give income less expenses in each commodity."""
        income, expenses = self.total("Income"), self.total("Expenses")
        return {commodity: income[commodity] - expenses[commodity] for commodity in self.commodities}

    @property
    def is_balanced(self) -> bool:
        """Say whether assets are liabilities, equity and result together. In a sound book they always are."""
        assets, owed, equity, result = (
            self.total("Assets"), self.total("Liabilities"), self.total("Equity"), self.result,
        )  # fmt: skip
        return all(assets[each] == owed[each] + equity[each] + result[each] for each in self.commodities)


@dataclass(frozen=True, slots=True)
class Commitments:
    """Every account with limits, with the limits of the day: what is used, held and still free."""

    organisation: str
    as_of: AsOf
    standings: tuple[Standing, ...]

    @staticmethod
    def room_down(standing: Standing) -> int | None:
        """Give how much may still be taken out, all that is pending counted; `None` without a lower limit."""
        lowest = standing.account.lowest
        return None if lowest is None else standing.least - lowest

    @staticmethod
    def room_up(standing: Standing) -> int | None:
        """Give how much may still be put in, all that is pending counted; `None` without an upper limit."""
        highest = standing.account.highest
        return None if highest is None else highest - standing.most


def trial_balance(book: Book, organisation: str, as_of: AsOf = EVERYTHING) -> TrialBalance:
    """Give the trial balance of an organisation: every account that was posted to."""
    moved = (each for each in book.standings(organisation, as_of) if each.debits or each.credits)
    return TrialBalance(organisation, as_of, tuple(moved))


def balance_sheet(book: Book, organisation: str, as_of: AsOf = EVERYTHING) -> BalanceSheet:
    """Give the balance sheet of an organisation: accounts that stand at something, by class."""
    lines = [
        SheetLine(
            each.account.account_class, each.account.name, each.account.commodity, each.balance * _side(each)
        )
        for each in book.standings(organisation, as_of)
        if each.balance
    ]
    lines.sort(key=lambda line: (CLASSES.index(line.section), line.account))
    return BalanceSheet(organisation, as_of, tuple(lines))


def commitments(book: Book, organisation: str, as_of: AsOf = EVERYTHING) -> Commitments:
    """Give every account with limits as they were at that point: appropriations, loans, stock lots."""
    limits: dict[str, Account] = {}
    for recorded in book.journal(organisation):
        voucher = recorded.voucher
        if voucher.kind in ("open_account", "set_limits") and is_seen(recorded, as_of):
            assert voucher.account is not None
            limits[voucher.account.name] = voucher.account
    standings = (
        replace(each, account=_limited(each.account, limits[each.account.name]))
        for each in book.standings(organisation, as_of)
        if each.account.is_constrained and each.account.name in limits
    )
    return Commitments(organisation, as_of, tuple(standings))


def _limited(account: Account, limits: Account) -> Account:
    return replace(account, lowest=limits.lowest, highest=limits.highest)


def _side(standing: Standing) -> int:
    return 1 if standing.account.account_class in ("Assets", "Expenses") else -1


def _sums(standings: Iterable[Standing], of: Callable[[Standing], int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for standing in standings:
        commodity = standing.account.commodity
        sums[commodity] = sums.get(commodity, 0) + of(standing)
    return sums
