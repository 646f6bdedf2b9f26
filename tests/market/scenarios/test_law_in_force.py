"""The charter in force by period: floors only inside the zone, and who pays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from stannary.charter.border_adjustment import Gap
from stannary.market.model import Model
from stannary.market.scenario import Scenario
from stannary.zone import Zone

from .conftest import CHN, COD, JPN, REST, USA, paper_model, run, year

Tell = Callable[..., Scenario]


def test_floors_hold_only_inside_the_zone_and_from_their_day(told: Tell, ndpr: Model, forge: Zone) -> None:
    _, plan = run(told("  []\n"), ndpr, forge, until=2032)
    floors = {each.product: float(each.usd_per_t) for each in forge.charter.floors}
    assert "floor" in plan.overrides
    np.testing.assert_allclose(year(plan, "floor", 2027)[0, 0, :2], floors["ndpr.oxide"])
    assert (year(plan, "floor", 2027)[:, :, [CHN, COD]] == 0).all()
    assert (year(plan, "floor", 2025) == 0).all() and (year(plan, "floor", 2032) == 0).all()
    # from 1 July 2026: the floor is whole, and 184 of 365 days are levied
    np.testing.assert_allclose(year(plan, "floor", 2026)[0, 0, USA], floors["ndpr.oxide"])
    assert year(plan, "levied", 2026)[0, 0, CHN, USA] == pytest.approx(1.1 * 184 / 365)


def test_the_levy_follows_the_shares_of_origin(told: Tell, ndpr: Model, forge: Zone) -> None:
    _, plan = run(told("  []\n"), ndpr, forge)
    levied = year(plan, "levied", 2027)[0, 0]
    day = date(2027, 6, 1)
    for origin, kind in ((JPN, "zone"), (CHN, "covered"), (COD, "developing")):
        assert levied[origin, USA] == float(forge.charter.rules_of_origin.share(kind, day) or 0)
    assert 0.5 < levied[REST, USA] <= 1.1
    assert (levied[:, [CHN, COD]] == 0).all() and (np.diag(levied) == 0).all()


def test_leaving_moves_the_levy_and_joining_moves_it_back(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = (
        "  - {kind: membership, from: 2027-01-01, to: 2027-12-31, by: [JPN], change: leaves,"
        " assumed: a test}\n"
        "  - {kind: membership, from: 2029-01-01, by: [COD], change: joins, assumed: a test}\n"
    )
    _, plan = run(told(text), ndpr, forge)
    np.testing.assert_array_equal(plan.zone[3:6, :4], [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 1]])
    levied = plan.overrides["levied"][:, 0, 0]
    assert levied[3, JPN, USA] == 1.0 and levied[4, JPN, USA] == 0.0
    assert levied[3, CHN, JPN] == 0.0 and levied[4, CHN, JPN] == pytest.approx(1.1)
    assert levied[4, COD, USA] == 0.5 and levied[5, COD, USA] == 0.0 and levied[5, CHN, COD] > 0
    assert (plan.overrides["floor"][3][:, :, JPN] == 0).all()


def test_a_lax_member_collects_its_share(told: Tell, ndpr: Model, forge: Zone) -> None:
    text = "  - {kind: lax_member, from: 2027-01-01, by: [JPN], enforced_share: 0.4, assumed: a test}\n"
    _, plan = run(told(text), ndpr, forge)
    levied = year(plan, "levied", 2027)[0, 0]
    assert levied[CHN, JPN] == pytest.approx(0.4 * levied[CHN, USA])


@pytest.mark.parametrize(
    ("use", "oxide", "metal"),
    [
        ("use: none", 0.0, 0.0),
        ("use: only, stages: [refined]", 1.0, 0.0),
        ("use: charter, factor: 2", 2.0, 2.0),
    ],
)
def test_floors_are_those_the_scenario_keeps(
    told: Tell, ndpr: Model, forge: Zone, use: str, oxide: float, metal: float
) -> None:
    usual = run(told("  []\n"), ndpr, forge)[1]
    plan = run(told(f"  - {{kind: floors, from: 2027-01-01, {use}, assumed: a test}}\n"), ndpr, forge)[1]
    factor = year(plan, "floor", 2028)[:, 0, USA] / year(usual, "floor", 2028)[:, 0, USA]
    np.testing.assert_allclose(factor, [oxide, metal])
    held = year(plan, "levied", 2028)[:, 0, CHN, USA] > 0
    assert list(held) == [oxide > 0, metal > 0]


def test_a_floor_at_every_stage_is_a_factor_of_the_reference_price(told: Tell, forge: Zone) -> None:
    magnet = paper_model(forge.charter, forge.atlas, "neodymium")
    text = "  - {kind: floors, from: 2027-01-01, use: every, factor: 0.8, assumed: a test}\n"
    _, plan = run(told(text, minerals="neodymium"), magnet, forge)
    for k, (product,) in enumerate(magnet.goods):
        reference = forge.charter.reference_prices.price(product)
        price = None if reference is None else reference.in_force(date(2028, 1, 1))
        expected = float(price) if price is not None else 1000.0 * (k + 1)
        assert year(plan, "floor", 2028)[k, 0, USA] == pytest.approx(0.8 * expected, rel=0.05)
        assert year(plan, "levied", 2028)[k, 0, CHN, USA] > 0


def test_the_charters_own_rules_are_the_duties(told: Tell, ndpr: Model, forge: Zone) -> None:
    model, plan = run(told("  []\n"), ndpr, forge)
    rule = forge.charter.border_adjustment.rule_for("ndpr.oxide", date(2027, 1, 1))
    assert rule is not None
    place = int(year(plan, "duty", 2027)[0, 0]) if "duty" in plan.overrides else 0
    assert model.form.duties[place] == rule.rule == Gap()


def test_a_capped_rule_by_reference_reads_the_index(told: Tell, forge: Zone) -> None:
    model = paper_model(forge.charter, forge.atlas, "dysprosium")
    ready, plan = run(told("  []\n", minerals="dysprosium"), model, forge)
    rule = forge.charter.border_adjustment.rule_for("dysprosium.oxide", date(2027, 1, 1))
    assert rule is not None and rule.levy == "reference" and rule.cap is not None
    assert year(plan, "by_reference", 2027)[0, 0] == 1
    reference = forge.charter.reference_prices.price("dysprosium.oxide")
    assert reference is not None
    assert year(plan, "index_price", 2027)[0, 0, USA] == pytest.approx(
        float(reference.in_force(date(2027, 1, 1)) or 0)
    )
    duty = ready.form.duties[int(year(plan, "duty", 2027)[0, 0])]
    assert duty.duty(0.0, 100.0, using=FLOATS) == pytest.approx(100.0 * float(rule.cap))


class _Floats:
    """Plain floats, for a formula of the charter."""

    number = staticmethod(float)
    maximum = staticmethod(max)
    minimum = staticmethod(min)

    @staticmethod
    def choose(condition: bool, then: float, otherwise: float) -> float:
        return then if condition else otherwise

    @staticmethod
    def strictly(rule: Callable[..., float], values: tuple[float, ...], named: dict[str, object]) -> float:
        return rule(*(float(value) for value in values), **named)


FLOATS = _Floats()
