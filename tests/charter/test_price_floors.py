"""Floors by rule: fixed, a share of the reference, cost plus a return, indexed, and revised of themselves."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from stannary.arithmetic import NUMBERS
from stannary.charter.citation import DatedNumber
from stannary.charter.price_floors import (
    CostPlus,
    Fixed,
    FloorInForce,
    FloorRule,
    FloorValue,
    Indexed,
    PriceFloors,
    ProductFloor,
    Revision,
    ShareOfReference,
    floors_in_force,
    revised,
)
from stannary.charter.reference_prices import PriceBasis, ReferencePrice, ReferencePrices
from stannary.dated import LAST_DAY

D = Decimal
BASIS = PriceBasis(incoterm="CIF", place="Oslo", purity="99%")
START = date(2026, 7, 1)


def value(rule: FloorRule, start: date = START, end: date | None = None) -> FloorValue:
    return FloorValue(rule=rule, start=start, end=end, assumed="paper")


def references(*prices: tuple[date, int | str, date | None]) -> ReferencePrices:
    values = tuple(
        DatedNumber(value=D(price), unit="USD/t", start=start, end=end, assumed="paper")
        for start, price, end in prices
    )
    return ReferencePrices(prices=(ReferencePrice(product="oxide", basis=BASIS, values=values),))


def floors(floor: ProductFloor, prices: ReferencePrices | None = None) -> list[tuple[date, date | None, D]]:
    found = floors_in_force(PriceFloors(floors=(floor,)), prices or ReferencePrices())
    return [(each.start, each.end, each.usd_per_t) for each in found]


def oxide(*values: FloorValue, revision: Revision | None = None, sunset: date | None = None) -> ProductFloor:
    return ProductFloor(product="oxide", values=values, revision=revision, sunset=sunset)


def test_each_rule_gives_its_floor() -> None:
    prices = references((START, 200, None))
    rules: tuple[tuple[FloorRule, str], ...] = (
        (Fixed(amount=D(110)), "110"),
        (ShareOfReference(share=D("0.8")), "160"),
        (CostPlus(cost=D(100), return_share=D("0.08")), "108"),
        (Indexed(amount=D(110), index="i", index_base=D(110), index_now=D(120)), "120"),
    )
    for rule, amount in rules:
        assert floors(oxide(value(rule)), prices) == [(START, None, D(amount))]


def test_a_later_floor_ends_the_earlier_one_the_day_before() -> None:
    later = date(2027, 1, 1)
    found = floors(oxide(value(Fixed(amount=D(1))), value(Fixed(amount=D(2)), later)))
    assert found == [(START, later - timedelta(days=1), D(1)), (later, None, D(2))]


def test_a_share_moves_with_its_reference_price() -> None:
    prices = references((date(2026, 1, 1), 100, None), (date(2027, 1, 1), 300, None))
    assert floors(oxide(value(ShareOfReference(share=D("0.5")))), prices) == [
        (START, date(2026, 12, 31), D(50)),
        (date(2027, 1, 1), None, D(150)),
    ]


def test_without_a_reference_price_there_is_no_floor() -> None:
    share = oxide(value(ShareOfReference(share=D("0.5"))))
    assert floors(share) == []
    ended = references((date(2026, 1, 1), 100, date(2026, 9, 30)), (date(2027, 1, 1), 300, None))
    assert floors(share, ended) == [
        (START, date(2026, 9, 30), D(50)),
        (date(2027, 1, 1), None, D(150)),
    ]


def test_nothing_is_in_force_after_the_sunset() -> None:
    sunset = date(2028, 6, 30)
    found = floors(
        oxide(value(Fixed(amount=D(1))), value(Fixed(amount=D(2)), date(2028, 7, 1)), sunset=sunset)
    )
    assert found == [(START, sunset, D(1))]


def test_a_floor_is_published_to_four_decimals() -> None:
    rule = Indexed(amount=D(1), index="i", index_base=D(3), index_now=D(2))
    assert floors(oxide(value(rule)))[0][2] == D("0.6667")


def test_the_steel_trigger_price_s_profit_is_eight_percent_of_cost() -> None:
    """Published items of 1981: 166.60 + 86.90 + 106.62 + 26.01 = 386.13 USD/t, profit 30.89."""
    rule = CostPlus(cost=D("386.13"), return_share=D("0.08"))
    assert round(floors(oxide(value(rule)))[0][2] - D("386.13"), 2) == D("30.89")


# -- automatic revision -------------------------------------------------------------------------------------


RUBBER = Revision(
    first_review=date(2027, 1, 1),
    every_months=12,
    average_months=6,
    band=D("0.15"),
    step=D("0.05"),
    assumed="as the rubber agreement of 1995",
)


def test_the_rubber_agreement_s_revision_by_price() -> None:
    """Published: 201.66 moves by 5% to 191.58 or 211.74 when the average leaves the band of 15%."""
    base, band, step = D("201.66"), RUBBER.band, RUBBER.step
    assert round(revised(base, D("171.40"), band, step, using=NUMBERS), 2) == D("191.58")
    assert round(revised(base, D("231.92"), band, step, using=NUMBERS), 2) == D("211.74")
    assert revised(base, base * D("0.85"), band, step, using=NUMBERS) == base
    assert revised(base, base * D("1.15"), band, step, using=NUMBERS) == base


def test_a_floor_is_revised_on_its_review_day_and_not_the_day_before() -> None:
    prices = references((date(2026, 1, 1), 80, None), (date(2027, 2, 1), 80, None))
    found = floors_in_force(
        PriceFloors(floors=(oxide(value(Fixed(amount=D(100))), revision=RUBBER),)), prices
    )
    assert [(each.start, each.end, each.usd_per_t, each.kind) for each in found] == [
        (START, date(2026, 12, 31), D(100), "fixed"),
        (date(2027, 1, 1), None, D(95), "revised"),
    ]
    assert "6-month average 80.0000 left the band of 15%" in found[1].how


def test_a_price_that_names_its_end_counts_up_to_it_and_an_open_one_does_not() -> None:
    revised_floor = oxide(value(Fixed(amount=D(100))), revision=RUBBER)
    closed = references((date(2026, 1, 1), 80, date(2026, 12, 31)))
    assert [each[2] for each in floors(revised_floor, closed)] == [D(100), D(95)]
    day_short = references((date(2026, 1, 1), 80, date(2026, 12, 30)))
    assert [each[2] for each in floors(revised_floor, day_short)] == [D(100)]
    still_open = references((date(2026, 1, 1), 80, None))
    assert [each[2] for each in floors(revised_floor, still_open)] == [D(100)]


def test_each_review_starts_from_the_floor_as_revised() -> None:
    prices = references((date(2026, 1, 1), 10, None), (date(2028, 2, 1), 10, None))
    assert [each[2] for each in floors(oxide(value(Fixed(amount=D(100))), revision=RUBBER), prices)] == [
        D(100), D(95), D("90.25"),
    ]  # fmt: skip


def test_a_review_without_a_full_average_moves_nothing() -> None:
    prices = references((date(2026, 9, 1), 10, None), (date(2027, 2, 1), 10, None))
    assert floors(oxide(value(Fixed(amount=D(100))), revision=RUBBER), prices) == [(START, None, D(100))]


def test_the_average_weighs_each_price_by_its_days() -> None:
    """1 July to 31 December is 184 days; 92 at 60 and 92 at 100 average 80, outside the band of 100."""
    prices = references(
        (date(2026, 1, 1), 60, None), (date(2026, 10, 1), 100, None), (date(2027, 1, 1), 100, None)
    )
    found = floors_in_force(
        PriceFloors(floors=(oxide(value(Fixed(amount=D(100))), revision=RUBBER),)), prices
    )
    assert "average 80.0000" in found[-1].how


# -- what must hold of every history of floors --------------------------------------------------------------


AMOUNTS = st.dictionaries(
    st.dates(date(2026, 1, 1), date(2035, 1, 1)), st.decimals(min_value=1, max_value=10**6, places=2),
    min_size=1, max_size=6,
)  # fmt: skip
SHARES = st.none() | st.decimals(min_value="0.01", max_value=2, places=2)


def history(amounts: dict[date, D], prices: dict[date, D], share: D | None) -> tuple[FloorInForce, ...]:
    values = tuple(
        value(Fixed(amount=amount) if share is None else ShareOfReference(share=share), start)
        for start, amount in sorted(amounts.items())
    )
    known = references(*((start, str(price), None) for start, price in sorted(prices.items())))
    return floors_in_force(PriceFloors(floors=(oxide(*values, revision=RUBBER),)), known)


@given(AMOUNTS, AMOUNTS, SHARES)
def test_no_day_has_two_floors(amounts: dict[date, D], prices: dict[date, D], share: D | None) -> None:
    found = history(amounts, prices, share)
    for earlier, later in pairwise(found):
        assert earlier.end is not None
        assert earlier.start <= earlier.end < later.start


@given(AMOUNTS, AMOUNTS)
def test_open_fixed_floors_leave_no_day_without_one(amounts: dict[date, D], prices: dict[date, D]) -> None:
    found = history(amounts, prices, None)
    days = sum(((each.end or LAST_DAY) - each.start).days + 1 for each in found)
    assert days == (LAST_DAY - min(amounts)).days + 1
    assert found[-1].end is None


@given(
    st.decimals(min_value=1, max_value=1000, places=2),
    st.decimals(min_value=0, max_value=2000, places=2),
    st.decimals(min_value=0, max_value=500, places=2),
)
def test_a_higher_average_never_lowers_a_revision(base: D, average: D, more: D) -> None:
    first = revised(base, average, D("0.15"), D("0.05"), using=NUMBERS)
    assert revised(base, average + more, D("0.15"), D("0.05"), using=NUMBERS) >= first
    assert revised(base, None, D("0.15"), D("0.05"), using=NUMBERS) is None


def test_the_rubber_agreement_s_reviews_go_down_and_up_from_where_each_left_it() -> None:
    """201.66, twice below the band, once above it, once within: each step is from the floor as published."""
    years = [date(1997, 2, 6), *(date(year, 2, 6) for year in range(1998, 2002))]
    averages = ["170", "162", "260", "191"]
    prices = references(
        *(
            (first, average, later - timedelta(days=1))
            for (first, later), average in zip(pairwise(years), averages, strict=True)
        )
    )
    revision = Revision(
        first_review=years[1], every_months=12, average_months=6, band=D("0.15"), step=D("0.05"),
        assumed="paper",
    )  # fmt: skip
    found = floors(oxide(value(Fixed(amount=D("201.66")), years[0]), revision=revision), prices)
    assert [(start, amount) for start, _, amount in found] == [
        (years[0], D("201.66")),
        (years[1], D("191.577")),
        (years[2], D("181.9982")),
        (years[3], D("191.0981")),
    ]


def test_a_review_of_the_29th_of_february_falls_on_the_28th_of_other_years() -> None:
    leap = date(2028, 2, 29)
    revision = Revision(
        first_review=leap, every_months=12, average_months=6, band=D("0.15"), step=D("0.05"), assumed="paper"
    )
    found = floors(
        oxide(value(Fixed(amount=D(100))), revision=revision), references((START, 1, date(2029, 12, 31)))
    )
    assert [start for start, _, _ in found] == [START, leap, date(2029, 2, 28)]
