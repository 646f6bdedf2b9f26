"""The law of the benchmark as plain tables, for programs that know nothing of charters.

It is worked out here from the charter's articles and the atlas alone, not from the tables the border
compiles, so that an error in those shows as a different answer.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from stannary.atlas.atlas import Atlas
from stannary.charter.charter import Charter
from stannary.units import EVERYDAY_NAMES, MASS_UNITS

__all__ = ["write_plain_law"]

TABLES: dict[str, tuple[str, ...]] = {
    "codes": ("code", "product", "contained_share"),
    "stretches": ("product", "segment", "first_day", "last_day", "floor", "reference", "test"),
    "rates": ("currency", "day", "usd_per_unit"),
    "economies": ("spelling", "is_party", "is_developing", "is_covered"),
    "terms": ("term", "adds_freight", "adds_insurance", "freight_uplift", "insurance_uplift"),
    "units": ("unit", "tonnes"),
}
"""What each table holds; in `stretches` all that the charter says of one product stays the same."""

NOT_KNOWN = {"", "UN", "UNKNOWN", "N/A", "XX", "ZZ", "XOT", "WLD"}


def write_plain_law(charter: Charter, atlas: Atlas, last: date, folder: Path) -> None:
    """Write the tables of the benchmark's charter and atlas as CSV, with its constants as JSON.

    Days reach from the charter's first to `last`. It covers what the benchmark's charter uses: one duty
    rule (the gap), tests of origin that follow each other, one share an origin, one de minimis.
    """
    folder.mkdir(parents=True, exist_ok=True)
    products = {product.id: index for index, product in enumerate(charter.scope.products)}
    tables: dict[str, Iterable[Sequence[Any]]] = {
        "codes": (
            (line.code, products[product.id], line.contained_share)
            for product in charter.scope.products
            for line in product.codes
        ),
        "stretches": _stretches(charter, products, last),
        "rates": ((r.currency, r.day, r.usd_per_unit) for r in atlas.exchange_rates),
        "economies": _economies(charter, atlas),
        "terms": (
            (
                term.term,
                int(term.adds_freight),
                int(term.adds_insurance),
                term.freight_uplift.value if term.freight_uplift else "",
                term.insurance_uplift.value if term.insurance_uplift else "",
            )
            for term in charter.border_adjustment.valuation.incoterms
        ),
        "units": _units(),
    }
    for name, columns in TABLES.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([columns, *tables[name]])
    tests = charter.rules_of_origin.tests
    shares = {rate.origin: rate.shares[0].value for rate in charter.rules_of_origin.rates}
    constants = {
        "first_day": charter.citation.in_force_from.isoformat(),
        "last_day": last.isoformat(),
        "tests": [list(test.stages) for test in tests],
        "shares": {name: str(share) for name, share in shares.items()},
        "de_minimis_usd": str(charter.exemptions.de_minimis[0].value),
        "most_usd": str(charter.border_adjustment.valuation.absurd_value_usd),
        "most_tonnes": str(charter.border_adjustment.valuation.absurd_quantity_t),
    }
    (folder / "constants.json").write_text(json.dumps(constants, indent=1) + "\n", encoding="utf-8")


def _stretches(charter: Charter, products: Mapping[str, int], last: date) -> list[tuple[Any, ...]]:
    """Cut the days of each product wherever its floor or the test of origin changes."""
    first = charter.citation.in_force_from
    tests = charter.rules_of_origin.tests
    found: list[tuple[Any, ...]] = []
    for product, index in products.items():
        floors = sorted(
            (value.start, value.rule.amount)  # type: ignore[union-attr]
            for floor in charter.price_floors.floors
            if floor.product == product
            for value in floor.values
        )
        reference = next(p for p in charter.reference_prices.prices if p.product == product).values[0].value
        starts = sorted({first, *(day for day, _ in floors), *(test.start for test in tests)})
        for start, following in zip(starts, [*starts[1:], last + timedelta(days=1)], strict=True):
            floor = next((amount for day, amount in reversed(floors) if day <= start), "")
            test = max(n for n, test in enumerate(tests) if test.start <= start)
            end = following - timedelta(days=1)
            found.append((index, len(found), start, end, floor, reference, test))
    return found


def _economies(charter: Charter, atlas: Atlas) -> list[tuple[Any, ...]]:
    """Give every spelling of every economy that is known, with the sets it is in."""
    membership = charter.membership
    names = ("parties", "developing_economies", "covered_economies")
    sets = [{spell.economy for spell in membership.spells(name)} for name in names]
    spellings: dict[str, tuple[Any, ...]] = {}
    for economy in atlas.economies:
        for code in (economy.id, economy.alpha_2):
            if code and code.upper() not in NOT_KNOWN:
                for spelling in (code.upper(), code.lower()):
                    spellings[spelling] = (spelling, *(int(economy.id in members) for members in sets))
    return list(spellings.values())


def _units() -> list[tuple[str, Decimal]]:
    units = {code: factor for code, (factor, _) in MASS_UNITS.items()}
    units |= {name: MASS_UNITS[code][0] for name, code in EVERYDAY_NAMES.items()}
    spelled = {
        form(name): factor for name, factor in units.items() for form in (str.upper, str.lower, str.title)
    }
    return [(name, Decimal(f"{factor:f}")) for name, factor in (spelled | units).items()]
