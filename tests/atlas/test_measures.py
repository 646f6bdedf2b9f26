"""Measures of dependence: published values, answers worked on paper, and what must always hold."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stannary.atlas.measures import (
    Bounds,
    LargestSupplier,
    RelianceState,
    SupplierLoss,
    disruption_potential,
    economic_vulnerability,
    effective_suppliers,
    eu_import_reliance,
    eu_supply_risk,
    governance_weighted_concentration,
    herfindahl,
    herfindahl_bounds,
    herfindahl_normalised,
    largest_outside_supplier,
    loss_of_largest_supplier,
    net_import_reliance,
    supply_risk,
    trade_exposure,
)
from stannary.errors import AtlasError

D = Decimal
CLOSE = D("1e-15")
ECONOMIES = ["AUS", "BRA", "CAN", "CHN", "COD", "RUS", "USA", "ZAF"]
quantities = st.integers(0, 10**7).map(D)
supplies = st.dictionaries(st.sampled_from(ECONOMIES), quantities, min_size=1).filter(
    lambda s: any(s.values())
)
unit = st.integers(0, 1000).map(lambda n: D(n) / 1000)


def of(**supply: int) -> dict[str, Decimal]:
    return {economy: D(quantity) for economy, quantity in supply.items()}


# Net import reliance


@pytest.mark.parametrize(
    ("commodity", "production", "imports", "exports", "stock_release", "published"),
    [
        # USGS, Mineral Commodity Summaries 2026 Data Release: U.S. salient statistics of 2023, in the
        # chapter's own unit; production is that of the published definition of apparent consumption.
        ("potash", "390", "5620", "157", "0", "93"),
        ("chromium", "126", "451", "178", "0", "68"),
        ("zinc, refined", "220", "705", "3", "0", "76"),
        ("lead, refined", "1010", "519", "23", "0", "33"),
        ("copper, refined", "980", "771", "29", "-44", "42"),  # 843 + 137 old scrap; stocks 84 to 128
        ("graphite", "0", "73500", "7780", "0", "100"),
        ("fluorspar", "0", "412", "20", "0", "100"),
        ("titanium dioxide pigment", "910000", "228000", "288000", "0", "E"),
    ],
)
def test_net_import_reliance_is_as_the_survey_publishes_it(
    commodity: str, production: str, imports: str, exports: str, stock_release: str, published: str
) -> None:
    reliance = net_import_reliance(
        production=D(production), imports=D(imports), exports=D(exports), stock_release=D(stock_release)
    )
    assert reliance.published == published, commodity


def test_a_net_exporter_has_no_percentage_and_no_exposure() -> None:
    reliance = net_import_reliance(production=D(10), imports=D(1), exports=D(2))
    assert (reliance.state, reliance.percent) == (RelianceState.NET_EXPORTER, None)
    assert trade_exposure(reliance) == 0


def test_without_consumption_reliance_is_missing_not_zero() -> None:
    reliance = net_import_reliance(production=D(0), imports=D(0), exports=D(0))
    assert (reliance.percent, reliance.published, trade_exposure(reliance)) == (None, "NA", None)


@given(quantities, quantities, quantities)
def test_exposure_is_a_fraction_of_one(production: Decimal, imports: Decimal, exports: Decimal) -> None:
    reliance = net_import_reliance(production=production, imports=imports, exports=exports)
    exposure = trade_exposure(reliance)
    assert exposure is None or 0 <= exposure <= 1


@given(quantities, quantities, quantities, quantities)
def test_more_production_at_home_never_raises_reliance(
    production: Decimal, more: Decimal, imports: Decimal, exports: Decimal
) -> None:
    before = net_import_reliance(production=production, imports=imports, exports=exports).percent
    after = net_import_reliance(production=production + more, imports=imports, exports=exports).percent
    assert before is None or after is None or after <= before


# The Herfindahl-Hirschman index


def test_the_index_of_30_30_20_20_is_2600() -> None:
    """The example of the Horizontal Merger Guidelines (2010), section 5.3, note 9."""
    assert herfindahl(of(AUS=30, BRA=30, CAN=20, CHN=20)) == 2600


def test_a_single_supplier_is_ten_thousand_and_nothing_is_missing() -> None:
    assert herfindahl(of(CHN=5, USA=0)) == 10_000
    assert herfindahl_normalised(of(CHN=5, USA=0)) == 1
    assert herfindahl(of(CHN=0)) is herfindahl({}) is herfindahl_normalised({}) is None


@given(supplies, st.integers(1, 10**6))
def test_the_index_does_not_depend_on_the_unit(supply: dict[str, Decimal], factor: int) -> None:
    index, scaled = herfindahl(supply), herfindahl({e: q * factor for e, q in supply.items()})
    assert index is not None and scaled is not None
    assert abs(index - scaled) < CLOSE


@given(supplies)
def test_the_index_lies_between_equal_shares_and_a_monopoly(supply: dict[str, Decimal]) -> None:
    suppliers = sum(1 for quantity in supply.values() if quantity)
    index, normalised, effective = (
        herfindahl(supply),
        herfindahl_normalised(supply),
        effective_suppliers(supply),
    )
    assert index is not None and normalised is not None and effective is not None
    assert D(10_000) / suppliers - CLOSE <= index <= 10_000 + CLOSE
    assert -CLOSE <= normalised <= 1 + CLOSE
    assert 1 - CLOSE <= effective <= suppliers + CLOSE


@given(supplies, st.sampled_from(ECONOMIES), st.sampled_from(ECONOMIES))
def test_merging_two_suppliers_never_lowers_the_index(
    supply: dict[str, Decimal], first: str, second: str
) -> None:
    assume(first != second)
    merged = dict(supply)
    merged[first] = merged.get(first, D(0)) + merged.pop(second, D(0))
    before, after = herfindahl(supply), herfindahl(merged)
    assert before is not None and after is not None
    assert after >= before - CLOSE


# Bounds when something is withheld


def test_the_rest_of_a_published_total_bounds_what_is_withheld() -> None:
    bounds = herfindahl_bounds(of(CHN=60), withheld=["USA", "AUS"], total=D(100))
    assert bounds == Bounds(D(3600) + 2 * D(400), D(3600) + D(1600))


def test_other_countries_are_one_at_the_most_and_ever_so_many_at_the_least() -> None:
    assert herfindahl_bounds(of(CHN=60, XOT=40)) == Bounds(D(3600), D(5200))


def test_without_a_total_a_withheld_supplier_may_be_of_any_size() -> None:
    assert herfindahl_bounds(of(CHN=10), withheld=["USA"]) == Bounds(D(5000), D(10_000))
    assert herfindahl_bounds({}, withheld=["USA"]) == Bounds(D(0), D(10_000))
    assert herfindahl_bounds({}) is None


def test_a_total_rounded_below_its_parts_leaves_no_rest() -> None:
    bounds = herfindahl_bounds(of(CHN=95, RUS=9), withheld=["USA"], total=D(100))
    index = herfindahl(of(CHN=95, RUS=9))
    assert bounds is not None and index is not None
    assert abs(bounds.low - index) < CLOSE > abs(bounds.high - index)


@given(supplies, st.lists(st.sampled_from(["DEU", "JPN", "XOT"]), unique=True, min_size=1), st.data())
def test_the_true_index_lies_within_the_bounds(
    supply: dict[str, Decimal], withheld: list[str], data: st.DataObject
) -> None:
    truth = {economy: data.draw(quantities) for economy in withheld}
    whole = {**supply, **truth}
    index = herfindahl(whole)
    for total in (sum(whole.values(), D(0)), None):
        bounds = herfindahl_bounds(supply, withheld=withheld, total=total)
        assert bounds is not None and index is not None
        assert bounds.low - CLOSE <= index <= bounds.high + CLOSE


# The largest supplier, and life without it


def test_the_largest_outside_supplier_is_neither_inside_nor_the_rest() -> None:
    supply = of(USA=50, CHN=20, XOT=25, RUS=5)
    assert largest_outside_supplier(supply, inside=["USA"]) == LargestSupplier("CHN", D("0.2"))
    assert largest_outside_supplier(of(USA=1, XOT=9), inside=["USA"]) is None


def test_the_world_is_no_supplier() -> None:
    with pytest.raises(AtlasError, match="STN-ATLAS-021"):
        largest_outside_supplier(of(WLD=100, CHN=60))


def test_spare_capacity_of_the_rest_replaces_what_it_can() -> None:
    loss = loss_of_largest_supplier(of(CHN=60, AUS=30, USA=10), spare=of(AUS=20, CHN=99))
    assert loss == SupplierLoss("CHN", D("0.6"), D("0.2"))
    assert loss is not None and loss.lost == D("0.4")


@given(supplies)
def test_the_loss_is_at_least_an_equal_share(supply: dict[str, Decimal]) -> None:
    suppliers = sum(1 for quantity in supply.values() if quantity)
    loss = loss_of_largest_supplier(supply)
    assert loss is not None
    assert D(1) / suppliers - CLOSE <= loss.lost <= 1


@given(supplies, st.dictionaries(st.sampled_from(ECONOMIES), quantities), quantities)
def test_more_spare_capacity_never_raises_the_loss(
    supply: dict[str, Decimal], spare: dict[str, Decimal], more: Decimal
) -> None:
    more_spare = {economy: quantity + more for economy, quantity in spare.items()}
    before, after = (loss_of_largest_supplier(supply, spare=s) for s in (spare, more_spare))
    assert before is not None and after is not None
    assert 0 <= after.lost <= before.lost


# Nassar et al. (2020)


def test_disruption_potential_weighs_squared_shares() -> None:
    potential = disruption_potential(
        of(CHN=80, USA=20), ability=of(CHN=1, USA=1), willingness={"CHN": D("0.5"), "USA": D(0)}
    )
    assert potential == D("0.32")


def test_a_producer_without_an_index_is_refused_not_taken_as_safe() -> None:
    with pytest.raises(AtlasError, match="USA"):
        disruption_potential(of(CHN=80, USA=20), ability=of(CHN=1), willingness=of(CHN=1))


@given(supplies)
def test_with_all_indices_at_one_disruption_potential_is_the_herfindahl_index(
    supply: dict[str, Decimal],
) -> None:
    ones = dict.fromkeys(ECONOMIES, D(1))
    index = herfindahl(supply)
    potential = disruption_potential(supply, ability=ones, willingness=ones)
    assert index is not None and potential is not None
    assert abs(potential * 10_000 - index) < CLOSE


def test_economic_vulnerability_is_expenditure_over_profit_weighed_by_value_added() -> None:
    industries = {"alloys": (D(100), D(5), D(50)), "magnets": (D(40), D(10), D(20))}
    assert economic_vulnerability(industries, gdp=D(1000)) == D("0.03")
    assert economic_vulnerability({}, gdp=D(1000)) is None


@pytest.mark.parametrize("profit", ["0", "-1", "NaN"])
def test_an_industry_without_profit_is_refused(profit: str) -> None:
    with pytest.raises(AtlasError, match="alloys"):
        economic_vulnerability({"alloys": (D(1), D(1), D(profit))}, gdp=D(1))


def test_supply_risk_is_the_geometric_mean() -> None:
    assert supply_risk(D("0.5"), D("0.5"), D("0.5")) == D("0.5")
    assert supply_risk(D(1), D("0.512"), D("0.25")) == D("0.503968419958")
    assert supply_risk(D(1), D(0), D(1)) == 0


@given(unit, unit, unit)
def test_supply_risk_lies_between_the_least_and_the_most_of_its_three(
    disruption: Decimal, exposure: Decimal, vulnerability: Decimal
) -> None:
    three = (disruption, exposure, vulnerability)
    assert min(three) - D("1e-12") <= supply_risk(*three) <= max(three) + D("1e-12")


# European Commission (2017)


def test_governance_and_trade_weigh_each_squared_share() -> None:
    weighted = governance_weighted_concentration(
        of(CHN=50, AUS=50), governance={"CHN": D(6), "AUS": D(2)}, trade={"CHN": D("1.1"), "AUS": D("0.8")}
    )
    assert weighted == D("2.05")


def test_a_supplier_without_a_governance_score_is_refused() -> None:
    with pytest.raises(AtlasError, match="AUS"):
        governance_weighted_concentration(of(CHN=1, AUS=1), governance={"CHN": D(6)})


def test_the_eu_supply_risk_of_a_full_importer_is_half_global_and_half_sourcing() -> None:
    risk = eu_supply_risk(
        global_supply=D(4),
        eu_sourcing=D(2),
        import_reliance=D(1),
        recycling_rate=D("0.1"),
        substitution=D("0.9"),
    )
    assert risk == D("2.43")


def test_without_imports_only_the_union_s_own_sourcing_counts() -> None:
    assert eu_supply_risk(global_supply=D(9), eu_sourcing=D(2), import_reliance=D(0)) == 2
    assert eu_import_reliance(production=D(5), imports=D(1), exports=D(3)) == 0


@given(unit, unit, unit, unit, unit)
def test_recycling_and_substitution_never_raise_the_risk(
    world: Decimal, union: Decimal, reliance: Decimal, recycling: Decimal, substitution: Decimal
) -> None:
    bare = eu_supply_risk(global_supply=world, eu_sourcing=union, import_reliance=reliance)
    filtered = eu_supply_risk(
        global_supply=world,
        eu_sourcing=union,
        import_reliance=reliance,
        recycling_rate=recycling,
        substitution=substitution,
    )
    assert filtered <= bare + CLOSE
    assert bare <= max(world, union) + CLOSE


# Numbers no measure is defined for


@pytest.mark.parametrize("wrong", ["-1", "NaN", "Infinity", "sNaN"])
def test_numbers_that_are_no_quantities_are_refused(wrong: str) -> None:
    supply = {"CHN": D(wrong), "USA": D(1)}
    for act in (
        lambda: herfindahl(supply),
        lambda: herfindahl_bounds(supply),
        lambda: effective_suppliers(supply),
        lambda: largest_outside_supplier(supply),
        lambda: loss_of_largest_supplier(of(CHN=1), spare=supply),
        lambda: net_import_reliance(production=D(wrong), imports=D(1), exports=D(1)),
        lambda: governance_weighted_concentration(of(CHN=1), governance={"CHN": D(wrong)}),
        lambda: supply_risk(D(wrong), D(1), D(1)),
        lambda: disruption_potential(of(CHN=1), ability={"CHN": D(wrong)}, willingness=of(CHN=1)),
    ):
        with pytest.raises(AtlasError, match="STN-ATLAS-021"):
            act()
