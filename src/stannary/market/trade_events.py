"""What events do to trade: bans, licences and quotas, dumping and mark-ups, tariffs.

A ban that covers part of a period takes that part of the *share* its sellers have in what each buyer uses,
at the prices of the base year; the others' shares grow in proportion. Where it leaves a buyer without any
seller, every other producer of the good is opened to it in proportion to its output, at the highest freight
of the good: a last resort. Where nobody else makes the good, the scenario is refused.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stannary.market.baseline import Baseline
from stannary.market.draft import Draft
from stannary.market.economy import NO_LIMIT, WedgeKind
from stannary.market.model import Model
from stannary.market.scenario import (
    Dump,
    ExportBan,
    ExportLicence,
    ExportQuota,
    MarkUp,
    QuotaPart,
    Tariff,
)  # fmt: skip

__all__ = ["Redirected", "add_quotas", "add_wedges", "redirected", "write_trade"]

NOTHING = 1e-12

AMPLE = 10.0
"""How many times the world's output "no limit" is, in periods in which a wedge does not hold."""


def write_trade(draft: Draft) -> None:
    """Write bans, licences, dumping, mark-ups and tariffs into the arrays of a draft."""
    form = draft.model.form
    blocked = np.zeros((draft.timeline.periods, *form.size("KEOR")))
    closing: list[int] = []
    for index, event in enumerate(draft.scenario.events):
        if isinstance(event, ExportBan | ExportLicence):
            through = float(event.let_through) if isinstance(event, ExportLicence) else 0.0
            cost = float(event.cost_usd_per_t) if isinstance(event, ExportLicence) else 0.0
            for period, day, share in draft.live(event):
                arcs = share * draft.arcs(event, day, event.by, event.against)
                blocked[period] += (1.0 - through) * arcs
                if cost:
                    draft.array("freight")[period] += cost * arcs
            closing.append(index)
        elif isinstance(event, Dump | MarkUp):
            change = -float(event.price_cut) if isinstance(event, Dump) else float(event.mark_up)
            for period, day, share in draft.live(event):
                tax = draft.array("export_tax")
                factor = 1.0 + change * share * draft.arcs(event, day, event.by, event.against)
                tax[period] = (1.0 + tax[period]) * factor - 1.0
        elif isinstance(event, Tariff):
            for period, day, share in draft.live(event):
                arcs = share * draft.arcs(event, day, event.against, event.by)
                rates = draft.array("tariff")
                rates[period] = rates[period] * (1.0 - arcs) + float(event.rate) * arcs
    if blocked.any():
        _close(draft, np.minimum(blocked, 1.0), closing)


def _close(draft: Draft, blocked: np.ndarray, events: list[int]) -> None:
    """Turn the closed parts of flows into weights, period by period."""
    done: dict[bytes, Redirected] = {}
    for period in range(draft.timeline.periods):
        if not blocked[period].any():
            continue
        key = blocked[period].tobytes()
        if key not in done:
            done[key] = redirected(draft.model, draft.base, blocked[period])
        found = done[key]
        draft.array("weights")[period] = found.weights
        if draft.model.form.nests == 2:
            draft.array("outer_weights")[period] = found.outer_weights
        if found.opened.any():
            freight = draft.array("freight")
            dearest = freight[period].max(axis=(2, 3), keepdims=True)
            freight[period] = np.where(found.opened & (freight[period] == 0), dearest, freight[period])
    opened = sorted({name for found in done.values() for name in found.resorted})
    stranded = sorted({name for found in done.values() for name in found.stranded})
    if opened:
        draft.note(events[0], f"Left without a seller, and opened to every other maker: {', '.join(opened)}.")
    if stranded:
        message = f"the bans leave without any seller: {', '.join(stranded)}."
        draft.refuse(events[0], message, "Nobody else makes the good: let a share through by a licence.")


class Redirected:
    """Weights after some flows are closed, and who had to be opened to whom.

    `resorted` and `stranded` name buyers as "product to region".
    """

    def __init__(self, model: Model) -> None:
        self.weights = np.array(model.economy.weights)
        self.outer_weights = np.array(model.economy.outer_weights)
        self.opened = np.zeros(self.weights.shape, dtype=bool)
        self.resorted: list[str] = []
        self.stranded: list[str] = []


def redirected(model: Model, base: Baseline, blocked: np.ndarray) -> Redirected:
    """Give the weights with which closed parts (layer good origin region) take that part of base shares."""
    out = Redirected(model)
    layers, goods, _, regions = blocked.shape
    for k in range(layers):
        for e in range(goods):
            for r in range(regions):
                share, closed = base.shares[k, e, :, r], blocked[k, e, :, r]
                if (share * closed).sum() > NOTHING:
                    _redirect(model, base, out, (k, e, r), closed)
    return out


def _redirect(
    model: Model, base: Baseline, out: Redirected, at: tuple[int, int, int], closed: np.ndarray
) -> None:
    k, e, r = at
    share = base.shares[k, e, :, r]
    target = share * (1.0 - closed)
    lost = float((share * closed).sum())
    free = (closed == 0) & (share > 0)
    if share[free].sum() > NOTHING:
        target[free] *= 1.0 + lost / share[free].sum()
    else:
        makers = np.zeros(len(share))
        makers[: model.form.regions] = base.output[k, e]
        makers[(share > 0) | (closed > 0)] = 0.0
        name = f"{model.goods[k][e]} to {model.regions[r]}"
        if makers.sum() > NOTHING:
            target += lost * makers / makers.sum()
            out.resorted.append(name)
        elif target.sum() <= NOTHING:
            if base.use[k, e, r] > NOTHING:
                out.stranded.append(name)
            return
    target = target / target.sum()
    factor = np.where(share > 0, target / np.where(share > 0, share, 1.0), 0.0)
    if model.form.nests == 2:
        factor = _by_nest(model, out, at, share, target)
    weights = out.weights[k, e, :, r] * factor
    fresh = (target > 0) & (share <= 0)
    if fresh.any():
        weights[fresh] = _weights_for(model, base, at, target)[fresh]
        out.opened[k, e, fresh, r] = True
    out.weights[k, e, :, r] = weights


def _weights_for(model: Model, base: Baseline, at: tuple[int, int, int], target: np.ndarray) -> np.ndarray:
    """Give the weights that give shares at base prices, on the scale of the weights that are there."""
    k, e, r = at
    sigma = float(np.asarray(model.economy.sigma)[k, e])
    power = sigma if model.form.sourcing == "additive" else sigma - 1.0
    landed = np.maximum(base.landed[k, e, :, r], NOTHING)
    anchor = float(base.average[k, e, r]) or 1.0
    terms = np.asarray(model.economy.weights)[k, e, :, r] * (landed / anchor) ** -power
    out: np.ndarray = target * max(float(terms.sum()), NOTHING) * (landed / anchor) ** power
    return out


def _by_nest(
    model: Model, out: Redirected, at: tuple[int, int, int], share: np.ndarray, target: np.ndarray
) -> np.ndarray:
    """Split factors on shares into factors within each group of origins, and of the groups."""
    k, e, r = at
    inside = np.asarray(model.economy.inside) > 0
    factor = np.zeros(len(share))
    for group, chosen in enumerate((inside, ~inside)):
        before, after = share[chosen].sum(), target[chosen].sum()
        change = after / before if before > 0 else 0.0
        if before > 0:
            out.outer_weights[k, e, group, r] *= change
        held = chosen & (share > 0)
        factor[held] = target[held] / share[held] / change if change > 0 else 1.0
    return factor


def add_quotas(draft: Draft) -> None:
    """Add one wedge to the model for every export quota: its rent is in the export price."""
    tonnes: list[np.ndarray] = []
    arcs: list[np.ndarray] = []
    a_year = draft.timeline.periods_a_year
    for index, event in enumerate(draft.scenario.events):
        if not isinstance(event, ExportQuota):
            continue
        days = draft.timeline.shares(event.start, event.end)
        first = draft.timeline.first_day(int(np.argmax(days > 0)))
        on = max(event.start, first)
        whole = draft.arcs(event, on, event.by, event.against)
        volume = float((whole * draft.base.flows).sum())
        limit = float(event.share or 0) * volume
        if event.tonnes_a_year is not None:
            limit = float(event.tonnes_a_year) / a_year
        if not days.any() or volume <= 0:
            draft.misses(index, event, "The quota reaches no flow of this market on these days.")
            continue
        parts = event.split or (QuotaPart(against=event.against, share=1),)  # type: ignore[arg-type]
        for part in parts:
            reached = draft.arcs(event, on, event.by, part.against)
            base = float((reached * draft.base.flows).sum())
            # what others in the same regions sell is not limited, and comes on top
            beside = float(((reached > 0) * (1.0 - reached) * draft.base.flows).sum())
            held = max(limit * float(part.share), 1e-6 * volume)
            arcs.append((reached > 0).astype(float))
            tonnes.append(np.where(days > 0, days * held + (1.0 - days) * base + beside, NO_LIMIT))
    if arcs:
        add_wedges(draft, "export", arcs, tonnes)


def add_wedges(
    draft: Draft, kind: WedgeKind, arcs: list[np.ndarray], tonnes: list[np.ndarray], slope: float = 0.0
) -> None:
    """Add wedges of a kind to the model of a draft: the flows they hold down, and their tonnes by period.

    Limits on the same flows are one wedge, the tighter one counting; where none holds in a period its tonnes
    are far more than is traded, and not without number, so that the wedge stays on the scale of the market.
    """
    arcs, tonnes = _merged(draft, arcs, tonnes)
    count, model = len(arcs), draft.model
    old = draft.array("wedge_tonnes") if "wedge_tonnes" in draft.arrays else None
    before = np.repeat(np.asarray(model.economy.wedge_tonnes)[None], draft.timeline.periods, axis=0)
    economy = model.economy.but(
        wedge_arcs=np.concatenate([np.asarray(model.economy.wedge_arcs), np.stack(arcs)]),
        wedge_tonnes=np.concatenate(
            [np.asarray(model.economy.wedge_tonnes), [each.max() for each in tonnes]]
        ),
        wedge_slope=np.concatenate([np.asarray(model.economy.wedge_slope), np.full(count, slope)]),
        wedge_rent_max=np.concatenate([np.asarray(model.economy.wedge_rent_max), np.full(count, NO_LIMIT)]),
    )
    form = replace(model.form, wedges=(*model.form.wedges, *(kind for _ in range(count))))
    draft.model = replace(model, form=form, economy=economy)
    kept = before if old is None else old
    draft.arrays["wedge_tonnes"] = np.concatenate([kept, np.stack(tonnes, axis=1)], axis=1)


def _merged(
    draft: Draft, arcs: list[np.ndarray], tonnes: list[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Put limits on the same flows together, and give those that do not hold a number."""
    masks: list[np.ndarray] = []
    limits: list[np.ndarray] = []
    ample = AMPLE * float(draft.base.output.sum())
    for mask, limit in zip(arcs, tonnes, strict=True):
        same = next((place for place, each in enumerate(masks) if np.array_equal(each, mask)), None)
        held = np.where(limit < 0.1 * NO_LIMIT, limit, max(ample, 2.0 * float(np.min(limit))))
        if same is None:
            masks.append(mask)
            limits.append(held)
        else:
            limits[same] = np.minimum(limits[same], held)
    return masks, limits
