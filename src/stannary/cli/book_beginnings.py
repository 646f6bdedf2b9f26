"""`stannary ledger open` and `migrate`: begin a book, open accounts of a list, bring tables up to date.

They are apart from the commands about books that stand, since only these need what makes tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from stannary.cli.bookkeeping import BookPlace, content_of, now, owner_of, posted, settings_at, shown_place
from stannary.cli.options import Form
from stannary.cli.output import Answer, emit
from stannary.ledger.account_files import openings_of, read_accounts
from stannary.ledger.book import Book
from stannary.ledger.files import Filed
from stannary.ledger.migrating import begin_book
from stannary.ledger.migrating import migrate as migrate_book
from stannary.ledger.vouchers import Cause
from stannary.report.words import count
from stannary.settings import Settings

__all__ = ["begun_book", "migrate", "open_accounts"]


@contextmanager
def begun_book(settings: Settings) -> Iterator[Book]:
    """Open the book the settings name, begin it where there is none, and let go of it at the end."""
    with begin_book(settings.book, clock=now) as book:
        yield book


def open_accounts(
    accounts: Annotated[
        str | None,
        Parameter(
            help="A CSV file with the columns account (Assets:Receivable:Duties: a class, then words), "
            "commodity (USD, or a metal such as NDPR.OXIDE, in tonnes) and, where wanted, lowest, highest, "
            "clears_within_days."
        ),
    ] = None,
    /,
    *,
    place: BookPlace | None = None,
    on: Annotated[
        date | None, Parameter(name="--on", metavar="DAY", help="From which day; today, unless you say.")
    ] = None,
    form: Form = None,
) -> None:
    """Begin a book where there is none, and open the accounts of a list in it.

    Accounts that are open already as listed are left as they are. One with a lowest or highest amount refuses
    what would pass it; one that clears within so many days is watched.
    """
    settings = settings_at(place, form=form)
    filed: tuple[Filed, ...] = ()
    known = 0
    name = "standard input" if accounts == "-" else accounts or ""
    owner = settings.organisation if accounts is None else owner_of(settings)
    listed = read_accounts(content_of(accounts), name=name, organisation=owner) if accounts else ()
    with begun_book(settings) as book:
        if accounts is not None:
            cause = Cause("chart of accounts", Path(name).name)
            filed, known = openings_of(book, listed, on or now().date(), cause)
        posted(book, filed)
    words = f"The book {shown_place(settings)} is there."
    if accounts is not None:
        words = f"{count(len(filed), 'account')} opened, {known} open already, in {shown_place(settings)}."
    names = [each.voucher.account.name for each in filed if each.voucher.account is not None]
    data = {"book": shown_place(settings), "opened": names, "open_already": known}
    emit(Answer(table=lambda: Text(words), data=data), settings.format)


def migrate(*, place: BookPlace | None = None, form: Form = None) -> None:
    """Bring the tables of a book to the version of this software; its vouchers stay as they are.

    Copy the book first. It happens in one step: interrupted, nothing has changed.
    """
    settings = settings_at(place, form=form)
    migrate_book(settings.book)
    words = f"The book {shown_place(settings)} is of the version of this software."
    data = {"book": shown_place(settings), "is_current": True}
    emit(Answer(table=lambda: Text(words), data=data), settings.format)
