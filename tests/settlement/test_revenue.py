"""Revenue is shared out by the charter to the last cent; what stands open between books returns to zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from stannary.border.assessment import assess
from stannary.border.determinations import Determinations
from stannary.charter.charter import Charter
from stannary.charter.revenue import Revenue
from stannary.errors import SettlementError
from stannary.ledger.book import Book
from stannary.settlement.collecting import collect
from stannary.settlement.duties import Collection, Duty, settle_duty
from stannary.settlement.duty_payments import settle_payment, settle_refund
from stannary.settlement.periods import period_of
from stannary.settlement.posting import post_settlements
from stannary.settlement.revenue import allocate_revenue, collected_in, pay_allocation
from stannary.zone import Zone, open_zone, shipped_folder

START, LAST, PAID = date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 15)
QUARTER = period_of("2026-Q3")
KINDS = ("collecting_member", "parties", "stockpile", "support_fund")


@cache
def toy() -> Zone:
    return open_zone("toy")


@cache
def determined() -> Determinations:
    return assess(toy().charter, toy().atlas, shipped_folder("toy") / "entries.csv")


def ruled(*shares: str, kinds: Sequence[str] = KINDS) -> Charter:
    """Give the toy charter with these shares for recipients of these kinds."""
    recipients = [
        {"id": f"recipient-{number}", "kind": kind, "shares": [from_day(START, share)]}
        for number, (share, kind) in enumerate(zip(shares, kinds, strict=True))
    ]
    return replace(toy().charter, revenue=READ.validate_python({"recipients": recipients}))


READ = TypeAdapter(Revenue)


def from_day(start: date, value: str, end: date | None = None) -> dict[str, object]:
    return {"value": value, "unit": "share", "from": start, "to": end, "assumed": "made up"}


def balances(book: Book) -> dict[tuple[str, str], int]:
    return {(each.account.organisation, each.account.name): each.balance for each in book.standings()}


def test_the_toy_charter_splits_by_its_shares() -> None:
    allocation = allocate_revenue(Decimal("1000.01"), "USA", QUARTER, toy().charter, LAST)
    # 500.005, 300.003 and 200.002: the one cent left goes to the largest remainder
    assert allocation.shares == {"USA": 50_001, "Stockpile": 30_000, "Support-Fund": 20_000}
    steps = [(step.name, step.value) for step in allocation.settlements[0].statement.steps]
    assert steps == [
        ("collecting-member", Decimal("500.01")),
        ("stockpile", Decimal("300.00")),
        ("support-fund", Decimal("200.00")),
    ]


@settings(max_examples=80)
@given(cents=st.integers(-(10**13), 10**13), cuts=st.lists(st.integers(0, 10_000), min_size=3, max_size=3))
def test_no_cent_is_lost_and_what_is_owed_between_books_cancels_out(
    new_book: Callable[[], Book], cents: int, cuts: list[int]
) -> None:
    first, second, third = sorted(cuts)
    parts = (first, second - first, third - second, 10_000 - third)
    charter = ruled(*(str(Decimal(part).scaleb(-4)) for part in parts))
    allocation = allocate_revenue(Decimal(cents).scaleb(-2), "USA", QUARTER, charter, LAST)
    assert sum(allocation.shares.values()) == cents
    book = new_book()
    post_settlements(book, *allocation.settlements)
    owed = balances(book)
    for name, share in allocation.shares.items():
        if name != "USA" and share:
            assert owed["USA", f"Assets:Clearing:{name}:USD"] == -share
            assert owed[name, "Assets:Clearing:USA:USD"] == share
    post_settlements(book, *pay_allocation(allocation, PAID))
    paid = balances(book)
    assert {balance for (_, name), balance in paid.items() if "Clearing" in name} <= {0}
    assert {name: paid.get((name, "Assets:Cash:USD"), 0) for name in allocation.shares} == {
        name: share if name != "USA" else share - cents for name, share in allocation.shares.items()
    }
    assert sum(paid.values()) == 0


def test_parties_share_in_equal_parts_and_a_suspended_one_does_not() -> None:
    charter = ruled("1", kinds=("parties",))
    members = {"AUS", "JPN", "USA"}
    shares = allocate_revenue(Decimal("100.00"), "USA", QUARTER, charter, LAST).shares
    assert shares == {"AUS": 3_334, "JPN": 3_333, "USA": 3_333}
    assert set(shares) == members
    # Australia is suspended in the fourth quarter
    later = allocate_revenue(Decimal("100.00"), "USA", period_of("2026-Q4"), charter, PAID).shares
    assert later == {"JPN": 5_000, "USA": 5_000}


def test_the_rule_of_the_last_day_of_the_period_holds() -> None:
    recipients = [
        {"id": "a", "kind": "stockpile", "shares": [from_day(START, "1", date(2026, 9, 29))]},
        {"id": "b", "kind": "support_fund", "shares": [from_day(LAST, "1")]},
    ]
    charter = replace(toy().charter, revenue=READ.validate_python({"recipients": recipients}))
    shares = allocate_revenue(Decimal("5.00"), "USA", QUARTER, charter, LAST).shares
    assert shares == {"USA": 0, "Support-Fund": 500}


@pytest.mark.parametrize("charter", [replace(toy().charter, revenue=None), ruled(kinds=())])
def test_without_a_rule_nothing_is_shared_out(charter: Charter) -> None:
    with pytest.raises(SettlementError, match="STN-SETTLE-002"):
        allocate_revenue(Decimal("1.00"), "USA", QUARTER, charter, LAST)


def test_a_period_is_shared_out_once(book: Book) -> None:
    charter = toy().charter
    allocation = allocate_revenue(Decimal("10.00"), "USA", QUARTER, charter, LAST)
    post_settlements(book, *allocation.settlements)
    assert all(each.is_repeat for each in post_settlements(book, *allocation.settlements))
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        other = allocate_revenue(Decimal("11.00"), "USA", QUARTER, charter, LAST)
        post_settlements(book, *other.settlements)
    post_settlements(book, *pay_allocation(allocation, PAID))
    assert all(each.is_repeat for each in post_settlements(book, *pay_allocation(allocation, PAID)))


def test_only_money_taken_in_and_paid_back_in_the_period_counts_as_collected(book: Book) -> None:
    usa = Collection("USA")
    duty = Duty(
        "E1/1", "Acme", date(2026, 8, 1), "adjusted", "below_floor", "ndpr.oxide", "ndpr", "unknown",
        "general", None, 100_000,
    )  # fmt: skip
    post_settlements(
        book,
        settle_duty(duty, usa),
        settle_payment(duty, Decimal("600.00"), date(2026, 9, 30), "bank-1", usa),
        settle_payment(duty, Decimal("400.00"), date(2026, 10, 1), "bank-2", usa, owed=Decimal("400.00")),
        settle_refund(duty, Decimal("50.00"), date(2026, 9, 30), "bank-3", usa, due=Decimal("50.00")),
    )
    assert collected_in(book.journal("USA"), "USA", QUARTER) == 55_000
    assert collected_in(book.journal(), "USA", period_of("2026-Q4")) == 40_000
    assert collected_in(book.journal(), "JPN", QUARTER) == 0
    allocation = allocate_revenue(Decimal("550.00"), "USA", QUARTER, toy().charter, LAST)
    post_settlements(book, *allocation.settlements, *pay_allocation(allocation, LAST))
    assert collected_in(book.journal("USA"), "USA", QUARTER) == 55_000


def test_a_run_collected_to_the_end_leaves_only_cash_income_and_shares(book: Book) -> None:
    found = determined()
    collection = Collection.of(found, "USA")
    total = found.summary().total.adjustment_usd
    done = collect(book, found, collection, toy().charter, date(2027, 1, 5), "run")
    assert done.duties.cents == total * 100
    (allocation,) = done.allocations
    assert allocation.collected == total * 100
    stood = list(book.journal())
    again = collect(book, found, collection, toy().charter, date(2027, 1, 5), "run")
    assert (again.duties.repeated, again.allocations) == (done.duties.vouchers, done.allocations)
    assert list(book.journal()) == stood
    left = {at: balance for at, balance in balances(book).items() if balance}
    assert {name.split(":")[0] + ":" + name.split(":")[1] for _, name in left} == {
        "Assets:Cash", "Income:Duties", "Income:RevenueShared", "Expenses:RevenueShared",
    }  # fmt: skip
    assert sum(left.values()) == 0


def test_where_the_charter_has_no_rule_a_run_stays_with_who_collected_it(book: Book) -> None:
    found = determined()
    charter = replace(toy().charter, revenue=None)
    done = collect(book, found, Collection.of(found, "USA"), charter, date(2027, 1, 5), "run")
    assert done.allocations == ()
    assert balances(book)["USA", "Assets:Cash:USD"] == done.duties.cents
