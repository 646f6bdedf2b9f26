"""A charter holds together: each way in which it may not is found, at its line, with what would be right."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from stannary.charter.charter import Charter
from stannary.charter.checks import check
from stannary.charter.reader import open_charter
from stannary.errors import Problem

Problems = Callable[..., tuple[Problem, ...]]
Open = Callable[..., Charter]
FLOOR = "{{from: {}, rule: {{kind: fixed, amount: 100000}}, source: treaty}}"


def floors(*days: str) -> str:
    """Write the floors of the small charter, those of the oxide starting (and ending) on these days."""
    ore = FLOOR.format("2026-07-01").replace("100000", "40000")
    lines = ["floors:", "  - product: ore", f"    values: [{ore}]"]
    lines += ["  - product: oxide", "    values:"]
    lines += [f"      - {FLOOR.format(day)}" for day in days]
    return "\n".join(lines) + "\n"


def test_the_small_charter_is_sound(problems: Problems) -> None:
    assert problems() == ()


def test_the_toy_charter_is_sound(toy: Charter) -> None:
    assert check(toy) == ()


def one(found: tuple[Problem, ...]) -> tuple[str, int | None, str]:
    (problem,) = found
    assert problem.remedy
    return problem.code[-3:], problem.place.line, problem.severity


def test_a_source_that_is_not_listed_is_found(problems: Problems) -> None:
    found = problems(exemptions="de_minimis: [{from: 2026-07-01, value: 8, unit: USD, source: treety}]\n")
    assert one(found) == ("007", 1, "error")
    assert found[0].remedy == "Did you mean `treaty`?"


def test_two_values_of_one_day_are_found(problems: Problems) -> None:
    assert one(problems(price_floors=floors("2026-07-01", "2026-07-01"))) == ("008", 7, "error")


def test_a_value_that_runs_into_the_next_is_found_and_the_day_before_is_not(problems: Problems) -> None:
    assert one(problems(price_floors=floors("2026-07-01, to: 2027-01-01", "2027-01-01"))) == (
        "008",
        7,
        "error",
    )
    assert problems(price_floors=floors("2026-07-01, to: 2026-12-31", "2027-01-01")) == ()


def test_days_without_a_value_are_found(problems: Problems) -> None:
    found = problems(price_floors=floors("2026-07-01, to: 2026-12-30", "2027-01-01"))
    assert one(found) == ("009", 7, "error")
    assert "from 2026-12-31 to 2026-12-31" in found[0].message


def test_an_end_before_the_start_is_found(problems: Problems) -> None:
    assert one(problems(price_floors=floors("2026-07-01, to: 2026-06-30"))) == ("005", 6, "error")


def test_two_spells_of_membership_on_one_day_are_found(problems: Problems) -> None:
    text = (
        "parties:\n  - {economy: NOR, from: 2026-07-01, source: treaty}\n"
        "  - {economy: NOR, from: 2027-01-01, status: suspended, source: treaty}\n"
    )
    found = problems(membership=text)
    assert one(found) == ("008", 3, "error")
    assert "`to: 2026-12-31`" in found[0].remedy


def test_leaving_and_coming_back_is_a_warning_only(problems: Problems) -> None:
    text = (
        "parties:\n  - {economy: NOR, from: 2026-07-01, to: 2026-12-31, source: treaty}\n"
        "  - {economy: NOR, from: 2027-06-01, source: treaty}\n"
    )
    assert one(problems(membership=text)) == ("009", 3, "warning")


@pytest.mark.parametrize("products", ["", ", products: [oxide]"])
def test_two_rules_for_one_product_on_one_day_are_found(problems: Problems, products: str) -> None:
    rule = "rule: {kind: gap}, source: treaty"
    text = (
        "valuation: {incoterms: []}\nrules:\n"
        f"  - {{id: a, from: 2026-07-01, {rule}{products}}}\n"
        f"  - {{id: b, from: 2027-01-01, {rule}{products}}}\n"
    )
    assert one(problems(border_adjustment=text)) == ("008", 4, "error")


@pytest.mark.parametrize(
    ("article", "text", "line"),
    [
        ("price_floors", floors("2026-07-01").replace("product: oxide", "product: oxyde"), 4),
        ("exemptions", "relief: [{id: r, importer: I, products: [gold], from: 2026-07-01, "
         "to: 2026-08-01, decision: denied, source: treaty}]\n", 1),
        ("membership", "names: {members: Members}\n", 1),
        ("review", "reviews: [{subject: price_floors.gold, first_on: 2027-01-01, source: treaty}]\n", 1),
        ("financing", "envelopes: [{id: e, institution: I, instrument: loan, status: binding, "
         "from: 2026-07-01, amount: {value: 1, unit: USD, source: treaty}, eligible_sets: [friends], "
         "source: treaty}]\n", 1),
    ],
)  # fmt: skip
def test_a_name_that_is_not_defined_is_found(problems: Problems, article: str, text: str, line: int) -> None:
    found = [each for each in problems(**{article: text}) if each.severity == "error"]
    assert one(tuple(found)) == ("010", line, "error")


CHAIN = """\
products:
  - {id: ore, mineral: m, stage: mine, title: O, contained_basis: t, source: treaty,
     inputs: [{product: oxide, tonnes_per_tonne: 1, source: treaty}]}
  - {id: oxide, mineral: m, stage: refined, title: O, contained_basis: t, source: treaty, content_of: ore}
"""


def test_a_cycle_along_the_chain_is_found(problems: Problems) -> None:
    found = problems(scope=CHAIN)
    assert one(found) == ("011", 2, "error")
    assert found[0].message == "products form a cycle: ore from oxide from ore."


def test_a_product_made_of_itself_is_a_cycle(problems: Problems) -> None:
    assert one(problems(scope=CHAIN.replace("product: oxide", "product: ore"))) == ("011", 2, "error")


def test_a_product_given_twice_is_found(problems: Problems) -> None:
    text = CHAIN.replace(",\n     inputs: [{product: oxide, tonnes_per_tonne: 1, source: treaty}]", "")
    found = problems(scope=text.replace("{id: oxide", "{id: ore").replace(", content_of: ore", ""))
    assert ("STN-CHARTER-013", 3) in [(each.code, each.place.line) for each in found]


def test_a_code_claimed_twice_for_one_day_is_found_and_for_other_days_is_not(problems: Problems) -> None:
    def scope(second: str) -> str:
        return (
            "products:\n"
            "  - {id: ore, mineral: m, stage: mine, title: O, contained_basis: t, source: treaty}\n"
            "  - id: oxide\n    mineral: m\n    stage: refined\n    title: O\n    contained_basis: t\n"
            "    source: treaty\n    codes:\n      - {code: 2846, to: 2026-12-31, source: treaty}\n"
            f"      - {{code: 2846, from: {second}, source: treaty}}\n"
        )

    assert one(problems(scope=scope("2026-12-31"))) == ("013", 11, "error")
    assert problems(scope=scope("2027-01-01")) == ()


def test_a_covered_product_without_a_floor_is_a_warning(problems: Problems) -> None:
    found = problems(price_floors=floors("2026-08-01"))
    assert one(found) == ("014", 8, "warning")
    assert "no floor from 2026-07-01 to 2026-07-31" in found[0].message


def test_a_sunset_that_was_meant_is_no_omission(problems: Problems) -> None:
    text = floors("2026-07-01") + "    sunset: 2028-06-30\n"
    assert problems(price_floors=text) == ()


def test_an_economy_both_party_and_covered_is_found(problems: Problems) -> None:
    text = (
        "parties: [{economy: NOR, from: 2026-07-01, to: 2026-12-31, source: treaty}]\n"
        "covered_economies: [{economy: NOR, from: %s, source: treaty}]\n"
    )
    assert one(problems(membership=text % "2026-12-31")) == ("015", 2, "error")
    assert problems(membership=text % "2027-01-01") == ()


@pytest.mark.parametrize(
    ("article", "text"),
    [
        ("exemptions", "de_minimis: [{from: 2026-07-01, value: 800, unit: EUR, source: treaty}]\n"),
        ("exemptions", "de_minimis: [{from: 2026-07-01, value: -800, unit: USD, source: treaty}]\n"),
        ("reference_prices", "prices: [{product: oxide, basis: {incoterm: CIF, place: Oslo, purity: p}, "
         "values: [{from: 2026-07-01, value: 60, unit: USD/kg, source: treaty}]}]\n"),
    ],
)  # fmt: skip
def test_a_number_in_another_unit_or_below_zero_is_found(problems: Problems, article: str, text: str) -> None:
    assert one(problems(**{article: text})) == ("005", 1, "error")


REVIEW = """\
reviews:
  - {subject: price_floors.oxide, first_on: 2027-07-01, every_months: 12, source: treaty}
sunsets:
  - {subject: charter, on: 2028-12-31, source: treaty}
"""


def passed(charter: Charter, on: date) -> list[str]:
    found = [each for each in check(charter, on) if each.code == "STN-CHARTER-018"]
    assert all(each.severity == "warning" and each.place.line for each in found)
    return [each.message.split(" has passed")[0] for each in found]


def test_a_review_is_due_until_its_day_is_over(charter: Open) -> None:
    law = charter(review=REVIEW)
    assert passed(law, date(2027, 7, 1)) == []
    assert passed(law, date(2027, 7, 2)) == ["the review of price_floors.oxide on 2027-07-01"]
    assert passed(law, date(2029, 1, 1)) == [
        "the review of price_floors.oxide on 2027-07-01",
        "the review of price_floors.oxide on 2028-07-01",
        "the sunset of charter on 2028-12-31",
    ]


def test_a_review_that_was_decided_has_not_passed(charter: Open) -> None:
    decided = (
        "decisions: [{subject: price_floors.oxide, due_on: 2027-07-01, decided_on: 2027-06-15, "
        "outcome: kept, source: treaty}]\n"
    )
    assert passed(charter(review=REVIEW + decided), date(2027, 7, 2)) == []


def test_the_dates_of_a_floor_are_looked_at_too(charter: Open) -> None:
    text = floors("2026-07-01") + "    review_on: [2027-01-01]\n    sunset: 2028-06-30\n"
    assert passed(charter(price_floors=text), date(2028, 7, 1)) == [
        "the review of price_floors.oxide on 2027-01-01",
        "the sunset of price_floors.oxide on 2028-06-30",
    ]


def test_without_a_day_nothing_has_passed(charter: Open) -> None:
    assert check(charter(review=REVIEW)) == ()


def test_a_charter_without_places_is_checked_too(write: Callable[..., Path]) -> None:
    law = open_charter(write(price_floors=floors("2026-08-01")))
    bare = type(law)(**law.articles)
    (found,) = check(bare)
    assert (found.code, found.place.line, found.place.path) == ("STN-CHARTER-014", None, "scope.products[1]")
