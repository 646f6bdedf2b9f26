"""Split consignments, looked for before the run: small lines that together exceed the de minimis.

Only lines that can be small are looked at, so the look costs a fraction of the run.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from stannary.border.bulk import Bulk
from stannary.border.classification import classify
from stannary.border.law_tables import LawTables
from stannary.border.valuation import value

__all__ = ["find_split_consignments"]


def find_split_consignments(
    lines: ir.Table, law: LawTables, bulk: Bulk, backend: Any, duties_given: bool
) -> ir.Table | None:
    """Give importer, product and day of each split consignment, or `None` where there is none."""
    if not law.de_minimis:
        return None
    small = _those_that_can_be_small(lines, law, duties_given)
    small = value(classify(small, law, bulk), law, bulk)
    small = small.mutate(most_cents=bulk.dated(small.in_entered_on, law.de_minimis, "decimal(18, 4)") * 100)
    small = small.filter(
        small.customs_value_cents < small.most_cents,
        small.customs_value_cents >= 0,
        small.product_index.notnull(),
    )
    sums = small.group_by(
        split_importer=small.in_importer.fill_null(""),
        split_product=small.product_index,
        split_day=small.in_entered_on,
    ).aggregate(total=small.customs_value_cents.sum(), most_cents=small.most_cents.max())
    over = sums.filter(sums.total >= sums.most_cents).drop("total", "most_cents").mutate(split_mark=True)
    # made as a table of the database: fetching it would bring pandas in, a third of a second
    table = backend.create_table("split_consignments", over, temp=True)
    return table if backend.raw_sql("SELECT count(*) FROM split_consignments").fetchall()[0][0] else None


def _those_that_can_be_small(lines: ir.Table, law: LawTables, duties_given: bool) -> ir.Table:
    """Keep the lines that may lie under the de minimis, judged by the declared value alone, missing none.

    What a delivery term adds only raises the value; duties inside it may lower it, so then all are kept.
    """
    if duties_given:
        return lines
    most = max(amount for _, _, amount in law.de_minimis)
    lowest = {"USD": Decimal(1)}
    for currency, _, _, rate in law.rates:
        lowest[currency] = min(lowest.get(currency, rate), rate)
    bounds = {currency: (most / rate).quantize(Decimal(1)) + 1 for currency, rate in lowest.items()}
    # the plain comparison is one that a Parquet reader makes before it reads the other columns
    small = lines.filter(lines.in_value < max(bounds.values()))
    return small.filter(
        ibis.or_(
            *[
                (small.in_currency == currency) & (small.in_value < bound)
                for currency, bound in bounds.items()
            ]
        )
    )
