"""Accounts: where amounts stand, of what class, in which commodity, and how far they may go.

An account belongs to one organisation and counts one commodity. Its name is a path of words from its class
down (``Assets:Receivable:Duties:Acme``), the grammar of plain-text accounting. Its balance is debits less
credits. An account with a limit is *constrained*: what pending vouchers hold counts against the limit, so
that it cannot be promised twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["CLASSES", "NAME", "Account", "Standing"]

CLASSES = ("Assets", "Liabilities", "Equity", "Income", "Expenses")

NAME = re.compile(r"(Assets|Liabilities|Equity|Income|Expenses)(:[A-Z0-9][A-Za-z0-9-]{0,62}){1,6}")

ORGANISATION = re.compile(r"[A-Z0-9][A-Za-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it was opened.

    `lowest` and `highest` bound debits less credits, in minor units: an appropriation or a stock lot may not
    fall below 0; a loan may not rise above its commitment. `clears_within_days`: a clearing account must
    return to zero within so many days of its oldest open posting.
    """

    organisation: str
    name: str
    commodity: str
    lowest: int | None = None
    highest: int | None = None
    clears_within_days: int | None = None

    @property
    def is_constrained(self) -> bool:
        """Say whether the account has a limit, and so a balance row that is locked when it moves."""
        return self.lowest is not None or self.highest is not None

    @property
    def account_class(self) -> str:
        """Give the class of the account: the first word of its name."""
        return self.name.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Standing:
    """An account as it stands now: sums of debits and credits, posted and pending, in minor units.

    Of an account without limits the sums are kept only by stores that can afford them; rules never ask.
    """

    account: Account
    is_closed: bool = False
    debits: int = 0
    credits: int = 0
    pending_debits: int = 0
    pending_credits: int = 0

    @property
    def balance(self) -> int:
        """Give posted debits less posted credits."""
        return self.debits - self.credits

    @property
    def least(self) -> int:
        """Give the balance if every pending credit were posted and no pending debit."""
        return self.debits - self.credits - self.pending_credits

    @property
    def most(self) -> int:
        """Give the balance if every pending debit were posted and no pending credit."""
        return self.debits + self.pending_debits - self.credits

    @property
    def keeps_its_limits(self) -> bool:
        """Say whether the account is within its limits, whatever becomes of what is pending."""
        lowest, highest = self.account.lowest, self.account.highest
        return (lowest is None or self.least >= lowest) and (highest is None or self.most <= highest)
