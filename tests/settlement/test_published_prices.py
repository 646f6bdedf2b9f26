from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from stannary.errors import SettlementError
from stannary.lineage import Lineage
from stannary.pricing.price_log import read_log, record
from stannary.pricing.publication import Publication, PublishedPrice, Unpriced
from stannary.settlement.periods import period_of
from stannary.settlement.published_prices import published_price

Q3 = period_of("2026-Q3")


def price(usd_per_t, rung="transactions"):
    return PublishedPrice(
        product="ndpr.oxide",
        start=Q3.start,
        end=Q3.end,
        takes_effect_on=date(2026, 10, 15),
        usd_per_t=Decimal(usd_per_t),
        rung=rung,
        reports=10,
        reporters=6,
        volume_t=Decimal(50),
        uncertainty=Decimal("0.01"),
        method_version="toy-1",
        inputs_fingerprint="0" * 64,
    )


def publication(*prices, run="a", **changes):
    made = Publication(
        charter_fingerprint="0" * 64,
        method_version="toy-1",
        start=Q3.start,
        end=Q3.end,
        as_of=date(2026, 10, 10),
        takes_effect_on=date(2026, 10, 15),
        prices=prices,
        unpriced=(Unpriced("terbium.oxide", "too few reports"),),
        log=(),
        lineage=Lineage("0" * 64, "0" * 64, run, "0.1.0"),
    )
    return replace(made, **changes)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "prices.ndjson"


def test_the_price_of_exactly_the_period_is_taken_with_its_record(path):
    record(path, publication(price("113407.59")))
    found = published_price(read_log(path), "ndpr.oxide", Q3)
    assert (found.price, found.unit, found.period, found.is_final) == (
        Decimal("113407.59"),
        "USD/t",
        Q3,
        True,
    )
    assert found.source == "reference price, record 1, from transactions"


def test_a_correction_stands_in_the_place_of_what_it_corrects(path):
    first = publication(price("113407.59"))
    record(path, first)
    record(path, publication(price("113000"), run="b", corrects=first.id, reason="a report was corrected"))
    found = published_price(read_log(path), "ndpr.oxide", Q3)
    assert found.price == 113_000 and "record 2" in found.source


def test_a_price_only_carried_forward_is_not_final(path):
    record(path, publication(price("113407.59", "carried_forward")))
    assert published_price(read_log(path), "ndpr.oxide", Q3).is_final is False


@pytest.mark.parametrize(
    ("product", "period", "words"),
    [
        ("terbium.oxide", "2026-Q3", "too few reports"),
        ("gallium.metal", "2026-Q3", "not asked for"),
        ("ndpr.oxide", "2026-Q4", "no reference prices of 2026-Q4"),
        ("ndpr.oxide", "2026-09", "no reference prices of 2026-09"),
    ],
)
def test_a_price_that_was_not_published_is_not_made_up(path, product, period, words):
    record(path, publication(price("113407.59")))
    with pytest.raises(SettlementError, match=words):
        published_price(read_log(path), product, period_of(period))
