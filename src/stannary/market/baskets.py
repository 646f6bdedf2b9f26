"""What a tonne of rare-earth ore holds: tonnes of each good per tonne of oxide fed, by region."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stannary.atlas.atlas import Atlas
from stannary.market.base_data import REST, ZONE, Findings, figure_note
from stannary.market.grouping import Grouping
from stannary.market.model import Note
from stannary.market.recipes import Feed, Joint, Layer

__all__ = ["basket_yields"]


def basket_yields(atlas: Atlas, layer: Layer, grouping: Grouping, found: Findings) -> NDArray[np.float64]:
    """Give contained tonnes of each good of a joint layer per tonne of oxide fed, axes good region.

    The share of an element in the oxide of a deposit (`ree_baskets`), by the deposits each region is fed
    from, times the metal in its oxide, times the recovery. A deposit the atlas lacks is left in `found`.
    """
    joint = layer.joint
    goods = [good.product for good in layer.goods]
    out = np.zeros((max(len(goods), 1), len(grouping.regions)))
    if joint is None:
        return out
    shares = {
        (row.deposit, row.mineral): (float(row.share_of_reo), row)
        for row in atlas.ree_baskets
        if row.share_of_reo is not None
    }
    deposits = {deposit for deposit, _ in shares}
    found.note(figure_note("yields", layer.name, "share of the basket recovered", joint.recovery))
    for r, region in enumerate(grouping.regions):
        feed = _feed(joint, region, grouping)
        if feed is None:
            found.lack(f"Nothing says what ore {region} separates.", layer.name)
            continue
        where = f"{layer.name}, {region}"
        text = "fed from " + ", ".join(f"{name} {part}" for name, part in feed.deposits.items())
        reason = f"{text}; {feed.assumed or feed.locator or feed.source}"
        kind = "assumed" if feed.assumed else "data"
        found.note(Note(kind=kind, parameter="yields", where=where, text=reason, source=feed.source))  # type: ignore[arg-type]
        for deposit, part in feed.deposits.items():
            if deposit not in deposits:
                found.lack(f"The atlas has no basket of {deposit}.", layer.name)
            for element in joint.elements:
                e = goods.index(element.good) if element.good in goods else None
                if e is None:
                    found.lack(f"{layer.name} makes no {element.good}.", layer.name)
                    continue
                for mineral, metal in element.metal.items():
                    share, row = shares.get((deposit, mineral), (0.0, None))
                    out[e, r] += float(part) * share * metal.number * joint.recovery.number
                    if row is not None and row.state == "assumed":
                        note = f"{mineral} in {deposit}: {share} of the oxide; {row.reason}"
                        found.note(Note(kind="assumed", parameter="yields", where=layer.name, text=note,
                                        size=share, source=row.source))  # fmt: skip
    return out


def _feed(joint: Joint, region: str, grouping: Grouping) -> Feed | None:
    by_name = {feed.of: feed for feed in joint.feeds}
    if region in by_name:
        return by_name[region]
    return by_name.get(ZONE if region in grouping.zone else REST)
