"""The forge charter: what is published is cited as published, the rest is assumed and says how."""

from __future__ import annotations

import csv
import dataclasses
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, get_args

import pytest

from stannary.charter.border_adjustment import DutyRule
from stannary.charter.checks import check
from stannary.charter.citation import DatedNumber, Number, Sourced
from stannary.charter.coherence import exposure
from stannary.charter.price_floors import FloorValue
from stannary.units import usd_per_tonne
from stannary.zone import HOME, Zone, open_zone

FIRST = date(2026, 7, 1)
CENT = Decimal("0.01")
PUBLISHED_PRICE = re.compile(r", ([0-9.]+) (US[Dc]/(?:t|kg|lb|troy oz)\b)")
CONTAINED = re.compile(r"([0-9.]+) t of (?:[A-Za-z0-9]+) in 1 t")


@pytest.fixture(scope="module")
def forge() -> Zone:
    """Open the forge zone."""
    return open_zone("forge")


def parts(value: Any) -> Iterator[Any]:
    """Give every value inside a frozen value."""
    if dataclasses.is_dataclass(value):
        yield value
        for field in dataclasses.fields(value):
            yield from parts(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from parts(item)


def articles(zone: Zone) -> Iterator[Any]:
    """Give every part of every article."""
    for article in zone.charter.articles.values():
        yield from parts(article)


def test_the_only_objections_are_to_three_products_left_without_a_floor(forge: Zone) -> None:
    objections = check(forge.charter)
    assert {problem.code for problem in objections} == {"STN-CHARTER-014"}
    named = {problem.message.split()[0] for problem in objections}
    assert named == {"rare_earths.compounds", "rare_earths.mixed_oxide", "thulium.oxide"}


def test_every_number_is_cited_or_assumed(forge: Zone) -> None:
    numbers = [part for part in articles(forge) if isinstance(part, Number | FloorValue)]
    assert len(numbers) > 500
    assert all(number.source or number.assumed for number in numbers)


def test_every_source_cited_says_who_published_it(forge: Zone) -> None:
    listed = {source.id: source for source in forge.charter.citation.sources}
    cited = {part.source for part in articles(forge) if isinstance(part, Sourced) and part.source}
    assert cited <= set(listed)
    assert all(listed[name].publisher and listed[name].title for name in cited)


def test_the_text_says_that_it_is_a_proposal(forge: Zone) -> None:
    assert "no plurilateral text has been published" in str(forge.charter.citation.note).lower()


def test_no_party_stands_on_a_source_alone(forge: Zone) -> None:
    assert all(spell.assumed for spell in forge.charter.membership.parties)


def test_only_one_floor_rests_on_a_published_floor_and_it_is_110_usd_a_kilogram(forge: Zone) -> None:
    oxide = next(floor for floor in forge.charter.floors if floor.product == "ndpr.oxide")
    product = forge.charter.scope.product("ndpr.oxide")
    assert product is not None
    share = product.codes[0].contained_share
    assert share == Decimal("0.857")
    assert (oxide.usd_per_t * share / 1000).quantize(CENT) == Decimal("110.00")


def test_every_floor_is_what_its_derivation_ends_with(forge: Zone) -> None:
    in_force = {(floor.product, floor.start): floor.usd_per_t for floor in forge.charter.floors}
    for floor in forge.charter.price_floors.floors:
        for value in floor.values:
            assert value.derivation, floor.product
            last = re.findall(r"([0-9.]+) USD/t", value.derivation)[-1]
            assert Decimal(last) == in_force[(floor.product, value.start)], floor.product


def reference_values(zone: Zone) -> list[tuple[str, DatedNumber]]:
    """Give every dated reference price with its product."""
    return [
        (price.product, value) for price in zone.charter.reference_prices.prices for value in price.values
    ]


def test_reference_prices_convert_the_published_price_to_the_cent(forge: Zone) -> None:
    checked = 0
    for product, value in reference_values(forge):
        found = PUBLISHED_PRICE.search(str(value.derivation))
        if found is None:  # metric ton units convert through their contained mass
            assert "mtu" in str(value.derivation)
            continue
        per_tonne = usd_per_tonne(Decimal(found[1]), found[2].replace("troy oz", "oz t").strip())
        contained = CONTAINED.search(str(value.derivation))
        exact = per_tonne / Decimal(contained[1]) if contained else per_tonne
        assert exact.quantize(CENT, rounding=ROUND_HALF_UP) == value.value, (product, value.start)
        checked += 1
    assert checked > 300


def test_reference_prices_are_prices_of_the_atlas(forge: Zone) -> None:
    published = {(row.source, row.date[:4], row.price) for row in forge.atlas.prices if row.price is not None}
    for product, value in reference_values(forge):
        price = re.search(r", ([0-9.]+) (?:US|d?mtu)", str(value.derivation))
        assert price is not None, product
        assert (value.source, str(value.start.year), Decimal(price[1])) in published, (product, value.start)


def test_tungsten_reads_the_metric_ton_unit_as_7_93_kg_of_tungsten(forge: Zone) -> None:
    price = forge.charter.reference_prices.price("tungsten.concentrate")
    assert price is not None
    assert price.in_force(FIRST) == (Decimal(380) / Decimal("0.00793")).quantize(CENT)


def test_the_share_of_reference_is_the_premium_of_the_published_floor() -> None:
    assert (Decimal(110) / Decimal(69)).quantize(Decimal("0.0001")) == Decimal("1.5942")


def test_no_stage_of_a_chain_is_left_exposed(forge: Zone) -> None:
    stages = {stage.product: stage for stage in exposure(forge.charter, FIRST)}
    assert [stage.outcome for stage in stages.values() if stage.state == "exposed"] == []
    for product in ("ndpr.metal", "antimony.oxide", "tungsten.apt", "tungsten.powder", "graphite.anode"):
        assert stages[product].state == "covered"


def test_magnets_and_other_derivatives_are_held_by_content_and_say_so(forge: Zone) -> None:
    derivatives = [product for product in forge.charter.scope.products if product.kind == "derivative"]
    held = {product.id for product in derivatives if product.content_of}
    rule = forge.charter.border_adjustment
    assert {"neodymium.magnet", "samarium.magnet", "lithium.battery"} <= held
    assert {rule.rule_for(name, FIRST).base for name in held} == {"content"}  # type: ignore[union-attr]
    floored = {floor.product for floor in forge.charter.floors}
    assert {product.content_of for product in derivatives if product.content_of} <= floored


def test_every_kind_of_floor_and_of_duty_rule_is_used(forge: Zone) -> None:
    floors = {value.rule.kind for floor in forge.charter.price_floors.floors for value in floor.values}
    assert floors == {"fixed", "share_of_reference", "cost_plus", "indexed"}
    kinds = {rule.rule.kind for rule in forge.charter.border_adjustment.rules}
    possible = {
        field.default for kind in _kinds() for field in dataclasses.fields(kind) if field.name == "kind"
    }
    assert possible - kinds == {"ad_valorem"}


def _kinds() -> tuple[Any, ...]:
    """Give the forms a duty rule may have."""
    return get_args(get_args(DutyRule)[0])


def test_all_eleven_incoterms_2020_are_valued(forge: Zone) -> None:
    terms = {item.term for item in forge.charter.border_adjustment.valuation.incoterms}
    assert terms == {"EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP"}


@pytest.mark.parametrize(
    ("set_name", "economy", "first"),
    [
        ("pax_silica_signatories", "IND", date(2026, 2, 20)),
        ("pax_silica_signatories", "JPN", date(2025, 12, 12)),
        ("bilateral_signatories", "AUS", date(2025, 10, 20)),
        ("bilateral_signatories", "JPN", date(2025, 10, 28)),
        ("bilateral_signatories", "PER", date(2026, 2, 4)),
        ("bilateral_signatories", "GBR", date(2026, 2, 5)),
        ("bilateral_signatories", "EUU", date(2026, 4, 24)),
        ("forum_participants", "KOR", date(2026, 2, 4)),
        ("parties", "MEX", FIRST),
        ("covered_economies", "CHN", FIRST),
    ],
)
def test_an_economy_is_in_its_set_from_its_day_and_not_the_day_before(
    forge: Zone, set_name: str, economy: str, first: date
) -> None:
    membership = forge.charter.membership
    assert economy in membership.members(set_name, first)
    assert economy not in membership.members(set_name, first - timedelta(days=1))


def test_the_sets_are_not_mixed_up(forge: Zone) -> None:
    members = {
        name: forge.charter.membership.members(name, FIRST)
        for name in ("parties", "covered_economies", "developing_economies", "pax_silica_signatories")
    }
    assert members["covered_economies"] == {"CHN", "RUS", "IRN", "PRK"}
    assert not members["parties"] & members["covered_economies"]
    assert not members["parties"] & members["developing_economies"]
    assert not members["covered_economies"] & members["developing_economies"]
    assert {"IND", "KOR", "GBR"} <= members["pax_silica_signatories"] - members["parties"]
    assert not members["pax_silica_signatories"] & {"CAN", "NLD", "TWN"}


def test_all_members_of_the_customs_union_are_parties_together(forge: Zone) -> None:
    parties = forge.charter.membership.parties
    union = {spell.economy for spell in parties if spell.source == "eu-members"}
    assert len(union) == 27
    assert "EUU" in forge.charter.membership.members("parties", FIRST)


def test_the_defence_rule_widens_on_the_first_of_january_2027(forge: Zone) -> None:
    origin = forge.charter.rules_of_origin
    before = origin.test_for("samarium.magnet", date(2026, 12, 31))
    after = origin.test_for("samarium.magnet", date(2027, 1, 1))
    assert before is not None and after is not None
    assert before.stages == ("melted", "produced")
    assert after.stages == ("mined", "refined", "separated", "melted", "produced")


def test_an_unknown_origin_pays_the_strictest_share(forge: Zone) -> None:
    origin = forge.charter.rules_of_origin
    assert origin.share("unknown", FIRST) == origin.share("covered", FIRST) == Decimal("1.1")
    assert origin.share("zone", FIRST) == 0


def test_fifty_six_of_the_sixty_listed_minerals_are_in_scope(forge: Zone) -> None:
    listed = {mineral.id for mineral in forge.atlas.minerals if mineral.on_us_2025_list}
    covered = {product.mineral for product in forge.charter.scope.products}
    assert listed - covered == {"cesium", "metallurgical_coal", "rubidium", "uranium"}


def test_a_code_that_other_goods_share_never_claims_them_by_itself(forge: Zone) -> None:
    claimed: dict[str, set[str]] = {}
    lone: dict[str, Decimal | None] = {}
    for product in forge.charter.scope.products:
        for line in product.codes:
            claimed.setdefault(line.code, set()).add(product.id)
            lone[line.code] = line.contained_share
    for code, products in claimed.items():
        others = {row.product for row in forge.atlas.tariff_codes if row.code == code} - products
        assert not others or len(products) > 1 or lone[code] is None, (code, others)


def test_goods_left_out_are_named_as_monitored(forge: Zone) -> None:
    listed = {mineral.id for mineral in forge.atlas.minerals if mineral.on_us_2025_list} | {
        "ndpr",
        "rare_earths",
    }
    coded = {row.product for row in forge.atlas.tariff_codes if row.mineral in listed}
    monitored = coded - {product.id for product in forge.charter.scope.products}
    note = str(forge.charter.scope.note)
    assert all(re.search(rf"\b{re.escape(name)}\b", note) for name in monitored)


def test_tariff_lines_and_shares_are_those_of_the_atlas(forge: Zone) -> None:
    with (HOME / "forge" / "atlas" / "tariff_codes.csv").open(encoding="utf-8", newline="") as stream:
        shares = {(row["code"], row["product"]): row["contained_factor"] for row in csv.DictReader(stream)}
    by_element = {"neodymium.magnet", "samarium.magnet"}  # one code, one row an element
    shared_with_other_goods = {"28256000", "81129207"}
    for product in forge.charter.scope.products:
        for line in product.codes:
            code = line.code[:8]
            assert (code, product.id) in shares, line.code
            if code in shared_with_other_goods:
                assert line.contained_share is None, line.code
            elif product.id not in by_element:
                expected = shares[(code, product.id)]
                assert line.contained_share == (Decimal(expected) if expected else None), line.code


def test_the_price_protection_agreement_pays_as_published(forge: Zone) -> None:
    support = forge.charter.price_support
    assert support is not None
    contract = support.contract("mp-materials-ppa")
    assert contract is not None
    on, kilograms = date(2026, 3, 31), Decimal(700_000)
    assert contract.payment(Decimal(60), kilograms, on) == 35_000_000
    assert contract.payment(Decimal(130), kilograms, on) == 0
    assert contract.payment(Decimal(130), kilograms, on, condition_met=True) == -4_200_000
    assert contract.strike(date(2025, 9, 30)) is None
    assert contract.strike(date(2035, 12, 31)) == 110
