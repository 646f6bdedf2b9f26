"""An outlook or a comparison as data, for programs: the figures behind tables and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from stannary.market.comparison import Comparison
from stannary.market.outlook import QUANTILES, Outlook, quantiles_of

__all__ = ["comparison_as_data", "outlook_as_data", "quantile_rows"]


def outlook_as_data(outlook: Outlook, **more: Any) -> dict[str, Any]:
    """Give an outlook as nested data: the sentence, the story, quantiles in the zone. `more` goes last."""
    story = asdict(outlook.story)
    story["lineage"]["run"] = outlook.story.lineage.run
    return {
        "outcome": outlook.outcome,
        "draws": outlook.draws,
        "solved_draws": int(outlook.solved.sum()),
        "periods": list(outlook.periods),
        "regions": list(outlook.regions),
        "products": list(outlook.products),
        **{name: story[name] for name in STORY},
        "variables": {
            str(name): {
                "unit": each.attrs["units"],
                "basis": each.attrs.get("basis"),
                "words": each.attrs["long_name"],
            }
            for name, each in outlook.data.data_vars.items()
        },
        "zone_prices": [
            row for row in quantile_rows(outlook, ("average_price",)) if row["region"] in outlook.story.zone
        ],
        **more,
    }


STORY = (
    "mineral", "model", "scenario", "title", "about", "zone", "dominant", "members", "base_year",
    "price_year", "periods_a_year", "seed", "lineage", "scenario_fingerprint", "model_fingerprint",
    "cautions", "failures", "happenings", "assumptions",
)  # fmt: skip


def quantile_rows(outlook: Outlook, measures: tuple[str, ...] | None = None) -> Iterator[dict[str, Any]]:
    """Give a row for every variable, product, region and period: its unit and quantiles, `None` for none.

    Flows between regions are left out: they are in the saved outlook.
    """
    for name in measures or tuple(str(name) for name in outlook.data.data_vars):
        array = outlook.data[name]
        if "origin" in array.dims:
            continue
        fan = quantiles_of(array, QUANTILES)
        basis: Mapping[str, Any] = array.attrs
        for k, e, product in _products(outlook, array.dims):
            for r, region in enumerate(outlook.regions):
                picked = fan.isel(
                    {"region": r}
                    | ({"layer": k} if k is not None else {})
                    | ({"good": e} if e is not None else {})
                ).values
                for t, period in enumerate(outlook.periods):
                    points = {f"p{round(100 * q)}": _plain(picked[i, t]) for i, q in enumerate(QUANTILES)}
                    yield {
                        "scenario": outlook.story.scenario, "measure": name, "product": product,
                        "region": region, "period": period, "unit": basis["units"],
                        "basis": basis.get("basis", ""), **points,
                    }  # fmt: skip


def comparison_as_data(comparison: Comparison, **more: Any) -> dict[str, Any]:
    """Give a comparison as nested data."""
    return {
        "outcome": comparison.outcome,
        "before": comparison.before.story.scenario,
        "after": comparison.after.story.scenario,
        "before_run": comparison.before.story.lineage.run,
        "after_run": comparison.after.story.lineage.run,
        "periods": list(comparison.periods),
        "same_draws": comparison.is_paired,
        "gains_usd": [
            asdict(gain) | {part: _plain(getattr(gain, part)) for part in ("low", "middle", "high")}
            for gain in comparison.gains
        ],
        **more,
    }


def _products(outlook: Outlook, dims: tuple[Any, ...]) -> Iterator[tuple[int | None, int | None, str]]:
    if "layer" not in dims:
        yield None, None, ""
    elif "good" not in dims:
        for k, layer in enumerate(outlook.data["layer"].values):
            yield k, None, str(layer)
    else:
        names = outlook.data["product"].values
        for k, e in np.ndindex(names.shape):
            if names[k, e]:
                yield k, e, str(names[k, e])


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
