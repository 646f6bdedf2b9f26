from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stannary.charter.price_support import PriceGapPayment
from stannary.errors import LedgerError, SettlementError
from stannary.settlement.gap_payments import (
    Claim,
    Target,
    appropriate,
    claimed_before,
    eligible_economies,
    free_before,
    settle_gap,
    targets_of,
)
from stannary.settlement.periods import period_of
from stannary.settlement.posting import post_settlements
from stannary.settlement.prices import MarketPrice
from stannary.settlement.reckoning import Books
from stannary.zone import open_zone

Q4 = period_of("2026-Q4")
BOOKS = Books("USA")
FREE = "Assets:Appropriations:DYS:USD"


def payment(**changes):
    terms = {
        "id": "dys",
        "from": "2026-07-01",
        "to": "2031-06-30",
        "products": ["dysprosium.oxide", "terbium.oxide"],
        "target": "floor",
        "share": "1",
        "benchmark": {"series": "zone", "averaged_over": "quarter", "weighted_by": "volume"},
        "assumed": "a case",
        **changes,
    }
    return PriceGapPayment(**terms)


def claim(tonnes="10", reference="A", day=1, **changes):
    made = Claim("Acme", "AUS", "dysprosium.oxide", Decimal(tonnes), "t", reference, date(2026, 12, day))
    return replace(made, **changes)


TARGETS = {product: Target(Decimal("300000"), "USD/t", "floor") for product in payment().products}
MARKETS = {
    product: MarketPrice(Decimal("224.36"), "USD/kg", Q4, source="zone") for product in payment().products
}


def settle(*claims, terms=None, available="1000000000", **how):
    how = {"economies": {"AUS", "USA"}, "available": Decimal(available), **how}
    return settle_gap(BOOKS, terms or payment(), Q4, claims, TARGETS, MARKETS, **how)


def paid(settled):
    return [each.transfers[0].amount for each in settled.vouchers]


def test_the_gap_is_paid_on_every_tonne_claimed():
    settled = settle(claim("10"))
    assert settled.statement.amount == 10 * (300_000 - 224_360)
    assert {(each.debit, each.credit) for each in settled.vouchers[0].transfers} == {
        ("Expenses:Support:DYS:USD", "Liabilities:Payable:Support:Acme:USD"),
        ("Assets:SetAside:DYS:USD", FREE),
    }
    assert (settled.vouchers[0].member, settled.vouchers[0].mineral) == ("AUS", "dysprosium")


def test_a_share_of_the_gap_is_paid_where_the_charter_says_so():
    assert settle(claim("10"), terms=payment(share="0.5")).statement.amount == 5 * (300_000 - 224_360)


def test_at_or_above_the_target_nothing_is_paid():
    at = {product: MarketPrice(Decimal("300"), "USD/kg", Q4) for product in TARGETS}
    settled = settle_gap(
        BOOKS, payment(), Q4, [claim()], TARGETS, at, economies={"AUS"}, available=Decimal(10)
    )
    assert settled.statement.amount == 0 and settled.vouchers == ()


def test_a_short_budget_cuts_every_claim_alike_and_loses_no_cent():
    claims = [claim("1", "A"), claim("1", "B"), claim("1", "C")]
    settled = settle(*claims, available="100")
    assert paid(settled) == [3334, 3333, 3333]
    assert settled.statement.amount == 100


def test_first_come_the_earlier_claim_is_met_in_full():
    claims = [claim("1", "late", 9), claim("1", "early", 2)]
    terms = payment(when_short="first_come")
    settled = settle(*claims, terms=terms, available="100000")
    assert paid(settled) == [10_000_000 - 7_564_000, 7_564_000]


def test_the_cap_of_the_year_counts_what_was_paid_in_it():
    terms = payment(cap={"value": "100000", "unit": "USD a year", "assumed": "a case"})
    assert settle(claim(), terms=terms, paid_this_year=Decimal(60_000)).statement.amount == 40_000
    assert settle(claim(), terms=terms, paid_this_year=Decimal(200_000)).statement.amount == 0


CLAIMS = some.lists(some.decimals(0, 500, places=4), min_size=1, max_size=6)


@given(CLAIMS, some.decimals(0, 50_000_000, places=2), some.sampled_from(["pro_rata", "first_come"]))
def test_no_claim_gets_more_than_its_gap_and_all_together_never_more_than_the_budget(tonnes, budget, rule):
    claims = [claim(str(each), f"C{n}", 1 + n) for n, each in enumerate(tonnes)]
    settled = settle(*claims, terms=payment(when_short=rule), available=str(budget))
    gap = Decimal(300_000) - Decimal(224_360)
    amounts = {each.key.rpartition("/")[2]: each.transfers[0].amount for each in settled.vouchers}
    by_key = {name: Decimal(amount) / 100 for name, amount in amounts.items()}
    for one in claims:
        assert by_key.get(one.reference, 0) <= one.quantity * gap + Decimal("0.005")
    asked = sum((one.quantity * gap).quantize(Decimal("0.01"), "ROUND_HALF_UP") for one in claims)
    assert settled.statement.amount == sum(by_key.values()) == min(asked, budget)


@given(CLAIMS, some.decimals("0.01", 10_000_000, places=2))
def test_in_a_book_the_appropriation_never_falls_below_zero(new_book, tonnes, budget):
    book = new_book()
    grant = appropriate(BOOKS, "dys", budget, "USD", reference="act-1", on=date(2026, 7, 1))
    post_settlements(book, grant)
    free = Decimal(book.balance("USA", FREE).balance) / 100
    claims = [claim(str(each), f"C{n}") for n, each in enumerate(tonnes)]
    settled = settle(*claims, available=str(free))
    post_settlements(book, settled)
    left = book.balance("USA", FREE).balance
    assert left >= 0
    assert left + settled.statement.cents == int(budget * 100)


def test_two_settlements_worked_out_on_the_same_free_amount_cannot_both_be_posted(book):
    grant = appropriate(BOOKS, "dys", Decimal(500_000), "USD", reference="act-1", on=date(2026, 7, 1))
    post_settlements(book, grant, settle(claim("5"), available="500000"))
    part = period_of("2026-11-01..2026-12-31")
    other = settle_gap(
        BOOKS,
        payment(),
        part,
        [claim("5", "B")],
        TARGETS,
        MARKETS,
        economies={"AUS"},
        available=Decimal(500_000),
    )
    with pytest.raises(LedgerError, match="STN-LEDGER-007"):
        post_settlements(book, other)


def test_every_problem_of_the_claims_is_told_at_once():
    with pytest.raises(SettlementError) as error:
        settle(
            claim(reference="A"),
            claim(reference="A"),
            claim(reference="B", economy="CHN"),
            claim(reference="C", product="gallium.metal"),
            claim("-1", "D"),
            claim(reference="E", unit="MWh"),
            claim(reference="F"),
            claimed_before={"F"},
        )
    codes = [each.code for each in error.value.problems]
    assert codes == [
        "STN-SETTLE-005",
        "STN-SETTLE-001",
        "STN-SETTLE-001",
        "STN-SETTLE-001",
        "STN-SETTLE-001",
        "STN-SETTLE-005",
    ]


def test_a_market_price_that_is_missing_or_not_final_is_refused():
    for markets in ({}, {"dysprosium.oxide": replace(MARKETS["dysprosium.oxide"], is_final=False)}):
        with pytest.raises(SettlementError, match="STN-SETTLE-003"):
            settle_gap(
                BOOKS, payment(), Q4, [claim()], TARGETS, markets, economies={"AUS"}, available=Decimal(1)
            )


def test_the_target_and_the_economies_come_from_the_charter():
    charter = open_zone("forge").charter
    article = charter.price_support.gap_payments[0]
    found = targets_of(charter, article, Q4)
    assert set(found) == set(article.products)
    assert all(each.unit == "USD/t" and each.price > 0 for each in found.values())
    assert eligible_economies(charter, article, Q4.end) == charter.membership.members("parties", Q4.end)


def test_before_the_floor_is_in_force_there_is_no_target():
    charter = open_zone("forge").charter
    with pytest.raises(SettlementError, match="STN-SETTLE-003"):
        targets_of(charter, charter.price_support.gap_payments[0], period_of("2020-Q1"))


def test_goods_that_an_earlier_period_paid_for_do_not_count_again():
    first = settle(claim(), claim(reference="B")).statement
    paid_before, references = claimed_before("dys", period_of("2027-Q1"), [first])
    assert (paid_before, references) == (0, {"A", "B"})
    assert claimed_before("dys", period_of("2026-Q3"), [first])[0] == first.amount > 0
    assert claimed_before("dys", Q4, [first]) == claimed_before("other", Q4, [first]) == (0, frozenset())
    with pytest.raises(SettlementError, match="A is claimed twice"):
        settle(claim(), claimed_before=references)


def test_what_was_free_before_a_period_is_told_by_the_book(book):
    granted = appropriate(BOOKS, "dys", Decimal(5_000_000), "USD", reference="act", on=date(2026, 7, 1))
    settled = settle(claim())
    post_settlements(book, granted)
    assert free_before(book.journal("USA"), FREE, "dys", Q4) is None
    post_settlements(book, settled)
    more = appropriate(BOOKS, "dys", Decimal(1), "USD", reference="act-2", on=date(2026, 7, 2))
    post_settlements(book, more)
    assert free_before(book.journal("USA"), FREE, "dys", Q4) == 500_000_000
