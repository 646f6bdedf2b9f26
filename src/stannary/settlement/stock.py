"""Stock as lots: what is held, of which purity, at what cost; taking, splitting and blending lose nothing.

Masses are whole milligrams and costs whole minor units, so that what goes in is what is held and what went
out, to the last unit. Everything here is pure: a stock in, another stock out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from stannary.errors import SettlementError
from stannary.ledger.commodities import in_words, metal
from stannary.settlement.reckoning import problem
from stannary.units import allocate

__all__ = ["Lot", "Stock", "Taken", "add", "blend", "split", "take"]

Method = Literal["fifo", "average"]


@dataclass(frozen=True, slots=True)
class Lot:
    """Goods held together.

    `gross` is the mass of the goods and `content` that of the metal in them, in milligrams; `cost` is in
    minor units. `owner` is a subscriber whose stock it is, or empty for the stockpile's own.
    """

    id: str
    product: str
    gross: int
    content: int
    cost: int
    received_on: date
    owner: str = ""

    @property
    def age(self) -> tuple[date, str]:
        """Give what lots are ordered by: first in, first out."""
        return self.received_on, self.id


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken out of one lot."""

    lot: str
    gross: int
    content: int
    cost: int


@dataclass(frozen=True, slots=True)
class Stock:
    """Every lot held, and by which method it is valued.

    `fifo`: each lot keeps its own cost, the oldest leaves first. `average`: all lots of one product and owner
    cost the same per milligram of content, worked out anew at each receipt; the oldest leaves first too.
    """

    lots: tuple[Lot, ...] = ()
    method: Method = "fifo"
    currency: str = "USD"

    def of(self, product: str, owner: str | None = None) -> tuple[Lot, ...]:
        """Give the lots of a product, oldest first; of one owner, or of all."""
        found = [lot for lot in self.lots if lot.product == product and owner in (None, lot.owner)]
        return tuple(sorted(found, key=lambda lot: lot.age))

    def content(self, product: str, owner: str | None = None) -> int:
        """Give the contained metal held, in milligrams."""
        return sum(lot.content for lot in self.of(product, owner))

    def value(self, product: str, owner: str | None = None) -> int:
        """Give what the stock of a product is worth by the stated method, in minor units."""
        return sum(lot.cost for lot in self.of(product, owner))

    def find(self, lot_id: str) -> Lot:
        """Give a lot by its name. Raises `SettlementError` (STN-SETTLE-004) where it is not held."""
        for lot in self.lots:
            if lot.id == lot_id:
                return lot
        message = f"No lot {lot_id} is held."
        raise SettlementError([problem("004", message, "List the lots.", f"stock.{lot_id}")])


def add(stock: Stock, lot: Lot) -> Stock:
    """Take a lot into stock. Raises `SettlementError` (STN-SETTLE-001, 005): a bad lot, a name in use."""
    path = f"stock.{lot.id}"
    if not 0 < lot.content <= lot.gross or lot.cost < 0 or not lot.id:
        message = "A lot needs a name, a content above zero and not above its mass, and a cost."
        raise SettlementError([problem("001", message, "Correct the lot.", path)])
    if any(one.id == lot.id for one in stock.lots):
        raise SettlementError([problem("005", f"A lot {lot.id} is held.", "Choose another name.", path)])
    return averaged(replace(stock, lots=(*stock.lots, lot)), lot.product, lot.owner)


def take(stock: Stock, product: str, content: int, owner: str = "") -> tuple[Stock, tuple[Taken, ...]]:
    """Take contained metal out of stock, oldest lots first; give the stock left and what came from each lot.

    Raises `SettlementError` (STN-SETTLE-001, 004) for less than a milligram, or more than is held.
    """
    path = f"stock.{product}"
    held = stock.content(product, owner)
    if content <= 0:
        message = "Nothing is to be taken."
        raise SettlementError([problem("001", message, "Ask for more than 0.", path)])
    if content > held:
        unit = metal(product)
        whose = f" for {owner}" if owner else ""
        message = f"{in_words(content, unit)} is asked for, {in_words(held, unit)} is held{whose}."
        raise SettlementError([problem("004", message, "Ask for no more than is held.", path)])
    taken: list[Taken] = []
    left: dict[str, Lot | None] = {}
    wanted = content
    for lot in stock.of(product, owner):
        if not wanted:
            break
        part = portion(lot, min(wanted, lot.content))
        taken.append(part)
        rest = replace(lot, gross=lot.gross - part.gross, content=lot.content - part.content)
        left[lot.id] = replace(rest, cost=lot.cost - part.cost) if rest.content else None
        wanted -= part.content
    lots = [left.get(lot.id, lot) for lot in stock.lots]
    after = replace(stock, lots=tuple(lot for lot in lots if lot is not None))
    if stock.method == "average":
        taken, after = at_average(stock, after, product, owner, taken)
    return after, tuple(taken)


def split(stock: Stock, lot_id: str, parts: Sequence[tuple[str, int]]) -> Stock:
    """Divide a lot into named parts by mass (milligrams); content and cost are shared to the last unit.

    The masses must sum to that of the lot. Raises `SettlementError` (STN-SETTLE-001, 004, 005).
    """
    lot = stock.find(lot_id)
    path = f"stock.{lot_id}"
    masses = [mass for _, mass in parts]
    if sum(masses) != lot.gross or any(mass <= 0 for mass in masses):
        message = f"The parts weigh {sum(masses)} mg, the lot {lot.gross} mg."
        raise SettlementError([problem("001", message, "Let the parts sum to the lot.", path)])
    weights = [Decimal(mass) for mass in masses]
    contents, costs = allocate(lot.content, weights), allocate(lot.cost, weights)
    rest = replace(stock, lots=tuple(one for one in stock.lots if one.id != lot_id))
    for (name, mass), content, cost in zip(parts, contents, costs, strict=True):
        rest = add(rest, replace(lot, id=name, gross=mass, content=content, cost=cost))
    return rest


def blend(stock: Stock, lot_ids: Iterable[str], name: str, on: date) -> Stock:
    """Mix lots of one product and owner into a new lot: mass, content and cost are their sums.

    Raises `SettlementError` (STN-SETTLE-001, 004, 005).
    """
    lots = [stock.find(lot_id) for lot_id in dict.fromkeys(lot_ids)]
    kinds = {(lot.product, lot.owner) for lot in lots}
    if len(lots) < 2 or len(kinds) != 1:
        message = "A blend needs at least two lots of one product and owner."
        raise SettlementError([problem("001", message, "Name such lots.", f"stock.{name}")])
    gone = {lot.id for lot in lots}
    rest = replace(stock, lots=tuple(one for one in stock.lots if one.id not in gone))
    mixed = replace(
        lots[0],
        id=name,
        gross=sum(lot.gross for lot in lots),
        content=sum(lot.content for lot in lots),
        cost=sum(lot.cost for lot in lots),
        received_on=on,
    )
    return add(rest, mixed)


def portion(lot: Lot, content: int) -> Taken:
    """Give a part of a lot with its share of mass and cost, each rounded half up; all of it is all of it."""
    part = Fraction(content, lot.content)
    return Taken(lot.id, nearest(lot.gross * part), content, nearest(lot.cost * part))


def nearest(value: Fraction) -> int:
    """Round a number that is not negative to the nearest whole one, halves up."""
    return int(value + Fraction(1, 2))


def at_average(
    before: Stock, after: Stock, product: str, owner: str, taken: Sequence[Taken]
) -> tuple[list[Taken], Stock]:
    """Value what was taken at the average cost before, and what is left at the same."""
    content, value = before.content(product, owner), before.value(product, owner)
    out = nearest(Fraction(value * sum(part.content for part in taken), content))
    costs = allocate(out, [Decimal(part.content) for part in taken])
    priced = [replace(part, cost=cost) for part, cost in zip(taken, costs, strict=True)]
    return priced, averaged(after, product, owner, value - out)


def averaged(stock: Stock, product: str, owner: str, value: int | None = None) -> Stock:
    """Spread the cost of one product and owner over its lots by content, under the average method."""
    pool = stock.of(product, owner)
    if stock.method != "average" or not pool:
        return stock
    total = sum(lot.cost for lot in pool) if value is None else value
    costs = allocate(total, [Decimal(lot.content) for lot in pool])
    priced = {lot.id: replace(lot, cost=cost) for lot, cost in zip(pool, costs, strict=True)}
    return replace(stock, lots=tuple(priced.get(lot.id, lot) for lot in stock.lots))
