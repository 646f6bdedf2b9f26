"""The same assessment in Polars: lazy frames, the streaming engine, exact integers.

Polars rounds a product of decimals to the wider of the two scales, so money is worked out in 128-bit
integers of a stated scale instead; it is exact, and faster than decimals there. Dated parameters are
expanded to days and joined by equality, as in the hand-written SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from plain_law import PlainLaw

__all__ = ["job"]

WIDE = pl.Int128


def job(folder: Path, lines: Path, out: Path) -> Callable[[], None]:
    """Give the assessment of a book of lines."""

    def work() -> None:
        law = PlainLaw(folder / "law")
        book = pl.scan_parquet(lines)
        tables = _tables(law, book)
        splits = _find_splits(_valued(book, tables, law), law)
        found = _decided(_owing(_placed(_valued(book, tables, law), tables, law), law), splits, law)
        _results(found).sink_parquet(
            out, compression="snappy", row_group_size=122_880, maintain_order=False, engine="streaming"
        )

    return work


def _whole(text: str, decimals: int) -> int:
    """Read a decimal as an integer of a scale."""
    scaled = Decimal(text).scaleb(decimals)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{text} has more than {decimals} decimals")
    return int(scaled)


def _tables(law: PlainLaw, book: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
    """Expand the law's tables to what lines are joined with."""
    days = pl.DataFrame({"day": pl.date_range(*_span(law), eager=True)})
    codes = {row["code"]: row for row in law.table("codes")}
    declared = book.select("tariff_code").unique().collect(engine="streaming")["tariff_code"].drop_nulls()
    claims = []
    for code in declared:
        digits = code.replace(".", "").replace(" ", "")
        readable = digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 12
        found = next((codes[digits[:n]] for n in range(10, 3, -1) if digits[:n] in codes), None)
        if found is None or not readable:
            claims.append((code, not readable, None, None))
        else:
            claims.append((code, False, int(found["product"]), _whole(found["contained_share"], 4)))
    claimed = pl.DataFrame(
        claims,
        {"tariff_code": pl.String, "unreadable": pl.Boolean, "product": pl.Int16, "usual_share": pl.Int64},
        orient="row",
    )
    stretches = pl.DataFrame(
        [
            (
                int(row["product"]), int(row["segment"]), date.fromisoformat(row["first_day"]),
                date.fromisoformat(row["last_day"]), _whole(row["floor"], 2) if row["floor"] else None,
                _whole(row["reference"], 2), int(row["test"]),
            )
            for row in law.table("stretches")
        ],
        {
            "product": pl.Int16, "segment": pl.Int32, "first_day": pl.Date, "last_day": pl.Date,
            "floor": WIDE, "reference": WIDE, "test": pl.Int8,
        },
        orient="row",
    )  # fmt: skip
    daily = stretches.join_where(
        days, pl.col("day") >= pl.col("first_day"), pl.col("day") <= pl.col("last_day")
    ).drop("first_day", "last_day")
    rates = [
        (row["currency"], date.fromisoformat(row["day"]), _whole(row["usd_per_unit"], 6))
        for row in law.table("rates")
    ]
    rates += [("USD", day, 1_000_000) for day in days["day"]]
    economies = [
        (
            row["spelling"],
            1
            + 2 * int(row["is_party"])
            + 4 * max(int(row["is_party"]), int(row["is_developing"]))
            + 8 * int(row["is_covered"]),
        )
        for row in law.table("economies")
    ]
    units = [(row["unit"], _whole(row["tonnes"], 15)) for row in law.table("units")]
    return {
        "claims": claimed.lazy(),
        "law": claimed.join(daily, on="product").drop("product", "unreadable", "usual_share").lazy(),
        "rates": pl.DataFrame(
            rates, {"currency": pl.String, "day": pl.Date, "rate": pl.Int64}, orient="row"
        ).lazy(),
        "economies": pl.DataFrame(economies, {"spelling": pl.String, "bits": pl.Int8}, orient="row").lazy(),
        "units": pl.DataFrame(units, {"quantity_unit": pl.String, "tonnes": WIDE}, orient="row").lazy(),
    }


def _span(law: PlainLaw) -> tuple[date, date]:
    return date.fromisoformat(law.constants["first_day"]), date.fromisoformat(law.constants["last_day"])


def _valued(book: pl.LazyFrame, tables: dict[str, pl.LazyFrame], law: PlainLaw) -> pl.LazyFrame:
    """Find the product, and the frontier value in USD of scale 11 and in cents."""
    terms = {row["term"]: row for row in law.table("terms")}
    term = pl.col("incoterm").fill_null("")

    def uplift(name: str, claim: str) -> pl.Expr:
        thousandths = {t: _whole(row[name] or "0", 3) for t, row in terms.items() if row[claim] == "1"}
        return term.replace_strict(thousandths, default=0, return_dtype=pl.Int64)

    cents = pl.col("value").to_physical().cast(pl.Int64)
    freight = pl.col("freight").to_physical().cast(pl.Int64) * 1000
    adding = term.is_in([t for t, row in terms.items() if row["adds_freight"] == "1"])
    outside = (
        pl.when(~adding)
        .then(0)
        .otherwise(freight.fill_null(cents * uplift("freight_uplift", "adds_freight")))
    )
    stated = cents * (1000 + uplift("insurance_uplift", "adds_insurance")) + outside
    return (
        book.drop("contract")
        .join(tables["claims"], on="tariff_code", how="left")
        .join(tables["rates"], left_on=["currency", "entered_on"], right_on=["currency", "day"], how="left")
        .with_columns(
            term_known=term.is_in(["", *terms]),
            frontier=stated.cast(WIDE) * pl.col("rate"),
        )
        .with_columns(customs_cents=_cents(pl.col("frontier"), 9))
    )


def _cents(amount: pl.Expr, decimals_beyond: int) -> pl.Expr:
    """Round an integer of a scale to whole cents, half away from zero."""
    unit = pl.lit(10**decimals_beyond, WIDE)
    half = pl.lit(10**decimals_beyond // 2, WIDE)
    rounded = (
        pl.when(amount < 0).then(pl.lit(0, WIDE) - (half - amount) // unit).otherwise((amount + half) // unit)
    )
    return rounded.cast(pl.Int64)


def _find_splits(valued: pl.LazyFrame, law: PlainLaw) -> pl.LazyFrame:
    """Give the consignments of small lines that together reach the de minimis."""
    most = _whole(law.constants["de_minimis_usd"], 2)
    slowest = min(Decimal(row["usd_per_unit"]) for row in law.table("rates"))
    return (
        valued.filter(pl.col("value") < Decimal(most) / 100 / slowest)
        .filter(pl.col("product").is_not_null(), pl.col("customs_cents").is_between(0, most - 1))
        .group_by(pl.col("importer").fill_null(""), "product", "entered_on")
        .agg(pl.col("customs_cents").sum().alias("sum_cents"))
        .filter(pl.col("sum_cents") >= most)
        .select("importer", "product", "entered_on", is_split=pl.lit(True))
        .collect(engine="streaming")
        .lazy()
    )


def _placed(valued: pl.LazyFrame, tables: dict[str, pl.LazyFrame], law: PlainLaw) -> pl.LazyFrame:
    """Find the law of the day, the unit, and the origin with the share it pays (in tenths)."""
    placed = valued.join(
        tables["law"], left_on=["tariff_code", "entered_on"], right_on=["tariff_code", "day"], how="left"
    ).join(tables["units"], on="quantity_unit", how="left")
    columns = {
        "mined": "mined_in",
        "refined": "refined_in",
        "melted": "melted_in",
        "produced": "origin_economy",
    }
    for stage, column in columns.items():
        economies = tables["economies"].rename({"bits": stage})
        placed = placed.join(economies, left_on=column, right_on="spelling", how="left").drop(column)
    every, some = pl.lit(None, pl.Int8), pl.lit(None, pl.Int8)
    for index, stages in enumerate(law.constants["tests"]):
        together, either = pl.lit(15, pl.Int8), pl.lit(0, pl.Int8)
        for stage in stages:
            together, either = together & pl.col(stage), either | pl.col(stage).fill_null(0)
        every = pl.when(pl.col("test") == index).then(together).otherwise(every)
        some = pl.when(pl.col("test") == index).then(either).otherwise(some)
    tenths = {name: _whole(share, 1) for name, share in law.constants["shares"].items()}
    shares = (
        tenths["zone"],
        tenths["developing"],
        tenths["neutral"],
        tenths["covered"],
        max(tenths.values()),
    )
    origin = (
        pl.when(pl.col("test").is_null()).then(0)
        .when(pl.col("some") & 8 > 0).then(4)
        .when(pl.col("every").is_null()).then(5)
        .when(pl.col("every") & 2 > 0).then(1)
        .when(pl.col("every") & 4 > 0).then(2)
        .otherwise(3)
    )  # fmt: skip
    return (
        placed.with_columns(every=every, some=some)
        .drop(*columns)
        .with_columns(origin=origin.cast(pl.Int8))
        .with_columns(
            tenths=pl.col("origin").replace_strict(
                dict(enumerate(shares, 1)), default=None, return_dtype=pl.Int64
            )
        )
    )


def _owing(placed: pl.LazyFrame, law: PlainLaw) -> pl.LazyFrame:
    """Work out the adjustment: quantity (3) x tonnes (15) x share (4) x floor (2) is of scale 24."""
    share = pl.col("assay").to_physical().cast(WIDE).fill_null(pl.col("usual_share"))
    content = pl.col("quantity").to_physical().cast(WIDE) * pl.col("tonnes") * share
    related = pl.col("related_party").fill_null(False)
    price = (
        pl.when(related)
        .then(pl.col("content") * pl.col("reference"))
        .otherwise(pl.col("frontier") * pl.lit(10**13, WIDE))
    )
    gap = pl.col("content") * pl.col("floor") - price
    due = pl.when(gap > 0).then(gap * pl.col("tenths")).otherwise(gap * 0)
    most_milli = pl.lit(_whole(law.constants["most_tonnes"], 18), WIDE)
    return placed.with_columns(
        share=share,
        content=content,
        absurd=pl.col("quantity").to_physical().cast(WIDE) * pl.col("tonnes") > most_milli,
    ).with_columns(adjustment_cents=_cents(due, 23))


def _decided(owing: pl.LazyFrame, splits: pl.LazyFrame, law: PlainLaw) -> pl.LazyFrame:
    """Decide the reason of each line."""
    first = date.fromisoformat(law.constants["first_day"])
    most = _whole(law.constants["de_minimis_usd"], 2)
    related = pl.col("related_party").fill_null(False)

    def blank(name: str) -> pl.Expr:
        return pl.col(name).fill_null("") == ""

    small = (pl.col("customs_cents") < most).fill_null(False)
    branches: list[tuple[Any, int]] = [
        (blank("entry_number"), 1),
        (blank("line_number"), 2),
        (blank("tariff_code"), 3),
        (pl.col("entered_on").is_null(), 5),
        (pl.col("quantity") <= 0, 9),
        (pl.col("value") < 0, 15),
        (pl.col("freight") < 0, 22),
        ((pl.col("assay") <= 0) | (pl.col("assay") > 1), 24),
        (pl.col("unreadable"), 4),
        (pl.col("entered_on") < first, 61),
        (pl.col("product").is_null(), 60),
        (pl.col("quantity").is_null(), 7),
        (blank("quantity_unit"), 11),
        (pl.col("tonnes").is_null(), 12),
        (pl.col("value").is_null(), 13),
        (blank("currency"), 17),
        (pl.col("rate").is_null(), 18),
        (~pl.col("term_known"), 19),
        (pl.col("share").is_null(), 25),
        (pl.col("absurd"), 10),
        (pl.col("customs_cents") > _whole(law.constants["most_usd"], 2), 16),
        (small & pl.col("is_split").is_null(), 64),
        ((pl.col("origin") == 1) & (pl.col("tenths") == 0), 63),
        (pl.col("tenths") == 0, 70),
        (pl.col("floor").is_null(), 42),
        (related & pl.col("reference").is_null(), 44),
        ((pl.col("adjustment_cents") > 0) & small, 69),
        (pl.col("adjustment_cents") > 0, 65),
    ]
    reason: Any = pl
    for condition, code in branches:
        reason = reason.when(condition).then(pl.lit(code, pl.Int16))
    found: pl.Expr = reason.otherwise(pl.lit(62, pl.Int16))
    return owing.join(
        splits,
        left_on=[pl.col("importer").fill_null(""), "product", "entered_on"],
        right_on=["importer", "product", "entered_on"],
        how="left",
    ).with_columns(reason=found)


def _results(decided: pl.LazyFrame) -> pl.LazyFrame:
    """Give the columns of a determination."""
    reason = pl.col("reason")
    outcome = (
        pl.when(reason < 60).then(4)
        .when(reason <= 61).then(0)
        .when(reason == 63).then(2)
        .when(reason.is_in([65, 69])).then(3)
        .otherwise(1)
    )  # fmt: skip
    owed = pl.when(reason.is_in([65, 69])).then(pl.col("adjustment_cents")).otherwise(0)
    money = pl.Decimal(18, 2)
    return decided.select(
        "entry_number",
        "line_number",
        "importer",
        outcome=outcome.cast(pl.Int8),
        reason="reason",
        product_index="product",
        origin="origin",
        exemption=pl.when(reason == 64).then(4).otherwise(0).cast(pl.Int8),
        rule_index=pl.when(pl.col("product").is_not_null()).then(0).cast(pl.Int16),
        segment="segment",
        customs_value_usd=pl.col("customs_cents").cast(pl.Decimal(18, 0)).cast(money) / 100,
        adjustment_usd=owed.cast(pl.Decimal(18, 0)).cast(money) / 100,
    )
