from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from stannary.zone import shipped_folder

REPORTS = str(shipped_folder("forge") / "synthetic_price_reports.csv")


def test_the_floors_of_a_day_are_told_with_their_reason(run):
    said = run("floors", "--zone", "toy", "--as-of", "2026-12-31")
    floors = {row["product"]: row for row in said.data["floors"]}
    assert (said.status, said.err) == (0, "")
    assert floors["ndpr.oxide"]["floor_usd_per_t"] == "110000.0000"
    assert floors["ndpr.oxide"]["changes"][0]["on"] == "2027-01-01"
    assert floors["ndpr.oxide"]["changes"][0]["floor_usd_per_t"] == "120000.0000"


def test_the_day_before_and_the_day_of_differ(run):
    def floor(on: str) -> str:
        rows = csv.DictReader(
            io.StringIO(run("floors", "--zone", "toy", "--as-of", on, "--format", "csv").out)
        )
        return next(row["floor_usd_per_t"] for row in rows if row["product"] == "ndpr.oxide")

    assert (floor("2026-12-31"), floor("2027-01-01")) == ("110000.0000", "120000.0000")


def test_they_are_those_that_charter_show_lists(run):
    told = run("floors", "--as-of", "2027-08-01").data["floors"]
    shown = run("charter", "show", "forge", "--as-of", "2027-08-01").data["floors"]
    assert {row["product"]: row["floor_usd_per_t"] for row in told if row["state"] == "in_force"} == {
        row["product"]: row["floor_usd_per_t"] for row in shown
    }


def test_published_prices_move_the_floors_that_are_a_share_of_them(run):
    published = run("prices", "publish", REPORTS, "--period", "2026-Q3").data["prices"]
    [price] = [Decimal(row["usd_per_t"]) for row in published if row["product"] == "dysprosium.oxide"]

    def floor(on: str) -> dict:
        said = run("floors", "--as-of", on, "--log", "prices.ndjson", "--product", "dysprosium.oxide")
        return said.data["floors"][0]

    assert Decimal(floor("2026-10-15")["floor_usd_per_t"]) == (price * Decimal("1.5942")).quantize(
        Decimal("0.0001")
    )
    assert Decimal(floor("2026-10-14")["floor_usd_per_t"]) != Decimal(floor("2026-10-15")["floor_usd_per_t"])
    assert (floor("2027-01-15")["state"], floor("2027-01-15")["floor_usd_per_t"]) == ("missing", None)


@pytest.mark.parametrize("name", ["notice.html", "notice.json", "notice.csv"])
def test_the_files_name_says_what_is_written(run, name):
    said = run("floors", "--zone", "toy", "--as-of", "2026-11-01", "--out", name)
    assert (said.status, said.out, said.err) == (0, "", "")
    text = Path(name).read_text(encoding="utf-8")
    if name.endswith("html"):
        assert text.startswith("<!doctype html>")
        assert f"stannary floors --as-of 2026-11-01 --zone toy --out {name}" in text
        assert ">Neodymium-praseodymium<" in text
    elif name.endswith("json"):
        assert len(json.loads(text)["floors"]) == 5
    else:
        assert len(list(csv.DictReader(io.StringIO(text)))) == 5


def test_a_page_is_no_table(run):
    said = run("floors", "--zone", "toy", "--as-of", "2026-11-01", "--out", "notice.html", "--format", "csv")
    assert said.status == 2
    assert not Path("notice.html").exists()


def test_one_product_is_told_in_full(run):
    said = run(
        "floors", "--zone", "toy", "--as-of", "2026-11-01", "--product", "ndpr.scrap", "--format", "table"
    )
    told = " ".join(said.out.split())
    for words in ("50,000.00 USD per t NdPr", "price_floors.ndpr.scrap", "2028-07-01", "becomes 47,500"):
        assert words in told


def test_a_product_without_a_floor_is_listed_as_referred(run):
    said = run("floors", "--as-of", "2026-11-01", "--format", "table")
    assert "lines of these are referred to an officer, not free" in said.out


def test_an_unknown_product_and_a_log_that_is_not_there_are_not_found(run):
    said = run("floors", "--zone", "toy", "--as-of", "2026-11-01", "--product", "ndpr.oxid")
    assert (said.status, "ndpr.oxide" in said.err) == (4, True)
    assert run("floors", "--zone", "toy", "--as-of", "2026-11-01", "--log", "none.ndjson").status == 4


def test_the_first_and_last_days_of_the_calendar_have_a_notice(run):
    for day in ("0001-01-01", "9999-12-31"):
        said = run("floors", "--as-of", day)
        assert (said.status, said.err) == (0, "")
        assert "not in force" in said.data["outcome"]


@pytest.mark.parametrize(
    "day", ["2026-W06-4", "20260205", "2026-02-30", "2026-2-5", "5 February 2026", "٢٠٢٦-02-05"]
)
def test_a_day_is_written_in_one_way(run, day):
    said = run("floors", "--as-of", day)
    assert (said.status, said.out) == (2, "")
    assert "2026-03-31" in said.err, "it says how a day is written"
