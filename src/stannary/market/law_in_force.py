"""The charter in force over a simulation: floors, who pays them, duty rules, reference prices, by period.

Nothing of the law is written again here. Floors, rules, shares of origin and reference prices are asked of
the charter's own objects, day by day; a period in which they change holds their averages over its days:
`floor` over the days it is in force, `levied` the share of the period's levy that is due.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from stannary.arithmetic import NUMBERS, Reading
from stannary.charter.border_adjustment import AdValorem, DutyRule, Gap, QuotaThenGap, RuleInForce, capped
from stannary.charter.charter import Charter
from stannary.charter.membership import SETS
from stannary.dated import LAST_DAY
from stannary.market.baseline import Baseline
from stannary.market.reach import Reach, single
from stannary.market.scenario import Floors, Happening, LaxMember
from stannary.market.timeline import Timeline

__all__ = ["CappedDuty", "LawInForce", "law_in_force"]

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class CappedDuty:
    """A duty rule with the cap its article sets: at most a share of the floor."""

    rule: DutyRule
    share: Decimal

    def duty(self, price: Any, floor: Any, tonnes: Any = Decimal(1), using: Reading = NUMBERS) -> Any:
        """Read the rule on one price and floor, capped."""
        return capped(self.rule.duty(price, floor, tonnes, using=using), floor, self.share, using=using)


@dataclass(frozen=True)
class LawInForce:
    """What the law is in each period: arrays with a period axis first, by field of an economy.

    `duties` are the rules that `arrays["duty"]` counts. `quotas` are goods (layer, good) with the tonnes
    a year free of levy and the share of each period's days. `zone` is the part of each region inside.
    """

    arrays: dict[str, np.ndarray]
    duties: tuple[Any, ...]
    quotas: tuple[tuple[int, int, float, np.ndarray], ...]
    zone: np.ndarray
    notes: tuple[str, ...]


@dataclass
class _Sums:
    """Sums over the days of each period while the law is read."""

    levied: np.ndarray
    floor: np.ndarray
    held: np.ndarray
    index: np.ndarray
    indexed: np.ndarray
    zone: np.ndarray
    rules: dict[tuple[int, int, int], dict[tuple[int, bool], float]] = field(default_factory=dict)
    quotas: dict[tuple[int, int], tuple[float, np.ndarray]] = field(default_factory=dict)


def law_in_force(
    reach: Reach, timeline: Timeline, events: tuple[Happening, ...], base: Baseline
) -> LawInForce:
    """Read the charter, as a scenario changes it, over the periods of a simulation."""
    form, economy = reach.model.form, reach.model.economy
    periods, origins = timeline.periods, len(form.origins)
    shape = periods, form.layers, form.goods
    sums = _Sums(
        levied=np.zeros((*shape, origins, form.regions)),
        floor=np.zeros((*shape, form.regions)),
        held=np.zeros((*shape, form.regions)),
        index=np.zeros(shape),
        indexed=np.zeros(shape),
        zone=np.zeros((periods, form.regions)),
    )
    duties: list[Any] = []
    notes: list[str] = []
    floors = _Floors(reach, tuple(each for each in events if isinstance(each, Floors)), base)
    lax = tuple(each for each in events if isinstance(each, LaxMember))
    for period, day, weight in timeline.stretches(_changes(reach.charter, events)):
        _read_stretch(reach, floors, lax, sums, duties, notes, (period, day, weight))
    arrays = {"levied": sums.levied}
    held = sums.held > 0
    arrays["floor"] = np.where(held, sums.floor / np.where(held, sums.held, 1.0), 0.0)
    arrays["duty"], arrays["by_reference"] = np.zeros(shape), np.zeros(shape)
    for (period, k, e), weights in sums.rules.items():
        (place, by_reference), _ = max(weights.items(), key=lambda item: item[1])
        arrays["duty"][period, k, e] = place
        arrays["by_reference"][period, k, e] = by_reference
    indexed = sums.indexed > 0
    index = np.where(indexed, sums.index / np.where(indexed, sums.indexed, 1.0), 0.0)
    own = np.asarray(economy.index_price)[None]
    arrays["index_price"] = np.where(indexed[..., None], index[..., None], own)
    quotas = tuple((k, e, tonnes, days) for (k, e), (tonnes, days) in sums.quotas.items())
    return LawInForce(arrays, tuple(duties) or (Gap(),), quotas, sums.zone, tuple(dict.fromkeys(notes)))


def _read_stretch(
    reach: Reach,
    floors: _Floors,
    lax: tuple[LaxMember, ...],
    sums: _Sums,
    duties: list[Any],
    notes: list[str],
    stretch: tuple[int, date, float],
) -> None:
    """Add the law of some days on which it does not change."""
    period, day, weight = stretch
    inside = reach.inside(day)
    sums.zone[period] += weight * inside
    pays = _pays(reach, day)
    for k, e, product in _goods(reach):
        rule, floor, compared = floors.on(product, k, e, day)
        if rule is None or (floor is None and not isinstance(rule.rule, AdValorem)):
            continue
        duty = rule.rule if rule.cap is None else CappedDuty(rule.rule, rule.cap)
        if duty not in duties:
            duties.append(duty)
        reference = reach.charter.reference_prices.price(compared)
        price: Any = None if reference is None else reference.in_force(day)
        if price is None and rule.base == "content":
            price = floors.base_price(compared)
        by_reference = rule.levy == "reference" or rule.base == "content"
        if by_reference and price is None:
            notes.append(f"{product}: no reference price on {day}; the invoice price is compared.")
            by_reference = False
        strict = inside * _enforced(reach, lax, day)[k, e]
        sums.levied[period, k, e] += weight * pays[:, None] * strict[None, :]
        np.fill_diagonal(sums.levied[period, k, e], 0.0)
        if floor is not None:
            sums.floor[period, k, e] += weight * floor * (inside > 0)
            sums.held[period, k, e] += weight * (inside > 0)
        if price is not None:
            sums.index[period, k, e] += weight * float(price)
            sums.indexed[period, k, e] += weight
        seen = sums.rules.setdefault((period, k, e), {})
        key = (duties.index(duty), by_reference)
        seen[key] = seen.get(key, 0.0) + weight
        _note_quota(sums, notes, rule, (k, e), (period, weight), product)


def _note_quota(
    sums: _Sums,
    notes: list[str],
    rule: RuleInForce,
    good: tuple[int, int],
    when: tuple[int, float],
    name: str,
) -> None:
    if not isinstance(rule.rule, QuotaThenGap):
        return
    if rule.rule.quota_tonnes is None:
        notes.append(f"{name}: the tonnes of the tariff quota are not in the charter; all pay the gap.")
        return
    a_year = float(rule.rule.quota_tonnes) * (4 if rule.rule.period == "quarter" else 1)
    _, days = sums.quotas.setdefault(good, (a_year, np.zeros(sums.zone.shape[0])))
    days[when[0]] += when[1]


def _goods(reach: Reach) -> Iterator[tuple[int, int, str]]:
    for k, row in enumerate(reach.model.goods):
        yield from ((k, e, product) for e, product in enumerate(row) if product)


def _pays(reach: Reach, day: date) -> np.ndarray:
    """Give the share of the adjustment that the goods of each origin pay; a channel's is the model's own."""
    charter, model = reach.charter, reach.model
    parties = reach.members("parties", day)
    covered = reach.members("covered_economies", day)
    developing = reach.members("developing_economies", day)
    out = np.zeros(len(model.form.origins))
    for region in range(model.form.regions):
        economies = reach.economies(region)
        for economy in economies:
            sides = (("zone", parties), ("covered", covered), ("developing", developing))
            origin = next((name for name, members in sides if single(members, economy)), "neutral")
            share = charter.rules_of_origin.share(origin, day)
            out[region] += (1.0 if share is None else float(share)) / len(economies)
    for channel in range(model.form.regions, len(out)):
        out[channel] = float(np.max(np.asarray(model.economy.levied)[:, :, channel], initial=0.0))
    return out


def _enforced(reach: Reach, lax: tuple[LaxMember, ...], day: date) -> np.ndarray:
    """Give the share of the levy that each region collects, layer x good x region."""
    form = reach.model.form
    out = np.ones((form.layers, form.goods, form.regions))
    for event in lax:
        if event.start <= day <= (event.end or LAST_DAY):
            part = reach.goods(event)[:, :, None] * reach.buyers(event.by, day)
            out = out * (1.0 - part * (1.0 - float(event.enforced_share)))
    return out


class _Floors:
    """The floor and the rule of a product on a day, as the scenario changes them: its last event counts."""

    def __init__(self, reach: Reach, events: tuple[Floors, ...], base: Baseline) -> None:
        self.reach, self.base = reach, base
        self.events = [(event, reach.goods(event)) for event in events]

    def on(self, product: str, k: int, e: int, day: date) -> tuple[RuleInForce | None, float | None, str]:
        """Give the rule in force, the floor in USD per contained tonne, and the product compared with it."""
        charter = self.reach.charter
        item = charter.scope.product(product)
        rule = charter.border_adjustment.rule_for(product, day)
        compared = product
        if item is not None and rule is not None and rule.base == "content" and item.content_of is not None:
            compared = item.content_of
        floor = None if item is None else self._charter(compared, day)
        live = [each for each in self.events if each[0].start <= day <= (each[0].end or LAST_DAY)]
        if not live:
            return rule, floor, compared
        event, goods = live[-1]
        named, factor = bool(goods[k, e]), float(event.factor)
        if event.use == "none":
            return rule, (None if named else floor), compared
        if event.use == "only":
            return rule, (floor * factor if named and floor is not None else None), compared
        if event.use == "charter" or not named:
            return rule, (floor * factor if named and floor is not None else floor), compared
        plain = next(iter(each for each in charter.border_adjustment.rules if not each.products), rule)
        return plain, factor * self._reference(product, k, e, day), product

    def base_price(self, product: str) -> float | None:
        """Give the world's price of a good in the base year, `None` where the market has no such good."""
        for k, e, name in _goods(self.reach):
            if name == product:
                output, price = self.base.output[k, e], np.asarray(self.reach.model.economy.start_price)[k, e]
                total = float(output.sum())
                return float((output * price).sum() / total) if total > 0 else float(price.mean())
        return None

    def _charter(self, product: str, day: date) -> float | None:
        for floor in self.reach.charter.floors:
            if floor.product == product and floor.start <= day <= (floor.end or LAST_DAY):
                return float(floor.usd_per_t)
        return None

    def _reference(self, product: str, k: int, e: int, day: date) -> float:
        reference = self.reach.charter.reference_prices.price(product)
        price = None if reference is None else reference.in_force(day)
        if price is not None:
            return float(price)
        use = self.base.use[k, e]
        total = float(use.sum())
        average = self.base.average[k, e]
        return float((use * average).sum() / total) if total > 0 else float(average.mean())


def _changes(charter: Charter, events: tuple[Happening, ...]) -> Iterator[date]:
    """List every day on which the law may change."""
    spans: list[tuple[date, date | None]] = [(floor.start, floor.end) for floor in charter.floors]
    spans += [(rule.start, rule.end) for rule in charter.border_adjustment.rules]
    for name in SETS:
        spans += [(spell.start, spell.end) for spell in charter.membership.spells(name)]
    for rate in charter.rules_of_origin.rates:
        spans += [(share.start, share.end) for share in rate.shares]
    for price in charter.reference_prices.prices:
        spans += [(value.start, value.end) for value in price.values]
    spans += [(event.start, event.end) for event in events]
    for start, end in spans:
        yield start
        if end is not None and end < LAST_DAY:
            yield end + ONE_DAY
