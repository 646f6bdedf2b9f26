from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from tests.report.page_reader import read

from stannary.pricing.floor_notice import Reference, notice
from stannary.report.floors_page import REVISIONS, cautions, changes_ahead, floors_page
from stannary.report.floors_told import STATE_WORDS, as_data, as_rows
from stannary.report.spreadsheets import as_csv
from stannary.report.words import exact, percent
from stannary.zone import open_zone

DAY = date(2026, 11, 1)


def words_of(text: str) -> str:
    return " ".join(" ".join(read(text).words).split())


@pytest.fixture(scope="module")
def forge():
    return notice(open_zone("forge").charter, DAY)


@pytest.fixture(scope="module")
def published(toy):
    """A notice with a published price, a missing floor and a held-to-content one."""
    found = notice(toy.charter, DAY)
    reference = Reference(
        Decimal("40123.45"), date(2026, 10, 15), date(2027, 1, 14), "FOB", "zone reference price, record 1",
        1, date(2026, 7, 1), date(2026, 9, 30), "transactions of the period", 11, 4, Decimal("3.007102"),
        Decimal("0.0345"), ("the best bid was above the best offer",),
    )  # fmt: skip
    lines = []
    for line in found.lines:
        if line.product == "ndpr.scrap":
            line = replace(line, reference=reference)
        if line.product == "dysprosium.oxide":
            line = replace(line, state="missing", floor_usd_per_t=None, since=None, until=None, kind=None,
                           how="Its floor is a share of a price, and none is known.", reference=None,
                           no_reference="record 1 publishes none: too thin")  # fmt: skip
        lines.append(line)
    return replace(found, lines=tuple(lines), records=1, head="d" * 64)


@pytest.fixture(scope="module")
def text(published):
    return floors_page(published, command="stannary floors --as-of 2026-11-01")


def test_every_floor_on_the_page_is_the_notices_own(forge):
    told = words_of(floors_page(forge, command="x"))
    for line in forge.lines:
        assert line.title in told
        assert line.product in told
        if line.floor_usd_per_t is not None:
            assert exact(line.floor_usd_per_t) in told
        if line.reference is not None:
            assert exact(line.reference.usd_per_t) in told


def test_a_missing_floor_is_said_to_be_missing_and_no_zero_is_written(published, text):
    row = next(part for part in text.split("<tr>") if "dysprosium.oxide ·" in part)
    assert STATE_WORDS["missing"] in row
    assert "0.00" not in row
    assert "Record 1 publishes none: too thin" in row


def test_a_published_price_shows_what_it_rests_on(text):
    told = words_of(text)
    assert "40,123.45" in told
    assert "11 reports by 4 reporters, 3.007102 t, ± 3.5%; the best bid was above the best offer" in told


def test_the_page_tells_what_changes_next_and_the_law_it_rests_on(published, text):
    told = words_of(text)
    assert published.outcome in told
    assert "2027-01-01" in told
    assert published.fingerprint in told
    assert "d" * 64 in told
    assert "stannary floors --as-of 2026-11-01" in told
    assert "Article price_floors.ndpr.oxide" in told


def test_the_page_loads_nothing_and_runs_nothing(text):
    reader = read(text)
    assert not {"script", "link", "iframe", "object", "embed", "img", "base"} & set(reader.tags)
    assert not [
        each for each in reader.attributes if each[1] in ("src", "srcset", "action") or each[1][:2] == "on"
    ]
    assert "@import" not in text
    assert not re.findall(r"url\(", text)
    policy = next(
        value for _, name, value in reader.attributes if name == "content" and "default-src" in value
    )
    assert policy.startswith("default-src 'none'")


def test_what_a_charter_or_a_reporter_says_is_text_in_the_page(published):
    hostile = "<script>alert(1)</script>"
    lines = tuple(replace(line, title=hostile, how=hostile, no_reference=hostile) for line in published.lines)
    page = floors_page(
        replace(published, lines=lines, title=hostile), command=hostile, minerals={"ndpr": hostile}
    )
    assert "script" not in read(page).tags
    assert hostile in unescape(words_of(page))


def test_the_same_notice_gives_the_same_page(published, text):
    assert floors_page(published, command="stannary floors --as-of 2026-11-01") == text


def test_minerals_go_by_the_names_they_are_given(published):
    assert "Praseodymium twins" in floors_page(
        published, command="x", minerals={"ndpr": "Praseodymium twins"}
    )


def test_revisions_of_one_day_are_told_once_at_the_top(forge):
    ahead = changes_ahead(forge)
    revisions = [each for each in ahead if each.words == REVISIONS]
    assert [each.on for each in revisions] == [date(2027, 7, 1)]
    assert [each.on for each in ahead] == sorted(each.on for each in ahead)
    assert "others" in revisions[0].products
    assert sum(len(each.lines) for each in ahead) == sum(len(line.changes) for line in forge.lines)


def test_a_reader_is_warned_of_assumed_figures_and_of_prices_not_published(forge, published):
    assert any("assumes" in each for each in cautions(forge))
    assert any("No price log was given" in each for each in cautions(forge))
    assert not any("No price log" in each for each in cautions(published))


def test_a_notice_of_one_product_says_its_floor_in_the_headline(published):
    one = replace(published, lines=tuple(each for each in published.lines if each.product == "ndpr.scrap"))
    assert (
        one.outcome
        == "ndpr.scrap has a floor of 50000.0000 USD/t on 2026-11-01; the next change is on 2027-07-01."
    )
    assert one.outcome in words_of(floors_page(one, command="x"))
    none = replace(published, lines=tuple(each for each in published.lines if each.state == "missing"))
    assert none.outcome.startswith("dysprosium.oxide has no floor on 2026-11-01")


def test_the_data_hold_every_line_exactly_and_missing_is_null(published):
    data = json.loads(json.dumps(as_data(published), default=str))
    floors = {each["product"]: each for each in data["floors"]}
    assert floors["ndpr.scrap"]["floor_usd_per_t"] == "50000.0000"
    assert floors["dysprosium.oxide"]["floor_usd_per_t"] is None
    assert floors["dysprosium.oxide"]["reference"] is None
    assert floors["ndpr.scrap"]["reference"]["uncertainty"] == "0.0345"
    assert data["price_log"] == {"records": 1, "head": "d" * 64}


def test_the_rows_are_one_a_product_and_empty_where_nothing_is_known(published):
    rows = {row["product"]: row for row in csv.DictReader(io.StringIO(as_csv(as_rows(published))))}
    assert set(rows) == {line.product for line in published.lines}
    assert rows["dysprosium.oxide"]["floor_usd_per_t"] == ""
    assert rows["dysprosium.oxide"]["reference_where_from"] == "record 1 publishes none: too thin"
    assert rows["ndpr.scrap"]["reference_volume_t"] == "3.007102"
    assert rows["ndpr.scrap"]["next_change_on"] == "2027-07-01"


@pytest.mark.parametrize("act", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_text_is_taken_for_a_formula_by_a_spreadsheet(act):
    [row] = csv.DictReader(
        io.StringIO(as_csv([{"name": act, "amount": Decimal("-1.50"), "flags": ["a", "b"]}]))
    )
    assert row == {"name": "'" + act.replace("\r", " "), "amount": "-1.50", "flags": "a; b"}


def test_a_table_without_rows_keeps_its_head():
    assert as_csv([], ("product", "floor")) == "product,floor\n"


def test_amounts_keep_every_decimal_that_says_something():
    written = [exact(Decimal(text)) for text in ("110000.0000", "41138.7660", "0.6667", "3E+3")]
    assert written == ["110,000.00", "41,138.766", "0.6667", "3,000.00"]
    assert (exact(None), percent(None), percent(Decimal("0.0345"))) == ("–", "–", "3.5%")
