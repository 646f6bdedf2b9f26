"""What is published: prices, the log of every report behind them, and what could not be priced.

The words of a publication are closed lists: why a report was used or not (`REASONS`), on which rung of the
ladder a price stands (`RUNGS`), and what a reader should be warned of (`FLAGS`). Prices are USD per
contained tonne on the product's own basis, before VAT and duty, rounded once, to the cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from stannary.lineage import Lineage

__all__ = [
    "FLAGS",
    "REASONS",
    "RUNGS",
    "Difference",
    "Input",
    "Publication",
    "PublishedPrice",
    "Rung",
    "Unpriced",
    "counted",
]

Rung = Literal[
    "transactions",
    "longer_window",
    "bids_and_offers",
    "linked_product",
    "cost_model",
    "carried_forward",
]

RUNGS: dict[str, str] = {
    "transactions": "transactions of the period",
    "longer_window": "transactions of a longer window, the period's own being too few",
    "bids_and_offers": "firm bids and offers, held to what the last transactions allow",
    "linked_product": "the price of a product up or down the chain, by yield and cost of conversion",
    "cost_model": "the cost of the marginal producer of the zone",
    "carried_forward": "the last price, carried forward with a growing uncertainty",
}
"""The rungs of the ladder, firmest first, in words."""

REASONS: dict[str, str] = {
    "used": "it is used",
    "corrected": "a later report of the same reporter corrects it",
    "reported_late": "it was handed in after the day on which the inputs were closed",
    "outside_period": "it is dated outside the period, and the longer window was not needed",
    "outside_window": "it is dated outside every window of the method",
    "same_deal": "the other side has reported the same deal, which counts once",
    "related_parties": "buyer and seller are related",
    "relation_unknown": "it is not said whether buyer and seller are related",
    "same_owner": "buyer and seller belong to one owner",
    "round_trip": "goods of like quantity went back to the seller's owner in the same window",
    "origin_excluded": "the goods are from an economy whose market may not set the price",
    "origin_unknown": "the origin of the goods is not said",
    "party_missing": "a buyer, a seller, or the maker of a bid or offer is not named",
    "not_firm": "the bid or offer is not firm",
    "no_exchange_rate": "no exchange rate is known for its currency and day",
    "purity_unknown": "the contained share is not said",
    "vat_unknown": "it is not said whether VAT is in the price",
    "duty_unknown": "the price holds duties, and their amount is not said",
    "term_unknown": "its delivery term is not one of the charter's",
    "freight_unknown": "freight or insurance is needed to bring it to the basis, and is not known",
    "specification_unknown": "its specification has no stated premium or discount",
    "worthless": "nothing is left of the price, not a cent a tonne, when tax, duty and freight are taken out",
    "outlier": "its price is further from the weighted median than the stated rule allows",
    "too_thin": "too few reports, reporters or tonnes of its kind to make a price",
    "firmer_rung": "a firmer rung of the ladder made the price",
    "beyond_depth": "it stands behind the best bids or offers that count",
    "no_anchor": "no price from transactions is known that bids and offers could be held to",
}
"""Why a report is used, or not: the code and its words."""

FLAGS: dict[str, str] = {
    # of a report
    "reporter_is_party": "the reporter is a party to the deal",
    "reporter_is_no_party": "the reporter is no party to the deal",
    "reporter_has_contract": "the reporter has a contract that pays by this reference price",
    "reporter_over_cap": "the reporter's tonnes are over the cap, and weigh no more than it",
    "party_over_cap": "a party's tonnes are over the cap, and weigh no more than it",
    "corrects": "it corrects an earlier report",
    # of a price
    "conflict_of_interest": "part of the weight comes from reporters with a contract that pays by the price",
    "capped": "the weight of a reporter or a party was held to the cap",
    "crossed": "the best bid was above the best offer",
    "held": "the price was held to what the last transactions allow",
    "asks_not_followed": "offers alone would have raised the price, and were not followed",
    "netted_back": "worked out from a product down the chain",
    "built_up": "worked out from the products it is made of",
}
"""What a reader should be warned of: the code and its words."""


def counted(number: int, what: str) -> str:
    """Give a number and what it counts: 1 report, 2 reports."""
    return f"{number} {what}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One report as it stands in the log of a publication: used or not, and why.

    `usd_per_t` and `tonnes` are normalised: USD per contained tonne on the product's own basis (28 digits)
    and contained tonnes (exact), `None` where they could not be worked out. `weight` is the share of the
    published price that rests on the report, to twelve decimals; zero when unused.
    """

    report_id: str
    product: str
    reporter: str
    kind: str
    dated_on: date
    is_used: bool
    reason: str
    usd_per_t: Decimal | None
    tonnes: Decimal | None
    weight: Decimal
    flags: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Say why the report is used or not."""
        return REASONS[self.reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPrice:
    """The reference price of one product for one period, in force from `takes_effect_on`.

    `uncertainty` is half the width of a 95% interval as a share of the price, by the formula of the rung.
    `reports`, `reporters` and `volume_t` (contained tonnes) count the inputs used; all are zero on rungs that
    use none. `inputs_fingerprint` is the SHA-256 over every report on the product, used or not.
    """

    product: str
    start: date
    end: date
    takes_effect_on: date
    usd_per_t: Decimal
    rung: Rung
    reports: int
    reporters: int
    volume_t: Decimal
    uncertainty: Decimal
    method_version: str
    inputs_fingerprint: str
    flags: tuple[str, ...] = ()
    note: str = ""


class Unpriced(NamedTuple):
    """A product for which no price is published, and why, in words, rung by rung."""

    product: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a correction changed for one product; `None` where there was or is no price."""

    product: str
    before: Decimal | None
    after: Decimal | None
    rung_before: str | None
    rung_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The reference prices of one period, with everything they rest on.

    Inputs closed at the end of `as_of`; from `takes_effect_on` the prices are in force, and products left
    unpriced have none.

    A correction is a publication of its own: `corrects` is the `id` of the one it corrects, `reason` says
    why, `differences` what changed. The one corrected stays as it is.
    """

    charter_fingerprint: str
    method_version: str
    start: date
    end: date
    as_of: date
    takes_effect_on: date
    prices: tuple[PublishedPrice, ...]
    unpriced: tuple[Unpriced, ...]
    log: tuple[Input, ...]
    lineage: Lineage
    corrects: str | None = None
    reason: str | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def id(self) -> str:
        """Give the name of this publication: the run it came from."""
        return self.lineage.run

    @property
    def outcome(self) -> str:
        """Say in a sentence what was published."""
        used = sum(each.is_used for each in self.log)
        return (
            f"{counted(len(self.prices), 'reference price')} for {self.start} to {self.end}, "
            f"{counted(len(self.unpriced), 'product')} without one; "
            f"{used} of {counted(len(self.log), 'report')} used (method {self.method_version})."
        )

    def price(self, product: str) -> PublishedPrice | None:
        """Give the price of a product, or `None`."""
        return next((price for price in self.prices if price.product == product), None)

    def inputs(self, product: str) -> tuple[Input, ...]:
        """Give the log of a product: every report on it, used or not."""
        return tuple(each for each in self.log if each.product == product)
