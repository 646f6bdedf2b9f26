"""Article: anti-circumvention. What is watched, what it costs to be caught, and how far back it reaches.

Precedents: the EU extended its duties on solar modules in 2016 to Malaysia and Taiwan, back to May 2015,
with genuine producers exempted; other ways round were side compensation, false invoices and shell producers.
Members cheat where it pays: discipline on purchases binds member states and firms alike.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from stannary.charter.citation import (
    LAW,
    Amount,
    Count,
    DatedNumber,
    Day,
    Economy,
    Name,
    Number,
    Sourced,
    Text,
)

__all__ = [
    "AntiCircumvention",
    "AuditProgramme",
    "DetectionThreshold",
    "Extension",
    "PenalRate",
    "Penalty",
    "PurchaseDiscipline",
]


@dataclass(frozen=True, kw_only=True, config=LAW)
class DetectionThreshold(Sourced):
    """A measure which, beyond a threshold, opens an inquiry."""

    id: Name
    measure: Literal[
        "import_growth", "share_shift", "price_below_floor", "price_above_peers", "volume_over_capacity",
        "new_producer", "content_share", "split_consignments",
    ]  # fmt: skip
    threshold: Number
    over_months: Count = Field(default=12, ge=1, le=120)
    products: tuple[Name, ...] = ()


@dataclass(frozen=True, kw_only=True, config=LAW)
class Extension(Sourced):
    """A rule that lets an adjustment be extended to goods routed round it, back to a day."""

    id: Name
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    reaches_back_months: Count = Field(ge=0, le=120)
    """How far before the decision the extension may reach (EU solar 2016: nine months)."""
    products: tuple[Name, ...] = ()
    economies: tuple[Economy, ...] = ()
    exempts_genuine_producers: bool = True


@dataclass(frozen=True, kw_only=True, config=LAW)
class Penalty(Sourced):
    """What a breach costs: a multiple of the adjustment evaded, a share of the value, or an amount."""

    id: Name
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    conduct: Literal[
        "false_origin", "false_value", "false_product", "side_payment", "splitting", "no_records",
        "purchase_below_floor", "late_evidence",
    ]  # fmt: skip
    measured_on: Literal["adjustment_evaded", "goods_value", "amount"]
    size: Number
    repeat_factor: Amount = Field(default=Decimal(1), ge=1)
    barred_months: Count | None = Field(default=None, ge=1)


@dataclass(frozen=True, kw_only=True, config=LAW)
class AuditProgramme(Sourced):
    """How many audits are made, of whom, and how long records are kept."""

    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    each_quarter_most: Count | None = Field(default=None, ge=0)
    each_quarter_least: Count | None = Field(default=None, ge=0)
    records_kept_years: Count | None = Field(default=None, ge=0)
    drawn: Literal["by_risk", "at_random", "both"] = "both"


@dataclass(frozen=True, kw_only=True, config=LAW)
class PurchaseDiscipline(Sourced):
    """A rule on what members or firms may buy, at which price, from whom."""

    id: Name
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    binds: Literal["member_states", "firms", "public_buyers", "all"]
    words: Text
    products: tuple[Name, ...] = ()
    share_from_zone: Number | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class PenalRate(Sourced):
    """A rate that replaces the ordinary one for goods or firms found to circumvent."""

    id: Name
    products: tuple[Name, ...] = ()
    economies: tuple[Economy, ...] = ()
    importers: tuple[Text, ...] = ()
    rates: tuple[DatedNumber, ...] = Field(min_length=1)
    """Multiples of the ordinary adjustment."""


@dataclass(frozen=True, kw_only=True, config=LAW)
class AntiCircumvention:
    """The anti-circumvention article."""

    thresholds: tuple[DetectionThreshold, ...] = ()
    extensions: tuple[Extension, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    audits: tuple[AuditProgramme, ...] = ()
    discipline: tuple[PurchaseDiscipline, ...] = ()
    penal_rates: tuple[PenalRate, ...] = ()
