from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.charter.price_floors import Fixed, FloorValue, ProductFloor
from stannary.charter.reader import open_charter
from stannary.pricing.floor_notice import FloorLine, notice
from stannary.pricing.in_law import with_published
from stannary.pricing.price_log import NOTHING, read_log, record
from stannary.zone import shipped_folder

from .published import quarter

D = Decimal


@pytest.fixture(scope="module")
def charter():
    return open_charter(shipped_folder("toy") / "charter")


@pytest.fixture(scope="module")
def forge():
    return open_charter(shipped_folder("forge") / "charter")


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Low prices of scrap for half a year before its floor's first review on 2027-07-01."""
    path: Path = tmp_path_factory.mktemp("log") / "prices.ndjson"
    record(path, quarter(2026, 3, {"ndpr.scrap": "41000.00", "dysprosium.oxide": "260000.00"}))
    record(path, quarter(2026, 4, {"ndpr.scrap": "42000.00"}, ["dysprosium.oxide"]))
    record(path, quarter(2027, 1, {"ndpr.scrap": "43000.00", "dysprosium.oxide": "255000.00"}))
    return read_log(path).records


def line(charter, on: date, records, product: str) -> FloorLine:
    found = notice(charter, on, records).line(product)
    assert found is not None
    return found


# the average of 1 January to 30 June 2027: 14 days at 41,000, 90 at 42,000, 77 at 43,000
AVERAGE = (14 * D(41000) + 90 * D(42000) + 77 * D(43000)) / 181


def test_the_rubber_revision_is_in_the_notice_on_its_day_and_not_the_day_before(charter, records):
    assert D(42000) < AVERAGE < D(50000) * D("0.85")
    before = line(charter, date(2027, 6, 30), records, "ndpr.scrap")
    on_the_day = line(charter, date(2027, 7, 1), records, "ndpr.scrap")
    assert (before.floor_usd_per_t, before.kind, before.until) == (D(50000), "fixed", date(2027, 6, 30))
    assert (on_the_day.floor_usd_per_t, on_the_day.kind) == (D(47500), "revised")
    assert on_the_day.since == date(2027, 7, 1)
    assert f"average {AVERAGE:.4f} left the band of 15%" in on_the_day.how
    assert on_the_day.assumed == "the band and step of the rubber agreement of 1995", "it cites the revision"


def test_the_day_before_tells_the_revision_as_what_changes_next(charter, records):
    change = line(charter, date(2027, 6, 30), records, "ndpr.scrap").next_change
    assert (change.on, change.kind, change.floor_usd_per_t) == (date(2027, 7, 1), "amount", D(47500))


def test_until_the_prices_are_known_the_revision_is_told_with_its_band(charter, records):
    early = line(charter, date(2027, 2, 1), records[:2], "ndpr.scrap")
    assert (early.next_change.on, early.next_change.kind) == (date(2027, 7, 1), "revision")
    assert early.next_change.floor_usd_per_t is None
    for words in ("to 47,500 USD/t", "below 42,500", "to 52,500 USD/t", "above 57,500"):
        assert words in early.next_change.words


def test_an_average_with_a_missing_day_moves_nothing(charter, records):
    gappy = [records[0], records[2]]
    assert line(charter, date(2027, 7, 1), gappy, "ndpr.scrap").floor_usd_per_t == D(50000)


def test_a_floor_without_a_reference_price_is_missing_and_not_zero(charter, records):
    day_before = line(charter, date(2027, 1, 14), records, "dysprosium.oxide")
    assert (day_before.state, day_before.floor_usd_per_t) == ("in_force", D(208000))
    assert (day_before.next_change.on, day_before.next_change.kind) == (date(2027, 1, 15), "missing")
    missing = line(charter, date(2027, 1, 15), records, "dysprosium.oxide")
    assert (missing.state, missing.floor_usd_per_t, missing.reference) == ("missing", None, None)
    assert missing.no_reference == "record 2 publishes none: too few deals, and no firm bid"
    assert "none for want of a price" in notice(charter, date(2027, 1, 15), records).outcome
    again = line(charter, date(2027, 4, 15), records, "dysprosium.oxide")
    assert (again.state, again.floor_usd_per_t) == ("in_force", D(204000))


def test_a_price_that_nobody_renewed_is_said_to_have_ended(charter, records):
    late = line(charter, date(2027, 9, 1), records, "dysprosium.oxide")
    assert late.state == "missing"
    assert late.no_reference == "the last one ended on 2027-07-14, and none was published since"


def test_a_published_reference_price_carries_what_it_rests_on(charter, records):
    reference = line(charter, date(2027, 2, 1), records, "ndpr.scrap").reference
    assert (reference.usd_per_t, reference.record) == (D("42000.00"), 2)
    assert (reference.period_start, reference.period_end) == (date(2026, 10, 1), date(2026, 12, 31))
    assert (reference.reports, reference.reporters) == (4, 3)
    assert (reference.volume_t, reference.uncertainty) == (D("12.50"), D("0.021"))
    assert reference.flags == ("the weight of a reporter or a party was held to the cap",)
    written = line(charter, date(2027, 2, 1), records, "ndpr.oxide").reference
    assert (written.usd_per_t, written.record, written.reports, written.volume_t) == (
        D(66000),
        None,
        None,
        None,
    )
    assert written.where_from == "written in the charter, assumed: six tenths of the floor"


def test_a_derivative_without_a_floor_is_held_to_that_of_its_content(charter):
    magnet = line(charter, date(2026, 9, 1), (), "neodymium.magnet")
    assert (magnet.state, magnet.floor_of, magnet.floor_usd_per_t) == ("by_content", "ndpr.metal", D(149100))
    assert magnet.article == "price_floors.ndpr.metal"


def test_every_product_in_scope_has_one_line(forge):
    found = notice(forge, date(2026, 11, 1))
    assert sorted(each.product for each in found.lines) == sorted(each.id for each in forge.scope.products)


def same_floors(charter, on, records) -> None:
    found = notice(charter, on, records)
    law = with_published(charter, records)
    told = {
        (each.product, each.floor_usd_per_t, each.since, each.until, each.how)
        for each in found.lines
        if each.state == "in_force"
    }
    held = {
        (each.product, each.usd_per_t, each.start, each.end, each.how)
        for each in law.floors
        if each.start <= on <= (each.end or date.max)
    }
    assert told == held
    assert all((each.floor_usd_per_t is None) == (each.since is None) for each in found.lines)
    assert all(each.floor_usd_per_t is None or each.floor_usd_per_t > 0 for each in found.lines)


@given(on=st.dates(date(2026, 6, 1), date(2032, 1, 1)), known=st.integers(0, 3))
def test_the_notice_agrees_with_the_floors_in_force(charter, records, on, known):
    same_floors(charter, on, records[:known])


def test_the_notice_of_the_reference_charter_agrees_with_its_floors_in_force(forge):
    for on in (date(2026, 6, 30), date(2026, 7, 1), date(2027, 7, 1), date(2031, 6, 30), date(2031, 7, 1)):
        same_floors(forge, on, ())


@given(on=st.dates(date(2026, 6, 1), date(2031, 12, 1)), known=st.integers(0, 3))
def test_what_is_said_to_change_next_is_what_changes(charter, records, on, known):
    """Between a day and the first change told, the floor stays; on that day it is the one told."""
    now = notice(charter, on, records[:known])
    for each in now.lines:
        change = each.next_change
        until = change.on if change is not None else date(2032, 6, 1)
        day_before = line(charter, until - timedelta(days=1), records[:known], each.product)
        if until - timedelta(days=1) > on:
            assert day_before.floor_usd_per_t == each.floor_usd_per_t
        if change is not None and change.kind in ("amount", "missing"):
            on_the_day = line(charter, until, records[:known], each.product)
            assert on_the_day.floor_usd_per_t == change.floor_usd_per_t


def test_before_it_begins_and_after_it_ends_a_floor_says_so(charter):
    before, after = date(2026, 6, 30), date(2031, 7, 1)
    assert line(charter, before, (), "ndpr.oxide").state == "not_yet"
    assert line(charter, after, (), "ndpr.oxide").state == "ended"
    assert line(charter, date(2031, 6, 30), (), "ndpr.oxide").state == "in_force"
    assert notice(charter, after).outcome.startswith("The charter is not in force on 2031-07-01.")
    assert line(charter, after, (), "ndpr.oxide").next_change is None


def test_a_product_without_any_floor_says_so(charter):
    floors = replace(
        charter.price_floors,
        floors=tuple(f for f in charter.price_floors.floors if f.product != "ndpr.scrap"),
    )
    found = line(replace(charter, price_floors=floors), date(2026, 9, 1), (), "ndpr.scrap")
    assert (found.state, found.floor_usd_per_t, found.changes) == ("unfloored", None, ())


def test_the_next_review_and_the_last_day_are_told(charter, forge):
    oxide = line(charter, date(2026, 9, 1), (), "ndpr.oxide")
    assert (oxide.next_review, oxide.last_day) == (date(2028, 7, 1), date(2031, 6, 30))
    # the reference charter reviews this floor every six months, and all floors every year
    assert line(forge, date(2026, 9, 1), (), "ndpr.oxide").next_review == date(2027, 1, 1)
    assert line(forge, date(2027, 1, 1), (), "ndpr.oxide").next_review == date(2027, 1, 1)
    assert line(forge, date(2027, 1, 2), (), "ndpr.oxide").next_review == date(2027, 7, 1)


def test_the_notice_names_the_log_and_the_law_it_was_made_from(charter, records):
    found = notice(charter, date(2027, 2, 1), records)
    assert (found.records, found.head) == (3, records[-1].digest)
    assert found.fingerprint == with_published(charter, records).fingerprint
    bare = notice(charter, date(2027, 2, 1))
    assert (bare.records, bare.head, bare.fingerprint) == (0, NOTHING, charter.fingerprint)


def test_a_floor_that_ends_and_begins_again_says_so_and_blames_no_price(charter):
    """100 to the end of 2026, nothing for three months, 120 to the end of June 2027, and then nothing."""
    days = [(date(2026, 7, 1), date(2026, 12, 31), 100), (date(2027, 4, 1), date(2027, 6, 30), 120)]
    held = ProductFloor(
        product="ndpr.oxide",
        values=tuple(
            FloorValue(start=start, end=end, rule=Fixed(amount=D(amount)), assumed="paper")
            for start, end, amount in days
        ),
    )
    others = tuple(f for f in charter.price_floors.floors if f.product != "ndpr.oxide")
    law = replace(charter, price_floors=replace(charter.price_floors, floors=(held, *others)))
    now = line(law, date(2026, 9, 1), (), "ndpr.oxide")
    assert [(each.on, each.kind) for each in now.changes[:3]] == [
        (date(2027, 1, 1), "end"),
        (date(2027, 4, 1), "amount"),
        (date(2027, 7, 1), "end"),
    ]
    assert "the next begins on 2027-04-01" in now.changes[0].words
    between = line(law, date(2027, 2, 1), (), "ndpr.oxide")
    assert (between.state, between.how) == ("not_yet", "Its floor has ended; the next begins on 2027-04-01.")
    assert line(law, date(2027, 7, 1), (), "ndpr.oxide").state == "ended"
