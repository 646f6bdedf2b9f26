"""Whether an atlas is sound as a whole: every table read, every number cited, every flow adding up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal, localcontext

from stannary.atlas.atlas import Atlas
from stannary.atlas.table import placed
from stannary.atlas.trade import Flow
from stannary.errors import AtlasError, Place, Problem, refuse
from stannary.units import EXACT, round_cents

__all__ = ["check_atlas", "problems_of"]


def check_atlas(atlas: Atlas) -> None:
    """Read every table of an atlas and refuse it with all problems at once.

    Raises `AtlasError`: the problems of each table (see `table.read_rows`), sources without a licence
    (STN-ATLAS-005), products that stand under another mineral than their id says, and derived flows whose
    arithmetic or shares do not hold (STN-ATLAS-004).
    """
    refuse(AtlasError, problems_of(atlas))


def problems_of(atlas: Atlas) -> tuple[Problem, ...]:
    """List everything wrong with an atlas, without raising."""
    found = [problem for table in atlas.tables for problem in atlas.reading(table).problems]
    if found:
        return tuple(found)  # what rests on unread rows would only repeat it
    return (*licence_problems(atlas), *product_problems(atlas), *flow_problems(atlas))


def at(atlas: Atlas, table: str, row: int, column: str) -> Place:
    """Give the place of a cell by its row's number among the rows read (from 0)."""
    records = atlas.records(table)
    return placed(records, records.rows[row][0], records.header.index(column))


def licence_problems(atlas: Atlas) -> Iterable[Problem]:
    """List sources that name no licence or attribution."""
    for row, source in enumerate(atlas.sources):
        for column in ("licence", "attribution"):
            if not getattr(source, column):
                message = f"The source {source.id} names no {column}."
                place = at(atlas, "sources", row, column)
                yield Problem("STN-ATLAS-005", message, "A number without one may not be kept.", place)


def product_problems(atlas: Atlas) -> Iterable[Problem]:
    """List products whose id and mineral disagree, and codes that are no start of each other."""
    for row, product in enumerate(atlas.products):
        if product.id.partition(".")[0] != product.mineral:
            message = f"{product.id} stands under {product.mineral}."
            place = at(atlas, "products", row, "mineral")
            yield Problem("STN-ATLAS-004", message, "An id is written mineral.form.", place)
    for row, code in enumerate(atlas.tariff_codes):
        if not (code.code.isascii() and code.code.isdigit() and code.code.startswith(code.hs6)):
            message = f"The code {code.code!r} does not start with {code.hs6!r}."
            place = at(atlas, "tariff_codes", row, "code")
            yield Problem("STN-ATLAS-004", message, "Write digits only, six or more.", place)
        stage = atlas.product(code.product).stage
        if stage != code.stage:
            message = f"{code.product} is at the stage {stage}, not {code.stage}."
            yield Problem(
                "STN-ATLAS-004", message, "Write the product's.", at(atlas, "tariff_codes", row, "stage")
            )


def flow_problems(atlas: Atlas) -> Iterable[Problem]:
    """List derived flows that break their own arithmetic, and products whose shares exceed the whole."""
    shares: dict[tuple[int, str, str], Decimal] = defaultdict(Decimal)
    for row, flow in enumerate(atlas.trade):
        if flow.share is not None:
            shares[flow.year, flow.importer, flow.product] += flow.share
        for column, words in broken_identities(flow):
            yield Problem("STN-ATLAS-004", words, "Derive it again.", at(atlas, "trade", row, column))
    for (year, importer, product), share in shares.items():
        if share > 1:
            message = f"The shares of {product} in imports of {importer} in {year} sum to {share}."
            yield Problem("STN-ATLAS-004", message, "They cannot exceed 1.", Place("trade.csv"))


def broken_identities(flow: Flow) -> list[tuple[str, str]]:
    """Say which of quantity = imports x conversion x share and value = quantity x price fail."""
    found: list[tuple[str, str]] = []
    with localcontext(EXACT):
        if flow.quantity is not None and flow.share is not None:
            quantity = flow.import_quantity * flow.conversion * flow.share
            if quantity != flow.quantity:
                found.append(
                    ("quantity", f"{flow.quantity} is not {quantity}, imports x conversion x share.")
                )
        if flow.value_usd is None:
            return found
        if flow.quantity is None or flow.price_usd_per_t is None:
            found.append(("value_usd", "A value stands without a quantity or a price."))
        elif (value := round_cents(flow.quantity * flow.price_usd_per_t)) != flow.value_usd:
            found.append(("value_usd", f"{flow.value_usd} is not {value}, quantity x price."))
    return found
