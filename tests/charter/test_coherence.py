"""Floors along a chain: by how much is each stage covered or exposed, and which facts are missing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stannary.arithmetic import NUMBERS
from stannary.charter.charter import Charter
from stannary.charter.coherence import Exposure, chain_cost, effective_protection, exposure, margin
from stannary.errors import Problem

D = Decimal
Open = Callable[..., Charter]
DAY = date(2026, 7, 1)


def floors(ore: int | None, oxide: int) -> str:
    text = "floors:\n"
    for product, amount in (("ore", ore), ("oxide", oxide)):
        if amount is not None:
            text += (
                f"  - product: {product}\n    values: "
                f"[{{from: 2026-07-01, rule: {{kind: fixed, amount: {amount}}}, source: treaty}}]\n"
            )
    return text


def oxide(charter: Charter) -> Exposure:
    return next(each for each in exposure(charter, DAY) if each.product == "oxide")


def test_a_floor_above_inputs_and_conversion_is_covered(charter: Open) -> None:
    # 1.5 x 40,000 + 20,000 = 80,000; 100,000 leaves 20,000, a quarter.
    stage = oxide(charter())
    assert (stage.state, stage.cost, stage.margin_usd_per_t, stage.margin_share) == (
        "covered", D(80_000), D(20_000), D("0.25"),
    )  # fmt: skip
    assert stage.outcome == "oxide is covered by 20,000.00 USD/t (25.00%) on 2026-07-01."


def test_protection_is_measured_over_world_prices(charter: Open) -> None:
    # Nominal: 100,000 / 60,000 - 1. Effective: (100 - 1.5 x 40) / (60 - 1.5 x 20) - 1 = 40 / 30 - 1.
    stage = oxide(charter())
    assert (stage.nominal, stage.effective) == (D("0.6667"), D("0.3333"))


def test_effective_protection_is_undefined_without_value_added_at_world_prices(charter: Open) -> None:
    prices = (
        "prices:\n"
        "  - {product: oxide, basis: {incoterm: CIF, place: p, purity: q},\n"
        "     values: [{from: 2026-01-01, value: 60000, unit: USD/t, source: treaty}]}\n"
        "  - {product: ore, basis: {incoterm: CIF, place: p, purity: q},\n"
        "     values: [{from: 2026-01-01, value: 40000, unit: USD/t, source: treaty}]}\n"
    )
    assert oxide(charter(reference_prices=prices)).effective is None


def test_a_floor_below_its_inputs_is_exposed_and_a_warning(
    charter: Open, problems: Callable[..., tuple[Problem, ...]]
) -> None:
    stage = oxide(charter(price_floors=floors(40_000, 72_000)))
    assert (stage.state, stage.margin_usd_per_t, stage.margin_share) == ("exposed", D(-8_000), D("-0.1"))
    (found,) = problems(price_floors=floors(40_000, 72_000))
    assert (found.code, found.severity) == ("STN-CHARTER-012", "warning")
    assert "left exposed by 8,000.00 USD/t (10.00%)" in found.message
    assert "80000" in found.remedy


def test_at_the_cost_itself_a_stage_is_covered(charter: Open) -> None:
    assert oxide(charter(price_floors=floors(40_000, 80_000))).state == "covered"


def without_conversion(law: Open, **articles: str) -> Charter:
    scope = (
        "products:\n"
        "  - {id: ore, mineral: m, stage: mine, title: O, contained_basis: t, source: treaty}\n"
        "  - {id: oxide, mineral: m, stage: refined, title: O, contained_basis: t, source: treaty,\n"
        "     inputs: [{product: ore, tonnes_per_tonne: 1.5, source: treaty}]}\n"
    )
    return law(scope=scope, **articles)


def test_without_a_conversion_cost_only_a_bound_is_given(charter: Open) -> None:
    stage = oxide(without_conversion(charter))
    assert (stage.state, stage.missing) == ("unknown", ("the cost of conversion",))
    assert "covered, if at all, by at most 40,000.00 USD/t" in stage.outcome


def test_what_is_exposed_without_conversion_is_exposed_at_least_so_much(charter: Open) -> None:
    stage = oxide(without_conversion(charter, price_floors=floors(40_000, 50_000)))
    assert stage.state == "exposed"
    assert "at least 10,000.00 USD/t" in stage.outcome


def test_a_missing_input_floor_is_named(charter: Open) -> None:
    stage = oxide(charter(price_floors=floors(None, 100_000)))
    assert (stage.state, stage.missing) == ("unknown", ("a floor for ore",))


def test_the_first_stage_has_no_inputs_to_cover(charter: Open) -> None:
    first = exposure(charter(), DAY)[0]
    assert (first.product, first.state, first.cost, first.nominal) == ("ore", "first", None, D(1))


def test_a_missing_floor_is_missing_and_not_zero(toy: Charter) -> None:
    magnet = next(each for each in exposure(toy, DAY) if each.product == "neodymium.magnet")
    assert (magnet.state, magnet.floor, magnet.margin_usd_per_t) == ("unknown", None, None)
    assert "content is held to that of ndpr.metal" in magnet.missing[0]


NUMBER = st.decimals(min_value=0, max_value=10**7, places=4)


@given(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER)
def test_a_higher_floor_never_leaves_a_stage_more_exposed(
    floor: D, more: D, conversion: D, tonnes: D, price: D
) -> None:
    cost = chain_cost(conversion, tonnes, price, using=NUMBERS)
    assert cost == conversion + tonnes * price
    assert margin(floor + more, cost, using=NUMBERS) >= margin(floor, cost, using=NUMBERS)


@given(NUMBER, st.decimals(min_value="0.01", max_value=10**7, places=2))
def test_without_inputs_effective_protection_is_nominal(floor: D, world: D) -> None:
    rate = effective_protection(floor, world, using=NUMBERS)
    assert abs(rate * world - (floor - world)) < D("1e-20")


def test_a_missing_number_gives_a_missing_answer() -> None:
    assert chain_cost(None, D(1), D(2), using=NUMBERS) is None
    assert margin(D(1), None, using=NUMBERS) is None
    assert effective_protection(D(1), D(2), D(1), None, D(1), using=NUMBERS) is None
