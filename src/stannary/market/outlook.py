"""An outlook: what a market is expected to do under a zone's rules and a scenario, with all it rests on.

The numbers are an `xarray.Dataset` with the axes draw, period, layer, good, region and, for flows, origin.
What cannot be a number stands in its `Story`. A draw that could not be solved holds NaN from the period it
failed in, and is listed with the reason; quantiles are taken over the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from html import escape
from typing import Any

import numpy as np
import xarray as xr

from stannary.errors import NotFoundError, Place, Problem
from stannary.lineage import Lineage
from stannary.market.model import Model, Note
from stannary.market.variables import DIMENSIONS, MEASURES

__all__ = ["BAND", "QUANTILES", "Caution", "Failure", "Happening", "Outlook", "Story", "make_outlook"]

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
"""The quantiles of a fan, unless others are asked for."""

AVERAGED = {
    "average_price": "use",
    "price": "output",
    "price_without_floors": "output_without_floors",
    "expected_price": "output",
}
"""What a price of several regions is averaged with."""

BAND = (0.1, 0.5, 0.9)
"""The quantiles a sentence tells."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A draw that could not be solved: from which period on, and why."""

    draw: int
    period: str
    reason: str


@dataclass(frozen=True, slots=True)
class Caution:
    """Something the results warn of, with the products and regions it is about and the share of draws."""

    kind: str
    text: str
    product: str
    region: str
    period: str
    share: float


@dataclass(frozen=True, slots=True)
class Happening:
    """Something the scenario does, in words, and when."""

    period: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Story:
    """All of an outlook that is no number: what was simulated, on what it rests, what went wrong.

    `lineage.inputs` is the fingerprint of scenario, model, draws and settings together; the first two have
    fingerprints of their own. `members` are the economies a region stands for.
    """

    mineral: str
    model: str
    scenario: str
    title: str
    about: str
    zone: tuple[str, ...]
    dominant: str | None
    members: Mapping[str, tuple[str, ...]]
    base_year: int
    price_year: int
    periods_a_year: int
    seed: int
    lineage: Lineage
    scenario_fingerprint: str
    model_fingerprint: str
    assumptions: tuple[Note, ...] = ()
    happenings: tuple[Happening, ...] = ()
    failures: tuple[Failure, ...] = ()
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True)
class Outlook:
    """Prices, flows, capacity and money of one mineral under a scenario, by draw and period."""

    data: xr.Dataset
    story: Story
    _index: dict[str, tuple[int, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        products = self.data["product"].values
        places = {
            str(products[k, e]): (k, e)
            for k in range(products.shape[0])
            for e in range(products.shape[1])
            if products[k, e]
        }
        object.__setattr__(self, "_index", places)

    @property
    def products(self) -> tuple[str, ...]:
        """Name the products, along the chain."""
        return tuple(self._index)

    @property
    def regions(self) -> tuple[str, ...]:
        """Name the regions."""
        return tuple(str(name) for name in self.data["region"].values)

    @property
    def periods(self) -> tuple[str, ...]:
        """Name the periods: 2030, or 2030Q1."""
        return tuple(str(name) for name in self.data["period"].values)

    @property
    def draws(self) -> int:
        """Count the draws, failed ones too."""
        return int(self.data.sizes["draw"])

    def series(
        self, measure: str, product: str | None = None, region: str | Iterable[str] | None = None
    ) -> xr.DataArray:
        """Give a variable by draw and period, for a product and a region.

        Several regions ("zone": the zone's) are summed; prices are averaged with the tonnes made or used.
        Without a product or region, what has that axis is summed over it. Raises `NotFoundError`
        (STN-FOUND-001) for an unknown name, or what neither adds up nor has an average.
        """
        found = self._part(self._variable(measure), product, region)
        rest = [name for name in found.dims if name not in ("draw", "period")]
        if not rest:
            return found
        if measure in AVERAGED and product is not None:
            weight = self._part(self._variable(AVERAGED[measure]), product, region)
            total = weight.sum(rest, skipna=False)
            return ((found * weight).sum(rest, skipna=False) / total.where(total > 0)).assign_attrs(
                found.attrs
            )
        if not MEASURES[measure].adds:
            problem = f"{measure} of several {' and '.join(map(str, rest))}s does not add up."
            raise NotFoundError([Problem("STN-FOUND-001", problem, "Name one product and one region.")])
        return found.sum(rest, skipna=False, keep_attrs=True)

    def _part(
        self, found: xr.DataArray, product: str | None, region: str | Iterable[str] | None
    ) -> xr.DataArray:
        """Give the part of a variable that is about a product and some regions."""
        if product is not None:
            k, e = self._product(product)
            found = found.isel({"layer": k} | ({"good": e} if "good" in found.dims else {}))
        wanted = self.story.zone if region == "zone" else (region,) if isinstance(region, str) else region
        if wanted is not None:
            names = [self._region(name) for name in wanted]
            found = found.sel(region=names[0]) if len(names) == 1 else found.sel(region=names)
        return found

    def fan(
        self,
        measure: str,
        product: str | None = None,
        region: str | Iterable[str] | None = None,
        quantiles: Sequence[float] = QUANTILES,
    ) -> xr.DataArray:
        """Give quantiles over the draws that were solved, ``quantile period``."""
        series = self.series(measure, product, region)
        return quantiles_of(series, quantiles)

    def figure(
        self, measure: str, product: str, region: str, period: str | int
    ) -> tuple[float, float, float]:
        """Give the 10%, 50% and 90% points of a variable in one period."""
        fan = self.fan(measure, product, region, BAND).sel(period=self._period(str(period)))
        low, middle, high = (float(value) for value in fan.values)
        return low, middle, high

    @property
    def solved(self) -> np.ndarray:
        """Say for each draw whether all its periods were solved."""
        failed = {failure.draw for failure in self.story.failures}
        return np.array([draw not in failed for draw in range(self.draws)])

    @property
    def outcome(self) -> str:
        """Say the whole outlook in a sentence or two, failed draws included."""
        return " ".join([_told(self), *_failed(self)])

    @property
    def headline_product(self) -> str:
        """Name the product that the zone's users lay out most for in the last solved period."""
        regions = self.story.zone or self.regions
        money = {
            name: float(np.nan_to_num(np.nanmax(self._final("outlay", name, regions))))
            for name in self.products
        }
        return max(money, key=lambda name: money[name])

    def _final(self, measure: str, product: str, regions: Sequence[str]) -> np.ndarray:
        values = self.series(measure, product, regions).values[:, -1]
        return values if np.isfinite(values).any() else np.zeros(1)

    def _variable(self, measure: str) -> xr.DataArray:
        if measure not in self.data:
            raise _unknown("variable", measure, [str(name) for name in self.data.data_vars])
        return self.data[measure]

    def _product(self, product: str) -> tuple[int, int]:
        if product not in self._index:
            raise _unknown("product", product, self.products)
        return self._index[product]

    def _region(self, region: str) -> str:
        if region not in self.regions:
            raise _unknown("region", region, (*self.regions, "zone"))
        return region

    def _period(self, period: str) -> str:
        if period not in self.periods:
            raise _unknown("period", period, self.periods)
        return period

    def _repr_html_(self) -> str:
        return f"<p><strong>{escape(self.outcome)}</strong></p>{self.data._repr_html_()}"

    def __repr__(self) -> str:
        story = self.story
        shape = f"{self.draws} draws x {len(self.periods)} periods ({self.periods[0]} to {self.periods[-1]})"
        return f"<Outlook {story.mineral}, {story.scenario}: {shape}; run {story.lineage.run}>"


def make_outlook(model: Model, arrays: Mapping[str, Any], periods: Sequence[str], story: Story) -> Outlook:
    """Name the axes of arrays ``draw period …`` by the model, and blank every draw from where it failed.

    `arrays` are variables of `MEASURES`; one that it does not know is refused with `KeyError`.
    """
    number = {name: place for place, name in enumerate(periods)}
    blank = {failure.draw: number[failure.period] for failure in story.failures}
    variables = {}
    for name, values in arrays.items():
        measure = MEASURES[name]
        held = np.array(values, dtype=np.float64)
        for draw, place in blank.items():
            held[draw, place:] = np.nan
        attributes = {"units": measure.unit, "long_name": measure.words}
        if measure.basis:
            year = f", USD of {story.price_year}"
            attributes["basis"] = measure.basis + year
        dims = ("draw", "period", *(DIMENSIONS[letter] for letter in measure.axes))
        variables[name] = xr.Variable(dims, held, attributes)
    width = model.form.goods
    draws = next(iter(variables.values())).shape[0]
    coordinates = {
        "draw": np.arange(draws),
        "period": list(periods),
        "layer": list(model.layers),
        "good": np.arange(width),
        "region": list(model.regions),
        "product": (("layer", "good"), np.array([list(row) for row in model.goods])),
    }
    if any("origin" in variable.dims for variable in variables.values()):
        coordinates["origin"] = list(model.origins)
    return Outlook(xr.Dataset(variables, coordinates), story)


def quantiles_of(series: xr.DataArray, quantiles: Sequence[float]) -> xr.DataArray:
    """Give quantiles over draws, leaving out those without a number; NaN where none has one."""
    values = series.transpose("draw", ...).values
    found = np.full((len(quantiles), *values.shape[1:]), np.nan)
    some = np.isfinite(values).any(0)
    if some.any():
        found[:, some] = np.nanquantile(values[:, some], list(quantiles), axis=0)
    rest = [name for name in series.transpose("draw", ...).dims if name != "draw"]
    coordinates = {"quantile": list(quantiles), **{name: series[name] for name in rest}}
    return xr.DataArray(found, coordinates, ["quantile", *rest], attrs=series.attrs)


def _told(outlook: Outlook) -> str:
    story, product = outlook.story, outlook.headline_product
    where, region = ("the zone", "zone") if story.zone else ("the world", outlook.regions)
    fan = outlook.fan("average_price", product, region, BAND)
    first, last = (fan.isel(period=place) for place in (0, -1))
    low, middle, high = (float(value) for value in last.values)
    if not np.isfinite(middle):
        return f"{story.title}: no draw was solved, so there is no outlook."
    spread = f" ({low:,.0f} to {high:,.0f} in eight of ten draws)" if outlook.solved.sum() > 1 else ""
    change = middle / float(first.sel(quantile=0.5)) - 1
    median = fan.sel(quantile=0.5).values
    peak = int(np.nanargmax(median))
    top = (
        f", after a peak of {median[peak]:,.0f} in {outlook.periods[peak]}"
        if median[peak] > 1.1 * middle
        else ""
    )
    words = f"{abs(change):.0%} {'more' if change > 0 else 'less'} than in {outlook.periods[0]}"
    if abs(change) < 0.005:
        words = f"as much as in {outlook.periods[0]}"
    return (
        f"{story.title}: in {outlook.periods[-1]} users in {where} pay {middle:,.0f} USD/t for "
        f"{product}{spread}, {words}{top}."
    )


def _failed(outlook: Outlook) -> Iterable[str]:
    failures = outlook.story.failures
    if failures:
        failed = len({failure.draw for failure in failures})
        verb = "is" if failed == 1 else "are"
        yield f"{failed:,} of {outlook.draws:,} draws could not be solved and {verb} left out."


def _unknown(noun: str, name: str, known: Iterable[str]) -> NotFoundError:
    names = list(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    remedy = f"Did you mean {' or '.join(near)}?" if near else f"It has {', '.join(names)}."
    return NotFoundError(
        [Problem("STN-FOUND-001", f"The outlook has no {noun} {name!r}.", remedy, Place(path=noun))]
    )
