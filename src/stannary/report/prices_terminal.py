"""Published prices on a terminal: what stands, what was said of one product, who reported what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.text import Text

from stannary.pricing.publication import FLAGS
from stannary.report.tables import QUIET, listing
from stannary.report.words import count, exact, per_tonne, percent, sentence

__all__ = ["told_history", "told_inputs", "told_publication", "told_records", "told_standing"]

MOST = 40
USUAL = FLAGS["reporter_is_party"]
"""What is true of most reports, and left to the data."""
NUMBERS = ("USD/t", "Reports", "Tonnes", "±", "Weight", "Priced", "Unpriced", "Used", "Record")
INPUTS = ("Report", "Reporter", "What", "USD/t", "Tonnes", "Weight", "What became of it")
Row = Mapping[str, Any]


def told_publication(found: Row) -> RenderableType:
    """Draw what was just published: the sentence, the prices, what has none, what became of the reports."""
    parts: list[RenderableType] = [Text(found["outcome"], style="bold")]
    effect = f"Record {found['record']} of the log, in force from {found['takes_effect_on']}."
    parts += [Text(effect, style=QUIET), Text(f"Digest {found['digest']}", style=QUIET), ""]
    parts.append(_prices(found["prices"]))
    if found["differences"]:
        rows = ((d["product"], _amount(d["before"]), _amount(d["after"])) for d in found["differences"])
        table = listing(
            "What the correction changed", ("Product", "Before", "After"), rows, right=("Before", "After")
        )
        parts += ["", table]
    parts += _unpriced(found["unpriced"], "reason")
    counted = ((sentence(each["words"]), f"{each['reports']:,}") for each in found["reports_by_reason"])
    return Stack(*parts, "", listing("", ("What became of the reports", "Reports"), counted, right=NUMBERS))


def told_standing(rows: Sequence[Row], on: date) -> RenderableType:
    """Draw the prices that stand on a day, and the products that have none."""
    priced = [row for row in rows if row["usd_per_t"] is not None]
    parts: list[RenderableType] = [
        Text(f"{count(len(priced), 'published price')} in force on {on}.", style="bold"),
        Text("USD per tonne of what the product contains, before VAT and duty.", style=QUIET),
        "",
    ]
    if priced:
        parts.append(_prices(priced))
    return Stack(*parts, *_unpriced([row for row in rows if row["usd_per_t"] is None], "unpriced"))


def told_history(rows: Sequence[Row], product: str, standing: Row | None = None) -> RenderableType:
    """Draw everything published of a product, the first record first; and what stands on a day asked for."""
    told = (
        (
            str(row["record"]),
            f"{row['period_start']} to {row['period_end']}",
            f"{row['takes_effect_on']}",
            _amount(row["usd_per_t"]),
            percent(row["uncertainty"]),
            _became(row),
        )
        for row in rows
    )
    columns = ("Record", "Period", "In force from", "USD/t", "±", "What it rests on")
    heading = f"{product}: {count(len(rows), 'record')}."
    if standing is not None and standing["usd_per_t"] is not None:
        price = f"{exact(standing['usd_per_t'])} USD/t, by record {standing['record']}"
        heading += (
            f" In force on {standing['as_of']}: {price}, from {standing['since']} to {standing['until']}."
        )
    elif standing is not None:
        heading += f" None is in force on {standing['as_of']}: {standing['unpriced']}."
    return Stack(Text(heading, style="bold"), "", listing("", columns, told, right=NUMBERS))


def told_records(rows: Sequence[Row]) -> RenderableType:
    """Draw the records of a log; the last digest stands for all of it."""
    told = (
        (
            str(row["record"]),
            row["kind"] if row["corrects"] is None else f"corrects {row['corrects']}: {row['reason']}",
            f"{row['period_start']} to {row['period_end']}",
            f"{row['takes_effect_on']}",
            f"{row['priced']:,}",
            f"{row['left_unpriced']:,}",
            f"{row['reports_used']:,} of {row['reports']:,}",
        )
        for row in rows
    )
    columns = ("Record", "Kind", "Period", "In force from", "Priced", "Unpriced", "Used")
    parts: list[RenderableType] = [listing(count(len(rows), "record"), columns, told, right=NUMBERS)]
    if rows:
        parts += ["", Text(f"Digest of the whole log: {rows[-1]['digest']}", style=QUIET)]
    return Stack(*parts)


def told_inputs(rows: Sequence[Row]) -> RenderableType:
    """Draw the reports behind prices: who reported what, its weight, and why it was used or not."""
    used = sum(row["is_used"] for row in rows)
    # What all rows have alike is said once, in the heading.
    several = [name for name in ("record", "product") if len({row[name] for row in rows}) > 1]
    told = (
        (
            *(str(row[name]) for name in several),
            row["report"],
            row["reporter"],
            f"{row['kind']} {row['dated_on']}",
            per_tonne(row["usd_per_t"]).removesuffix(" USD/t"),
            exact(row["tonnes"]),
            percent(row["weight"]) if row["is_used"] else "–",
            "; ".join((sentence(row["words"]), *(flag for flag in row["flags"] if flag != USUAL))),
        )
        for row in rows[:MOST]
    )
    columns = (*(name.capitalize() for name in several), *INPUTS)
    more = len(rows) - MOST
    rest = f"and {count(more, 'more report')}; --format csv has them all" if more > 0 else ""
    alike = ", ".join(str(rows[0][name]) for name in ("product",) if rows and name not in several)
    heading = f"{alike}: {used:,}" if alike else f"{used:,}"
    table = listing("", columns, told, right=NUMBERS, whole=("Report", "Product"), note=rest)
    return Stack(Text(f"{heading} of {count(len(rows), 'report')} used.", style="bold"), "", table)


def _prices(rows: Sequence[Row]) -> RenderableType:
    told = (
        (
            row["product"],
            _amount(row["usd_per_t"]),
            percent(row["uncertainty"]),
            f"{row['reports']:,} by {row['reporters']:,}",
            exact(row["volume_t"]),
            f"{row['record']}",
            sentence("; ".join((row["rung"], *row["flags"]))),
        )
        for row in rows
    )
    columns = ("Product", "USD/t", "±", "Reports", "Tonnes", "Record", "Rests on")
    note = "Reports: how many, by how many reporters." if rows else ""
    return listing("", columns, told, right=NUMBERS, whole=("Product",), note=note)


def _unpriced(rows: Sequence[Row], why: str) -> list[RenderableType]:
    if not rows:
        return []
    alike: dict[str, list[str]] = {}
    for row in rows:
        alike.setdefault(sentence(str(row[why])), []).append(row["product"])
    told = ((", ".join(products), reason) for reason, products in alike.items())
    return ["", listing("Without a published price", ("Product", "Why"), told)]


def _became(row: Row) -> str:
    words = [row["rung"] or f"no price: {row['unpriced']}"]
    if row["usd_per_t"] is not None:
        words.append(f"{count(row['reports'], 'report')} by {count(row['reporters'], 'reporter')}")
        words.append(f"{exact(row['volume_t'])} t")
    if row["corrects"] is not None:
        words.append(f"corrects record {row['corrects']}: {row['correction_reason']}")
    if row["corrected_by"] is not None:
        words.append(f"corrected by record {row['corrected_by']}")
    return sentence("; ".join((*words, *row["flags"])))


def _amount(amount: Any) -> str:
    return "none" if amount is None else exact(amount)
