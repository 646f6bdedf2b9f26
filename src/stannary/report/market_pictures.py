"""Pictures of an outlook: price fans, where the zone buys, who gains; specifications as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from stannary.market.comparison import Comparison
from stannary.market.outlook import QUANTILES, Outlook
from stannary.report.drawing import (
    AMBER,
    GREY,
    INK,
    NAVY,
    SLATE,
    TEAL,
    Spec,
    layered,
    names_axis,
    numbers_axis,
)
from stannary.report.market_tables import middle_of, shares_by_source, zone_fan, zone_of

__all__ = ["gains_by_party", "price_fan", "sources_by_period"]

WIDE, FAINT = 0.16, 0.3
STEPS = 10
"""Steps of height of a picture over time."""


def price_fan(outlook: Outlook, product: str) -> Spec:
    """Draw what the zone's users pay as a fan, the dominant supplier's price beside it, and the floor."""
    fan = outlook.fan("average_price", product, zone_of(outlook), QUANTILES).values
    floor = zone_fan(outlook, "floor", product)[1]
    dominant = outlook.story.dominant
    outside = (
        middle_of(outlook.series("price", product, dominant).values)
        if dominant
        else np.full(fan.shape[1], np.nan)
    )
    rows = [
        {"period": period, **_points(fan[:, place]), "outside": _value(outside[place]),
         "floor": _value(floor[place]) if floor[place] > 0 else None}
        for place, period in enumerate(outlook.periods)
    ]  # fmt: skip
    x = {"field": "period", "type": "ordinal", "axis": _periods(outlook)}
    names = ["Paid in the zone", f"Price in {dominant}" if dominant else "Price outside", "Floor"]
    scale = {"domain": names, "range": [TEAL, AMBER, NAVY]}
    legend = {"title": None, "orient": "top", "symbolType": "stroke"}

    def line(field: str, name: str, **mark: Any) -> Spec:
        return {
            "mark": {"type": "line", "strokeWidth": 2.2, **mark},
            "encoding": {
                "x": x,
                "y": {"field": field, "type": "quantitative", "axis": numbers_axis("USD/t")},
                "color": {"datum": name, "scale": scale, "legend": legend},
            },
        }

    def band(low: str, high: str, opacity: float) -> Spec:
        y = {"field": low, "type": "quantitative", "axis": numbers_axis("USD/t")}
        mark = {"type": "area", "color": TEAL, "opacity": opacity}
        return {"mark": mark, "encoding": {"x": x, "y": y, "y2": {"field": high}}}

    layers = [band("p10", "p90", WIDE), band("p25", "p75", FAINT)] if outlook.draws > 1 else []
    layers += [line("p50", names[0])]
    if np.isfinite(outside).any():
        layers.append(line("outside", names[1], strokeDash=[5, 3]))
    if (floor > 0).any():
        layers.append(line("floor", names[2], interpolate="step-after", strokeWidth=1.6))
    title = f"{product}: what users in the zone pay, USD of {outlook.story.price_year} a contained tonne"
    return layered(title, rows, layers, STEPS)


def sources_by_period(outlook: Outlook, product: str) -> Spec:
    """Draw the shares of the zone, the dominant supplier and others in what the zone buys, by period."""
    dominant = outlook.story.dominant or "The largest"
    names = ["Made in the zone", f"From {dominant}", "Others"]
    shares = shares_by_source(outlook, product)
    rows = [
        {"period": period, "name": name, "share": float(shares[order, place]), "order": order}
        for place, period in enumerate(outlook.periods)
        for order, name in enumerate(names)
        if np.isfinite(shares[order, place])
    ]
    bars = {
        "mark": {"type": "bar", "stroke": "white", "strokeWidth": 0.5},
        "encoding": {
            "x": {"field": "period", "type": "ordinal", "axis": _periods(outlook)},
            "y": {
                "field": "share",
                "type": "quantitative",
                "stack": "zero",
                "scale": {"domain": [0, 1]},
                "axis": numbers_axis("share of what the zone buys", "%"),
            },
            "color": {
                "field": "name",
                "type": "nominal",
                "scale": {"domain": names, "range": [TEAL, AMBER, SLATE]},
                "legend": {"title": None, "orient": "top"},
            },
            "order": {"field": "order", "type": "quantitative"},
        },
    }
    return layered(f"{product}: where the zone buys", rows, [bars], STEPS)


def gains_by_party(comparison: Comparison) -> Spec:
    """Draw what each party of the zone, of the dominant supplier and elsewhere gains, in million USD."""
    zone = zone_of(comparison.after)
    dominant = comparison.after.story.dominant
    sums: dict[tuple[str, str], float] = {}
    for gain in comparison.gains:
        place = "Zone" if gain.region in zone else gain.region if gain.region == dominant else "Elsewhere"
        if gain.party != "all" and np.isfinite(gain.middle):
            sums[gain.words, place] = sums.get((gain.words, place), 0.0) + gain.middle / 1e6
    places = [name for name in ("Zone", dominant, "Elsewhere") if any(key[1] == name for key in sums)]
    colours = {"Zone": TEAL, dominant: AMBER, "Elsewhere": SLATE}
    rows = [
        {"name": words, "place": place, "gain": amount}
        for (words, place), amount in sums.items()
        if abs(amount) >= 0.05
    ]
    names = list(dict.fromkeys(str(row["name"]) for row in rows))
    bars = {
        "mark": {"type": "bar", "height": {"band": 0.9}},
        "encoding": {
            "y": {"field": "name", "type": "nominal", "sort": names, "axis": names_axis()},
            "yOffset": {"field": "place", "sort": places},
            "x": {"field": "gain", "type": "quantitative", "axis": numbers_axis("million USD, gain or loss")},
            "color": {
                "field": "place",
                "type": "nominal",
                "scale": {"domain": places, "range": [colours[place] for place in places]},
                "legend": {"title": None, "orient": "top"},
            },
        },
    }
    zero = {"mark": {"type": "rule", "color": INK}, "encoding": {"x": {"datum": 0}}}
    return layered("Who gains and who pays, summed over the periods", rows, [bars, zero], len(names), 42)


def _points(values: np.ndarray) -> dict[str, float | None]:
    return {f"p{round(100 * q)}": _value(value) for q, value in zip(QUANTILES, values, strict=True)}


def _value(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _periods(outlook: Outlook) -> Spec:
    """Give an axis of periods with at most a dozen labels."""
    every = max(1, -(-len(outlook.periods) // 12))
    shown = list(outlook.periods[::every])
    return {"title": None, "values": shown, "labelAngle": 0, "ticks": False, "domainColor": GREY}
