"""Pictures of a run of the border: Vega-Lite specifications as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stannary.report.drawing import (
    AMBER,
    GREY,
    INK,
    NAVY,
    SLATE,
    TEAL,
    VIOLET,
    Spec,
    layered,
    names_axis,
    numbers_axis,
)
from stannary.report.findings import EconomySum, LineTold, StageSum
from stannary.report.words import ORIGIN_WORDS, title_of

__all__ = ["money_by_economy", "money_by_name", "outcomes_by_stage", "prices_against_floors"]

ORIGIN_COLOURS = {
    "zone": TEAL,
    "developing": "#5b8def",
    "neutral": SLATE,
    "covered": AMBER,
    "unknown": "#d9a066",
    "mixed": VIOLET,
    "not_tested": GREY,
}
OUTCOME_COLOURS = {
    "preferential": TEAL,
    "cleared": SLATE,
    "adjusted": AMBER,
    "referred": VIOLET,
    "out_of_scope": GREY,
}
MOST_BARS = 14


def money_by_name(title: str, sums: Sequence[tuple[str, float]], colour: str = AMBER) -> Spec:
    """Draw amounts in millions of USD as bars, the largest first."""
    rows = [{"name": name, "amount": amount / 1e6} for name, amount in sums[:MOST_BARS]]
    return _bars(title, rows, {"value": colour})


def money_by_economy(title: str, economies: Sequence[EconomySum]) -> Spec:
    """Draw what each economy's goods owe, in millions of USD, coloured by what the charter calls it."""
    rows = [
        {
            "name": economy.name,
            "amount": float(economy.adjustment_usd) / 1e6,
            "kind": ORIGIN_WORDS[economy.origin],
        }
        for economy in economies[:MOST_BARS]
        if economy.adjustment_usd
    ]
    kinds = [kind for kind in ORIGIN_COLOURS if any(row["kind"] == ORIGIN_WORDS[kind] for row in rows)]
    colour = {
        "field": "kind",
        "type": "nominal",
        "scale": {
            "domain": [ORIGIN_WORDS[kind] for kind in kinds],
            "range": [ORIGIN_COLOURS[kind] for kind in kinds],
        },
        "legend": {"title": None, "orient": "top", "columns": 2 if len(kinds) > 3 else 3, "labelLimit": 200},
    }
    return _bars(title, rows, colour)


def _bars(title: str, rows: Sequence[Mapping[str, Any]], colour: Mapping[str, Any]) -> Spec:
    names = [row["name"] for row in rows]
    position: Spec = {
        "y": {"field": "name", "type": "nominal", "sort": names, "axis": names_axis()},
        "x": {"field": "amount", "type": "quantitative", "axis": numbers_axis("million USD")},
    }
    return layered(
        title,
        rows,
        [
            {"mark": {"type": "bar", "height": 15}, "encoding": position | {"color": colour}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": 11},
                "encoding": position | {"text": {"field": "amount", "format": ",.1f"}},
            },
        ],
        len(rows),
    )


def outcomes_by_stage(title: str, stages: Sequence[StageSum]) -> Spec:
    """Draw, for each stage, the share of its lines with each outcome, and how many lines there are."""
    rows = []
    for stage in stages:
        lines = sum(stage.lines.values())
        for order, outcome in enumerate(OUTCOME_COLOURS):
            if stage.lines.get(outcome):
                rows.append(
                    {
                        "name": f"{title_of(stage.stage)} ({lines:,})",
                        "outcome": title_of(outcome),
                        "lines": stage.lines[outcome],
                        "share": stage.lines[outcome] / lines,
                        "order": order,
                    }
                )
    names = list(dict.fromkeys(row["name"] for row in rows))
    present = [o for o in OUTCOME_COLOURS if any(row["outcome"] == title_of(o) for row in rows)]
    position: Spec = {
        "y": {"field": "name", "type": "nominal", "sort": names, "axis": names_axis()},
        "x": {
            "field": "share",
            "type": "quantitative",
            "stack": "zero",
            "scale": {"domain": [0, 1]},
            "axis": numbers_axis("share of lines", "%"),
        },
        "order": {"field": "order", "type": "quantitative"},
    }
    colour = {
        "field": "outcome",
        "type": "nominal",
        "scale": {
            "domain": [title_of(o) for o in present],
            "range": [OUTCOME_COLOURS[o] for o in present],
        },
        "legend": {"title": None, "orient": "top", "columns": 5},
    }
    bars = {
        "mark": {"type": "bar", "height": 20, "stroke": "white"},
        "encoding": position | {"color": colour},
    }
    return layered(title, rows, [bars], len(names), 28)


def prices_against_floors(title: str, products: Sequence[LineTold], most: float = 2.0) -> Spec:
    """Draw, for each product's biggest line, its price as a share of the floor; the tick is the floor."""
    rows = []
    for line in products:
        if line.price_usd_per_t is None or not line.floor_usd_per_t:
            continue
        ratio = float(line.price_usd_per_t / line.floor_usd_per_t)
        rows.append(
            {
                "name": line.title,
                "ratio": min(ratio, most),
                "label": f"{ratio:.0%}",
                "floor": 1,
                "kind": "Below the floor" if ratio < 1 else "At or above the floor",
            }
        )
    names = [row["name"] for row in rows]
    y = {"field": "name", "type": "nominal", "sort": names, "axis": names_axis()}
    x = {
        "field": "ratio",
        "type": "quantitative",
        "scale": {"domain": [0, most], "nice": False},
        "axis": numbers_axis("price as a share of the floor", "%"),
    }
    colour = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": ["Below the floor", "At or above the floor"], "range": [AMBER, SLATE]},
        "legend": {"title": None, "orient": "top"},
    }
    floor = {"field": "floor", "type": "quantitative"}
    layers = [
        {"mark": {"type": "bar", "height": 12}, "encoding": {"y": y, "x": x, "color": colour}},
        {
            "mark": {"type": "tick", "color": NAVY, "thickness": 3, "size": 20},
            "encoding": {"y": y, "x": floor},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 2, "color": INK, "fontSize": 11},
            "encoding": {"y": y, "x": {"datum": most}, "text": {"field": "label"}},
        },
    ]
    return layered(title, rows, layers, len(rows), 24)
