"""How pictures are drawn: Vega-Lite specifications as plain data, made into SVG or PNG by vl-convert.

vl-convert comes with the extra `export`. Without it pages have their tables and say how to get pictures.
Teal is inside the zone, amber outside, violet what crosses the border to an officer's desk; no meaning
hangs on red and green, and every picture has a table under it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

try:
    import vl_convert
except ImportError:  # the extra is not installed
    vl_convert = None  # type: ignore[assignment]

__all__ = [
    "AMBER", "GREY", "INK", "NAVY", "PALE", "SLATE", "TEAL", "VIOLET", "Spec", "can_draw", "draw", "draw_png",
    "layered", "names_axis", "numbers_axis", "titled",
]  # fmt: skip

NAVY, TEAL, AMBER, VIOLET = "#17324d", "#0f766e", "#b45309", "#6d4fa3"
SLATE, GREY, PALE, INK = "#8fa3b8", "#d5dce4", "#eaeef3", "#1f2d3d"
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


def titled(spec: Spec) -> Spec:
    """Give a specification that bears its description as a title, to stand alone."""
    title = {"text": spec["description"], "anchor": "start", "fontSize": 12.5, "color": INK, "offset": 10}
    return spec | {"title": title}


def draw_png(spec: Spec, scale: float = 2.0) -> bytes:
    """Draw a specification as PNG on white, `scale` pixels a unit."""
    png: bytes = vl_convert.vegalite_to_png(spec | {"background": "white"}, scale=scale, show_warnings=False)
    return png


def layered(
    title: str, rows: Sequence[Mapping[str, Any]], layers: list[Spec], count: int, step: int = 22
) -> Spec:
    """Put layers over the same rows into one specification in the house style, `count` steps high."""
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


def names_axis() -> Spec:
    """Give an axis of names."""
    return {"title": None, "labelLimit": NAME_WIDTH, "ticks": False, "domain": False, "labelPadding": 6}


def numbers_axis(title: str, form: str = "~s") -> Spec:
    """Give an axis of numbers."""
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
