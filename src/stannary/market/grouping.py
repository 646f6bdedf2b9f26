"""Who stands alone in a market and who is counted together: economies, the zone's others, the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from stannary.atlas.atlas import Atlas
from stannary.market.base_data import OTHER, REST, WORLD, ZONE, Made
from stannary.market.recipes import Recipe

__all__ = ["Grouping", "Regions", "group"]

Regions = Literal["bloc", "economies"]

ZONE_OTHER = "zone_other"


@dataclass(frozen=True)
class Grouping:
    """The regions of a model, the economies each stands for, and which lie in the zone."""

    regions: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    zone: tuple[str, ...]
    dominant: str

    def region_of(self, name: str) -> str:
        """Give the region an economy, `zone`, `rest` or `XOT` is counted to."""
        if name == ZONE:
            return self.zone_rest
        if name in self.regions:
            return name
        for region, economies in self.members.items():
            if name in economies:
                return region
        return REST

    @property
    def zone_rest(self) -> str:
        """Name the region of the zone's members that do not stand alone."""
        return ZONE if ZONE in self.regions else ZONE_OTHER


def group(
    recipe: Recipe, atlas: Atlas, made: Iterable[Made], parties: frozenset[str], regions: Regions
) -> Grouping:
    """Choose the regions of a model.

    "bloc": the zone, the dominant supplier, the rest. "economies": besides, every economy whose use is
    published stands alone, and every one with the recipe's share of any layer's output, the largest
    first, up to its number; the zone's other parties are `zone_other`.
    """
    alone = set() if regions == "bloc" else _large(recipe, made)
    alone.discard(recipe.dominant)
    ordered = sorted(alone & parties) + sorted(alone - parties)
    everyone = (
        {e.id for e in atlas.economies if e.kind == "country"} - alone - {recipe.dominant, WORLD, OTHER}
    )
    inside = tuple(sorted((parties & everyone) - {recipe.dominant}))
    zone_name = ZONE if regions == "bloc" else ZONE_OTHER
    members: dict[str, tuple[str, ...]] = {economy: (economy,) for economy in ordered}
    members[zone_name] = inside
    members[recipe.dominant] = (recipe.dominant,)
    members[REST] = tuple(sorted(everyone - set(inside)))
    names = [e for e in ordered if e in parties] + [zone_name] + [recipe.dominant]
    names += [e for e in ordered if e not in parties] + [REST]
    zone = tuple(e for e in names if e in parties or e == zone_name)
    return Grouping(tuple(names), {name: members[name] for name in names}, zone, recipe.dominant)


def _large(recipe: Recipe, made: Iterable[Made]) -> set[str]:
    largest: dict[str, float] = {}
    for each in made:
        for economy, share in each.largest.items():
            largest[economy] = max(share, largest.get(economy, 0.0))
    ranked = sorted(largest.items(), key=lambda item: (-item[1], item[0]))
    large = [e for e, share in ranked if share >= recipe.apart.number and e not in (OTHER, recipe.dominant)]
    users = {u.economy for layer in recipe.layers for good in layer.goods for u in good.used}
    users |= set(recipe.alone)
    users.discard(recipe.dominant)
    others = [economy for economy in large if economy not in users]
    return users | set(others[: max(recipe.most - len(users), 0)])
