"""Duties: a line that the border adjusted becomes a voucher, of one key, caused by the determination.

The member that collects debits what the importer owes and credits its duty income with the amount determined,
to the cent. The same determination gives the same voucher, whether it comes as one line or out of a file of
millions; sent again it adds nothing. What comes after (payment, correction, protest, guarantee) has modules
of its own, and each of their vouchers names the first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from stannary.border.determinations import Determination, Determinations
from stannary.border.entries import BLANKS
from stannary.errors import SettlementError
from stannary.ledger.commodities import amount_of, minor_units
from stannary.ledger.vouchers import Transfer, Voucher
from stannary.lineage import fingerprint_text
from stannary.settlement.chart import Chart
from stannary.settlement.reckoning import Books, Tags, problem
from stannary.settlement.statement import Input, Settlement, Statement, Step, cause_of, key_of

__all__ = [
    "CURRENCY",
    "NOT_STATED",
    "PROGRAMME",
    "Collection",
    "Duty",
    "assessment",
    "cents_of",
    "day_of",
    "duty_key",
    "duty_of",
    "reference_of",
    "settle_duty",
    "statement_of",
]

CURRENCY = "USD"
"""The currency the border determines duties in."""

PROGRAMME = "border adjustment"
NOT_STATED = "not stated"


@dataclass(frozen=True)
class Collection:
    """Who collects, and from which run of the border: the fingerprints stand in every voucher's cause.

    `member` is the organisation in whose books the duties stand; importers named in `members` are those of
    another.
    """

    member: str
    charter: str = ""
    software: str = ""
    run: str = ""
    members: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def of(
        cls, determinations: Determinations, member: str, members: Mapping[str, str] | None = None
    ) -> Collection:
        """Take the fingerprints of a file of determinations."""
        lineage = determinations.lineage
        return cls(member, lineage.charter, lineage.software, lineage.run, members or {})

    def member_of(self, importer: str) -> str:
        """Give the member that collects from an importer."""
        return self.members.get(importer, self.member)

    def books_of(self, importer: str) -> Books:
        """Give the books in which an importer's duties stand."""
        return Books(self.member_of(importer), self.charter, self.software)

    def chart_of(self, importer: str) -> Chart:
        """Give the chart of accounts of the member that collects from an importer."""
        return Chart(self.member_of(importer), CURRENCY)

    def tags_of(self, duty: Duty) -> Tags:
        """Give the tags of everything that is settled about a line."""
        return Tags(self.member_of(duty.importer), PROGRAMME, duty.mineral)


@dataclass(frozen=True, slots=True)
class Duty:
    """What the border determined of one line, as far as the books need it; amounts in cents.

    `reference` names the line (``E-100/1``) and no other. `cents` is what is owed: 0 unless adjusted.
    """

    reference: str
    importer: str
    entered_on: date
    outcome: str
    reason: str
    product: str
    mineral: str
    origin: str
    rule: str
    customs_value: int | None
    cents: int


def settle_duty(determination: Determination | Duty, collection: Collection) -> Settlement:
    """Give the statement and the voucher of an adjusted line.

    A line of any other outcome owes nothing and has no voucher; a referred one may need a guarantee.
    """
    duty = determination if isinstance(determination, Duty) else duty_of(determination)
    statement = statement_of(duty, collection)
    chart = collection.chart_of(duty.importer)
    receivable, income = chart.duties_receivable(duty.importer), chart.duty_income()
    if duty.cents == 0:
        return Settlement(statement, ())
    voucher = assessment(duty, statement, receivable.name, income.name)
    return Settlement(statement, (voucher,), (receivable, income))


def assessment(duty: Duty, statement: Statement, receivable: str, income: str) -> Voucher:
    """Give the voucher by which a line's duty is assessed, between two accounts by name."""
    return Voucher(
        statement.organisation,
        duty_key(duty.reference),
        "post",
        duty.entered_on,
        cause_of(statement),
        (Transfer(receivable, income, duty.cents, CURRENCY),),
        narrative=f"Duty on {duty.product}, entry {duty.reference}",
        member=statement.organisation,
        programme=PROGRAMME,
        mineral=duty.mineral,
    )


def statement_of(duty: Duty, collection: Collection) -> Statement:
    """Give the statement of a line's duty: what the border found, and the amount that follows."""
    source = f"determinations of run {collection.run}" if collection.run else ""
    amount = amount_of(duty.cents, CURRENCY)
    article = f"border_adjustment.rules.{duty.rule}" if duty.rule else "border_adjustment"
    value = amount_of(duty.customs_value, CURRENCY) if duty.customs_value is not None else NOT_STATED
    formula = f"{duty.outcome} ({duty.reason}), rounded to the cent by the border"
    member = collection.member_of(duty.importer)
    return Statement(
        "determination",
        duty.reference,
        member,
        duty.entered_on,
        (
            Input("importer", duty.importer),
            Input("product", duty.product),
            Input("origin", duty.origin),
            Input("customs value", value, CURRENCY, source),
        ),
        (Step("duty", formula, amount, CURRENCY, article),),
        amount,
        CURRENCY,
        article,
        collection.charter,
        collection.software,
        duty.importer,
        member,
    )


def duty_key(reference: str) -> str:
    """Give the key of the voucher by which a line's duty was assessed."""
    return key_of("determination", reference, "assessed")


# -- reading a determination ---------------------------------------------------------------------------------


def duty_of(found: Determination | Mapping[str, Any]) -> Duty:
    """Take from a determination, or from a row of a file of determinations in words, what the books need.

    Raises `SettlementError` where the line has no number or no day of entry.
    """
    row = _cells(found) if isinstance(found, Determination) else found
    entry, line = row.get("entry_number"), row.get("line_number")
    if not _given(entry) or not _given(line):
        raise SettlementError(
            [problem("003", "The line has no entry and line number.", "Number it.", f"{entry}/{line}")]
        )
    reference = reference_of(str(entry), str(line))
    value = row.get("customs_value_usd")
    return Duty(
        reference,
        str(row["importer"]) if _given(row.get("importer")) else NOT_STATED,
        day_of(row.get("entered_on"), reference),
        row["outcome"],
        row["reason"],
        row.get("product_id") or NOT_STATED,
        row.get("mineral") or "",
        row["origin"],
        row.get("rule") or "",
        None if value is None else cents_of(value),
        cents_of(row["adjustment_usd"]),
    )


def _cells(found: Determination) -> dict[str, Any]:
    return {
        "entry_number": found.entry_number,
        "line_number": found.line_number,
        "importer": found.facts.get("in_importer"),
        "entered_on": found.facts.get("in_entered_on"),
        "outcome": found.outcome,
        "reason": found.reason,
        "product_id": found.product,
        "mineral": found.mineral,
        "origin": found.origin,
        "rule": found.rule,
        "customs_value_usd": found.customs_value_usd,
        "adjustment_usd": found.adjustment_usd,
    }


def _given(value: Any) -> bool:
    return value is not None and str(value).strip(BLANKS) != ""


PLAIN = re.compile(r"[A-Za-z0-9._@+-]{1,60}")
LONGEST = 90
"""Characters of an entry or line number in a reference; a longer one is cut and marked."""


def reference_of(entry: str, line: str) -> str:
    """Name a line by entry and line number, so that no two lines share a name: ``E-100/1``.

    A slash inside a number, and signs that cannot be shown, are written as in addresses (``%2F``); a number
    too long for a voucher ends in the first digits of its SHA-256.
    """
    return f"{_part(entry)}/{_part(line)}"


def _part(number: str) -> str:
    if PLAIN.fullmatch(number) is not None:
        return number
    shown = "".join(
        quote(sign, safe="", errors="surrogatepass")
        if sign in "/%" or unicodedata.category(sign) in ("Cc", "Cf", "Cs")
        else sign
        for sign in number
    )
    if len(shown) <= LONGEST:
        return shown
    # no other part holds "%-", for every other "%" stands before two digits
    return f"{shown[:40].rstrip('%')}%-{fingerprint_text(shown)[:16]}"


def cents_of(amount: Decimal) -> int:
    """Give an amount of the border, which has two decimals, in cents. Raises `SettlementError` for others."""
    cents = minor_units(amount, CURRENCY)
    if amount_of(cents, CURRENCY) != amount:
        message = f"{amount} USD is not a whole number of cents."
        raise SettlementError([problem("003", message, "Settle what the border determined.", "")])
    return cents


def day_of(value: Any, reference: str = "") -> date:
    """Read a day of entry as entries hold it. Raises `SettlementError` where there is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip(BLANKS)[:10])
    except ValueError:
        message = f"Line {reference} has no day of entry."
        remedy = "Assess with every column kept, so that the determinations hold it."
        raise SettlementError([problem("003", message, remedy, reference)]) from None
