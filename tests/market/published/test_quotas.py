"""Quotas in a market of differentiated goods: import, export and tariff-rate quotas and who earns the rent.

The regimes of a tariff-rate quota (below, at, beyond) are those of the USITC's comparison of TRQ models
(Working Paper 2018-02-B): below the quota no rent; at it a rent short of the over-quota tariff; beyond it the
rent of the whole tariff.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

from stannary.market.economy import Economy, Form, economy
from stannary.market.equilibrium import Equilibrium, solve

FORM = Form(layers=1, goods=1, regions=2, origins=(0, 1), wedges=("import", "export", "levy"))
HOME, FOREIGN = 0, 1
ARC = np.array([[0.0, 0.0], [1.0, 0.0]])
ARCS = np.stack([ARC[None, None]] * 3)
Solved = Callable[..., Equilibrium]


@pytest.fixture(scope="module")
def solved() -> Solved:
    compiled = jax.jit(lambda numbers: solve(FORM, numbers))

    def of(tonnes: tuple[float, float, float] = (1e30, 1e30, 0.0), **changed: Any) -> Equilibrium:
        given: dict[str, Any] = {
            "supply_scale": np.array([50.0, 100.0]),
            "supply_elasticity": 1.0,
            "final_demand": np.array([90.0, 60.0]),
            "demand_elasticity": 0.5,
            "weights": np.array([[2.0, 0.5], [1.0, 1.0]]),
            "sigma": 4.0,
            "wedge_arcs": ARCS,
            "wedge_tonnes": np.array(tonnes),
            "wedge_rent_max": np.array([1e30, 1e30, 1e30]),
        }
        market: Economy = economy(FORM, **{**given, **changed})
        found = compiled(market)
        assert bool(found.converged)
        return found

    return of


def imports(found: Equilibrium) -> float:
    """Give home's imports, tonnes."""
    return float(found.flows[0, 0, FOREIGN, HOME])


def test_a_quota_is_the_tariff_that_lets_as_much_in(solved: Solved) -> None:
    free = solved()
    quota = solved(tonnes=(0.7 * imports(free), 1e30, 0.0))
    assert imports(quota) == pytest.approx(0.7 * imports(free), rel=1e-8)
    rent = float(quota.rent[0, 0, FOREIGN, HOME])
    tariff = solved(tariff=ARC * rent / float(quota.border_price[0, 0, FOREIGN, HOME]))
    assert np.allclose(tariff.price, quota.price, rtol=1e-8)
    assert imports(tariff) == pytest.approx(imports(quota), rel=1e-8)
    revenue = float((tariff.tariff_duty * tariff.flows).sum())
    assert revenue == pytest.approx(rent * imports(quota), rel=1e-8)


def test_an_export_quota_earns_the_same_rent_in_the_export_price(solved: Solved) -> None:
    limit = 0.7 * imports(solved())
    at_import, at_export = solved(tonnes=(limit, 1e30, 0.0)), solved(tonnes=(1e30, limit, 0.0))
    assert np.allclose(at_export.price, at_import.price, rtol=1e-8)
    assert float(at_export.wedge_rent[1]) == pytest.approx(float(at_import.wedge_rent[0]), rel=1e-8)
    more = float(at_export.border_price[0, 0, FOREIGN, HOME] - at_import.border_price[0, 0, FOREIGN, HOME])
    assert more == pytest.approx(float(at_export.wedge_rent[1]), rel=1e-8)


def test_a_tariff_quota_has_three_regimes(solved: Solved) -> None:
    free, most = solved(), 0.2
    outrun = solved(tonnes=(1.0, 1e30, 0.0), wedge_rent_max=np.array([most, 1e30, 1e30]))
    high = imports(free)
    for share, low, top in ((1.2, 0.0, 0.0), (0.9, 1e-3, most - 1e-3)):
        found = solved(tonnes=(share * high, 1e30, 0.0), wedge_rent_max=np.array([most, 1e30, 1e30]))
        assert low <= float(found.wedge_rent[0]) <= top
        assert imports(found) <= share * high * (1.0 + 1e-9)
    assert float(outrun.wedge_rent[0]) == pytest.approx(most, rel=1e-8)
    assert 1.0 < imports(outrun) < high


def test_within_a_quota_no_levy_is_due_and_beyond_it_the_gap(solved: Solved) -> None:
    law = {"floor": np.array([1.6, 0.0]), "levied": ARC}
    every = solved(**law)
    none = solved(tonnes=(1e30, 1e30, 1e30), **law)
    assert imports(none) > imports(every)
    assert float((none.levy * none.flows).sum()) == 0.0
    limit = 0.5 * (imports(none) + imports(every))
    part = solved(tonnes=(1e30, 1e30, limit), **law)
    assert imports(part) == pytest.approx(limit, rel=1e-8)
    levy = float(part.levy[0, 0, FOREIGN, HOME])
    assert 0.0 < levy < 1.6 - float(part.border_price[0, 0, FOREIGN, HOME])


@pytest.mark.parametrize("share", [0.3, 3.0])
def test_a_levy_quota_of_one_good_is_outrun_or_not(share: float) -> None:
    form = Form(layers=1, goods=1, regions=2, origins=(0, 1), sourcing="homogeneous", wedges=("levy",))
    given: dict[str, Any] = {
        "supply_scale": np.array([50.0, 100.0]),
        "supply_elasticity": 1.0,
        "final_demand": np.array([90.0, 60.0]),
        "demand_elasticity": 0.5,
        "weights": np.ones((2, 2)),
        "sigma": 4.0,
        "floor": np.array([1.25, 0.0]),
        "levied": ARC,
        "wedge_arcs": ARCS[:1],
        "wedge_rent_max": np.array([1e30]),
    }
    every = solve(form, economy(form, **given, wedge_tonnes=np.array([0.0])))
    found = solve(form, economy(form, **given, wedge_tonnes=np.array([share * imports(every)])))
    assert bool(every.converged) and bool(found.converged)
    gap = 1.25 - float(found.border_price[0, 0, FOREIGN, HOME])
    levy = float(found.levy[0, 0, FOREIGN, HOME])
    if share < 1.0:
        assert levy == pytest.approx(gap, rel=1e-8)
        assert imports(found) == pytest.approx(imports(every), rel=1e-8)
    else:
        assert levy < gap


def test_a_ban_stops_the_flow(solved: Solved) -> None:
    found = solved(tonnes=(1e30, 0.0, 0.0))
    assert imports(found) < 1e-6
