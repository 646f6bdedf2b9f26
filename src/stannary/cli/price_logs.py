"""What the commands about prices share: the price log they name, and the products they ask for."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from stannary.charter.charter import Charter
from stannary.cli.output import Answer, deliver, emit, form_of
from stannary.errors import NotFoundError, Place, Problem
from stannary.pricing.price_log import PriceLog, read_log
from stannary.report.spreadsheets import as_csv

__all__ = ["LOG", "PRICES", "Log", "emit_safely", "known_product", "log_that_is_there"]

PRICES = Group("Prices", sort_key=0)
LOG = Path("prices.ndjson")
"""The price log that is written and read unless another is named."""

Log = Annotated[
    Path | None,
    Parameter(
        name="--log", metavar="FILE", group=PRICES, help="The price log; prices.ndjson, unless you say."
    ),
]


def log_that_is_there(path: Path) -> PriceLog:
    """Read a price log. Raises `NotFoundError` where there is none, and else as `read_log` does."""
    try:
        is_there = path.exists()
    except OSError:  # a name that is too long, or a folder that may not be looked into
        is_there = False
    if not is_there:
        remedy = "Name the file that `stannary prices publish` wrote with --log."
        place = Place(str(path))
        raise NotFoundError([Problem("STN-FOUND-001", "There is no price log there.", remedy, place)])
    return read_log(path)


def emit_safely(answer: Answer, form: str | None, out: str | None) -> None:
    """Write an answer as `emit` does; in CSV no name that someone else gave is taken for a formula."""
    if answer.rows is not None and form_of(form, out) == "csv":
        deliver(as_csv(answer.rows()).encode(), out)
    else:
        emit(answer, form, out)


def known_product(charter: Charter, product: str) -> None:
    """Refuse a product that the charter does not cover (`NotFoundError`, STN-FOUND-001)."""
    known = [each.id for each in charter.scope.products]
    if product not in known:
        near = get_close_matches(product, known, n=3, cutoff=0.5)
        remedy = f"Did you mean {' or '.join(near)}?" if near else "`stannary charter show` lists them."
        message = f"The charter covers no product {product!r}."
        raise NotFoundError([Problem("STN-FOUND-001", message, remedy, Place(path="product"))])
