"""The rows and files that a settlement is asked with: output designated, claims, deliveries, stock, loans."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from stannary.charter.citation import LAW, Amount, Day, Name, Text
from stannary.settlement.equity import StakeTerms
from stannary.settlement.loans import LoanTerms

__all__ = [
    "ClaimRow",
    "CommitmentsFile",
    "DeliveryRow",
    "DesignatedRow",
    "LoanFile",
    "PaymentRow",
    "StakeFile",
    "StockFile",
]


@dataclass(frozen=True, kw_only=True, config=LAW)
class DesignatedRow:
    """Output put under a contract for difference: one row a lot or invoice."""

    product: Name
    designation: Text
    quantity: Amount
    unit: Text
    reference: Text


@dataclass(frozen=True, kw_only=True, config=LAW)
class ClaimRow:
    """A claim for a price-gap payment: one row for goods that were sold."""

    beneficiary: Text
    economy: Text
    product: Name
    quantity: Amount
    unit: Text
    reference: Text
    received_on: Day


@dataclass(frozen=True, kw_only=True, config=LAW)
class DeliveryRow:
    """A delivery under an agreed purchase; `price` and its unit where the charter states no fixed price."""

    product: Name
    quantity: Amount
    unit: Text
    reference: Text
    delivered_on: Day
    price: Amount | None = None
    price_unit: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True, config=LAW)
class PaymentRow:
    """What is paid on one path of prices, in one period or under one contract; below zero, it is received.

    `quantity` is what bears the levy there, where a levy is asked for.
    """

    path: Text
    payment: Amount
    quantity: Amount | None = Field(default=None, ge=0)


# -- stock --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, config=LAW)
class LotRow:
    """A lot that is held: its mass and contained metal in tonnes, its cost in money."""

    lot: Text
    product: Name
    tonnes: Amount = Field(gt=0)
    contained: Amount = Field(gt=0)
    cost: Amount = Field(ge=0)
    received_on: Day
    owner: str = ""


@dataclass(frozen=True, kw_only=True, config=LAW)
class Buy:
    """A purchase into stock."""

    kind: Literal["buy"]
    lot: Text
    product: Name
    quantity: Amount
    unit: Text
    purity: Amount = Field(gt=0, le=1)
    price: Amount
    price_unit: Text
    seller: Text
    on: Day
    owner: str = ""


@dataclass(frozen=True, kw_only=True, config=LAW)
class Out:
    """A release from stock to a buyer, under a release of the charter where one is named."""

    kind: Literal["release"]
    reference: Text
    product: Name
    quantity: Amount
    unit: Text
    price: Amount
    price_unit: Text
    buyer: Text
    on: Day
    owner: str = ""
    rule: Name | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Loss:
    """A loss that a count found, or a fire or theft caused."""

    kind: Literal["loss"]
    reference: Text
    product: Name
    quantity: Amount
    unit: Text
    reason: Text
    on: Day
    owner: str = ""


@dataclass(frozen=True, kw_only=True, config=LAW)
class Part:
    """A part of a lot that is divided: its new name and its mass in tonnes."""

    lot: Text
    tonnes: Amount = Field(gt=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class Split:
    """The division of a lot."""

    kind: Literal["split"]
    reference: Text
    lot: Text
    parts: tuple[Part, ...] = Field(min_length=2)
    on: Day


@dataclass(frozen=True, kw_only=True, config=LAW)
class Blend:
    """The mixing of lots into a new one."""

    kind: Literal["blend"]
    reference: Text
    lots: tuple[Text, ...] = Field(min_length=2)
    into: Text
    on: Day


@dataclass(frozen=True, kw_only=True, config=LAW)
class Subscriber:
    """What a subscriber committed to: contained metal at an inventory price."""

    subscription: Name
    subscriber: Text
    product: Name
    quantity: Amount
    unit: Text
    price: Amount
    price_unit: Text
    on: Day


@dataclass(frozen=True, kw_only=True, config=LAW)
class Fee(Subscriber):
    """The upfront fee of a subscription."""

    kind: Literal["fee"]


@dataclass(frozen=True, kw_only=True, config=LAW)
class Carrying(Subscriber):
    """The carrying cost of a subscription over a period."""

    kind: Literal["carrying"]
    period: Text
    day_count: Literal["act/360", "act/365", "30/360"] = "act/365"


@dataclass(frozen=True, kw_only=True, config=LAW)
class BuyBack(Subscriber):
    """A subscriber's buying back of its stock, on `bought_back_on`."""

    kind: Literal["buy_back"]
    bought_back_on: Day
    market: Amount | None = None
    agreed: Amount | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class Opening(LotRow):
    """A lot that was held before the book began: brought into the book as it stands."""

    kind: Literal["opening"]


Metal = Opening | Buy | Out | Loss | Split | Blend
Movement = Annotated[Metal | Fee | Carrying | BuyBack, Field(discriminator="kind")]


@dataclass(frozen=True, kw_only=True, config=LAW)
class StockFile:
    """Stock as it was, how it is valued, and what happened to it, in order.

    `lots` stand in the book already, from earlier files; those that do not are movements of kind `opening`.
    """

    method: Literal["fifo", "average"]
    currency: Text = "USD"
    lots: tuple[LotRow, ...] = ()
    movements: tuple[Movement, ...] = ()


# -- loans and stakes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, config=LAW)
class LoanDraw:
    """Money drawn."""

    kind: Literal["draw"]
    amount: Amount
    reference: Text
    on: Day


@dataclass(frozen=True, kw_only=True, config=LAW)
class LoanPayment:
    """Money paid by the borrower."""

    kind: Literal["repayment"]
    amount: Amount
    reference: Text
    on: Day


@dataclass(frozen=True, kw_only=True, config=LAW)
class LoanCharge:
    """Interest, or the fee on what is not drawn, charged up to a day (not included)."""

    kind: Literal["interest", "commitment_fee"]
    through: Day


LoanEvent = Annotated[LoanDraw | LoanPayment | LoanCharge, Field(discriminator="kind")]


@dataclass(frozen=True, kw_only=True, config=LAW)
class LoanFile:
    """The terms of a loan and what happened to it, in order, from the signing."""

    terms: LoanTerms
    events: tuple[LoanEvent, ...] = ()


@dataclass(frozen=True, kw_only=True, config=LAW)
class StakeFile:
    """The terms of a stake, the days dividends in kind are added through, and the day it is converted."""

    terms: StakeTerms
    added_through: tuple[Day, ...] = ()
    converted_on: Day | None = None


# -- commitments --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, config=LAW)
class ForwardRow:
    """A purchase agreed and not yet made: contained tonnes at a price per tonne."""

    id: Text
    product: Name
    tonnes: Amount = Field(gt=0)
    price: Amount = Field(ge=0)
    delivery_on: Day


@dataclass(frozen=True, kw_only=True, config=LAW)
class GuaranteeRow:
    """A promise to pay for another."""

    id: Text
    beneficiary: Text
    amount: Amount = Field(gt=0)
    until: Day | None = None


@dataclass(frozen=True, kw_only=True, config=LAW)
class GoodsRow:
    """Contained tonnes of a product that are held, and today's price per tonne."""

    product: Name
    tonnes: Amount = Field(default=Decimal(0), ge=0)
    price: Amount | None = Field(default=None, ge=0)


@dataclass(frozen=True, kw_only=True, config=LAW)
class CommitmentsFile:
    """What a stockpile has spent and is bound to: cash, debts, forwards, guarantees, goods."""

    currency: Text = "USD"
    cash: Amount = Field(ge=0)
    debts: Amount = Field(default=Decimal(0), ge=0)
    forwards: tuple[ForwardRow, ...] = ()
    guarantees: tuple[GuaranteeRow, ...] = ()
    goods: tuple[GoodsRow, ...] = ()
