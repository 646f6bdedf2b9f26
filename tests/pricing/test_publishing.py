"""Reference prices from reports: the case of Adamas, every rung of the ladder, and an honest log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.pricing.market_on_paper import MARCH, OXIDE, market, report

from stannary.charter.charter import Charter
from stannary.charter.citation import DatedNumber
from stannary.charter.price_support import Benchmark, DifferenceContract, PriceSupport
from stannary.errors import PriceError
from stannary.pricing.fallbacks import ProducerCost
from stannary.pricing.publication import FLAGS, REASONS, RUNGS, Publication
from stannary.pricing.publishing import publish
from stannary.pricing.reports import PriceReport

D = Decimal
APRIL = (date(2027, 4, 1), date(2027, 4, 30))
DYSPROSIUM = "dysprosium.oxide"


def of(publication: Publication, product: str = OXIDE) -> tuple[Decimal, str]:
    price = publication.price(product)
    assert price is not None
    return price.usd_per_t, price.rung


def adamas() -> list[PriceReport]:
    """96% of the volume at 224 USD/kg and 4% at 233, told by five reporters."""
    at_224 = [report(f"a{n}", n, product=DYSPROSIUM, price=D(224), quantity=D("19.2")) for n in range(5)]
    at_233 = [report(f"b{n}", n, product=DYSPROSIUM, price=D(233), quantity=D("0.8")) for n in range(5)]
    return at_224 + at_233


def test_dysprosium_is_priced_where_the_volume_cleared(toy: Charter) -> None:
    assert of(publish(adamas(), toy, MARCH), DYSPROSIUM) == (D("224360.00"), "transactions")


def test_asks_at_1100_for_under_a_hundredth_of_the_volume_move_nothing(toy: Charter) -> None:
    asks = [
        report(f"ask{n}", f"x{n}", kind="offer", product=DYSPROSIUM, price=D(1100), quantity=D("0.1"),
               dated_on=date(2027, 3, 30))
        for n in range(9)
    ]  # fmt: skip
    publication = publish(adamas() + asks, toy, MARCH)
    assert of(publication, DYSPROSIUM) == (D("224360.00"), "transactions")
    assert {each.reason for each in publication.log if each.kind == "offer"} == {"firmer_rung"}


def test_deals_at_1100_for_under_a_hundredth_of_the_volume_are_outliers(toy: Charter) -> None:
    publication = publish([*adamas(), report("z", "z", product=DYSPROSIUM, price=D(1100), quantity=D("0.9"))],
                          toy, MARCH)  # fmt: skip
    assert of(publication, DYSPROSIUM) == (D("224360.00"), "transactions")
    assert next(each.reason for each in publication.log if each.report_id == "rz") == "outlier"


def test_a_price_says_what_it_rests_on_and_from_when(toy: Charter) -> None:
    publication = publish(market([64, 65, 66, 67, 68]), toy, MARCH)
    price = publication.price(OXIDE)
    assert price is not None
    assert (price.reports, price.reporters, price.volume_t) == (5, 5, D(50))
    assert price.takes_effect_on == publication.takes_effect_on == date(2027, 4, 10)
    assert price.method_version == "toy-1"
    # Standard error: sqrt(5/4 x (4 + 1 + 0 + 1 + 4) / 25) = 0.7071 USD/kg; twice that over 66 is 2.14%.
    assert price.uncertainty == D("0.0214")
    assert publication.outcome == (
        "2 reference prices for 2027-03-01 to 2027-03-31, 3 products without one; 5 of 5 reports used "
        "(method toy-1)."
    )


# -- the ladder -------------------------------------------------------------------------------------------


def test_a_thin_month_looks_at_the_quarter(toy: Charter) -> None:
    deals = [*market([66, 66]), *(report(f"f{n}", f"f{n}", dated_on=date(2027, 1, 5 + n)) for n in range(3))]
    publication = publish(deals, toy, MARCH)
    price = publication.price(OXIDE)
    assert price is not None
    assert (price.rung, price.uncertainty) == ("longer_window", D("0.03"))
    assert price.note == "Firmer rungs: transactions: 2 of 4 reporters, 2 of 4 deals."
    assert all(each.is_used for each in publication.log)


def test_a_full_month_leaves_earlier_deals_out(toy: Charter) -> None:
    publication = publish([*market([66] * 4), report("e", "e", dated_on=date(2027, 2, 28))], toy, MARCH)
    assert {e.report_id: e.reason for e in publication.log}["re"] == "outside_period"


def quotes(kind: str, prices: list[Any], **changed: Any) -> list[PriceReport]:
    day = changed.pop("dated_on", date(2027, 4, 28))
    return [
        report(f"{kind}{n}", f"{kind}{n}", kind=kind, price=D(str(price)), dated_on=day, **changed)
        for n, price in enumerate(prices)
    ]


def test_bids_and_offers_make_a_price_when_no_deals_do(toy: Charter) -> None:
    march = publish(market([66] * 5, dated_on=date(2027, 1, 4)), toy, (date(2027, 1, 1), date(2027, 1, 31)))
    reports = quotes("bid", [64, 64, 64, 64]) + quotes("offer", [66, 66, 66, 66])
    publication = publish(reports, toy, APRIL, previous=[march])
    price = publication.price(OXIDE)
    assert price is not None
    assert (price.usd_per_t, price.rung, price.reports) == (D("65000.00"), "bids_and_offers", 8)
    assert price.uncertainty == D("0.05")
    assert sum(each.weight for each in publication.log) == 1


@pytest.mark.parametrize(
    ("bids", "offers", "expected", "flag"),
    [
        ([66] * 4, [80] * 4, "66000.00", "asks_not_followed"),  # asks alone cannot lift the price
        ([70] * 4, [70] * 4, "70000.00", None),  # bids can
        ([90] * 4, [90] * 4, "72600.00", "held"),  # but no further than a tenth from the last deals
        ([10] * 4, [20] * 4, "59400.00", "held"),
        ([66] * 4, [62] * 4, "64000.00", "crossed"),
    ],
)
def test_quotes_are_held_to_what_the_last_deals_allow(
    toy: Charter, bids: list[int], offers: list[int], expected: str, flag: str | None
) -> None:
    last = publish(market([66] * 5), toy, MARCH)
    # The deals of March still lie in the longer window; only quotes are handed in for April.
    publication = publish(quotes("bid", bids) + quotes("offer", offers), toy, APRIL, previous=[last])
    price = publication.price(OXIDE)
    assert price is not None
    assert (price.usd_per_t, price.rung) == (D(expected), "bids_and_offers")
    assert flag is None or flag in price.flags


@pytest.mark.parametrize("prices", [[80] * 9, [1] * 9])
def test_asks_alone_set_nothing(toy: Charter, prices: list[int]) -> None:
    last = publish(market([66] * 5), toy, MARCH)
    assert of(publish(quotes("offer", prices), toy, APRIL, previous=[last])) == (D(66000), "carried_forward")


def test_quotes_without_an_earlier_price_from_deals_set_nothing(toy: Charter) -> None:
    publication = publish(quotes("bid", [66] * 5) + quotes("offer", [67] * 5), toy, APRIL)
    assert publication.price(OXIDE) is None
    assert {each.reason for each in publication.log} == {"no_anchor"}


def test_the_worse_half_of_each_side_does_not_count(toy: Charter) -> None:
    last = publish(market([66] * 5), toy, MARCH)
    reports = quotes("bid", [64, 64, 62, 62]) + quotes("offer", [66, 66, 68, 68])
    publication = publish(reports, toy, APRIL, previous=[last])
    assert of(publication) == (D("65000.00"), "bids_and_offers")
    assert {e.report_id for e in publication.log if e.reason == "beyond_depth"} == {
        "rbid2", "rbid3", "roffer2", "roffer3",
    }  # fmt: skip


def test_a_product_down_the_chain_is_built_up(toy: Charter) -> None:
    """1.2 t of oxide at 66,000 and 10,000 of conversion: 89,200; its interval 1% of 79,200/89,200, and 5%."""
    price = publish(market([66] * 5), toy, MARCH).price("ndpr.metal")
    assert price is not None
    assert (price.usd_per_t, price.rung, price.uncertainty) == (D("89200.00"), "linked_product", D("0.0589"))


def test_a_product_up_the_chain_is_netted_back(toy: Charter) -> None:
    """Metal at 94,000 less 10,000, over 1.2: 70,000; 1% of 94,000 over 84,000, and 5%."""
    price = publish(market([94] * 5, product="ndpr.metal"), toy, MARCH).price(OXIDE)
    assert price is not None
    assert (price.usd_per_t, price.rung, price.uncertainty) == (D("70000.00"), "linked_product", D("0.0612"))


def test_a_chain_that_leaves_nothing_makes_no_price(toy: Charter) -> None:
    publication = publish(market([9] * 5, product="ndpr.metal"), toy, MARCH)
    assert publication.price(OXIDE) is None


def test_the_cost_of_the_marginal_producer_stands_in(toy: Charter) -> None:
    cost = ProducerCost(DYSPROSIUM, D("251000.5"), "a plant on paper")
    price = publish(market([66] * 5), toy, MARCH, costs=[cost]).price(DYSPROSIUM)
    assert price is not None
    assert (price.usd_per_t, price.rung, price.uncertainty) == (D("251000.50"), "cost_model", D("0.2"))
    assert "a plant on paper" in price.note


def test_a_price_is_carried_forward_less_surely_each_month_and_then_no_more(toy: Charter) -> None:
    publications = [publish(market([66] * 5), toy, MARCH)]
    found = []
    for month, last_day in ((4, 30), (5, 31), (6, 30), (7, 31)):
        period = (date(2027, month, 1), date(2027, month, last_day))
        publications.append(publish([], toy, period, previous=publications))
        price = publications[-1].price(OXIDE)
        found.append(None if price is None else (price.usd_per_t, price.uncertainty, price.rung))
    assert found == [
        (D("66000.00"), D("0.0600"), "carried_forward"),
        (D("66000.00"), D("0.1100"), "carried_forward"),
        (D("66000.00"), D("0.1600"), "carried_forward"),
        None,
    ]
    reason = dict(publications[-1].unpriced)[OXIDE]
    assert "is 4 periods old, and 3 is the most" in reason


def test_a_correction_is_what_is_carried_forward(toy: Charter) -> None:
    first = publish(market([66] * 5), toy, MARCH)
    second = publish(market([67] * 5), toy, MARCH)
    assert of(publish([], toy, APRIL, previous=[first, second])) == (D(67000), "carried_forward")


# -- the log ----------------------------------------------------------------------------------------------


def test_every_report_stands_in_the_log_once_with_a_reason(toy: Charter) -> None:
    reports = [
        *market([66, 66, 65, 67, 66, 200]),
        report("a", "a", related=True),
        report("b", "b", related=None),
        report("c", "c", origin="CHN"),
        report("d", "d", origin=None),
        report("e", "e", purity=None),
        report("f", "f", currency="EUR"),
        report("g", "g", incoterm="XXX"),
        report("h", "h", vat_included=None),
        report("i", "i", incoterm="DDP"),
        report("j", "j", buyer=None),
        report("k", "k", seller_group="one owner", buyer_group="one owner"),
        report("l", "l", specification="ultra pure"),
        report("m", "m", dated_on=date(2026, 11, 2)),
        report("n", "n", dated_on=date(2027, 4, 1)),
        report("o", "o", dated_on=date(2027, 2, 27)),
        report("p", "p", kind="bid", dated_on=date(2027, 3, 30)),
        report("q", "q", kind="offer", is_firm=False, dated_on=date(2027, 3, 30)),
        report("r", "r", duty_included=D(70)),
        report("s", "s", price=D(1)),
        report("t", "s", corrects="rs", reason="a slip", dated_on=date(2027, 3, 11)),
    ]
    log = publish(reports, toy, MARCH).log
    assert [each.report_id for each in log] == sorted(each.id for each in reports)
    reasons = {each.report_id: each.reason for each in log}
    assert {name: reasons[f"r{name}"] for name in "abcdefghijklmnopqrst"} == {
        "a": "related_parties", "b": "relation_unknown", "c": "origin_excluded", "d": "origin_unknown",
        "e": "purity_unknown", "f": "no_exchange_rate", "g": "term_unknown", "h": "vat_unknown",
        "i": "duty_unknown", "j": "party_missing", "k": "same_owner", "l": "specification_unknown",
        "m": "outside_window", "n": "reported_late", "o": "outside_period", "p": "firmer_rung",
        "q": "not_firm", "r": "worthless", "s": "corrected", "t": "used",
    }  # fmt: skip
    assert reasons["r5"] == "outlier"
    assert set(reasons.values()) <= set(REASONS)
    assert all(each.is_used == (each.reason == "used") == (each.weight > 0) for each in log)


def test_the_volume_published_is_that_of_the_reports_used(toy: Charter) -> None:
    publication = publish(market([66, 66, 65, 67, 66, 200]), toy, MARCH)
    price = publication.price(OXIDE)
    assert price is not None
    assert price.volume_t == sum(each.tonnes or 0 for each in publication.inputs(OXIDE) if each.is_used)
    assert abs(sum(each.weight for each in publication.log) - 1) < D("1e-10")


def test_words_are_closed_lists(toy: Charter) -> None:
    publication = publish(market([66] * 5), toy, MARCH)
    assert {price.rung for price in publication.prices} <= set(RUNGS)
    assert {flag for each in (*publication.log, *publication.prices) for flag in each.flags} <= set(FLAGS)
    assert publication.log[0].words == "it is used"


CONTRACT = DifferenceContract(
    id="a-plant",
    beneficiary="A Plant",
    counterparty="the zone",
    start=date(2027, 1, 1),
    products=(OXIDE,),
    form="one_way",
    strikes=(DatedNumber(value=D(110_000), unit="USD/t", start=date(2027, 1, 1), assumed="paper"),),
    benchmark=Benchmark(series="reference price"),
    assumed="paper",
)


def test_a_reporter_paid_by_the_price_is_flagged(toy: Charter) -> None:
    charter = replace(toy, price_support=PriceSupport(contracts=(CONTRACT,)))
    reports = market([66] * 5)
    reports[0] = replace(reports[0], reporter="a plant", seller="a plant")
    publication = publish(reports, charter, MARCH)
    price = publication.price(OXIDE)
    assert price is not None and "conflict_of_interest" in price.flags
    assert publication.log[0].flags == ("reporter_is_party", "reporter_has_contract")
    assert "conflict_of_interest" not in publish(market([66] * 5), charter, MARCH).prices[0].flags


def test_a_reporter_over_the_cap_is_flagged(toy: Charter) -> None:
    reports = market([66] * 5)
    reports[0] = replace(reports[0], quantity=D(1000))
    publication = publish(reports, toy, MARCH)
    assert "reporter_over_cap" in publication.log[0].flags
    price = publication.price(OXIDE)
    assert price is not None and "capped" in price.flags
    assert publication.log[0].weight == D("0.25")


# -- what is refused --------------------------------------------------------------------------------------


def test_a_charter_without_a_method_publishes_nothing(toy: Charter) -> None:
    bare = replace(toy, reference_prices=replace(toy.reference_prices, method=None))
    with pytest.raises(PriceError) as caught:
        publish([], bare, MARCH)
    assert [problem.code for problem in caught.value.problems] == ["STN-PRICE-005"]


@pytest.mark.parametrize(
    "period", [(date(2027, 3, 1), date(2027, 3, 30)), (date(2027, 3, 2), date(2027, 4, 1)),
               (date(2027, 1, 1), date(2027, 3, 31))],
)  # fmt: skip
def test_a_period_is_a_month_of_the_calendar(toy: Charter, period: tuple[date, date]) -> None:
    with pytest.raises(PriceError, match="is not a month of the calendar"):
        publish([], toy, period)


def test_a_period_that_is_not_over_is_not_published(toy: Charter) -> None:
    with pytest.raises(PriceError, match="Publish a period once it is over"):
        publish([], toy, MARCH, as_of=date(2027, 3, 30))


def test_all_that_is_wrong_with_reports_is_said_at_once(toy: Charter) -> None:
    reports = [report(1), report(1), report(2, product="unobtainium"), report(3, corrects="r9", reason="why")]
    with pytest.raises(PriceError) as caught:
        publish(reports, toy, MARCH)
    assert sorted(p.code for p in caught.value.problems) == [
        "STN-PRICE-003",
        "STN-PRICE-004",
        "STN-PRICE-004",
    ]


def test_the_same_inputs_make_the_same_run_and_other_inputs_another(toy: Charter) -> None:
    reports = market([64, 65, 66, 67, 68])
    first = publish(reports, toy, MARCH)
    assert publish(list(reversed(reports)), toy, MARCH) == first
    changed = [replace(reports[0], licence="another"), *reports[1:]]
    assert publish(changed, toy, MARCH).id != first.id
    assert publish(reports, toy, MARCH, as_of=date(2027, 4, 2)).id != first.id


def test_no_price_is_ever_zero(toy: Charter) -> None:
    """Less than a cent a tonne is no price: neither from reports nor from a cost told as nothing."""
    told = market(["0.000000000001"] * 6)
    published = publish(told, toy, MARCH)
    assert published.price(OXIDE) is None
    assert {each.reason for each in published.log} == {"worthless"}
    for cost in ("0", "-5", "0.004"):
        nothing = ProducerCost(OXIDE, D(cost), "a slip")
        published = publish([], toy, MARCH, costs=[nothing])
        assert published.price(OXIDE) is None
        assert "less than a cent" in dict(published.unpriced)[OXIDE]


def test_a_longer_window_holds_no_deal_from_before_it_though_quotes_reach_further_back(toy: Charter) -> None:
    """The window of two months begins on 1 February; bids and offers of 92 days on 30 December."""
    article = toy.reference_prices
    assert article.method is not None
    longer = replace(article.method.longer_window, months=2)
    method = replace(article.method, longer_window=longer, quotes=replace(article.method.quotes, days=92))
    law = replace(toy, reference_prices=replace(article, method=method))
    early = market([60] * 5, dated_on=date(2027, 1, 31))
    published = publish(early, law, MARCH)
    assert published.price(OXIDE) is None
    assert {each.reason for each in published.log} == {"outside_window"}
    published = publish(market([60] * 5, dated_on=date(2027, 2, 1)), law, MARCH)
    assert [price.rung for price in published.prices if price.product == OXIDE] == ["longer_window"]


def test_why_there_is_no_price_counts_one_as_one_and_tells_of_deals_that_may_not_count(toy: Charter) -> None:
    february = publish(
        market([66] * 5, dated_on=date(2027, 2, 9)), toy, (date(2027, 2, 1), date(2027, 2, 28))
    )
    price = publish(market([99] * 5, origin=None), toy, MARCH, previous=[february]).price(OXIDE)
    assert price is not None
    assert "1 period old" in price.note
    assert "transactions: no deals that may count" in price.note
    reason = dict(publish(market([40, 66, 66, 66]), toy, MARCH).unpriced)[OXIDE]
    assert "transactions: 3 of 4 reporters, 3 of 4 deals, 1 outlier left out;" in reason
