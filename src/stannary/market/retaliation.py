"""What a dominant supplier does when provoked, as reactions of a path: price wars, bans that end, quotas.

Reactions are data (`reactions.Reaction`): a trigger, a field that changes, and for how long. Bans that end
come first in the literature as those a supplier can afford (Nguemgaing, Kannan, Spiller & Toman, Resources
for the Future); a price war is fought while rivals build and paid for by the monopoly after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from stannary.errors import MarketError, Place, Problem, refuse
from stannary.market.baseline import baseline
from stannary.market.dominance import Seller, marked_up
from stannary.market.economy import NO_LIMIT
from stannary.market.model import Model
from stannary.market.reactions import Reaction, Trigger
from stannary.market.trade_events import redirected

__all__ = ["export_quota", "predation", "temporary_ban"]

AMPLE = 10.0
"""Tonnes of a quota that does not hold, in outputs of the world: the wedge stays on the market's scale."""


def predation(
    model: Model,
    who: Seller,
    *,
    mark_up: float,
    low: float,
    threshold: float,
    rivals: Iterable[str] = (),
    lasts: int = 1,
) -> tuple[Model, Reaction]:
    """Give a supplier that asks a monopoly's mark-up, and a low one while rivals build.

    The model asks `mark_up`; the reaction sets `low` (negative: below its makers' price, the difference being
    its own money) from the period after the pipeline of `rivals` (none: everyone else) exceeds `threshold`
    tonnes, for at least `lasts` periods and on until it does not, as often as it is provoked.
    """
    names = tuple(rivals)
    regions = np.array([not names or name in names for name in model.regions], dtype=np.float64)
    for name in names:
        model.region(name)
    makers = np.asarray(who.makers)
    watched = (makers.sum(-1, keepdims=True) > 0) * regions * (makers <= 0)
    arcs = np.asarray(who.arcs)
    usual = np.asarray(model.economy.export_tax)
    asked = marked_up(model.economy, who, mark_up)
    war = (1.0 + usual) * (1.0 + low) - 1.0
    reaction = Reaction(
        trigger="pipeline",
        changes="export_tax",
        holds=True,
        watched=watched,
        threshold=threshold,
        factor=1.0 - arcs,
        addend=war * arcs,
        duration=lasts,
        pause=0,
    )
    return replace(model, economy=asked), reaction


def temporary_ban(
    model: Model,
    who: Seller,
    *,
    trigger: Trigger,
    watched: np.ndarray,
    threshold: float,
    lasts: int,
    delay: int = 0,
    let_through: float = 0.0,
    again_after: int = -1,
) -> Reaction:
    """Give a ban on what a supplier sells that ends: on for `lasts` periods once something has happened.

    `watched` (``layer good region``), `trigger` and `threshold` are as in `Reaction`. `let_through` is the
    share still licensed. Buyers' shares of it go to the others they buy from; raises `MarketError`
    (STN-MARKET-003) where that leaves nobody. `again_after` periods it can come again; -1: never.
    """
    base = baseline(model)
    found = redirected(model, base, (1.0 - let_through) * np.asarray(who.arcs))
    alone = [*found.stranded, *found.resorted]
    message = f"a ban would leave without a seller: {', '.join(alone)}."
    remedy = "Let a share through by a licence, or give these buyers another source."
    problem = Problem("STN-MARKET-003", message, remedy, Place(path="let_through"))
    refuse(MarketError, [problem] if alone else [])
    own = np.asarray(model.economy.weights)
    factor = np.where(own > 0, found.weights / np.where(own > 0, own, 1.0), 1.0)
    return Reaction(
        trigger=trigger,
        changes="weights",
        watched=watched,
        threshold=threshold,
        factor=factor,
        delay=delay,
        duration=lasts,
        pause=again_after,
    )


def export_quota(
    model: Model,
    who: Seller,
    *,
    tonnes: float,
    trigger: Trigger,
    watched: np.ndarray,
    threshold: float,
    lasts: int,
    delay: int = 0,
    again_after: int = -1,
) -> tuple[Model, Reaction]:
    """Give a model with a quota on what a supplier sells, ample at first, and its tightening when provoked.

    The rent goes into the export price: it is the supplier's.
    """
    form, economy = model.form, model.economy
    ample = AMPLE * float(baseline(model).output.sum())
    changed = {
        "wedge_arcs": np.concatenate([np.asarray(economy.wedge_arcs), np.asarray(who.arcs)[None]]),
        "wedge_tonnes": np.append(np.asarray(economy.wedge_tonnes), ample),
        "wedge_slope": np.append(np.asarray(economy.wedge_slope), 0.0),
        "wedge_rent_max": np.append(np.asarray(economy.wedge_rent_max), NO_LIMIT),
    }
    form = replace(form, wedges=(*form.wedges, "export"))
    factor = np.ones(len(form.wedges))
    factor[-1] = tonnes / ample
    reaction = Reaction(
        trigger=trigger,
        changes="wedge_tonnes",
        watched=watched,
        threshold=threshold,
        factor=factor,
        delay=delay,
        duration=lasts,
        pause=again_after,
    )
    return replace(model, form=form, economy=economy.but(**changed)), reaction
