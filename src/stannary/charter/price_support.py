"""Article: price support. What the treasury, not the buyer, pays so that a producer earns a price.

A border floor is paid by users; a price-gap payment, a contract for difference or an agreed-price purchase
is paid by a budget. For the same target price they are substitutes, so the charter can hold both. Precedents:
the MP Materials price protection agreement of 2025 (one-way, floor 110 USD/kg, 30% of the excess to the
government once the 10X plant is at full output); the two-way contracts for difference of the UK, in which the
producer pays back above the strike price; offtake agreements with take-or-pay.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from stannary.arithmetic import NUMBERS, Reading, formula
from stannary.charter.citation import LAW, Amount, DatedNumber, Day, Name, Number, Sourced, Text, number_on

__all__ = [
    "AgreedPurchase",
    "Benchmark",
    "DifferenceContract",
    "PriceGapPayment",
    "PriceSupport",
    "difference_payment",
    "earnings_due",
    "escalated",
    "take_or_pay_due",
    "top_up",
    "upside",
]

Designation = Literal["stockpile", "affiliate_sale", "third_party_sale", "produced", "metered"]


# -- the formulas -----------------------------------------------------------------------------------------


@formula
def top_up(benchmark: Any, strike: Any, tonnes: Any, *, using: Reading) -> Any:
    """Pay the producer the gap below the strike price: ``Q x max(0, strike - benchmark)`` (MP Materials)."""
    return tonnes * using.maximum(strike - benchmark, using.number(Decimal(0)))


@formula
def upside(benchmark: Any, strike: Any, share: Any, tonnes: Any, *, using: Reading) -> Any:
    """Take a share of the excess above the strike: ``share x Q x max(0, benchmark - strike)``."""
    return share * tonnes * using.maximum(benchmark - strike, using.number(Decimal(0)))


@formula
def difference_payment(output: Any, capacity: Any, strike: Any, market: Any, *, using: Reading) -> Any:
    """Pay the difference on output up to a capacity; negative, the producer pays (UK CfD).

    ``min(metered output, maximum capacity) x (strike - market reference price)``.
    """
    return using.minimum(output, capacity) * (strike - market)


@formula
def take_or_pay_due(agreed: Any, share: Any, taken: Any, price: Any, *, using: Reading) -> Any:
    """Pay for what was to be taken and was not: ``price x max(0, agreed x share - taken)``."""
    return price * using.maximum(agreed * share - taken, using.number(Decimal(0)))


@formula
def escalated(amount: Any, rise: Any, *, using: Reading) -> Any:
    """Raise an amount by the yearly share, once for each year: ``amount x (1 + rise)`` (10X: 2% a year)."""
    return amount * (1 + rise)


@formula
def earnings_due(guaranteed: Any, earned: Any, *, using: Reading) -> Any:
    """Pay what is missing from guaranteed earnings: ``max(0, guaranteed - earned)``."""
    return using.maximum(guaranteed - earned, using.number(Decimal(0)))


# -- the instruments, as data -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, config=LAW)
class Benchmark:
    """The market price that a support is measured against, and how it is averaged.

    `published_in` says where the price is made: a benchmark made in a covered economy is a known weakness.
    """

    series: Text
    published_in: Text | None = None
    averaged_over: Literal["day", "month", "quarter", "year"] = "quarter"
    weighted_by: Literal["volume", "time"] = "volume"


@dataclass(frozen=True, kw_only=True, config=LAW)
class PriceGapPayment(Sourced):
    """A payment per tonne of part of the gap between a target and the market, under a budget."""

    id: Name
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    products: tuple[Name, ...] = Field(min_length=1)
    target: Literal["floor", "agreed"] = "floor"
    """Measured from the floor in force, or from the agreed prices below."""
    agreed: tuple[DatedNumber, ...] = ()
    share: Amount = Field(default=Decimal(1), gt=0, le=1)
    benchmark: Benchmark | None = None
    eligible_sets: tuple[Name, ...] = ("parties",)
    cap: Number | None = None
    """The most that is paid in a calendar year."""
    when_short: Literal["pro_rata", "first_come"] = "pro_rata"
    """Where the budget does not reach: every claim is cut alike, or claims are met in order of receipt."""

    @model_validator(mode="after")
    def _agreed_needs_prices(self) -> PriceGapPayment:
        if self.target == "agreed" and not self.agreed:
            raise ValueError("a payment measured from agreed prices needs `agreed:` prices")
        return self


@dataclass(frozen=True, kw_only=True, config=LAW)
class DifferenceContract(Sourced):
    """A contract for difference, one-way or two-way, from a day to a day (both inclusive).

    `strikes` are dated prices per tonne. One-way: below the strike the producer is topped up; above it the
    counterparty takes `upside_share`, from `upside_from` or once `upside_condition` is met. Two-way: the
    producer pays the whole excess. `designations` are the kinds of output that may be put under the contract,
    no unit twice. `cap` limits what is paid in all, `tonnes_cap` what is designated each period.
    """

    id: Name
    beneficiary: Text
    counterparty: Text
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    products: tuple[Name, ...] = Field(min_length=1)
    form: Literal["one_way", "two_way"]
    strikes: tuple[DatedNumber, ...] = Field(min_length=1)
    benchmark: Benchmark
    upside_share: Amount = Field(default=Decimal(0), ge=0, le=1)
    upside_condition: Text | None = None
    upside_from: Day | None = None
    designations: tuple[Designation, ...] = Field(default=("third_party_sale",), min_length=1)
    indexed_to: Text | None = None
    tonnes_cap: Number | None = None
    cap: Number | None = None

    def strike(self, on: date) -> Decimal | None:
        """Give the strike price in force on a day, `None` outside the term."""
        if on < self.start or (self.end is not None and on > self.end):
            return None
        return number_on(self.strikes, on)

    def shares_upside(self, on: date, condition_met: bool) -> bool:
        """Say whether the counterparty takes its share of the excess: on its day, and its condition met."""
        if self.upside_from is not None and on < self.upside_from:
            return False
        return condition_met or self.upside_condition is None

    def payment(
        self,
        benchmark: Any,
        tonnes: Any,
        on: date,
        *,
        condition_met: bool = False,
        using: Reading = NUMBERS,
    ) -> Any:
        """Give what is paid to the producer for designated tonnes; negative, the producer pays.

        Before any cap. `benchmark` is the averaged market price in the unit of the strike. Missing outside
        the term, and wherever an input is missing.
        """
        strike = self.strike(on)
        if self.form == "two_way":
            limit = tonnes if self.tonnes_cap is None else self.tonnes_cap.value
            return difference_payment(tonnes, limit, strike, benchmark, using=using)
        paid = top_up(benchmark, strike, tonnes, using=using)
        if not self.shares_upside(on, condition_met):
            return paid
        return _less(paid, upside(benchmark, strike, self.upside_share, tonnes, using=using), using=using)


@formula
def _less(paid: Any, taken: Any, *, using: Reading) -> Any:
    return paid - taken


@dataclass(frozen=True, kw_only=True, config=LAW)
class AgreedPurchase(Sourced):
    """An offtake at an agreed price, fixed or cost-plus, with the part that is paid for even if not taken."""

    id: Name
    buyer: Text
    seller: Text
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    products: tuple[Name, ...] = Field(min_length=1)
    pricing: Literal["fixed", "cost_plus", "benchmark", "floor"]
    prices: tuple[DatedNumber, ...] = ()
    return_share: Amount | None = Field(default=None, ge=0)
    """Cost-plus: the return on cost."""
    guaranteed_earnings: Number | None = None
    """The least the seller earns a year (10X: 140 million USD of EBITDA)."""
    escalator: Amount | None = Field(default=None, ge=0)
    """Yearly rise of the guaranteed earnings."""
    tonnes_a_year: Number | None = None
    share_of_output: Amount | None = Field(default=None, gt=0, le=1)
    take_or_pay_share: Amount | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _fixed_needs_prices(self) -> AgreedPurchase:
        if self.pricing == "fixed" and not self.prices:
            raise ValueError("a purchase at fixed prices needs `prices:`")
        return self


@dataclass(frozen=True, kw_only=True, config=LAW)
class PriceSupport:
    """The price-support article."""

    gap_payments: tuple[PriceGapPayment, ...] = ()
    contracts: tuple[DifferenceContract, ...] = ()
    purchases: tuple[AgreedPurchase, ...] = ()

    def contract(self, contract_id: str) -> DifferenceContract | None:
        """Give a contract for difference by id, or `None`."""
        return next((contract for contract in self.contracts if contract.id == contract_id), None)
