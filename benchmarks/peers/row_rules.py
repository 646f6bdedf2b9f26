"""The same assessment by a rules engine, line by line: `rule-engine`, on decimals.

What the law says of a line is looked up in dictionaries and put beside its facts; amounts and decisions
are rules of the engine, compiled once. The first rule that matches gives the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import rule_engine

from plain_law import PlainLaw

__all__ = ["job"]

ENGINE = rule_engine.Context(default_value=None, decimal_context=Context(prec=60, rounding=ROUND_HALF_UP))
STAGES = {"mined": "mined_in", "refined": "refined_in", "melted": "melted_in", "produced": "origin_economy"}

AMOUNTS = {
    "outside": "not adds_freight ? 0 : (freight != null ? freight : value * freight_uplift)",
    "frontier": "value + value * insurance_uplift + outside",
    "customs_cents": "(frontier * rate * 100 + 0.5).floor",
    "content": "quantity * tonnes * share",
    "price": "related_party ? content * reference : frontier * rate",
    "adjustment_cents": "($max([content * floor - price, 0]) * origin_share * 100 + 0.5).floor",
}
NEEDS = {
    "outside": ("value",),
    "frontier": ("value",),
    "customs_cents": ("frontier", "rate"),
    "content": ("quantity", "tonnes", "share"),
    "price": ("content", "reference", "frontier", "rate"),
    "adjustment_cents": ("content", "floor", "price", "origin_share"),
}
"""What an amount is worked out from; where one is missing so is the amount."""

ORIGINS = {
    "product == null": 0,
    "is_covered": 4,
    "is_unknown": 5,
    "is_zone": 1,
    "is_friendly": 2,
    "true": 3,
}
REASONS = {
    "entry_number == null or entry_number == ''": 1,
    "line_number == null or line_number == ''": 2,
    "tariff_code == null or tariff_code == ''": 3,
    "entered_on == null": 5,
    "quantity != null and quantity <= 0": 9,
    "value != null and value < 0": 15,
    "freight != null and freight < 0": 22,
    "assay != null and (assay <= 0 or assay > 1)": 24,
    "not tariff_code =~ '^([0-9][. ]*){4,12}$'": 4,
    "entered_on < first_day": 61,
    "product == null": 60,
    "quantity == null": 7,
    "quantity_unit == null or quantity_unit == ''": 11,
    "tonnes == null": 12,
    "value == null": 13,
    "currency == null or currency == ''": 17,
    "rate == null": 18,
    "not term_known": 19,
    "share == null": 25,
    "quantity * tonnes > most_tonnes": 10,
    "customs_cents > most_usd * 100": 16,
    "customs_cents < de_minimis * 100 and not is_split": 64,
    "origin == 1 and origin_share == 0": 63,
    "origin_share == 0": 70,
    "floor == null": 42,
    "related_party and reference == null": 44,
    "adjustment_cents > 0 and customs_cents < de_minimis * 100": 69,
    "adjustment_cents > 0": 65,
    "true": 62,
}
SMALL = (
    "product != null and customs_cents != null and customs_cents >= 0 and customs_cents < de_minimis * 100"
)


def job(folder: Path, lines: Path, out: Path) -> Callable[[], None]:
    """Give the assessment of a book of lines."""

    def work() -> None:
        law = Law(PlainLaw(folder / "law"))
        amounts = {name: rule_engine.Rule(text, context=ENGINE) for name, text in AMOUNTS.items()}
        origins = [(rule_engine.Rule(text, context=ENGINE), code) for text, code in ORIGINS.items()]
        reasons = [(rule_engine.Rule(text, context=ENGINE), code) for text, code in REASONS.items()]
        small = rule_engine.Rule(SMALL, context=ENGINE)
        rows = pq.read_table(lines).to_pylist()
        sums: dict[Any, Decimal] = {}
        for row in rows:
            law.add_facts(row)
            row["origin"] = _first(origins, row)
            row["origin_share"] = law.shares[row["origin"]]
            for name, rule in amounts.items():
                missing = any(row[need] is None for need in NEEDS[name])
                row[name] = None if missing else rule.evaluate(row)
            if small.matches(row):
                sums[_consignment(row)] = sums.get(_consignment(row), Decimal(0)) + row["customs_cents"]
        for row in rows:
            row["is_split"] = sums.get(_consignment(row), 0) >= law.de_minimis * 100
            row["reason"] = _first(reasons, row)
        _write(rows, out)

    return work


def _first(rules: list[tuple[rule_engine.Rule, int]], row: dict[str, Any]) -> int:
    return next(code for rule, code in rules if rule.matches(row))


def _consignment(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["importer"] or "", row["product"], row["entered_on"]


class Law:
    """The law in dictionaries."""

    def __init__(self, law: PlainLaw) -> None:
        self.codes = {row["code"]: row for row in law.table("codes")}
        self.days: dict[tuple[int, date], tuple[Any, ...]] = {}
        for row in law.table("stretches"):
            day, last = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
            found = (int(row["segment"]), Decimal(row["floor"]), Decimal(row["reference"]), int(row["test"]))
            while day <= last:
                self.days[int(row["product"]), day] = found
                day += timedelta(days=1)
        self.rates = {
            (row["currency"], date.fromisoformat(row["day"])): Decimal(row["usd_per_unit"])
            for row in law.table("rates")
        }
        self.economies = {row["spelling"]: row for row in law.table("economies")}
        self.terms = {row["term"]: row for row in law.table("terms")}
        self.units = {row["unit"]: Decimal(row["tonnes"]) for row in law.table("units")}
        constants = law.constants
        self.tests = constants["tests"]
        shares = {name: Decimal(share) for name, share in constants["shares"].items()}
        names = ("zone", "developing", "neutral", "covered")
        self.shares = (None, *(shares[name] for name in names), max(shares.values()))
        self.de_minimis = Decimal(constants["de_minimis_usd"])
        self.constants = {
            "first_day": date.fromisoformat(constants["first_day"]),
            "de_minimis": self.de_minimis,
            "most_usd": Decimal(constants["most_usd"]),
            "most_tonnes": Decimal(constants["most_tonnes"]),
        }

    def add_facts(self, row: dict[str, Any]) -> None:
        """Put what the law says of a line beside what the line says of itself."""
        digits = (row["tariff_code"] or "").replace(".", "").replace(" ", "")
        code = next((self.codes[digits[:n]] for n in range(10, 3, -1) if digits[:n] in self.codes), None)
        row["product"] = int(code["product"]) if code else None
        day = row["entered_on"]
        row["segment"], row["floor"], row["reference"], test = self.days.get(
            (row["product"], day), (None, None, None, None)
        )
        usual = Decimal(code["contained_share"]) if code else None
        row["share"] = usual if row["assay"] is None else row["assay"]
        row["rate"] = Decimal(1) if row["currency"] == "USD" else self.rates.get((row["currency"], day))
        row["tonnes"] = self.units.get(row["quantity_unit"])
        term = self.terms.get(row["incoterm"] or "")
        row["term_known"] = term is not None or not row["incoterm"]
        row["adds_freight"] = term is not None and term["adds_freight"] == "1"
        for name in ("freight_uplift", "insurance_uplift"):
            row[name] = Decimal((term and term[name]) or 0)
        stages = self.tests[test] if test is not None else ()
        at = [self.economies.get(row[STAGES[stage]]) for stage in stages]
        row["is_unknown"] = any(economy is None for economy in at)
        known = [economy for economy in at if economy is not None]
        row["is_covered"] = any(economy["is_covered"] == "1" for economy in known)
        row["is_zone"] = all(economy["is_party"] == "1" for economy in known)
        row["is_friendly"] = all("1" in (economy["is_party"], economy["is_developing"]) for economy in known)
        row["related_party"] = bool(row["related_party"])
        row.update(self.constants)


OUTCOMES = {60: 0, 61: 0, 62: 1, 63: 2, 64: 1, 65: 3, 69: 3, 70: 1}
COLUMNS = {
    "entry_number": pa.string(), "line_number": pa.string(), "importer": pa.string(), "outcome": pa.int8(),
    "reason": pa.int16(), "product_index": pa.int16(), "origin": pa.int8(), "exemption": pa.int8(),
    "rule_index": pa.int16(), "segment": pa.int32(), "customs_value_usd": pa.decimal128(18, 2),
    "adjustment_usd": pa.decimal128(18, 2),
}  # fmt: skip


def _write(rows: list[dict[str, Any]], out: Path) -> None:
    """Write the columns of a determination."""
    for row in rows:
        row["outcome"] = OUTCOMES.get(row["reason"], 4)
        row["product_index"] = row["product"]
        row["exemption"] = 4 if row["reason"] == 64 else 0
        row["rule_index"] = None if row["product"] is None else 0
        cents = row["customs_cents"]
        row["customs_value_usd"] = None if cents is None else Decimal(cents).scaleb(-2)
        owed = row["adjustment_cents"] if row["outcome"] == 3 else 0
        row["adjustment_usd"] = Decimal(owed).scaleb(-2)
    kept = [{name: row[name] for name in COLUMNS} for row in rows]
    pq.write_table(pa.Table.from_pylist(kept, pa.schema(COLUMNS)), out, compression="snappy")
