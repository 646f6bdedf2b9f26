"""Whom and what an event reaches: which goods of a model, and what part of each of its regions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from stannary.atlas.atlas import Atlas
from stannary.atlas.production import Production, Refining
from stannary.charter.charter import Charter
from stannary.charter.membership import SETS
from stannary.charter.scope import STAGES
from stannary.dated import LAST_DAY
from stannary.market.model import Model
from stannary.market.scenario import Happening, Membership, OfGoods

__all__ = ["Reach", "changes_of", "expanded", "single"]


@dataclass(frozen=True)
class Reach:
    """The names of a charter, an atlas and a scenario, read on one model.

    A region stands for several economies in a bloc model: an event of some of them reaches that part of
    it. As sellers economies count by their output of the good in the atlas, as buyers each the same.
    """

    model: Model
    charter: Charter
    atlas: Atlas
    changes: tuple[Membership, ...] = ()
    _made: dict[tuple[str, int], dict[str, float]] = field(default_factory=dict)

    def goods(self, event: OfGoods) -> np.ndarray:
        """Give the goods of the model an event is about, layer x good, 1 or 0.

        A layer named as a stage is that stage for all it makes, whatever the atlas calls a product of it.
        """
        known = {product.id: product for product in self.atlas.products}
        out = np.zeros((self.model.form.layers, self.model.form.goods))
        for k, row in enumerate(self.model.goods):
            for e, product in enumerate(row):
                layer = self.model.layers[k]
                stage = layer if layer in STAGES or product not in known else known[product].stage
                mineral = known[product].mineral if product in known else self.model.mineral
                out[k, e] = bool(product) and (
                    (not event.products or product in event.products)
                    and (not event.stages or stage in event.stages)
                    and (not event.minerals or bool({mineral, self.model.mineral} & set(event.minerals)))
                )
        return out

    def economies(self, region: int) -> tuple[str, ...]:
        """Name the economies a region stands for."""
        name = self.model.regions[region]
        return tuple(self.model.members.get(name, ())) or (name,)

    def members(self, set_name: str, on: date) -> frozenset[str]:
        """Give the economies of a set of the charter on a day, as the scenario changes it."""
        inside = set(self.charter.membership.members(set_name, on))
        for change in self.changes:
            if change.set != set_name or not change.start <= on <= (change.end or LAST_DAY):
                continue
            named = {each for name in change.by for each in expanded(self.atlas, name)}
            inside = inside | named if change.change == "joins" else inside - named
        return frozenset(inside)

    def inside(self, on: date) -> np.ndarray:
        """Give the part of each region that is a party to the zone on a day."""
        return self.buyers(("insiders",), on)

    def buyers(self, names: Iterable[str], on: date) -> np.ndarray:
        """Give the part of each region that is named, every economy counting the same."""
        wanted = self.named(tuple(names), on)
        out = np.zeros(self.model.form.regions)
        for region in range(len(out)):
            economies = self.economies(region)
            out[region] = sum(single(wanted, each) for each in economies) / len(economies)
        return out

    def sellers(self, names: Iterable[str], on: date) -> np.ndarray:
        """Give the part of each region's output that is named, layer x good x region."""
        wanted = self.named(tuple(names), on)
        shape = self.model.form.layers, self.model.form.goods, self.model.form.regions
        out = np.zeros(shape)
        for region in range(shape[2]):
            economies = self.economies(region)
            parts = [single(wanted, each) for each in economies]
            if len(set(parts)) == 1:
                out[:, :, region] = parts[0]
                continue
            for k, row in enumerate(self.model.goods):
                for e, product in enumerate(row):
                    weights = self._output(product, region) if product else {}
                    total = sum(weights.get(each, 0.0) for each in economies)
                    equal = 1.0 / len(economies)
                    out[k, e, region] = sum(
                        part * (weights.get(each, 0.0) / total if total > 0 else equal)
                        for part, each in zip(parts, economies, strict=True)
                    )
        return out

    def named(self, names: tuple[str, ...], on: date) -> frozenset[str]:
        """Give the economies that names stand for on a day; "*" where everyone is meant."""
        found: set[str] = set()
        for name in names:
            if name == "everyone":
                found.add("*")
            elif name in ("insiders", "outsiders"):
                found |= self._by_side(name == "insiders", on)
            elif name in SETS:
                found |= self.members(name, on)
            else:
                found |= expanded(self.atlas, name)
        return frozenset(found)

    def _by_side(self, wanted: bool, on: date) -> set[str]:
        parties = self.members("parties", on)
        every = {each for region in range(self.model.form.regions) for each in self.economies(region)}
        return {each for each in every if (each in parties) == wanted}

    def _output(self, product: str, region: int) -> dict[str, float]:
        """Give the last published output of a region's economies: of the product, else of its mines."""
        key = (product, region)
        if key not in self._made:
            mined = product.partition(".")[0]
            rows: list[Refining | Production] = [
                row for row in self.atlas.refining if row.product == product and row.measure == "production"
            ]
            if not rows:
                rows = [row for row in self.atlas.production if row.product.partition(".")[0] == mined]
            economies = set(self.economies(region))
            latest: dict[str, tuple[int, float]] = {}
            for row in rows:
                if row.economy in economies and row.value is not None:
                    latest[row.economy] = max(latest.get(row.economy, (0, 0.0)), (row.year, float(row.value)))
            self._made[key] = {economy: value for economy, (_, value) in latest.items()}
        return self._made[key]


def single(wanted: frozenset[str], economy: str) -> float:
    """Say, as 1 or 0, whether an economy is among those named."""
    return 1.0 if "*" in wanted or economy in wanted else 0.0


def expanded(atlas: Atlas, economy: str) -> frozenset[str]:
    """Give an economy, and where it is the European Union its members too."""
    if economy != "EUU":
        return frozenset({economy})
    return frozenset({economy, *(each.id for each in atlas.economies if "EU27" in each.blocs)})


def changes_of(events: Iterable[Happening]) -> tuple[Membership, ...]:
    """Pick the events that change who is in which set."""
    return tuple(event for event in events if isinstance(event, Membership))
