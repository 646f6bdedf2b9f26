"""Pictures of a run as inline SVG: Vega-Lite specifications as plain data, drawn by vl-convert.

vl-convert comes with the extra `export`. Without it the page has its tables and says how to get pictures.
Teal is inside the zone, amber outside, violet what crosses the border to an officer's desk; no meaning
hangs on red and green, and every picture has a table under it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stannary.report.findings import EconomySum, LineTold, StageSum
from stannary.report.words import ORIGIN_WORDS, title_of

try:
    import vl_convert
except ImportError:  # the extra is not installed
    vl_convert = None  # type: ignore[assignment]

__all__ = ["AMBER", "GREY", "NAVY", "SLATE", "TEAL", "VIOLET", "can_draw", "draw"]

NAVY, TEAL, AMBER, VIOLET = "#17324d", "#0f766e", "#b45309", "#6d4fa3"
SLATE, GREY, PALE, INK = "#8fa3b8", "#d5dce4", "#eaeef3", "#1f2d3d"
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
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
NAME_WIDTH = 220

Spec = dict[str, Any]


def can_draw() -> bool:
    """Say whether pictures can be drawn here."""
    return vl_convert is not None


def draw(spec: Spec, name: str) -> str:
    """Draw a specification as SVG to stand inside a page. `name` keeps its ids apart from other pictures'."""
    svg: str = vl_convert.vegalite_to_svg(spec, show_warnings=False)
    svg = re.sub(r'\b(id="|url\(#|href="#)', lambda found: f"{found[1]}{name}-", svg)
    # Screen readers get the description of the whole; its hundreds of marks would only be noise.
    svg = re.sub(r' (role|aria-roledescription|aria-label|aria-hidden)="[^"]*"', "", svg)
    label = _attribute(str(spec["description"]))
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


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
        "y": {"field": "name", "type": "nominal", "sort": names, "axis": _names()},
        "x": {"field": "amount", "type": "quantitative", "axis": _numbers("million USD")},
    }
    return _whole(
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
        "y": {"field": "name", "type": "nominal", "sort": names, "axis": _names()},
        "x": {
            "field": "share",
            "type": "quantitative",
            "stack": "zero",
            "scale": {"domain": [0, 1]},
            "axis": _numbers("share of lines", "%"),
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
    return _whole(title, rows, [bars], len(names), 28)


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
    y = {"field": "name", "type": "nominal", "sort": names, "axis": _names()}
    x = {
        "field": "ratio",
        "type": "quantitative",
        "scale": {"domain": [0, most], "nice": False},
        "axis": _numbers("price as a share of the floor", "%"),
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
    return _whole(title, rows, layers, len(rows), 24)


def _whole(
    title: str, rows: Sequence[Mapping[str, Any]], layers: list[Spec], count: int, step: int = 22
) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "description": title,
        "width": 540,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "height": max(1, count) * step,
        "background": "transparent",
        "padding": {"left": 2, "right": 40, "top": 4, "bottom": 4},
        "data": {"values": list(rows)},
        "layer": layers,
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {"labelColor": INK, "titleColor": "#4a5a6b", "labelFontSize": 11.5, "titleFontSize": 11},
            "legend": {"labelFontSize": 11.5, "labelColor": INK, "symbolType": "square"},
        },
    }


def _names() -> Spec:
    return {"title": None, "labelLimit": NAME_WIDTH, "ticks": False, "domain": False, "labelPadding": 6}


def _numbers(title: str, form: str = "~s") -> Spec:
    return {
        "title": title,
        "format": form if form == "%" else ",~f",
        "gridColor": PALE,
        "domain": False,
        "tickCount": 5,
        "titleFontWeight": "normal",
    }


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
