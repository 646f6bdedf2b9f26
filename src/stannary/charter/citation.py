"""Article: citations. Where a rule's words and numbers come from.

Every number in a charter has a date, a unit, and either a `source` that this article lists or the word
`assumed` with a reason. `derivation` shows how a figure was worked out.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from stannary.dated import FIRST_DAY, Dated, succession

__all__ = [
    "LAW",
    "Amount",
    "Citation",
    "Citations",
    "Count",
    "DatedNumber",
    "Day",
    "Economy",
    "Name",
    "Number",
    "Sourced",
    "Text",
    "history",
    "number_on",
]

LAW = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True, str_strip_whitespace=True)
"""How every article reads its fields: unknown fields refused, `from` and `to` for dates."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.\-]*$", max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1)]
Economy = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

DIGITS = 30
"""Digits a number may have on either side of the point: beyond any quantity of this world, and well inside
what exact arithmetic holds."""

LATEST = date(2999, 12, 31)


def _plain_number(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    if value.adjusted() >= DIGITS or not isinstance(exponent, int) or exponent < -DIGITS:
        raise PydanticCustomError("amount_range", "a number of more than 30 digits before or after the point")
    return value


def _plain_digits(value: Any) -> Any:
    # Left alone, "1_000" would be a thousand, and digits of other scripts numbers too.
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", value.strip()):
        raise PydanticCustomError("number_form", "not a number in digits")
    return value


def _whole_digits(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,9}", value.strip()):
        raise PydanticCustomError("whole_form", "not a whole number in digits")
    return value


def _iso_day(value: Any) -> Any:
    # Left alone, pydantic would read "2026" as seconds since 1970.
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        raise PydanticCustomError("day_form", "not a day written YYYY-MM-DD")
    return value


def _day_in_range(value: date) -> date:
    if not FIRST_DAY <= value <= LATEST:
        raise PydanticCustomError("day_range", "a day outside 1900-01-01 to 2999-12-31")
    return value


Amount = Annotated[
    Decimal, BeforeValidator(_plain_digits), Field(allow_inf_nan=False), AfterValidator(_plain_number)
]
"""An exact decimal, written in digits and a point, at most 30 digits on either side of it."""

Count = Annotated[int, BeforeValidator(_whole_digits)]
"""A whole number, written in digits."""

Day = Annotated[date, BeforeValidator(_iso_day), AfterValidator(_day_in_range)]
"""A day, written YYYY-MM-DD."""


@dataclass(frozen=True, kw_only=True, config=LAW)
class Citation:
    """One text the charter rests on."""

    id: Name
    title: Text
    publisher: Text
    published_on: Day | None = None
    url: str | None = None
    licence: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Citations:
    """The texts the charter rests on, and its own name."""

    charter: Name
    title: Text
    version: Text
    in_force_from: Day
    in_force_to: Day | None = None
    note: str | None = None
    sources: tuple[Citation, ...] = ()


@dataclass(frozen=True, kw_only=True, config=LAW)
class Sourced:
    """Something with a source, or assumed for a stated reason."""

    source: str | None = None
    assumed: str | None = None
    locator: str | None = None
    derivation: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _must_say_where_from(self) -> Sourced:
        if not (self.source or self.assumed):
            raise PydanticCustomError("source_missing", "needs a source, or the word assumed and a reason")
        return self


@dataclass(frozen=True, kw_only=True, config=LAW)
class Number(Sourced):
    """One number with its unit and where it comes from."""

    value: Amount
    unit: Text


@dataclass(frozen=True, kw_only=True, config=LAW)
class DatedNumber(Number):
    """A number in force from a day to a day, both inclusive; without an end, until the next one."""

    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")


def history(numbers: tuple[DatedNumber, ...]) -> Dated[DatedNumber]:
    """Give dated numbers as a history: each, unless it names its end, ends the day before the next."""
    return succession((number.start, number.end, number) for number in numbers)


def number_on(numbers: tuple[DatedNumber, ...], on: date) -> Decimal | None:
    """Give the value in force on a day, or `None`."""
    number = history(numbers).in_force(on)
    return None if number is None else number.value
