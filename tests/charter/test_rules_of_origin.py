"""Which stages count, from which day, and what each origin pays."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from stannary.charter.charter import Charter

DFARS = """\
tests:
  - {id: general, from: 2026-07-01, stages: [mined, refined], source: treaty}
  - id: narrow
    from: 2026-07-01
    to: 2026-12-31
    products: [oxide]
    stages: [melted, produced]
    source: treaty
  - id: wide
    from: 2027-01-01
    products: [oxide]
    stages: [mined, refined, separated, melted, produced]
    source: treaty
rates:
  - {origin: zone, shares: [{value: 0, unit: share, from: 2026-07-01, source: treaty}]}
  - {origin: developing, shares: [{value: 0.5, unit: share, from: 2026-07-01, source: treaty}]}
  - {origin: covered, shares: [{value: 1.25, unit: share, from: 2027-01-01, source: treaty}]}
"""


def test_the_defence_test_widens_on_new_year_2027(charter: Callable[..., Charter]) -> None:
    rules = charter(rules_of_origin=DFARS).rules_of_origin
    before = rules.test_for("oxide", date(2026, 12, 31))
    after = rules.test_for("oxide", date(2027, 1, 1))
    assert before is not None
    assert after is not None
    assert before.stages == ("melted", "produced")
    assert after.stages == ("mined", "refined", "separated", "melted", "produced")


def test_a_product_no_test_names_falls_under_the_general_one(charter: Callable[..., Charter]) -> None:
    rules = charter(rules_of_origin=DFARS).rules_of_origin
    found = rules.test_for("ore", date(2027, 1, 1))
    assert found is not None
    assert found.id == "general"
    assert rules.test_for("ore", date(2026, 6, 30)) is None


def test_unknown_origin_pays_the_strictest_rate_in_force(charter: Callable[..., Charter]) -> None:
    rules = charter(rules_of_origin=DFARS).rules_of_origin
    assert rules.share("unknown", date(2026, 12, 31)) == Decimal("0.5")
    assert rules.share("unknown", date(2027, 1, 1)) == Decimal("1.25")


def test_a_rate_not_yet_in_force_is_missing_and_not_zero(charter: Callable[..., Charter]) -> None:
    rules = charter(rules_of_origin=DFARS).rules_of_origin
    assert rules.share("zone", date(2026, 7, 1)) == 0
    assert rules.share("covered", date(2026, 12, 31)) is None
    assert rules.share("neutral", date(2027, 1, 1)) is None
