"""`stannary ledger`: keep a book that stands. Post vouchers, ask what stands, close a period, export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, cast

from cyclopts import Parameter
from rich.text import Text

from stannary.cli.bookkeeping import (
    AsOfDay,
    BookPlace,
    KnownAt,
    content_of,
    opened,
    organisation_of,
    posted,
    settings_at,
    shown_place,
    sole_organisation,
    view_of,
)
from stannary.cli.failures import warn
from stannary.cli.options import Form, Out
from stannary.cli.output import Answer, deliver, emit, form_of
from stannary.errors import NotFoundError, Place, Problem, UsageError
from stannary.ledger.accounts import Standing
from stannary.ledger.ageing import clearing, open_items
from stannary.ledger.beancount import as_beancount
from stannary.ledger.book import Book
from stannary.ledger.export import gather, journal_csv, journal_json
from stannary.ledger.files import read_vouchers
from stannary.ledger.hledger import as_hledger
from stannary.ledger.logbook import leaf_bytes
from stannary.ledger.postings import read_postings
from stannary.ledger.receipts import BY, By, belongs_under, receipts_and_payments
from stannary.ledger.statements import balance_sheet, commitments, trial_balance
from stannary.ledger.store import AsOf
from stannary.ledger.vouchers import Cause, Voucher
from stannary.report.book_flows import tell_clearing, tell_open_items, tell_receipts
from stannary.report.book_tables import Told, neutral
from stannary.report.books import tell_balance_sheet, tell_balances, tell_commitments, tell_trial_balance
from stannary.report.words import count

__all__ = ["balance", "close", "export", "post", "statement"]

FINDINGS = 5

StatementName = Literal[
    "trial-balance", "balance-sheet", "receipts", "open-items", "clearing", "commitments"
]  # fmt: skip
ExportForm = Literal["beancount", "hledger", "csv", "json", "log"]
ENDINGS: dict[str, ExportForm] = {
    ".beancount": "beancount", ".bean": "beancount", ".journal": "hledger", ".hledger": "hledger",
    ".csv": "csv", ".json": "json", ".ndjson": "json", ".log": "log",
}  # fmt: skip


def post(
    file: Annotated[
        str,
        Parameter(
            allow_leading_hyphen=True,
            help="Vouchers, one JSON object a line, amounts as text (1250.00 in quotes); or, in a file named "
            ".csv, postings: rows of one key are a voucher and sum to zero, debits positive, credits "
            "negative. - is standard input.",
        ),
    ],
    /,
    *,
    place: BookPlace | None = None,
    batch: Annotated[
        int | None,
        Parameter(
            metavar="NUMBER", help="Post so many at a time, each lot whole or not at all; for large files."
        ),
    ] = None,
    form: Form = None,
) -> None:
    """Post the vouchers of a file: all of them, or none and a list of everything that is wrong.

    Amounts are text in major units ("1250.00"). A voucher that stands already is answered, not doubled, so
    that the same file may be sent again after an interruption. In a CSV of postings the rows of one key are
    one voucher and sum to zero; debits are positive, credits negative.
    """
    settings = settings_at(place, form=form)
    if batch is not None and batch < 1:
        problem = Problem(
            "STN-USAGE-002", f"A batch of {batch} is none.", "Say 1 or more.", Place(path="--batch")
        )
        raise UsageError([problem])
    read = read_postings if Path(file).suffix.lower() == ".csv" else read_vouchers
    name = "standard input" if file == "-" else file
    content = content_of(file)
    with opened(settings) as book:
        owner = settings.organisation or sole_organisation(book)
        filed = read(content, name=name, organisation=owner)
        receipts = posted(book, filed, batch)
    rows = [
        {"organisation": each.recorded.voucher.organisation, "key": each.key, "is_repeat": each.is_repeat,
         "recorded_at": each.recorded.recorded_at.isoformat()}
        for each in receipts
    ]  # fmt: skip
    repeated = sum(each.is_repeat for each in receipts)
    words = f"{count(len(rows) - repeated, 'voucher')} posted to {shown_place(settings)}."
    if repeated:
        words += f" {count(repeated, 'voucher')} stood there already."
    data = {"posted": len(rows) - repeated, "stood_already": repeated, "receipts": rows}
    emit(Answer(table=lambda: Text(words), data=data, rows=lambda: neutral(rows)), settings.format)


def balance(
    account: Annotated[
        str | None, Parameter(help="An account, with all below it; without one, every account.")
    ] = None,
    /,
    *,
    place: BookPlace | None = None,
    as_of: AsOfDay = None,
    known_at: KnownAt = None,
    form: Form = None,
    out: Out = None,
) -> None:
    """Tell what accounts stand at on a day, and what pending vouchers hold.

    With --known-at the book is shown as it was known at that hour: later corrections are not in it.
    """
    settings = settings_at(place, as_of=as_of, form=form)
    with opened(settings) as book:
        organisation = organisation_of(settings, book)
        _, view = view_of(settings, known_at)
        standings = book.standings(organisation, view)
    chosen = standings if account is None else _under(standings, account, organisation)
    _emit(tell_balances(chosen, organisation, view), "balances", organisation, view, settings.format, out)


def statement(
    name: Annotated[
        StatementName,
        Parameter(
            help="trial-balance: every account, both sides equal. balance-sheet: what there is, is owed, is "
            "left. receipts: money in and out. open-items: what is pending, receivable or payable, with its "
            "age. clearing: accounts that must return to zero. commitments: accounts with limits."
        ),
    ],
    /,
    *,
    place: BookPlace | None = None,
    as_of: AsOfDay = None,
    known_at: KnownAt = None,
    since: Annotated[
        date | None,
        Parameter(
            name="--from", metavar="DAY", help="For receipts: the first day; the beginning, unless you say."
        ),
    ] = None,
    by: Annotated[
        str,
        Parameter(
            metavar="NAMES", help="For receipts: any of member, programme, mineral, account, by commas."
        ),
    ] = "member,programme,mineral",
    fail_on: Annotated[
        Literal["overdue"] | None,
        Parameter(help="Leave with 5 where a clearing account is overdue."),
    ] = None,
    form: Form = None,
    out: Out = None,
) -> int:
    """Draw up a statement of a book as of a day; leave with 5 if a sum does not hold.

    No statement adds different commodities.
    """
    settings = settings_at(place, as_of=as_of, form=form)
    chosen = _chosen_names(by)
    with opened(settings) as book:
        organisation = organisation_of(settings, book)
        on, view = view_of(settings, known_at)
        told = _told(book, name, organisation, on, view, since, chosen)
    _emit(told, name, organisation, view, settings.format, out)
    return FINDINGS if not told.holds and (name != "clearing" or fail_on is not None) else 0


def close(
    *,
    through: Annotated[
        date, Parameter(metavar="DAY", help="The last day of the period; it is never opened again.")
    ],
    place: BookPlace | None = None,
    form: Form = None,
) -> None:
    """Close the books up to a day, for good: nothing may take effect on it or before any more.

    A correction of a closed period is a voucher in an open one. There is no way to open a period again.
    """
    settings = settings_at(place, form=form)
    with opened(settings) as book:
        organisation = organisation_of(settings, book)
        cause = Cause("close of period", through.isoformat())
        [receipt] = book.post(Voucher(organisation, f"close/{through}", "close_period", through, cause))
    words = f"The books of {organisation} are closed up to {through}."
    if receipt.is_repeat:
        words = f"The books of {organisation} were closed up to {through} already."
    data = {"organisation": organisation, "closed_through": through, "was_closed_already": receipt.is_repeat}
    emit(Answer(table=lambda: Text(words), data=data), settings.format)


def export(
    *,
    place: BookPlace | None = None,
    form: Annotated[
        ExportForm | None,
        Parameter(
            name="--format",
            metavar="FORM",
            help="beancount, hledger, csv (one row a posting), json (vouchers, one a line, for post) or "
            "log (sealed vouchers, to be verified); by the ending of --out, unless you say.",
        ),
    ] = None,
    out: Out = None,
) -> None:
    """Write a book for other programs: Beancount or hledger, every balance asserted; CSV, JSON, or its log.

    Beancount and hledger get what is posted, of one organisation; what is pending is not in them.
    """
    settings = settings_at(place)
    chosen = form or ENDINGS.get(Path(out).suffix.lower() if out else "")
    if chosen is None:
        problem = Problem("STN-USAGE-002", "The form of the export is not said.", "Add --format beancount.")
        raise UsageError([problem])
    with opened(settings) as book:
        organisation = settings.organisation or None
        if organisation or chosen in ("beancount", "hledger"):
            organisation = organisation_of(settings, book)
        content = "".join(_exported(book, chosen, organisation))
    if chosen == "log" and not content:
        warn("No voucher is sealed yet; stannary ledger seal comes first.")
    deliver(content.encode("utf-8"), out)


def _under(standings: Sequence[Standing], account: str, organisation: str) -> list[Standing]:
    chosen = [each for each in standings if belongs_under(each.account.name, (account.rstrip(":"),))]
    if not chosen:
        near = get_close_matches(account, [each.account.name for each in standings], n=1)
        remedy = f"Did you mean {near[0]}?" if near else "stannary ledger balance lists all accounts."
        message = f"{organisation} has no account {account}."
        raise NotFoundError([Problem("STN-FOUND-001", message, remedy)])
    return chosen


def _chosen_names(by: str) -> tuple[By, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in by.split(",")))
    for name in names:
        if name not in BY:
            remedy = f"Names are {', '.join(BY)}."
            problem = Problem(
                "STN-USAGE-002", f"There is no receipts by {name!r}.", remedy, Place(path="--by")
            )
            raise UsageError([problem])
    return cast(tuple[By, ...], names)


def _told(
    book: Book, name: str, organisation: str, on: date, view: AsOf, since: date | None, by: tuple[By, ...]
) -> Told:
    if name == "trial-balance":
        return tell_trial_balance(trial_balance(book, organisation, view))
    if name == "balance-sheet":
        return tell_balance_sheet(balance_sheet(book, organisation, view))
    if name == "receipts":
        return tell_receipts(receipts_and_payments(book, organisation, view, since=since, by=by))
    if name == "open-items":
        return tell_open_items(open_items(book, organisation, on, view), organisation, view)
    if name == "clearing":
        return tell_clearing(clearing(book, organisation, on, view), organisation, view)
    return tell_commitments(commitments(book, organisation, view))


def _emit(told: Told, name: str, organisation: str, view: AsOf, form: str | None, out: str | None) -> None:
    is_sheet = form_of(form, out) == "csv"
    about = {"statement": name, "organisation": organisation, "as_of": view.effective_on}
    known_at = None if view.recorded_at is None else view.recorded_at.isoformat()
    answer = Answer(
        table=told.draw,
        data={**about, "known_at": known_at, **told.as_data()},
        rows=lambda: neutral(told.rows) if is_sheet else told.rows,
    )
    emit(answer, form, out)


def _exported(book: Book, form: ExportForm, organisation: str | None) -> Iterable[str]:
    if form == "csv":
        return journal_csv(book.journal(organisation))
    if form == "json":
        return journal_json(book.journal(organisation))
    if form == "log":
        return _log(book)
    plain = gather(book, organisation or "")
    return as_beancount(plain) if form == "beancount" else as_hledger(plain)


def _log(book: Book) -> Iterator[str]:
    for recorded in book.store.sealed():
        yield leaf_bytes(recorded).decode("utf-8") + "\n"
