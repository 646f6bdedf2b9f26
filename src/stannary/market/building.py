"""Build a market from arrays: a published model, or a model of the reader's own, checked before it is solved.

Everything that is wrong is reported at once. Prices say on which basis they are (`price_basis`) and are
carried back to ex works; where use and trade shares of a base year are given, the weights, demand and supply
that reproduce it are worked out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np

from stannary.charter.border_adjustment import DutyRule, Gap
from stannary.errors import MarketError, Place, Problem
from stannary.market.checks import check, near_names, range_problems, shape_problems, share_problems
from stannary.market.economy import AXES, DEFAULTS, NO_LIMIT, Form, Sourcing, WedgeKind, economy
from stannary.market.landed import land
from stannary.market.model import Model

__all__ = ["BASES", "build", "change"]

BASES = ("ex_works", "fob", "cif", "duty_paid")
"""At the gate; after export tax; landed before duty; landed with the tariff paid."""

BASE_YEAR = {"price": "KER", "use": "KER", "use_shares": "KER", "world_use": "KE", "trade_shares": "KEOR"}
"""What may be given of a base year, beside the fields of an `Economy`, with its axes."""

BY_FLOW = ("cif", "duty_paid")
AGREE = 1e-6
"""How far prices of one origin, carried back from several destinations, may be apart."""


@dataclass
class Site:
    """A market being built: its form and names, the numbers so far, what is wrong with them."""

    form: Form
    names: dict[str, tuple[str, ...]]
    goods: tuple[tuple[str, ...], ...]
    numbers: dict[str, np.ndarray] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, code: str, said: str, remedy: str, path: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(code, said, remedy, Place(path=path)))

    def value(self, name: str) -> np.ndarray:
        """Give a field with all its axes: what was given, or the default."""
        if name in self.numbers:
            return self.numbers[name]
        letters = AXES[name]
        if name == "yields":
            return np.broadcast_to(np.eye(self.form.goods)[None, :, :, None], self.form.size(letters))
        return np.full(self.form.size(letters), DEFAULTS.get(name, 0.0))


def build(
    *,
    name: str,
    regions: Sequence[str],
    price_basis: str | None = None,
    layers: Sequence[str] = ("market",),
    goods: Sequence[Sequence[str]] | None = None,
    channels: Mapping[str, str] | None = None,
    zone: Sequence[str] = (),
    dominant: str | None = None,
    mineral: str = "any",
    base_year: int = 1,
    sourcing: Sourcing = "additive",
    nests: int = 1,
    wedges: Sequence[WedgeKind] = (),
    bands: int = 0,
    duties: Sequence[DutyRule] = (Gap(),),
    supports: bool = False,
    incomes: bool = False,
    **numbers: Any,
) -> Model:
    """Build a market from named regions and numbers.

    `numbers` are fields of `Economy` and, of a base year, `price` (USD/t, needed; ``layer good region``, by
    flow ``layer good origin region`` where the basis is cif or duty_paid), `use` (tonnes) or `world_use`
    with `use_shares`, and `trade_shares`. Each is an array that broadcasts to its axes, or a mapping from a
    name (of a region, layer, product) or several to a number, ``{("JP", "US"): 0.37}`` from origin to region.
    `channels` maps the name of a leak to the region whose goods it sells.

    Raises `MarketError` with every problem: unknown names (STN-MARKET-001), shapes (002), impossible values
    (003), shares that do not sum to one (004), a price without a known basis (005).
    """
    channels = channels or {}
    kinds = {
        "sourcing": sourcing, "nests": nests, "wedges": tuple(wedges), "bands": bands,
        "duties": tuple(duties), "supports": supports, "incomes": incomes,
    }  # fmt: skip
    site = _site(regions, layers, goods, channels, kinds)
    meant = (*channels.values(), *zone, *((dominant,) if dominant else ()))
    site.problems += [near_names("region", of, tuple(regions)) for of in meant if of not in regions]
    _read(site, numbers, price_basis)
    if not site.problems:
        _base_year(site, price_basis or "")
    if site.problems:
        raise MarketError(site.problems)
    model = Model(
        name=name,
        mineral=mineral,
        regions=tuple(regions),
        layers=tuple(layers),
        goods=site.goods,
        channels=tuple(channels),
        members={region: (region,) for region in regions},
        zone=tuple(zone),
        dominant=dominant,
        base_year=base_year,
        form=site.form,
        economy=economy(site.form, **{key: value for key, value in site.numbers.items() if key in AXES}),
    )
    problems = check(model)
    if problems:
        raise MarketError(problems)
    return model


def change(model: Model, **numbers: Any) -> Model:
    """Give a market with other numbers: a law, a shock. What `build` worked out of the base year stays.

    `numbers` are fields of `Economy`, given as to `build`; what a mapping does not name stays as it is.
    Raises `MarketError` with every problem.
    """
    site = Site(model.form, {"K": model.layers, "R": model.regions, "O": model.origins}, model.goods)
    site.numbers = {name: np.asarray(getattr(model.economy, name)) for name in AXES}
    _take(site, numbers, AXES)
    if site.problems:
        raise MarketError(site.problems)
    new = model.but(**{name: site.numbers[name] for name in numbers})
    problems = check(new)
    if problems:
        raise MarketError(problems)
    return new


def _site(
    regions: Sequence[str],
    layers: Sequence[str],
    goods: Sequence[Sequence[str]] | None,
    channels: Mapping[str, str],
    kinds: Mapping[str, Any],
) -> Site:
    rows = tuple(tuple(row) for row in goods) if goods is not None else tuple((layer,) for layer in layers)
    places = {region: place for place, region in enumerate(regions)}
    width = max((len(row) for row in rows), default=1)
    origins = (*range(len(regions)), *(places.get(of, 0) for of in channels.values()))
    form = Form(layers=len(layers), goods=width, regions=len(regions), origins=origins, **kinds)
    names = {"K": tuple(layers), "R": tuple(regions), "O": (*regions, *channels)}
    return Site(form, names, tuple(row + ("",) * (width - len(row)) for row in rows))


def _read(site: Site, numbers: Mapping[str, Any], basis: str | None) -> None:
    """Turn everything given into arrays with all axes, noting what is unknown or does not fit."""
    if basis not in BASES:
        said = "The prices carry no basis." if basis is None else f"{basis!r} is not a basis of prices."
        site.refuse("STN-MARKET-005", said, f"Say price_basis: {', '.join(BASES)}.", "price_basis")
    axes = {**AXES, **BASE_YEAR, "price": "KEOR" if basis in BY_FLOW else "KER"}
    _take(site, numbers, axes)
    if "price" not in numbers:
        site.refuse("STN-MARKET-002", "No price is given.", "Give price, with its basis.", "price")
    fields = {name: value for name, value in site.numbers.items() if name in AXES}
    site.problems += range_problems(site.form, fields, site.names)
    for name, axis in (("trade_shares", 2), ("use_shares", 2)):
        if name in site.numbers:
            site.problems += share_problems(name, site.numbers[name], axis, axes[name], site.names)
    for name in ("use", "world_use", "price"):
        if name in site.numbers and (site.numbers[name] < 0).any():
            site.refuse("STN-MARKET-003", f"{name} is negative.", "It cannot be.", name)


def _take(site: Site, numbers: Mapping[str, Any], axes: Mapping[str, str]) -> None:
    for name, value in numbers.items():
        if name not in axes:
            site.problems.append(near_names("field", name, tuple(axes)))
            continue
        given = _by_name(site, name, value, axes[name]) if isinstance(value, Mapping) else value
        shaped = _shaped(site, name, given, axes[name])
        if shaped is not None:
            site.numbers[name] = shaped


def _shaped(site: Site, name: str, value: Any, letters: str) -> np.ndarray | None:
    wrong = shape_problems(site.form, {name: value}, axes={name: letters})
    site.problems += wrong
    if wrong:
        return None
    array = np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), site.form.size(letters)))
    return np.where(np.isposinf(array), NO_LIMIT, array)


def _by_name(site: Site, name: str, given: Mapping[Any, Any], letters: str) -> np.ndarray:
    """Write values at named places into an array; unknown names are noted, all of them."""
    if name in AXES:
        array = site.value(name).copy()
    else:
        array = np.full(site.form.size(letters), np.nan if name == "price" else 0.0)
    for key, value in given.items():
        place = _place(site, name, (key,) if isinstance(key, str) else tuple(key), letters)
        if place is not None:
            array[place] = value
    return array


def _place(site: Site, name: str, parts: tuple[str, ...], letters: str) -> tuple[Any, ...] | None:
    """Find the place of names in an array: a layer or product, then origin and region in their order."""
    index: list[Any] = [slice(None)] * len(letters)
    open_axes = [axis for axis, letter in enumerate(letters) if letter in "OR"]
    wanted, known = len(open_axes), True
    for part in parts:
        product = next(((k, row.index(part)) for k, row in enumerate(site.goods) if part in row), None)
        if open_axes and (part == "*" or part in site.names[letters[open_axes[0]]]):
            axis = open_axes.pop(0)
            index[axis] = slice(None) if part == "*" else site.names[letters[axis]].index(part)
        elif "K" in letters and part in site.names["K"]:
            index[letters.index("K")] = site.names["K"].index(part)
        elif "E" in letters and product is not None:
            index[letters.index("K")], index[letters.index("E")] = product
        else:
            known = False
            words = tuple(word for row in site.goods for word in row if word) + site.names["K"]
            near = near_names("region, layer or product", part, site.names["O"] + words)
            site.problems.append(Problem(near.code, near.message, near.remedy, Place(path=name)))
    if known and wanted == 2 and len(open_axes) == 1:
        said = f"{name} at {', '.join(parts)} names one region of a flow."
        site.refuse("STN-MARKET-002", said, 'Name origin and region, or "*" for all.', name)
        return None
    return tuple(index) if known else None


def _base_year(site: Site, basis: str) -> None:
    """Carry prices back to ex works and, where trade is given, find the numbers that reproduce it."""
    price = _ex_works(site, basis)
    if price is None:
        return
    site.numbers.setdefault("start_price", price)
    site.numbers.setdefault("reference_price", price)
    if "use_shares" in site.numbers and "use" not in site.numbers:
        if "world_use" not in site.numbers:
            said, remedy = "use_shares are given without what they are shares of.", "Give world_use, tonnes."
            site.refuse("STN-MARKET-004", said, remedy, "world_use")
            return
        site.numbers["use"] = site.numbers["use_shares"] * site.numbers["world_use"][..., None]
    if "trade_shares" in site.numbers and "use" in site.numbers:
        _reproduce(site, price)
    site.numbers.setdefault("active", _makers(site) * 1.0)
    sells = (site.numbers["active"] > 0)[:, :, list(site.form.origins), None]
    site.numbers["weights"] = np.where(sells, site.value("weights"), 0.0)


def _ex_works(site: Site, basis: str) -> np.ndarray | None:
    """Give producers' prices at the gate from prices on a basis; None, and problems, where that fails."""
    price = _from_flows(site, basis) if basis in BY_FLOW else _from_gate(site, basis)
    if price is None:
        return None
    makers = _makers(site)
    if (makers & ~(price > 0)).any():
        said = "Some prices ex works are missing, or not above zero."
        site.refuse("STN-MARKET-003", said, "Give every producer a price.", "price")
    return None if site.problems else np.where(price > 0, price, 1.0)


def _makers(site: Site) -> np.ndarray:
    """Say who can make or sell anything at all."""
    if "active" in site.numbers:
        return np.asarray(site.numbers["active"] > 0)
    if "trade_shares" in site.numbers:
        return _to_regions(site.form, np.where((site.numbers["trade_shares"] > 0).any(axis=-1), 1.0, 0.0)) > 0
    fields = ("supply_scale", "supply_slope", "supply_intercept")
    runs = np.any([site.value(name) > 0 for name in fields], axis=0) & (site.value("capacity") > 0)
    made = np.einsum("kjer,kjr->ker", site.value("yields"), runs * 1.0) > 0
    return np.asarray(made | (site.value("byproduct_tonnes") > 0) | (site.value("released") > 0))


def _to_regions(form: Form, by_origin: np.ndarray) -> np.ndarray:
    """Add what origins sell to the regions whose goods they sell (last axis)."""
    return np.asarray(by_origin @ np.eye(form.regions)[list(form.origins)])


def _from_gate(site: Site, basis: str) -> np.ndarray | None:
    """Take the export tax off FOB prices; it must be one tax for all destinations abroad."""
    given, regions = site.numbers["price"], site.form.regions
    if basis == "ex_works":
        return given
    tax = site.value("export_tax")[:, :, :regions]
    abroad = ~np.eye(regions, dtype=bool)
    high, low = (np.where(abroad, tax, -np.inf).max(-1), np.where(abroad, tax, np.inf).min(-1))
    if regions > 1 and (high > low).any():
        said = (
            "Prices are fob, but the export tax differs between destinations: they have no single gate price."
        )
        site.refuse("STN-MARKET-005", said, "Give prices ex works.", "export_tax")
        return None
    return np.asarray(given / (1.0 + (high if regions > 1 else 0.0)))


def _from_flows(site: Site, basis: str) -> np.ndarray | None:
    """Carry landed prices back along every flow; one producer must come out with one price."""
    needed = ("freight",) if basis == "cif" else ("freight", "tariff")
    missing = [name for name in needed if name not in site.numbers]
    for name in missing:
        said = f"Prices are {basis}, but {name} is not given: they cannot be carried back to ex works."
        site.refuse("STN-MARKET-005", said, f"Give {name} (0 if there is none).", name)
    if missing:
        return None
    own = slice(0, site.form.regions)
    landed = site.numbers["price"]
    landed = landed / (1.0 + site.value("tariff")) if basis == "duty_paid" else landed
    back = ((landed - site.value("freight")) / (1.0 + site.value("export_tax")))[:, :, own]
    seen = np.isfinite(back)
    if "trade_shares" in site.numbers:
        seen = seen & (site.numbers["trade_shares"][:, :, own] > 0)
    low = np.where(seen, back, np.inf).min(axis=-1)
    high = np.where(seen, back, -np.inf).max(axis=-1)
    for place in np.argwhere(seen.any(axis=-1) & (high - low > AGREE * np.abs(high))):
        origin, at = site.names["R"][place[2]], tuple(place)
        said = f"{basis} prices of {origin} come to {low[at]:g} to {high[at]:g} at the gate."
        remedy = "One producer has one price ex works: correct prices, freight or tariff."
        site.refuse("STN-MARKET-005", said, remedy, "price")
    return np.where(seen.any(axis=-1), low, np.nan)


def _reproduce(site: Site, price: np.ndarray) -> None:
    """Find weights, final demand and supply with which the base year is the solution."""
    form, shares, use = site.form, site.numbers["trade_shares"], site.numbers["use"]
    if form.nests != 1:
        said = "Trade shares are given for sourcing in two nests."
        site.refuse("STN-MARKET-003", said, "Give weights and outer_weights instead.", "trade_shares")
        return
    law = economy(form, **{key: value for key, value in site.numbers.items() if key in AXES})
    landed = np.asarray(land(form, law, jnp.asarray(price), {}).price)
    bought = shares.sum(axis=2) > 0
    average = np.where(bought, (shares * landed).sum(axis=2), price)
    sigma = site.value("sigma")[..., None, None]
    weights = shares * (landed / average[:, :, None]) ** sigma
    if form.sourcing == "homogeneous":
        weights = (shares > 0) * 1.0
    site.numbers.setdefault("weights", weights)
    site.numbers["reference_price"] = average
    output = _to_regions(form, np.asarray((shares * use[:, :, None]).sum(axis=-1)))
    final = use.copy()
    final[:-1] -= np.einsum("kjir,kjr->kir", site.value("inputs")[1:], output[1:])
    if (final < -1e-9 * use.max()).any():
        said = "Some use is less than what the next layer's producers take."
        site.refuse("STN-MARKET-003", said, "Correct use, trade_shares or inputs.", "use")
    site.numbers.setdefault("final_demand", np.maximum(final, 0.0))
    if not any(name in site.numbers for name in ("supply_scale", "supply_slope", "supply_intercept")):
        _supply(site, price, output, average)


def _supply(site: Site, price: np.ndarray, output: np.ndarray, average: np.ndarray) -> None:
    """Find the scale of supply with which each producer makes what is bought of it."""
    cost = site.value("conversion_cost").copy()
    cost[1:] += np.einsum("kjir,kir->kjr", site.value("inputs")[1:], average[:-1])
    margin = np.einsum("kjer,ker->kjr", site.value("yields"), price) - cost
    makes = output > 0
    if (makes & (margin <= 0)).any():
        said, remedy = (
            "Some producers' costs exceed their price.",
            "Correct price, inputs or conversion_cost.",
        )
        site.refuse("STN-MARKET-003", said, remedy, "conversion_cost")
    wide = np.where(makes & (margin > 0), margin, 1.0)
    site.numbers["supply_scale"] = np.where(makes, output / wide ** site.value("supply_elasticity"), 0.0)
