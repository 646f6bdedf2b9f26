"""The notice of floors as data and as rows: the same figures as on terminal and page, exact."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from stannary.pricing.floor_notice import FloorLine, FloorNotice

__all__ = ["STATE_WORDS", "as_data", "as_rows"]

STATE_WORDS = {
    "in_force": "In force",
    "by_content": "Held to its content",
    "missing": "Missing: cannot be worked out",
    "not_yet": "Begins later",
    "ended": "Ended",
    "unfloored": "No floor",
}
"""The states of a floor in words."""


def as_data(notice: FloorNotice) -> dict[str, Any]:
    """Give a notice as nested data; amounts are USD per contained tonne, exact, and `None` where missing."""
    return {
        "outcome": notice.outcome,
        "as_of": notice.on,
        "charter": {
            "name": notice.charter,
            "title": notice.title,
            "version": notice.version,
            "fingerprint": notice.fingerprint,
            "is_in_force": notice.is_in_force,
        },
        "price_log": {"records": notice.records, "head": notice.head},
        "floors": [asdict(line) for line in notice.lines],
        "sources": [
            {"id": each.id, "title": each.title, "publisher": each.publisher, "licence": each.licence}
            for each in notice.cited
        ],
    }


def as_rows(notice: FloorNotice) -> list[dict[str, Any]]:
    """Give a notice as flat rows, one a product; what is missing is `None`."""
    return [_row(notice, line) for line in notice.lines]


def _row(notice: FloorNotice, line: FloorLine) -> dict[str, Any]:
    reference, change = line.reference, line.next_change
    return {
        "as_of": notice.on,
        "product": line.product,
        "title": line.title,
        "mineral": line.mineral,
        "stage": line.stage,
        "unit": line.unit,
        "state": line.state,
        "floor_of": line.floor_of,
        "floor_usd_per_t": line.floor_usd_per_t,
        "kind": line.kind,
        "how": line.how,
        "since": line.since,
        "until": line.until,
        "article": line.article,
        "source": line.source,
        "locator": line.locator,
        "assumed": line.assumed,
        "reference_usd_per_t": reference and reference.usd_per_t,
        "reference_since": reference and reference.since,
        "reference_until": reference and reference.until,
        "reference_where_from": reference.where_from if reference else line.no_reference,
        "reference_record": reference and reference.record,
        "reference_period_start": reference and reference.period_start,
        "reference_period_end": reference and reference.period_end,
        "reference_reports": reference and reference.reports,
        "reference_reporters": reference and reference.reporters,
        "reference_volume_t": reference and reference.volume_t,
        "reference_uncertainty": reference and reference.uncertainty,
        "next_change_on": change and change.on,
        "next_change": change and change.words,
        "next_floor_usd_per_t": change and change.floor_usd_per_t,
        "next_review": line.next_review,
        "last_day": line.last_day,
        "charter": notice.charter,
        "charter_version": notice.version,
        "charter_fingerprint": notice.fingerprint,
        "price_log_records": notice.records,
        "price_log_head": notice.head,
    }
