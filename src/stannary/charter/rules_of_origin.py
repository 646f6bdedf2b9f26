"""Article: rules of origin. Where goods come from, stage by stage.

Origin is an ordered list of the countries where the metal was mined, refined, separated, melted and
produced. A dated test says which of those stages count for which products. If a stage that counts was
done in a covered economy, the goods are of covered origin; if every stage that counts was done in
parties, of zone origin; if one that counts is not known, the origin is *unknown*, which is an answer and
has a price: the strictest rate in force. Precedent: DFARS 252.225-7052, whose test widens from melted or
produced to mined, refined, separated, melted or produced on 2027-01-01.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from stannary.charter.citation import LAW, Amount, DatedNumber, Day, Name, Sourced, number_on

__all__ = ["ORIGINS", "ORIGIN_STAGES", "OriginRate", "OriginTest", "RulesOfOrigin"]

ORIGIN_STAGES = ("mined", "refined", "separated", "melted", "produced")
OriginStage = Literal["mined", "refined", "separated", "melted", "produced"]
ORIGINS = ("zone", "developing", "neutral", "covered", "unknown")
OriginClass = Literal["zone", "developing", "neutral", "covered"]


@dataclass(frozen=True, kw_only=True, config=LAW)
class OriginTest(Sourced):
    """Which stages count, for which products, from a day to a day.

    `products` empty: every product no other test names. `tolerance`: the share of covered content
    that may be disregarded, where the line declares it (`covered_content_share`). `at_tolerance`: is a
    share of exactly the tolerance still disregarded (US defence rule: half the weight is not)?
    """

    id: Name
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    products: tuple[Name, ...] = ()
    stages: tuple[OriginStage, ...] = Field(min_length=1)
    tolerance: Amount = Field(default=Decimal(0), ge=0, lt=1)
    at_tolerance: bool = True


@dataclass(frozen=True, kw_only=True, config=LAW)
class OriginRate:
    """The share of the border adjustment that goods of an origin pay (0 for full preference)."""

    origin: OriginClass
    shares: tuple[DatedNumber, ...] = Field(min_length=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class RulesOfOrigin:
    """The rules-of-origin article, with the preference each origin earns."""

    tests: tuple[OriginTest, ...]
    rates: tuple[OriginRate, ...]

    def test_for(self, product: str, on: date) -> OriginTest | None:
        """Give the test in force for a product on a day: one that names it, else the general one."""
        live = [test for test in self.tests if test.start <= on and (test.end is None or on <= test.end)]
        named = [test for test in live if product in test.products]
        general = [test for test in live if not test.products]
        return next(iter(named or general), None)

    def share(self, origin: str, on: date) -> Decimal | None:
        """Give the share of the adjustment an origin pays on a day; `unknown` pays the largest of all."""
        in_force = [number_on(rate.shares, on) for rate in self.rates if origin in (rate.origin, "unknown")]
        shares = [share for share in in_force if share is not None]
        return max(shares) if shares else None
