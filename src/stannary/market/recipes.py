"""What each mineral's market is made of, read from `market/<mineral>.yaml` beside the atlas.

A recipe names the layers of the chain and their goods, and where their tonnes, prices, yields and uses
come from: a series of the atlas, or a figure with its source, or one `assumed` with the reason. The forms
are read as the charter's articles are: literally, with the line and column of whatever does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from stannary.atlas.atlas import Atlas
from stannary.charter.citation import LAW, Amount, Count, Name, Sourced, Text
from stannary.charter.document import read_document
from stannary.charter.reader import validated
from stannary.errors import MarketError, Place, Problem, refuse

__all__ = [
    "Byproduct", "Consumed", "Defaults", "Facts", "Figure", "Good", "Input", "Joint", "Layer", "Output",
    "Price", "Published", "Recipe", "Share", "open_defaults", "open_recipe", "recipe_folder", "recipes",
]  # fmt: skip

DEFAULTS_FILE = "defaults"


@dataclass(frozen=True, kw_only=True, config=LAW)
class Figure(Sourced):
    """One number, its unit, and where it comes from."""

    value: Amount
    unit: Text = "1"

    @property
    def number(self) -> float:
        """Give the value as a float."""
        return float(self.value)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Facts:
    """A series of the atlas by economy; `per_tonne` turns a tonne counted into contained tonnes."""

    table: Literal["production", "refining"]
    product: Name
    series: Text
    measure: Text = "production"
    year: Count | None = None
    per_tonne: Figure | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Consumed:
    """A figure of the atlas on what an economy uses; `per_tonne` as for `Facts`."""

    mineral: Name
    metric: Text
    economy: Text
    stage: Text = ""
    product: Text = ""
    series: Text = ""
    year: Count | None = None
    per_tonne: Figure | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Share(Sourced):
    """A part of the world: of an economy, of `zone`, or of `rest` (what is left goes to `rest`).

    The share is `value`, or that of the economy in a series of the atlas.
    """

    of: Text
    value: Amount | None = Field(default=None, ge=0, le=1)
    fact: Facts | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Output:
    """Who makes a good: a series by economy, with single figures beside it, or shares of the world.

    `world` is the tonnes the shares are of; without it they are of what the layer before leaves.
    """

    facts: Facts | None = None
    added: dict[str, Figure] = Field(default_factory=dict)
    shares: tuple[Share, ...] = ()
    world: Figure | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Published:
    """A published price; `contained` is t contained in a tonne priced, `vat` the tax inside the price."""

    product: Name
    series: Text
    market: Text
    basis: Literal["ex_works", "fob", "cif", "exchange", "delivered"]
    contained: Figure | None = None
    vat: Figure | None = None
    year: Count | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Price:
    """The price of a good: published, or a share of the good made of it, or its inputs and what is added.

    `value_added` is the share of the price that is not paid for inputs.
    """

    published: Published | None = None
    share_of_next: Figure | None = None
    value_added: Figure | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Input:
    """What a tonne of throughput takes of a good of the layer before."""

    good: Name
    tonnes: Figure


@dataclass(frozen=True, kw_only=True, config=LAW)
class Good:
    """One good of a layer: who makes it, its price, and who uses it other than the next layer.

    `final_share` is the share of output that is used as it is; without it, what the next layer leaves.
    `uses` says by whom: figures of single economies first, then shares of the remainder. `imports` names
    the series of shares in an economy's imports, by economy: ``USA: Unwrought metal and powder``.
    """

    product: Name
    output: Output | None = None
    price: Price
    inputs: tuple[Input, ...] = ()
    final_share: Figure | None = None
    used: tuple[Consumed, ...] = ()
    uses: tuple[Share, ...] = ()
    demand_elasticity: Figure | None = None
    imports: dict[str, str] = Field(default_factory=dict)
    secondary: bool = False
    """Whether what output exceeds its inputs by is taken to be made of scrap."""


@dataclass(frozen=True, kw_only=True, config=LAW)
class Feed(Sourced):
    """How much of what a region separates is ore of which deposits; `of` as in `Share`."""

    of: Text
    deposits: dict[str, Amount]


@dataclass(frozen=True, kw_only=True, config=LAW)
class Element:
    """Which elements of a basket a good is, with the tonnes of metal in a tonne of oxide of each."""

    good: Name
    metal: dict[str, Figure]


@dataclass(frozen=True, kw_only=True, config=LAW)
class Joint:
    """A process that makes all goods of its layer side by side, in the proportions of its ore.

    `total` is the series of all goods together, in contained tonnes; `recovery` the share of the basket
    that a plant brings out.
    """

    total: Output
    recovery: Figure
    elements: tuple[Element, ...]
    feeds: tuple[Feed, ...]


@dataclass(frozen=True, kw_only=True, config=LAW)
class Byproduct:
    """A good that comes with another metal: at most `per_tonne` of the host's output, or its capacity.

    Where neither is known of a region, its limit is `multiple` of its output.
    """

    host: Facts | None = None
    capacity: Facts | None = None
    multiple: Figure
    elasticity: Figure


@dataclass(frozen=True, kw_only=True, config=LAW)
class Layer:
    """One step of the chain. A layer that is not `traded` sells to its own region's next layer alone."""

    name: Name
    goods: tuple[Good, ...] = Field(min_length=1)
    traded: bool = True
    joint: Joint | None = None
    byproduct: Byproduct | None = None
    capacity: Facts | None = None
    utilisation: Figure | None = None
    margin: Figure | None = None
    price_elasticity: Figure | None = None
    margin_elasticity: Figure | None = None
    sigma: Figure | None = None
    freight: Figure | None = None
    lead_years: Figure | None = None
    capex: Figure | None = None
    """USD per tonne a year of throughput for works in the zone; others are taken to break even."""
    projects: dict[Name, Figure] = Field(default_factory=dict)
    """Products whose planned works could be built here, and the t of throughput in a t of their capacity."""


@dataclass(frozen=True, kw_only=True, config=LAW)
class Growth(Sourced):
    """What final use grows with: a metric of the atlas' scenarios.

    Where `part_of` is given the metric is a part of use, and the rest stays as it is.
    """

    mineral: Name
    metric: Text
    part_only: bool = False


@dataclass(frozen=True, kw_only=True, config=LAW)
class Recipe:
    """The market of one mineral, or of several that come out of one ore."""

    mineral: Name
    title: Text
    covers: tuple[Name, ...]
    base_year: Count
    price_year: Count
    dominant: Text
    layers: tuple[Layer, ...] = Field(min_length=1)
    growth: Growth | None = None
    apart: Figure
    """An economy with this share of any layer's output stands alone in a model of economies."""
    most: Count = 9
    """How many economies stand alone at most."""
    alone: tuple[Text, ...] = ()
    """Economies that stand alone however small they are."""
    note: Text | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class FreeTrade(Sourced):
    """The economies whose goods enter an economy free of its general tariff."""

    economy: Text
    partners: tuple[Text, ...]


@dataclass(frozen=True, kw_only=True, config=LAW)
class Defaults:
    """What a recipe that says nothing of its own takes over."""

    fob_costs: Figure
    cif_costs: Figure
    exchange_costs: Figure
    home: Figure
    mine_utilisation: Figure
    plant_utilisation: Figure
    component_utilisation: Figure
    mine_margin: Figure
    plant_margin: Figure
    least_value_added: Figure
    margin_elasticity: Figure
    mine_freight: Figure
    plant_freight: Figure
    component_freight: Figure
    mine_sigma: Figure
    plant_sigma: Figure
    component_sigma: Figure
    mine_lead_years: Figure
    plant_lead_years: Figure
    slowest_growth: Figure
    free_trade: FreeTrade


def recipe_folder(atlas: Atlas) -> Path:
    """Give the folder of the recipes that belong to an atlas: `market/` beside it."""
    return atlas.folder.parent / "market"


def recipes(atlas: Atlas) -> tuple[str, ...]:
    """Name the minerals that have a recipe beside an atlas."""
    folder = recipe_folder(atlas)
    return tuple(sorted(path.stem for path in folder.glob("*.yaml") if path.stem != DEFAULTS_FILE))


def open_recipe(atlas: Atlas, mineral: str) -> Recipe:
    """Read the recipe of a mineral, found by its own name or one that it covers.

    Raises `MarketError`: STN-MARKET-001 where none covers the mineral, STN-MARKET-008 with every fault of
    a file, its line and column (STN-MARKET-005 for a price without a known basis).
    """
    known = recipes(atlas)
    if mineral in known:
        return _read(atlas, mineral, Recipe)  # type: ignore[no-any-return]
    covered: dict[str, Recipe] = {}
    for name in known:
        recipe = _read(atlas, name, Recipe)
        covered.update(dict.fromkeys(recipe.covers, recipe))
    if mineral in covered:
        return covered[mineral]
    names = sorted({*known, *covered})
    near = get_close_matches(mineral, names, n=3, cutoff=0.5)
    remedy = f"Did you mean {' or '.join(near)}?" if near else f"There are models of {', '.join(names)}."
    problem = Problem("STN-MARKET-001", f"There is no market of {mineral!r}.", remedy, Place(path="mineral"))
    raise MarketError([problem])


def open_defaults(atlas: Atlas) -> Defaults:
    """Read what recipes take over where they are silent. Raises `MarketError` (STN-MARKET-008)."""
    return _read(atlas, DEFAULTS_FILE, Defaults)  # type: ignore[no-any-return]


def _read(atlas: Atlas, name: str, kind: type) -> Any:
    path = recipe_folder(atlas) / f"{name}.yaml"
    root, problems = read_document(path, f"{name}.yaml")
    form = None
    if root is not None and not problems:
        form, problems = validated(kind, root, name)
    if form is not None:
        known = {source.id for source in atlas.sources}
        problems = [*_strange_sources(form, known, name)]
    refuse(MarketError, [_ours(problem) for problem in problems])
    return form


def _ours(problem: Problem) -> Problem:
    """Say as a fault of a recipe what the charter's reader found."""
    remedy = problem.remedy.replace("citation.yaml lists", "the atlas' sources list")
    of_basis = (problem.place.path or "").endswith(".basis") or problem.message.startswith(
        "`basis` is missing"
    )
    code = "STN-MARKET-005" if of_basis else "STN-MARKET-008"
    return replace(problem, code=code, remedy=remedy)


def _strange_sources(form: Any, known: set[str], name: str) -> Iterator[Problem]:
    for each in _cited(form):
        if each.source is not None and each.source not in known:
            near = get_close_matches(each.source, sorted(known), n=3, cutoff=0.5)
            remedy = f"Did you mean {' or '.join(near)}?" if near else "Add it to the atlas' sources."
            message = f"The atlas lists no source {each.source!r}."
            yield Problem("STN-MARKET-008", message, remedy, Place(f"{name}.yaml"))


def _cited(value: Any) -> Iterator[Sourced]:
    """Find everything in a form that says where it comes from."""
    if isinstance(value, Sourced):
        yield value
    if is_dataclass(value):
        for each in fields(value):
            yield from _cited(getattr(value, each.name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _cited(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _cited(item)
