"""The column reading of a whole file: lookups as small equality joins, found once before the run.

One look at the data (its days, its codes) tells how far each table of the compiled charter must reach;
then every step adds its columns to one expression, and the database reads, joins, computes and writes in
one pass.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from stannary.border.adjustment import compares_own_price
from stannary.border.columns import (
    DECIMAL_DIGITS,
    FLOATS,
    MOST_CENTS,
    TILT,
    Columns,
    Dates,
    Decimals,
    Measure,
    cents,
    exact_cents,
    in_decimals,
    in_floats,
    small_table,
)
from stannary.border.law_tables import LawTables, decimals_of
from stannary.border.single import SINGLE, Line
from stannary.border.survey import Survey
from stannary.charter.border_adjustment import AdValorem

Amount = Callable[[Any, LawTables, Measure], Any]

__all__ = ["Bulk"]


class Bulk(Columns):
    """Read steps on a table of lines, with the lookups that this file needs."""

    def __init__(
        self, seen: Survey, law: LawTables, splits: ir.Table | None = None, spent: pa.Table | None = None
    ) -> None:
        super().__init__()
        self.seen = seen
        self.splits = splits
        self.spent = spent
        first = max(law.first_day, seen.first_day or law.first_day)
        last = max(first, min(law.settled_from, seen.last_day or first))
        self.days = Dates(first, last)

    def find_standing(self, lines: ir.Table, stage: str, law: LawTables) -> ir.Table:
        """Find how the charter looks on the economy of a stage on each line's day; NULL when not known.

        One small join a stage; a second key says in which stretch of days the line lies, where standings
        change within the book.
        """
        first, last = self.seen.first_day or date.min, self.seen.last_day or date.max
        live = [item for item in law.standings if item[0] <= last and item[1] >= first]
        rows = [(name, era, code) for era, (_, _, names) in enumerate(live) for name, code in names.items()]
        names = ("standing_economy", "standing_era", f"{stage}_standing")
        table = ibis.memtable(small_table(names, (pa.string(), pa.int16(), pa.int8()), rows))
        keys = {f"at_{stage}": "standing_economy"}
        if len(live) > 1:
            eras = [(lines.in_entered_on <= end, era) for era, (_, end, _) in enumerate(live)]
            lines = lines.mutate(key_era=ibis.cases(*eras).cast("int16"))
            keys["key_era"] = "standing_era"
        else:
            table = table.drop("standing_era")
        return self.drop(self.look_up(lines, table, keys), "key_era")

    def find_claims(self, lines: ir.Table, law: LawTables) -> ir.Table:
        """Find what the scope makes of each line's code, by a table of the codes that occur."""
        epochs = list(enumerate([self.seen.first_day, *law.code_days]))
        if law.code_days:
            epochs.append((UNDATED, None))
        rows = []
        for code, product in self.seen.claims:
            for epoch, start in epochs:
                claim = law.claim(code, product, start)
                if claim is not None:
                    rows.append(
                        (code, product or "", epoch, claim.status, claim.product, claim.contained_share)
                    )
        names = ("claim_code", "claim_product", "claim_epoch", "claim", "product_index", "usual_share")
        kinds = (pa.string(), pa.string(), pa.int16(), pa.int8(), pa.int16(), pa.decimal128(9, 6))
        table = ibis.memtable(small_table(names, kinds, rows))
        keys = {"in_tariff_code": "claim_code"}
        if any(product for _, product in self.seen.claims):
            lines = lines.mutate(key_product=lines.in_product.fill_null(""))
            keys["key_product"] = "claim_product"
        else:
            table = table.drop("claim_product")
        if law.code_days:
            at = [
                (lines.in_entered_on >= day, index + 1)
                for index, day in reversed(list(enumerate(law.code_days)))
            ]
            at.insert(0, (lines.in_entered_on.isnull(), UNDATED))
            lines = lines.mutate(key_epoch=ibis.cases(*at, else_=0).cast("int16"))
            keys["key_epoch"] = "claim_epoch"
        else:
            table = table.drop("claim_epoch")
        return self.look_up(lines, table, keys)

    def find_segments(self, lines: ir.Table, law: LawTables) -> ir.Table:
        """Find the stretch of law in force for each line's product on its day."""
        rows = [
            (s.product, s.start, s.end, s.index, s.floor_row, s.floor, s.reference, s.rule, s.test)
            for s in law.segments
            if s.start <= self.days.last and s.end >= self.days.first
        ]
        names = (
            "seg_product",
            "seg_start",
            "seg_end",
            "segment",
            "floor_row",
            "floor",
            "reference",
            "rule_index",
            "test_index",
        )
        money = pa.decimal128(18, 4)
        kinds = (
            pa.int16(),
            pa.date32(),
            pa.date32(),
            pa.int32(),
            pa.int32(),
            money,
            money,
            pa.int16(),
            pa.int16(),
        )
        table = self.days.expand(
            ibis.memtable(small_table(names, kinds, rows)), "seg_start", "seg_end", "seg_day"
        )
        day = lines.in_entered_on
        if self.seen.last_day is not None and self.seen.last_day > self.days.last:
            day = ibis.cases((day > self.days.last, ibis.literal(self.days.last)), else_=day)
        lines = lines.mutate(law_day=day)
        return self.look_up(lines, table, {"product_index": "seg_product", "law_day": "seg_day"})

    def find_rates(self, lines: ir.Table, law: LawTables) -> ir.Table:
        """Find the exchange rate of each line's currency on its day; the dollar is one."""
        one = ibis.literal(Decimal(1), type="decimal(18, 10)")
        is_usd = lines.in_currency == "USD"
        first, last = self.seen.first_day or date.max, self.seen.last_day or date.min
        rows = [r for r in law.rates if r[1] <= last and r[2] >= first]
        if not rows:
            return lines.mutate(rate=ibis.cases((is_usd, one)))
        names = ("rate_currency", "rate_start", "rate_end", "found_rate")
        kinds = (pa.string(), pa.date32(), pa.date32(), pa.decimal128(18, 10))
        days = Dates(max(first, min(r[1] for r in rows)), min(last, max(r[2] for r in rows)))
        table = days.expand(
            ibis.memtable(small_table(names, kinds, rows)), "rate_start", "rate_end", "rate_day"
        )
        lines = self.look_up(lines, table, {"in_currency": "rate_currency", "in_entered_on": "rate_day"})
        return lines.mutate(rate=ibis.cases((is_usd, one), else_=lines.found_rate)).drop("found_rate")

    def find_units(self, lines: ir.Table, law: LawTables) -> ir.Table:
        """Find the tonnes in each line's unit, whether six decimals hold them, and the largest quantity."""
        rows = []
        for unit, factor in law.units.items():
            limit = law.quantity_limits[unit]
            rows.append((unit, factor.quantize(FINE), factor == factor.quantize(SIX), min(limit, ROOF)))
        names = ("unit_name", "tonnes_per_unit", "exact_unit", "quantity_limit")
        kinds = (pa.string(), pa.decimal128(38, 18), pa.bool_(), pa.decimal128(18, 6))
        lines = self.look_up(
            lines, ibis.memtable(small_table(names, kinds, rows)), {"in_quantity_unit": "unit_name"}
        )
        return lines.mutate(quantity_absurd=lines.in_quantity > lines.quantity_limit)

    def find_splits(self, lines: ir.Table) -> ir.Table:
        """Mark small lines that with others of one importer, product and day exceed the de minimis."""
        lines = lines.mutate(de_minimis_cents=(lines.de_minimis * 100).cast("int64"))
        if self.splits is None:
            return lines.mutate(is_split=ibis.literal(False))
        lines = lines.mutate(key_importer=lines.in_importer.fill_null(""))
        keys = {
            "key_importer": "split_importer",
            "product_index": "split_product",
            "in_entered_on": "split_day",
        }
        lines = self.look_up(lines, self.splits, keys)
        return lines.mutate(is_split=lines.split_mark.fill_null(False)).drop("split_mark")

    def find_spent_quota(self, lines: ir.Table) -> ir.Table:
        """Mark the lines that claim a quota already spent."""
        if self.spent is None or self.spent.num_rows == 0:
            return lines.mutate(quota_spent=ibis.literal(False))
        marks = ibis.memtable(self.spent).mutate(spent_mark=True)
        lines = self.look_up(lines, marks, {"row": "spent_row"})
        return lines.mutate(quota_spent=lines.spent_mark.fill_null(False)).drop("spent_mark")

    def hold(self, lines: ir.Table, law: LawTables, **amounts: Amount) -> ir.Table:
        """Work parts of amounts out once, in floats, for the bracketing readings to share."""
        measure = Measure(FLOATS, in_floats)
        return lines.mutate(
            **{f"float_{name}": amount(lines, law, measure) for name, amount in amounts.items()}
        )

    def settle(self, lines: ir.Table, law: LawTables, name: str, amount: Amount) -> ir.Table:
        """Add an amount in whole cents, exactly, rounded once, half away from zero.

        Two float readings bracket it; where they round to one cent that cent is proven. Where not,
        decimals of 38 digits decide, and where those would not hold the product, unlimited ones.
        """

        def held(part: str) -> Any:
            return lines[f"float_{part}"] if f"float_{part}" in lines.columns else None

        low = amount(lines, law, Measure(FLOATS, in_floats, 1 + TILT, 1 - TILT, held))
        high = amount(lines, law, Measure(FLOATS, in_floats, 1 - TILT, 1 + TILT, held))
        lines = lines.mutate(bracket_low=cents(low), bracket_high=cents(high))
        low, high = lines.bracket_low, lines.bracket_high
        if name == "customs_value_cents":
            decided = ibis.cases(
                (low.abs() >= float(MOST_CENTS), ibis.null("int64")),
                (low == high, low.try_cast("int64")),
                else_=self._exact(lines, law, amount, PRODUCT_DECIMALS),
            )
        else:
            scale = PRODUCT_DECIMALS + rule_decimals(law)
            has_room = self._digits(law) > 0
            exact = self._exact(lines, law, amount, scale) if has_room else ibis.null("int64")
            decided = ibis.cases(
                (~self._known(lines, law), ibis.null("int64")),
                (low.abs() >= float(MOST_CENTS), ibis.null("int64")),
                (low == high, low.try_cast("int64")),
                (self._within_reach(lines, law), exact),
                else_=beyond(lines, law, amount),
            )
        return lines.mutate(**{name: decided}).drop("bracket_low", "bracket_high")

    def _exact(self, lines: ir.Table, law: LawTables, amount: Amount, scale: int) -> Any:
        """Give an amount in cents by decimals of 38 digits."""
        measure = Measure(Decimals(scale), in_decimals, declared=Decimals(DECLARED_DECIMALS))
        return exact_cents(amount(lines, law, measure))

    def _digits(self, law: LawTables) -> int:
        """Give the digits that decimals have left before the point."""
        return DECIMAL_DIGITS - PRODUCT_DECIMALS - 2 * rule_decimals(law) - law.share_decimals

    def _within_reach(self, lines: ir.Table, law: LawTables) -> Any:
        """Say where 38 digits hold every product of an exact reading."""
        if self._digits(law) < 1:
            return ibis.literal(False)
        limit = 10.0 ** (self._digits(law) - 1)
        price = ibis.greatest(lines.floor.cast("float64"), lines.reference.cast("float64"), ibis.literal(0.0))
        return (
            lines.exact_unit
            & (lines.float_landed_usd < limit)
            & (lines.float_contained_tonnes * price < limit)
            & (lines.in_content_value.cast("float64").fill_null(0.0) * lines.rate.cast("float64") < limit)
            & (lines.bracket_low.abs() < limit)
        )

    def _known(self, lines: ir.Table, law: LawTables) -> Any:
        """Say where no number is missing that the line's rule asks for."""
        rates = [
            index
            for index, item in enumerate(law.rules)
            if isinstance(item.rule, AdValorem) and item.cap is None
        ]
        references = [index for index, item in enumerate(law.rules) if item.levy == "reference"]
        by_reference = lines.rule_index.isin(references)
        if law.charter.border_adjustment.valuation.related_party == "reference_price":
            own = [index for index, item in enumerate(law.rules) if compares_own_price(item)]
            related = lines.in_related_party.fill_null(False)
            by_reference = by_reference | (related & lines.rule_index.isin(own))
        needed = ("in_value", "rate", "in_quantity", "tonnes_per_unit", "share", "origin_share", "rule_index")
        known = reduce(lambda a, b: a & b, [lines[name].notnull() for name in needed])
        known = known & (lines.floor.notnull() | lines.rule_index.isin(rates))
        return (known & (lines.reference.notnull() | ~by_reference)).fill_null(False)


DECLARED_DECIMALS = 10
"""Decimals of a declared amount (4) times an uplift (6)."""

PRODUCT_DECIMALS = 22
"""Decimals of quantity (6) x unit (6) x share (6) x floor (4), the longest product of a line."""

UNDATED = -1
"""The epoch of lines that do not say their day."""

FINE = Decimal(1).scaleb(-18)
SIX = Decimal("0.000001")
ROOF = Decimal(10) ** 12 - SIX


def rule_decimals(law: LawTables) -> int:
    """Give the most decimals that the constants of the duty rules add to a product."""
    found = 0
    for item in law.rules:
        tiers = getattr(item.rule, "tiers", ())
        numbers = [
            getattr(item.rule, name, None)
            for name in ("tolerance", "rate", "tariff", "maximum_duty_usd_per_t")
        ]
        numbers += [number for tier in tiers for number in (tier.from_share, tier.rate)]
        widest = max((decimals_of(number) for number in numbers if number is not None), default=0)
        found = max(found, 2 * widest + decimals_of(item.cap or Decimal(0)))
    return found


EXACT_CELLS: dict[str, Callable[[str], Any]] = {
    "in_value": Decimal, "in_freight": Decimal, "in_insurance": Decimal, "in_duties_included": Decimal,
    "in_content_value": Decimal, "in_quantity": Decimal, "freight_uplift": Decimal,
    "insurance_uplift": Decimal,
    "rate": Decimal, "share": Decimal, "floor": Decimal, "reference": Decimal, "origin_share": Decimal,
    "in_quantity_unit": str, "rule_index": int, "in_related_party": "true".__eq__,
    "adds_freight": "true".__eq__, "adds_insurance": "true".__eq__, "holds_duties": "true".__eq__,
}  # fmt: skip
"""The cells an amount is worked out from, and how each is read back from text."""


NO_AMOUNT = 2**63 - 1
"""Stands for a missing amount, which a function may not return, and for one too large to be held."""


def beyond(lines: ir.Table, law: LawTables, amount: Amount) -> Any:
    """Give the cents of lines that 38 digits cannot hold, by the plain-number reading.

    Their cells travel as one text a line: a database skips a function call where any argument is NULL.
    """

    def settled(packed: pa.StringArray) -> pa.Int64Array:
        return pa.array([_cents_of(text, law, amount) for text in packed.to_pylist()], pa.int64())

    settled.__name__ = f"exact_{amount.__name__}"
    call = ibis.udf.scalar.pyarrow(settled, signature=(("string",), "int64"))
    packed = ibis.literal("|").join([lines[name].cast("string").fill_null("") for name in EXACT_CELLS])
    return call(packed).nullif(NO_AMOUNT)


def _cents_of(text: str, law: LawTables, amount: Amount) -> int:
    cells: dict[str, Any] = {
        name: kind(part) if part else None
        for (name, kind), part in zip(EXACT_CELLS.items(), text.split("|"), strict=True)
    }
    cells["tonnes_per_unit"] = law.units.get(cells["in_quantity_unit"] or "")
    found: int | None = SINGLE.settle(Line(cells), law, "amount", amount).amount.value
    return found if found is not None and abs(found) < NO_AMOUNT else NO_AMOUNT
