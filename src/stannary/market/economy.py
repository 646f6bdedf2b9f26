"""One period of a market in numbers: who can make what, who wants it, and the law it trades under.

Axes, named the same way everywhere in this room:

- ``layer`` K: steps of the chain from ore to component; a process of layer k takes goods of layer k - 1.
- ``good`` E: goods made side by side at a layer (one for most minerals; the oxides of a rare-earth ore).
- ``region`` R: where goods are made and used.
- ``origin`` O: where goods are bought: the R regions first, then leakage channels, each of which sells the
  goods of one region (`Form.origins`) by another way.
- ``band`` N: stocks that buy below a price; ``wedge`` W: quotas and other limits on sets of flows.

Tonnes are contained tonnes a period at every layer, prices constant USD per contained tonne, ex works.
A process j of a layer makes `yields` tonnes of each good per tonne of throughput, out of `inputs` tonnes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import jax
import numpy as np
from jax import Array

from stannary.charter.border_adjustment import DutyRule, Gap

__all__ = ["AXES", "DEFAULTS", "Economy", "Form", "Sourcing", "WedgeKind", "economy"]

Sourcing = Literal["additive", "ces", "homogeneous"]
WedgeKind = Literal["export", "import", "levy"]

NO_LIMIT = 1e30
"""Tonnes that stand for "no limit"."""


@dataclass(frozen=True)
class Form:
    """What is fixed of a market while it is solved: sizes, kinds of sourcing, the law's own rules.

    `origins` gives the region whose goods each origin sells; the first R are the regions themselves.
    `sourcing`: `additive` conserves tonnes (van der Mensbrugghe & Peters 2020), `ces` is the ordinary
    constant-elasticity composite of GSIM and gravity models, `homogeneous` has users buy where it is
    cheapest (spatial price equilibrium; no nests, sigma or weights but for zero). `nests` 2 puts the
    origins in two groups (`Economy.inside`), chosen between with `outer_sigma`. `wedges` names the kind
    of each wedge: a rent in the export price, in the import price, or a quota within which no levy is
    due. `duties` are the charter's duty rules; `Economy.duty` says which holds for which good.
    `smoothing` rounds kinks by this share of the price, for gradients at a kink; 0 is exact.
    """

    layers: int
    goods: int
    regions: int
    origins: tuple[int, ...]
    sourcing: Sourcing = "additive"
    nests: int = 1
    wedges: tuple[WedgeKind, ...] = ()
    bands: int = 0
    duties: tuple[DutyRule, ...] = (Gap(),)
    supports: bool = False
    incomes: bool = False
    smoothing: float = 0.0

    def size(self, letters: str) -> tuple[int, ...]:
        """Give the shape of an array with these axes, `KEOR` for layer x good x origin x region."""
        sizes = {
            "K": self.layers,
            "E": self.goods,
            "R": self.regions,
            "O": len(self.origins),
            "N": self.bands,
            "G": self.nests,
            "W": len(self.wedges),
        }
        return tuple(sizes[letter] for letter in letters)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Economy:
    """The numbers of one period. Every field is a 64-bit array with the axes `AXES` gives it.

    Supply. A process with margin w (USD/t of throughput after inputs and `conversion_cost`) runs at
    ``min(supply_intercept + supply_slope w + supply_scale w^supply_elasticity, capacity)``. By-products
    come on top: ``byproduct_tonnes min(1, (p / byproduct_full_price)^byproduct_elasticity)``.

    Demand. Final use is ``final_demand (P / reference_price)^-demand_elasticity + demand_intercept -
    demand_slope P`` at the average price P its users pay, times ``(income / reference_income)^
    income_elasticity`` where incomes feed back.

    Trade. A tonne costs ``c = p (1 + export_tax) + freight`` at the border, ``c (1 + tariff)`` and
    ``levied`` x the duty of the law behind it. The law compares c (and, by `credits_tariff`, the tariff)
    with `floor`, or for `by_reference` goods the published `index_price`. A floor of 0 is no floor.

    Support. The producer under contract earns ``p + support_share max(0, strike - index) - upside_share
    max(0, index - strike)`` on up to `supported_tonnes`; ``index = published_index + index_weights . p``.

    Stocks. Each band buys up to `band_tonnes` rather than let the price fall below `band_price` (sorted
    from high to low); `released` tonnes come out of stock whatever the price. `offtake` tonnes leave at
    an agreed price.

    Wedges. The flows marked in `wedge_arcs` together are at most `wedge_tonnes`; up to there each tonne
    costs `wedge_slope` USD more per tonne of volume, beyond it a rent rises up to `wedge_rent_max`.
    """

    active: Array
    conversion_cost: Array
    inputs: Array
    yields: Array
    supply_intercept: Array
    supply_slope: Array
    supply_scale: Array
    supply_elasticity: Array
    capacity: Array
    priced_directly: Array
    byproduct_tonnes: Array
    byproduct_full_price: Array
    byproduct_elasticity: Array
    final_demand: Array
    reference_price: Array
    demand_elasticity: Array
    demand_intercept: Array
    demand_slope: Array
    income_elasticity: Array
    reference_income: Array
    weights: Array
    sigma: Array
    outer_sigma: Array
    outer_weights: Array
    inside: Array
    freight: Array
    export_tax: Array
    tariff: Array
    floor: Array
    levied: Array
    index_price: Array
    by_reference: Array
    credits_tariff: Array
    duty: Array
    strike: Array
    support_share: Array
    upside_share: Array
    supported_tonnes: Array
    published_index: Array
    index_weights: Array
    band_price: Array
    band_tonnes: Array
    released: Array
    offtake: Array
    wedge_arcs: Array
    wedge_tonnes: Array
    wedge_slope: Array
    wedge_rent_max: Array
    start_price: Array

    def but(self, **changes: Any) -> Economy:
        """Give the same economy with some fields changed."""
        return replace(self, **changes)


AXES: dict[str, str] = {
    "active": "KER",
    "conversion_cost": "KER",
    "inputs": "KEER",
    "yields": "KEER",
    "supply_intercept": "KER",
    "supply_slope": "KER",
    "supply_scale": "KER",
    "supply_elasticity": "KER",
    "capacity": "KER",
    "priced_directly": "KER",
    "byproduct_tonnes": "KER",
    "byproduct_full_price": "KER",
    "byproduct_elasticity": "KER",
    "final_demand": "KER",
    "reference_price": "KER",
    "demand_elasticity": "KER",
    "demand_intercept": "KER",
    "demand_slope": "KER",
    "income_elasticity": "KER",
    "reference_income": "KER",
    "weights": "KEOR",
    "sigma": "KE",
    "outer_sigma": "KE",
    "outer_weights": "KEGR",
    "inside": "O",
    "freight": "KEOR",
    "export_tax": "KEOR",
    "tariff": "KEOR",
    "floor": "KER",
    "levied": "KEOR",
    "index_price": "KER",
    "by_reference": "KE",
    "credits_tariff": "KE",
    "duty": "KE",
    "strike": "KER",
    "support_share": "KER",
    "upside_share": "KER",
    "supported_tonnes": "KER",
    "published_index": "KER",
    "index_weights": "KERR",
    "band_price": "KERN",
    "band_tonnes": "KERN",
    "released": "KER",
    "offtake": "KER",
    "wedge_arcs": "WKEOR",
    "wedge_tonnes": "W",
    "wedge_slope": "W",
    "wedge_rent_max": "W",
    "start_price": "KER",
}
"""The axes of every field, one letter each."""

DEFAULTS: dict[str, float] = {
    "active": 1.0,
    "supply_elasticity": 1.0,
    "capacity": NO_LIMIT,
    "byproduct_full_price": 1.0,
    "byproduct_elasticity": 1.0,
    "reference_price": 1.0,
    "reference_income": 1.0,
    "weights": 1.0,
    "outer_weights": 1.0,
    "sigma": 5.0,
    "outer_sigma": 2.0,
    "supported_tonnes": NO_LIMIT,
    "wedge_tonnes": NO_LIMIT,
    "wedge_rent_max": NO_LIMIT,
    "start_price": 1.0,
}
"""What a field holds where nothing is said; 0 for all others (`yields`: each process makes its own good)."""


def economy(form: Form, **given: Any) -> Economy:
    """Make an economy: given values are broadcast to their axes, the rest is `DEFAULTS`.

    Raises `KeyError` for a field that no economy has and `ValueError` for a shape that does not broadcast;
    `model.check` is the gate for input from outside.
    """
    known = {each.name for each in fields(Economy)}
    for name in given:
        if name not in known:
            raise KeyError(name)
    arrays: dict[str, np.ndarray] = {}
    for name, letters in AXES.items():
        value = given.get(name, DEFAULTS.get(name, 0.0))
        if name == "yields" and name not in given:
            value = np.eye(form.goods)[None, :, :, None]
        arrays[name] = np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), form.size(letters)))
    return Economy(**arrays)  # type: ignore[arg-type]
