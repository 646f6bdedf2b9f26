"""Tariff quotas kept by the charter: first come, first served, line by line.

Where a quota rule names its tonnes, the lines that claim it are taken in order of day, entry and line;
a line that no longer fits whole is out of quota, and smaller ones after it may still fit. Where the rule
names no tonnes, balances are kept by the quota's manager and a claim is taken at its word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from stannary.border.bulk import Bulk
from stannary.border.classification import classify, find_law
from stannary.border.law_tables import LawTables
from stannary.border.valuation import value
from stannary.charter.border_adjustment import QuotaThenGap

__all__ = ["QuotaClaim", "find_spent_quotas", "kept_quotas", "spent"]


@dataclass(frozen=True, slots=True)
class QuotaClaim:
    """A line's claim on a quota: what orders it, what it claims, and how much."""

    day: date
    entry_number: str
    line_number: str
    key: Any
    product: int
    rule: int
    tonnes: Decimal


def kept_quotas(law: LawTables) -> dict[int, QuotaThenGap]:
    """Give the quota rules whose tonnes the charter names, by index."""
    return {
        index: item.rule
        for index, item in enumerate(law.rules)
        if isinstance(item.rule, QuotaThenGap) and item.rule.quota_tonnes is not None
    }


def spent(claims: Iterable[QuotaClaim], law: LawTables) -> set[Any]:
    """Give the keys of the claims that no longer fit into their quota."""
    quotas = kept_quotas(law)
    drawn: dict[tuple[int, int, int, int], Decimal] = {}
    refused = set()
    for claim in sorted(claims, key=lambda c: (c.day, c.entry_number, _number(c.line_number), c.line_number)):
        rule = quotas[claim.rule]
        part = (claim.day.month - 1) // 3 if rule.period == "quarter" else 0
        account = (claim.rule, claim.product, claim.day.year, part)
        total = drawn.get(account, Decimal(0)) + claim.tonnes
        if rule.quota_tonnes is not None and total > rule.quota_tonnes:
            refused.add(claim.key)
        else:
            drawn[account] = total
    return refused


def _number(line_number: str) -> int:
    """Put line 2 before line 10."""
    return int(line_number) if line_number.isdecimal() else 0


def find_spent_quotas(lines: ir.Table, law: LawTables, bulk: Bulk, backend: Any) -> pa.Table | None:
    """Give the rows of the lines that claim a quota already spent, or `None` where the charter keeps none."""
    quotas = kept_quotas(law)
    if not quotas:
        return None
    claiming = lines.filter(lines.in_quota_order.notnull() & (lines.in_quota_order != ""))
    claiming = find_law(value(classify(claiming, law, bulk), law, bulk), law, bulk)
    claiming = claiming.filter(claiming.rule_index.isin(list(quotas)), claiming.share.notnull())
    rows = backend.to_pyarrow(
        claiming.select(
            "row", "in_entered_on", "in_entry_number", "in_line_number", "product_index", "rule_index",
            "in_quantity", "tonnes_per_unit", "share",
        )
    ).to_pylist()  # fmt: skip
    claims = [
        QuotaClaim(
            row["in_entered_on"], row["in_entry_number"] or "", row["in_line_number"] or "", row["row"],
            row["product_index"], row["rule_index"],
            row["in_quantity"] * row["tonnes_per_unit"] * row["share"],
        )
        for row in rows
        if row["in_quantity"] is not None and row["tonnes_per_unit"] is not None
    ]  # fmt: skip
    return pa.table({"spent_row": pa.array(sorted(spent(claims, law)), pa.int64())})
