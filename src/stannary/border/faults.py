"""Step 0: what is wrong with the line itself, before any law is asked.

A value that is given and cannot be read, or that no line could bear, is a fault; the line is referred
with the first of its faults, whatever the goods.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from stannary.border.codes import reason_code
from stannary.border.law_tables import LawTables

__all__ = ["blank", "find_faults"]

AMOUNTS = ("freight", "insurance", "duties_included", "content_value")


def find_faults(lines: Any, law: LawTables, using: Any) -> Any:
    """Find each line's `fault`: the code of the first reason it cannot be read, 0 where it can."""
    branches = [
        (blank(lines.in_entry_number), "entry_number_missing"),
        (blank(lines.in_line_number), "line_number_missing"),
        (blank(lines.in_tariff_code), "tariff_code_missing"),
        (lines.entered_on_bad, "entered_on_unreadable"),
        (lines.in_entered_on.isnull(), "entered_on_missing"),
        (lines.quantity_bad, "quantity_unreadable"),
        (lines.value_bad, "value_unreadable"),
        (lines.assay_bad, "assay_unreadable"),
        (_any(lines[f"{name}_bad"] for name in (*AMOUNTS, "covered_content_share")), "amount_unreadable"),
        (lines.exported_on_bad, "exported_on_unreadable"),
        (lines.related_party_bad, "related_party_unreadable"),
        (lines.in_quantity <= 0, "quantity_not_positive"),
        (lines.in_value < 0, "value_negative"),
        (_any(lines[f"in_{name}"] < 0 for name in AMOUNTS), "amount_negative"),
        (lines.in_duties_included > lines.in_value, "amount_negative"),
        ((lines.in_assay <= 0) | (lines.in_assay > 1), "assay_out_of_range"),
    ]
    codes = [(condition, using.literal(reason_code(name), "int16")) for condition, name in branches]
    lines = using.extend(lines, fault=using.cases(*codes, otherwise=using.literal(0, "int16")))
    return using.drop(lines, *[f"{name}_bad" for name in MARKED])


MARKED = (
    "quantity", "value", "entered_on", "assay", "freight", "insurance", "duties_included", "content_value",
    "covered_content_share", "exported_on", "related_party",
)  # fmt: skip


def blank(cell: Any) -> Any:
    """Say whether a text is missing or empty."""
    return cell.isnull() | (cell == "").fill_null(False)


def _any(conditions: Any) -> Any:
    return reduce(lambda a, b: a | b, conditions)
