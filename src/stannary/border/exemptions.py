"""Step 5: goods in scope that pay nothing, in the order relief, inward processing, afloat, de minimis.

Anti-splitting: what one importer enters under one product on one day is one consignment. Lines that are
each below the de minimis and together above it are not exempt.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from stannary.border.codes import exemption_code
from stannary.border.law_tables import LawTables

__all__ = ["find_exemption"]


def find_exemption(lines: Any, law: LawTables, using: Any) -> Any:
    """Find each line's `exemption` (a code) and whether a small line is part of a `split` consignment."""
    article = law.charter.exemptions
    false = using.literal(False, "boolean")
    day = lines.in_entered_on
    branches = []
    granted = [relief for relief in article.relief if relief.decision == "granted"]
    if granted:
        names = {product.id: index for index, product in enumerate(law.products)}
        relieved = [
            (lines.in_importer == relief.importer)
            & lines.product_index.isin([names[p] for p in relief.products if p in names])
            & (day >= relief.start)
            & (day <= relief.end)
            for relief in granted
        ]
        branches.append((reduce(lambda a, b: a | b, relieved).fill_null(False), _code("relief", using)))
    for item in article.inward_processing:
        held = lines.in_procedure.isin(list(item.procedures)) & (day >= item.start)
        if item.end is not None:
            held = held & (day <= item.end)
        branches.append((held.fill_null(False), _code("inward_processing", using)))
    if article.goods_afloat is not None:
        afloat = (lines.in_exported_on < article.goods_afloat.left_before) & (
            day <= article.goods_afloat.entered_by
        )
        branches.append((afloat.fill_null(False), _code("goods_afloat", using)))
    small = false
    split = false
    if law.de_minimis:
        lines = using.find_splits(lines)
        small = (lines.customs_value_cents < lines.de_minimis_cents).fill_null(False)
        split = small & lines.is_split
        branches.append((small & ~lines.is_split, _code("de_minimis", using)))
    exemption = using.cases(*branches, otherwise=_code("none", using)) if branches else _code("none", using)
    return using.extend(lines, exemption=exemption, split=split)


def _code(name: str, using: Any) -> Any:
    return using.literal(exemption_code(name), "int8")
