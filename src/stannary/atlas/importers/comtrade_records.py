"""Records of UN Comtrade as rows.

The terms of UN Comtrade do not allow its records to be passed on: every row is marked so, and an export of
the atlas refuses them. They are for the user's own analysis.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from stannary.atlas.importers.economy_codes import economy_of_alpha_3
from stannary.atlas.importers.facts import FactState, ImportedFact, Publication, Redistribution
from stannary.errors import Place, Problem, SourceUnavailableError

__all__ = ["COMTRADE", "read_records"]

COMTRADE = Publication(
    id="un-comtrade",
    title="UN Comtrade Database",
    publisher="United Nations Statistics Division",
    url="https://comtradeplus.un.org",
    licence="UN Comtrade terms of use: no re-dissemination",
    redistribution=Redistribution.FORBIDDEN,
    attribution="UN Comtrade Database, United Nations",
)

FLOWS = {"M": "imports", "X": "exports", "RM": "re-imports", "RX": "re-exports", "DX": "domestic exports"}
PERIOD = re.compile(r"(\d{4})(0[1-9]|1[0-2])?", re.ASCII)
TEXTS = ("reporterISO", "partnerISO", "flowCode", "cmdCode", "period")


def read_records(answer: str, place: Place) -> Iterator[ImportedFact]:
    """Turn one kept answer (a JSON list of records) into rows: value (USD), net mass (kg), other quantity.

    Raises `SourceUnavailableError` (STN-SOURCE-003), listing every fault, when a record is not in the
    documented form.
    """
    try:
        records = json.loads(answer, parse_float=Decimal)
    except (ValueError, RecursionError):
        records = None
    if not isinstance(records, list):
        raise SourceUnavailableError([fault("The answer is no list of records.", place)])
    problems: list[Problem] = []
    facts: list[ImportedFact] = []
    for number, record in enumerate(records, start=1):
        missing = missing_parts(record)
        if missing:
            problems.append(fault(f"Record {number}: {missing}", place))
        else:
            facts.extend(record_facts(record))
    if problems:
        raise SourceUnavailableError(problems[:100])
    yield from facts


def missing_parts(record: object) -> str:
    """Say what a record lacks, or nothing."""
    if not isinstance(record, Mapping):
        return "it is no record."
    for name in TEXTS:
        if not str(record.get(name) or "").strip():
            return f"{name} is missing."
    if not PERIOD.fullmatch(str(record["period"])):
        return f"the period {str(record['period'])[:20]!r} is neither a year nor a month."
    for name in ("primaryValue", "netWgt", "qty"):
        if name not in record or not (record[name] is None or is_number(record[name])):
            return f"{name} is no number."
    return ""


def is_number(value: object) -> bool:
    """Say whether a value is a plain number, not below zero."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return isfinite(value) and value >= 0


def record_facts(record: Mapping[str, Any]) -> Iterator[ImportedFact]:
    """Give the rows of one sound record."""
    yield measure(record, "value", "primaryValue", "USD", "")
    yield measure(record, "net mass", "netWgt", "kg", "isNetWgtEstimated")
    unit = str(record.get("qtyUnitAbbr") or "").strip()
    if unit not in ("", "N/A", "kg"):
        yield measure(record, "quantity", "qty", unit, "isQtyEstimated")


def measure(record: Mapping[str, Any], statistic: str, name: str, unit: str, flag: str) -> ImportedFact:
    """Build the row of one measure; a quantity of 0 is how Comtrade writes that it has none."""
    published = record[name]
    value = None if published is None else Decimal(published)
    if not value and unit != "USD":
        value = None
    match = PERIOD.fullmatch(str(record["period"]))
    period = "-".join(part for part in (match.groups() if match else ()) if part)
    flow = str(record["flowCode"])
    return ImportedFact(
        publication=COMTRADE,
        table="trade",
        commodity=str(record["cmdCode"]),
        section=str(record.get("classificationCode") or ""),
        statistic=f"{FLOWS.get(flow, flow)}: {statistic}",
        product=str(record.get("cmdDesc") or ""),
        economy=economy_of_alpha_3(str(record["reporterISO"])),
        economy_published=str(record.get("reporterDesc") or record["reporterISO"]),
        partner=economy_of_alpha_3(str(record["partnerISO"])),
        partner_published=str(record.get("partnerDesc") or record["partnerISO"]),
        period=period,
        value=value,
        unit=unit,
        basis="product weight" if unit == "kg" else "",
        state=state_of(value, bool(flag and record.get(flag))),
    )


def state_of(value: Decimal | None, estimated: bool) -> FactState:
    """Say what kind of number a measure is."""
    if value is None:
        return FactState.NOT_AVAILABLE
    if value == 0:
        return FactState.ZERO
    return FactState.ESTIMATED if estimated else FactState.REPORTED


def fault(message: str, place: Place) -> Problem:
    """Say that an answer is not in its documented form."""
    return Problem("STN-SOURCE-003", message, "Try again; if it stays so, the API has changed.", place)
