"""The last three rungs, which no report makes: a linked product, the cost of supply, the last price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from stannary.arithmetic import NUMBERS
from stannary.charter.charter import Charter
from stannary.charter.citation import Number
from stannary.charter.coherence import chain_cost
from stannary.charter.price_floors import CostPlus, cost_plus_return
from stannary.charter.price_method import PriceMethod, carried_uncertainty, netted_back
from stannary.charter.scope import Product
from stannary.dated import succession
from stannary.pricing.publication import Publication, PublishedPrice, counted
from stannary.pricing.transactions import Attempt, decimal_of

__all__ = ["ProducerCost", "carried", "from_chain", "from_cost", "last_of", "periods_between"]

NOTHING = Decimal(0)
FROM_DEALS = ("transactions", "longer_window")


@dataclass(frozen=True, slots=True)
class ProducerCost:
    """What the marginal producer of the zone needs, return included, in USD per contained tonne."""

    product: str
    usd_per_t: Decimal
    source: str


def from_chain(
    product: Product, charter: Charter, priced: Mapping[str, PublishedPrice], method: PriceMethod
) -> Attempt:
    """Work a price out from the prices of the same period up or down the chain.

    First from what the product is made of: ``conversion + sum(tonnes x input price)``; its uncertainty is the
    inputs' own, each by its part of the price, plus the link's. Else from a product it goes into:
    ``(output price - conversion - other inputs) / tonnes``; the uncertainties of the prices it is netted back
    from, per price, plus the link's. Of several outputs the surest counts. `priced` are prices that reports
    made; worked-out prices are not worked on.
    """
    built = _built_up(product, priced, method)
    if built is not None:
        return built
    back = [
        found
        for output in charter.scope.products
        if (found := _netted_back(product, output, priced, method)) is not None
    ]
    if back:
        return min(back, key=lambda each: (each.uncertainty, each.note))
    return Attempt(None, "no product up or down the chain has a price from reports and a known conversion")


def _built_up(product: Product, priced: Mapping[str, PublishedPrice], method: PriceMethod) -> Attempt | None:
    costs = [each.conversion_cost for each in product.inputs if each.conversion_cost is not None]
    if not costs or any(each.product not in priced for each in product.inputs):
        return None
    pairs: list[Decimal] = []
    doubt = Fraction(0)
    for each in product.inputs:
        pairs += [each.tonnes_per_tonne, priced[each.product].usd_per_t]
        doubt += Fraction(each.tonnes_per_tonne) * _doubt(priced[each.product])
    conversion = sum((cost.value for cost in costs), NOTHING)
    price = Fraction(chain_cost(conversion, *pairs, using=NUMBERS))
    told = " and ".join(f"{each.tonnes_per_tonne} t of {each.product}" for each in product.inputs)
    note = f"{told}, and a conversion cost of {conversion} USD/t"
    share = _share(doubt, price, method.link_uncertainty)
    return Attempt(price, uncertainty=share, flags=("built_up",), note=note)


def _netted_back(
    product: Product, output: Product, priced: Mapping[str, PublishedPrice], method: PriceMethod
) -> Attempt | None:
    own = next((each for each in output.inputs if each.product == product.id), None)
    others = [each for each in output.inputs if each.product != product.id]
    costs = [each.conversion_cost for each in output.inputs if each.conversion_cost is not None]
    wanted = (output.id, *(each.product for each in others))
    if own is None or not costs or any(each not in priced for each in wanted):
        return None
    conversion = sum((cost.value for cost in costs), NOTHING)
    beside, doubt = Fraction(0), _doubt(priced[output.id])
    for each in others:
        beside += Fraction(each.tonnes_per_tonne) * Fraction(priced[each.product].usd_per_t)
        doubt += Fraction(each.tonnes_per_tonne) * _doubt(priced[each.product])
    tonnes = Fraction(own.tonnes_per_tonne)
    sold = Fraction(priced[output.id].usd_per_t)
    price: Fraction = netted_back(sold, Fraction(conversion), beside, tonnes, using=NUMBERS)
    if price <= 0:
        return None
    note = f"{output.id} less a conversion cost of {conversion} USD/t, over {own.tonnes_per_tonne} t"
    share = _share(doubt / tonnes, price, method.link_uncertainty)
    return Attempt(price, uncertainty=share, flags=("netted_back",), note=note)


def _doubt(price: PublishedPrice) -> Fraction:
    """Give the half-width of a price's interval in USD per tonne."""
    return Fraction(price.usd_per_t) * Fraction(price.uncertainty)


def _share(doubt: Fraction, price: Fraction, link: Number) -> Decimal:
    return decimal_of(doubt / price + Fraction(link.value))


def from_cost(
    product: str, charter: Charter, costs: Mapping[str, ProducerCost], on: date, method: PriceMethod
) -> Attempt:
    """Take what the marginal producer of the zone needs: as given, else by the charter's cost-plus floor."""
    given = costs.get(product)
    if given is not None:
        note = f"cost of the marginal producer {given.usd_per_t} USD/t ({given.source})"
        return Attempt(Fraction(given.usd_per_t), uncertainty=method.cost_uncertainty.value, note=note)
    floor = charter.price_floors.floor(product)
    values = succession((each.start, each.end, each) for each in floor.values) if floor else None
    rule = value.rule if values is not None and (value := values.in_force(on)) is not None else None
    if not isinstance(rule, CostPlus):
        return Attempt(None, "no cost of a marginal producer of the zone is known")
    price = cost_plus_return(rule.cost, rule.return_share, using=NUMBERS)
    note = f"cost {rule.cost} USD/t plus a return of {rule.return_share:%}, by the charter's floor"
    return Attempt(Fraction(price), uncertainty=method.cost_uncertainty.value, note=note)


def carried(product: str, previous: Sequence[Publication], start: date, method: PriceMethod) -> Attempt:
    """Carry the last price forward, its uncertainty growing by a step each period, until the limit."""
    last = last_of(product, previous, start)
    if last is None:
        return Attempt(None, "no earlier price to carry forward")
    periods = periods_between(last.start, start, method)
    limit = method.carry_forward.periods_most
    if periods > limit:
        age = counted(periods, "period")
        return Attempt(None, f"the last price, of {last.start}, is {age} old, and {limit} is the most")
    uncertainty = carried_uncertainty(last.uncertainty, method.carry_forward.step, periods, using=NUMBERS)
    note = f"price of the period from {last.start} ({last.rung}), {counted(periods, 'period')} old"
    return Attempt(Fraction(last.usd_per_t), uncertainty=uncertainty, note=note)


def last_of(
    product: str, previous: Sequence[Publication], start: date, *, from_deals: bool = False
) -> PublishedPrice | None:
    """Give the latest price of a product that was made, not carried, before a day; corrections count."""
    standing = {each.start: each for each in previous if each.end < start}
    for begun in sorted(standing, reverse=True):
        price = standing[begun].price(product)
        wanted = price is not None and price.rung != "carried_forward"
        if wanted and price is not None and (not from_deals or price.rung in FROM_DEALS):
            return price
    return None


def periods_between(earlier: date, later: date, method: PriceMethod) -> int:
    """Count the periods from one period's first day to another's."""
    return ((later.year - earlier.year) * 12 + later.month - earlier.month) // method.months
