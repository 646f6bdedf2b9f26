"""What an outlook or a comparison says, as tables of words: the same for terminal and page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stannary.market.comparison import Comparison, Gain
from stannary.market.outlook import BAND, Outlook

__all__ = [
    "Told", "budgets", "changes", "gains", "levels", "millions", "prices", "protection", "sourcing", "spread",
]  # fmt: skip

MISSING = "–"
BUDGET = (
    ("levies", "Levies"),
    ("tariffs", "Tariffs"),
    ("support", "Support paid"),
    ("treasury", "Budget, net"),
    ("floor_markups", "Sellers' part of floors"),
    ("leak_margins", "Leakage channels"),
)
"""Money that the law moves: variable, and what the column is called."""


@dataclass(frozen=True, slots=True)
class Told:
    """A table with its title and note; the columns named in `right` hold numbers."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[str, ...] = ()


def prices(outlook: Outlook) -> Told:
    """Tell what the zone's users pay for each product, and what its producers would get without floors."""
    first, last = outlook.periods[0], outlook.periods[-1]
    columns = ("Product", f"Paid in {first}", f"Paid in {last}", "Highest", "In", "Floor", "No floors")
    rows = []
    for product in outlook.products:
        fan = zone_fan(outlook, "average_price", product)
        middle = fan[1]
        if not np.isfinite(middle).any():
            rows.append((product, *(MISSING,) * 6))
            continue
        top = int(np.nanargmax(middle))
        floor = zone_fan(outlook, "floor", product)[1]
        held = floor[np.isfinite(floor) & (floor > 0)]
        rows.append(
            (
                product,
                number(middle[0]),
                spread(fan[:, -1], outlook.draws > 1),
                number(middle[top]),
                outlook.periods[top],
                number(held[-1]) if held.size else "none",
                number(zone_fan(outlook, "price_without_floors", product)[1][-1]),
            )
        )
    year = outlook.story.price_year
    note = (
        f"USD of {year} a contained tonne. Paid: delivered and duty paid, averaged over origins; the range "
        f"holds eight of ten draws. Floor: the last in force. No floors: producers' price in {last} then."
    )
    return Told("What users in the zone pay", note, columns, tuple(rows), columns[1:4] + columns[5:])


def sourcing(outlook: Outlook) -> Told:
    """Tell where the zone's users buy: from the zone, from the dominant supplier, from others."""
    dominant = outlook.story.dominant
    columns = (
        "Product",
        "Period",
        "Used, t",
        "Made in the zone",
        f"From {dominant or 'the largest'}",
        "Others",
    )
    rows = []
    for product in outlook.products:
        for period in ends(outlook):
            place = outlook.periods.index(period)
            shares = shares_by_source(outlook, product)[:, place]
            used = zone_fan(outlook, "use", product)[1][place]
            rows.append((product, period, number(used), *(share(value) for value in shares)))
    note = (
        "Contained tonnes a period (median), and shares of what the zone's users bought (mean of the draws)."
    )
    return Told("Where the zone buys", note, columns, tuple(rows), columns[2:])


def shares_by_source(outlook: Outlook, product: str) -> np.ndarray:
    """Give mean shares of zone, dominant supplier and others in what the zone buys, ``source period``."""
    zone, dominant = outlook.story.zone, outlook.story.dominant
    by_region = [outlook.series("sources", product, region).values for region in outlook.regions]
    total = np.sum(by_region, axis=0)
    inside = np.sum([t for t, name in zip(by_region, outlook.regions, strict=True) if name in zone], axis=0)
    named = [t for t, name in zip(by_region, outlook.regions, strict=True) if name == dominant]
    leading = named[0] if named else np.zeros_like(total)
    parts = [inside + 0.0 * total, leading, total - inside - leading]
    shares = np.stack(parts) / np.where(total > 0, total, np.nan)
    solved = np.isfinite(shares)
    count = solved.sum(1)
    return np.asarray(
        np.where(count > 0, np.where(solved, shares, 0.0).sum(1) / np.maximum(count, 1), np.nan)
    )


def budgets(outlook: Outlook) -> Told:
    """Tell what the law moves between treasuries, sellers and channels, summed over the periods."""
    held = [(name, words) for name, words in BUDGET if name in outlook.data]
    columns = ("Region", *(words for _, words in held))
    rows = []
    for region in outlook.regions:
        sums = [
            middle_of(outlook.series(name, None, region).sum("period", skipna=False).values)
            for name, _ in held
        ]
        rows.append((region, *(millions(float(value)) for value in sums)))
    note = (
        f"Million USD of {outlook.story.price_year}, {outlook.periods[0]} to {outlook.periods[-1]}, not "
        "discounted; medians. Sellers' part: export taxes and markups on goods that a floor keeps up."
    )
    return Told("What the law moves", note, columns, tuple(rows), columns[1:])


def protection(outlook: Outlook) -> Told:
    """Tell how floors along the chain protect each stage in the zone, and what becomes of its output."""
    place = floored_period(outlook)
    period = outlook.periods[place]
    columns = ("Product", "Region", "Floor", "Price", "Effective protection", "Output against no floors")
    rows = []
    for product in outlook.products:
        for region in outlook.story.zone:
            floor, price, rate, made, free = (
                middle_of(outlook.series(name, product, region).values)[place]
                for name in ("floor", "price", "protection", "output", "output_without_floors")
            )
            if np.isfinite(made) and max(made, free) > 0:
                change = share(made / free - 1.0, signed=True) if free > 0 else MISSING
                rows.append(
                    (product, region, number(floor) if floor > 0 else "none", number(price),
                     share(rate, signed=True), change)
                )  # fmt: skip
    note = (
        f"In {period}, against the same scenario without floors; medians. Effective protection is the "
        "charter's measure: by how much floors raise what a stage earns over its inputs. Below zero floors "
        "elsewhere in the chain tax the stage."
    )
    return Told("Protection along the chain", note, columns, tuple(rows), columns[2:])


def floored_period(outlook: Outlook) -> int:
    """Give the last period with a floor in force in the zone; the last of all where there is none."""
    floor = outlook.data["floor"].sel(region=list(outlook.story.zone)).values
    held = np.flatnonzero((np.nan_to_num(floor) > 0).any(axis=(0, 2, 3, 4)))
    return int(held[-1]) if held.size else len(outlook.periods) - 1


def gains(comparison: Comparison) -> Told:
    """Tell who gains and who pays, region by region."""
    found = comparison.gains
    parties = list(dict.fromkeys(gain.words for gain in found))
    by_place = {(gain.region, gain.words): gain for gain in found}
    many = max(comparison.before.draws, comparison.after.draws) > 1
    rows = [
        (words, *(_gain(by_place, region, words, many) for region in comparison.after.regions))
        for words in parties
    ]
    span = f"{comparison.periods[0]} to {comparison.periods[-1]}"
    paired = (
        "the range holds eight of ten draws"
        if comparison.is_paired
        else "the outlooks have no draw in common, so these are differences of medians"
    )
    note = f"Million USD of {comparison.after.story.price_year}, {span}, not discounted; {paired}."
    return Told("Who gains and who pays", note, ("Party", *comparison.after.regions), tuple(rows),
                comparison.after.regions)  # fmt: skip


def _gain(found: Mapping[tuple[str, str], Gain], region: str, words: str, many: bool) -> str:
    gain = found.get((region, words))
    if gain is None:
        return MISSING
    if not many or not np.isfinite([gain.low, gain.high]).all():
        return millions(gain.middle)
    return f"{millions(gain.middle)} ({millions(gain.low)} to {millions(gain.high)})"


def changes(comparison: Comparison) -> Told:
    """Tell how prices and the zone's sourcing differ at the end and at the largest gap."""
    last = comparison.periods[-1]
    columns = ("Product", f"Price in {last}", "Largest change", "In", f"Zone's output in {last}")
    rows = []
    for product in comparison.after.products:
        fan, made = (
            comparison.fan(name, product, zone_of(comparison.after)).values
            for name in ("average_price", "output")
        )
        if not np.isfinite(fan[1]).any():
            rows.append((product, *(MISSING,) * 4))
            continue
        top = int(np.nanargmax(np.abs(fan[1])))
        rows.append(
            (
                product,
                spread(fan[:, -1], comparison.is_paired and comparison.after.draws > 1, signed=True),
                number(fan[1][top], signed=True),
                comparison.periods[top],
                number(made[1][-1], signed=True),
            )
        )
    note = "USD a contained tonne paid by the zone's users, and contained tonnes a period; after less before."
    return Told("What changes in the zone", note, columns, tuple(rows), (*columns[1:3], columns[4]))


def levels(outlooks: Sequence[Outlook]) -> Told:
    """Tell several outlooks in a line each: price, sourcing, budget of the zone."""
    columns = (
        "Scenario", "Price at the end", "Highest", "Made in the zone", "Zone's budget", "Users' gain",
        "Not solved",
    )  # fmt: skip
    rows = []
    for outlook in outlooks:
        product = outlooks[0].headline_product
        fan = zone_fan(outlook, "average_price", product)
        money = [
            middle_of(outlook.series(name, None, "zone").sum("period", skipna=False).values)
            for name in ("treasury", "users")
        ]
        rows.append(
            (
                outlook.story.scenario,
                spread(fan[:, -1], outlook.draws > 1),
                number(np.nanmax(fan[1])) if np.isfinite(fan[1]).any() else MISSING,
                share(shares_by_source(outlook, product)[0, -1]),
                *(millions(float(value)) for value in money),
                f"{int((~outlook.solved).sum()):,} of {outlook.draws:,}",
            )
        )
    product = outlooks[0].headline_product
    note = (
        f"Price: USD a contained tonne of {product}, paid by the zone's users. Money: million USD over all "
        "periods, not discounted. Users' gain: over paying the reference price throughout."
    )
    return Told("Scenarios side by side", note, columns, tuple(rows), columns[1:])


# -- numbers in words ---------------------------------------------------------------------------------------


def zone_of(outlook: Outlook) -> tuple[str, ...]:
    """Name the zone's regions, or all where there is no zone."""
    return outlook.story.zone or outlook.regions


def zone_fan(outlook: Outlook, measure: str, product: str) -> np.ndarray:
    """Give the 10%, 50% and 90% points of a variable in the zone, ``quantile period``."""
    if measure == "floor":
        series = [outlook.series("floor", product, region).values for region in zone_of(outlook)]
        return np.stack([middle_of(np.max(series, axis=0))] * 3)
    return np.asarray(outlook.fan(measure, product, zone_of(outlook), BAND).values)


def middle_of(values: np.ndarray) -> np.ndarray:
    """Give the median over the draws that have a number; NaN where none has."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim == 1:
        solved = values[np.isfinite(values)]
        return np.asarray(np.median(solved) if solved.size else np.nan)
    out = np.full(values.shape[1:], np.nan)
    some = np.isfinite(values).any(0)
    out[some] = np.nanmedian(values[:, some], axis=0)
    return out


def ends(outlook: Outlook) -> Iterator[str]:
    """Give the first and the last period."""
    yield outlook.periods[0]
    if len(outlook.periods) > 1:
        yield outlook.periods[-1]


def number(value: float, *, signed: bool = False) -> str:
    """Write a number with three figures or whole units; a missing one as a dash."""
    if not np.isfinite(value):
        return MISSING
    sign = "+" if signed else ""
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:{sign},.{places}f}"


def spread(points: np.ndarray, shown: bool, *, signed: bool = False) -> str:
    """Write a middle, with its range where one is shown; `points` are low, middle and high."""
    low, middle, high = (float(point) for point in points)
    if not np.isfinite(middle):
        return MISSING
    told = number(middle, signed=signed)
    return f"{told} ({number(low, signed=signed)} to {number(high, signed=signed)})" if shown else told


def share(value: float, *, signed: bool = False) -> str:
    """Write a share in percent; a missing one as a dash."""
    return MISSING if not np.isfinite(value) else f"{value:{'+' if signed else ''}.0%}"


def millions(value: float) -> str:
    """Write USD in millions; a missing amount as a dash."""
    if not np.isfinite(value):
        return MISSING
    told = f"{value / 1e6:,.1f}"
    return "0.0" if told == "-0.0" else told
