from __future__ import annotations

from decimal import Decimal

import pytest

POSITION = """
cash: 4450000000
debts: 3400000000
forwards:
  - {id: F1, product: tin.metal, tonnes: 100000, price: 8900, delivery_on: 2026-12-01}
guarantees:
  - {id: G1, beneficiary: Bank, amount: 100000000}
goods:
  - {product: tin.metal, tonnes: 500000, price: 8900}
"""


@pytest.fixture
def position(tmp_path):
    path = tmp_path / "position.yaml"
    path.write_text(POSITION, "utf-8")
    return path


def disclosed(run, position, *more):
    return run("settle", "commitments", position, "--on", "2026-11-30", *more)


def test_forwards_and_guarantees_are_disclosed_beside_cash_and_held_under_the_cap(run, position):
    data = disclosed(run, position).data
    assert Decimal(data["bound"]) == 5_440_000_000
    assert Decimal(data["hidden"]) == 990_000_000
    assert Decimal(data["headroom"]) == 11_670_000_000 - 5_440_000_000
    assert [row["kind"] for row in data["rows"]] == ["cash", "forward", "guarantee"]


def test_a_fall_of_prices_shows_what_the_cash_hid(run, position):
    # 600,000 t at 8,900, and after 38% at 5,518; debts, forwards and guarantees are 4,390m
    data = disclosed(run, position, "--fall", "0", "--fall", "0.38").data
    assert [Decimal(each["net"]) for each in data["if_prices_fall"]] == [950_000_000, -1_079_200_000]
    told = disclosed(run, position, "--fall", "0.38", "--format", "table").out
    assert "If prices fall by 38%" in told and "-1,079,200,000.00 USD is left" in told


def test_a_cap_that_is_passed_is_told(run, position):
    position.write_text(POSITION.replace("4450000000", "11670000000"), "utf-8")
    told = " ".join(disclosed(run, position, "--format", "table").out.split())
    assert "it is passed by 990,000,000.00 USD" in told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("price: 8900}", "price: -1}"), "price"),
        (("tonnes: 500000, price: 8900", "tonnes: 500000"), "No price of tin.metal"),
        (("cash: 4450000000", "currency: GBP\ncash: 1"), "The caps are in USD"),
        (("id: G1", "name: G1"), "id"),
    ],
)
def test_a_position_that_cannot_be_disclosed_is_refused_in_words(run, position, change, words):
    position.write_text(POSITION.replace(*change), "utf-8")
    said = disclosed(run, position)
    assert said.status in (2, 3) and words in said.err and "Traceback" not in said.err


def test_a_fall_by_more_than_everything_and_a_day_without_a_cap_are_refused(run, position):
    assert "STN-SETTLE-001" in disclosed(run, position, "--fall", "1.5").err
    said = run("settle", "commitments", position, "--on", "2020-01-01")
    assert said.status == 4 and "no cap" in said.err


def test_the_reserve_is_sized_from_a_file_of_payments(run, tmp_path):
    path = tmp_path / "payments.csv"
    rows = [f"p{number},{number},5\np{number},0,5" for number in range(1, 101)]
    path.write_text("path,payment,quantity\n" + "\n".join(rows) + "\n", "utf-8")
    data = run("settle", "reserve", path).data
    assert (data["expected"], data["at_quantile"], data["reserve"]) == ("50.50", "95.00", "44.50")
    assert Decimal(data["levy"]) == Decimal("5.05")
    told = " ".join(run("settle", "reserve", path, "--format", "table").out.split())
    assert "met in 95% of 100 futures" in told
    assert Decimal(run("settle", "reserve", path, "--quantile", "0.5").data["at_quantile"]) == 50


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("a,1,\nb,1e3,\nc,x,\n", "bad.csv:3"),
        ("a,1,\n", "too few"),
        ("a,1,5\na,1,\n", "Some rows have a quantity"),
    ],
)
def test_payments_that_size_no_reserve_are_refused_in_words(run, tmp_path, rows, words):
    path = tmp_path / "bad.csv"
    path.write_text("path,payment,quantity\n" + rows, "utf-8")
    said = run("settle", "reserve", path)
    assert said.status in (2, 3) and words in said.err


@pytest.mark.parametrize("name", ["commitments", "reserve"])
def test_every_command_has_help_with_an_example(run, name):
    said = run("settle", name, "--help")
    assert said.status == 0 and "Example: stannary settle" in said.out
