"""Two outlooks side by side: what changes, who gains, who pays, and whether it is more than the spread.

Where both rest on the same model and the same draws, differences are taken draw by draw: what is unsure in
both alike then cancels. Gains are exact areas and flows of money, so they add up, and a pure transfer sums
to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from stannary.errors import MarketError, Problem
from stannary.market.outlook import BAND, Outlook, quantiles_of
from stannary.market.variables import MEASURES

__all__ = ["PARTIES", "Comparison", "Gain", "compare"]

PARTIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "producers": ("Producers", ("producers",)),
    "users": ("Final users", ("users",)),
    "treasury": ("Treasury", ("treasury",)),
    "exporters": ("Export taxes, markups and quota rents", ("export_taxes", "export_rents")),
    "licences": ("Holders of import licences", ("quota_rents",)),
    "leakers": ("Leakage channels", ("leak_margins",)),
    "stocks": ("Stocks, at what was paid", ("stocks",)),
}
"""Who can gain or pay: what to call them, and the variables that are theirs."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What a party of a region gains over all periods, USD: 10%, 50% and 90% points of the draws."""

    region: str
    party: str
    words: str
    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """An outlook (`after`) against another (`before`), over the periods that both hold."""

    before: Outlook
    after: Outlook
    periods: tuple[str, ...]
    is_paired: bool

    def change(
        self, measure: str, product: str | None = None, region: str | Iterable[str] | None = None
    ) -> xr.DataArray:
        """Give after less before, ``draw period``, where the draws are the same.

        Raises `MarketError` (STN-OUTLOOK-002) where they are not; `fan` still tells of each.
        """
        if not self.is_paired:
            message = "The outlooks rest on different draws or models, so they have no draw in common."
            remedy = "Simulate both with the same model, --draws and --seed."
            raise MarketError([Problem("STN-OUTLOOK-002", message, remedy)])
        first, second = (
            each.series(measure, product, region).sel(period=list(self.periods))
            for each in (self.before, self.after)
        )
        return (second - first).assign_attrs(second.attrs)

    def fan(
        self, measure: str, product: str | None = None, region: str | Iterable[str] | None = None
    ) -> xr.DataArray:
        """Give quantiles of the change, ``quantile period``: of differences where draws are the same.

        Otherwise it is the difference of the quantiles, which says nothing of any one future.
        """
        if self.is_paired:
            return quantiles_of(self.change(measure, product, region), BAND)
        first, second = (
            quantiles_of(each.series(measure, product, region).sel(period=list(self.periods)), BAND)
            for each in (self.before, self.after)
        )
        return second - first

    @property
    def gains(self) -> tuple[Gain, ...]:
        """Say who gains and who pays, region by region, summed over the periods."""
        return tuple(self._gains())

    @property
    def outcome(self) -> str:
        """Say in a sentence who gains most, who pays most, and what is left in all."""
        middle = {(gain.region, gain.words): gain.middle for gain in self.gains if gain.party != "all"}
        total = sum(gain.middle for gain in self.gains if gain.party == "all")
        best, worst = max(middle, key=lambda k: middle[k]), min(middle, key=lambda k: middle[k])
        span = f"{self.periods[0]} to {self.periods[-1]}"
        if middle[best] <= 0 <= middle[worst]:
            return f"{self.after.story.title} against {self.before.story.title}: nothing changes, {span}."
        parts = [
            f"{who[1].lower()} in {who[0]} {verb} {abs(middle[who]) / 1e6:,.1f} million USD"
            for who, verb, shown in (
                (best, "gain", middle[best] > 0),
                (worst, "lose", middle[worst] < 0),
            )
            if shown
        ]
        left = f"all together {'gain' if total > 0 else 'lose'} {abs(total) / 1e6:,.1f} million"
        return (
            f"{self.after.story.title} against {self.before.story.title}, {span}: "
            f"{', '.join(parts)}; {left} (medians, not discounted)."
        )

    def _gains(self) -> Iterator[Gain]:
        for region in self.after.regions:
            whole: list[np.ndarray] = []
            for party, (words, names) in PARTIES.items():
                held = [name for name in names if name in self.before.data and name in self.after.data]
                if held:
                    change = sum(self._summed(name, region) for name in held)
                    whole.append(np.asarray(change))
                    yield _gain(region, party, words, whole[-1])
            if whole:
                yield _gain(region, "all", "All together", np.sum(whole, axis=0))

    def _summed(self, name: str, region: str) -> np.ndarray:
        """Sum a change over the periods, by draw; without common draws, of medians."""
        if self.is_paired:
            return np.asarray(self.change(name, None, region).sum("period", skipna=False).values)
        return np.asarray(self.fan(name, None, region).sel(quantile=[0.5]).sum("period").values)


def compare(before: Outlook, after: Outlook) -> Comparison:
    """Set two outlooks of one market side by side.

    Raises `MarketError` (STN-OUTLOOK-002), listing all that keeps them from being compared.
    """
    refusals = list(_unlike(before, after))
    if refusals:
        raise MarketError(refusals)
    shared = tuple(name for name in after.periods if name in before.periods)
    first, second = before.story, after.story
    is_paired = (
        first.model_fingerprint == second.model_fingerprint
        and first.seed == second.seed
        and before.draws == after.draws
    )
    return Comparison(before, after, shared, is_paired)


def _unlike(before: Outlook, after: Outlook) -> Iterator[Problem]:
    def differs(what: str, one: object, other: object) -> Problem:
        message = f"They differ in {what}: {one} and {other}."
        return Problem("STN-OUTLOOK-002", message, "Simulate both for one mineral, with one model.")

    pairs: Sequence[tuple[str, object, object]] = (
        ("mineral", before.story.mineral, after.story.mineral),
        ("regions", ", ".join(before.regions), ", ".join(after.regions)),
        ("products", ", ".join(before.products), ", ".join(after.products)),
        ("the year of their dollars", before.story.price_year, after.story.price_year),
        ("periods a year", before.story.periods_a_year, after.story.periods_a_year),
    )
    for what, one, other in pairs:
        if one != other:
            yield differs(what, one, other)
    if not set(before.periods) & set(after.periods):
        yield differs("all periods", f"{before.periods[0]} …", f"{after.periods[0]} …")
    named = [name for each in PARTIES.values() for name in each[1]]
    if not any(name in before.data and name in after.data and MEASURES[name].adds for name in named):
        yield differs("variables", "no account of gains", "in common")


def _gain(region: str, party: str, words: str, change: np.ndarray) -> Gain:
    solved = change[np.isfinite(change)]
    low, middle, high = np.quantile(solved, BAND) if solved.size else (np.nan, np.nan, np.nan)
    return Gain(region, party, words, float(low), float(middle), float(high))
