"""The form of a voucher: what can be said against it before any book is looked at."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, datetime
from operator import attrgetter
from types import NoneType

from stannary.errors import Place, Problem
from stannary.ledger.accounts import NAME, ORGANISATION, Account
from stannary.ledger.commodities import LARGEST, is_commodity
from stannary.ledger.vouchers import KINDS, Cause, Transfer, Voucher

__all__ = ["faults_of"]

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}")

NEEDS_TRANSFERS = ("post", "pending")
MAY_HAVE_TRANSFERS = (*NEEDS_TRANSFERS, "post_pending")
NEEDS_TARGET = ("post_pending", "void_pending", "reverse")
NEEDS_ACCOUNT = ("open_account", "close_account", "set_limits")

MOST_TRANSFERS = 1_000

LONGEST_CLEARING = 3_660

CONTROLS = ("Cc", "Cf", "Cs", "Zl", "Zp")

TEXTS = attrgetter(
    "kind", "organisation", "key", "narrative", "member", "programme", "mineral",
    "cause.kind", "cause.reference", "cause.digest", "cause.charter", "cause.article", "cause.software",
)  # fmt: skip

AN_ACCOUNT = "Write, say, Assets:Receivable:Duties."
A_COMMODITY = "Use an ISO 4217 currency, or a product in capitals such as NDPR.OXIDE."


def faults_of(voucher: Voucher) -> tuple[Problem, ...]:
    """List everything wrong with a voucher by itself: names, amounts, what its kind needs and forbids.

    A voucher whose fields are of the wrong types is told so, and of nothing else.
    """
    if not _is_plain(voucher):
        wrong = tuple(_faults_of_types(voucher))
        if wrong:
            return wrong
    return tuple(_faults(voucher))


def _is_plain(voucher: Voucher) -> bool:
    """Say at a glance that every field is of its very type; most vouchers are so."""
    if type(voucher.cause) is not Cause or type(voucher.transfers) is not tuple:
        return False
    kinds = {*map(type, TEXTS(voucher))}
    for each in voucher.transfers:
        if type(each) is not Transfer:
            return False
        kinds |= {type(each.debit), type(each.credit), type(each.commodity)}
    if voucher.refers_to is not None or voucher.expires_on is not None or voucher.account is not None:
        return False
    return kinds == {str} and type(voucher.effective_on) is date


def _faults_of_types(voucher: Voucher) -> Iterator[Problem]:
    wrong = [name for name, value, kind in _typed(voucher) if not _is_a(value, kind)]
    for name in wrong:
        message = f"The field {name} is not of the type it must be."
        remedy = "Texts are str, days are date, lists are tuples."
        yield Problem("STN-LEDGER-001", message, remedy, _place(voucher))


def _place(voucher: Voucher) -> Place:
    named = isinstance(voucher.organisation, str) and isinstance(voucher.key, str)
    path = f"{voucher.organisation}/{voucher.key}"[:120] if named else ""
    return Place(path=path.encode("ascii", "backslashreplace").decode() or None)


def _is_a(value: object, kind: tuple[type, ...]) -> bool:
    # a bool is an int and a datetime a date for Python, and neither is for a book
    return isinstance(value, kind) and not isinstance(value, bool | datetime)


def _typed(voucher: Voucher) -> Iterator[tuple[str, object, tuple[type, ...]]]:
    text, optional_text, optional_int = (str,), (str, NoneType), (int, NoneType)
    yield "kind", voucher.kind, text
    for name in ("organisation", "key", "narrative", "member", "programme", "mineral"):
        yield name, getattr(voucher, name), text
    yield "refers_to", voucher.refers_to, optional_text
    yield "effective_on", voucher.effective_on, (date,)
    yield "expires_on", voucher.expires_on, (date, NoneType)
    yield "cause", voucher.cause, (Cause,)
    if isinstance(voucher.cause, Cause):
        for name in ("kind", "reference", "digest", "charter", "article", "software"):
            yield f"cause.{name}", getattr(voucher.cause, name), text
    yield "transfers", voucher.transfers, (tuple,)
    for number, each in enumerate(voucher.transfers if isinstance(voucher.transfers, tuple) else (), 1):
        yield f"transfers[{number}]", each, (Transfer,)
        if isinstance(each, Transfer):
            yield f"transfers[{number}].debit", each.debit, text
            yield f"transfers[{number}].credit", each.credit, text
            yield f"transfers[{number}].commodity", each.commodity, text
    account = voucher.account
    yield "account", account, (Account, NoneType)
    if isinstance(account, Account):
        for name in ("organisation", "name", "commodity"):
            yield f"account.{name}", getattr(account, name), text
        for name in ("lowest", "highest", "clears_within_days"):
            yield f"account.{name}", getattr(account, name), optional_int


def _faults(voucher: Voucher) -> Iterator[Problem]:
    place = _place(voucher)

    def fault(message: str, remedy: str, code: str = "STN-LEDGER-001") -> Problem:
        return Problem(code, message, remedy, place)

    if ORGANISATION.fullmatch(voucher.organisation) is None:
        yield fault(f"{voucher.organisation!r} is not the name of an organisation.", "Write, say, USA.")
    if KEY.fullmatch(voucher.key) is None:
        yield fault(
            f"{voucher.key[:80]!r} is not a key.",
            "Use letters, digits and . _ : / @ + -, at most 200, starting with a letter or digit.",
        )
    if not voucher.cause.kind.strip() or not voucher.cause.reference.strip():
        yield fault(
            "The voucher names no cause.",
            "Name the decision behind it: its kind and its reference.",
            "STN-LEDGER-016",
        )
    for name, words in _texts(voucher):
        if not words.isprintable() and any(unicodedata.category(sign) in CONTROLS for sign in words):
            yield fault(f"{name} holds a control character.", "Write plain text on one line.")
        if len(words) > 500:
            yield fault(f"{name} has {len(words)} characters.", "Keep it to 500.")
    yield from _faults_of_kind(voucher, fault)
    for number, transfer in enumerate(voucher.transfers, 1):
        for message, remedy, code in _faults_of_transfer(transfer):
            yield fault(f"Transfer {number}: {message}", remedy, code)
    if voucher.account is not None:
        for message, remedy in _faults_of_account(voucher.account, voucher.organisation):
            yield fault(message, remedy)


def _texts(voucher: Voucher) -> Iterator[tuple[str, str]]:
    cause = voucher.cause
    yield "The narrative", voucher.narrative
    yield "The member", voucher.member
    yield "The programme", voucher.programme
    yield "The mineral", voucher.mineral
    yield (
        "The cause",
        "".join((cause.kind, cause.reference, cause.digest, cause.charter, cause.article, cause.software)),
    )


def _faults_of_kind(voucher: Voucher, say: Callable[..., Problem]) -> Iterator[Problem]:
    kind = voucher.kind
    if kind not in KINDS:
        yield say(f"{kind[:40]!r} is not a kind of voucher.", f"Use one of {', '.join(KINDS)}.")
        return
    if kind in NEEDS_TRANSFERS and not voucher.transfers:
        yield say(f"A voucher of kind {kind} moves nothing.", "Give it at least one transfer.")
    if kind not in MAY_HAVE_TRANSFERS and voucher.transfers:
        yield say(f"A voucher of kind {kind} may not carry transfers.", "Leave them out.")
    if len(voucher.transfers) > MOST_TRANSFERS:
        yield say(f"There are {len(voucher.transfers)} transfers.", f"Split it: at most {MOST_TRANSFERS}.")
    if (kind in NEEDS_TARGET) != (voucher.refers_to is not None):
        needs = "needs" if kind in NEEDS_TARGET else "may not have"
        yield say(f"A voucher of kind {kind} {needs} `refers_to`.", "It is the key of what it acts on.")
    if (kind in NEEDS_ACCOUNT) != (voucher.account is not None):
        needs = "needs" if kind in NEEDS_ACCOUNT else "may not have"
        yield say(f"A voucher of kind {kind} {needs} an account.", "")
    if voucher.refers_to is not None and KEY.fullmatch(voucher.refers_to) is None:
        yield say(f"{voucher.refers_to[:80]!r} is not a key.", "Name what the voucher acts on.")
    if voucher.expires_on is not None and kind != "pending":
        yield say(f"A voucher of kind {kind} may not expire.", "Only a pending one may.")
    if voucher.expires_on is not None and voucher.expires_on <= voucher.effective_on:
        yield say("The voucher expires before it holds anything.", "Let it expire after its effective date.")
    if not date(1970, 1, 1) <= voucher.effective_on <= date(2999, 12, 31):
        yield say(f"{voucher.effective_on} is not a day of business.", "", code="STN-LEDGER-006")


def _faults_of_transfer(transfer: Transfer) -> Iterator[tuple[str, str, str]]:
    form = "STN-LEDGER-001"
    for name in (transfer.debit, transfer.credit):
        if NAME.fullmatch(name) is None:
            yield (
                f"{name[:80]!r} is not the name of an account.",
                "Write, say, Assets:Receivable:Duties.",
                form,
            )
    if transfer.debit == transfer.credit:
        yield f"{transfer.debit} is debited and credited.", "Name two accounts.", form
    amount = transfer.amount
    if not isinstance(amount, int) or isinstance(amount, bool):
        yield "The amount is not a whole number of minor units.", "Write cents.", "STN-LEDGER-013"
    elif not 0 < amount <= LARGEST:
        yield (
            f"The amount{_shown(amount)} is outside 1 to {LARGEST}.",
            "To move back, swap the sides.",
            "STN-LEDGER-013",
        )
    if not is_commodity(transfer.commodity):
        yield (
            f"{transfer.commodity[:40]!r} is nothing a book counts.",
            A_COMMODITY,
            "STN-LEDGER-004",
        )


def _faults_of_account(account: Account, organisation: str) -> Iterator[tuple[str, str]]:
    if account.organisation != organisation:
        yield f"The account belongs to {account.organisation}, the voucher to {organisation}.", "Name one."
    if NAME.fullmatch(account.name) is None:
        yield f"{account.name[:80]!r} is not the name of an account.", AN_ACCOUNT
    if not is_commodity(account.commodity):
        yield (
            f"{account.commodity[:40]!r} is nothing a book counts.",
            "Use an ISO 4217 currency or a product.",
        )
    for bound in (account.lowest, account.highest):
        if bound is not None and not -LARGEST <= bound <= LARGEST:
            yield f"The limit{_shown(bound)} is out of range.", f"Keep it within {LARGEST}."
    lowest = -LARGEST if account.lowest is None else account.lowest
    highest = LARGEST if account.highest is None else account.highest
    if lowest > highest:
        yield "The lowest limit lies above the highest.", "Swap them."
    days = account.clears_within_days
    if days is not None and not 0 <= days <= LONGEST_CLEARING:
        yield "The days within which the account clears are out of range.", f"0 to {LONGEST_CLEARING}."


def _shown(number: int) -> str:
    # Python refuses to write out numbers of thousands of digits, and nobody would read them
    return f" {number}" if -(10**40) < number < 10**40 else ""
