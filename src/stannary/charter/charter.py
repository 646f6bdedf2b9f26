"""The charter: all its articles together, frozen, with the fingerprint of the text they were read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path

from stannary.charter.anti_circumvention import AntiCircumvention
from stannary.charter.border_adjustment import BorderAdjustment
from stannary.charter.citation import Citations
from stannary.charter.document import Node, node_at
from stannary.charter.exemptions import Exemptions
from stannary.charter.financing import Financing
from stannary.charter.membership import Membership
from stannary.charter.price_floors import FloorInForce, PriceFloors, floors_in_force
from stannary.charter.price_support import PriceSupport
from stannary.charter.reference_prices import ReferencePrices
from stannary.charter.revenue import Revenue
from stannary.charter.review import Review
from stannary.charter.rules_of_origin import RulesOfOrigin
from stannary.charter.scope import Scope
from stannary.charter.stockpile_mandate import StockpileMandate
from stannary.errors import Place

__all__ = ["ARTICLES", "REQUIRED", "Charter"]

REQUIRED: dict[str, type] = {
    "citation": Citations,
    "membership": Membership,
    "scope": Scope,
    "reference_prices": ReferencePrices,
    "price_floors": PriceFloors,
    "border_adjustment": BorderAdjustment,
    "rules_of_origin": RulesOfOrigin,
    "exemptions": Exemptions,
}
"""The articles every charter holds, by the stem of their file."""

OPTIONAL: dict[str, type] = {
    "revenue": Revenue,
    "price_support": PriceSupport,
    "stockpile_mandate": StockpileMandate,
    "financing": Financing,
    "anti_circumvention": AntiCircumvention,
    "review": Review,
}
"""The articles a charter may hold."""

ARTICLES: dict[str, type] = REQUIRED | OPTIONAL


@dataclass(frozen=True, kw_only=True)
class Charter:
    """The rules of a zone, one field an article; an article that the charter does not hold is `None`.

    `folder` is where it was read from, `fingerprint` the SHA-256 over its files. Two charters are equal
    when their articles are.
    """

    citation: Citations
    membership: Membership
    scope: Scope
    reference_prices: ReferencePrices
    price_floors: PriceFloors
    border_adjustment: BorderAdjustment
    rules_of_origin: RulesOfOrigin
    exemptions: Exemptions
    revenue: Revenue | None = None
    price_support: PriceSupport | None = None
    stockpile_mandate: StockpileMandate | None = None
    financing: Financing | None = None
    anti_circumvention: AntiCircumvention | None = None
    review: Review | None = None
    folder: Path | None = field(default=None, compare=False)
    fingerprint: str = field(default="", compare=False)
    documents: Mapping[str, Node] = field(default_factory=dict, compare=False, repr=False)
    """The files as read, for the places of problems; empty for a charter made in memory."""

    @cached_property
    def floors(self) -> tuple[FloorInForce, ...]:
        """Give every floor in force, with its days, in USD per contained tonne."""
        return floors_in_force(self.price_floors, self.reference_prices)

    @property
    def articles(self) -> dict[str, object]:
        """Give the articles that the charter holds, by name."""
        held = {each.name: getattr(self, each.name) for each in fields(self) if each.name in ARTICLES}
        return {name: article for name, article in held.items() if article is not None}

    @property
    def outcome(self) -> str:
        """Say in a sentence what the charter is."""
        products = len(self.scope.products)
        floored = len({floor.product for floor in self.floors})
        return (
            f"{self.citation.title} ({self.citation.charter} {self.citation.version}), in force from "
            f"{self.citation.in_force_from}: {products} products in scope, {floored} of them "
            f"with a price floor, {len(self.articles)} articles."
        )

    def place(self, article: str, *path: str | int) -> Place:
        """Give the place of a value: its file, line and column where it was read, and its path always."""
        written = path_text(article, *path)
        root = self.documents.get(article)
        if root is None:
            return Place(path=written)
        node, _ = node_at(root, path)
        return Place(f"{article}.yaml", node.line, node.column, written)


def path_text(article: str, *path: str | int) -> str:
    """Write a path the way people read it: ``price_floors.floors[2].values[0].from``."""
    text = article
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text
