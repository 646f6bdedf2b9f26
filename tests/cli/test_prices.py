from __future__ import annotations

import csv
import io
import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from tests.pricing.published import quarter

from stannary.zone import shipped_folder

REPORTS = str(shipped_folder("forge") / "synthetic_price_reports.csv")
LOG = Path("prices.ndjson")


@pytest.fixture
def published(run):
    said = run("prices", "publish", REPORTS, "--period", "2026-Q3")
    assert (said.status, said.err) == (0, "")
    return said.data


def changed(reports: str, name: str = "more.csv", **price: str) -> str:
    """Write the reports again with some prices changed; give the file's name."""
    with Path(reports).open(encoding="utf-8", newline="") as stream:
        rows = [
            row | ({"price": price[row["id"]]} if row["id"] in price else {})
            for row in csv.DictReader(stream)
        ]
    with Path(name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return name


def test_publishing_writes_a_record_and_tells_every_price(published):
    prices = {row["product"]: row for row in published["prices"]}
    assert {"gallium.metal", "dysprosium.oxide", "ndpr.oxide"} <= set(prices)
    assert published["record"] == 1
    assert (published["period_start"], published["period_end"]) == ("2026-07-01", "2026-09-30")
    assert prices["gallium.metal"]["rung"] == "transactions of the period"
    assert len(LOG.read_bytes().splitlines()) == 1
    assert "terbium.oxide" in {row["product"] for row in published["unpriced"]}


def test_what_became_of_the_reports_adds_up(published):
    with Path(REPORTS).open(encoding="utf-8", newline="") as stream:
        number = sum(1 for _ in csv.DictReader(stream))
    assert sum(row["reports"] for row in published["reports_by_reason"]) == number == published["reports"]


def test_offers_that_nobody_takes_do_not_move_the_price(published):
    """The volume clears between 224 and 233 USD/kg of oxide; offers stand at 1,100."""
    [price] = [
        Decimal(row["usd_per_t"]) for row in published["prices"] if row["product"] == "dysprosium.oxide"
    ]
    assert Decimal(224000) < price * Decimal("0.8666") < Decimal(233000)


def test_a_period_is_published_once_and_the_log_stays_as_it_is(run, published):
    before = LOG.read_bytes()
    said = run("prices", "publish", REPORTS, "--period", "2026-Q3")
    assert (said.status, said.out) == (3, "")
    assert "STN-PRICE-009" in said.err
    assert LOG.read_bytes() == before


def test_a_correction_says_why_and_shows_before_and_after(run, published):
    later = changed(REPORTS, S006="530.00")
    said = run("prices", "publish", later, "--period", "2026-Q3", "--correct", "an invoice was misread",
               "--closed", "2026-11-20")  # fmt: skip
    assert said.status == 0
    assert (said.data["kind"], said.data["corrects"], said.data["reason"]) == (
        "correction",
        1,
        "an invoice was misread",
    )
    [moved] = said.data["differences"]
    assert moved["product"] == "gallium.metal"
    assert Decimal(moved["after"]) < Decimal(moved["before"])
    assert said.data["takes_effect_on"] == "2026-12-05"

    def price(on: str) -> str:
        rows = run("prices", "show", "--as-of", on).data["prices"]
        return next(row["usd_per_t"] for row in rows if row["product"] == "gallium.metal")

    assert (price("2026-12-04"), price("2026-12-05")) == (moved["before"], moved["after"])
    history = run("prices", "show", "gallium.metal").data["history"]
    assert [(row["record"], row["corrected_by"], row["is_last_word"]) for row in history] == [
        (1, 2, False), (2, None, True),
    ]  # fmt: skip


def test_a_correction_needs_a_day_and_something_to_correct(run):
    said = run("prices", "publish", REPORTS, "--period", "2026-Q3", "--correct", "why")
    assert (said.status, "--closed" in said.err) == (2, True)
    said = run(
        "prices", "publish", REPORTS, "--period", "2026-Q3", "--correct", "why", "--closed", "2026-11-01"
    )
    assert (said.status, "never published" in said.err) == (3, True)
    assert not LOG.exists()


@pytest.mark.parametrize("period", ["2026", "2026-Q5", "2026-13", "2026-07-01", "Q3", "", "2026-q3x"])
def test_what_is_no_period_is_refused_as_usage(run, period):
    said = run("prices", "publish", REPORTS, "--period", period)
    assert said.status == 2
    assert not LOG.exists()


def test_a_period_that_the_method_does_not_know_is_refused(run):
    said = run("prices", "publish", REPORTS, "--period", "2026-09", "--format", "json")
    assert said.status == 3
    assert {problem["code"] for problem in json.loads(said.err)["problems"]} == {"STN-PRICE-006"}
    assert not LOG.exists()


def test_bad_reports_are_refused_all_at_once_and_nothing_is_written(run):
    text = Path(REPORTS).read_text(encoding="utf-8")
    Path("bad.csv").write_text(
        text.replace("612.00", "6,12", 1).replace("605.50", "many", 1), encoding="utf-8"
    )
    said = run("prices", "publish", "bad.csv", "--period", "2026-Q3")
    assert said.status == 3
    assert "bad.csv:3:" in said.err
    assert not LOG.exists()
    assert run("prices", "publish", "nowhere.csv", "--period", "2026-Q3").status == 3


def test_show_names_what_has_no_price_and_why(run, published):
    rows = {row["product"]: row for row in run("prices", "show", "--as-of", "2026-11-01").data["prices"]}
    assert rows["terbium.oxide"]["usd_per_t"] is None
    assert "1 of 5 reporters" in rows["terbium.oxide"]["unpriced"]


def test_before_a_price_takes_effect_and_after_it_ends_there_is_none(run, published):
    def gallium(on: str) -> dict:
        rows = run("prices", "show", "--as-of", on).data["prices"]
        return next(row for row in rows if row["product"] == "gallium.metal")

    assert gallium("2026-10-14")["unpriced"] == "the first takes effect on 2026-10-15"
    assert gallium("2026-10-15")["usd_per_t"] is not None
    assert gallium("2027-01-14")["usd_per_t"] is not None
    assert gallium("2027-01-15")["unpriced"] == "the last price ended on 2027-01-14"
    for day, words in (
        ("2027-01-14", "by record 1, from 2026-10-15 to 2027-01-14"),
        ("2027-01-15", "None is in force"),
    ):
        said = run("prices", "show", "gallium.metal", "--as-of", day, "--format", "table")
        assert words in " ".join(said.out.split())


def test_the_log_tells_every_report_with_its_reason(run, published):
    rows = {row["report"]: row for row in run("prices", "log", "1").data["reports"]}
    assert len(rows) == published["reports"]
    reasons = {report: row["reason"] for report, row in rows.items() if not row["is_used"]}
    assert reasons["S010"] == "corrected"
    assert reasons["S011"] == "origin_excluded"
    assert reasons["S012"] == "outlier"
    assert reasons["S013"] == "related_parties"
    assert reasons["S014"] == reasons["S015"] == "round_trip"
    assert reasons["S017"] == "purity_unknown"
    weights = [Decimal(row["weight"]) for row in rows.values() if row["product"] == "gallium.metal"]
    assert abs(sum(weights) - 1) < Decimal("1e-9")


def test_the_log_of_a_product_holds_only_its_reports(run, published):
    rows = run("prices", "log", "gallium.metal").data["reports"]
    assert {row["product"] for row in rows} == {"gallium.metal"}


def test_the_records_and_their_head_are_listed(run, published):
    said = run("prices", "log").data
    assert said["head"] == published["digest"] == said["records"][-1]["digest"]


def test_a_changed_log_is_refused_and_the_record_named(run, published):
    content = LOG.read_bytes()
    LOG.write_bytes(content.replace(b"Example Trader B", b"Example Trader X", 1))
    for command in (("prices", "show", "--as-of", "2026-11-01"), ("prices", "log"),
                    ("prices", "publish", REPORTS, "--period", "2026-Q4")):  # fmt: skip
        said = run(*command)
        assert said.status == 3
        assert "STN-PRICE-007" in said.err
        assert "Record 1" in said.err


def test_what_is_not_there_is_not_found(run, published):
    assert run("prices", "log", "7").status == 4
    assert run("prices", "show", "galium.metal").status == 4
    assert "gallium.metal" in run("prices", "log", "galium.metal").err
    assert run("prices", "show", "--log", "other.ndjson", "--as-of", "2026-11-01").status == 4


def test_a_reporters_name_is_no_formula_in_a_spreadsheet(run):
    text = Path(REPORTS).read_text(encoding="utf-8").replace("Example Trader A", "=cmd()")
    Path("sly.csv").write_text(text, encoding="utf-8")
    assert run("prices", "publish", "sly.csv", "--period", "2026-Q3").status == 0
    rows = list(csv.DictReader(io.StringIO(run("prices", "log", "1", "--format", "csv").out)))
    assert {row["reporter"] for row in rows if "cmd" in row["reporter"]} == {"'=cmd()"}


def test_tables_for_people_hold_the_sentence_the_prices_and_the_reasons(run):
    said = run("prices", "publish", REPORTS, "--period", "2026-Q3", "--format", "table")
    assert "in force from 2026-10-15" in said.out
    assert "What became of the reports" in said.out
    assert "gallium.metal" in run("prices", "show", "--as-of", "2026-11-01", "--format", "table").out
    assert "of 18 reports used" in run("prices", "log", "gallium.metal", "--format", "table").out
    assert "Digest of the whole log" in run("prices", "log", "--format", "table").out
    assert "1 record" in run("prices", "show", "gallium.metal", "--format", "table").out


def test_the_same_reports_give_the_same_log(run, published):
    assert run("prices", "publish", REPORTS, "--period", "2026-Q3", "--log", "again.ndjson").status == 0
    assert Path("again.ndjson").read_bytes() == LOG.read_bytes()


def test_every_report_that_ships_is_marked_as_invented():
    with Path(REPORTS).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(row["source"].startswith("SYNTHETIC") for row in rows)
    assert all(name.startswith("Example ") for row in rows for name in (row["buyer"], row["seller"]) if name)


def test_days_past_the_last_year_of_reports_are_refused_in_words(run):
    said = run("prices", "publish", REPORTS, "--period", "9999-Q4")
    assert (said.status, "STN-USAGE-002" in said.err) == (2, True)
    said = run("prices", "publish", REPORTS, "--period", "2026-Q3", "--closed", "9999-12-31")
    assert (said.status, "STN-PRICE-006" in said.err) == (3, True)
    assert not LOG.exists()


def test_a_log_that_can_be_no_file_is_refused(run, published):
    os.mkfifo("pipe")
    said = run("prices", "show", "--log", "pipe")
    assert (said.status, "STN-PRICE-007" in said.err) == (3, True)
    assert run("prices", "publish", REPORTS, "--period", "2026-Q4", "--log", "pipe").status == 3
    assert run("prices", "show", "--log", "a" * 300).status == 4
    assert run("prices", "publish", REPORTS, "--period", "2026-Q4", "--log", "a" * 300).status == 3


def test_a_record_s_number_of_thousands_of_digits_is_not_found(run, published):
    said = run("prices", "log", "1" * 5000)
    assert (said.status, len(said.err) < 500) == (4, True)


def test_the_outcome_counts_one_as_one():
    made = quarter(2027, 1, {"ndpr.scrap": "100.00"}, ["ndpr.metal"])
    assert made.outcome == (
        "1 reference price for 2027-01-01 to 2027-03-31, 1 product without one; "
        "1 of 1 report used (method toy-1)."
    )


@pytest.mark.parametrize("day", ["2026-W41-1", "20261005", "2026-10-32"])
def test_the_day_on_which_reports_are_closed_is_written_in_one_way(run, day):
    said = run("prices", "publish", REPORTS, "--period", "2026-Q3", "--closed", day)
    assert (said.status, said.out) == (2, "")
    assert "2026-03-31" in said.err
    assert not LOG.exists()
