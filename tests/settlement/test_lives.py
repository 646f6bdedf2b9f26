from __future__ import annotations

from decimal import Decimal

import pytest

from stannary.charter.reader import open_charter
from stannary.errors import SettlementError
from stannary.settlement.forms import LoanFile, StakeFile, StockFile
from stannary.settlement.lives import lots_of, settle_loan, settle_stake, settle_stock
from stannary.settlement.posting import post_settlements
from stannary.settlement.reckoning import Books
from stannary.settlement.terms import read_terms
from stannary.zone import shipped_folder

BOOKS = Books("USA")
BOUGHT = """
method: average
movements:
  - {kind: buy, lot: M, product: antimony.metal, quantity: 100, unit: t, purity: 1, price: 50,
     price_unit: USD/kg, seller: Mine, on: 2026-08-01, owner: Motors}
"""
MOTORS = """subscription: vault-subscription, subscriber: Motors, product: antimony.metal, quantity: 100,
     unit: t, price: 50, price_unit: USD/kg, on: 2026-08-01"""


@pytest.fixture(scope="module")
def charter():
    return open_charter(shipped_folder("forge") / "charter")


@pytest.fixture
def read(tmp_path):
    def reading(text, form=StockFile):
        path = tmp_path / "file.yaml"
        path.write_text(text, "utf-8")
        return read_terms(path, form)

    return reading


def test_a_subscriber_buys_back_from_a_file_at_the_price_it_was_bought_at(read, charter, book):
    text = f"{BOUGHT}  - {{kind: buy_back, bought_back_on: 2026-11-02, market: 80, {MOTORS}}}\n"
    life = settle_stock(BOOKS, read(text), charter)
    post_settlements(book, *life.settlements)
    assert life.settlements[-1].statement.amount == 5_000_000
    assert lots_of(life.stock) == []
    assert book.balance("USA", "Assets:Inventory:ANTIMONY-METAL:USD").balance == 0


@pytest.mark.parametrize("kind", ["fee", "carrying, period: 2026-Q4"])
def test_terms_of_the_vault_that_were_not_published_are_asked_for(read, charter, kind):
    text = f"{BOUGHT}  - {{kind: {kind}, {MOTORS}}}\n"
    with pytest.raises(SettlementError, match="STN-SETTLE-003") as error:
        settle_stock(BOOKS, read(text), charter)
    assert "movements[2]" in str(error.value)


@pytest.mark.parametrize(
    "movement",
    [
        f"kind: fee, {MOTORS.replace('vault-subscription', 'nosuch')}",
        "kind: release, reference: R, product: antimony.metal, quantity: 1, unit: t, price: 1, "
        "price_unit: USD/t, buyer: B, on: 2026-09-01, owner: Motors, rule: nosuch",
    ],
)
def test_what_the_charter_does_not_hold_is_refused_with_what_it_does(read, charter, movement):
    with pytest.raises(SettlementError, match="STN-SETTLE-002"):
        settle_stock(BOOKS, read(f"{BOUGHT}  - {{{movement}}}\n"), charter)


def test_lots_are_split_blended_and_lost_from_a_file(read, charter, book):
    text = f"""{BOUGHT.replace(", owner: Motors", "")}
  - {{kind: split, reference: S, lot: M, on: 2026-09-01,
     parts: [{{lot: M1, tonnes: 40}}, {{lot: M2, tonnes: 60}}]}}
  - {{kind: loss, reference: L, product: antimony.metal, quantity: 1, unit: t,
     reason: a count, on: 2026-09-02}}
  - {{kind: blend, reference: B, lots: [M1, M2], into: N, on: 2026-09-03}}
"""
    life = settle_stock(BOOKS, read(text), charter)
    post_settlements(book, *life.settlements)
    [lot] = lots_of(life.stock)
    assert (lot["lot"], lot["contained"], lot["cost"]) == ("N", 99, Decimal("4950000.00"))
    assert book.balance("USA", "Assets:Stock:ANTIMONY-METAL:N").balance == 99 * 10**9


def test_the_lots_a_file_begins_with_are_the_lots_another_left(read, charter):
    first = settle_stock(BOOKS, read(BOUGHT), charter)
    [row] = lots_of(first.stock)
    words = ", ".join(f"{name}: {value}" for name, value in row.items())
    again = settle_stock(BOOKS, read(f"method: average\nlots:\n  - {{{words}}}\n"), charter)
    assert again.stock.lots == first.stock.lots and again.settlements == ()


def test_an_event_that_cannot_be_is_refused_with_its_place_in_the_file(read):
    text = """
terms: {id: a, lender: L, borrower: B, portion: 100, agreed_on: 2026-01-01, interest_rate: 0.1,
  day_count: act/365, assumed: a case}
events:
  - {kind: draw, amount: 100, reference: D, on: 2026-01-01}
  - {kind: draw, amount: 1, reference: E, on: 2026-01-02}
"""
    with pytest.raises(SettlementError, match=r"STN-SETTLE-004 events\[2\]"):
        settle_loan(BOOKS, read(text, LoanFile))


def test_a_stake_lives_from_its_purchase_to_its_conversion(read):
    text = """
terms: {id: a, holder: H, issuer: I, invested: 1000, bought_on: 2026-01-01, in_kind_rate: 0.1,
  conversion_price: 10, assumed: a case}
added_through: [2027-01-01]
converted_on: 2027-02-01
"""
    life = settle_stake(BOOKS, read(text, StakeFile))
    assert [each.statement.kind for each in life.settlements] == [
        "stake",
        "stake-dividend",
        "stake-conversion",
    ]
    assert life.stake.is_converted and life.stake.amount == 110_000
