"""The same assessment written by hand in DuckDB's SQL, as well as its author could.

It knows what a general program cannot: that this charter has one duty rule, one de minimis, sets that
do not change, no relief, no quota, no licence. Dated parameters are expanded to days, tables that share
keys are merged, economies become bits, small consignments are added up from a few filtered lines before
the run. Codes are those of `stannary.border.codes`.

Two arithmetics: `decimal`, plain DECIMAL to 38 digits, as most would write it; and `proven`, the fastest
known: two floats that bracket the amount, with decimals for the few lines where they round apart.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb

from plain_law import PlainLaw

__all__ = ["job", "job_in_decimals"]

TILT = "1e-14"


def job(folder: Path, lines: Path, out: Path) -> Callable[[], None]:
    """Give the assessment with amounts proven by floats."""
    return lambda: _assess(folder, lines, out, PROVEN)


def job_in_decimals(folder: Path, lines: Path, out: Path) -> Callable[[], None]:
    """Give the assessment in plain decimals."""
    return lambda: _assess(folder, lines, out, DECIMAL)


def _assess(folder: Path, lines: Path, out: Path, arithmetic: dict[str, str]) -> None:
    law = PlainLaw(folder / "law")
    constants = law.constants
    settings = {"preserve_insertion_order": False, "temp_directory": str(out.parent)}
    with duckdb.connect(config=settings) as base:  # type: ignore[arg-type]
        fill = {
            "lines": lines,
            "out": out,
            "law": law.folder,
            "first_day": constants["first_day"],
            "last_day": constants["last_day"],
            "de_minimis": constants["de_minimis_usd"],
            "most_usd": constants["most_usd"],
            "most_tonnes": constants["most_tonnes"],
            "tilt": TILT,
            "terms": _terms(law),
            "least_rate": "(SELECT min(rate) FROM rates)",
            **{f"share_{name}": share for name, share in constants["shares"].items()},
        }
        for statement in TABLES:
            base.execute(statement.format(**fill))
        amounts = {name: text.format(**fill) for name, text in arithmetic.items()}
        base.execute(SMALL.format(**fill, **amounts))
        base.execute(ASSESSMENT.format(**fill, **amounts))


def _terms(law: PlainLaw) -> str:
    """Write what each delivery term adds as CASE branches: freight, its uplift, insurance's uplift."""
    rows = law.table("terms")

    def cases(column: str, claim: str) -> str:
        branches = " ".join(
            f"WHEN '{row['term']}' THEN {row[column] or 0}"
            for row in rows
            if row[claim] == "1" and row[column]
        )
        return f"CASE incoterm {branches} ELSE 0 END"

    adding = ", ".join(f"'{row['term']}'" for row in rows if row["adds_freight"] == "1")
    known = ", ".join(f"'{row['term']}'" for row in rows)
    return f"""
        coalesce(incoterm, '') IN ('', {known}) AS term_known,
        coalesce(incoterm IN ({adding}), false) AS adds_freight,
        ({cases("freight_uplift", "adds_freight")})::DECIMAL(4,3) AS freight_uplift,
        ({cases("insurance_uplift", "adds_insurance")})::DECIMAL(4,3) AS insurance_uplift"""


TABLES = (
    """CREATE TEMP TABLE claims AS
    SELECT tariff_code, NOT regexp_full_match(digits, '[0-9]{{4,12}}') AS unreadable,
      arg_max(product, length(code))::SMALLINT AS product,
      arg_max(contained_share, length(code))::DECIMAL(5,4) AS usual_share
    FROM (SELECT DISTINCT tariff_code FROM '{lines}') declared,
      (SELECT regexp_replace(tariff_code, '[.\\s]', '', 'g') AS digits)
    LEFT JOIN read_csv('{law}/codes.csv', types = {{'code': 'VARCHAR'}}) ON starts_with(digits, code)
    WHERE tariff_code IS NOT NULL
    GROUP BY ALL""",
    """CREATE TEMP TABLE stretches AS
    SELECT product::SMALLINT AS product, segment::INTEGER AS segment, first_day::DATE AS first_day,
      last_day::DATE AS last_day, floor::DECIMAL(11,2) AS floor, reference::DECIMAL(11,2) AS reference,
      test::TINYINT AS test
    FROM read_csv('{law}/stretches.csv', all_varchar = true)""",
    """CREATE TEMP TABLE law AS
    SELECT tariff_code, day, unreadable, product, usual_share, segment, floor, reference, test
    FROM claims JOIN stretches USING (product), range(first_day, last_day + 1, INTERVAL 1 DAY) days(moment),
      (SELECT moment::DATE AS day)""",
    """CREATE TEMP TABLE rates AS
    SELECT currency, day::DATE AS day, usd_per_unit AS rate
    FROM read_csv('{law}/rates.csv', types = {{'usd_per_unit': 'DECIMAL(12,6)'}})
    UNION ALL
    SELECT 'USD', moment::DATE, 1
    FROM range(DATE '{first_day}', DATE '{last_day}' + 1, INTERVAL 1 DAY) days(moment)""",
    """CREATE TEMP TABLE economies AS
    SELECT spelling, (1 + 2 * is_party + 4 * (is_party | is_developing) + 8 * is_covered)::TINYINT AS bits
    FROM read_csv('{law}/economies.csv', types = {{'spelling': 'VARCHAR'}})""",
    """CREATE TEMP TABLE units AS SELECT unit, tonnes
    FROM read_csv('{law}/units.csv', types = {{'unit': 'VARCHAR', 'tonnes': 'DECIMAL(19,15)'}})""",
)

PROVEN = {
    "frontier": """
        (value::DOUBLE * (1 + insurance_uplift::DOUBLE)
          + CASE WHEN NOT adds_freight THEN 0 WHEN freight IS NULL THEN value::DOUBLE * freight_uplift::DOUBLE
            ELSE freight::DOUBLE END) * rate::DOUBLE""",
    "customs_cents": """
        CASE WHEN floor(frontier * 100 * (1 - {tilt}) + 0.5) = floor(frontier * 100 * (1 + {tilt}) + 0.5)
          THEN floor(frontier * 100 + 0.5)::BIGINT
          ELSE (round((value * (1 + insurance_uplift)::DECIMAL(5,3)
            + CASE WHEN NOT adds_freight THEN 0 WHEN freight IS NULL THEN value * freight_uplift
              ELSE freight END) * rate, 2)::DECIMAL(18,2) * 100)::BIGINT END""",
    "content": "quantity::DOUBLE * tonnes::DOUBLE * share::DOUBLE",
    "gap_low": """greatest(0, content * floor::DOUBLE * (1 - {tilt})
        - CASE WHEN related_party THEN content * reference::DOUBLE ELSE frontier END * (1 + {tilt}))
        * origin_share::DOUBLE""",
    "gap_high": """greatest(0, content * floor::DOUBLE * (1 + {tilt})
        - CASE WHEN related_party THEN content * reference::DOUBLE ELSE frontier END * (1 - {tilt}))
        * origin_share::DOUBLE""",
    "owed_cents": """
        CASE WHEN floor(gap_low * 100 + 0.5) = floor(gap_high * 100 + 0.5)
          THEN floor(gap_low * 100 + 0.5)::BIGINT
          ELSE (round(greatest(0, quantity * tonnes * share * floor
            - CASE WHEN related_party THEN quantity * tonnes * share * reference
              ELSE (value * (1 + insurance_uplift)::DECIMAL(5,3)
                + CASE WHEN NOT adds_freight THEN 0 WHEN freight IS NULL THEN value * freight_uplift
                  ELSE freight END) * rate END) * origin_share, 2)::DECIMAL(18,2) * 100)::BIGINT END""",
}

DECIMAL = {
    "frontier": """
        (value * (1 + insurance_uplift)::DECIMAL(5,3)
          + CASE WHEN NOT adds_freight THEN 0 WHEN freight IS NULL THEN value * freight_uplift
            ELSE freight END) * rate""",
    "customs_cents": "(round(frontier, 2)::DECIMAL(18,2) * 100)::BIGINT",
    "content": "quantity * tonnes * share",
    "gap_low": """greatest(0, content * floor
        - CASE WHEN related_party THEN content * reference ELSE frontier END) * origin_share""",
    "gap_high": "NULL",
    "owed_cents": "(round(gap_low, 2)::DECIMAL(18,2) * 100)::BIGINT",
}

SMALL = """
CREATE TEMP TABLE splits AS
SELECT coalesce(importer, '') AS split_importer, product AS split_product, entered_on AS split_day
FROM (
  SELECT importer, product, entered_on, {customs_cents} AS cents
  FROM (
    SELECT *, {frontier} AS frontier
    FROM (SELECT *, {terms} FROM '{lines}' WHERE value < {de_minimis} / {least_rate})
    JOIN rates USING (currency) JOIN claims USING (tariff_code)
    WHERE rates.day = entered_on AND product IS NOT NULL
  )
)
WHERE cents >= 0 AND cents < {de_minimis} * 100
GROUP BY ALL
HAVING sum(cents) >= {de_minimis} * 100
"""

ASSESSMENT = """
COPY (
  WITH looked_up AS (
    SELECT book.* EXCLUDE (contract), {terms}, rate_days.rate, units.tonnes,
      claims.unreadable, law.product, law.segment, law.floor, law.reference, law.test,
      coalesce(book.assay::DECIMAL(5,4), law.usual_share) AS share,
      CASE WHEN test = 0 THEN melted.bits & produced.bits
        ELSE mined.bits & refined.bits & melted.bits & produced.bits END AS all_bits,
      CASE WHEN test = 0 THEN coalesce(melted.bits, 0) | coalesce(produced.bits, 0)
        ELSE coalesce(mined.bits, 0) | coalesce(refined.bits, 0) | coalesce(melted.bits, 0)
          | coalesce(produced.bits, 0) END AS any_bits
    FROM '{lines}' book
    LEFT JOIN claims ON claims.unreadable AND claims.tariff_code = book.tariff_code
    LEFT JOIN law ON law.tariff_code = book.tariff_code AND law.day = entered_on
    LEFT JOIN rates rate_days ON rate_days.currency = book.currency AND rate_days.day = entered_on
    LEFT JOIN units ON units.unit = quantity_unit
    LEFT JOIN economies mined ON mined.spelling = mined_in
    LEFT JOIN economies refined ON refined.spelling = refined_in
    LEFT JOIN economies melted ON melted.spelling = melted_in
    LEFT JOIN economies produced ON produced.spelling = origin_economy
  ),
  found AS (
    SELECT *,
      (CASE WHEN test IS NULL THEN 0 WHEN any_bits & 8 > 0 THEN 4 WHEN all_bits IS NULL THEN 5
        WHEN all_bits & 2 > 0 THEN 1 WHEN all_bits & 4 > 0 THEN 2 ELSE 3 END)::TINYINT AS origin,
      {frontier} AS frontier, {content} AS content
    FROM looked_up
  ),
  shared AS (
    SELECT *, {customs_cents} AS customs_cents,
      (CASE origin WHEN 1 THEN {share_zone} WHEN 2 THEN {share_developing} WHEN 3 THEN {share_neutral}
        WHEN 4 THEN {share_covered}
        WHEN 5 THEN greatest({share_zone}, {share_developing}, {share_neutral}, {share_covered}) END
      )::DECIMAL(2,1) AS origin_share
    FROM found
  ),
  measured AS (SELECT *, {gap_low} AS gap_low, {gap_high} AS gap_high FROM shared),
  decided AS (
    SELECT *, {owed_cents} AS adjustment_cents,
      coalesce(customs_cents < {de_minimis} * 100, false) AS is_small
    FROM measured
  ),
  reasoned AS (
    SELECT *,
      (CASE
        WHEN coalesce(entry_number, '') = '' THEN 1
        WHEN coalesce(line_number, '') = '' THEN 2
        WHEN coalesce(tariff_code, '') = '' THEN 3
        WHEN entered_on IS NULL THEN 5
        WHEN quantity <= 0 THEN 9
        WHEN value < 0 THEN 15
        WHEN freight < 0 THEN 22
        WHEN assay <= 0 OR assay > 1 THEN 24
        WHEN unreadable THEN 4
        WHEN entered_on < DATE '{first_day}' THEN 61
        WHEN product IS NULL THEN 60
        WHEN quantity IS NULL THEN 7
        WHEN coalesce(quantity_unit, '') = '' THEN 11
        WHEN tonnes IS NULL THEN 12
        WHEN value IS NULL THEN 13
        WHEN coalesce(currency, '') = '' THEN 17
        WHEN rate IS NULL THEN 18
        WHEN NOT term_known THEN 19
        WHEN share IS NULL THEN 25
        WHEN quantity::DOUBLE * tonnes::DOUBLE > {most_tonnes} THEN 10
        WHEN customs_cents > {most_usd} * 100 THEN 16
        WHEN is_small AND split_product IS NULL THEN 64
        WHEN origin = 1 AND origin_share = 0 THEN 63
        WHEN origin_share = 0 THEN 70
        WHEN floor IS NULL THEN 42
        WHEN related_party AND reference IS NULL THEN 44
        WHEN adjustment_cents > 0 AND is_small THEN 69
        WHEN adjustment_cents > 0 THEN 65
        ELSE 62 END)::SMALLINT AS reason
    FROM decided
    LEFT JOIN splits ON split_importer = importer AND split_product = product AND split_day = entered_on
  )
  SELECT entry_number, line_number, importer,
    (CASE WHEN reason < 60 THEN 4 WHEN reason <= 61 THEN 0 WHEN reason = 63 THEN 2
      WHEN reason IN (65, 69) THEN 3 ELSE 1 END)::TINYINT AS outcome,
    reason, product AS product_index, origin,
    (CASE WHEN reason = 64 THEN 4 ELSE 0 END)::TINYINT AS exemption,
    (CASE WHEN product IS NOT NULL THEN 0 END)::SMALLINT AS rule_index,
    segment,
    (customs_cents::DECIMAL(18,0) * 0.01)::DECIMAL(18,2) AS customs_value_usd,
    (CASE WHEN reason IN (65, 69) THEN adjustment_cents ELSE 0 END::DECIMAL(18,0) * 0.01)::DECIMAL(18,2)
      AS adjustment_usd
  FROM reasoned
) TO '{out}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)
"""
