"""Dependence and supply risk, each measure by its published formula.

Every function takes plain numbers: quantities by economy as `Decimal`, or shares. Shares are fractions of
one unless a function says percent; the Herfindahl index runs from 0 to 10,000. A measure of nothing (no
supply at all) is missing: `None`, never zero. Numbers a measure is not defined for (below zero, a share
above one) raise `AtlasError` (STN-ATLAS-021).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from stannary.errors import AtlasError, Problem

__all__ = [
    "Bounds",
    "ImportReliance",
    "LargestSupplier",
    "RelianceState",
    "SupplierLoss",
    "disruption_potential",
    "economic_vulnerability",
    "effective_suppliers",
    "eu_import_reliance",
    "eu_supply_risk",
    "governance_weighted_concentration",
    "herfindahl",
    "herfindahl_bounds",
    "herfindahl_normalised",
    "largest_outside_supplier",
    "loss_of_largest_supplier",
    "net_import_reliance",
    "shares",
    "supply_risk",
    "trade_exposure",
]

ZERO = Decimal(0)
ONE = Decimal(1)
FULL_SCALE = Decimal(10_000)
TWELVE_PLACES = Decimal("1e-12")
OTHERS = "XOT"


class RelianceState(StrEnum):
    """What a net import reliance says: a percentage, a net exporter (the Survey's E), or nothing."""

    PERCENT = "percent"
    NET_EXPORTER = "net_exporter"
    NO_CONSUMPTION = "no_consumption"


@dataclass(frozen=True, slots=True)
class ImportReliance:
    """Net import reliance in percent of apparent consumption; no percentage for a net exporter."""

    state: RelianceState
    percent: Decimal | None
    apparent_consumption: Decimal

    @property
    def published(self) -> str:
        """Write it as the Survey prints it: whole percents, `E` for a net exporter, `NA` for nothing."""
        if self.state is RelianceState.NET_EXPORTER:
            return "E"
        return "NA" if self.percent is None else format(self.percent.quantize(ONE, "ROUND_HALF_UP"), "f")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that an index can be, given what is withheld; equal when nothing is."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class LargestSupplier:
    """The economy that supplies most, and its share of the whole."""

    economy: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class SupplierLoss:
    """What is lost when the largest supplier stops: its share, what the rest can add, what stays lost."""

    economy: str
    stopped: Decimal
    replaced: Decimal

    @property
    def lost(self) -> Decimal:
        """Give the share of supply that nobody replaces."""
        return self.stopped - self.replaced


def net_import_reliance(
    *, production: Decimal, imports: Decimal, exports: Decimal, stock_release: Decimal = ZERO
) -> ImportReliance:
    """Give net import reliance: (imports - exports + stock release) / apparent consumption x 100.

    Apparent consumption is production (primary, and secondary from old scrap) + imports - exports + stock
    release. `stock_release` is what Government and industry stocks fell by over the year; a rise is
    negative. All in one unit. A negative net import is a net exporter, without a percentage.

    Source: U.S. Geological Survey, Mineral Commodity Summaries 2026, notes to the salient statistics
    ("Defined as imports - exports ± adjustments for Government and industry stock changes").
    """
    not_below_zero({"production": production, "imports": imports, "exports": exports})
    not_below_zero({"stock_release": abs(stock_release)})
    net_imports = imports - exports + stock_release
    consumption = production + net_imports
    if net_imports < 0:
        return ImportReliance(RelianceState.NET_EXPORTER, None, consumption)
    if consumption <= 0:
        return ImportReliance(RelianceState.NO_CONSUMPTION, None, consumption)
    return ImportReliance(RelianceState.PERCENT, 100 * net_imports / consumption, consumption)


def shares(supply: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Give each economy's share of the whole, as fractions of one; nothing where there is no supply."""
    not_below_zero(supply)
    whole = sum(supply.values(), ZERO)
    return {economy: quantity / whole for economy, quantity in supply.items()} if whole else {}


def herfindahl(supply: Mapping[str, Decimal]) -> Decimal | None:
    """Give the Herfindahl-Hirschman index of a supply: the sum of squared shares in percent, 0 to 10,000.

    "Other countries" counts as one supplier here; `herfindahl_bounds` treats it with care.

    Source: U.S. Department of Justice and Federal Trade Commission, Horizontal Merger Guidelines (2010),
    section 5.3; Hirschman (1964), The Paternity of an Index, American Economic Review 54(5).
    """
    parts = shares(supply)
    return FULL_SCALE * sum((part * part for part in parts.values()), ZERO) if parts else None


def herfindahl_normalised(supply: Mapping[str, Decimal]) -> Decimal | None:
    """Give (H - 1/n) / (1 - 1/n) of the n economies that supply anything: 0 when all are equal, 1 alone.

    Source: the standard normalisation of the index H, as fractions; a single supplier is 1 by convention.
    """
    index = herfindahl(supply)
    if index is None:
        return None
    suppliers = sum(1 for quantity in supply.values() if quantity)
    if suppliers == 1:
        return ONE
    return (index / FULL_SCALE - ONE / suppliers) / (ONE - ONE / suppliers)


def herfindahl_bounds(
    supply: Mapping[str, Decimal], *, withheld: Collection[str] = (), total: Decimal | None = None
) -> Bounds | None:
    """Give the least and the most the index can be when some economies' quantities are withheld.

    `total` is the published world total, where there is one; its rest over the known quantities belongs to
    the withheld economies. High: one of them has all of it. Low: it is shared evenly. "Other countries"
    (XOT) is a known or withheld quantity of an unknown number of economies: one of them at the most, ever
    so many at the least. Without a total, a withheld economy may be of any size: at the most the index is
    10,000, at the least each of k has A2/A1 (A1 the sum, A2 the sum of squares of the known), which gives
    H/(1 + kH).

    Bounds by convexity of the sum of squares. A rounded total below the known quantities leaves no rest;
    with nothing withheld the total is not used.
    """
    not_below_zero(supply)
    hidden = [economy for economy in withheld if economy not in supply]
    known = {economy: quantity for economy, quantity in supply.items() if economy != OTHERS}
    others = supply.get(OTHERS, ZERO)
    whole = sum(supply.values(), ZERO)
    squares = sum((quantity * quantity for quantity in known.values()), ZERO)
    if hidden and total is None:
        if not whole:
            return Bounds(ZERO, FULL_SCALE)
        index = squares / (whole * whole)
        low = ZERO if OTHERS in hidden else index / (1 + len(hidden) * index)
        return Bounds(FULL_SCALE * low, FULL_SCALE)
    rest = max((total or ZERO) - whole, ZERO) if hidden else ZERO
    whole += rest
    if not whole:
        return None
    evenly = ZERO if OTHERS in hidden or not hidden else rest * rest / len(hidden)
    low = (squares + evenly) / (whole * whole)
    high = (squares + others * others + rest * rest) / (whole * whole)
    return Bounds(FULL_SCALE * low, FULL_SCALE * high)


def effective_suppliers(supply: Mapping[str, Decimal]) -> Decimal | None:
    """Give the number of equal suppliers that would be as concentrated: 10,000 / HHI.

    Source: Adelman (1969), Comment on the "H" Concentration Measure as a Numbers-Equivalent, Review of
    Economics and Statistics 51(1).
    """
    index = herfindahl(supply)
    return None if index is None else FULL_SCALE / index


def largest_outside_supplier(
    supply: Mapping[str, Decimal], *, inside: Collection[str] = ()
) -> LargestSupplier | None:
    """Give the largest single supplier that is not `inside`, with its share of the whole supply.

    "Other countries" (XOT) and the world total (WLD) are no single supplier: the first counts towards the
    whole only, the second is an error of the caller. Of two equals the first by code.
    """
    if "WLD" in supply:
        raise undefined("The world's total is no supplier: leave WLD out.")
    parts = shares(supply)
    outside = {
        economy: part
        for economy, part in parts.items()
        if part and economy not in inside and economy != OTHERS
    }
    if not outside:
        return None
    economy = min(outside, key=lambda code: (-outside[code], code))
    return LargestSupplier(economy, outside[economy])


def loss_of_largest_supplier(
    supply: Mapping[str, Decimal],
    *,
    spare: Mapping[str, Decimal] | None = None,
    inside: Collection[str] = (),
) -> SupplierLoss | None:
    """Give the N-1 loss: the share of supply lost when its largest (outside) supplier stops.

    `spare` is the further quantity each economy could supply, in the supply's unit; the stopped supplier's
    own counts for nothing, and no more is replaced than was lost. With supply as imports by partner it is
    the share of imports. Modelled on the N-1 criterion of Regulation (EU) 2017/1938, annex II, for gas:
    the remaining capacity against demand when the single largest infrastructure fails.
    """
    largest = largest_outside_supplier(supply, inside=inside)
    if largest is None:
        return None
    spare = spare or {}
    not_below_zero(spare)
    others = sum((quantity for economy, quantity in spare.items() if economy != largest.economy), ZERO)
    whole = sum(supply.values(), ZERO)
    return SupplierLoss(largest.economy, largest.share, min(others / whole, largest.share))


def disruption_potential(
    production: Mapping[str, Decimal], *, ability: Mapping[str, Decimal], willingness: Mapping[str, Decimal]
) -> Decimal | None:
    """Give DP: the sum over economies of PS² · ASI · WSI, 0 to 1.

    `production` is world production by economy (primary and secondary); PS its shares. `ability` (ASI) and
    `willingness` (WSI) are the paper's indices of the *in*ability and *un*willingness to supply, 0 (safe)
    to 1; every economy that produces needs both.

    Source: Nassar et al. (2020), Evaluating the mineral commodity supply risk of the U.S. manufacturing
    sector, Science Advances 6(8), eaay8647.
    """
    parts = shares(production)
    fractions(ability)
    fractions(willingness)
    missing = sorted(e for e, part in parts.items() if part and (e not in ability or e not in willingness))
    if missing:
        raise undefined(f"No ability or willingness is given for {', '.join(missing)}.")
    if not parts:
        return None
    return sum((part * part * ability[e] * willingness[e] for e, part in parts.items() if part), ZERO)


def trade_exposure(reliance: ImportReliance) -> Decimal | None:
    """Give TE: net import reliance as a fraction of one; 0 for a net exporter, missing without consumption.

    Source: Nassar et al. (2020): TE = 1 / (1 + production / (imports - exports + stock change)).
    """
    if reliance.state is RelianceState.NET_EXPORTER:
        return ZERO
    return None if reliance.percent is None else min(reliance.percent / 100, ONE)


def economic_vulnerability(
    industries: Mapping[str, tuple[Decimal, Decimal, Decimal]], *, gdp: Decimal
) -> Decimal | None:
    """Give EV before rescaling: the sum over industries of VA · expenditure / operating profit, over GDP.

    `industries` gives each industry's value added, expenditure on the commodity and operating profit, all
    in one currency. An industry without profit has no finite ratio and is refused. The paper compares
    commodities: rescale EV to 0..1 over the set compared before `supply_risk`, and say how.

    Source: Nassar et al. (2020).
    """
    not_below_zero({"gdp": gdp})
    for name, (added, spent, profit) in industries.items():
        not_below_zero({f"{name}: value added": added, f"{name}: expenditure": spent})
        not_below_zero({f"{name}: operating profit": abs(profit)})
    if not gdp:
        raise undefined("The gross domestic product must be above zero.")
    bare = sorted(name for name, (_, _, profit) in industries.items() if profit <= 0)
    if bare:
        raise undefined(f"Without an operating profit there is no ratio: {', '.join(bare)}.")
    if not industries:
        return None
    return sum((added * spent / profit for added, spent, profit in industries.values()), ZERO) / gdp


def supply_risk(disruption: Decimal, exposure: Decimal, vulnerability: Decimal) -> Decimal:
    """Give SR = (DP · TE · EV)^(1/3), the geometric mean, rounded to twelve places.

    All three on 0..1. Source: Nassar et al. (2020); also the method of the 2021 review of the U.S. list of
    critical minerals, USGS Open-File Report 2021-1045.
    """
    fractions({"disruption": disruption, "exposure": exposure, "vulnerability": vulnerability})
    product = disruption * exposure * vulnerability
    return (product ** (ONE / 3)).quantize(TWELVE_PLACES) if product else ZERO


def governance_weighted_concentration(
    supply: Mapping[str, Decimal],
    *,
    governance: Mapping[str, Decimal],
    trade: Mapping[str, Decimal] | None = None,
) -> Decimal | None:
    """Give HHI_WGI,t: the sum over economies of S² · WGI · t, 0 to 10 (and above 10 only through t).

    S is the share as a fraction; `governance` the World Governance Indicator rescaled to 0 (good) to 10
    (poor); `trade` the trade parameter t: below 1 for agreements, above 1 for export restrictions, 1 where
    nothing is given.

    Source: European Commission (2017), Methodology for establishing the EU list of critical raw materials,
    doi:10.2873/769526.
    """
    parts = shares(supply)
    trade = trade or {}
    not_below_zero(trade)
    out = [e for e, score in governance.items() if not (score.is_finite() and 0 <= score <= 10)]
    missing = sorted(economy for economy, part in parts.items() if part and economy not in governance)
    if out or missing:
        raise undefined(f"Each supplier needs a governance score of 0 to 10: {', '.join([*out, *missing])}.")
    if not parts:
        return None
    return sum((p * p * governance[e] * trade.get(e, ONE) for e, p in parts.items() if p), ZERO)


def eu_import_reliance(*, production: Decimal, imports: Decimal, exports: Decimal) -> Decimal | None:
    """Give IR = (imports - exports) / (production + imports - exports), cut to 0..1.

    Source: European Commission (2017), doi:10.2873/769526.
    """
    reliance = net_import_reliance(production=production, imports=imports, exports=exports)
    return trade_exposure(reliance)


def eu_supply_risk(
    *,
    global_supply: Decimal,
    eu_sourcing: Decimal,
    import_reliance: Decimal,
    recycling_rate: Decimal = ZERO,
    substitution: Decimal = ONE,
) -> Decimal:
    """Give SR = [HHI_GS · IR/2 + HHI_EU · (1 - IR/2)] · (1 - EoL_RIR) · SI_SR.

    `global_supply` and `eu_sourcing` are two `governance_weighted_concentration`s; `import_reliance`,
    `recycling_rate` (end-of-life recycling input rate) and `substitution` (1: no substitute) are 0 to 1.
    Critical is 1.0 and above, together with economic importance of 2.8.

    Source: European Commission (2017), doi:10.2873/769526.
    """
    not_below_zero({"global_supply": global_supply, "eu_sourcing": eu_sourcing})
    fractions(
        {"import_reliance": import_reliance, "recycling_rate": recycling_rate, "substitution": substitution}
    )
    half = import_reliance / 2
    return (global_supply * half + eu_sourcing * (1 - half)) * (1 - recycling_rate) * substitution


def not_below_zero(numbers: Mapping[str, Decimal]) -> None:
    """Refuse numbers below zero, and those that are none, all at once."""
    wrong = sorted(name for name, number in numbers.items() if not number.is_finite() or number < 0)
    if wrong:
        raise undefined(f"Not a number of zero or more: {', '.join(wrong)}.")


def fractions(numbers: Mapping[str, Decimal]) -> None:
    """Refuse numbers that are no fraction of one, all at once."""
    wrong = sorted(name for name, number in numbers.items() if not number.is_finite() or not 0 <= number <= 1)
    if wrong:
        raise undefined(f"Not a fraction of one: {', '.join(wrong)}.")


def undefined(message: str) -> AtlasError:
    """Say that a measure is not defined for what it was given."""
    return AtlasError([Problem("STN-ATLAS-021", message, "Give numbers in the form its description names.")])
