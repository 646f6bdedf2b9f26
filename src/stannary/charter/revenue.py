"""Article: revenue. Who gets what the border adjustment brings in.

Each recipient has a dated share, and on every day on which one of them is in force all of them together
make up one. Money is split by them to the cent, by largest remainder, when a period is settled.

Precedent: member states of the European Union keep 25% of the customs duties they collect, for the cost of
collecting them, and hand on the rest (Decision (EU, Euratom) 2020/2053, article 9).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from stannary.charter.citation import LAW, DatedNumber, Name, history

__all__ = ["Revenue", "RevenueRecipient"]

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class RevenueRecipient:
    """One recipient of the revenue and its share.

    `kind`: `collecting_member` keeps the share where it was collected; `parties` share it in equal parts, who
    is a party on the last day of the period; `stockpile` and `support_fund` are the zone's own.
    """

    id: Name
    kind: Literal["collecting_member", "parties", "stockpile", "support_fund"]
    shares: tuple[DatedNumber, ...] = Field(min_length=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Revenue:
    """The revenue article."""

    recipients: tuple[RevenueRecipient, ...] = ()

    def shares_on(self, on: date) -> tuple[tuple[RevenueRecipient, Decimal], ...]:
        """Give the recipients with a share in force on a day, in the order of the charter."""
        held = [(recipient, history(recipient.shares).in_force(on)) for recipient in self.recipients]
        return tuple((recipient, share.value) for recipient, share in held if share is not None)

    def days_of_change(self) -> tuple[date, ...]:
        """Give the first days of every allocation, in order."""
        days = {share.start for each in self.recipients for share in each.shares}
        days |= {share.end + ONE_DAY for each in self.recipients for share in each.shares if share.end}
        return tuple(sorted(days))
