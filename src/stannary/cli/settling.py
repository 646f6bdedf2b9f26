"""What the commands that settle have in common: in whose books, and where statements and vouchers go."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TypeVar

from cyclopts import Group, Parameter
from rich.console import RenderableType
from rich.text import Text

from stannary.charter.charter import Charter
from stannary.charter.price_support import AgreedPurchase, DifferenceContract, PriceGapPayment, PriceSupport
from stannary.charter.reader import open_charter
from stannary.cli.book_beginnings import begun_book
from stannary.cli.bookkeeping import opened, shown_place, sole_organisation
from stannary.cli.options import Place as ZonePlace
from stannary.cli.options import settings_of, zone_folders
from stannary.cli.output import Answer, emit, mask, refusing
from stannary.errors import NotFoundError, Place, Problem, UsageError
from stannary.ledger.accounts import Account
from stannary.ledger.files import write_vouchers
from stannary.ledger.vouchers import Voucher
from stannary.report.words import count
from stannary.settings import Settings
from stannary.settlement.chart import openings
from stannary.settlement.periods import Period, period_of
from stannary.settlement.posting import post_settlements
from stannary.settlement.reckoning import Books
from stannary.settlement.statement import Settlement, cause_of, money_of

__all__ = [
    "Into",
    "OnDay",
    "Settling",
    "amount_given",
    "begun",
    "finish",
    "misused",
    "named",
    "period_given",
    "support_of",
    "write_lines",
]

T = TypeVar("T", DifferenceContract, PriceGapPayment, AgreedPurchase)

INTO = Group("Books", sort_key=1)


@Parameter(name="*", group=INTO)
@dataclass(frozen=True)
class Into:
    """Where vouchers go, and for whom."""

    book: Annotated[
        str | None,
        Parameter(
            metavar="BOOK",
            help="Post the vouchers to this book: a file, begun if it is not there, or postgresql://… . "
            "Without it nothing is posted.",
        ),
    ] = None
    organisation: Annotated[
        str | None,
        Parameter(metavar="NAME", help="In whose books it is settled, such as USA."),
    ] = None
    vouchers: Annotated[
        Path | None,
        Parameter(metavar="FILE", help="Write the vouchers to this file, for stannary ledger post."),
    ] = None


OnDay = Annotated[
    date | None,
    Parameter(
        name="--on",
        metavar="DAY",
        group=INTO,
        help="The day it takes effect in the books; the last of the period, unless you say.",
    ),
]


@dataclass(frozen=True)
class Settling:
    """A command at work: its settings, the charter, and in whose books it settles."""

    settings: Settings
    charter: Charter
    books: Books
    into: Into


def begun(place: ZonePlace | None, into: Into | None, form: str | None) -> Settling:
    """Begin a settlement: open the charter, find whose books are meant. Raises `UsageError`."""
    into = into or Into()
    settings = settings_of(place, book=into.book, organisation=into.organisation, format=form)
    charter = open_charter(zone_folders(settings)[0])
    whose = str(settings.organisation or "")
    if not whose and into.book and ("://" in into.book or Path(into.book).exists()):
        with opened(settings) as book:
            whose = sole_organisation(book)
    if not whose and (into.book or into.vouchers):
        message = "It is not said in whose books this is settled."
        remedy = "Say it with --organisation, such as --organisation USA."
        raise UsageError([Problem("STN-USAGE-001", message, remedy, Place(path="--organisation"))])
    return Settling(settings, charter, Books(whose, charter.fingerprint, version("stannary")), into)


def finish(
    settling: Settling,
    settlements: Sequence[Settlement],
    out: str | None,
    more: dict[str, Any] | None = None,
    drawn: Sequence[RenderableType | str] = (),
) -> None:
    """Write and post the vouchers where that is asked for, then tell every statement."""
    into, said = settling.into, []
    vouchers = sum(len(each.vouchers) for each in settlements)
    data: dict[str, Any] = {
        "statements": [each.statement.as_data() | {"digest": each.statement.digest} for each in settlements],
        "vouchers": vouchers,
    }
    if into.vouchers is not None:
        write_lines(into.vouchers, write_vouchers(_with_openings(settlements)))
        said.append(f"{count(vouchers, 'voucher')} written to {into.vouchers}.")
    if into.book is not None:
        with begun_book(settling.settings) as book:
            receipts = post_settlements(book, *settlements)
        posted = [each for each in receipts if each.recorded.voucher.kind != "open_account"]
        repeated = sum(each.is_repeat for each in posted)
        data |= {"posted": len(posted) - repeated, "stood_already": repeated}
        said.append(f"{count(len(posted) - repeated, 'voucher')} posted to {shown_place(settling.settings)}.")
        if repeated:
            said.append(f"{count(repeated, 'voucher')} stood there already.")
    told = "\n\n\n".join(each.statement.in_words() for each in settlements)
    words = "\n\n".join([told, *(str(each) for each in drawn), *([" ".join(said)] if said else [])])
    emit(
        Answer(
            table=lambda: Text(words),
            data=data | (more or {}),
            rows=lambda: (_row(each) for each in settlements),
        ),
        settling.settings.format,
        out,
    )


def support_of(settling: Settling) -> PriceSupport:
    """Give the price-support article of the charter, empty where it has none."""
    return settling.charter.price_support or PriceSupport()


def named(known: Sequence[T], name: str, what: str) -> T:
    """Find what the charter calls by a name. Raises `NotFoundError`, with the names it has."""
    for each in known:
        if each.id == name:
            return each
    listed = ", ".join(each.id for each in known) or "none"
    message, remedy = f"The charter has no {what} {name!r}.", f"It has: {listed}."
    raise NotFoundError([Problem("STN-FOUND-001", message, remedy, Place(path=what))])


def misused(message: str, remedy: str, flag: str) -> UsageError:
    """Make the refusal of options that do not fit together."""
    return UsageError([Problem("STN-USAGE-001", message, remedy, Place(path=flag))])


def period_given(text: str) -> Period:
    """Read a period from the command line. Raises `UsageError` (STN-USAGE-002)."""
    try:
        return period_of(text)
    except ValueError as error:
        raise UsageError([Problem("STN-USAGE-002", f"{error}.", "", Place(path="--period"))]) from None


def amount_given(text: str | None, flag: str) -> Decimal | None:
    """Read a number from the command line exactly. Raises `UsageError` (STN-USAGE-002)."""
    if text is None:
        return None
    try:
        value = Decimal(text.replace(",", "")) if not set(text) - set("0123456789.,-") else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        message, remedy = f"{text!r} is not a number.", "Write it in digits, such as 110 or 224.36."
        raise UsageError([Problem("STN-USAGE-002", message, remedy, Place(path=flag))])
    return value


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines to a file that appears whole or not at all, however many; give their number."""
    written = 0
    with refusing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        draft = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                for line in lines:
                    stream.write(line)
                    written += 1
            draft.chmod(0o666 & ~mask())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return written


def _with_openings(settlements: Iterable[Settlement]) -> Iterator[Voucher]:
    """Give vouchers with the accounts they need opened before them, each account once."""
    seen: set[Account] = set()
    for each in settlements:
        missing = [account for account in each.accounts if account not in seen]
        seen.update(missing)
        yield from openings(missing, each.statement.on, cause_of(each.statement))
        yield from each.vouchers


def _row(settlement: Settlement) -> dict[str, Any]:
    statement = settlement.statement
    return {
        "kind": statement.kind,
        "reference": statement.reference,
        "on": statement.on,
        "amount": statement.amount,
        "currency": statement.currency,
        "payer": statement.payer,
        "payee": statement.payee,
        "outcome": statement.outcome or f"{money_of(statement.amount, statement.currency)}",
        "article": statement.article,
        "digest": statement.digest,
    }
