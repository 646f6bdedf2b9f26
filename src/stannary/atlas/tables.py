"""The list of tables an atlas may hold, and the type of their rows."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from stannary.atlas.agreements import Agreement
from stannary.atlas.cells import Column, column
from stannary.atlas.consumption import Consumption
from stannary.atlas.costs import Cost
from stannary.atlas.deals import Deal
from stannary.atlas.economies import Economy
from stannary.atlas.elasticities import Elasticity
from stannary.atlas.exchange_rates import ExchangeRate
from stannary.atlas.prices import Price
from stannary.atlas.production import OreBasket, Production, Refining, Reserve
from stannary.atlas.products import ChainStep, Mineral, Product
from stannary.atlas.projects import Project
from stannary.atlas.sources import Source
from stannary.atlas.tariff_codes import TariffCode
from stannary.atlas.trade import Flow, Import, ImportSource

__all__ = ["CORE_TABLES", "TABLES", "columns_of", "figure_of"]

TABLES: dict[str, type] = {
    "sources": Source,
    "economies": Economy,
    "minerals": Mineral,
    "products": Product,
    "tariff_codes": TariffCode,
    "chains": ChainStep,
    "production": Production,
    "refining": Refining,
    "reserves": Reserve,
    "ree_baskets": OreBasket,
    "consumption": Consumption,
    "imports": Import,
    "import_sources": ImportSource,
    "trade": Flow,
    "prices": Price,
    "costs": Cost,
    "elasticities": Elasticity,
    "projects": Project,
    "deals": Deal,
    "agreements": Agreement,
    "exchange_rates": ExchangeRate,
}

CORE_TABLES = ("sources", "economies", "minerals", "products", "tariff_codes")
"""The tables every atlas holds; the rest are optional."""


@cache
def columns_of(row: type) -> dict[str, Column]:
    """Give the columns of a row type, in order."""
    hints = get_type_hints(row)
    return {field.name: column(hints[field.name]) for field in fields(row)}


def figure_of(row: type) -> str | None:
    """Give the column whose number the row's state speaks of, or `None`."""
    figure: Any = getattr(row, "FIGURE", None)
    return figure if isinstance(figure, str) else None
