"""`stannary prices`: publish reference prices, see those in force, and look behind them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from stannary.cli.options import AsOf, Form, Out, Place, day_of, settings_of, written_day, zone_of
from stannary.cli.output import Answer, refusing
from stannary.cli.price_logs import LOG, PRICES, Log, emit_safely, known_product, log_that_is_there
from stannary.dated import months_later
from stannary.errors import NotFoundError, PriceError, Problem, UsageError
from stannary.errors import Place as Where
from stannary.pricing.price_log import PriceLog, Record, read_log, record
from stannary.pricing.publication import Publication
from stannary.pricing.publishing import publish as make
from stannary.pricing.publishing import republish
from stannary.pricing.report_files import read_reports
from stannary.pricing.reports import PriceReport
from stannary.report.prices_terminal import (
    told_history,
    told_inputs,
    told_publication,
    told_records,
    told_standing,
)
from stannary.report.prices_told import (
    history_rows,
    input_rows,
    publication_data,
    record_rows,
    standing_rows,
)
from stannary.zone import Zone

__all__ = ["log", "publish", "show"]

PERIOD = re.compile(r"(?P<year>[0-9]{4})-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2]))")
ONE_DAY = timedelta(days=1)


def publish(
    reports: Annotated[
        Path, Parameter(help="The price reports, as CSV or NDJSON: a deal, bid or offer a line.")
    ],
    /,
    *,
    period: Annotated[
        str, Parameter(metavar="PERIOD", group=PRICES, help="The quarter or month: 2026-Q3 or 2026-09.")
    ],
    closed: Annotated[
        date | None,
        Parameter(
            metavar="DAY",
            group=PRICES,
            converter=written_day,
            help="The last day on which reports were taken in; the period's last day, unless you say.",
        ),
    ] = None,
    correct: Annotated[
        str | None,
        Parameter(
            metavar="REASON",
            group=PRICES,
            help="Correct what was published of the period, and say why; needs --closed.",
        ),
    ] = None,
    log: Log = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Publish the reference prices of a period from price reports, by the method in the charter.

    Prices are USD per tonne of contained mineral, before VAT and duty. Every report stands in the log with
    what became of it. What was published is written below all that was published before, prices.ndjson
    unless --log says otherwise; nothing is ever overwritten, and a correction takes effect after the day its
    reports were closed.
    """
    settings = settings_of(place, format=form)
    days = _period(period)
    if correct is not None and closed is None:
        message = "A correction needs the day on which its reports were closed."
        raise UsageError([Problem("STN-USAGE-001", message, "Add --closed, such as --closed 2026-11-20.")])
    zone = zone_of(settings)
    path = log or LOG
    held = read_log(path)
    given = read_reports(
        reports,
        products=[each.id for each in zone.charter.scope.products],
        economies=[each.id for each in zone.atlas.economies],
    )
    if correct is None:
        made = make(
            given,
            zone.charter,
            days,
            previous=held.publications,
            exchange_rates=zone.atlas.exchange_rates,
            as_of=closed,
        )
    else:
        made = _corrected(held, days, given, zone, correct, closed or days[1], path)
    with refusing(path):
        written = record(path, made, after=held.head)
    data = publication_data(written)
    answer = Answer(table=lambda: told_publication(data), data=data, rows=lambda: data["prices"])
    emit_safely(answer, settings.format, out)


def _period(text: str) -> tuple[date, date]:
    """Give the first and last day of a quarter or month."""
    found = PERIOD.fullmatch(text.strip().upper())
    if found is None or not 1900 <= int(found["year"]) <= 2999:
        remedy = "Write a quarter such as 2026-Q3 or a month such as 2026-09."
        raise UsageError(
            [Problem("STN-USAGE-002", f"{text!r} is no period.", remedy, Where(path="--period"))]
        )
    month = int(found["quarter"]) * 3 - 2 if found["quarter"] else int(found["month"])
    start = date(int(found["year"]), month, 1)
    return start, months_later(start, 3 if found["quarter"] else 1) - ONE_DAY


def _corrected(
    held: PriceLog,
    days: tuple[date, date],
    given: tuple[PriceReport, ...],
    zone: Zone,
    reason: str,
    closed: date,
    path: Path,
) -> Publication:
    """Publish anew what stands in the log for a period, and say why."""
    before = next((each for each in held.publications if (each.start, each.end) == days), None)
    if before is None:
        message = f"{days[0]} to {days[1]} cannot be corrected: it was never published."
        problem = Problem("STN-PRICE-009", message, "Leave --correct out to publish it.", Where(str(path)))
        raise PriceError([problem])
    return republish(
        before,
        given,
        zone.charter,
        reason=reason,
        as_of=closed,
        previous=held.publications,
        exchange_rates=zone.atlas.exchange_rates,
    )


def show(
    product: Annotated[
        str | None, Parameter(help="A product, such as gallium.metal: all that was published of it.")
    ] = None,
    /,
    *,
    as_of: AsOf = None,
    log: Log = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Show the published prices in force on a day, or the history of one product with its corrections.

    Prices are USD per tonne of contained mineral, before VAT and duty. A published price holds as long as its
    period lasted; a product without one is named, with the reason.
    """
    settings = settings_of(place, as_of=as_of, format=form)
    held = log_that_is_there(log or LOG)
    if product is None:
        on = day_of(settings)
        rows = standing_rows(held, on)
        answer = Answer(
            table=lambda: told_standing(rows, on),
            data={"as_of": on, "head": held.head, "prices": rows},
            rows=lambda: rows,
        )
        emit_safely(answer, settings.format, out)
        return
    known_product(zone_of(settings).charter, product)
    history = history_rows(held, product)
    standing = None
    if settings.as_of is not None:
        rows = standing_rows(held, settings.as_of)
        standing = next((row for row in rows if row["product"] == product), None)
    data = {"product": product, "in_force": standing, "history": history, "head": held.head}
    answer = Answer(table=lambda: told_history(history, product, standing), data=data, rows=lambda: history)
    emit_safely(answer, settings.format, out)


def log(
    what: Annotated[
        str | None, Parameter(help="A record's number, or a product; without one, the records themselves.")
    ] = None,
    /,
    *,
    log: Log = None,
    place: Place | None = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Tell who reported what, and which reports were used or not, and why.

    Prices are USD per tonne of contained mineral and weights shares of the published price. The digests are
    checked first: a log that was changed is refused. The last digest stands for the whole log; keep it.
    """
    settings = settings_of(place, format=form)
    held = log_that_is_there(log or LOG)
    if what is None:
        rows = record_rows(held)
        answer = Answer(
            table=lambda: told_records(rows), data={"head": held.head, "records": rows}, rows=lambda: rows
        )
    else:
        records: tuple[Record, ...] = held.records
        if what.isascii() and what.isdigit():
            records = (_numbered(held, what),)
        else:
            known_product(zone_of(settings).charter, what)
        rows = input_rows(records, None if what.isdigit() else what)
        answer = Answer(
            table=lambda: told_inputs(rows), data={"head": held.head, "reports": rows}, rows=lambda: rows
        )
    emit_safely(answer, settings.format, out)


def _numbered(held: PriceLog, digits: str) -> Record:
    # A number of thousands of digits is no number of a record, and is not even read.
    found = held.number(int(digits)) if len(digits) < 20 else None
    if found is None:
        message = f"There is no record {digits[:20]}{'…' if len(digits) > 20 else ''}."
        remedy = f"The log has {len(held.records)}."
        raise NotFoundError([Problem("STN-FOUND-001", message, remedy, Where(path="record"))])
    return found
