"""Step 4: where the goods come from, under the test in force on the day, and what that origin pays.

Each stage that counts is looked at. One done in a covered economy makes the goods covered (unless its
share lies within the tolerance); one that is not known makes them unknown, which pays the strictest
rate; all in parties makes them of the zone.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from stannary.border.codes import ORIGIN_NAMES
from stannary.border.law_tables import SHARE_DECIMALS, LawTables, held
from stannary.charter.rules_of_origin import ORIGIN_STAGES, OriginTest

__all__ = ["find_origin"]


def find_origin(lines: Any, law: LawTables, using: Any) -> Any:
    """Find each line's `origin` (a code of ORIGIN_NAMES) and `origin_share` of the adjustment."""
    counted = sorted({stage for test in law.tests for stage in test.stages}, key=ORIGIN_STAGES.index)
    lines = using.extend(lines, **{f"at_{stage}": _economy(lines, stage) for stage in counted})
    for stage in counted:
        lines = using.find_standing(lines, stage, law)
    branches = [
        (lines.test_index == index, _by_test(lines, test, using)) for index, test in enumerate(law.tests)
    ]
    not_tested = using.literal(0, "int8")
    lines = using.extend(
        lines, origin=using.cases(*branches, otherwise=not_tested) if branches else not_tested
    )
    shares = [
        (lines.origin == code, using.dated(lines.in_entered_on, law.shares[name], "decimal(9, 6)"))
        for code, name in enumerate(ORIGIN_NAMES)
        if name in law.shares
    ]
    lines = using.extend(lines, origin_share=using.cases(*shares, otherwise=using.missing("decimal(9, 6)")))
    found = [name for stage in counted for name in (f"at_{stage}", f"{stage}_standing")]
    return using.drop(lines, *found, *STAGE_COLUMNS)


STAGE_COLUMNS = tuple(f"in_{stage}_in" for stage in ORIGIN_STAGES)


def _economy(lines: Any, stage: str) -> Any:
    """Give the economy of a stage; the declared origin stands in for where goods were produced."""
    stated = lines[f"in_{stage}_in"]
    return stated.fill_null(lines.in_origin_economy) if stage == "produced" else stated


def _by_test(lines: Any, test: OriginTest, using: Any) -> Any:
    """Give the origin under one test: covered, else unknown, else zone, else developing, else neutral."""

    standings = [lines[f"{stage}_standing"] for stage in test.stages]

    def in_all(*names: str) -> Any:
        codes = [ORIGIN_NAMES.index(name) for name in names]
        return reduce(lambda a, b: a & b, [standing.isin(codes).fill_null(False) for standing in standings])

    of_concern = [(standing == ORIGIN_NAMES.index("covered")).fill_null(False) for standing in standings]
    covered = reduce(lambda a, b: a | b, of_concern)
    unknown = reduce(lambda a, b: a | b, [standing.isnull() for standing in standings])
    if test.tolerance > 0:
        share = lines.in_covered_content_share
        limit = using.literal(held(test.tolerance, SHARE_DECIMALS), "decimal(9, 6)")
        within = share <= limit if test.at_tolerance else share < limit
        covered = covered & ~within.fill_null(False)
    code = {name: using.literal(index, "int8") for index, name in enumerate(ORIGIN_NAMES)}
    return using.cases(
        (covered, code["covered"]),
        (unknown, code["unknown"]),
        (in_all("zone"), code["zone"]),
        (in_all("zone", "developing"), code["developing"]),
        otherwise=code["neutral"],
    )
