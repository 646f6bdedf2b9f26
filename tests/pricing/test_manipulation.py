"""What a manipulator can and cannot do to a reference price.

The bound that is tested: where honest prices lie between m and M, the cap on a reporter is c (below a half),
outliers are cut off at k median deviations or a share f of the median, a single reporter moves the price by
no more than ``(M - m) + c x max(k x (M - m), f x M)``. For its weight is at most c, so that the median stays
between m and M, the median deviation is at most M - m, and what is kept of its reports is within reach.
In a calm market (M = m) the bound is c x f: 2.5% in the toy zone.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pricing.market_on_paper import MARCH, OXIDE, market, report

from stannary.charter.charter import Charter
from stannary.pricing.publication import Publication, PublishedPrice
from stannary.pricing.publishing import publish
from stannary.pricing.reports import PriceReport

D = Decimal
CENT = D("0.01")


def priced(publication: Publication) -> PublishedPrice:
    price = publication.price(OXIDE)
    assert price is not None
    return price


def honest(prices: list[int]) -> list[PriceReport]:
    """Give one deal each for sellers who tell of their own sales, each to a buyer of its own."""
    return [
        report(f"h{n}", n, price=D(price) / 100, reporter=f"seller {n}") for n, price in enumerate(prices)
    ]


stories = st.lists(
    st.fixed_dictionaries(
        {
            "price": st.integers(1, 10**9).map(lambda cents: D(cents) / 100),
            "quantity": st.integers(1, 10**9).map(D),
            "buyer": st.sampled_from(["buyer 0", "buyer 1", "seller 2", "a shell", "the attacker", "other"]),
            "seller": st.sampled_from(["seller 0", "seller 1", "buyer 2", "another shell", "the attacker"]),
            "kind": st.sampled_from(["transaction", "transaction", "bid", "offer"]),
            "dated_on": st.dates(date(2027, 1, 1), date(2027, 3, 31)),
            "reporter": st.sampled_from(["the attacker", "The Attacker", "THE  ATTACKER"]),
            "reporter_group": st.sampled_from(
                [None, "a shell", "seller 0", "seller 1", "buyer 2", "g 1", "g 2"]
            ),
            "buyer_group": st.sampled_from([None, None, "seller 3", "a shell"]),
        }
    ),
    max_size=12,
)


def told_by_the_attacker(told: list[dict[str, Any]]) -> list[PriceReport]:
    return [report(f"x{n}", "x", is_firm=True, **story) for n, story in enumerate(told)]


@settings(max_examples=150)
@given(prices=st.lists(st.integers(6000, 7000), min_size=6, max_size=9), told=stories)
def test_one_reporter_moves_the_price_by_no_more_than_the_bound(
    toy: Charter, prices: list[int], told: list[dict[str, Any]]
) -> None:
    method = toy.reference_prices.method
    assert method is not None
    before = priced(publish(honest(prices), toy, MARCH))
    after = priced(publish(honest(prices) + told_by_the_attacker(told), toy, MARCH))
    assert after.rung == before.rung == "transactions"
    low, high = D(min(prices)) * 10, D(max(prices)) * 10
    reach = max(method.outliers.multiple * (high - low), method.outliers.band * high)
    assert abs(after.usd_per_t - before.usd_per_t) <= (high - low) + method.reporter_cap * reach + CENT


@settings(max_examples=80)
@given(told=stories)
def test_in_a_calm_market_one_reporter_moves_the_price_by_a_fortieth_at_most(
    toy: Charter, told: list[dict[str, Any]]
) -> None:
    after = priced(publish(honest([6600] * 6) + told_by_the_attacker(told), toy, MARCH))
    assert abs(after.usd_per_t - 66000) <= D(66000) * D("0.025")


def test_the_bound_of_a_calm_market_is_reached_and_not_passed(toy: Charter) -> None:
    attack = [report("x", "x", price=D("72.6"), quantity=D(10**6))]
    assert priced(publish(market([66] * 6) + attack, toy, MARCH)).usd_per_t == D("67650.00")
    attack = [report("x", "x", price=D("72.61"), quantity=D(10**6))]
    assert priced(publish(market([66] * 6) + attack, toy, MARCH)).usd_per_t == D("66000.00")


@settings(max_examples=60)
@given(told=stories)
def test_one_maker_of_bids_and_offers_moves_their_price_by_no_more_than_a_twentieth(
    toy: Charter, told: list[dict[str, Any]]
) -> None:
    """A cap of a quarter over a depth of a half, times a band of a tenth, of the dearer side."""
    december = publish(
        market([66] * 5, dated_on=date(2026, 12, 9)), toy, (date(2026, 12, 1), date(2026, 12, 31))
    )
    sides = [
        report(f"{kind}{n}", f"{kind}{n}", kind=kind, price=D(price), dated_on=date(2027, 3, 25))
        for kind, price in (("bid", 65), ("offer", 67))
        for n in range(6)
    ]
    day = {"dated_on": date(2027, 3, 28)}
    attack = told_by_the_attacker([s | day for s in told if s["kind"] != "transaction"])
    after = priced(publish(sides + attack, toy, MARCH, previous=[december]))
    assert after.rung == "bids_and_offers"
    assert abs(after.usd_per_t - 66000) <= D(67000) * D("0.05") + CENT


def wash(first: str, second: str, tonnes: int, price: int, **changed: Any) -> PriceReport:
    return report(f"{first}{second}", first, seller=first, buyer=second, reporter=first,
                  quantity=D(tonnes), price=D(price), **changed)  # fmt: skip


def reasons(publication: Publication) -> dict[str, str]:
    return {each.report_id: each.reason for each in publication.log}


def test_goods_that_go_back_are_no_trade(toy: Charter) -> None:
    publication = publish([*market([66] * 5), wash("A", "B", 50, 70), wash("B", "A", 45, 70)], toy, MARCH)
    assert priced(publication).usd_per_t == 66000
    assert reasons(publication)["rAB"] == reasons(publication)["rBA"] == "round_trip"


def test_goods_that_go_back_by_way_of_a_third_are_no_trade(toy: Charter) -> None:
    ring = [wash("A", "B", 50, 70), wash("B", "C", 45, 70), wash("C", "A", 40, 70)]
    publication = publish(market([66] * 5) + ring, toy, MARCH)
    assert priced(publication).usd_per_t == 66000
    assert {reasons(publication)[f"r{pair}"] for pair in ("AB", "BC", "CA")} == {"round_trip"}


def test_a_ring_of_unlike_quantities_is_no_ring(toy: Charter) -> None:
    deals = [wash("A", "B", 50, 66), wash("B", "C", 45, 66), wash("C", "A", 39, 66)]
    publication = publish(market([66] * 5) + deals, toy, MARCH)
    assert {reasons(publication)[f"r{pair}"] for pair in ("AB", "BC", "CA")} == {"used"}


def test_owners_not_names_are_what_goods_go_back_to(toy: Charter) -> None:
    there = wash("A", "B", 50, 70)
    back = wash("B", "A2", 50, 70, buyer_group="A")
    publication = publish([*market([66] * 5), there, back], toy, MARCH)
    assert reasons(publication)["rAB"] == "round_trip"


def test_cutting_a_round_trip_up_hides_nothing(toy: Charter) -> None:
    pieces = [
        report(f"p{n}", "B", seller="B", buyer="A", reporter="B", quantity=D(5), price=D(70 + n))
        for n in range(9)
    ]
    publication = publish([*market([66] * 5), wash("A", "B", 50, 70), *pieces], toy, MARCH)
    assert {reasons(publication)[name] for name in ("rAB", "rp0", "rp8")} == {"round_trip"}


def test_a_small_return_is_not_of_like_quantity(toy: Charter) -> None:
    publication = publish([*market([66] * 5), wash("A", "B", 50, 66), wash("B", "A", 24, 66)], toy, MARCH)
    assert reasons(publication)["rAB"] == reasons(publication)["rBA"] == "used"


def test_nobody_taints_trades_it_has_no_part_in(toy: Charter) -> None:
    """A broker says that seller 0's buyer sold back; an outsider says the goods went round by way of it."""
    broker = report("x", "x", seller="buyer 0", buyer="seller 0", reporter="broker")
    round_by = [
        report("y", "y", seller="buyer 1", buyer="outsider", reporter="outsider"),
        report("z", "z", seller="outsider", buyer="seller 1", reporter="outsider"),
    ]
    publication = publish([*honest([6600] * 5), broker, *round_by], toy, MARCH)
    assert {reasons(publication)[name] for name in ("rh0", "rh1")} == {"used"}
    assert reasons(publication)["rx"] == "round_trip"


def test_a_deal_told_by_both_sides_counts_once(toy: Charter) -> None:
    told_again = report("again", 0, reporter="buyer 0")
    publication = publish([*honest([6600] * 5), told_again], toy, MARCH)
    assert priced(publication).volume_t == 50
    assert sorted(reasons(publication).values()).count("same_deal") == 1


def test_a_stranger_s_account_gives_way_to_a_party_s(toy: Charter) -> None:
    stranger = report("s", 0, reporter="a stranger", quantity=D(10**6))
    publication = publish([*honest([6600] * 5), stranger], toy, MARCH)
    assert reasons(publication)["rs"] == "same_deal"
    assert reasons(publication)["rh0"] == "used"


def test_many_names_of_one_owner_are_one_reporter(toy: Charter) -> None:
    names = [report(f"x{n}", f"x{n}", price=D(70), reporter_group="one owner") for n in range(50)]
    publication = publish(market([66] * 6) + names, toy, MARCH)
    assert sum(each.weight for each in publication.log if each.report_id.startswith("rx")) <= D(
        "0.2500000001"
    )


def test_a_single_buyer_s_market_makes_no_price(toy: Charter) -> None:
    reports = market([66] * 8, buyer="the only buyer")
    publication = publish(reports, toy, MARCH)
    assert publication.price(OXIDE) is None
    assert "too few independent" in dict(publication.unpriced)[OXIDE]


def test_one_firm_that_names_many_owners_is_one_reporter(toy: Charter) -> None:
    attack = [
        report(
            f"x{n}", f"x{n}", price=D("72.6"), quantity=D(10**6), reporter="X", reporter_group=f"owner {n}"
        )
        for n in range(20)
    ]
    price = priced(publish(market([66] * 6) + attack, toy, MARCH))
    assert (price.usd_per_t, price.reporters) == (D("67650.00"), 7)


def test_owners_of_honest_reporters_cannot_be_claimed_to_drown_them(toy: Charter) -> None:
    attack = [
        report(
            f"x{n}", f"x{n}", price=D("72.6"), quantity=D(10**6), reporter="X", reporter_group=f"seller {n}"
        )
        for n in range(6)
    ]
    assert priced(publish(honest([6600] * 6) + attack, toy, MARCH)).usd_per_t == D("67650.00")


def test_a_name_in_other_letters_and_spaces_is_the_same_firm(toy: Charter) -> None:
    names = ["Acme Ore", "ACME ORE", "acme  ore", "Acme\u00a0Ore", "\uff21cme Ore", "aCME oRE"]
    attack = [
        report(f"x{n}", f"x{n}", price=D("72.6"), quantity=D(10**6), reporter=name)
        for n, name in enumerate(names)
    ]
    price = priced(publish(market([66] * 6) + attack, toy, MARCH))
    assert (price.usd_per_t, price.reporters) == (D("67650.00"), 7)
    wash = report("w", "w", price=D(72), buyer="Acme Ore", seller="ACME ORE")
    published = publish([*market([66] * 6), wash], toy, MARCH)
    assert {each.report_id: each.reason for each in published.log}["rw"] == "same_owner"


@pytest.mark.parametrize(
    "parties",
    [
        {"buyer": "A", "buyer_group": "G", "seller": "A"},
        {"buyer": "A", "buyer_group": "G", "seller": "A", "seller_group": "H"},
        {"buyer": "A", "buyer_group": "B", "seller": "B", "seller_group": "G"},
        {"buyer": "A", "seller": "B", "seller_group": "A"},
    ],
)
def test_a_firm_that_deals_with_itself_or_its_owner_is_found_whatever_groups_it_names(
    toy: Charter, parties: dict[str, str]
) -> None:
    published = publish([*market([66] * 6), report("x", "x", **parties)], toy, MARCH)
    assert {each.report_id: each.reason for each in published.log}["rx"] == "same_owner"


def test_an_owner_named_on_the_way_out_only_hides_no_round_trip(toy: Charter) -> None:
    there = report("x1", "x", price=D(72), buyer="A", buyer_group="G", seller="B", reporter="B")
    back = report("x2", "x", price=D(72), buyer="B", seller="A", reporter="A")
    published = publish([*market([66] * 6), there, back], toy, MARCH)
    reasons = {each.report_id: each.reason for each in published.log}
    assert (reasons["rx1"], reasons["rx2"]) == ("round_trip", "round_trip")


def test_a_deal_counts_once_though_only_one_side_names_the_owners(toy: Charter) -> None:
    deal = {"price": D(67), "buyer": "A", "seller": "B"}
    told = [report("x1", **deal, reporter="A"), report("x2", **deal, reporter="B", seller_group="G")]
    published = publish([*market([66] * 6), *told], toy, MARCH)
    assert sorted(each.reason for each in published.log if each.report_id.startswith("rx")) == [
        "same_deal",
        "used",
    ]
