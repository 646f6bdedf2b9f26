"""How a published figure stands: reported, estimated, withheld, a bound, derived, assumed.

A withheld figure carries no number. A "less than" or "greater than" carries a bound, which is not a
value. `value_of` and `bound_of` keep the two apart, so that no sum takes a bound for a quantity.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

__all__ = ["State", "bound_of", "contradiction", "value_of"]


class State(StrEnum):
    """The state of one figure, in the words its publisher uses."""

    REPORTED = "reported"
    ESTIMATED = "estimated"
    ROUNDED_TOTAL = "rounded_total"  # a publisher's total, rounded on its own
    RANGE_MID = "range_mid"  # the middle of a published range
    SHARE = "share"
    ZERO = "zero"
    PROJECTION = "projection"
    PLANNED = "planned"
    QUOTA = "quota"
    STOICHIOMETRIC = "stoichiometric"  # computed from atomic weights
    DERIVED = "derived"
    DERIVED_NEAREST_PRICE = "derived_nearest_price"  # a price of a near form stands in
    DERIVED_NEAREST_SHARE = "derived_nearest_share"  # shares of a wider group stand in
    DERIVED_NEAREST_BOTH = "derived_nearest_both"
    QUANTITY_ONLY = "quantity_only"  # derived, and no price is published
    ASSUMED = "assumed"
    LESS_THAN = "less_than"
    GREATER_THAN = "greater_than"
    WITHHELD = "withheld"
    NOT_AVAILABLE = "not_available"
    NET_EXPORTER = "net_exporter"  # an import reliance below nought, printed as E
    BY_ASSAY = "by_assay"  # depends on each lot, no typical figure

    @property
    def has_value(self) -> bool:
        """Say whether the figure is a value that may be added to others."""
        return self not in WITHOUT_NUMBER and self not in BOUNDS

    @property
    def is_bound(self) -> bool:
        """Say whether the number is only a bound."""
        return self in BOUNDS

    @property
    def is_derived(self) -> bool:
        """Say whether the figure was computed from other published figures."""
        return self in DERIVED


BOUNDS = frozenset({State.LESS_THAN, State.GREATER_THAN})
WITHOUT_NUMBER = frozenset({State.WITHHELD, State.NOT_AVAILABLE, State.NET_EXPORTER, State.BY_ASSAY})
DERIVED = frozenset(
    {
        State.DERIVED,
        State.DERIVED_NEAREST_PRICE,
        State.DERIVED_NEAREST_SHARE,
        State.DERIVED_NEAREST_BOTH,
        State.QUANTITY_ONLY,
        State.STOICHIOMETRIC,
    }
)


def value_of(number: Decimal | None, state: State) -> Decimal | None:
    """Give the value of a figure, or `None` where it is withheld, missing or only a bound."""
    return number if state.has_value else None


def bound_of(number: Decimal | None, state: State) -> Decimal | None:
    """Give the bound of a "less than" or "greater than" figure, or `None`."""
    return number if state.is_bound else None


def contradiction(number: Decimal | None, state: State) -> str:
    """Say in words how a number and its state contradict each other; empty when they agree."""
    if state in WITHOUT_NUMBER:
        return "" if number is None else f"the state is {state}, yet a number ({number}) stands beside it"
    if number is None:
        return f"the state is {state}, yet the number is missing"
    if state is State.ZERO and number != 0:
        return f"the state is zero, yet the number is {number}"
    return ""
