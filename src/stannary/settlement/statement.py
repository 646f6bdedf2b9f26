"""Statements of what is owed: inputs, each step with its formula and article, the amount; and its vouchers.

A settlement is a pure calculation. Its statement can be worked again by hand, and its digest stands in the
cause of every voucher that follows from it, so that book and reckoning cannot drift apart.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from stannary.ledger.accounts import Account
from stannary.ledger.commodities import EXPONENTS, exponent
from stannary.ledger.form import KEY
from stannary.ledger.vouchers import Cause, Voucher, canonical
from stannary.units import EXACT, round_minor

__all__ = ["Input", "Settlement", "Statement", "Step", "cause_of", "key_of", "money_of", "plain_number"]

MOST_OF_A_KEY = 148
"""Characters of a key before its last step, so that a step of 50 still fits."""


@dataclass(frozen=True, slots=True)
class Input:
    """One thing the reckoning starts from: a number in its unit, or words; `source` is where it stands."""

    name: str
    value: Decimal | str
    unit: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reckoning: its formula in words, what it gave, and the article that asks for it."""

    name: str
    formula: str
    value: Decimal
    unit: str
    article: str = ""


@dataclass(frozen=True)
class Statement:
    """What is owed for one cause, and how it was reckoned.

    `kind` and `reference` name the cause: one statement a reference, so that nothing is settled twice. `on`
    is the day it takes effect. `amount` is in units of `currency` (not cents), rounded once and never
    negative: `payer` owes it to `payee`; of a movement of stock it is the value moved. `charter` and
    `software` are the fingerprint and version it was reckoned under.
    """

    kind: str
    reference: str
    organisation: str
    on: date
    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    amount: Decimal
    currency: str
    article: str = ""
    charter: str = ""
    software: str = ""
    payer: str = ""
    payee: str = ""
    outcome: str = ""
    """The result in one sentence."""

    @cached_property
    def digest(self) -> str:
        """Give the SHA-256 of the statement as data, in hexadecimal."""
        return hashlib.sha256(canonical(self.as_data())).hexdigest()

    @property
    def cents(self) -> int:
        """Give the amount in minor units of its currency."""
        return round_minor(self.amount, exponent(self.currency))

    def as_data(self) -> dict[str, Any]:
        """Give the statement as plain data; numbers are texts in plain digits, so that none is cut."""
        return {
            "kind": self.kind,
            "reference": self.reference,
            "organisation": self.organisation,
            "on": self.on.isoformat(),
            "inputs": [
                {"name": one.name, "value": _written(one.value), "unit": one.unit, "source": one.source}
                for one in self.inputs
            ],
            "steps": [
                {
                    "name": one.name,
                    "formula": one.formula,
                    "value": plain_number(one.value),
                    "unit": one.unit,
                    "article": one.article,
                }
                for one in self.steps
            ],
            "amount": plain_number(self.amount),
            "currency": self.currency,
            "article": self.article,
            "charter": self.charter,
            "software": self.software,
            "payer": self.payer,
            "payee": self.payee,
            "outcome": self.outcome,
        }

    def in_words(self) -> str:
        """Tell the statement on lines of plain text: inputs, steps, and what is owed."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.kind} {self.reference}, in effect on {self.on}"
        if self.article:
            yield f"Under {self.article}"
        yield ""
        if self.inputs:
            yield "From:"
        for given in self.inputs:
            source = f"  [{given.source}]" if given.source else ""
            yield f"  {given.name}: {_grouped(given.value)} {given.unit}".rstrip() + source
        if self.inputs:
            yield ""
        if self.steps:
            yield "Step by step:"
        for number, step in enumerate(self.steps, 1):
            article = f"  [{step.article}]" if step.article not in ("", self.article) else ""
            yield f"  {number}. {step.name}: {step.formula}{article}"
            yield f"     = {_with_unit(step.value, step.unit)}".rstrip()
        yield ""
        yield self.outcome or self.owed

    @property
    def owed(self) -> str:
        """Say who owes how much to whom."""
        who = f"{self.payer} owes {self.payee} " if self.payer and self.payee else ""
        return f"{who}{money_of(self.amount, self.currency)}."


@dataclass(frozen=True)
class Settlement:
    """A statement, the vouchers that follow from it, and the accounts they move, for opening."""

    statement: Statement
    vouchers: tuple[Voucher, ...]
    accounts: tuple[Account, ...] = ()


def cause_of(statement: Statement) -> Cause:
    """Give the cause that every voucher of a statement names."""
    return Cause(
        statement.kind,
        statement.reference,
        statement.digest,
        statement.charter,
        statement.article,
        statement.software,
    )


def key_of(kind: str, reference: str, step: str) -> str:
    """Give the key of a voucher: ``kind/reference/step``, the same for the same cause on any machine.

    A reference that cannot stand in a key, or is too long, is written with the first digits of its SHA-256.
    """
    stem = f"{kind}/{reference}"
    if KEY.fullmatch(stem) is None or len(stem) > MOST_OF_A_KEY or re.search(r"\.[0-9a-f]{16}$", stem):
        digest = hashlib.sha256(stem.encode()).hexdigest()[:16]
        stem = re.sub(r"[^A-Za-z0-9._:/@+-]+", "-", stem)[: MOST_OF_A_KEY - 17].lstrip("-./:@+_")
        stem = f"{stem or 'voucher'}.{digest}"
    return f"{stem}/{step}"


def money_of(amount: Decimal, currency: str) -> str:
    """Write an amount with thousands separated and the decimals of its currency: ``1,234.50 USD``."""
    if currency in EXPONENTS:
        places = Decimal(1).scaleb(-EXPONENTS[currency])
        return f"{amount.quantize(places, context=EXACT):,f} {currency}"
    return f"{_grouped(amount)} {currency}"


def plain_number(value: Decimal) -> str:
    """Write a number in plain digits without trailing zeros, every digit of it kept."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _written(value: Decimal | str) -> str:
    return plain_number(value) if isinstance(value, Decimal) else value


def _with_unit(value: Decimal, unit: str) -> str:
    """Write a value with its unit, money of whole minor units with all its decimals."""
    if unit in EXPONENTS and value == round(value, EXPONENTS[unit]):
        return money_of(value, unit)
    return f"{_grouped(value)} {unit}"


def _grouped(value: Decimal | str) -> str:
    if not isinstance(value, Decimal):
        return value
    whole, point, rest = plain_number(value).partition(".")
    return f"{int(whole):,}{point}{rest}" if whole not in ("-0",) else f"-0{point}{rest}"
