"""A market with names: what each row of an `Economy` stands for, what is assumed, how sure we are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from stannary.errors import MarketError, Place, Problem
from stannary.market.economy import Economy, Form

if TYPE_CHECKING:
    from stannary.market.dynamics import Dynamics

__all__ = ["Model", "Note", "Prior"]


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something a reader of results must know of a parameter: that it is assumed, or was adjusted."""

    kind: Literal["assumed", "adjusted", "data"]
    parameter: str
    where: str
    text: str
    size: float | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Prior:
    """How unsure a parameter is.

    `low` and `high` are the 10% and 90% points (the ends, for a triangular law). A draw multiplies the
    field where `acts` is "factor", replaces it where "value"; `None` for layer, good or region means all.
    """

    parameter: str
    layer: str | None = None
    good: str | None = None
    region: str | None = None
    law: Literal["lognormal", "triangular", "normal"]
    centre: float
    low: float
    high: float
    acts: Literal["factor", "value"]
    text: str
    source: str | None = None
    assumed: bool = False


@dataclass(frozen=True, kw_only=True)
class Model:
    """A market of one mineral: regions, layers, goods, and the numbers of its base year.

    `goods` holds E product ids a layer, "" where a layer makes fewer. `members` are the economies a
    region stands for. Prices are constant USD of `price_year` per contained tonne, ex works.
    """

    name: str
    mineral: str
    regions: tuple[str, ...]
    layers: tuple[str, ...]
    goods: tuple[tuple[str, ...], ...]
    channels: tuple[str, ...] = ()
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    zone: tuple[str, ...] = ()
    dominant: str | None = None
    base_year: int
    price_year: int | None = None
    periods_a_year: int = 1
    basis: Literal["ex_works"] = "ex_works"
    form: Form
    economy: Economy
    dynamics: Dynamics | None = None
    priors: tuple[Prior, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def origins(self) -> tuple[str, ...]:
        """Name the origins: the regions, then the leakage channels."""
        return self.regions + self.channels

    def region(self, name: str) -> int:
        """Give the place of a region; raises `MarketError` (STN-MARKET-001) with near names."""
        return _place("region", name, self.regions)

    def layer(self, name: str) -> int:
        """Give the place of a layer; raises `MarketError` (STN-MARKET-001) with near names."""
        return _place("layer", name, self.layers)

    def good(self, product: str) -> tuple[int, int]:
        """Give layer and place of a product; raises `MarketError` (STN-MARKET-001) with near names."""
        for k, row in enumerate(self.goods):
            if product and product in row:
                return k, row.index(product)
        raise _unknown("product", product, [name for row in self.goods for name in row if name])

    def but(self, **changes: Any) -> Model:
        """Give the same model with some fields changed; fields of its economy may be named too."""
        inner = {name: value for name, value in changes.items() if name in Economy.__dataclass_fields__}
        outer = {name: value for name, value in changes.items() if name not in inner}
        return replace(self, economy=replace(outer.pop("economy", self.economy), **inner), **outer)


def _place(noun: str, name: str, known: tuple[str, ...]) -> int:
    if name not in known:
        raise _unknown(noun, name, known)
    return known.index(name)


def _unknown(noun: str, name: str, known: Iterable[str]) -> MarketError:
    names = list(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    remedy = f"Did you mean {' or '.join(near)}?" if near else f"It has {', '.join(names)}."
    return MarketError(
        [Problem("STN-MARKET-001", f"The market has no {noun} {name!r}.", remedy, Place(path=noun))]
    )
