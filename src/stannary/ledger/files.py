"""Files of vouchers: one voucher a line (NDJSON), read strictly and written so that it reads back the same.

Amounts are text in major units, with as many decimals as their commodity has at most: ``"1250.00"`` USD,
``"12.5"`` t. A JSON number is refused, for it may have been through a float. Every fault of a file is told,
with line and column; a file with a fault gives no voucher at all. Rows of postings are in `postings`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast, get_args

from stannary.errors import LedgerError, Place, Problem
from stannary.ledger.accounts import Account
from stannary.ledger.commodities import amount_of, exponent, is_commodity, minor_units
from stannary.ledger.form import faults_of
from stannary.ledger.json_lines import MalformedError, Number, column_of, columns_of, parse_line
from stannary.ledger.vouchers import Cause, Kind, Transfer, Voucher

__all__ = [
    "ALLOWED",
    "MOST_PROBLEMS",
    "Filed",
    "amount_text",
    "lines_of",
    "located",
    "read_amount",
    "read_day",
    "read_vouchers",
    "voucher_line",
    "write_vouchers",
]

MOST_PROBLEMS = 1_000
"""After so many problems the rest of a file is not looked at."""

MOST_OF_A_LINE = 100
"""So many problems of one voucher are told, and no more."""

FORM, COMMODITY, AMOUNT = "STN-LEDGER-001", "STN-LEDGER-004", "STN-LEDGER-013"
CAUSE, FILE = "STN-LEDGER-016", "STN-LEDGER-022"

ALLOWED = (
    "organisation", "key", "kind", "effective_on", "cause", "transfers", "narrative", "refers_to",
    "expires_on", "account", "member", "programme", "mineral",
)  # fmt: skip
CAUSE_FIELDS = ("kind", "reference", "digest", "charter", "article", "software")
TRANSFER_FIELDS = ("debit", "credit", "amount", "commodity")
ACCOUNT_FIELDS = ("name", "commodity", "lowest", "highest", "clears_within_days")

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WRITTEN = re.compile(r"-?(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?")
MARKS = {b"\xef\xbb\xbf": "a byte order mark", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
QUOTED = 'Write it as text in quotes: "1250.00".'


@dataclass(frozen=True, slots=True)
class Filed:
    """A voucher and where in its file it stands."""

    voucher: Voucher
    place: Place


def read_vouchers(content: bytes, *, name: str = "vouchers", organisation: str = "") -> tuple[Filed, ...]:
    """Read a file of vouchers, one JSON object a line.

    `organisation` is whose a voucher is that does not say. Raises `LedgerError` with every fault: STN-LEDGER-
    022 where the file cannot be read, 001, 004, 013, 016 where a voucher is not in its form.
    """
    filed: list[Filed] = []
    problems: list[Problem] = []
    for number, line in lines_of(content, name):
        reading = _Reading(line, Place(name, number))
        voucher = reading.voucher(organisation)
        problems += reading.problems
        if voucher is not None:
            filed.append(Filed(voucher, replace(reading.place, column=1)))
        if len(problems) >= MOST_PROBLEMS:
            stop = "Reading stopped here: there are too many problems."
            problems.append(Problem(FILE, stop, "Begin with the first.", reading.place))
            break
    if problems:
        raise LedgerError(problems)
    return tuple(filed)


def write_vouchers(vouchers: Iterable[Voucher]) -> Iterator[str]:
    """Write vouchers as lines that `read_vouchers` reads back the same."""
    for voucher in vouchers:
        yield voucher_line(voucher)


def voucher_line(voucher: Voucher) -> str:
    """Write a voucher as one line of JSON, with its line end; what is empty is left out."""
    data: dict[str, Any] = {
        "organisation": voucher.organisation,
        "key": voucher.key,
        "kind": voucher.kind,
        "effective_on": voucher.effective_on.isoformat(),
        "cause": {name: said for name in CAUSE_FIELDS if (said := getattr(voucher.cause, name))},
        "transfers": [
            {"debit": t.debit, "credit": t.credit, "amount": amount_text(t.amount, t.commodity),
             "commodity": t.commodity}
            for t in voucher.transfers
        ],
        "narrative": voucher.narrative,
        "refers_to": voucher.refers_to,
        "expires_on": None if voucher.expires_on is None else voucher.expires_on.isoformat(),
        "account": None if voucher.account is None else _account_data(voucher.account),
        "member": voucher.member,
        "programme": voucher.programme,
        "mineral": voucher.mineral,
    }  # fmt: skip
    kept = {name: value for name, value in data.items() if value not in (None, "", [])}
    return json.dumps(kept, ensure_ascii=False, separators=(", ", ": ")) + "\n"


def amount_text(units: int, commodity: str) -> str:
    """Write minor units as text in major units with every decimal of the commodity: ``1250.00``."""
    return format(amount_of(units, commodity), "f")


def located(error: LedgerError, filed: Iterable[Filed]) -> LedgerError:
    """Give a refusal by the book with the lines of the file its vouchers stand on."""
    places = {f"{each.voucher.organisation}/{each.voucher.key}": each.place for each in filed}
    return LedgerError(
        replace(problem, place=replace(places[problem.place.path], path=problem.place.path))
        if problem.place.path in places
        else problem
        for problem in error.problems
    )


def lines_of(content: bytes, name: str) -> Iterator[tuple[int, str]]:
    """Give the lines of a text file with their numbers. Raises `LedgerError` where it is no plain text."""
    for mark, words in MARKS.items():
        if content.startswith(mark):
            raise _unreadable(f"The file begins with {words}.", Place(name, 1, 1))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        place = Place(
            name,
            content.count(b"\n", 0, error.start) + 1,
            error.start - content.rfind(b"\n", 0, error.start),
        )
        raise _unreadable("This is not UTF-8 text.", place) from None
    lines = text.removesuffix("\n").split("\n")
    if not text.strip():
        raise LedgerError([Problem(FILE, "The file is empty.", "Give it at least one voucher.", Place(name))])
    for number, line in enumerate(lines, 1):
        yield number, line.removesuffix("\r")


def _unreadable(message: str, place: Place) -> LedgerError:
    return LedgerError([Problem(FILE, message, "Save it as plain UTF-8 text, without a mark.", place)])


def read_day(text: str) -> date | None:
    """Read a day written YYYY-MM-DD and in no other way, or give `None`."""
    if DAY.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_amount(text: str, commodity: str) -> int | str:
    """Read an amount in major units as minor units, or say in words what is wrong with it."""
    if len(text) > 64 or WRITTEN.fullmatch(text) is None:
        return f"{text[:40]!r} is no amount."
    decimals = len(text.partition(".")[2])
    if decimals > exponent(commodity):
        return f"{text} has {decimals} decimals; {commodity} has {exponent(commodity)}."
    return minor_units(Decimal(text), commodity)


def _account_data(account: Account) -> dict[str, Any]:
    bounds = {
        name: amount_text(bound, account.commodity)
        for name, bound in (("lowest", account.lowest), ("highest", account.highest))
        if bound is not None
    }
    days = account.clears_within_days
    clears = {} if days is None else {"clears_within_days": days}
    return {"name": account.name, "commodity": account.commodity, **bounds, **clears}


class _Reading:
    """One line on its way to a voucher, with what was found wrong."""

    def __init__(self, line: str, place: Place) -> None:
        self.line, self.place = line, place
        self.problems: list[Problem] = []
        self._columns: dict[tuple[str | int, ...], int] | None = None

    def voucher(self, organisation: str) -> Voucher | None:
        if not self.line.strip():
            self.fault("The line is empty.", "Leave no line empty.", code=FILE)
            return None
        try:
            data = parse_line(self.line)
        except MalformedError as error:
            place = replace(self.place, column=error.column)
            remedy = "Write one voucher a line, as a JSON object."
            self.problems.append(Problem(FILE, error.message, remedy, place))
            return None
        voucher = self._read(data, organisation)
        if voucher is None or self.problems:
            return None
        place = replace(self.place, column=1)
        self.problems = [
            replace(each, place=replace(place, path=each.place.path))
            for each in faults_of(voucher)[:MOST_OF_A_LINE]
        ]
        return None if self.problems else voucher

    def fault(self, message: str, remedy: str, *path: str | int, code: str = FORM) -> None:
        if len(self.problems) >= MOST_OF_A_LINE:
            return
        if self._columns is None:
            self._columns = columns_of(self.line) if path else None
        words = ".".join(str(part)[:40] for part in path) or None
        column = column_of(self._columns or {}, path) if path else 1
        self.problems.append(Problem(code, message, remedy, replace(self.place, column=column, path=words)))

    def _read(self, data: Any, organisation: str) -> Voucher | None:
        if not isinstance(data, dict):
            self.fault("A voucher is a JSON object.", 'Write {"key": …}.', code=FILE)
            return None
        self._strangers(data, ALLOWED)
        day = self._day(data, "effective_on")
        cause = self._cause(data.get("cause"))
        transfers = self._transfers(data.get("transfers"))
        owner = self._text(data, "organisation") or organisation
        if not owner:
            remedy = 'Add "organisation", or name one for the whole file.'
            self.fault("The voucher belongs to no organisation.", remedy)
        kind = self._text(data, "kind", must=True)
        if kind and kind not in get_args(Kind):
            self.fault(
                f"{kind[:40]!r} is no kind of voucher.", f"Kinds: {', '.join(get_args(Kind))}.", "kind"
            )
        texts = {name: self._text(data, name) for name in ("narrative", "member", "programme", "mineral")}
        key, refers_to = self._text(data, "key", must=True), self._text(data, "refers_to")
        account = self._account(data["account"], owner) if data.get("account") is not None else None
        expires_on = self._day(data, "expires_on") if data.get("expires_on") is not None else None
        if self.problems or day is None or cause is None:
            return None
        return Voucher(
            owner, key, cast(Kind, kind), day, cause, transfers,
            refers_to=refers_to or None, expires_on=expires_on, account=account, **texts,
        )  # fmt: skip

    def _cause(self, data: Any) -> Cause | None:
        if data is None:
            self.fault("The voucher names no cause.", "Name the decision behind it.", code=CAUSE)
            return None
        if not self._is_object(data, "cause"):
            return None
        return Cause(**{name: self._text(data, name, "cause") for name in CAUSE_FIELDS})

    def _transfers(self, data: Any) -> tuple[Transfer, ...]:
        if data is None:
            return ()
        if not isinstance(data, list):
            self.fault("`transfers` is not a list.", "Write [{…}, {…}].", "transfers")
            return ()
        return tuple(
            transfer
            for number, each in enumerate(data)
            if (transfer := self._transfer(each, "transfers", number)) is not None
        )

    def _transfer(self, data: Any, *path: str | int) -> Transfer | None:
        if not self._is_object(data, *path, allowed=TRANSFER_FIELDS):
            return None
        debit, credit = (self._text(data, name, *path, must=True) for name in ("debit", "credit"))
        commodity = self._commodity(data, *path)
        units = self._amount(data, "amount", commodity, *path)
        return None if units is None else Transfer(debit, credit, units, commodity)

    def _account(self, data: Any, organisation: str) -> Account | None:
        if not self._is_object(data, "account", allowed=ACCOUNT_FIELDS):
            return None
        name, commodity = self._text(data, "name", "account", must=True), self._commodity(data, "account")
        lowest, highest = (
            None if data.get(bound) is None else self._amount(data, bound, commodity, "account")
            for bound in ("lowest", "highest")
        )
        days = data.get("clears_within_days")
        if days is not None and not (isinstance(days, Number) and re.fullmatch(r"[0-9]{1,4}", days)):
            words = "`clears_within_days` is no whole number of days."
            self.fault(words, "Write, say, 30, without quotes.", "account", "clears_within_days")
            days = None
        return Account(organisation, name, commodity, lowest, highest, None if days is None else int(days))

    def _commodity(self, data: dict[str, Any], *path: str | int) -> str:
        commodity = self._text(data, "commodity", *path, must=True)
        if commodity and not is_commodity(commodity):
            message = f"{commodity[:40]!r} is nothing a book counts."
            remedy = "Use an ISO 4217 currency, or a product in capitals such as NDPR.OXIDE."
            self.fault(message, remedy, *path, "commodity", code=COMMODITY)
            return ""
        return commodity

    def _amount(self, data: dict[str, Any], name: str, commodity: str, *path: str | int) -> int | None:
        value = data.get(name)
        at = (*path, name)
        if value is None:
            self.fault(f"`{name}` is missing.", QUOTED, *path, code=AMOUNT)
        elif isinstance(value, Number) or not isinstance(value, str):
            self.fault(f"`{name}` is not text.", QUOTED, *at, code=AMOUNT)
        elif commodity:
            units = read_amount(value, commodity)
            if isinstance(units, int):
                return units
            self.fault(units, "Write digits, a point and no separators: 1250.00.", *at, code=AMOUNT)
        return None

    def _text(self, data: dict[str, Any], name: str, *path: str | int, must: bool = False) -> str:
        value = data.get(name)
        if isinstance(value, str) and not isinstance(value, Number):
            if any("\ud800" <= sign <= "\udfff" for sign in value):
                self.fault(f"`{name}` holds half a character.", "Write plain text.", *path, name)
                return ""
            if value or not must:
                return value
        elif value is not None:
            self.fault(f"`{name}` is not text.", "Write it in quotes.", *path, name)
            return ""
        if must:
            self.fault(f"`{name}` is missing.", f'Add "{name}".', *path)
        return ""

    def _day(self, data: dict[str, Any], name: str) -> date | None:
        text = self._text(data, name, must=True)
        day = read_day(text)
        if text and day is None:
            self.fault(f"{text[:40]!r} is no day.", "Write it YYYY-MM-DD.", name)
        return day

    def _is_object(self, data: Any, *path: str | int, allowed: tuple[str, ...] = CAUSE_FIELDS) -> bool:
        if isinstance(data, dict):
            self._strangers(data, allowed, *path)
            return True
        self.fault(f"`{'.'.join(map(str, path))}` is not an object.", "Write {…}.", *path)
        return False

    def _strangers(self, data: dict[str, Any], allowed: tuple[str, ...], *path: str | int) -> None:
        for name in data:
            if name not in allowed:
                remedy = f"Fields are {', '.join(allowed)}."
                self.fault(f"There is no field {name[:40]!r}.", remedy, *path, name)
