"""Ways round the levy, as further origins of a good: what a tonne costs that way, and who gets what.

A channel sells the goods of one region to members of the zone without the levy of the law. A tonne costs
``kappa = freight + handling + detection x penalty`` on top of the seller's price, ``rising cost x volume``
more as the channel fills, and whatever clears it once it is full. However high a floor, goods inside need not
be dearer than the seller's price plus kappa: a cheap channel without limit is the floor's real height.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from stannary.errors import MarketError, Place, Problem, refuse
from stannary.market.baseline import Baseline, baseline
from stannary.market.economy import NO_LIMIT
from stannary.market.equilibrium import Equilibrium
from stannary.market.model import Model, Note
from stannary.market.origins import with_origin

__all__ = ["Channel", "Leaked", "Way", "detection", "deterring_spend", "leaked", "with_leakage"]

Way = Literal["transshipment", "misdeclared_stage", "embedding", "over_invoicing", "scrap"]

AMPLE = 2.0
"""The end of a curve of rising cost where a channel has no capacity, in outputs of the world."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A way round the levy for the goods of `source` (a region), into the zone's regions `into` (none: all).

    `goods` are products (none: every good of the source with buyers there). Of the penalty everything is a
    part that is paid when found, the levy evaded included. `tonnes` is what the channel can carry a period,
    `rising_cost_usd_per_t2` what a tonne costs more for each tonne a period that goes this way.
    `base_share` is its share in what a region buys when a tonne costs there just what others cost on average:
    small, since few traders cheat for nothing.

    What the ways differ in:

    - ``transshipment`` enters by the member `through`: two legs of freight, tariffs of both legs;
    - ``misdeclared_stage``, ``embedding`` and ``scrap`` pay the tariff of `declared_as`, another product of
      the model (none: of the good itself);
    - ``over_invoicing`` is invoiced at the floor, the difference going back to the buyer: tariffs ad valorem
      are due on the floor.
    """

    way: Way
    source: str
    handling_usd_per_t: float
    goods: tuple[str, ...] = ()
    into: tuple[str, ...] = ()
    through: str | None = None
    declared_as: str | None = None
    detection: float = 0.0
    penalty_usd_per_t: float = 0.0
    rising_cost_usd_per_t2: float = 0.0
    tonnes: float | None = None
    base_share: float = 0.01

    @property
    def name(self) -> str:
        """Name the channel, as the models and outlooks that have it do."""
        by = f" through {self.through}" if self.through else ""
        what = f" ({', '.join(self.goods)})" if self.goods else ""
        return f"{self.way} of {self.source}{by}{what}"

    @property
    def extra_usd_per_t(self) -> float:
        """Give what a tonne is expected to cost beyond freight: handling, and penalties when found."""
        return self.handling_usd_per_t + self.detection * self.penalty_usd_per_t


class Leaked(NamedTuple):
    """What went through each channel in a period: tonnes, and USD; first axis channel.

    `handling` and `penalties` are what the way cost; `margins` what rising costs and full capacity added,
    kept by those who run it; `saved` what buyers paid less than by the open way; `levy_avoided` what the law
    would have raised on the same tonnes by the open way.
    """

    tonnes: Array
    handling: Array
    penalties: Array
    margins: Array
    saved: Array
    levy_avoided: Array


def with_leakage(model: Model, channels: Iterable[Channel]) -> Model:
    """Give a model with channels as further origins, closed to everyone but their buyers in the zone.

    Weights follow from shares at the model's start prices (`Channel.base_share`). Rising cost and capacity
    are a wedge for each channel that has them. Quotas of the model do not hold for channels. Raises
    `MarketError` (STN-MARKET-001 for names, STN-MARKET-003 for numbers and for what no way needs).
    """
    channels = tuple(channels)
    refuse(MarketError, [problem for each in channels for problem in _problems(model, each)])
    base = baseline(model)
    for channel in channels:
        model = _add(model, channel, base)
    return model


def detection(spend: Any, scale: Any) -> Array:
    """Give the probability that a shipment is found: ``1 - exp(-spend / scale)``.

    The law of random search (Koopman, Search and Screening, Operations Evaluation Group report 56, 1946):
    effort falls on shipments at random, so each further unit finds the same share of what is left. `scale`,
    in the unit of `spend`, finds 63%; no published number for minerals is known to us, so it is assumed
    wherever it is used.
    """
    return -jnp.expm1(-jnp.asarray(spend) / scale)


def deterring_spend(gain: Any, penalty: Any, scale: Any) -> Array:
    """Give the least spending with which ``detection x penalty >= gain``: ``-scale log(1 - gain / penalty)``.

    Infinite where the penalty is no larger than the gain: certainty would not deter.
    """
    ratio = jnp.asarray(gain) / penalty
    enough = ratio < 1.0
    return jnp.where(enough, -scale * jnp.log1p(-jnp.where(enough, jnp.maximum(ratio, 0.0), 0.0)), jnp.inf)


def leaked(model: Model, channels: Sequence[Channel], solved: Equilibrium) -> Leaked:
    """Give what went through the channels of a model in a solved period, and who got what."""
    rows = []
    for channel in channels:
        place = model.origins.index(channel.name)
        parent = model.form.origins[place]
        flows = solved.flows[:, :, place]
        tonnes = flows.sum()
        saved = (solved.landed_price[:, :, parent] - solved.landed_price[:, :, place]) * flows
        rows.append(
            Leaked(
                tonnes,
                channel.handling_usd_per_t * tonnes,
                channel.detection * channel.penalty_usd_per_t * tonnes,
                jnp.sum(solved.rent[:, :, place] * flows),
                saved.sum(),
                jnp.sum(solved.levy[:, :, parent] * flows),
            )
        )
    if not rows:
        return Leaked(*(jnp.zeros(0) for _ in Leaked._fields))
    found: Leaked = jax.tree.map(lambda *each: jnp.stack(each), *rows)
    return found


def _problems(model: Model, channel: Channel) -> list[Problem]:
    """Find all that keeps a channel from being added to a model."""
    found: list[Problem] = []
    for name in (channel.source, *channel.into, *filter(None, [channel.through])):
        found += _unknown(model.region, name)
    for name in (*channel.goods, *filter(None, [channel.declared_as])):
        found += _unknown(model.good, name)
    wrong = [
        (
            channel.way == "transshipment" and channel.through is None,
            "through",
            "needs a member it enters by",
        ),
        (channel.source in model.zone, "source", "starts inside the zone, where no levy is due"),
        (bool(set(channel.into) - set(model.zone)), "into", "leads to a region outside the zone"),
        (not 0.0 <= channel.detection <= 1.0, "detection", "is found with a probability outside 0 to 1"),
        (not 0.0 < channel.base_share < 1.0, "base_share", "has a base share that is not between 0 and 1"),
        (channel.tonnes is not None and channel.tonnes <= 0, "tonnes", "carries no tonnes"),
        (min(channel.penalty_usd_per_t, channel.rising_cost_usd_per_t2) < 0, "penalty", "has a cost below 0"),
        (channel.name in model.channels, "way", "is in the model already"),
    ]
    remedy = "Correct the channel; see `stannary.market.leakage.Channel`."
    for is_wrong, part, message in wrong:
        if is_wrong:
            text = f"The channel {channel.name!r} {message}."
            found.append(Problem("STN-MARKET-003", text, remedy, Place(path=part)))
    return found


def _unknown(ask: Any, name: str) -> list[Problem]:
    try:
        ask(name)
    except MarketError as refusal:
        return list(refusal.problems)
    return []


def _add(model: Model, channel: Channel, base: Baseline) -> Model:
    """Add one channel: a copy of its source in all that has origins, but for what the way changes."""
    source, reach = model.region(channel.source), _reach(model, channel, base)
    tariff = _tariff(model, channel, base)
    seller = source if channel.through is None else model.region(channel.through)
    inside = np.asarray(model.economy.inside)[seller]
    changed = {
        "tariff": tariff,
        "freight": _freight(model, channel) + channel.extra_usd_per_t / (1.0 + tariff),
        "inside": inside,
        "weights": reach * _weight(model, channel, base, float(inside)),
    }
    grown = with_origin(model, source, channel.name, changed)
    grown = replace(grown, notes=(*model.notes, _note(channel)))
    if channel.tonnes is None and channel.rising_cost_usd_per_t2 == 0:
        return grown
    return _limit(grown, channel, reach, base)


def _reach(model: Model, channel: Channel, base: Baseline) -> np.ndarray:
    """Give the goods and buyers a channel reaches, ``layer good region``: 1 or 0."""
    source, form = model.region(channel.source), model.form
    goods = np.zeros((form.layers, form.goods))
    for product in channel.goods:
        goods[model.good(product)] = 1.0
    if not channel.goods:
        goods = np.asarray(base.output[:, :, source] > 0, dtype=np.float64)
    buyers = np.array([name in (channel.into or model.zone) for name in model.regions], dtype=np.float64)
    return goods[:, :, None] * buyers * (base.use > 0)


def _tariff(model: Model, channel: Channel, base: Baseline) -> np.ndarray:
    """Give the tariff a channel pays, ``layer good region``."""
    tariff, source = np.asarray(model.economy.tariff), model.region(channel.source)
    own: np.ndarray = tariff[:, :, source]
    if channel.through is not None:
        member = model.region(channel.through)
        onward = np.array(tariff[:, :, member])
        onward[:, :, member] = 0.0
        return (1.0 + own[:, :, [member]]) * (1.0 + onward) - 1.0
    if channel.declared_as is not None:
        k, e = model.good(channel.declared_as)
        return np.broadcast_to(tariff[k, e, source], own.shape).copy()
    if channel.way == "over_invoicing":
        border = base.landed[:, :, source] / (1.0 + own)
        floor = np.asarray(model.economy.floor)
        return own * np.maximum(floor / np.maximum(border, 1e-12), 1.0)
    return np.array(own)


def _freight(model: Model, channel: Channel) -> np.ndarray:
    """Give freight by the channel, ``layer good region``, before handling and penalties."""
    freight, source = np.asarray(model.economy.freight), model.region(channel.source)
    if channel.through is None:
        return np.array(freight[:, :, source])
    member = model.region(channel.through)
    onward = np.array(freight[:, :, member])
    onward[:, :, member] = 0.0
    return np.asarray(freight[:, :, source, [member]] + onward)


def _weight(model: Model, channel: Channel, base: Baseline, inside: float) -> np.ndarray:
    """Give the weight with which the channel has its base share at the average price of its group of origins.

    With ``w = s / (1 - s) Σ w_o (m_o / P)^-σ`` the share at ``m = P`` is s (σ - 1 for ordinary CES).
    """
    economy, form = model.economy, model.form
    known = base.landed.shape[2]
    weights = np.asarray(economy.weights)[:, :, :known]
    group = np.ones(known)
    if form.nests == 2:
        group = np.asarray(np.asarray(economy.inside)[:known] == inside, dtype=np.float64)
    sigma = np.asarray(economy.sigma)[:, :, None, None]
    power = sigma if form.sourcing != "ces" else sigma - 1.0
    held = weights * group[:, None] > 0
    cheapest = np.where(held, base.landed, np.inf).min(axis=2, keepdims=True)
    anchor = np.where(np.isfinite(cheapest), cheapest, 1.0)
    terms = np.where(held, weights * (np.where(held, base.landed, anchor) / anchor) ** -power, 0.0)
    total = terms.sum(axis=2)
    some = np.where(total > 0, total, 1.0)
    if form.sourcing == "ces":
        mean = some ** (-1.0 / power[:, :, 0])
    else:
        mean = (terms * np.where(held, base.landed, 0.0) / anchor).sum(axis=2) / some
    mean = np.where(total > 0, mean, 1.0)
    # weights are for landed prices in USD, the terms above for shares of the cheapest
    scaled = (mean * anchor[:, :, 0]) ** power[:, :, 0] * total * anchor[:, :, 0] ** -power[:, :, 0]
    return np.asarray(channel.base_share / (1.0 - channel.base_share) * scaled)


def _limit(model: Model, channel: Channel, reach: np.ndarray, base: Baseline) -> Model:
    """Add the wedge of a channel: cost that rises with volume, and capacity."""
    economy, form = model.economy, model.form
    limit = AMPLE * float(base.output.sum()) if channel.tonnes is None else channel.tonnes
    arcs = np.zeros((1, *form.size("KEOR")))
    arcs[0, :, :, -1] = reach
    changed = {
        "wedge_arcs": np.concatenate([np.asarray(economy.wedge_arcs), arcs]),
        "wedge_tonnes": np.append(np.asarray(economy.wedge_tonnes), limit),
        "wedge_slope": np.append(np.asarray(economy.wedge_slope), channel.rising_cost_usd_per_t2),
        "wedge_rent_max": np.append(np.asarray(economy.wedge_rent_max), NO_LIMIT),
    }
    return replace(model, form=replace(form, wedges=(*form.wedges, "import")), economy=economy.but(**changed))


def _note(channel: Channel) -> Note:
    text = (
        f"{channel.name}: {channel.extra_usd_per_t:g} USD/t over freight, found with probability "
        f"{channel.detection:g}, a share of {channel.base_share:g} at the average price; "
        "nobody publishes these"
    )
    return Note(kind="assumed", parameter="weights", where=channel.name, text=text, size=channel.base_share)
