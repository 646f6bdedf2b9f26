"""Price reports: a deal done, or a bid or an offer made, as its reporter tells it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from stannary.errors import Place

__all__ = ["KINDS", "Kind", "PriceReport", "alike", "reporters_among"]

Kind = Literal["transaction", "bid", "offer"]
KINDS: tuple[Kind, ...] = ("transaction", "bid", "offer")


@lru_cache(maxsize=1 << 16)
def alike(name: str) -> str:
    """Give a name as names are compared: Acme, ACME and Acme with two spaces after it are one firm.

    Signs that cannot be seen do not count.
    """
    seen = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", seen).casefold().split())


def reporters_among(tellers: Iterable[tuple[str, str]]) -> int:
    """Count reporters, given as firm and owner: many firms of one owner are one, as is one of many owners."""
    listed = tuple(tellers)
    return min(len({firm for firm, _ in listed}), len({owner for _, owner in listed}))


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceReport:
    """One report. What the reporter did not say is `None`, and never taken for zero.

    `price` is in `currency` per `price_unit` of mass, `gross` or `contained`; `purity` is the contained share
    of the gross mass. `vat_included` is the rate of VAT inside the price (0: none). `duty_included`,
    `freight` and `insurance` are amounts in the same currency per the same unit. Groups name the beneficial
    owner; where blank, the firm stands for itself; names are compared by `alike`. A bid has a buyer and no
    seller, an offer a seller and no buyer; both count only when firm. A report that `corrects` another gives
    a `reason`. `place` is where the goods are delivered; `written_at` is where the report was read.
    """

    id: str
    kind: Kind
    product: str
    quantity: Decimal
    quantity_unit: str
    purity: Decimal | None
    price: Decimal
    currency: str
    price_unit: str
    price_basis: Literal["gross", "contained"] = "gross"
    specification: str | None = None
    incoterm: str
    place: str
    buyer: str | None
    seller: str | None
    reporter: str
    buyer_group: str | None = None
    seller_group: str | None = None
    reporter_group: str | None = None
    related: bool | None = None
    origin: str | None = None
    dated_on: date
    reported_on: date | None = None
    is_firm: bool = False
    vat_included: Decimal | None = None
    duty_included: Decimal | None = None
    freight: Decimal | None = None
    insurance: Decimal | None = None
    source: str
    licence: str
    corrects: str | None = None
    reason: str | None = None
    written_at: Place = field(default_factory=Place, compare=False)

    @property
    def teller(self) -> tuple[str, str]:
        """Give the firm that reports, and its owner: its group, or itself."""
        return alike(self.reporter), alike(self.reporter_group or self.reporter)

    @property
    def buyer_owner(self) -> str | None:
        """Give the group of the buyer, or the buyer."""
        return _owner(self.buyer, self.buyer_group)

    @property
    def seller_owner(self) -> str | None:
        """Give the group of the seller, or the seller."""
        return _owner(self.seller, self.seller_group)

    @property
    def buyers(self) -> frozenset[str]:
        """Give every name of the buyer: its own and its group's."""
        return _names(self.buyer, self.buyer_group)

    @property
    def sellers(self) -> frozenset[str]:
        """Give every name of the seller: its own and its group's."""
        return _names(self.seller, self.seller_group)

    @property
    def is_of_a_party(self) -> bool:
        """Say whether the reporter or its group is, or owns, the buyer or the seller."""
        return not (self.buyers | self.sellers).isdisjoint(self.teller)


def _owner(firm: str | None, group: str | None) -> str | None:
    named = group or firm
    return None if named is None else alike(named)


@lru_cache(maxsize=1 << 16)
def _names(firm: str | None, group: str | None) -> frozenset[str]:
    return frozenset(alike(name) for name in (firm, group) if name)
