"""Anti-circumvention: the article reads its rules, and refuses what it does not know."""

from collections.abc import Callable
from decimal import Decimal

from stannary.charter.charter import Charter
from stannary.errors import Problem

TEXT = """\
thresholds:
  - id: surge
    measure: import_growth
    threshold: {value: 2, unit: share, source: treaty}
    source: treaty
extensions:
  - {id: rerouting, from: 2026-07-01, reaches_back_months: 9, economies: [MYS, TWN], source: treaty}
penalties:
  - id: false-origin
    from: 2026-07-01
    conduct: false_origin
    measured_on: adjustment_evaded
    size: {value: 3, unit: times, assumed: deterrence}
    source: treaty
penal_rates:
  - {id: evaders, rates: [{from: 2026-07-01, value: 2, unit: times, source: treaty}], source: treaty}
"""


def test_the_article_is_read(charter: Callable[..., Charter]) -> None:
    article = charter(anti_circumvention=TEXT).anti_circumvention
    assert article is not None
    assert article.extensions[0].reaches_back_months == 9
    assert article.extensions[0].exempts_genuine_producers
    assert article.penalties[0].repeat_factor == Decimal(1)


def test_a_measure_that_is_not_known_is_refused(problems: Callable[..., tuple[Problem, ...]]) -> None:
    (found,) = problems(anti_circumvention=TEXT.replace("import_growth", "gut_feeling"))
    assert (found.code, found.place.line) == ("STN-CHARTER-005", 3)
    assert "'import_growth'" in found.remedy
