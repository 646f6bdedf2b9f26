"""What the shipped atlas says is what its publishers said, and each row says where it comes from."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest

from stannary.atlas.atlas import Atlas
from stannary.atlas.checks import check_atlas
from stannary.atlas.prices import exact_usd_per_t
from stannary.atlas.states import State

MCS2026 = "usgs_mcs2026"


def test_the_atlas_is_sound(forge: Atlas) -> None:
    check_atlas(forge)


def test_each_of_the_sixty_minerals_of_the_us_list_has_a_row_and_a_product(forge: Atlas) -> None:
    listed = {mineral.id for mineral in forge.minerals if mineral.on_us_2025_list}
    assert len(listed) == 60
    assert listed <= {product.mineral for product in forge.products}
    assert listed <= {code.mineral for code in forge.tariff_codes}


def test_every_row_has_a_source_with_licence_and_attribution(forge: Atlas) -> None:
    cited = 0
    for table in forge.tables:
        if table in ("products", "sources"):
            continue
        for row in forge.rows(table):
            names = getattr(row, "sources", None) or (row.source,)
            for name in names:
                source = forge.source(name)
                assert source.licence
                assert source.attribution
                cited += 1
    assert cited > 7000


def test_no_row_comes_from_a_source_that_forbids_it(forge: Atlas) -> None:
    assert {source.redistribution for source in forge.sources} == {"allowed", "single_fact"}
    publishers = " ".join(f"{source.publisher} {source.title}" for source in forge.sources).lower()
    for name in ("comtrade", "british geological", "cepii", "komis", "world nuclear"):
        assert name not in publishers


def test_sources_of_single_facts_stay_few_rows_each(forge: Atlas) -> None:
    rows: dict[str, int] = defaultdict(int)
    for table in ("production", "refining", "reserves", "consumption", "imports", "prices", "trade"):
        for row in forge.rows(table):
            for name in getattr(row, "sources", None) or (row.source,):
                rows[name] += 1
    single = {name: count for name, count in rows.items() if forge.source(name).redistribution != "allowed"}
    assert max(single.values()) <= 8


def test_assumed_rows_say_why(forge: Atlas) -> None:
    for table in ("chains", "elasticities", "ree_baskets", "deals", "agreements"):
        assert all(row.reason for row in forge.rows(table) if row.state is State.ASSUMED)
    assert all("assumed" in code.note for code in forge.tariff_codes if code.state is State.ASSUMED)
    assert all(mineral.reason for mineral in forge.minerals if mineral.assumed_fields)


PUBLISHED = [
    # Mineral Commodity Summaries 2026, world tables: product, table, economy, year, state, figure
    ("gallium.primary", "refining", "CHN", 2024, State.REPORTED, "839"),
    ("gallium.primary", "refining", "CHN", 2025, State.ESTIMATED, "900"),
    ("gallium.primary", "refining", "WLD", 2025, State.ROUNDED_TOTAL, "900"),
    ("tungsten.ore", "production", "CHN", 2025, State.ESTIMATED, "67000"),
    ("tungsten.ore", "production", "WLD", 2025, State.ROUNDED_TOTAL, "85000"),
    ("barite.crude", "production", "USA", 2025, State.WITHHELD, None),
]


@pytest.mark.parametrize(("product", "table", "economy", "year", "state", "figure"), PUBLISHED)
def test_world_figures_are_those_published(
    forge: Atlas, product: str, table: str, economy: str, year: int, state: State, figure: str | None
) -> None:
    rows = [
        row
        for row in forge.rows(table)
        if (row.product, row.economy, row.year, row.source) == (product, economy, year, MCS2026)
        and getattr(row, "measure", "production") == "production"
    ]
    assert [(row.state, row.value) for row in rows] == [(state, None if figure is None else Decimal(figure))]


RELIANCE = [
    # Mineral Commodity Summaries 2026, salient statistics: net import reliance, per cent
    ("antimony", 2024, State.REPORTED, "86", None),
    ("antimony", 2025, State.ESTIMATED, "91", None),
    ("copper", 2025, State.ESTIMATED, "57", None),
    ("gallium", 2024, State.REPORTED, "100", None),
    ("tungsten", 2024, State.GREATER_THAN, None, "50"),
    ("beryllium", 2025, State.NET_EXPORTER, None, None),
]


@pytest.mark.parametrize(("mineral", "year", "state", "value", "bound"), RELIANCE)
def test_net_import_reliance_is_as_published(
    forge: Atlas, mineral: str, year: int, state: State, value: str | None, bound: str | None
) -> None:
    rows = [
        row
        for row in forge.consumption
        if (row.mineral, row.metric, row.year, row.source) == (mineral, "net_import_reliance", year, MCS2026)
    ]
    expected = (state, value and Decimal(value), bound and Decimal(bound))
    assert [(row.state, row.value, row.bound) for row in rows] == [expected]


def test_import_quantities_and_shares_are_as_published(forge: Atlas) -> None:
    imports = {
        (row.product, row.year): row for row in forge.imports if row.series.startswith("Antimony: Oxide")
    }
    assert imports["antimony.oxide", 2024].value == Decimal(24000)
    shares = {
        row.exporter: row.share
        for row in forge.import_sources
        if (row.mineral, row.series) == ("antimony", "Oxide")
    }
    assert shares == {
        "CHN": Decimal("0.66"),
        "BEL": Decimal("0.16"),
        "BOL": Decimal("0.06"),
        "FRA": Decimal("0.05"),
        "XOT": Decimal("0.07"),
    }
    suppressed = next(row for row in forge.imports if (row.product, row.year) == ("copper.concentrate", 2024))
    assert (suppressed.state, suppressed.value) == (State.LESS_THAN, None)


def test_prices_in_usd_per_tonne_are_the_published_ones_to_the_cent(forge: Atlas) -> None:
    for row in forge.prices:
        assert row.price is not None
        exact = exact_usd_per_t(row.price, row.unit)
        assert row.price_usd_per_t == exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    floor = [row for row in forge.prices if row.kind == "floor"]
    assert [(row.product, row.price_usd_per_t) for row in floor] == [("ndpr.oxide", Decimal(110000))]


def test_derived_flows_add_up_to_the_published_imports(forge: Atlas) -> None:
    shares: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    quantities: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    whole: dict[tuple[int, str], Decimal] = {}
    for flow in forge.trade:
        key = flow.year, flow.product
        whole[key] = flow.import_quantity * flow.conversion
        if flow.share is not None and flow.quantity is not None:
            shares[key] += flow.share
            quantities[key] += flow.quantity
    for key, share in shares.items():
        assert Decimal("0.98") <= share <= 1, key
        assert abs(quantities[key] - whole[key]) <= whole[key] * Decimal("0.02"), key


def test_one_flow_worked_on_paper(forge: Atlas) -> None:
    # 2024: 11,000 kg of gallium metal, 18% from China, 439 USD/kg: 1.98 t, 869,220 USD
    flow = next(flow for flow in forge.trade if flow.id == "2024.gallium.metal.CHN")
    assert (flow.quantity, flow.price_usd_per_t, flow.value_usd) == (
        Decimal("1.98"),
        Decimal(439000),
        Decimal(869220),
    )


def test_a_content_price_is_converted_by_stoichiometry(forge: Atlas) -> None:
    # 252 USD per dry metric ton unit of WO3 (10 kg, 7.93 kg of W) is 252 / 0.00793 USD per t of W
    flow = next(flow for flow in forge.trade if flow.id == "2024.tungsten.concentrate.CHN")
    assert flow.price_usd_per_t == Decimal("31778.06")
    assert "7.93" in flow.derivation


def test_a_share_that_is_only_a_bound_gives_no_flow(forge: Atlas) -> None:
    rock = [flow for flow in forge.trade if flow.product == "phosphate.rock"]
    assert rock
    assert all((flow.share, flow.quantity, flow.value_usd) == (None, None, None) for flow in rock)


def test_about_forty_five_minerals_have_derived_trade(forge: Atlas) -> None:
    mineral = {product.id: product.mineral for product in forge.products}
    quantity = {
        mineral[flow.product] for flow in forge.trade if flow.year == 2024 and flow.quantity is not None
    }
    value = {
        mineral[flow.product] for flow in forge.trade if flow.year == 2024 and flow.value_usd is not None
    }
    assert (len(quantity), len(value)) == (46, 43)


def test_every_traded_product_with_a_value_has_a_tariff_code(forge: Atlas) -> None:
    coded = {code.product for code in forge.tariff_codes}
    assert {flow.product for flow in forge.trade} <= coded


def test_codes_are_text_of_six_or_eight_digits(forge: Atlas) -> None:
    assert {len(code.code) for code in forge.tariff_codes} == {6, 8}
    assert all(code.code[:6] == code.hs6 for code in forge.tariff_codes)


def test_namibia_is_not_a_missing_value(forge: Atlas) -> None:
    assert forge.economy("NAM").alpha_2 == "NA"


def test_every_iso_economy_is_listed(forge: Atlas) -> None:
    assert sum(economy.kind == "country" for economy in forge.economies) == 250  # 249 of ISO 3166-1, Kosovo
    assert {"WLD", "XOT", "EUU", "XKX", "TWN", "COD"} <= {economy.id for economy in forge.economies}


def test_chains_connect_products_and_say_they_are_assumed(forge: Atlas) -> None:
    steps = [step for step in forge.chains if step.input_per_output is not None]
    assert all(step.state is State.ASSUMED and step.reason for step in steps)
    oxide_to_metal = next(step for step in forge.chains if step.from_product == "ndpr.oxide")
    assert (oxide_to_metal.to_product, oxide_to_metal.input_per_output) == ("ndpr.metal", Decimal("1.2"))
