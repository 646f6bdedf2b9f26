"""Sum up what a variant wrote: ``answers.py OUT`` prints JSON.

Lines and money by outcome, and a digest of every cell of every line, whatever their order.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import duckdb

ANSWER = """
SELECT outcome, count(*) AS lines, sum(customs_value_usd)::VARCHAR AS customs_value_usd,
  sum(adjustment_usd)::VARCHAR AS adjustment_usd,
  sum(hash(entry_number, line_number, importer, outcome::INT, reason::INT, product_index::INT, origin::INT,
    exemption::INT, rule_index::INT, segment::INT, customs_value_usd, adjustment_usd)::HUGEINT)::VARCHAR
    AS digest
FROM '{out}' GROUP BY outcome ORDER BY outcome
"""


def main(out: str) -> list[dict[str, Any]]:
    """Give lines, money in USD and digest by outcome."""
    with duckdb.connect() as base:
        found = base.execute(ANSWER.format(out=out))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
