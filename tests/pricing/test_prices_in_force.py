from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.border.assessment import assess
from stannary.charter.checks import check
from stannary.charter.reader import open_charter
from stannary.pricing.in_law import SOURCE, with_published
from stannary.pricing.price_log import Record, read_log, record
from stannary.pricing.prices_in_force import prices_in_force
from stannary.zone import open_zone, shipped_folder

from .published import quarter

D = Decimal
ONE_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def charter():
    return open_charter(shipped_folder("toy") / "charter")


@pytest.fixture
def logged(tmp_path: Path):
    """Record publications and read them back."""

    def records(*publications):
        path = tmp_path / "prices.ndjson"
        path.unlink(missing_ok=True)
        for publication in publications:
            record(path, publication)
        return read_log(path).records

    return records


def values(charter, product: str) -> list[tuple[str, str, D]]:
    held = charter.reference_prices.price(product)
    return [(str(each.start), str(each.end), each.value) for each in held.values]


def test_a_written_price_stands_until_the_first_published_one(charter, logged):
    law = with_published(charter, logged(quarter(2026, 3, {"ndpr.scrap": "38000.00"})))
    assert values(law, "ndpr.scrap") == [
        ("2026-07-01", "2026-10-14", D(40000)),
        ("2026-10-15", "2027-01-14", D("38000.00")),
    ]
    price = law.reference_prices.price("ndpr.scrap")
    assert (price.in_force(date(2026, 10, 14)), price.in_force(date(2026, 10, 15))) == (D(40000), D(38000))
    # the value written for 2027-07-01 counts no more: the zone publishes this price now
    assert price.in_force(date(2027, 7, 2)) is None


def test_a_period_that_follows_leaves_no_day_without_a_price(charter, logged):
    law = with_published(
        charter,
        logged(*(quarter(year, n, {"ndpr.scrap": "1.00"}) for year in (2027, 2028) for n in range(1, 5))),
    )
    published = law.reference_prices.price("ndpr.scrap").values[-8:]
    assert all(one.end + ONE_DAY == other.start for one, other in pairwise(published))


@given(lag=st.integers(1, 120), months=st.sampled_from([1, 3]))
def test_whatever_the_months_and_the_days_after_them_prices_join(lag, months):
    found = [quarter(2027, 1, {"ndpr.scrap": "1.00"}, lag=lag, months=months)]
    while len(found) < 12:
        begins = found[-1].end + ONE_DAY
        first = quarter(begins.year, (begins.month + 2) // 3, {"ndpr.scrap": "1.00"}, lag=lag)
        if months == 1:
            end = (begins.replace(day=28) + timedelta(days=4)).replace(day=1) - ONE_DAY
            effect = end + timedelta(days=lag)
            [price] = first.prices
            price = replace(price, start=begins, end=end, takes_effect_on=effect)
            first = replace(first, start=begins, end=end, takes_effect_on=effect, prices=(price,))
        found.append(first)
    records = [
        Record(number, "publication", publication, None, None, "", "")
        for number, publication in enumerate(found, start=1)
    ]
    spells = prices_in_force(records)["ndpr.scrap"]
    assert len(spells) == 12
    assert all(one.end + ONE_DAY == other.start for one, other in pairwise(spells))


def test_an_unpriced_product_leaves_a_gap(charter, logged):
    law = with_published(
        charter,
        logged(
            quarter(2026, 3, {"dysprosium.oxide": "260000.00"}),
            quarter(2026, 4, {"ndpr.scrap": "40000.00"}, ["dysprosium.oxide"]),
            quarter(2027, 1, {"dysprosium.oxide": "270000.00"}),
        ),
    )
    price = law.reference_prices.price("dysprosium.oxide")
    assert price.in_force(date(2027, 1, 14)) == D(260000)
    assert price.in_force(date(2027, 1, 15)) is None
    assert price.in_force(date(2027, 4, 14)) is None
    assert price.in_force(date(2027, 4, 15)) == D(270000)
    floors = [each for each in law.floors if each.product == "dysprosium.oxide"]
    assert not [each for each in floors if each.start <= date(2027, 2, 1) <= each.end]


def test_a_product_never_priced_keeps_what_the_charter_writes(charter, logged):
    law = with_published(charter, logged(quarter(2026, 3, {"ndpr.scrap": "1.00"}, ["dysprosium.oxide"])))
    assert values(law, "dysprosium.oxide") == values(charter, "dysprosium.oxide")


def test_a_correction_stands_from_its_own_day_to_the_end_of_what_it_corrects(charter, logged):
    first = quarter(2026, 3, {"ndpr.scrap": "38000.00"})
    day = date(2026, 11, 20)
    [price] = first.prices
    corrected = replace(
        first, prices=(replace(price, usd_per_t=D("39000.00"), takes_effect_on=day),), takes_effect_on=day,
        corrects=first.id, reason="a report was late",
    )  # fmt: skip
    law = with_published(charter, logged(first, corrected, quarter(2026, 4, {"ndpr.scrap": "37000.00"})))
    assert values(law, "ndpr.scrap")[1:] == [
        ("2026-10-15", "2026-11-19", D("38000.00")),
        ("2026-11-20", "2027-01-14", D("39000.00")),
        ("2027-01-15", "2027-04-14", D("37000.00")),
    ]


def test_a_correction_of_the_same_day_stands_in_the_place_of_what_it_corrects(charter, logged):
    first = quarter(2026, 3, {"ndpr.scrap": "38000.00"})
    gone = replace(first, prices=(), unpriced=quarter(2026, 3, {}, ["ndpr.scrap"]).unpriced,
                   corrects=first.id, reason="all reports were withdrawn")  # fmt: skip
    [spell] = prices_in_force(logged(first, gone))["ndpr.scrap"]
    assert (spell.price, spell.record.number) == (None, 2)
    assert "too few deals" in spell.unpriced


def test_a_published_price_says_where_it_comes_from(charter, logged):
    records = logged(quarter(2026, 3, {"ndpr.scrap": "38000.00"}))
    law = with_published(charter, records)
    value = law.reference_prices.price("ndpr.scrap").values[-1]
    assert (value.source, value.locator) == (SOURCE, "record 1")
    assert value.derivation.startswith("zone reference price, method toy-1, record 1")
    assert records[-1].digest in law.citation.sources[-1].note


def test_law_with_published_prices_is_good_law_of_another_fingerprint(charter, logged):
    law = with_published(charter, logged(quarter(2026, 3, {"ndpr.scrap": "38000.00"})))
    assert [problem for problem in check(law) if problem.severity == "error"] == []
    assert law.fingerprint not in ("", charter.fingerprint)
    assert with_published(charter, ()) is charter


def test_a_product_without_an_article_gets_one(charter, logged):
    bare = replace(
        charter,
        reference_prices=replace(
            charter.reference_prices,
            prices=tuple(p for p in charter.reference_prices.prices if p.product != "ndpr.scrap"),
        ),
    )
    law = with_published(bare, logged(quarter(2026, 3, {"ndpr.scrap": "38000.00", "unobtainium": "1.00"})))
    assert values(law, "ndpr.scrap") == [("2026-10-15", "2027-01-14", D("38000.00"))]
    assert law.reference_prices.price("unobtainium") is None, (
        "what the charter does not cover has no price in it"
    )


def test_the_border_holds_goods_to_the_floor_that_a_published_price_makes(charter, logged, tmp_path):
    """A tonne at 150,000 USD: four fifths of 250,000 as written, of 260,000 as published, then none known.

    Half of what lies beyond a tenth of the floor, and a quarter more for a covered economy:
    (50,000 - 20,000) x 0.5 x 1.25 = 18,750, then (58,000 - 20,800) x 0.5 x 1.25 = 23,250.
    """
    lines = "\n".join(
        f"{day},1,28469020,1,TNE,150000,USD,{day},BRA,{day}"
        for day in ("2026-10-14", "2026-10-15", "2027-01-14", "2027-01-15")
    )
    entries = tmp_path / "entries.csv"
    head = "entry_number,line_number,tariff_code,quantity,quantity_unit,value,currency,entered_on,produced_in"
    entries.write_text(f"{head},exported_on\n{lines}\n", encoding="utf-8")
    law = with_published(charter, logged(quarter(2026, 3, {"dysprosium.oxide": "260000.00"})))
    atlas = open_zone("toy").atlas
    told = {
        row["entry_number"]: (row["outcome"], row["adjustment_usd"])
        for row in assess(law, atlas, entries).rows()
    }
    assert told == {
        "2026-10-14": ("adjusted", D("18750.00")),
        "2026-10-15": ("adjusted", D("23250.00")),
        "2027-01-14": ("adjusted", D("23250.00")),
        "2027-01-15": ("referred", D("0.00")),
    }


def test_an_earlier_period_published_late_does_not_come_back_after_a_later_one(charter, logged):
    law = with_published(
        charter,
        logged(
            quarter(2027, 1, {"ndpr.scrap": "100.00"}, lag=115), quarter(2027, 2, {"ndpr.scrap": "200.00"})
        ),
    )  # fmt: skip
    assert values(law, "ndpr.scrap")[-1] == ("2027-07-15", "2027-10-14", D("200.00"))
    assert D("100.00") not in [value for _, _, value in values(law, "ndpr.scrap")]


def test_a_late_correction_of_an_earlier_period_leaves_a_later_one_alone(charter, logged):
    first = quarter(2027, 1, {"ndpr.scrap": "100.00"}, lag=90)
    second = quarter(2027, 2, {"ndpr.scrap": "200.00"})
    day = date(2027, 8, 1)
    [price] = first.prices
    corrected = replace(
        first, prices=(replace(price, usd_per_t=D("150.00"), takes_effect_on=day),), takes_effect_on=day,
        corrects=first.id, reason="a report was late",
    )  # fmt: skip
    law = with_published(charter, logged(first, second, corrected))
    assert values(law, "ndpr.scrap")[-2:] == [
        ("2027-06-29", "2027-07-14", D("100.00")),
        ("2027-07-15", "2027-10-14", D("200.00")),
    ]
