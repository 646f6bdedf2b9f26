"""Protests suspend what is contested, guarantees hold what is not decided; each is decided once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.errors import LedgerError, SettlementError
from stannary.ledger.book import Book
from stannary.settlement.duties import Collection, Duty, settle_duty
from stannary.settlement.duty_payments import settle_payment
from stannary.settlement.guarantees import (
    Guarantee,
    hold_guarantee,
    settle_guarantee,
    settle_guarantee_payment,
)
from stannary.settlement.posting import post_settlements
from stannary.settlement.protests import Protest, decide_protest, open_protest

USA = Collection("USA", charter="c" * 64, software="0.1.0", run="first")
FILED, DECIDED = date(2026, 10, 1), date(2027, 1, 15)
DUTY = Duty(
    "E1/1", "Acme", date(2026, 9, 1), "adjusted", "below_floor", "ndpr.oxide", "ndpr", "unknown", "general",
    79_200_000, 100_000,
)  # fmt: skip
PROTEST = Protest("P-7", DUTY, Decimal("400.00"), FILED)
REFERRED = replace(DUTY, outcome="referred", reason="value_missing", cents=0)
GUARANTEE = Guarantee(REFERRED, Decimal("800.00"), FILED)


def balances(book: Book) -> dict[str, int]:
    return {each.account.name: each.balance for each in book.standings("USA") if each.balance}


def usd(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


# -- protests -----------------------------------------------------------------------------------------------


def test_what_is_contested_stands_apart_until_it_is_decided(book: Book) -> None:
    post_settlements(book, settle_duty(DUTY, USA), open_protest(PROTEST, USA))
    assert balances(book) == {
        "Assets:Receivable:Duties:Acme:USD": 60_000,
        "Assets:Disputed:Duties:Acme:USD": 40_000,
        "Income:Duties:USD": -100_000,
    }


@pytest.mark.parametrize(("relieved", "owed"), [("0.00", 100_000), ("150.00", 85_000), ("400.00", 60_000)])
def test_a_decision_relieves_or_makes_owed_again(book: Book, relieved: str, owed: int) -> None:
    post_settlements(book, settle_duty(DUTY, USA), open_protest(PROTEST, USA))
    post_settlements(book, decide_protest(PROTEST, Decimal(relieved), DECIDED, USA))
    assert balances(book) == {"Assets:Receivable:Duties:Acme:USD": owed, "Income:Duties:USD": -owed}


@settings(max_examples=60)
@given(st.data())
def test_whatever_was_paid_a_decision_leaves_what_is_owed_and_nothing_in_dispute(
    new_book: Callable[[], Book], data: st.DataObject
) -> None:
    book = new_book()
    contested = data.draw(st.integers(1, DUTY.cents), label="contested")
    paid = data.draw(st.integers(0, contested), label="paid")
    relieved = data.draw(st.integers(0, contested), label="relieved")
    protest = replace(PROTEST, contested=usd(contested), paid=usd(paid))
    post_settlements(book, settle_duty(DUTY, USA))
    if paid:
        post_settlements(book, settle_payment(DUTY, usd(paid), FILED, "bank-1", USA))
    post_settlements(book, open_protest(protest, USA))
    post_settlements(book, decide_protest(protest, usd(relieved), DECIDED, USA))
    found = balances(book)
    assert found.get("Income:Duties:USD", 0) == relieved - DUTY.cents
    assert "Assets:Disputed:Duties:Acme:USD" not in found
    owed = found.get("Assets:Receivable:Duties:Acme:USD", 0)
    refund = -found.get("Liabilities:Refunds:Acme:USD", 0)
    assert owed - refund == DUTY.cents - relieved - paid
    assert refund == max(relieved - (contested - paid), 0)


def test_a_protest_is_decided_once(book: Book) -> None:
    post_settlements(book, settle_duty(DUTY, USA), open_protest(PROTEST, USA))
    decided = decide_protest(PROTEST, Decimal("100.00"), DECIDED, USA)
    post_settlements(book, decided)
    assert [each.is_repeat for each in post_settlements(book, decided)] == [True]
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        post_settlements(book, decide_protest(PROTEST, Decimal("400.00"), DECIDED, USA))


@pytest.mark.parametrize(
    ("protest", "relieved", "words"),
    [
        (replace(PROTEST, contested=Decimal("1000.01")), "0.00", "was assessed"),
        (replace(PROTEST, contested=Decimal("0.00")), "0.00", "was assessed"),
        (replace(PROTEST, paid=Decimal("400.01")), "0.00", "is contested"),
        (PROTEST, "400.01", "is contested"),
        (PROTEST, "-0.01", "is contested"),
        (replace(PROTEST, filed_on=date(2027, 1, 16)), "1.00", "after it was decided"),
    ],
)
def test_a_protest_that_does_not_fit_is_refused(protest: Protest, relieved: str, words: str) -> None:
    with pytest.raises(SettlementError, match=words):
        decide_protest(protest, Decimal(relieved), DECIDED, USA)


# -- guarantees ----------------------------------------------------------------------------------------------


def test_a_guarantee_is_held_and_moves_nothing(book: Book) -> None:
    post_settlements(book, hold_guarantee(GUARANTEE, USA))
    assert balances(book) == {}
    standing = book.balance("USA", "Assets:Receivable:Guarantees:Acme:USD")
    assert standing.pending_debits == 80_000


@pytest.mark.parametrize(
    ("owed", "left"),
    [
        ("0.00", {}),
        ("300.00", {"Assets:Receivable:Guarantees:Acme:USD": 30_000, "Income:Duties:USD": -30_000}),
        ("800.00", {"Assets:Receivable:Guarantees:Acme:USD": 80_000, "Income:Duties:USD": -80_000}),
        (
            "950.00",
            {
                "Assets:Receivable:Guarantees:Acme:USD": 80_000,
                "Assets:Receivable:Duties:Acme:USD": 15_000,
                "Income:Duties:USD": -95_000,
            },
        ),
    ],
)
def test_what_is_owed_is_drawn_and_the_rest_released_or_assessed(
    book: Book, owed: str, left: dict[str, int]
) -> None:
    post_settlements(book, hold_guarantee(GUARANTEE, USA))
    post_settlements(book, settle_guarantee(GUARANTEE, Decimal(owed), DECIDED, USA))
    assert balances(book) == left
    assert all(each.pending_debits == each.pending_credits == 0 for each in book.standings("USA"))


def test_a_guarantee_is_decided_once_and_not_beyond_its_days(book: Book) -> None:
    short = replace(GUARANTEE, expires_on=date(2027, 1, 1))
    post_settlements(book, hold_guarantee(short, USA))
    with pytest.raises(LedgerError, match="STN-LEDGER-011"):
        post_settlements(book, settle_guarantee(short, Decimal("300.00"), DECIDED, USA))
    released = settle_guarantee(short, Decimal("0.00"), DECIDED, USA)
    post_settlements(book, released)
    assert [each.is_repeat for each in post_settlements(book, released)] == [True]
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        post_settlements(book, settle_guarantee(short, Decimal("300.00"), DECIDED, USA))


def test_the_guarantor_pays_what_was_drawn(book: Book) -> None:
    drawn = Decimal("300.00")
    post_settlements(book, hold_guarantee(GUARANTEE, USA))
    post_settlements(book, settle_guarantee(GUARANTEE, drawn, DECIDED, USA))
    post_settlements(book, settle_guarantee_payment(GUARANTEE, drawn, drawn, DECIDED, "bank-2", USA))
    assert balances(book) == {"Assets:Cash:USD": 30_000, "Income:Duties:USD": -30_000}
    with pytest.raises(SettlementError, match="STN-SETTLE-004"):
        settle_guarantee_payment(GUARANTEE, Decimal("300.01"), drawn, DECIDED, "bank-3", USA)


def test_a_guarantee_is_for_a_referred_line() -> None:
    with pytest.raises(SettlementError, match=r"STN-SETTLE-005.*is adjusted"):
        hold_guarantee(replace(GUARANTEE, duty=DUTY), USA)
    with pytest.raises(SettlementError, match="STN-SETTLE-004"):
        hold_guarantee(replace(GUARANTEE, provisional=Decimal("0.00")), USA)


def test_a_guarantee_is_not_decided_before_it_is_held() -> None:
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        settle_guarantee(GUARANTEE, Decimal("300.00"), date(2026, 9, 30), USA)
