"""An amendment adds below and never writes over; what it cannot do it refuses."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.charter.amendment import AddItem, Amendment, Change, EndItem, SetValue, amend, open_amendment
from stannary.charter.charter import Charter
from stannary.charter.citation import number_on
from stannary.charter.difference import diff
from stannary.charter.reader import open_charter
from stannary.charter.writer import write_charter
from stannary.errors import CharterError

D = Decimal
Open = Callable[..., Charter]


@pytest.fixture
def law(charter: Open) -> Charter:
    return charter()


def amendment(*changes: Change) -> Amendment:
    return Amendment(id="first", title="The first amendment", changes=changes)


def set_value(path: str, start: str, **terms: Any) -> SetValue:
    return SetValue(path=path, start=start, assumed="paper", **terms)


def codes(law: Charter, change: Any) -> list[str]:
    with pytest.raises(CharterError) as caught:
        amend(law, change if not isinstance(change, SetValue | AddItem | EndItem) else amendment(change))
    return [each.code[-3:] for each in caught.value.problems]


def floor_on(charter: Charter, product: str, day: date) -> Decimal | None:
    held = (f for f in charter.floors if f.product == product and f.start <= day <= (f.end or date.max))
    return next((floor.usd_per_t for floor in held), None)


def test_a_new_floor_stands_below_the_old_one(law: Charter) -> None:
    amended = amend(law, amendment(set_value("price_floors.oxide", "2027-01-01", value="120000")))
    assert floor_on(amended, "oxide", date(2026, 12, 31)) == 100_000
    assert floor_on(amended, "oxide", date(2027, 1, 1)) == 120_000
    first, second = amended.price_floors.floors[1].values
    assert first == law.price_floors.floors[1].values[0]
    assert second.assumed == "paper"


def test_the_charter_amended_is_left_as_it_was_and_the_new_one_has_its_own_fingerprint(law: Charter) -> None:
    fingerprint = law.fingerprint
    amended = amend(law, amendment(set_value("price_floors.oxide", "2027-01-01", value="120000")))
    assert (law.fingerprint, len(law.price_floors.floors[1].values)) == (fingerprint, 1)
    assert amended.fingerprint != fingerprint
    assert amended.folder is None


def test_a_mapping_is_enough_for_a_what_if(law: Charter) -> None:
    amended = amend(
        law, {"price_floors.oxide": {"2027-01-01": 120_000}, "price_floors.ore": {"2027-01-01": "50000"}}
    )
    assert floor_on(amended, "oxide", date(2027, 1, 1)) == 120_000
    assert floor_on(amended, "ore", date(2027, 1, 1)) == 50_000
    assert amended.price_floors.floors[1].values[1].assumed == "a what-if; no source was given"
    ruled = {"from": "2027-01-01", "rule": {"kind": "share_of_reference", "share": "0.9"}, "source": "treaty"}
    assert floor_on(amend(law, {"price_floors.oxide": ruled}), "oxide", date(2027, 1, 1)) == 54_000


@pytest.mark.parametrize(
    ("path", "unit"),
    [("reference_prices.oxide", "USD/t"), ("rules_of_origin.rates.covered", "share")],
)
def test_prices_and_rates_are_set_in_their_unit(law: Charter, path: str, unit: str) -> None:
    amended = amend(law, {path: {"2027-01-01": D("0.5")}})
    values = (
        amended.reference_prices.prices[0].values
        if path.startswith("reference")
        else amended.rules_of_origin.rates[1].shares
    )
    assert values[1].unit == unit
    assert number_on(values, date(2027, 1, 1)) == D("0.5")
    assert number_on(values, date(2026, 12, 31)) != D("0.5")


def test_an_earlier_value_with_an_end_of_its_own_ends_the_day_before(charter: Open) -> None:
    text = "de_minimis: [{from: 2026-07-01, to: 2028-12-31, value: 800, unit: USD, source: treaty}]\n"
    amended = amend(charter(exemptions=text), {"exemptions.de_minimis": {"2027-01-01": 700}})
    assert [each.end for each in amended.exemptions.de_minimis] == [date(2026, 12, 31), None]


def test_a_value_that_begins_on_that_day_is_never_overwritten(law: Charter) -> None:
    assert codes(law, set_value("price_floors.oxide", "2026-07-01", value="1")) == ["016"]


@pytest.mark.parametrize(
    "path",
    ["price_floors.gold", "nowhere.at.all", "membership.parties.NOR", "scope.products.ore", "citation"],
)
def test_what_is_not_there_to_be_set_is_refused(law: Charter, path: str) -> None:
    assert codes(law, set_value(path, "2027-01-01", value="1")) == ["017"]


def test_all_problems_of_an_amendment_are_listed_at_once(law: Charter) -> None:
    changes = (
        set_value("price_floors.gold", "2027-01-01", value="1"),
        set_value("price_floors.oxide", "2026-07-01", value="1"),
        EndItem(path="membership.parties.SWE", on=date(2027, 1, 1), assumed="paper"),
    )
    assert codes(law, amendment(*changes)) == ["017", "016", "017"]


def test_a_party_may_join_be_suspended_and_leave(law: Charter) -> None:
    joined = amend(
        law,
        amendment(
            AddItem(path="membership.parties", item={"economy": "SWE", "from": "2027-01-01"}, source="treaty")
        ),
    )
    assert not joined.membership.is_party("SWE", date(2026, 12, 31))
    assert joined.membership.is_party("SWE", date(2027, 1, 1))
    pause = {"economy": "SWE", "from": "2027-07-01", "status": "suspended"}
    suspended = amend(joined, amendment(AddItem(path="membership.parties", item=pause, source="treaty")))
    assert suspended.membership.is_party("SWE", date(2027, 6, 30))
    assert not suspended.membership.is_party("SWE", date(2027, 7, 1))
    left = amend(
        law, amendment(EndItem(path="membership.parties.NOR", on=date(2027, 3, 31), source="treaty"))
    )
    assert left.membership.is_party("NOR", date(2027, 3, 31))
    assert not left.membership.is_party("NOR", date(2027, 4, 1))


def test_an_end_is_never_overwritten(law: Charter) -> None:
    leave = EndItem(path="membership.parties.NOR", on=date(2027, 3, 31), source="treaty")
    left = amend(law, amendment(leave))
    assert codes(left, EndItem(path="membership.parties.NOR", on=date(2026, 12, 31), source="treaty")) == [
        "016"
    ]
    assert codes(left, EndItem(path="membership.parties.NOR", on=date(2027, 4, 30), source="treaty")) == [
        "017"
    ]


def test_a_second_spell_from_the_same_day_is_refused(law: Charter) -> None:
    again = AddItem(path="membership.parties", item={"economy": "NOR", "from": "2026-07-01"}, source="treaty")
    assert codes(law, again) == ["016"]


def test_a_new_general_rule_ends_the_old_one_the_day_before(law: Charter) -> None:
    rule = {
        "id": "tiers",
        "from": "2027-01-01",
        "rule": {"kind": "tiered", "tiers": [{"from_share": "0.1", "rate": "1"}]},
    }
    amended = amend(law, amendment(AddItem(path="border_adjustment.rules", item=rule, source="treaty")))
    before, after = (
        amended.border_adjustment.rule_for("oxide", day) for day in (date(2026, 12, 31), date(2027, 1, 1))
    )
    assert before is not None
    assert after is not None
    assert (before.rule.kind, after.rule.kind) == ("gap", "tiered")


def test_an_article_the_charter_did_not_hold_is_begun(law: Charter) -> None:
    clause = {"subject": "price_floors", "first_on": "2027-07-01", "every_months": 12}
    amended = amend(law, amendment(AddItem(path="review.reviews", item=clause, source="treaty")))
    assert amended.review is not None
    assert amended.review.reviews[0].every_months == 12


def test_a_product_a_relief_and_a_source_may_be_added(law: Charter) -> None:
    ruling = {"id": "ruling", "title": "A ruling", "publisher": "P"}
    relief = {"id": "r1", "importer": "I", "products": ["ore"], "decision": "granted"}
    metal = {"id": "metal", "mineral": "ndpr", "stage": "metal", "title": "Metal", "contained_basis": "t"}
    changes = (
        AddItem(path="citation.sources", item=ruling, source="treaty"),
        AddItem(
            path="exemptions.relief",
            item=relief | {"from": "2027-01-01", "to": "2027-12-31"},
            source="ruling",
        ),
        AddItem(path="scope.products", item=metal, source="ruling"),
    )
    amended = amend(law, amendment(*changes))
    assert amended.exemptions.relief[0].source == "ruling"
    assert amended.scope.product("metal") is not None


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"economy": "Sweden", "from": "2027-01-01"}, "005"),
        ({"economy": "SWE"}, "003"),
        ({"economy": "SWE", "from": "soon"}, "005"),
        ({"economy": "SWE", "from": "2027-01-01", "colour": "red"}, "004"),
        ({"economy": "CHN", "from": "2027-01-01"}, "015"),
    ],
)
def test_an_item_that_is_not_good_law_is_refused(law: Charter, item: dict[str, str], code: str) -> None:
    assert code in codes(law, AddItem(path="membership.parties", item=item, source="treaty"))


def test_a_mapping_without_a_day_is_refused(law: Charter) -> None:
    assert codes(law, {"price_floors.oxide": 120_000}) == ["003"]
    assert codes(law, {"price_floors.oxide": {"soon": 1}}) == ["005"]


AMENDMENT = """\
id: first
title: The first amendment
changes:
  - {kind: set, path: price_floors.oxide, from: 2027-01-01, value: 120000, source: treaty}
  - {kind: add, path: membership.parties, item: {economy: SWE, from: 2027-01-01}, source: treaty}
  - {kind: end, path: membership.parties.NOR, on: 2027-06-30, source: treaty}
"""


def test_an_amendment_is_read_from_a_file(law: Charter, tmp_path: Path) -> None:
    path = tmp_path / "first.yaml"
    path.write_text(AMENDMENT)
    amended = amend(law, open_amendment(path))
    assert str(diff(law, amended)).splitlines() == [
        "NOR is no longer in parties from 2027-07-01",
        "SWE joins parties from 2027-01-01",
        "floor of oxide rises from 100000 to 120000 USD/t (+20.0%) from 2027-01-01",
    ]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (AMENDMENT.replace("value:", "valeu:"), "004", 4),
        (AMENDMENT.replace(", value: 120000", ""), "005", 4),
        (AMENDMENT.replace("kind: end", "kind: stop"), "005", 6),
        (AMENDMENT.replace("2027-06-30, source: treaty", "2027-06-30"), "006", 6),
        ("changes: [", "002", 2),
        ("", "002", None),
    ],
)
def test_an_ill_formed_amendment_is_refused_at_its_line(
    tmp_path: Path, text: str, code: str, line: int | None
) -> None:
    path = tmp_path / "first.yaml"
    path.write_text(text)
    with pytest.raises(CharterError) as caught:
        open_amendment(path)
    assert (code, line) in [(each.code[-3:], each.place.line) for each in caught.value.problems]


def test_an_amendment_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(CharterError):
            open_amendment(path)


# -- what must hold of every amendment ----------------------------------------------------------------------


@settings(max_examples=40)
@given(
    st.sampled_from(["price_floors.ndpr.oxide", "price_floors.ndpr.metal", "reference_prices.ndpr.oxide"]),
    st.dates(date(2026, 7, 2), date(2031, 6, 30)),
    st.decimals(min_value=1, max_value=10**7, places=2),
)
def test_an_amendment_changes_no_day_before_its_own_and_survives_being_saved(
    toy: Charter, tmp_path: Path, path: str, day: date, amount: D
) -> None:
    try:
        amended = amend(toy, {path: {day: amount}})
    except CharterError as error:
        assert [each.code for each in error.problems] == ["STN-CHARTER-016"]
        return
    changed = diff(toy, amended).changes
    assert all(each.start is None or each.start >= day for each in changed)
    assert {path} <= {each.path for each in changed} or amended.floors == toy.floors
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    write_charter(amended, folder)
    again = open_charter(folder)
    assert again == amended
    assert again.fingerprint == amended.fingerprint
