"""Between related parties the reference price replaces the line's own price, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from stannary.border.assessment import assess, assess_line
from stannary.charter.reference_prices import ReferencePrices
from stannary.zone import Zone, open_zone

OXIDE = {
    "entry_number": "E1", "line_number": "1", "tariff_code": "28469010", "quantity": "10",
    "quantity_unit": "TNE", "value": "1000000", "currency": "USD", "entered_on": "2026-09-01",
    "origin_economy": "BRA", "separated_in": "BRA", "related_party": "yes",
}  # fmt: skip
MAGNET = OXIDE | {"tariff_code": "85051100", "melted_in": "BRA", "content_value": "500000"}


@pytest.fixture(scope="module")
def toy() -> Zone:
    return open_zone("toy")


def test_a_related_price_is_replaced_by_the_reference_price(toy: Zone) -> None:
    own = assess_line(toy.charter, toy.atlas, OXIDE | {"related_party": "no"})
    found = assess_line(toy.charter, toy.atlas, OXIDE)
    price = toy.charter.reference_prices.price("ndpr.oxide")
    assert price is not None and own.floor_usd_per_t is not None
    reference = price.in_force(found.facts["in_entered_on"])
    assert reference is not None
    assert own.adjustment_usd == 10 * own.floor_usd_per_t - Decimal(1000000)
    assert found.adjustment_usd == max(Decimal(0), 10 * (own.floor_usd_per_t - reference))


def test_a_rule_on_content_needs_no_reference_price_of_related_parties(toy: Zone, tmp_path: Path) -> None:
    charter = replace(toy.charter, reference_prices=ReferencePrices())
    path = tmp_path / "lines.csv"
    columns = list(MAGNET)
    rows = [",".join(line.get(name, "") for name in columns) for line in (MAGNET, OXIDE)]
    path.write_text("\n".join([",".join(columns), *rows]) + "\n", encoding="utf-8")
    bulk = [row["reason"] for row in assess(charter, toy.atlas, path).rows()]
    alone = [assess_line(charter, toy.atlas, line).reason for line in (MAGNET, OXIDE)]
    assert bulk == alone
    assert alone[0] != "reference_price_missing"
    assert alone[1] == "reference_price_missing"
