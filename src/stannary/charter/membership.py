"""Article: membership. Dated sets of economies that must not be mixed up.

Being in the forum, having signed a bilateral text, or the Pax Silica declaration, gives no right at the
border: only *parties* to the trade zone proper have preference, and only *covered economies* are treated
as of concern.
"""

from __future__ import annotations

from dataclasses import field
from datetime import date
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from stannary.charter.citation import LAW, Day, Economy, Sourced

__all__ = ["SETS", "Membership", "MembershipSpell"]

SETS = (
    "forum_participants",
    "bilateral_signatories",
    "pax_silica_signatories",
    "parties",
    "covered_economies",
    "developing_economies",
)


@dataclass(frozen=True, kw_only=True, config=LAW)
class MembershipSpell(Sourced):
    """An economy's time in a set: from accession (or suspension) to leaving, both days inclusive."""

    economy: Economy
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    status: Literal["member", "suspended"] = "member"


@dataclass(frozen=True, kw_only=True, config=LAW)
class Membership:
    """The membership article: six sets, each a list of dated spells."""

    forum_participants: tuple[MembershipSpell, ...] = ()
    bilateral_signatories: tuple[MembershipSpell, ...] = ()
    pax_silica_signatories: tuple[MembershipSpell, ...] = ()
    parties: tuple[MembershipSpell, ...] = ()
    covered_economies: tuple[MembershipSpell, ...] = ()
    developing_economies: tuple[MembershipSpell, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    """What each set is called in the charter's own words."""

    def spells(self, set_name: str) -> tuple[MembershipSpell, ...]:
        """Give the spells of one of `SETS`."""
        if set_name not in SETS:
            raise KeyError(set_name)
        found: tuple[MembershipSpell, ...] = getattr(self, set_name)
        return found

    def members(self, set_name: str, on: date) -> frozenset[str]:
        """Give the economies in a set on a day; a suspended one is not in it."""
        inside: set[str] = set()
        outside: set[str] = set()
        for spell in self.spells(set_name):
            if spell.start <= on and (spell.end is None or on <= spell.end):
                (inside if spell.status == "member" else outside).add(spell.economy)
        return frozenset(inside - outside)

    def is_party(self, economy: str, on: date) -> bool:
        """Say whether an economy is a party to the trade zone proper on a day."""
        return economy in self.members("parties", on)

    def is_covered(self, economy: str, on: date) -> bool:
        """Say whether an economy is a covered (outside) economy of concern on a day."""
        return economy in self.members("covered_economies", on)
