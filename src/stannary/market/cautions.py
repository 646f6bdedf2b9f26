"""What an outlook warns of: stages that floors upstream hollow out, and floors that no longer bind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stannary.market.model import Model
from stannary.market.outlook import Caution, Outlook

__all__ = ["FALL", "cautions"]

FALL = 0.005
"""The fall of output against the same market without floors that counts, as a share."""

OFTEN = 0.1
"""The share of draws in which something must be seen to be warned of."""


def cautions(outlook: Outlook, model: Model, unsolved: int = 0) -> tuple[Caution, ...]:
    """List what the outlook warns of, the gravest of each kind first.

    A stage is hollowed out where floors stand upstream of it, its output in the zone is lower than in the
    same market without floors, and its effective protection is negative: it buys dear inside and sells
    against cheap goods from outside. A floor does not hold where the zone's producers receive less than it.
    `unsolved` counts the draws that were solved under the law but not without its floors.
    """
    hollow = sorted(_hollow(outlook, model), key=lambda each: -each.share)
    loose = sorted(_loose(outlook, model), key=lambda each: -each.share)
    apart = []
    if unsolved:
        text = (
            f"Without floors {unsolved:,} of {outlook.draws:,} draws could not be solved; effective "
            "protection and what floors change are told of the others."
        )
        apart.append(Caution("unsolved", text, "", "", outlook.periods[0], unsolved / outlook.draws))
    return (*hollow, *loose, *apart)


def _hollow(outlook: Outlook, model: Model) -> Iterator[Caution]:
    data = outlook.data
    floors = data["floor"].values > 0
    for region in outlook.story.zone:
        r = model.region(region)
        for product in outlook.products:
            k, e = model.good(product)
            if k == 0 or not floors[:, :, :k, :, r].any():
                continue
            made, free, rate = (
                data[name].values[:, :, k, e, r] for name in ("output", "output_without_floors", "protection")
            )
            solved = np.isfinite(made) & np.isfinite(free) & np.isfinite(rate) & (free > 0)
            hit = solved & (made < (1.0 - FALL) * free) & (rate < 0)
            counts = np.maximum(solved.sum(0), 1)
            worst = int(np.argmax(hit.sum(0) / counts))
            share = float(hit[:, worst].sum() / counts[worst])
            if share < OFTEN:
                continue
            chosen = hit[:, worst]
            fall = float(np.median(1.0 - made[chosen, worst] / free[chosen, worst]))
            lost = float(np.median(rate[chosen, worst]))
            period = outlook.periods[worst]
            draws = "" if outlook.draws == 1 else f" in {share:.0%} of the draws"
            yield Caution(
                "hollow",
                f"Floors upstream hollow out {product} in {region}: in {period} its output is {fall:.0%} "
                f"lower than without floors{draws}, and its effective protection is {lost:.0%}.",
                product, region, period, share,
            )  # fmt: skip


def _loose(outlook: Outlook, model: Model) -> Iterator[Caution]:
    for region in outlook.story.zone:
        r = model.region(region)
        for product in outlook.products:
            k, e = model.good(product)
            floor, price, made = (
                outlook.data[name].values[:, :, k, e, r] for name in ("floor", "price", "output")
            )
            solved = np.isfinite(price) & (made > 0)
            hit = solved & (floor > 0) & (price < 0.99 * floor)
            shares = hit.sum(0) / np.maximum(solved.sum(0), 1)
            if not shares.size or shares.max() < 0.5:
                continue
            seen = np.flatnonzero(shares >= 0.5)
            first, last = outlook.periods[seen[0]], outlook.periods[seen[-1]]
            span = f"in {first}" if first == last else f"between {first} and {last}"
            worst = int(np.argmax(shares))
            gap = float(np.median(1.0 - price[hit[:, worst], worst] / floor[hit[:, worst], worst]))
            yield Caution(
                "loose",
                f"The floor of {product} does not hold the price in {region} {span}: producers there receive "
                f"{gap:.0%} less; only purchases or contracts could.",
                product, region, first, float(shares.max()),
            )  # fmt: skip
