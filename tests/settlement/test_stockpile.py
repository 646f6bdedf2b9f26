from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from stannary.charter.stockpile_mandate import Release, Rotation, Subscription
from stannary.errors import SettlementError
from stannary.settlement.chart import Chart
from stannary.settlement.periods import period_of
from stannary.settlement.posting import post_settlements
from stannary.settlement.reckoning import Books
from stannary.settlement.stock import Lot, Stock, add, blend, split, take
from stannary.settlement.stockpile import (
    Intake,
    Outflow,
    blend_lots,
    buy_stock,
    lose_stock,
    release_stock,
    rotation_due,
    split_lot,
)
from stannary.settlement.subscriptions import (
    Subscribed,
    buy_back,
    charge_carrying,
    charge_fee,
    draw_stock,
    replace_stock,
)

BOOKS = Books("USA")
CHART = Chart("USA")
METAL = "antimony.metal"
DAY = date(2027, 1, 4)
METHODS = ["fifo", "average"]


def intake(lot="A", quantity="10", price="20000", on=DAY, **changes):
    return Intake(lot, METAL, Decimal(quantity), "t", Decimal(price), "USD/t", "Mine", on, **changes)


def outflow(quantity="4", reference="R1", on=DAY, **changes):
    return Outflow(reference, METAL, Decimal(quantity), "t", on, **changes)


def lot(name, content, cost, day=0, gross=None, owner=""):
    return Lot(name, METAL, content if gross is None else gross, content, cost, DAY + timedelta(day), owner)


def two_lots(method):
    stock = add(Stock(method=method), lot("A", 10_000, 100_000))
    return add(stock, lot("B", 10_000, 300_000, day=1))


# -- valuation ----------------------------------------------------------------------------------------------


def test_first_in_first_out_the_oldest_cost_leaves_first():
    after, taken = take(two_lots("fifo"), METAL, 15_000)
    assert [(part.lot, part.content, part.cost) for part in taken] == [
        ("A", 10_000, 100_000),
        ("B", 5_000, 150_000),
    ]
    assert after.value(METAL) == 150_000


def test_at_average_cost_every_milligram_costs_the_same():
    after, taken = take(two_lots("average"), METAL, 15_000)
    assert sum(part.cost for part in taken) == 300_000
    assert after.value(METAL) == 100_000


def test_the_average_is_worked_out_anew_at_each_receipt():
    assert [one.cost for one in two_lots("average").lots] == [200_000, 200_000]


@given(
    some.lists(some.tuples(some.integers(1, 10**9), some.integers(0, 10**9)), min_size=1, max_size=5),
    some.sampled_from(METHODS),
    some.data(),
)
def test_taking_loses_no_milligram_and_no_cent(lots, method, data):
    stock = Stock(method=method)
    for number, (content, cost) in enumerate(lots):
        stock = add(stock, lot(f"L{number}", content, cost, number, gross=content + number))
    wanted = data.draw(some.integers(1, stock.content(METAL)))
    after, taken = take(stock, METAL, wanted)
    assert sum(part.content for part in taken) == wanted
    assert after.content(METAL) == stock.content(METAL) - wanted
    assert after.value(METAL) == stock.value(METAL) - sum(part.cost for part in taken)
    gross = sum(one.gross for one in stock.lots) - sum(part.gross for part in taken)
    assert sum(one.gross for one in after.lots) == gross
    assert all(0 < one.content <= one.gross and one.cost >= 0 for one in after.lots)


@given(
    some.integers(10, 10**10),
    some.fractions(0.1, 1),
    some.integers(0, 10**9),
    some.lists(some.integers(1, 10**6), min_size=1, max_size=5),
    some.sampled_from(METHODS),
)
def test_a_lot_split_and_blended_again_is_what_it_was(content, purity, cost, weights, method):
    gross = int(content / purity) + sum(weights)
    stock = add(Stock(method=method), lot("A", content, cost, gross=gross))
    parts = [(f"P{n}", weight) for n, weight in enumerate(weights)]
    rest = gross - sum(weights)
    try:
        apart = split(stock, "A", [*parts, ("rest", rest)])
    except SettlementError:
        return  # a part too small to hold a milligram of metal
    assert apart.content(METAL) == content and apart.value(METAL) == cost
    again = blend(apart, [name for name, _ in parts] + ["rest"], "A", DAY)
    assert again.lots == stock.lots


def test_more_than_is_held_is_refused():
    with pytest.raises(SettlementError, match="STN-SETTLE-004"):
        take(two_lots("fifo"), METAL, 20_001)
    with pytest.raises(SettlementError, match="STN-SETTLE-004"):
        take(two_lots("fifo"), METAL, 1, owner="Acme")


def test_parts_that_do_not_sum_to_the_lot_and_blends_of_different_metal_are_refused():
    with pytest.raises(SettlementError, match="STN-SETTLE-001"):
        split(two_lots("fifo"), "A", [("X", 9_999)])
    other = add(two_lots("fifo"), Lot("C", "tin.metal", 5, 5, 1, DAY))
    with pytest.raises(SettlementError, match="STN-SETTLE-001"):
        blend(other, ["A", "C"], "D", DAY)


# -- the book holds what the stock holds --------------------------------------------------------------------


def agrees(book, stock):
    held = {one.account.name: one.balance for one in book.standings()}
    assert held.get(CHART.inventory(METAL).name, 0) == stock.value(METAL)
    lots = {name: balance for name, balance in held.items() if name.startswith("Assets:Stock:") and balance}
    assert lots == {CHART.lot(METAL, one.id).name: one.content for one in stock.lots}
    gone = [held.get(account.name, 0) for account in (CHART.released(METAL), CHART.lost(METAL))]
    received = -held.get(CHART.received(METAL).name, 0)
    assert sum(lots.values()) == received - sum(gone)


MOVES = some.lists(
    some.tuples(
        some.sampled_from(["buy", "release", "lose", "split", "blend"]),
        some.decimals("0.000001", 50, places=9),
        some.decimals(0, 90_000, places=2),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60)
@given(MOVES, some.sampled_from(METHODS))
def test_after_any_movements_the_inventory_in_the_book_is_the_valuation_of_the_stock(new_book, moves, method):
    book, stock = new_book(), Stock(method=method)
    for number, (move, tonnes, price) in enumerate(moves):
        on = DAY + timedelta(days=number)
        try:
            if move == "buy":
                bought = intake(f"L{number}", str(tonnes), str(price), on, purity=Decimal("0.93"))
                stock, settled = buy_stock(BOOKS, stock, bought)
            elif move == "release":
                asked = outflow(str(tonnes), f"R{number}", on)
                stock, settled = release_stock(BOOKS, stock, asked, price, "USD/t", "Buyer")
            elif move == "lose":
                stock, settled = lose_stock(BOOKS, stock, outflow(str(tonnes), f"R{number}", on), "a count")
            elif move == "split" and stock.lots:
                whole = stock.lots[0]
                parts = [(whole.id, whole.gross // 3), (f"S{number}", whole.gross - whole.gross // 3)]
                stock, settled = split_lot(BOOKS, stock, whole.id, parts, f"S{number}", on)
            elif move == "blend":
                names = [one.id for one in stock.lots[:2]]
                stock, settled = blend_lots(BOOKS, stock, names, f"B{number}", f"B{number}", on)
            else:
                continue
        except SettlementError:
            continue
        post_settlements(book, settled)
        agrees(book, stock)


@pytest.mark.parametrize(("method", "cost"), [("fifo", 200_000), ("average", 240_000)])
def test_a_release_is_sold_at_its_price_and_leaves_at_its_cost(book, method, cost):
    stock = Stock(method=method)
    for bought in (intake("A", "10", "20000"), intake("B", "10", "28000", DAY + timedelta(days=1))):
        stock, settled = buy_stock(BOOKS, stock, bought)
        post_settlements(book, settled)
    stock, settled = release_stock(BOOKS, stock, outflow("10"), Decimal(31), "USD/kg", "Acme")
    post_settlements(book, settled)
    agrees(book, stock)
    assert settled.statement.amount == 310_000
    assert (settled.statement.payer, settled.statement.payee) == ("Acme", "USA")
    assert book.balance("USA", CHART.cost_of_releases(METAL).name).balance == cost * 100


def test_impure_goods_are_paid_for_by_the_metal_in_them():
    stock, settled = buy_stock(BOOKS, Stock(), intake(purity=Decimal("0.65")))
    assert settled.statement.amount == Decimal("6.5") * 20_000
    [held] = stock.lots
    assert (held.gross, held.content) == (10 * 10**9, 6_500_000_000)


def release_rule(name, **changes):
    return Release(id=name, trigger="minister", words=name, assumed="a case", **changes)


def test_a_release_opens_only_its_share_and_its_products():
    stock, _ = buy_stock(BOOKS, Stock(), intake())
    rule = release_rule("half", share="0.5", products=[METAL])
    release_stock(BOOKS, stock, outflow("5"), Decimal(1), "USD/t", "Acme", rule)
    other = release_rule("tin", products=["tin.metal"])
    for amount, opened in (("5.1", rule), ("1", other)):
        with pytest.raises(SettlementError, match="STN-SETTLE-004"):
            release_stock(BOOKS, stock, outflow(amount), Decimal(1), "USD/t", "Acme", opened)


def test_every_problem_of_a_purchase_is_told_at_once():
    bad = intake(quantity="-1", price="-2", purity=Decimal(2))
    with pytest.raises(SettlementError) as error:
        buy_stock(BOOKS, Stock(currency="EUR"), bad)
    assert len(error.value.problems) == 4


def test_a_loss_without_a_reason_is_refused():
    with pytest.raises(SettlementError, match="reason"):
        lose_stock(BOOKS, two_lots("fifo"), outflow("0.000001"), " ")


def test_lots_older_than_the_rotation_allows_are_due_oldest_first():
    stock = two_lots("fifo")
    rules = [Rotation(every_months=12, assumed="a case")]
    assert [one.id for one in rotation_due(stock, rules, date(2028, 1, 3))] == []
    assert [one.id for one in rotation_due(stock, rules, date(2028, 1, 4))] == ["A"]
    assert [one.id for one in rotation_due(stock, rules, date(2028, 1, 5))] == ["A", "B"]
    assert (
        rotation_due(
            stock, [Rotation(every_months=1, products=("tin.metal",), assumed="a case")], date(2030, 1, 1)
        )
        == ()
    )


# -- subscriptions ------------------------------------------------------------------------------------------


def terms(**changes):
    given = {
        "id": "vault",
        "from": "2026-07-01",
        "upfront_fee_share": "0.02",
        "interest": "0.05",
        "storage": {"value": "120", "unit": "USD/t a year", "assumed": "a case"},
        "replenish_within_days": "90",
        "assumed": "a case",
        **changes,
    }
    return Subscription(**given)


SUBSCRIBED = Subscribed("Motors", METAL, Decimal(100), "t", Decimal(50), "USD/kg", DAY)
FROM_NEW_YEAR = replace(SUBSCRIBED, on=date(2027, 1, 1))


def held_for_motors():
    bought = intake("M", "100", "50000", owner="Motors")
    return buy_stock(BOOKS, Stock(), bought)


@pytest.mark.parametrize(("spot", "gain"), [("80", 3_000_000), ("30", -2_000_000)])
def test_the_same_quantity_is_bought_back_at_the_same_price_whatever_the_spot(book, spot, gain):
    stock, bought = held_for_motors()
    stock, back = buy_back(BOOKS, stock, terms(), SUBSCRIBED, on=date(2027, 5, 3), market=Decimal(spot))
    post_settlements(book, bought, back)
    agrees(book, stock)
    assert back.statement.amount == 5_000_000
    steps = {step.name: step.value for step in back.statement.steps}
    assert steps["gain against the market"] == gain
    assert stock.lots == ()


def test_at_the_market_price_the_market_decides():
    stock, _ = held_for_motors()
    at_market = terms(buys_back_at="market_price")
    _, back = buy_back(BOOKS, stock, at_market, SUBSCRIBED, on=DAY, market=Decimal(80))
    assert back.statement.amount == 8_000_000
    with pytest.raises(SettlementError, match="STN-SETTLE-003"):
        buy_back(BOOKS, stock, at_market, SUBSCRIBED, on=DAY)


def test_the_upfront_fee_is_a_share_of_the_value_subscribed():
    assert charge_fee(BOOKS, terms(), SUBSCRIBED).statement.amount == 100_000


def test_the_carrying_cost_is_interest_and_storage_for_the_days():
    charged = charge_carrying(BOOKS, terms(), FROM_NEW_YEAR, period_of("2027-Q1"))
    assert charged.statement.amount == Decimal("64602.74")  # 262,000 x 90 / 365


def test_a_year_in_quarters_costs_what_the_year_costs():
    quarters = [charge_carrying(BOOKS, terms(), FROM_NEW_YEAR, period_of(f"2027-Q{n}")) for n in (1, 2, 3, 4)]
    assert abs(sum(one.statement.amount for one in quarters) - 262_000) <= Decimal("0.02")


@pytest.mark.parametrize("missing", ["upfront_fee_share", "interest", "storage"])
def test_a_term_that_was_not_published_is_not_made_up(missing):
    unpublished = terms(**{missing: None})
    with pytest.raises(SettlementError, match="STN-SETTLE-003"):
        charge_fee(BOOKS, unpublished, SUBSCRIBED)
        charge_carrying(BOOKS, unpublished, SUBSCRIBED, period_of("2027-Q1"))


def test_what_is_drawn_is_owed_in_metal_until_it_is_replaced(book):
    stock, bought = held_for_motors()
    stock, draw, drawn = draw_stock(BOOKS, stock, terms(), SUBSCRIBED, 40 * 10**9, "D1", date(2027, 2, 1))
    post_settlements(book, bought, drawn)
    assert draw.replace_by == date(2027, 5, 2)
    assert book.balance("USA", CHART.drawn(METAL, "Motors").name).balance == 40 * 10**9
    assert book.balance("USA", CHART.inventory(METAL).name).balance == stock.value(METAL) == 300_000_000
    stock, back = replace_stock(BOOKS, stock, draw, "M2", date(2027, 5, 3))
    post_settlements(book, back)
    assert "late" in back.statement.outcome
    agrees(book, stock)
    assert book.balance("USA", CHART.drawn_value(METAL, "Motors").name).balance == 0


def test_drawing_is_refused_where_the_terms_do_not_allow_it():
    stock, _ = held_for_motors()
    with pytest.raises(SettlementError, match="STN-SETTLE-002"):
        draw_stock(BOOKS, stock, terms(may_draw=False), SUBSCRIBED, 1, "D1", DAY)


def test_nothing_is_charged_for_days_before_a_subscriber_committed():
    late = replace(SUBSCRIBED, on=date(2027, 8, 1))
    with pytest.raises(SettlementError, match="is before that"):
        charge_carrying(BOOKS, terms(), late, period_of("2027-Q3"))
    with pytest.raises(SettlementError, match="is before that"):
        buy_back(BOOKS, held_for_motors()[0], terms(), late, on=date(2027, 7, 31))


def test_nothing_is_charged_for_days_after_a_subscription_ended():
    with pytest.raises(SettlementError, match="within 2027-Q4"):
        charge_carrying(BOOKS, terms(to="2027-11-30"), SUBSCRIBED, period_of("2027-Q4"))
