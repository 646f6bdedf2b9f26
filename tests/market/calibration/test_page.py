"""The page on models of markets lists what the code builds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stannary.market.base_data import REST
from stannary.market.calibration import minerals
from stannary.market.grouping import ZONE_OTHER
from stannary.market.model import Model
from stannary.zone import Zone

PAGE = Path(__file__).parents[3] / "docs/reference/market-models.md"


def row(model: Model) -> str:
    """Write a model's row of the table."""
    layers = (
        f"{layer}: {', '.join(f'`{good}`' for good in goods if good)}"
        for layer, goods in zip(model.layers, model.goods, strict=True)
    )
    alone = (name for name in model.regions if name not in (ZONE_OTHER, REST))
    return f"| `{model.mineral}` | {'; '.join(layers)} | {' '.join(alone)} |"


def test_the_table_is_that_of_the_code(model_of: Callable[..., Model], forge: Zone) -> None:
    rows = [row(model_of(mineral)) for mineral in minerals(forge.atlas)]
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("| `")] == rows
