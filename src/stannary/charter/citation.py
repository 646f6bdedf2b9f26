"""Article: citations. Where a rule's words and numbers come from.

Every number in a charter has a date, a unit, and either a `source` that this article lists or the word
`assumed` with a reason. `derivation` shows how a figure was worked out.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.dataclasses import dataclass

from stannary.dated import Dated, succession

__all__ = ["LAW", "Citation", "Citations", "DatedNumber", "Name", "Number", "Sourced", "history", "number_on"]

LAW = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True, str_strip_whitespace=True)
"""How every article reads its fields: unknown fields refused, `from` and `to` for dates."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.\-]*$", max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1)]
Economy = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


@dataclass(frozen=True, kw_only=True, config=LAW)
class Citation:
    """One text the charter rests on."""

    id: Name
    title: Text
    publisher: Text
    published_on: date | None = None
    url: str | None = None
    licence: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Citations:
    """The texts the charter rests on, and its own name."""

    charter: Name
    title: Text
    version: Text
    in_force_from: date
    in_force_to: date | None = None
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
            raise ValueError("needs a source, or the word assumed and a reason")
        return self


@dataclass(frozen=True, kw_only=True, config=LAW)
class Number(Sourced):
    """One number with its unit and where it comes from."""

    value: Decimal = Field(allow_inf_nan=False)
    unit: Text


@dataclass(frozen=True, kw_only=True, config=LAW)
class DatedNumber(Number):
    """A number in force from a day to a day, both inclusive; without an end, until the next one."""

    start: date = Field(alias="from")
    end: date | None = Field(default=None, alias="to")


def history(numbers: tuple[DatedNumber, ...]) -> Dated[DatedNumber]:
    """Give dated numbers as a history: each, unless it names its end, ends the day before the next."""
    return succession((number.start, number.end, number) for number in numbers)


def number_on(numbers: tuple[DatedNumber, ...], on: date) -> Decimal | None:
    """Give the value in force on a day, or `None`."""
    number = history(numbers).in_force(on)
    return None if number is None else number.value
