"""A few lines assessed together by plain decimals: what one line owes may hang on the others.

Small lines of one importer may be one consignment, and lines may claim one tariff quota.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stannary.border.assessment import assess_compiled
from stannary.border.determinations import Determination
from stannary.border.law_tables import LawTables
from stannary.border.quotas import QuotaClaim, kept_quotas, spent

__all__ = ["assess_lines"]


def assess_lines(law: LawTables, lines: Sequence[Mapping[str, Any]]) -> tuple[Determination, ...]:
    """Assess some lines under a compiled law, split consignments and spent quotas among them found first."""
    found = [assess_compiled(law, line) for line in lines]
    splits = _split_consignments(found)
    refused = spent(_claims(found, law), law)
    return tuple(
        assess_compiled(law, line, is_split=index in splits, quota_spent=index in refused)
        if index in splits or index in refused
        else one
        for index, (one, line) in enumerate(zip(found, lines, strict=True))
    )


def _split_consignments(found: Sequence[Determination]) -> set[int]:
    """Give the places of small lines that with others of importer, product and day exceed the de minimis."""
    consignments: dict[tuple[Any, ...], list[int]] = {}
    for index, one in enumerate(found):
        cents, limit = one.facts["customs_value_cents"], one.facts.get("de_minimis_cents")
        if one.product is not None and cents is not None and limit is not None and 0 <= cents < limit:
            key = (one.facts["in_importer"] or "", one.facts["product_index"], one.facts["in_entered_on"])
            consignments.setdefault(key, []).append(index)
    return {
        index
        for places in consignments.values()
        if sum(found[i].facts["customs_value_cents"] for i in places)
        >= max(found[i].facts["de_minimis_cents"] for i in places)
        for index in places
    }


def _claims(found: Sequence[Determination], law: LawTables) -> list[QuotaClaim]:
    """Give the claims on quotas whose balance the charter keeps."""
    quotas = kept_quotas(law)
    claims = []
    for index, one in enumerate(found):
        cells = one.facts
        measures = (cells["in_quantity"], cells["tonnes_per_unit"], cells["share"])
        if cells["rule_index"] in quotas and cells["in_quota_order"] and None not in measures:
            tonnes = measures[0] * measures[1] * measures[2]
            keys = (cells["in_entered_on"], one.entry_number or "", one.line_number or "", index)
            claims.append(QuotaClaim(*keys, cells["product_index"], cells["rule_index"], tonnes))
    return claims
