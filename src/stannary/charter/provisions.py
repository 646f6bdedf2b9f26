"""Find a provision of a charter by its path: ``price_floors.ndpr.oxide``, ``membership.parties.AUS``.

Works on articles as data (nested fields, lists and texts), as they stand in their files.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, get_type_hints

from stannary.charter.charter import ARTICLES
from stannary.charter.walk import written_fields

__all__ = ["KEYED", "Provision", "find_list", "find_provision"]


@dataclass(frozen=True, slots=True)
class Provision:
    """What stands at a path: its dated entries, and whether they are the values of one series."""

    entries: list[dict[str, Any]]
    is_series: bool


KEYED: dict[str, tuple[str, str | None]] = {
    "citation.sources": ("id", None),
    "membership.forum_participants": ("economy", None),
    "membership.bilateral_signatories": ("economy", None),
    "membership.pax_silica_signatories": ("economy", None),
    "membership.parties": ("economy", None),
    "membership.covered_economies": ("economy", None),
    "membership.developing_economies": ("economy", None),
    "scope.products": ("id", None),
    "reference_prices.prices": ("product", "values"),
    "price_floors.floors": ("product", "values"),
    "border_adjustment.rules": ("id", None),
    "rules_of_origin.tests": ("id", None),
    "rules_of_origin.rates": ("origin", "shares"),
    "exemptions.relief": ("id", None),
    "revenue.recipients": ("id", "shares"),
    "price_support.gap_payments": ("id", "agreed"),
    "price_support.contracts": ("id", "strikes"),
    "price_support.purchases": ("id", "prices"),
    "stockpile_mandate.targets": ("product", None),
    "stockpile_mandate.bands": ("id", "references"),
    "stockpile_mandate.subscriptions": ("id", None),
    "stockpile_mandate.releases": ("id", None),
    "financing.envelopes": ("id", None),
    "anti_circumvention.thresholds": ("id", None),
    "anti_circumvention.extensions": ("id", None),
    "anti_circumvention.penalties": ("id", None),
    "anti_circumvention.discipline": ("id", None),
    "anti_circumvention.penal_rates": ("id", "rates"),
}
"""Lists whose items have a name: its field, and the field of their dated values if they have such."""

SERIES = ("exemptions.de_minimis",)
"""Lists that are one series of dated values themselves."""

SHORT = {"price_floors": "price_floors.floors", "reference_prices": "reference_prices.prices"}
"""Articles of one list, whose path may leave the list out."""


def find_provision(data: dict[str, Any], path: str) -> Provision | None:
    """Find the dated entries at a path, or `None`; changing the entries changes the data."""
    if path in SERIES:
        article, field = path.split(".")
        held = data.get(article)
        return None if held is None else Provision(held.setdefault(field, []), True)
    article = path.partition(".")[0]
    prefixes = [*KEYED, *(each for each in SHORT if each == article)]
    for prefix in sorted(prefixes, key=len, reverse=True):
        if not path.startswith(prefix + "."):
            continue
        name = path.removeprefix(prefix + ".")
        written = SHORT.get(prefix, prefix)
        key, series = KEYED[written]
        field = written.partition(".")[2]
        items = [item for item in (data.get(article) or {}).get(field, []) if item.get(key) == name]
        if items and series is not None:
            return Provision(items[0].setdefault(series, []), True)
        if items:
            return Provision(items, False)
    return None


def find_list(data: dict[str, Any], path: str) -> tuple[str, tuple[str, ...], list[Any]] | None:
    """Find the list at a path: its article, the steps inside it, and the list itself, made if absent."""
    article, _, field = path.partition(".")
    field = field or SHORT.get(article, "").partition(".")[2]
    if article not in ARTICLES or field not in _lists_of(ARTICLES[article]):
        return None
    held = data.setdefault(article, {})
    items: list[Any] = held.setdefault(field, [])
    return article, (field,), items


def _lists_of(form: Any) -> set[str]:
    hints = get_type_hints(form)
    listed = {each.name for each in fields(form) if str(hints[each.name]).startswith("tuple[")}
    return {written for name, written in written_fields(form) if name in listed}
