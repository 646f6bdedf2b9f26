"""Article: review. When the charter is looked at again, when it ends, who decides, how a party leaves.

A review that no one decided is a fact to be reported, not a silence: the check names it once its day has
passed. What was decided is written below, and stays.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from stannary.charter.citation import LAW, Amount, Count, Day, Name, Number, Sourced, Text
from stannary.charter.months import every_months

__all__ = ["Decision", "Majority", "Review", "ReviewClause", "Sunset", "Withdrawal"]


@dataclass(frozen=True, kw_only=True, config=LAW)
class ReviewClause(Sourced):
    """What is reviewed, first when, then how often. `subject` is an article or ``article.product``."""

    subject: Name
    first_on: Day
    every_months: Count | None = Field(default=None, ge=1, le=600)

    def days(self, until: date) -> tuple[date, ...]:
        """List the review days up to a day (inclusive)."""
        if self.every_months is None:
            return (self.first_on,) if self.first_on <= until else ()
        return tuple(every_months(self.first_on, self.every_months, until))


@dataclass(frozen=True, kw_only=True, config=LAW)
class Sunset(Sourced):
    """The last day of an article, or of the whole charter, unless it is renewed."""

    subject: Name
    on: Day


@dataclass(frozen=True, kw_only=True, config=LAW)
class Decision(Sourced):
    """What was decided on a review or a sunset that was due."""

    subject: Name
    due_on: Day
    decided_on: Day
    outcome: Literal["kept", "changed", "ended", "renewed", "deferred"]
    words: Text | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Majority(Sourced):
    """Who must agree to change what: a share of the members of a set, and of its trade where that counts."""

    subject: Name
    of: Name = "parties"
    share: Amount = Field(gt=0, le=1)
    trade_share: Amount | None = Field(default=None, gt=0, le=1)
    notice_days: Count | None = Field(default=None, ge=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Withdrawal(Sourced):
    """How a party leaves: notice, and what stays due."""

    notice_days: Number
    obligations_continue_days: Number | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Review:
    """The review article."""

    reviews: tuple[ReviewClause, ...] = ()
    sunsets: tuple[Sunset, ...] = ()
    majorities: tuple[Majority, ...] = ()
    withdrawal: Withdrawal | None = None
    decisions: tuple[Decision, ...] = ()

    def is_decided(self, subject: str, due_on: date) -> bool:
        """Say whether a review or sunset due on a day has been decided."""
        return any((each.subject, each.due_on) == (subject, due_on) for each in self.decisions)
