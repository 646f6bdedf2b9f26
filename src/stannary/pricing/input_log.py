"""The log of a publication: every report once, used or not, with its reason and what a reader should know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from stannary.arithmetic import exactly
from stannary.charter.charter import Charter
from stannary.charter.price_method import PriceMethod
from stannary.pricing.normalisation import Normalised
from stannary.pricing.publication import Input
from stannary.pricing.reports import PriceReport, alike
from stannary.pricing.transactions import decimal_of

__all__ = ["input_log"]

WEIGHT = Decimal("0.000000000001")
NOTHING = Decimal(0)


def input_log(
    found: Sequence[Normalised],
    reasons: Mapping[str, str],
    weights: Mapping[str, Fraction],
    charter: Charter,
    method: PriceMethod,
) -> tuple[Input, ...]:
    """Write the log, in the order of the report ids. `weights` are the shares of the reports used."""
    stakes = _stakes(charter)
    over = _over_cap([each for each in found if each.report.id in weights], method)
    log = []
    for each in found:
        report = each.report
        weight = weights.get(report.id)
        log.append(
            Input(
                report_id=report.id,
                product=report.product,
                reporter=report.reporter,
                kind=report.kind,
                dated_on=report.dated_on,
                is_used=weight is not None,
                reason="used" if weight is not None else reasons[report.id],
                usd_per_t=each.usd_per_t,
                tonnes=each.tonnes,
                weight=NOTHING if weight is None else decimal_of(weight).quantize(WEIGHT, ROUND_HALF_UP),
                flags=tuple(_flags(report, stakes, over if weight is not None else _Over())),
            )
        )
    return tuple(log)


def _flags(report: PriceReport, stakes: Iterable[_Stake], over: _Over) -> Iterable[str]:
    if report.corrects is not None:
        yield "corrects"
    yield "reporter_is_party" if report.is_of_a_party else "reporter_is_no_party"
    if any(stake.covers(report, set(report.teller)) for stake in stakes):
        yield "reporter_has_contract"
    if any((report.product, report.kind, who) in over.reporters for who in report.teller):
        yield "reporter_over_cap"
    if any((report.product, report.kind, who) in over.parties for who in report.buyers | report.sellers):
        yield "party_over_cap"


@dataclass(frozen=True, slots=True)
class _Stake:
    """A contract that pays by the reference price: whose, on which products, from when to when."""

    holders: frozenset[str]
    products: tuple[str, ...]
    start: date
    end: date | None

    def covers(self, report: PriceReport, names: set[str]) -> bool:
        """Say whether it gives the reporter a stake in the price of the report's product."""
        if report.product not in self.products or not names & self.holders:
            return False
        return self.start <= report.dated_on and (self.end is None or report.dated_on <= self.end)


def _stakes(charter: Charter) -> list[_Stake]:
    """List the contracts of the charter that pay by the market price of a product."""
    support = charter.price_support
    if support is None:
        return []
    found = [
        _Stake(frozenset({alike(each.beneficiary)}), each.products, each.start, each.end)
        for each in support.contracts
    ]
    found += [
        _Stake(frozenset({alike(each.buyer), alike(each.seller)}), each.products, each.start, each.end)
        for each in support.purchases
        if each.pricing in ("benchmark", "floor")
    ]
    return found


@dataclass(frozen=True, slots=True)
class _Over:
    """Who, by product and kind of report, tells of more than the cap."""

    reporters: frozenset[tuple[str, str, str]] = frozenset()
    parties: frozenset[tuple[str, str, str]] = frozenset()


def _over_cap(used: Iterable[Normalised], method: PriceMethod) -> _Over:
    wholes: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    reporters: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    parties: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    with exactly():
        for each in used:
            report, tonnes = each.report, each.tonnes or NOTHING
            kind = (report.product, report.kind)
            wholes[kind] += tonnes
            for who in set(report.teller):
                reporters[*kind, who] += tonnes
            for who in report.buyers | report.sellers:
                parties[*kind, who] += tonnes
        return _Over(
            frozenset(key for key in reporters if reporters[key] > wholes[key[:2]] * method.reporter_cap),
            frozenset(key for key in parties if parties[key] > wholes[key[:2]] * method.party_cap),
        )
