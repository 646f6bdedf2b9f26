from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from stannary.errors import LedgerError, SettlementError
from stannary.settlement.chart import Chart
from stannary.settlement.day_counts import year_fraction
from stannary.settlement.loans import (
    LoanState,
    LoanTerms,
    charge_interest,
    charge_undrawn,
    commit_loan,
    draw_loan,
    repay_loan,
)
from stannary.settlement.posting import post_settlements
from stannary.settlement.reckoning import Books
from stannary.settlement.schedules import repayment_schedule

BOOKS = Books("USA")
CHART = Chart("USA")
SIGNED = date(2026, 1, 5)
LOAN, OWED, UNDRAWN = (
    "Assets:Loans:MINE:USD",
    "Assets:Receivable:Loans:MINE:USD",
    "Equity:Commitments:Loans:MINE:USD",
)


def terms(**changes):
    given = {
        "id": "mine",
        "lender": "EXIM",
        "borrower": "Mine",
        "portion": "1000000",
        "agreed_on": "2026-01-05",
        "interest_rate": "0.05",
        "day_count": "act/360",
        "commitment_fee_rate": "0.005",
        "assumed": "a case",
        **changes,
    }
    return LoanTerms(**given)


# -- published --------------------------------------------------------------------------------------------


def test_the_exposure_fee_of_the_beta_loan_is_lent_with_it(book):
    beta = terms(id="beta", portion="151250000", exposure_fee_rate="0.124648", fee_financed=True)
    state, signed = commit_loan(BOOKS, beta)
    post_settlements(book, signed)
    assert signed.statement.amount == Decimal("18853010.00")
    assert beta.commitment == 17_010_301_000
    assert state.principal == 1_885_301_000
    assert book.balance("USA", "Assets:Loans:BETA:USD").balance == 1_885_301_000
    assert book.balance("USA", "Equity:Commitments:Loans:BETA:USD").balance == 15_125_000_000


def test_the_exposure_fee_of_the_ess_loan():
    ess = terms(portion="20000000", exposure_fee_rate="0.12425")
    state, signed = commit_loan(BOOKS, ess)
    assert signed.statement.amount == 2_485_000
    assert ess.commitment == 2_000_000_000
    assert (state.principal, state.accrued) == (0, 248_500_000)


# -- draws, fees, interest, repayment -----------------------------------------------------------------------


def test_the_fee_on_what_is_not_drawn_follows_the_draws():
    state, _ = commit_loan(BOOKS, terms())
    state, _ = draw_loan(BOOKS, terms(), state, Decimal(400_000), "D1", SIGNED + timedelta(days=90))
    _, fee = charge_undrawn(BOOKS, terms(), state, SIGNED + timedelta(days=180))
    # 1,000,000 x 0.005 x 90/360 + 600,000 x 0.005 x 90/360
    assert fee.statement.amount == Decimal("2000.00")


@pytest.mark.parametrize(
    ("convention", "end", "interest"),
    [
        ("act/360", date(2026, 5, 1), "10000.00"),
        ("act/365", date(2026, 5, 1), "9863.01"),
        ("30/360", date(2026, 4, 30), "10000.00"),
    ],
)
def test_interest_follows_the_day_count_of_the_loan(convention, end, interest):
    loan = terms(day_count=convention, interest_rate="0.04")
    state, _ = commit_loan(BOOKS, loan)
    state, _ = draw_loan(BOOKS, loan, state, Decimal(1_000_000), "D1", date(2026, 1, 31))
    _, charged = charge_interest(BOOKS, loan, state, end)
    assert charged.statement.amount == Decimal(interest)


def test_more_than_the_commitment_cannot_be_drawn():
    state, _ = commit_loan(BOOKS, terms())
    state, _ = draw_loan(BOOKS, terms(), state, Decimal(999_999), "D1", SIGNED)
    with pytest.raises(SettlementError, match="STN-SETTLE-004"):
        draw_loan(BOOKS, terms(), state, Decimal("1.01"), "D2", SIGNED)


def test_what_was_repaid_cannot_be_drawn_again():
    state, _ = commit_loan(BOOKS, terms())
    state, _ = draw_loan(BOOKS, terms(), state, Decimal(1_000_000), "D1", SIGNED)
    state, _ = repay_loan(BOOKS, terms(), state, Decimal(500_000), "P1", SIGNED)
    with pytest.raises(SettlementError, match="STN-SETTLE-004"):
        draw_loan(BOOKS, terms(), state, Decimal(1), "D2", SIGNED)


def test_the_book_itself_refuses_two_draws_that_saw_the_same_room(book):
    state, signed = commit_loan(BOOKS, terms())
    _, first = draw_loan(BOOKS, terms(), state, Decimal(600_000), "D1", SIGNED)
    _, second = draw_loan(BOOKS, terms(), state, Decimal(600_000), "D2", SIGNED)
    post_settlements(book, signed, first)
    with pytest.raises(LedgerError, match="STN-LEDGER-007"):
        post_settlements(book, second)


def test_more_than_is_owed_cannot_be_repaid():
    state, _ = commit_loan(BOOKS, terms())
    state, _ = draw_loan(BOOKS, terms(), state, Decimal(100), "D1", SIGNED)
    with pytest.raises(SettlementError, match="STN-SETTLE-004"):
        repay_loan(BOOKS, terms(), state, Decimal("100.01"), "P1", SIGNED)


def test_interest_must_be_charged_before_a_repayment():
    state, _ = commit_loan(BOOKS, terms())
    state, _ = draw_loan(BOOKS, terms(), state, Decimal(100), "D1", SIGNED)
    with pytest.raises(SettlementError, match="Charge it"):
        repay_loan(BOOKS, terms(), state, Decimal(1), "P1", SIGNED + timedelta(days=1))


def test_days_are_charged_once():
    state, _ = commit_loan(BOOKS, terms())
    state, _ = charge_undrawn(BOOKS, terms(), state, date(2026, 4, 1))
    with pytest.raises(SettlementError, match="STN-SETTLE-005"):
        charge_undrawn(BOOKS, terms(), state, date(2026, 4, 1))


def test_movements_come_in_order_of_date():
    state, _ = commit_loan(BOOKS, terms())
    state, _ = draw_loan(BOOKS, terms(), state, Decimal(100), "D1", date(2026, 3, 1))
    for act in (draw_loan, repay_loan):
        with pytest.raises(SettlementError, match="STN-SETTLE-005"):
            act(BOOKS, terms(), state, Decimal(1), "X", date(2026, 2, 1))


ACTS = some.lists(
    some.tuples(
        some.sampled_from(["draw", "repay", "interest", "fee"]),
        some.decimals("0.01", 700_000, places=2),
        some.integers(0, 80),
    ),
    max_size=10,
)


@settings(max_examples=60)
@given(ACTS, some.sampled_from(["act/360", "act/365", "30/360"]), some.booleans())
def test_principal_and_what_is_accrued_are_what_the_book_holds(new_book, acts, convention, financed):
    loan = terms(day_count=convention, exposure_fee_rate="0.12", fee_financed=financed)
    book = new_book()
    state, settled = commit_loan(BOOKS, loan)
    post_settlements(book, settled)
    on = SIGNED
    for number, (act, amount, days) in enumerate(acts):
        on += timedelta(days=days)
        try:
            if act == "draw":
                state, settled = draw_loan(BOOKS, loan, state, amount, f"D{number}", on)
            elif act == "repay":
                state, settled = repay_loan(BOOKS, loan, state, amount, f"P{number}", on)
            elif act == "interest":
                state, settled = charge_interest(BOOKS, loan, state, on)
            else:
                state, settled = charge_undrawn(BOOKS, loan, state, on)
        except SettlementError:
            continue
        post_settlements(book, settled)
    held = {one.account.name: one.balance for one in book.standings()}
    assert held.get(LOAN, 0) == state.principal
    assert held.get(LOAN, 0) + held.get(OWED, 0) == state.outstanding
    assert held[UNDRAWN] == loan.commitment - state.drawn >= 0
    assert sum(held.values()) == 0


# -- schedules and day counts -----------------------------------------------------------------------------


@given(
    some.integers(1, 10**14),
    some.integers(1, 80),
    some.decimals(0, "0.3", places=4),
    some.sampled_from(["level", "annuity", "bullet"]),
    some.sampled_from(["act/360", "act/365", "30/360"]),
)
def test_a_schedule_sums_to_the_principal_to_the_cent(principal, count, rate, form, convention):
    first = "2026-04-05"
    loan = terms(
        instalments=count, interest_rate=rate, form=form, day_count=convention, first_repayment_on=first
    )
    schedule = repayment_schedule(loan, principal, SIGNED)
    assert sum(each.principal for each in schedule) == principal
    assert schedule[-1].left == 0
    assert all(each.interest >= 0 and each.principal >= 0 and each.left >= 0 for each in schedule)


def test_an_annuity_pays_the_same_each_time():
    first = "2026-04-05"
    loan = terms(
        instalments=12, interest_rate="0.06", form="annuity", day_count="30/360", first_repayment_on=first
    )
    payments = [each.principal + each.interest for each in repayment_schedule(loan, 10**8, SIGNED)]
    assert max(payments) - min(payments) <= 2
    # 1,000,000 over 12 quarters at 1.5%: 1,000,000 x 0.015 / (1 - 1.015^-12)
    assert abs(payments[0] - 9_167_999) <= 1


def test_a_loan_without_a_first_day_of_repayment_has_no_schedule():
    with pytest.raises(ValueError, match="first day"):
        repayment_schedule(terms(), 100, SIGNED)


@pytest.mark.parametrize(
    ("start", "end", "convention", "part"),
    [
        (date(2026, 1, 1), date(2027, 1, 1), "act/365", Fraction(1)),
        (date(2024, 1, 1), date(2025, 1, 1), "act/365", Fraction(366, 365)),
        (date(2026, 1, 1), date(2027, 1, 1), "act/360", Fraction(365, 360)),
        (date(2026, 1, 31), date(2026, 2, 28), "30/360", Fraction(28, 360)),
        (date(2026, 1, 30), date(2026, 3, 31), "30/360", Fraction(60, 360)),
        (date(2026, 1, 15), date(2026, 3, 31), "30/360", Fraction(76, 360)),
        (date(2026, 1, 31), date(2026, 1, 31), "act/360", Fraction(0)),
    ],
)
def test_days_are_counted_as_the_convention_says(start, end, convention, part):
    assert year_fraction(start, end, convention) == part


@given(some.dates(date(2020, 1, 1), date(2060, 1, 1)), some.lists(some.integers(0, 400), max_size=5))
def test_actual_days_add_up_however_they_are_cut(start, steps):
    for convention in ("act/360", "act/365"):
        day, total = start, Fraction(0)
        for step in steps:
            later = day + timedelta(days=step)
            total += year_fraction(day, later, convention)
            day = later
        assert total == year_fraction(start, day, convention)


def test_a_loan_that_was_never_drawn_owes_nothing():
    assert LoanState().outstanding == 0


@pytest.mark.parametrize("charge", [charge_undrawn, charge_interest])
def test_nothing_is_drawn_on_a_day_that_was_charged_already(charge):
    state, _ = commit_loan(BOOKS, terms())
    state, _ = charge(BOOKS, terms(), state, date(2026, 4, 5))
    with pytest.raises(SettlementError, match="Settle in order of date"):
        draw_loan(BOOKS, terms(), state, Decimal(500_000), "D-1", date(2026, 2, 1))
    draw_loan(BOOKS, terms(), state, Decimal(500_000), "D-1", date(2026, 4, 5))


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2007-01-15", "2007-01-31", 16),
        ("2007-01-31", "2007-02-28", 28),
        ("2007-02-28", "2007-03-31", 33),
        ("2006-08-31", "2007-02-28", 178),
        ("2007-02-28", "2007-08-31", 183),
        ("2007-09-30", "2007-10-31", 30),
        ("2007-09-30", "2008-03-31", 180),
        ("2007-02-26", "2008-02-29", 363),
        ("2008-02-29", "2009-02-28", 359),
        ("2008-02-29", "2008-03-31", 32),
    ],
)
def test_days_of_the_bond_basis_are_those_of_the_published_examples(start, end, days):
    # 30/360 day count fractions, ISDA's worked examples of 2006 definitions, section 4.16(f)
    found = year_fraction(date.fromisoformat(start), date.fromisoformat(end), "30/360")
    assert found == Fraction(days, 360)
