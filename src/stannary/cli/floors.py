"""`stannary floors`: the floors in force on a day, why, and what changes next."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from stannary.cli.options import AsOf, Form, Out, Place, day_of, settings_of, zone_of
from stannary.cli.output import Answer, write_whole
from stannary.cli.price_logs import PRICES, emit_safely, known_product, log_that_is_there
from stannary.errors import Problem, UsageError
from stannary.pricing.floor_notice import notice
from stannary.pricing.price_log import PriceLog
from stannary.report.floors_page import floors_page
from stannary.report.floors_terminal import told_floor, told_floors
from stannary.report.floors_told import as_data, as_rows

__all__ = ["floors"]

PAGES = (".html", ".htm")


def floors(
    *,
    product: Annotated[
        str | None, Parameter(help="Only this product, such as gallium.metal, with all that is known of it.")
    ] = None,
    log: Annotated[
        Path | None,
        Parameter(
            metavar="FILE",
            group=PRICES,
            help="The price log that prices publish wrote; without it, the charter's own prices count.",
        ),
    ] = None,
    place: Place | None = None,
    as_of: AsOf = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Give notice of the floors in force on a day: each with its rule, reference price and next change.

    Floors are USD per tonne of contained mineral. With --log, prices that the zone has published count from
    the day they take effect, and automatic revisions from their review day; without it, the prices written
    in the charter do. A file named --out notice.html is a page that opens without a network; .json and .csv
    are data.
    """
    settings = settings_of(place, as_of=as_of, format=form)
    zone = zone_of(settings)
    on = day_of(settings)
    held = PriceLog() if log is None else log_that_is_there(log)
    found = notice(zone.charter, on, held.records)
    if product is not None:
        known_product(zone.charter, product)
        found = replace(found, lines=tuple(line for line in found.lines if line.product == product))
    if out is not None and Path(out).suffix.lower() in PAGES:
        if form is not None:
            message = f"{out} is a page, and --format asks for {form}."
            raise UsageError([Problem("STN-USAGE-001", message, "Leave --format out, or name another file.")])
        names = {mineral.id: mineral.name for mineral in zone.atlas.minerals}
        page = floors_page(found, command=_command(on, product, log, place, out), minerals=names)
        write_whole(Path(out), page.encode())
        return
    answer = Answer(
        table=lambda: told_floors(found) if product is None else told_floor(found),
        data=as_data(found),
        rows=lambda: as_rows(found),
    )
    emit_safely(answer, settings.format, out)


def _command(on: date, product: str | None, log: Path | None, place: Place | None, out: str) -> str:
    """Give the command that makes the page again."""
    words = ["stannary", "floors", "--as-of", str(on)]
    given = {
        "--zone": place and place.zone,
        "--charter": place and place.charter,
        "--atlas": place and place.atlas,
    }
    for flag, value in (*given.items(), ("--log", log), ("--product", product), ("--out", out)):
        words += [flag, str(value)] if value else []
    return shlex.join(words)
