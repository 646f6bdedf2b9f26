"""Price reports: a deal done, or a bid or an offer made, as its reporter tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from stannary.errors import Place

__all__ = ["KINDS", "Kind", "PriceReport"]

Kind = Literal["transaction", "bid", "offer"]
KINDS: tuple[Kind, ...] = ("transaction", "bid", "offer")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceReport:
    """One report. What the reporter did not say is `None`, and never taken for zero.

    `price` is in `currency` per `price_unit` of mass, `gross` or `contained`; `purity` is the contained share
    of the gross mass. `vat_included` is the rate of VAT inside the price (0: none). `duty_included`,
    `freight` and `insurance` are amounts in the same currency per the same unit. Groups name the beneficial
    owner; where blank, the firm stands for itself. A bid has a buyer and no seller, an offer a seller and no
    buyer; both count only when firm. A report that `corrects` another gives a `reason`. `place` is where the
    goods are delivered; `written_at` is where the report was read.
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
    def reporter_owner(self) -> str:
        """Give the group of the reporter, or the reporter."""
        return self.reporter_group or self.reporter

    @property
    def buyer_owner(self) -> str | None:
        """Give the group of the buyer, or the buyer."""
        return self.buyer_group or self.buyer

    @property
    def seller_owner(self) -> str | None:
        """Give the group of the seller, or the seller."""
        return self.seller_group or self.seller

    @property
    def owners(self) -> frozenset[str]:
        """Give everyone whose weight the report adds to: the owners of reporter, buyer and seller."""
        return frozenset(each for each in (self.reporter_owner, self.buyer_owner, self.seller_owner) if each)
