"""A difference is told in words and numbers, and nothing is told of what is the same."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.charter.charter import Charter
from stannary.charter.difference import diff

Open = Callable[..., Charter]
FLOOR = "{{from: 2026-07-01, rule: {{kind: fixed, amount: {}}}, source: treaty}}"


def floors(amount: str | int, more: str = "") -> str:
    return (
        f"floors:\n  - product: ore\n    values: [{FLOOR.format(40_000)}]\n"
        f"  - product: oxide\n    values: [{FLOOR.format(amount)}]\n{more}"
    )


def test_a_charter_does_not_differ_from_itself(toy: Charter) -> None:
    found = diff(toy, toy)
    assert not found
    assert str(found) == found.outcome == "The two charters say the same."
    assert found.rows() == []


def test_a_floor_that_rises_says_by_how_much(charter: Open) -> None:
    (change,) = diff(charter(price_floors=floors(110_000)), charter(price_floors=floors(120_000))).changes
    assert change.words == "floor of oxide rises from 110000 to 120000 USD/t (+9.1%) from 2026-07-01"
    assert (change.before, change.after, change.percent) == (110_000, 120_000, Decimal("9.1"))
    assert (change.start, change.end) == (date(2026, 7, 1), None)


def test_a_sunset_ends_the_floor_and_is_told_itself(charter: Open) -> None:
    found = diff(charter(), charter(price_floors=floors(100_000, "    sunset: 2028-06-30\n")))
    assert [each.words for each in found.changes] == [
        "floor of oxide of 100000 USD/t is no longer in force from 2028-07-01",
        "price_floors.oxide.sunset is added: 2028-06-30",
    ]


def test_a_price_moves_the_floors_that_follow_it(charter: Open) -> None:
    share = floors(100_000).replace("kind: fixed, amount: 100000", "kind: share_of_reference, share: 0.5")
    prices = (
        "prices:\n  - product: oxide\n    basis: {{incoterm: CIF, place: Oslo, purity: p}}\n"
        "    values: [{{from: 2026-01-01, value: {}, unit: USD/t, source: treaty}}]\n"
    )
    old, new = (charter(price_floors=share, reference_prices=prices.format(each)) for each in (200, 210))
    assert str(diff(old, new)).splitlines() == [
        "reference price of oxide rises from 200 to 210 USD/t (+5.0%) from 2026-01-01",
        "floor of oxide rises from 100 to 105 USD/t (+5.0%) from 2026-07-01",
    ]


def test_membership_is_told_day_by_day(charter: Open) -> None:
    new = (
        "parties:\n  - {economy: NOR, from: 2026-07-01, to: 2026-12-31, source: treaty}\n"
        "  - {economy: NOR, from: 2027-01-01, status: suspended, source: treaty}\n"
        "covered_economies: []\npax_silica_signatories: [{economy: IND, from: 2026-02-20, source: treaty}]\n"
    )
    assert str(diff(charter(), charter(membership=new))).splitlines() == [
        "IND joins pax_silica_signatories from 2026-02-20",
        "NOR is suspended from parties from 2027-01-01",
        "CHN is no longer in covered_economies from 2026-07-01",
    ]


@pytest.mark.parametrize(
    ("article", "old", "new", "words"),
    [
        ("citation", "title: A small", "title: The small",
         "citation.title changes from A small charter to The small charter"),
        ("scope", "title: Oxide", "title: Oxides", "scope.products.oxide.title changes from Oxide to Oxides"),
        ("scope", "tonnes_per_tonne: 1.5", "tonnes_per_tonne: 1.6",
         "scope.products.oxide.inputs.ore.tonnes_per_tonne changes from 1.5 to 1.6"),
        ("border_adjustment", "kind: gap", "kind: trigger_only",
         "border_adjustment.rules.general.rule.kind changes from gap to trigger_only"),
        ("price_floors", "amount: 40000}, source: treaty", "amount: 40000}, source: treaty, note: words",
         "price_floors.ore.values is added: "
         "from 2026-07-01, rule kind fixed, amount 40000, source treaty, note words"),
        ("rules_of_origin", "stages: [mined, refined]", "stages: [refined, mined]",
         "rules_of_origin.tests.general.stages changes from order mined; refined to order refined; mined"),
    ],
)  # fmt: skip
def test_a_change_of_words_is_told(
    charter: Open, small_texts: dict[str, str], article: str, old: str, new: str, words: str
) -> None:
    assert old in small_texts[article]
    changed = charter(**{article: small_texts[article].replace(old, new, 1)})
    assert words in str(diff(charter(), changed)).splitlines()


def test_an_article_that_is_added_is_told(charter: Open) -> None:
    review = "sunsets: [{subject: charter, on: 2030-12-31, source: treaty}]\n"
    found = diff(charter(), charter(review=review))
    assert str(found) == "review.sunsets is added: subject charter, on 2030-12-31, source treaty"
    assert found.outcome == "1 change in review."


AMOUNT = st.integers(1, 10**6)


@settings(max_examples=40)
@given(AMOUNT, AMOUNT)
def test_the_way_back_swaps_before_and_after(charter: Open, first: int, second: int) -> None:
    old, new = charter(price_floors=floors(first)), charter(price_floors=floors(second))
    there = [(each.path, each.start, each.before, each.after) for each in diff(old, new).changes]
    back = [(each.path, each.start, each.after, each.before) for each in diff(new, old).changes]
    assert there == back
    assert bool(there) == (old != new)
