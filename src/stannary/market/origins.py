"""One more origin of a model: the goods of a region by another way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from stannary.market.economy import AXES
from stannary.market.model import Model

__all__ = ["with_origin"]


def with_origin(model: Model, region: int, name: str, changed: Mapping[str, np.ndarray]) -> Model:
    """Give a model with a channel added: a copy of a region's own origin in all but what is changed.

    `changed` holds, by field of the economy, the numbers of the new origin: the field's shape without its
    axis of origins. Weights, levies and the arcs of wedges are zero unless given, so that the channel
    starts closed, unlevied and outside every quota.
    """
    economy = model.economy
    joined = {}
    for field, letters in AXES.items():
        if "O" not in letters:
            continue
        axis, own = letters.index("O"), np.asarray(getattr(economy, field))
        added = np.take(own, region, axis=axis)
        if field in ("weights", "levied", "wedge_arcs"):
            added = np.zeros_like(added)
        joined[field] = np.concatenate([own, np.expand_dims(changed.get(field, added), axis)], axis=axis)
    form = replace(model.form, origins=(*model.form.origins, region))
    return replace(model, form=form, economy=economy.but(**joined), channels=(*model.channels, name))
