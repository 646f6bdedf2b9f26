"""Publish reference prices: price reports in, prices out, each by the firmest rung that holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date, timedelta
from importlib.metadata import version
from operator import attrgetter

from stannary.arithmetic import exactly
from stannary.atlas.exchange_rates import ExchangeRate
from stannary.charter.charter import Charter
from stannary.charter.price_method import PriceMethod
from stannary.dated import months_later
from stannary.errors import Place, PriceError, Problem, refuse
from stannary.lineage import Lineage, fingerprint_text
from stannary.pricing.corrections import differences, standing
from stannary.pricing.fallbacks import ProducerCost
from stannary.pricing.input_log import input_log
from stannary.pricing.ladder import Ladder, climb
from stannary.pricing.normalisation import Normalised, basis_of, normalised
from stannary.pricing.publication import Publication
from stannary.pricing.reports import PriceReport
from stannary.pricing.screening import Screen

__all__ = ["publish", "republish"]

ONE_DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1900, 2999
"""The years that a report can be dated in."""


def publish(
    reports: Iterable[PriceReport],
    charter: Charter,
    period: tuple[date, date],
    *,
    previous: Sequence[Publication] = (),
    exchange_rates: Iterable[ExchangeRate] = (),
    costs: Iterable[ProducerCost] = (),
    as_of: date | None = None,
) -> Publication:
    """Publish the reference prices of a period (first and last day) by the charter's method.

    `reports` are all that came in, whatever their day; each stands in the log once. `previous` are earlier
    publications (a correction after what it corrects), `costs` what marginal producers need. Inputs close at
    the end of `as_of` (left out: the period's last day). Raises `PriceError`: STN-PRICE-005 where the charter
    states no method, 006 for a period that is none or is not over, 003 for reports on products the method
    does not price, 004 for reports given twice and corrections of what is not there.
    """
    with exactly():  # whatever the caller's own decimal context
        return _published(
            sorted(reports, key=attrgetter("id")),
            charter,
            period,
            tuple(previous),
            tuple(exchange_rates),
            {cost.product: cost for cost in costs},
            as_of or period[1],
        )


def republish(
    corrected: Publication,
    reports: Iterable[PriceReport],
    charter: Charter,
    *,
    reason: str,
    as_of: date,
    previous: Sequence[Publication] = (),
    exchange_rates: Iterable[ExchangeRate] = (),
    costs: Iterable[ProducerCost] = (),
) -> Publication:
    """Correct a publication: publish its period anew, name it, say why, and list what changed.

    Takes effect after `as_of`, never back to the day the corrected one did. Raises `PriceError` as `publish`
    does, and (STN-PRICE-006) without a reason or with inputs that close before those of the one corrected.
    """
    problems = []
    if not reason.strip():
        problems.append(Problem("STN-PRICE-006", "a correction gives no reason.", "Say what was wrong."))
    if as_of < corrected.as_of:
        message = f"a correction closes its inputs on {as_of}, before {corrected.as_of}."
        problems.append(Problem("STN-PRICE-006", message, "Name that day or a later one."))
    refuse(PriceError, problems)
    earlier = [each for each in previous if each.end < corrected.start]
    period = (corrected.start, corrected.end)
    made = publish(
        reports,
        charter,
        period,
        previous=earlier,
        exchange_rates=exchange_rates,
        costs=costs,
        as_of=as_of,
    )
    told = fingerprint_text(json.dumps([made.lineage.inputs, corrected.id, reason]))
    return replace(
        made,
        corrects=corrected.id,
        reason=reason,
        differences=differences(corrected, made),
        lineage=replace(made.lineage, inputs=told),
    )


def _published(
    listed: Sequence[PriceReport],
    charter: Charter,
    period: tuple[date, date],
    previous: Sequence[Publication],
    rates: Sequence[ExchangeRate],
    needs: Mapping[str, ProducerCost],
    closed: date,
) -> Publication:
    method = charter.reference_prices.method
    if method is None:
        message, remedy = (
            "the charter states no method for reference prices.",
            "Add `method:` to the article.",
        )
        raise PriceError([Problem("STN-PRICE-005", message, remedy, charter.place("reference_prices"))])
    products = method.products or tuple(price.product for price in charter.reference_prices.prices)
    replaced, problems = standing(listed, closed)
    refuse(PriceError, [*_not_a_period(period, method, closed), *_unknown(listed, products), *problems])
    ladder = Ladder(charter, method, *period, closed, previous, needs)
    found, reasons = _screened(listed, replaced, ladder, rates)
    climbed = climb(products, [each for each in found if each.report.id not in reasons], ladder)
    log = input_log(found, reasons | climbed.reasons, climbed.weights, charter, method)
    conflicted = {each.product for each in log if each.is_used and "reporter_has_contract" in each.flags}
    prints = _fingerprints(listed, products)
    lineage = Lineage(
        charter.fingerprint,
        fingerprint_text(json.dumps([_texts(rates), _texts(needs.values())])),
        fingerprint_text(json.dumps([prints, *map(str, (*period, closed)), [each.id for each in previous]])),
        version("stannary"),
    )
    return Publication(
        charter_fingerprint=charter.fingerprint,
        method_version=method.version,
        start=period[0],
        end=period[1],
        as_of=closed,
        takes_effect_on=ladder.takes_effect_on,
        prices=tuple(
            replace(
                price,
                inputs_fingerprint=prints[price.product],
                flags=price.flags + (("conflict_of_interest",) if price.product in conflicted else ()),
            )
            for price in climbed.prices
        ),
        unpriced=tuple(climbed.unpriced),
        log=log,
        lineage=lineage,
    )


def _not_a_period(period: tuple[date, date], method: PriceMethod, as_of: date) -> list[Problem]:
    start, end = period
    if not FIRST_YEAR <= start.year <= LAST_YEAR or as_of.year > LAST_YEAR:
        message = (
            f"{start} to {end}, closed on {as_of}, is not between the years {FIRST_YEAR} and {LAST_YEAR}."
        )
        return [Problem("STN-PRICE-006", message, "Name a period that reports can be dated in.")]
    begins = start.day == 1 and (start.month - 1) % method.months == 0
    if not begins or months_later(start, method.months) - ONE_DAY != end:
        message = f"{start} to {end} is not a {method.period} of the calendar."
        return [Problem("STN-PRICE-006", message, f"The method publishes by the {method.period}: name one.")]
    if as_of < end:
        message = f"the {method.period} ends on {end}, and the inputs close on {as_of}."
        return [Problem("STN-PRICE-006", message, "Publish a period once it is over.")]
    return []


def _unknown(reports: Iterable[PriceReport], products: Sequence[str]) -> list[Problem]:
    """List reports on products that the method does not price (003)."""
    known = frozenset(products)
    remedy = f"Products priced are {', '.join(products[:12])}{', …' if len(products) > 12 else ''}."
    found = []
    for each in reports:
        if each.product not in known:
            message = f"report {each.id} is on {each.product!r}, which the method does not price."
            place = each.written_at if each.written_at.file else Place(path=each.id)
            found.append(Problem("STN-PRICE-003", message, remedy, place))
    return found


def _screened(
    reports: Sequence[PriceReport],
    replaced: Mapping[str, str],
    ladder: Ladder,
    rates: Iterable[ExchangeRate],
) -> tuple[list[Normalised], dict[str, str]]:
    """Normalise every report; give them all, and the reasons of those that may not count at all."""
    basis = basis_of(ladder.charter, ladder.method, rates)
    screen = Screen(ladder.charter, ladder.method, ladder.as_of)
    earliest = min(ladder.window_start, ladder.quotes_start)
    found = []
    reasons = {}
    for report in reports:
        each = normalised(report, basis)
        found.append(each)
        fault = "corrected" if report.id in replaced else screen.own_fault(report)
        if fault is None and not earliest <= report.dated_on <= ladder.end:
            fault = "outside_window"
        fault = fault or each.reason
        if fault is not None:
            reasons[report.id] = fault
    return found, reasons


TOLD = tuple(each.name for each in fields(PriceReport) if each.compare)


def _fingerprints(reports: Sequence[PriceReport], products: Iterable[str]) -> dict[str, str]:
    """Give the SHA-256 over all reports on each product, in the order of their ids."""
    digests = {product: hashlib.sha256() for product in products}
    values = attrgetter(*TOLD)
    for report in reports:
        line = json.dumps([None if value is None else str(value) for value in values(report)])
        digests[report.product].update(line.encode() + b"\n")
    return {product: digest.hexdigest() for product, digest in digests.items()}


def _texts(facts: Iterable[ExchangeRate | ProducerCost]) -> list[list[str]]:
    return sorted([str(value) for value in asdict(fact).values()] for fact in facts)
