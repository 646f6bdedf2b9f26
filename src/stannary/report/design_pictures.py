"""Pictures of designs: cost against security, what matters most, what is expected to be lost."""

from __future__ import annotations

from stannary.market.loss import LossReport
from stannary.market.pareto import Front
from stannary.market.sensitivity import Sensitivity
from stannary.report.drawing import AMBER, GREY, NAVY, TEAL, Spec, layered, names_axis, numbers_axis

__all__ = ["expected_losses", "front_line", "influences"]

STEPS = 11
MOST = 15
MILLION = 1e6


def front_line(front: Front) -> Spec:
    """Draw cost against the goal's measure, a point a design, with the span of the draws."""
    shares = front.goal.kind != "price"
    rows = [
        {"cost": each.cost.mean / MILLION, "low": each.cost.low / MILLION, "high": each.cost.high / MILLION,
         "level": each.level}
        for each in front.points
    ]  # fmt: skip
    sure = f"{front.goal.measured} in {front.goal.probability:.0%} of draws"
    x = {
        "field": "level", "type": "quantitative", "scale": {"zero": False},
        "axis": numbers_axis(sure, "%") if shares else numbers_axis(f"{sure}, USD/t"),
    }  # fmt: skip

    def y(field: str) -> Spec:
        title = "cost to users and treasury, million USD"
        return {"field": field, "type": "quantitative", "axis": numbers_axis(title)}

    layers: list[Spec] = [
        {"mark": {"type": "rule", "color": GREY, "strokeWidth": 3},
         "encoding": {"x": x, "y": y("low"), "y2": {"field": "high"}}},
        {"mark": {"type": "line", "color": TEAL, "strokeWidth": 2}, "encoding": {"x": x, "y": y("cost")}},
        {"mark": {"type": "point", "color": NAVY, "filled": True, "size": 60},
         "encoding": {"x": x, "y": y("cost")}},
    ]  # fmt: skip
    title = f"{front.mineral}: what security costs, {front.goal.by} (means; bars 10% to 90% of draws)"
    return layered(title, rows, layers, STEPS)


def influences(found: Sensitivity) -> Spec:
    """Draw the total index of the unknowns that matter most, with its interval."""
    rows = [
        {"name": each.words, "total": max(each.total, 0.0), "low": max(each.total_low, 0.0),
         "high": each.total_high}
        for each in found.influences[:MOST]
    ]  # fmt: skip
    y = {"field": "name", "type": "nominal", "sort": None, "axis": names_axis()}

    def x(field: str) -> Spec:
        return {"field": field, "type": "quantitative", "axis": numbers_axis("share of the variance", "%")}

    layers: list[Spec] = [
        {"mark": {"type": "bar", "color": TEAL}, "encoding": {"x": x("total"), "y": y}},
        {"mark": {"type": "rule", "color": NAVY, "strokeWidth": 1.6},
         "encoding": {"x": x("low"), "x2": {"field": "high"}, "y": y}},
    ]  # fmt: skip
    title = f"{found.measure.measured}, {found.measure.by}: which unknown matters most"
    return layered(title, rows, layers, len(rows))


def expected_losses(report: LossReport) -> Spec:
    """Draw the largest expected losses, assumed probabilities apart from published ones."""
    names = ["Probability published", "Probability assumed"]
    rows = [
        {"name": f"{each.mineral}: {each.scenario.replace('_', ' ')}", "expected": each.expected / MILLION,
         "kind": names[each.is_assumed]}
        for each in report.losses[:MOST]
        if each.expected > 0
    ]  # fmt: skip
    bars: Spec = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": {
                "field": "expected",
                "type": "quantitative",
                "axis": numbers_axis("expected loss, million USD"),
            },
            "y": {"field": "name", "type": "nominal", "sort": None, "axis": names_axis()},
            "color": {
                "field": "kind",
                "type": "nominal",
                "scale": {"domain": names, "range": [TEAL, AMBER]},
                "legend": {"title": None, "orient": "top"},
            },
        },
    }
    title = f"What the zone's markets are expected to lose, to {report.until}"
    return layered(title, rows, [bars], max(len(rows), 1))
