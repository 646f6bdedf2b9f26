"""The tin collapse: prices are published (8,900 and 5,500 GBP/t); the tonnes and the cap are made up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stannary.charter.stockpile_mandate import CommitmentCap
from stannary.errors import LedgerError, SettlementError
from stannary.settlement.commitments import (
    Forward,
    Guarantee,
    Position,
    commit_forward,
    deliver_forward,
    disclose,
    give_guarantee,
    project,
    release_guarantee,
    spend_cash,
)
from stannary.settlement.posting import post_settlements
from stannary.settlement.reckoning import Books

BOOKS = Books("GBR")
DAY = date(2026, 9, 1)
TIN = "tin.metal"
BEFORE, AFTER = Decimal(8900), Decimal(5500)
BOUND = "Equity:Commitments:Bound:STOCKPILE:GBP"


def cap(commitments="900000000", cash="500000000"):
    return CommitmentCap(
        **{
            "from": "2026-01-01",
            "cash": {"value": cash, "unit": "GBP", "assumed": "a case"},
            "commitments": {"value": commitments, "unit": "GBP", "assumed": "a case"},
            "assumed": "a case",
        }
    )


def forward(name="F1", tonnes="10000"):
    return Forward(name, TIN, Decimal(tonnes), BEFORE, date(2026, 12, 1))


def start():
    return spend_cash(BOOKS, cap(), Position("GBP"), Decimal(445_000_000), "stock", DAY)


def test_the_purchase_that_would_pass_the_cap_is_refused_though_its_cash_is_not_yet_spent(book):
    position, spent = start()
    post_settlements(book, spent)
    for number in range(1, 6):
        position, promised = commit_forward(BOOKS, cap(), position, forward(f"F{number}"), DAY)
        post_settlements(book, promised)
    assert position.bound == 445_000_000 + 5 * 89_000_000
    with pytest.raises(SettlementError, match="STN-SETTLE-004") as error:
        commit_forward(BOOKS, cap(), position, forward("F6"), DAY)
    assert "445,000,000.00 GBP in forwards" in str(error.value)
    assert book.balance("GBR", BOUND).balance == -89_000_000_000


def test_what_the_cash_alone_would_hide_is_in_the_table_that_is_published():
    position, _ = start()
    position, _ = commit_forward(BOOKS, cap(), position, forward(tonnes="50000"), DAY)
    shown = disclose(position, cap(), DAY, {TIN: AFTER})
    assert shown.cash == 445_000_000
    assert shown.hidden == shown.forwards == 445_000_000
    assert (shown.bound, shown.headroom) == (890_000_000, 10_000_000)
    [_, row] = shown.rows
    assert row == ("forward", "F1", Decimal(445_000_000), 50_000 * (BEFORE - AFTER))


def test_a_commitment_without_a_price_shows_no_loss_and_not_a_loss_of_nothing():
    position, _ = commit_forward(BOOKS, cap(), Position("GBP"), forward(), DAY)
    assert disclose(position, cap(), DAY, {}).rows[1][3] is None


def test_when_the_price_falls_as_in_1985_what_was_hidden_is_what_is_missing():
    position, _ = start()
    position, _ = commit_forward(BOOKS, cap(), position, forward(tonnes="50000"), DAY)
    borrowed = Position(
        "GBP", position.cash, Decimal(445_000_000), position.forwards, held=((TIN, Decimal(50_000)),)
    )
    fall = 1 - AFTER / BEFORE
    before, after = project(borrowed, {TIN: BEFORE}, [Decimal(0), fall])
    assert round(fall, 2) == Decimal("0.38")
    assert before.net == 0
    assert after.owed == 890_000_000
    assert round(after.net) == -340_000_000  # 100,000 t x (5,500 - 8,900)


def test_a_missing_price_is_no_price_of_nothing():
    position, _ = commit_forward(BOOKS, cap(), Position("GBP"), forward(), DAY)
    with pytest.raises(SettlementError, match="STN-SETTLE-003"):
        project(position, {}, [Decimal(0)])


def test_cash_has_a_cap_of_its_own():
    with pytest.raises(SettlementError, match="cash would be"):
        spend_cash(BOOKS, cap(), Position("GBP"), Decimal(500_000_001), "x", DAY)


def test_guarantees_count_like_cash_and_are_freed_when_they_end(book):
    promise = Guarantee("G1", "A smelter", Decimal(900_000_000))
    position, given_ = give_guarantee(BOOKS, cap(), Position("GBP"), promise, DAY)
    with pytest.raises(SettlementError, match="STN-SETTLE-004"):
        spend_cash(BOOKS, cap(), position, Decimal("0.01"), "x", DAY)
    position, freed = release_guarantee(BOOKS, cap(), position, "G1", DAY)
    post_settlements(book, given_, freed)
    assert position.bound == 0 == book.balance("GBR", BOUND).balance
    for act in (release_guarantee, deliver_forward):
        with pytest.raises(SettlementError, match="STN-SETTLE-005"):
            act(BOOKS, cap(), position, "G1", DAY)


def test_a_forward_delivered_is_cash_spent_and_bound_stays_what_it_was(book):
    position, promised = commit_forward(BOOKS, cap(), Position("GBP"), forward(), DAY)
    position, delivered = deliver_forward(BOOKS, cap(), position, "F1", DAY)
    post_settlements(book, promised, delivered)
    assert (position.cash, position.bound, position.forwards) == (89_000_000, 89_000_000, ())
    assert book.balance("GBR", BOUND).balance == -8_900_000_000
    assert book.balance("GBR", "Equity:Commitments:Spent:STOCKPILE:GBP").balance == 8_900_000_000


def test_the_book_itself_refuses_promises_made_side_by_side(book):
    _, first = commit_forward(BOOKS, cap(), Position("GBP"), forward("F1", "60000"), DAY)
    _, second = commit_forward(BOOKS, cap(), Position("GBP"), forward("F2", "60000"), DAY)
    post_settlements(book, first)
    with pytest.raises(LedgerError, match="STN-LEDGER-007"):
        post_settlements(book, second)


@given(some.lists(some.tuples(some.booleans(), some.decimals("0.01", 400_000_000, places=2)), max_size=8))
def test_whatever_is_promised_cash_and_commitments_stay_within_their_caps(new_book, asked):
    book, position = new_book(), Position("GBP")
    for number, (as_cash, amount) in enumerate(asked):
        promise = Guarantee(f"G{number}", "B", amount)
        try:
            if as_cash:
                position, settled = spend_cash(BOOKS, cap(), position, amount, f"C{number}", DAY)
            else:
                position, settled = give_guarantee(BOOKS, cap(), position, promise, DAY)
        except SettlementError:
            continue
        post_settlements(book, settled)
    assert position.cash <= 500_000_000 and position.bound <= 900_000_000
    held = {one.account.name: one.balance for one in book.standings()}
    assert held.get(BOUND, 0) == -int(position.bound * 100)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"on": date(2025, 1, 1)}, "STN-SETTLE-002"),
        ({"amount": Decimal(-1)}, "STN-SETTLE-001"),
        ({"position": Position("USD")}, "STN-SETTLE-001"),
    ],
)
def test_what_cannot_be_promised_is_refused(how, code):
    asked = {"position": Position("GBP"), "amount": Decimal(1), "on": DAY, **how}
    with pytest.raises(SettlementError, match=code):
        spend_cash(BOOKS, cap(), asked["position"], asked["amount"], "x", asked["on"])


def test_one_name_is_promised_once():
    position, _ = commit_forward(BOOKS, cap(), Position("GBP"), forward(), DAY)
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        commit_forward(BOOKS, cap(), position, forward(), DAY)
    position, _ = give_guarantee(BOOKS, cap(), position, Guarantee("G", "B", Decimal(1)), DAY)
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        give_guarantee(BOOKS, cap(), position, Guarantee("G", "B", Decimal(1)), DAY)
