"""A correction is the difference, once, on the day it is decided; nobody pays more than is owed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.settlement.border_lines import write

from stannary.border.assessment import assess
from stannary.border.correction import Difference, reassess
from stannary.charter.amendment import amend
from stannary.errors import SettlementError
from stannary.ledger.book import Book
from stannary.ledger.vouchers import Cause, Voucher
from stannary.settlement.corrections import settle_correction, settle_corrections
from stannary.settlement.duties import Collection, Duty, duty_of, settle_duty
from stannary.settlement.duty_payments import settle_payment, settle_refund
from stannary.settlement.posting import post_settlements
from stannary.zone import Zone, open_zone

USA = Collection("USA", charter="c" * 64, software="0.1.0", run="first")
RUNS = ("first", "second")
DECIDED = date(2026, 11, 2)
DUTY = Duty(
    "E1/1", "Acme", date(2026, 9, 1), "adjusted", "below_floor", "ndpr.oxide", "ndpr", "unknown", "general",
    79_200_000, 100_000,
)  # fmt: skip


@pytest.fixture(scope="module")
def toy() -> Zone:
    return open_zone("toy")


def differs(later: str, earlier: str = "1000.00") -> Difference:
    return Difference("E1", "1", "adjusted", "adjusted", "below_floor", Decimal(earlier), Decimal(later))


def balances(book: Book, organisation: str = "USA") -> dict[str, int]:
    return {each.account.name: each.balance for each in book.standings(organisation) if each.balance}


def test_more_owed_is_a_voucher_of_the_difference_that_names_the_first(book: Book) -> None:
    settled = settle_correction(DUTY, differs("1250.50"), DECIDED, USA, RUNS)
    (voucher,) = settled.vouchers
    assert [each.amount for each in voucher.transfers] == [25_050]
    assert voucher.effective_on == DECIDED
    assert "corrects determination/E1/1/assessed" in voucher.narrative
    post_settlements(book, settle_duty(DUTY, USA), settled)
    assert balances(book) == {"Assets:Receivable:Duties:Acme:USD": 125_050, "Income:Duties:USD": -125_050}


def test_less_owed_comes_off_what_is_unpaid_and_the_rest_is_refunded(book: Book) -> None:
    paid = settle_payment(DUTY, Decimal("900.00"), date(2026, 9, 20), "bank-7", USA)
    settled = settle_correction(DUTY, differs("700.00"), DECIDED, USA, RUNS, paid=Decimal("900.00"))
    post_settlements(book, settle_duty(DUTY, USA), paid, settled)
    assert balances(book) == {
        "Assets:Cash:USD": 90_000,
        "Income:Duties:USD": -70_000,
        "Liabilities:Refunds:Acme:USD": -20_000,
    }
    refund = settle_refund(DUTY, Decimal("200.00"), date(2026, 11, 20), "bank-8", USA, due=Decimal("200.00"))
    post_settlements(book, refund)
    assert balances(book) == {"Assets:Cash:USD": 70_000, "Income:Duties:USD": -70_000}


@settings(max_examples=60)
@given(
    earlier=st.integers(1, 10**12),
    later=st.integers(0, 10**12),
    share=st.fractions(0, 1),
)
def test_after_a_correction_the_book_stands_as_if_the_later_amount_had_been_assessed(
    new_book: Callable[[], Book], earlier: int, later: int, share: object
) -> None:
    book = new_book()
    duty = replace(DUTY, cents=earlier)
    paid = int(earlier * share)  # type: ignore[operator]
    money = [Decimal(each).scaleb(-2) for each in (earlier, later, paid)]
    difference = replace(differs("0"), earlier_usd=money[0], later_usd=money[1])
    post_settlements(book, settle_duty(duty, USA))
    if paid:
        post_settlements(book, settle_payment(duty, money[2], DECIDED, "bank-1", USA))
    post_settlements(book, settle_correction(duty, difference, DECIDED, USA, RUNS, paid=money[2]))
    found = balances(book)
    assert found.get("Income:Duties:USD", 0) == -later
    owed = found.get("Assets:Receivable:Duties:Acme:USD", 0)
    refund = -found.get("Liabilities:Refunds:Acme:USD", 0)
    assert (owed, refund) == (max(later - paid, 0), max(paid - later, 0))


def test_one_run_is_superseded_once(book: Book) -> None:
    post_settlements(book, settle_duty(DUTY, USA))
    once = settle_correction(DUTY, differs("1250.50"), DECIDED, USA, RUNS)
    post_settlements(book, once)
    assert [each.is_repeat for each in post_settlements(book, once)] == [True]
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        post_settlements(book, settle_correction(DUTY, differs("1300.00"), DECIDED, USA, ("first", "third")))
    then = settle_correction(DUTY, differs("1300.00", "1250.50"), DECIDED, USA, ("second", "third"))
    post_settlements(book, then)
    assert balances(book)["Income:Duties:USD"] == -130_000


def test_a_correction_of_a_closed_period_lands_in_an_open_one(book: Book) -> None:
    post_settlements(book, settle_duty(DUTY, USA))
    book.post(Voucher("USA", "close", "close_period", date(2026, 9, 30), Cause("closing", "2026-09")))
    post_settlements(book, settle_correction(DUTY, differs("500.00"), DECIDED, USA, RUNS))
    assert balances(book)["Income:Duties:USD"] == -50_000
    assert post_settlements(book, settle_duty(DUTY, USA))[0].is_repeat


@pytest.mark.parametrize(
    ("difference", "paid", "words"),
    [
        (differs("500.00"), "1000.01", "was paid on a line that owed 1,000.00"),
        (replace(differs("500.00"), entry_number="E2"), "0.00", "not E1/1"),
        (replace(differs("500.00"), later_usd=Decimal("500.005")), "0.00", "whole number of cents"),
    ],
)
def test_a_correction_that_does_not_fit_is_refused(difference: Difference, paid: str, words: str) -> None:
    with pytest.raises(SettlementError, match=words):
        settle_correction(DUTY, difference, DECIDED, USA, RUNS, paid=Decimal(paid))


@pytest.mark.parametrize("amount", ["1000.01", "0.00", "-1.00"])
def test_nobody_pays_or_is_refunded_more_than_is_open(amount: str) -> None:
    with pytest.raises(SettlementError, match="STN-SETTLE-004"):
        settle_payment(DUTY, Decimal(amount), DECIDED, "bank-1", USA)
    with pytest.raises(SettlementError, match="STN-SETTLE-004"):
        settle_refund(DUTY, Decimal(amount), DECIDED, "bank-1", USA, due=Decimal("1000.00"))


def test_a_reassessment_under_an_amended_charter_is_settled_line_by_line(
    new_book: Callable[[], Book], toy: Zone, tmp_path: Path
) -> None:
    book = new_book()
    path = write(tmp_path / "entries.csv", [{}, {"line_number": "2", "importer": "Other", "value": "600000"}])
    earlier = assess(toy.charter, toy.atlas, path)
    usa = Collection.of(earlier, "USA")
    duties = [duty_of(row) for row in earlier.rows()]
    post_settlements(book, *(settle_duty(each, usa) for each in duties))
    lower = amend(toy.charter, {"price_floors.ndpr.oxide": {"2026-08-15": 100000}})
    correction = reassess(lower, toy.atlas, earlier)
    settled = settle_corrections(correction, earlier, DECIDED, usa, paid={"E1/1": Decimal("10.00")})
    assert {each.statement.reference for each in settled} == {
        f"E1/1/{usa.run}", f"E1/2/{usa.run}",
    }  # fmt: skip
    post_settlements(book, *settled)
    # two lines of 12 t, each owing 10,000 USD/t less, of which an origin not known pays five quarters
    assert correction.owed_usd == Decimal("-300000.00")
    later = earlier.summary().total.adjustment_usd + correction.owed_usd
    assert balances(book)["Income:Duties:USD"] == -later * 100
    assert {each.vouchers[0].mineral for each in settled} == {"ndpr"}


def test_a_line_that_a_correction_adds_is_owed_by_its_importer(toy: Zone, tmp_path: Path) -> None:
    earlier = assess(toy.charter, toy.atlas, write(tmp_path / "entries.csv", [{}]))
    added = write(tmp_path / "added.csv", [{"line_number": "2"}])
    correction = reassess(toy.charter, toy.atlas, earlier, added)
    usa = Collection.of(earlier, "USA")
    (settled,) = settle_corrections(correction, earlier, DECIDED, usa, importers={"E1/2": "Acme"})
    assert settled.statement.amount == correction.owed_usd
    assert settled.vouchers[0].transfers[0].debit == "Assets:Receivable:Duties:Acme:USD"
