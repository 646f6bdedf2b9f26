"""The world's facts of one zone: tables read when first asked for, and lookups by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from stannary.atlas.agreements import Agreement
from stannary.atlas.consumption import Consumption
from stannary.atlas.costs import Cost
from stannary.atlas.deals import Deal
from stannary.atlas.economies import Economy
from stannary.atlas.elasticities import Elasticity
from stannary.atlas.exchange_rates import ExchangeRate
from stannary.atlas.package import Package
from stannary.atlas.prices import Price
from stannary.atlas.production import OreBasket, Production, Refining, Reserve
from stannary.atlas.products import ChainStep, Mineral, Product
from stannary.atlas.projects import Project
from stannary.atlas.sources import Source
from stannary.atlas.table import Records, TableReading, read_records, read_rows
from stannary.atlas.tables import TABLES
from stannary.atlas.tariff_codes import TariffCode
from stannary.atlas.trade import Flow, Import, ImportSource
from stannary.errors import AtlasError, NotFoundError, Place, Problem, refuse

__all__ = ["Atlas"]


@dataclass(frozen=True)
class Atlas:
    """An atlas: a folder, its description, and its tables as tuples of rows.

    A table that the description does not list is empty. Reading a broken table raises `AtlasError` with
    every problem in it. Open one with `reader.open_atlas`.
    """

    folder: Path
    package: Package

    @property
    def tables(self) -> tuple[str, ...]:
        """Name the tables this atlas holds."""
        return tuple(name for name in TABLES if name in self.package.schemas)

    def rows(self, table: str) -> tuple[Any, ...]:
        """Give the rows of a table by its name; raises `NotFoundError` for a name that no atlas knows."""
        if table not in TABLES:
            raise not_found("table", table, TABLES)
        reading = self.reading(table)
        refuse(AtlasError, reading.problems)
        return reading.rows

    def reading(self, table: str) -> TableReading:
        """Give a table's rows beside its problems, without raising."""
        if table not in self._readings:
            schema = self.package.schemas.get(table)
            self._readings[table] = (
                TableReading((), ()) if schema is None else read_rows(schema, self.records(table), self._ids)
            )
        return self._readings[table]

    @cached_property
    def _readings(self) -> dict[str, TableReading]:
        return {}

    @cached_property
    def _records(self) -> dict[str, Records]:
        return {}

    def records(self, table: str) -> Records:
        """Give a table's cells as text, with their lines; the table must be among `tables`."""
        if table not in self._records:
            schema = self.package.schemas[table]
            self._records[table] = read_records(self.folder / schema.file, schema)
        return self._records[table]

    def _ids(self, table: str) -> frozenset[str] | None:
        return self.records(table).ids() if table in self.package.schemas else None

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Publications and their licences."""
        return self.rows("sources")

    @cached_property
    def economies(self) -> tuple[Economy, ...]:
        """Economies and aggregates."""
        return self.rows("economies")

    @cached_property
    def minerals(self) -> tuple[Mineral, ...]:
        """Minerals and the lists they stand on."""
        return self.rows("minerals")

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """Products by mineral and stage."""
        return self.rows("products")

    @cached_property
    def tariff_codes(self) -> tuple[TariffCode, ...]:
        """Tariff codes by product."""
        return self.rows("tariff_codes")

    @cached_property
    def chains(self) -> tuple[ChainStep, ...]:
        """Steps from product to product."""
        return self.rows("chains")

    @cached_property
    def production(self) -> tuple[Production, ...]:
        """Mine production by economy and year."""
        return self.rows("production")

    @cached_property
    def refining(self) -> tuple[Refining, ...]:
        """Refining, capacity and shares by economy and year."""
        return self.rows("refining")

    @cached_property
    def reserves(self) -> tuple[Reserve, ...]:
        """Reserves by economy."""
        return self.rows("reserves")

    @cached_property
    def ree_baskets(self) -> tuple[OreBasket, ...]:
        """Element split of rare-earth ores."""
        return self.rows("ree_baskets")

    @cached_property
    def consumption(self) -> tuple[Consumption, ...]:
        """Consumption, demand and import reliance."""
        return self.rows("consumption")

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """US imports by published series and year."""
        return self.rows("imports")

    @cached_property
    def import_sources(self) -> tuple[ImportSource, ...]:
        """Shares of exporters in US imports."""
        return self.rows("import_sources")

    @cached_property
    def trade(self) -> tuple[Flow, ...]:
        """US imports by product and exporter, derived."""
        return self.rows("trade")

    @cached_property
    def prices(self) -> tuple[Price, ...]:
        """Published prices."""
        return self.rows("prices")

    @cached_property
    def costs(self) -> tuple[Cost, ...]:
        """Reported costs and lead times."""
        return self.rows("costs")

    @cached_property
    def elasticities(self) -> tuple[Elasticity, ...]:
        """Published elasticities."""
        return self.rows("elasticities")

    @cached_property
    def projects(self) -> tuple[Project, ...]:
        """Named projects."""
        return self.rows("projects")

    @cached_property
    def deals(self) -> tuple[Deal, ...]:
        """Deals."""
        return self.rows("deals")

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """Agreements."""
        return self.rows("agreements")

    @cached_property
    def exchange_rates(self) -> tuple[ExchangeRate, ...]:
        """Exchange rates by day and currency."""
        return self.rows("exchange_rates")

    @cached_property
    def _by_id(self) -> dict[str, dict[str, Any]]:
        return {}

    def _find(self, table: str, noun: str, wanted: str) -> Any:
        if table not in self._by_id:
            self._by_id[table] = {row.id: row for row in self.rows(table)}
        try:
            return self._by_id[table][wanted]
        except KeyError:
            raise not_found(noun, wanted, self._by_id[table]) from None

    def source(self, id: str) -> Source:
        """Give the source of an id; raises `NotFoundError` (STN-FOUND-001) with near matches."""
        found: Source = self._find("sources", "source", id)
        return found

    def economy(self, id: str) -> Economy:
        """Give the economy of an alpha-3 code; raises `NotFoundError` with near matches."""
        found: Economy = self._find("economies", "economy", id)
        return found

    def mineral(self, id: str) -> Mineral:
        """Give the mineral of an id; raises `NotFoundError` with near matches."""
        found: Mineral = self._find("minerals", "mineral", id)
        return found

    def product(self, id: str) -> Product:
        """Give the product of an id; raises `NotFoundError` with near matches."""
        found: Product = self._find("products", "product", id)
        return found


def not_found(noun: str, wanted: str, known: Mapping[str, Any] | Iterable[str]) -> NotFoundError:
    """Say that a name is not known, and which ones are near."""
    near = get_close_matches(wanted, list(known), n=3, cutoff=0.5)
    remedy = f"Did you mean {' or '.join(near)}?" if near else ""
    return NotFoundError(
        [Problem("STN-FOUND-001", f"There is no {noun} {wanted!r} in the atlas.", remedy, Place(path=noun))]
    )
