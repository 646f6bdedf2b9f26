"""What the commands about books have in common: which book, whose accounts, from where it is looked at."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter

from stannary.cli.failures import warn
from stannary.cli.options import day_of, settings_of
from stannary.errors import LedgerError, NotFoundError, Place, Problem, UsageError
from stannary.ledger.book import Book
from stannary.ledger.files import Filed, located
from stannary.ledger.opening import open_book
from stannary.ledger.store import AsOf, Receipt
from stannary.report.words import count
from stannary.settings import Settings

__all__ = [
    "AsOfDay",
    "BookPlace",
    "KnownAt",
    "content_of",
    "now",
    "opened",
    "organisation_of",
    "owner_of",
    "posted",
    "settings_at",
    "shown_place",
    "sole_organisation",
    "view_of",
]

BOOK = Group("Book", sort_key=1)

BEFORE_ALL = AsOf(date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC))
"""A point of view from which accounts are seen and no amounts, which need not be summed then."""


@Parameter(name="*", group=BOOK)
@dataclass(frozen=True)
class BookPlace:
    """In which book a command works, and for whom."""

    book: Annotated[
        str | None,
        Parameter(
            metavar="BOOK",
            help="The book: a file such as book.db (the default), or postgresql://USER@HOST/DATABASE.",
        ),
    ] = None
    organisation: Annotated[
        str | None,
        Parameter(metavar="NAME", help="Whose accounts, such as USA; needed where a book has several."),
    ] = None


AsOfDay = Annotated[
    date | None,
    Parameter(
        name="--as-of",
        metavar="DAY",
        group=BOOK,
        help="What takes effect up to this day, YYYY-MM-DD; today, unless you say.",
    ),
]
KnownAt = Annotated[
    str | None,
    Parameter(
        name="--known-at",
        metavar="HOUR",
        group=BOOK,
        help="Only what was recorded by then: 2026-03-31T17:00Z, or a day, meaning its end (UTC).",
    ),
]


def now() -> datetime:
    """Tell the hour, aware and in UTC."""
    return datetime.now(UTC)


@contextmanager
def opened(settings: Settings) -> Iterator[Book]:
    """Open the book the settings name, and let go of it at the end."""
    with open_book(settings.book, clock=now) as book:
        yield book


def settings_at(place: BookPlace | None, *, as_of: date | None = None, form: str | None = None) -> Any:
    """Give the settings with what a command said of its book."""
    place = place or BookPlace()
    return settings_of(book=place.book, organisation=place.organisation, as_of=as_of, format=form)


def organisation_of(settings: Settings, book: Book) -> str:
    """Give whose accounts are meant: as the settings say, else the only organisation of the book."""
    found = organisations_in(book)
    if settings.organisation:
        if found and settings.organisation not in found:
            message = f"{settings.organisation} has no accounts in {shown_place(settings)}."
            remedy = f"The book is of {', '.join(found[:20])}."
            raise NotFoundError([Problem("STN-FOUND-001", message, remedy, Place(path="--organisation"))])
        return str(settings.organisation)
    if len(found) == 1:
        return found[0]
    message = "The book has no accounts yet." if not found else f"The book is of {', '.join(found[:20])}."
    remedy = "Say which with --organisation." if found else "Say whose they will be with --organisation."
    raise UsageError([Problem("STN-USAGE-002", message, remedy, Place(path="--organisation"))])


def owner_of(settings: Settings) -> str:
    """Give whose accounts are to be opened: as the settings say, else the only organisation of the book."""
    if settings.organisation:
        return str(settings.organisation)
    is_new = "://" not in settings.book and not Path(settings.book).exists()
    if is_new:
        message, remedy = "The book is new.", "Say whose accounts these are with --organisation."
        raise UsageError([Problem("STN-USAGE-002", message, remedy, Place(path="--organisation"))])
    with opened(settings) as book:
        return organisation_of(settings, book)


def sole_organisation(book: Book) -> str:
    """Give the only organisation of a book, or nothing where there are several or none."""
    found = organisations_in(book)
    return found[0] if len(found) == 1 else ""


def organisations_in(book: Book) -> list[str]:
    """List the organisations that have accounts in a book, as far as whoever asks may see them."""
    return sorted({each.account.organisation for each in book.standings(None, BEFORE_ALL)})


def view_of(settings: Settings, known_at: str | None) -> tuple[date, AsOf]:
    """Give the day asked for, and from where the book is looked at."""
    on = day_of(settings)
    return on, AsOf(on, None if known_at is None else hour_of(known_at))


def hour_of(text: str) -> datetime:
    """Read an hour, in UTC unless it says otherwise; a day alone means its end."""
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        hour = datetime.fromisoformat(text)
        return hour.astimezone(UTC) if hour.tzinfo is not None else hour.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        message = f"{text!r} is no hour."
        remedy = "Write 2026-03-31T17:00Z, or 2026-03-31 for the end of that day."
        place = Place(path="--known-at")
        raise UsageError([Problem("STN-USAGE-002", message, remedy, place)]) from None


def content_of(file: str) -> bytes:
    """Read a file, or standard input for ``-``. Raises `LedgerError` (STN-LEDGER-022) where it cannot be."""
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        message = f"The file cannot be read ({error.strerror or error})."
        raise LedgerError([Problem("STN-LEDGER-022", message, "Check its name.", Place(file))]) from None


def shown_place(settings: Settings) -> str:
    """Name the book without a password."""
    return settings.found["book"].shown


def posted(book: Book, filed: Sequence[Filed], batch: int | None = None) -> list[Receipt]:
    """Post what was read from a file; a refusal tells the lines that its vouchers stand on."""
    vouchers = [each.voucher for each in filed]
    receipts: list[Receipt] = []
    try:
        if batch is None:
            return book.post(*vouchers)
        for receipt in book.post_many(vouchers, batch):
            receipts.append(receipt)
    except LedgerError as error:
        if receipts:
            warn(f"The first {count(len(receipts), 'voucher')} of the file stand; send it again when mended.")
        raise located(error, filed) from None
    return receipts
