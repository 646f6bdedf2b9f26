"""Article: financing. Which public money may go into the chain, on which terms, for which stages.

Terms that were not published are left out, never filled in; what is only announced says so. The exposure
fee of an export credit agency is a share of the financed portion and may itself be financed (EXIM, Beta
Technologies 2023: 12.4648% of 151,250,000 USD).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from stannary.arithmetic import Reading, formula
from stannary.charter.citation import LAW, Amount, Day, Name, Number, Sourced, Text
from stannary.charter.scope import Stage

__all__ = ["Envelope", "Financing", "commitment_with_fee", "exposure_fee", "undrawn_fee"]


# -- the formulas -----------------------------------------------------------------------------------------


@formula
def exposure_fee(portion: Any, rate: Any, *, using: Reading) -> Any:
    """Charge the exposure fee: a share of the financed portion."""
    return portion * rate


@formula
def commitment_with_fee(portion: Any, rate: Any, *, using: Reading) -> Any:
    """Give the whole commitment where the exposure fee is financed too: ``portion x (1 + rate)``."""
    return portion * (1 + rate)


@formula
def undrawn_fee(committed: Any, drawn: Any, rate: Any, years: Any, *, using: Reading) -> Any:
    """Charge the commitment fee on what is not drawn: ``(committed - drawn) x rate x years``."""
    return (committed - drawn) * rate * years


# -- the envelopes, as data ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, config=LAW)
class Envelope(Sourced):
    """An amount of public money for the chain, and on which terms.

    `status`: only a `binding` envelope may be counted on. `eligible_sets` are sets of the membership article
    whose economies may be financed; `excluded_sets` those whose owners may not.
    """

    id: Name
    institution: Text
    instrument: Literal["loan", "guarantee", "equity", "grant", "insurance", "mixed"]
    status: Literal["announced", "non_binding", "binding", "closed"]
    start: Day = Field(alias="from")
    end: Day | None = Field(default=None, alias="to")
    amount: Number
    tenor_years: Amount | None = Field(default=None, gt=0)
    base_rate: Text | None = None
    """The rate the interest is counted from, in words (10-year Treasury)."""
    spread: Amount | None = None
    exposure_fee_rate: Amount | None = Field(default=None, ge=0)
    commitment_fee_rate: Amount | None = Field(default=None, ge=0)
    most_of_project: Amount | None = Field(default=None, gt=0, le=1)
    """The largest share of a project's cost."""
    eligible_stages: tuple[Stage, ...] = ()
    eligible_products: tuple[Name, ...] = ()
    eligible_sets: tuple[Name, ...] = ()
    excluded_sets: tuple[Name, ...] = ()
    conditions: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True, config=LAW)
class Financing:
    """The financing article."""

    envelopes: tuple[Envelope, ...] = ()

    def envelope(self, envelope_id: str) -> Envelope | None:
        """Give an envelope by id, or `None`."""
        return next((envelope for envelope in self.envelopes if envelope.id == envelope_id), None)
