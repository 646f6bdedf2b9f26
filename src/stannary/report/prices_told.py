"""What was published, as data and rows: prices in force, the history of one, the log of inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from stannary.pricing.price_log import PriceLog, Record
from stannary.pricing.prices_in_force import StandingPrice, prices_in_force
from stannary.pricing.publication import FLAGS, REASONS, RUNGS, Input, PublishedPrice

__all__ = ["history_rows", "input_rows", "publication_data", "record_rows", "standing_rows"]


def publication_data(record: Record) -> dict[str, Any]:
    """Give one record as nested data, without its reports: those are counted by what became of them."""
    publication = record.publication
    return {
        "outcome": publication.outcome,
        **_record_row(record),
        "prices": [_price_row(record, price) for price in publication.prices],
        "unpriced": [{"product": each.product, "reason": each.reason} for each in publication.unpriced],
        "reports_by_reason": [
            {"reason": reason, "words": REASONS[reason], "reports": number}
            for reason, number in Counter(each.reason for each in publication.log).most_common()
        ],
        "differences": [asdict(each) for each in publication.differences],
        "lineage": asdict(publication.lineage) | {"run": publication.id},
    }


def standing_rows(log: PriceLog, on: date) -> list[dict[str, Any]]:
    """Give what stands on a day of every product ever named: its price, or why there is none."""
    rows = []
    for product, spells in sorted(prices_in_force(log.records).items()):
        held = next((spell for spell in spells if spell.holds(on)), None)
        rows.append({"as_of": on, "product": product, **_standing(held, spells, on)})
    return rows


def history_rows(log: PriceLog, product: str) -> list[dict[str, Any]]:
    """Give everything ever published of a product, record by record, and what became of it."""
    rows = []
    for record in log.records:
        price = record.publication.price(product)
        why = next((each.reason for each in record.publication.unpriced if each.product == product), None)
        if price is None and why is None:
            continue
        later = log.of(record.publication)
        corrected_by = next((each.number for each in log.records if each.corrects == record.number), None)
        rows.append(
            {
                "kind": record.kind,
                **_priced(record, price, why),
                "correction_reason": record.reason,
                "corrects": record.corrects,
                "corrected_by": corrected_by,
                "is_last_word": later is record,
            }
        )
    return rows


def record_rows(log: PriceLog) -> list[dict[str, Any]]:
    """Give the records of a log, one row each."""
    return [_record_row(record) for record in log.records]


def input_rows(records: Iterable[Record], product: str | None = None) -> list[dict[str, Any]]:
    """Give every report behind some records, used or not, and why; of one product, or of all."""
    return [
        _input_row(record, each)
        for record in records
        for each in record.publication.log
        if product in (None, each.product)
    ]


def _record_row(record: Record) -> dict[str, Any]:
    publication = record.publication
    return {
        "record": record.number,
        "kind": record.kind,
        "corrects": record.corrects,
        "reason": record.reason,
        "period_start": publication.start,
        "period_end": publication.end,
        "inputs_closed_on": publication.as_of,
        "takes_effect_on": publication.takes_effect_on,
        "method": publication.method_version,
        "priced": len(publication.prices),
        "left_unpriced": len(publication.unpriced),
        "reports": len(publication.log),
        "reports_used": sum(each.is_used for each in publication.log),
        "digest": record.digest,
    }


def _price_row(record: Record, price: PublishedPrice) -> dict[str, Any]:
    return {"product": price.product, **_priced(record, price, None)}


def _priced(record: Record, price: PublishedPrice | None, why: str | None) -> dict[str, Any]:
    publication = record.publication
    return {
        "record": record.number,
        "period_start": publication.start,
        "period_end": publication.end,
        "takes_effect_on": publication.takes_effect_on if price is None else price.takes_effect_on,
        "usd_per_t": price and price.usd_per_t,
        "unpriced": why,
        "rung": price and RUNGS[price.rung],
        "reports": price and price.reports,
        "reporters": price and price.reporters,
        "volume_t": price and price.volume_t,
        "uncertainty": price and price.uncertainty,
        "flags": [FLAGS[flag] for flag in price.flags] if price else [],
        "note": price.note if price else "",
    }


def _standing(held: StandingPrice | None, spells: tuple[StandingPrice, ...], on: date) -> dict[str, Any]:
    """Give the price that stands, with its days; else the days are missing and the reason is said."""
    if held is not None:
        return {"since": held.start, "until": held.end, **_priced(held.record, held.price, held.unpriced)}
    ended = [spell for spell in spells if spell.end < on]
    nearest = ended[-1] if ended else spells[0]
    why = f"the last price ended on {nearest.end}" if ended else f"the first takes effect on {nearest.start}"
    blank = dict.fromkeys(_priced(nearest.record, None, why))
    return {"since": None, "until": None, **blank, "unpriced": why, "flags": [], "note": ""}


def _input_row(record: Record, each: Input) -> dict[str, Any]:
    return {
        "record": record.number,
        "report": each.report_id,
        "product": each.product,
        "reporter": each.reporter,
        "kind": each.kind,
        "dated_on": each.dated_on,
        "is_used": each.is_used,
        "reason": each.reason,
        "words": each.words,
        "usd_per_t": each.usd_per_t,
        "tonnes": each.tonnes,
        "weight": each.weight,
        "flags": [FLAGS[flag] for flag in each.flags],
    }
