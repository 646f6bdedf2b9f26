"""Decide which reports may count at all: arm's length, real, once each, of goods that may set the price.

Some faults show on the report itself (`own_fault`); others only beside the other reports of a window
(`faults_between`): the same deal told twice, or goods that went back to where they came from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from stannary.charter.charter import Charter
from stannary.charter.price_method import PriceMethod
from stannary.pricing.normalisation import Normalised
from stannary.pricing.reports import PriceReport, alike
from stannary.units import EXACT

__all__ = ["Screen", "faults_between"]

NOTHING = Decimal(0)
Pair = tuple[str, str]


class Screen:
    """What the charter says of a single report; membership is looked up once a day."""

    def __init__(self, charter: Charter, method: PriceMethod, as_of: date) -> None:
        self.as_of = as_of
        self.excluded = cache(lambda on: self._excluded(charter, method, on))

    @staticmethod
    def _excluded(charter: Charter, method: PriceMethod, on: date) -> frozenset[str]:
        sets = (charter.membership.members(name, on) for name in method.excluded_sets)
        return frozenset().union(*sets)

    def own_fault(self, report: PriceReport) -> str | None:
        """Give the reason why a report may not count, seen by itself; `None` where it may."""
        if max(report.dated_on, report.reported_on or report.dated_on) > self.as_of:
            return "reported_late"
        return _parties(report) or self._origin(report)

    def _origin(self, report: PriceReport) -> str | None:
        if report.origin is None:
            # A bid is for goods yet to be found: it has no origin to be judged by.
            return None if report.kind == "bid" else "origin_unknown"
        return "origin_excluded" if report.origin in self.excluded(report.dated_on) else None


def _parties(report: PriceReport) -> str | None:
    """Judge who deals with whom."""
    if report.kind != "transaction":
        maker = report.buyer if report.kind == "bid" else report.seller
        if maker is None:
            return "party_missing"
        return None if report.is_firm else "not_firm"
    if report.buyer is None or report.seller is None:
        return "party_missing"
    if report.buyers & report.sellers:
        return "same_owner"
    if report.related is None:
        return "relation_unknown"
    return "related_parties" if report.related else None


def faults_between(found: Iterable[Normalised], method: PriceMethod) -> dict[str, str]:
    """Give the transactions of a window that may not count beside the others, by report, with the reason."""
    listed = tuple(found)
    faults = _told_twice(listed)
    left = tuple(each for each in listed if each.report.id not in faults)
    return faults | _round_trips(left, method)


def _told_twice(found: tuple[Normalised, ...]) -> dict[str, str]:
    """Find deals told by more than one reporter: the account of a party counts, of two the fuller one.

    A deal is known by its day, its price on the zone's basis, and its two owners or, where only one account
    says whose the firms are, its two firms. Of equal accounts that of the first reporter by name counts.
    """
    faults = _told_by_several(found, lambda each: (each.buyer_owner, each.seller_owner))
    left = tuple(each for each in found if each.report.id not in faults)
    return faults | _told_by_several(left, lambda each: (alike(each.buyer or ""), alike(each.seller or "")))


def _told_by_several(
    found: tuple[Normalised, ...], parties: Callable[[PriceReport], tuple[object, ...]]
) -> dict[str, str]:
    deals: dict[tuple[object, ...], dict[str, list[Normalised]]] = defaultdict(lambda: defaultdict(list))
    for each in found:
        report = each.report
        deals[report.dated_on, each.usd_per_t, *parties(report)][report.teller[1]].append(each)
    faults: dict[str, str] = {}
    for accounts in deals.values():
        if len(accounts) == 1:
            continue
        kept = min(accounts, key=lambda reporter: _rank(reporter, accounts[reporter]))
        for reporter, told in accounts.items():
            if reporter != kept:
                faults |= {each.report.id: "same_deal" for each in told}
    return faults


def _rank(reporter: str, told: list[Normalised]) -> tuple[bool, Decimal, str]:
    tonnes = NOTHING
    for each in told:
        tonnes = EXACT.add(tonnes, each.tonnes or NOTHING)
    return not told[0].report.is_of_a_party, -tonnes, reporter


def _round_trips(found: tuple[Normalised, ...], method: PriceMethod) -> dict[str, str]:
    """Find trades whose goods went back to the seller's owner, at once or by way of a third.

    Flows are summed over the window, so that cutting a trade up hides nothing, and between firms as between
    owners, so that an owner named in one report and not in another hides nothing either. What a party
    says of its own trades is judged by what parties say of theirs, and not by what a third alone says of two
    others: nobody can taint, by telling stories, a trade that it has no part in.
    """
    own = tuple(each for each in found if each.report.is_of_a_party)
    circled = {True: _circled(own, method, heed_tellers=True)}
    if len(own) < len(found):
        circled[False] = _circled(found, method, heed_tellers=False)
    return {
        each.report.id: "round_trip"
        for each in found
        if not circled[each.report.is_of_a_party].isdisjoint(_pairs(each.report))
    }


def _circled(found: Iterable[Normalised], method: PriceMethod, *, heed_tellers: bool) -> set[Pair]:
    flows = _flows(found)
    ringed = _ringed(flows, method.ring_share, heed_tellers=heed_tellers)
    return _returned(flows, method.round_trip_share) | ringed


@dataclass(frozen=True)
class _Flows:
    """Contained tonnes from one to another, and who tells of them."""

    tonnes: dict[Pair, Decimal]
    tellers: dict[Pair, set[Pair]]

    def is_told_by(self, pair: Pair, who: str) -> bool:
        """Say whether nobody but one, or its owner, tells of a flow."""
        return all(who in teller for teller in self.tellers[pair])


def _pairs(report: PriceReport) -> list[Pair]:
    return [(seller, buyer) for seller in report.sellers for buyer in report.buyers]


def _flows(found: Iterable[Normalised]) -> _Flows:
    tonnes: dict[Pair, Decimal] = defaultdict(lambda: NOTHING)
    tellers: dict[Pair, set[Pair]] = defaultdict(set)
    for each in found:
        for pair in _pairs(each.report):
            tonnes[pair] = EXACT.add(tonnes[pair], each.tonnes or NOTHING)
            tellers[pair].add(each.report.teller)
    return _Flows(dict(tonnes), dict(tellers))


def _returned(flows: _Flows, like: Decimal) -> set[Pair]:
    """Give the pairs of owners whose goods came straight back in like quantity."""
    there = flows.tonnes
    return {
        (seller, buyer)
        for (seller, buyer), tonnes in there.items()
        if (buyer, seller) in there and _is_like((tonnes, there[buyer, seller]), like)
    }


def _ringed(flows: _Flows, like: Decimal, *, heed_tellers: bool) -> set[Pair]:
    """Give the pairs of owners whose goods came back by way of a third, all three flows of like quantity."""
    buyers_of: dict[str, set[str]] = defaultdict(set)
    sellers_of: dict[str, set[str]] = defaultdict(set)
    for seller, buyer in flows.tonnes:
        buyers_of[seller].add(buyer)
        sellers_of[buyer].add(seller)
    ringed = set()
    for (seller, buyer), tonnes in flows.tonnes.items():
        for third in buyers_of.get(buyer, set()) & sellers_of.get(seller, set()):
            on, back = (buyer, third), (third, seller)
            alone = heed_tellers and flows.is_told_by(on, third) and flows.is_told_by(back, third)
            if not alone and _is_like((tonnes, flows.tonnes[on], flows.tonnes[back]), like):
                ringed.add((seller, buyer))
                break
    return ringed


def _is_like(tonnes: tuple[Decimal, ...], share: Decimal) -> bool:
    return min(tonnes) >= EXACT.multiply(max(tonnes), share)
