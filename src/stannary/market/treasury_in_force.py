"""What treasuries do under a charter or a scenario: price support, agreed purchases, the public stock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np

from stannary.arithmetic import NUMBERS
from stannary.charter.charter import Charter
from stannary.charter.price_support import DifferenceContract, PriceGapPayment
from stannary.charter.stockpile_mandate import band_price
from stannary.dated import LAST_DAY
from stannary.market.draft import Draft
from stannary.market.dynamics import dynamics
from stannary.market.economy import NO_LIMIT
from stannary.market.model import Note
from stannary.market.scenario import Stockpile, Support

__all__ = ["write_purchases", "write_stocks", "write_support"]

IN_TONNES = {"usd/t": 1.0, "usd/kg": 1000.0}


def write_support(draft: Draft) -> bool:
    """Write contracts for difference and price-gap payments; say whether there are any.

    A strike holds on the last day of the period, weighed by the days of the period it is in force: the
    share paid is smaller in a period that it covers in part. Where two supports meet on a good in a region
    the higher strike counts.
    """
    support = draft.reach.charter.price_support
    events = [each for each in draft.scenario.events if isinstance(each, Support)]
    before = "support_share" in draft.arrays
    for contract in () if support is None else support.contracts:
        region = _home(draft, contract.beneficiary, contract.counterparty)
        good = _first_good(draft, contract.products)
        if region is None or good is None:
            continue
        _write_contract(draft, contract, (*good, region), events)
        if _is_paid(draft, (*good, region)):
            where = "counted on the first product of the chain it covers, in the maker's region"
            _note(draft, contract.id, where)
    for payment in () if support is None else support.gap_payments:
        for product in payment.products:
            good = _first_good(draft, (product,))
            if good is not None:
                _write_payment(draft, payment, good, events)
            if good is not None and payment.cap is not None and _is_paid(draft, good):
                _note(draft, payment.id, "its yearly budget is no limit here; compare the support paid")
    for event in events:
        if event.use in ("gap", "two_way"):
            _write_event(draft, event)
    return before or "support_share" in draft.arrays


def _write_contract(
    draft: Draft, contract: DifferenceContract, at: tuple[int, int, int], events: list[Support]
) -> None:
    k, e, r = at
    product = draft.model.goods[k][e]
    item = draft.reach.charter.scope.product(product)
    shares = [code.contained_share for code in ([] if item is None else item.codes) if code.contained_share]
    contained = float(shares[0]) if shares else 1.0
    days = draft.timeline.shares(contract.start, contract.end)
    for period in range(draft.timeline.periods):
        last = min(draft.timeline.last_day(period), contract.end or LAST_DAY)
        strike = contract.strike(last) if days[period] > 0 else None
        if strike is None or _is_off(draft, events, at[:2], last):
            continue
        unit = IN_TONNES.get(contract.strikes[0].unit.lower(), 1.0)
        upside = float(contract.upside_share) if contract.form == "one_way" else 1.0
        taken = upside if contract.form == "two_way" or contract.shares_upside(last, False) else 0.0
        # a price per kilogram of product, in contained tonnes
        gross = contained if unit == 1000.0 else 1.0
        _put(draft, period, at, float(strike) * unit / gross, days[period], taken * days[period])
        _point_index(draft, period, at, contract.benchmark.published_in)
    limit = contract.tonnes_cap
    if limit is not None and "supported_tonnes" not in draft.arrays:
        draft.array("supported_tonnes")[:, k, e, r] = float(limit.value) / draft.timeline.periods_a_year


def _write_payment(
    draft: Draft, payment: PriceGapPayment, good: tuple[int, int], events: list[Support]
) -> None:
    k, e = good
    days = draft.timeline.shares(payment.start, payment.end)
    product = draft.model.goods[k][e]
    for period in range(draft.timeline.periods):
        last = min(draft.timeline.last_day(period), payment.end or LAST_DAY)
        if days[period] == 0 or _is_off(draft, events, good, last):
            continue
        strike = (
            _agreed(payment, last)
            if payment.target == "agreed"
            else _floor(draft.reach.charter, product, last)
        )
        if strike is None:
            continue
        inside = np.zeros(draft.model.form.regions)
        for name in payment.eligible_sets:
            inside = np.maximum(inside, draft.reach.buyers((name,), last))
        for r in np.flatnonzero(inside > 0):
            at = (k, e, int(r))
            _put(draft, period, at, strike, float(payment.share) * days[period] * inside[r], 0.0)
            _point_index(draft, period, at, payment.benchmark.published_in if payment.benchmark else None)


def _write_event(draft: Draft, event: Support) -> None:
    days = draft.timeline.shares(event.start, event.end)
    goods = draft.reach.goods(event)
    for period in range(draft.timeline.periods):
        if days[period] == 0:
            continue
        day = max(draft.timeline.first_day(period), event.start)
        part = goods[:, :, None] * draft.reach.buyers(event.by, day)
        share = float(event.share) * days[period]
        for k, e, r in np.argwhere((part > 0) & (draft.base.output > 0)):
            back = share if event.use == "two_way" else 0.0
            at = (int(k), int(e), int(r))
            _put(draft, period, at, float(event.strike_usd_per_t or 0), share * part[at], back * part[at])
            _point_index(draft, period, at, None)
            if event.tonnes_a_year is not None:
                limit = float(event.tonnes_a_year) / draft.timeline.periods_a_year
                draft.array("supported_tonnes")[period][at] = limit


def _is_paid(draft: Draft, at: tuple[int, ...]) -> bool:
    """Say whether any period has a strike at a place."""
    if "strike" not in draft.arrays:
        return False
    return bool(np.moveaxis(draft.arrays["strike"], 0, -1)[at].any())


def _put(
    draft: Draft, period: int, at: tuple[int, int, int], strike: float, share: float, upside: float
) -> None:
    strikes, shares, backs = (draft.array(name) for name in ("strike", "support_share", "upside_share"))
    if strike >= strikes[period][at]:
        strikes[period][at], shares[period][at], backs[period][at] = strike, share, upside


def _point_index(draft: Draft, period: int, at: tuple[int, int, int], published_in: str | None) -> None:
    """Let the benchmark be the price where it is published, else the producer's own."""
    k, e, r = at
    home = next((each.id for each in draft.reach.atlas.economies if each.name == published_in), None)
    region = r
    for place in range(draft.model.form.regions):
        if home is not None and home in draft.reach.economies(place):
            region = place
    weights = draft.array("index_weights")
    weights[period, k, e, r] = 0.0
    weights[period, k, e, r, region] = 1.0


def _is_off(draft: Draft, events: Iterable[Support], good: tuple[int, int], day: date) -> bool:
    """Say whether the scenario's last word on the charter's support of a good is that there is none."""
    use = "charter"
    for event in events:
        if event.start <= day <= (event.end or LAST_DAY) and draft.reach.goods(event)[good]:
            use = event.use
    return use != "charter"


def write_purchases(draft: Draft) -> None:
    """Write purchases at fixed tonnes and prices that the charter agrees: they leave the seller's market."""
    support = draft.reach.charter.price_support
    events = [each for each in draft.scenario.events if isinstance(each, Support)]
    for purchase in () if support is None else support.purchases:
        good, region = _first_good(draft, purchase.products), _home(draft, purchase.seller, purchase.buyer)
        if good is None or region is None or purchase.tonnes_a_year is None:
            continue
        at = (*good, region)
        yearly = float(purchase.tonnes_a_year.value)
        made = float(draft.base.output[at]) * draft.timeline.periods_a_year
        if made <= yearly:
            text = f"left out: of {yearly:g} t a year agreed {draft.model.regions[region]} makes {made:.4g}"
            _note(draft, purchase.id, text)
            continue
        days = draft.timeline.shares(purchase.start, purchase.end)
        for period in np.flatnonzero(days > 0):
            if _is_off(draft, events, good, max(draft.timeline.first_day(int(period)), purchase.start)):
                continue
            draft.array("offtake")[period][at] += yearly * days[period] / draft.timeline.periods_a_year
            if purchase.prices:
                unit = IN_TONNES.get(purchase.prices[0].unit.lower(), 1.0)
                draft.array("offtake_price")[period][at] = float(purchase.prices[-1].value) * unit


def write_stocks(draft: Draft) -> None:
    """Write the public stock: where it must buy and sell, how much it may hold, and its cash.

    The charter's bands: it buys at the edge where it must, sells at the edge where it must, up to the target
    in days of base use, with the cash of its cap. A target without bands names no price, and buys nothing.
    """
    mandate = draft.reach.charter.stockpile_mandate
    events = [each for each in draft.scenario.events if isinstance(each, Stockpile)]
    for period in range(draft.timeline.periods):
        day = draft.timeline.last_day(period)
        inside = draft.reach.inside(day)
        for bands in () if mandate is None else mandate.bands:
            good = _first_good(draft, bands.products)
            if good is None or not bands.start <= day <= (bands.end or LAST_DAY):
                continue
            live = [each for each in events if each.start <= day <= (each.end or LAST_DAY)]
            if any(event.use != "charter" and draft.reach.goods(event)[good] for event in live[-1:]):
                continue
            held = [each for each in bands.references if each.start <= day <= (each.end or LAST_DAY)]
            reference = held[-1].value if held else None
            buy = band_price(reference, bands.must_buy, using=NUMBERS)
            sell = band_price(reference, bands.must_sell, using=NUMBERS)
            if buy is None or sell is None:
                continue
            use = draft.base.use[good] * inside * draft.timeline.periods_a_year
            _hold(draft, period, good, float(buy), float(sell), use * _days(draft, good, day) / 365.0)
            _fund(draft, period, day, use)
        for event in events:
            if event.use == "bands" and event.start <= day <= (event.end or LAST_DAY):
                _hold_event(draft, period, event, day)


def _hold_event(draft: Draft, period: int, event: Stockpile, day: date) -> None:
    part = draft.reach.buyers(event.by, day)
    goods = np.argwhere(draft.reach.goods(event) > 0)
    for k, e in goods:
        use = draft.base.use[k, e] * part
        total = float(use.sum())
        if total > 0:
            tonnes = float(event.tonnes or 0) * use / total
            sell = float(event.sell_above_usd_per_t) if event.sell_above_usd_per_t else NO_LIMIT
            _hold(draft, period, (int(k), int(e)), float(event.buy_below_usd_per_t or 0), sell, tonnes)
            if event.cash_usd is not None:
                _endow(draft, float(event.cash_usd) * use / total)


def _hold(
    draft: Draft, period: int, good: tuple[int, int], buy: float, sell: float, tonnes: np.ndarray
) -> None:
    held = tonnes > 0
    for name, value in (("stock_floor", buy), ("stock_ceiling", sell), ("stock_tonnes_max", tonnes)):
        array = draft.array(name)[period]
        array[good] = np.where(held, value, array[good])


def _fund(draft: Draft, period: int, day: date, use: np.ndarray) -> None:
    """Share the cash of the cap among the regions of the zone by what they use of the good."""
    mandate = draft.reach.charter.stockpile_mandate
    caps = (
        [] if mandate is None else [cap for cap in mandate.caps if cap.start <= day <= (cap.end or LAST_DAY)]
    )
    total = float(use.sum())
    if caps and total > 0:
        _endow(draft, float(caps[-1].cash.value) * use / total)


def _endow(draft: Draft, cash: np.ndarray) -> None:
    """Give the fund of each region what it starts with: USD."""
    moves = draft.model.dynamics if draft.model.dynamics is not None else dynamics(draft.model.form)
    draft.model = replace(draft.model, dynamics=moves.but(stock_cash=cash))


def _days(draft: Draft, good: tuple[int, int], day: date) -> float:
    """Give the days of use to be held of a good; a year's where the charter sets no target."""
    mandate = draft.reach.charter.stockpile_mandate
    product = draft.model.goods[good[0]][good[1]]
    for target in () if mandate is None else mandate.targets:
        if target.product == product and target.start <= day <= (target.end or LAST_DAY) and target.days:
            return float(target.days)
    return 365.0


def _home(draft: Draft, *names: str) -> int | None:
    """Find the region of a firm: where the atlas' deals place it, else by the name of its counterpart."""
    for name in names:
        for deal in draft.reach.atlas.deals:
            if name.casefold() in deal.counterparties.casefold():
                found = _region_of(draft, deal.economy)
                if found is not None:
                    return found
    for name in names:
        for economy in draft.reach.atlas.economies:
            if economy.name.casefold() in name.casefold():
                return _region_of(draft, economy.id)
    return None


def _region_of(draft: Draft, economy: str) -> int | None:
    regions = range(draft.model.form.regions)
    return next((r for r in regions if economy in draft.reach.economies(r)), None)


def _first_good(draft: Draft, products: tuple[str, ...]) -> tuple[int, int] | None:
    """Give the good of a list that comes first along the chain."""
    for k, row in enumerate(draft.model.goods):
        for e, product in enumerate(row):
            if product and product in products:
                return k, e
    return None


def _agreed(payment: PriceGapPayment, day: date) -> float | None:
    held = [each for each in payment.agreed if each.start <= day <= (each.end or LAST_DAY)]
    return float(held[-1].value) * IN_TONNES.get(held[-1].unit.lower(), 1.0) if held else None


def _floor(charter: Charter, product: str, day: date) -> float | None:
    live = (each for each in charter.floors if each.product == product)
    found: Decimal | None = next(
        (each.usd_per_t for each in live if each.start <= day <= (each.end or LAST_DAY)), None
    )
    return None if found is None else float(found)


def _note(draft: Draft, subject: str, text: str) -> None:
    draft.notes.append(Note(kind="adjusted", parameter="support", where=subject, text=text))
