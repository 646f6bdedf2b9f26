"""What a run found, gathered for reading: the sums of the border, its largest lines, and why.

Nothing is decided here. Sums come from `border/summary.py`; the numbers behind a line come from assessing
that line again, alone, which gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stannary.border.assessment import assess_compiled
from stannary.border.breakdown import break_down
from stannary.border.codes import BY_NAME
from stannary.border.determinations import Determination, Determinations
from stannary.border.law_tables import LawTables, compile_law
from stannary.border.summary import Group, Summary
from stannary.lineage import Lineage
from stannary.report.words import STAGE_ORDER, per_tonne, title_of
from stannary.zone import Zone

__all__ = ["Cited", "EconomySum", "Findings", "LineTold", "StageSum", "gather", "line_told"]

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class LineTold:
    """One line with the numbers behind it; amounts in USD, prices in USD per contained tonne."""

    row: int
    entry_number: str
    line_number: str
    tariff_code: str
    product: str
    title: str
    mineral: str
    stage: str
    economy: str
    origin: str
    importer: str
    outcome: str
    reason: str
    price_usd_per_t: Decimal | None
    floor_usd_per_t: Decimal | None
    floor_is_assumed: bool | None
    customs_value_usd: Decimal | None
    adjustment_usd: Decimal
    why: str


@dataclass(frozen=True, slots=True)
class StageSum:
    """The lines of one stage by outcome: how many, and their customs value in USD."""

    stage: str
    lines: Mapping[str, int]
    customs_value_usd: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class EconomySum:
    """The lines of one economy of origin; `origin` is what the charter calls it, `mixed` where it differs."""

    economy: str
    name: str
    origin: str
    lines: int
    adjusted_lines: int
    customs_value_usd: Decimal
    adjustment_usd: Decimal


@dataclass(frozen=True, slots=True)
class Cited:
    """A source the run rests on, with its licence."""

    title: str
    publisher: str
    licence: str
    url: str
    what: str


@dataclass(frozen=True)
class Findings:
    """All that terminal, page and JSON tell of a run."""

    charter: str
    charter_version: str
    lineage: Lineage
    summary: Summary
    stages: tuple[StageSum, ...]
    economies: tuple[EconomySum, ...]
    largest: tuple[LineTold, ...]
    products: tuple[LineTold, ...]
    assumed_floor_usd: Decimal
    cited: tuple[Cited, ...]
    mineral_names: Mapping[str, str]

    def mineral(self, name: str) -> str:
        """Give what people call a mineral of the sums."""
        return self.mineral_names.get(name) or title_of(name)

    @property
    def covered_trade_usd(self) -> Decimal:
        """Give the customs value of all lines in scope, in USD; a line without a value adds nothing."""
        return sum(
            (g.customs_value_usd for g in self.summary.by["outcome"] if g.name != "out_of_scope"), NOTHING
        )

    @property
    def covered_lines(self) -> int:
        """Give the number of lines in scope."""
        return sum(g.lines for g in self.summary.by["outcome"] if g.name != "out_of_scope")

    def outcome(self, name: str) -> Group:
        """Give the lines of one outcome, none of them where there are none."""
        return self.summary.group("outcome", name) or Group(name, 0, 0, NOTHING, NOTHING)

    @property
    def references(self) -> tuple[Group, ...]:
        """Give the reasons for which lines were referred, the commonest first."""
        return tuple(sorted(self.summary.referred, key=lambda group: (-group.lines, group.name)))


def gather(determinations: Determinations, zone: Zone, cited: Iterable[Cited] = ()) -> Findings:
    """Gather what a run found, for reading.

    `zone` must hold the charter the run was made under. `cited` names sources of the entry lines; those of
    the charter are added.
    """
    law = compile_law(zone.charter, zone.atlas)
    names = {economy.id: economy.name for economy in zone.atlas.economies}
    parts = break_down(determinations)
    summary = determinations.summary()
    return Findings(
        charter=zone.charter.citation.title,
        charter_version=zone.charter.citation.version,
        lineage=determinations.lineage,
        summary=summary,
        stages=_stages(parts.by_stage),
        economies=_economies(parts.by_economy, law, names),
        largest=tuple(line_told(row, law, names) for row in summary.largest),
        products=tuple(line_told(row, law, names) for row in parts.products),
        assumed_floor_usd=sum(
            (s["adjustment"] or NOTHING for s in parts.by_segment if _assumed(law, s)), NOTHING
        ),
        cited=(*cited, *_cited_by_charter(zone)),
        mineral_names={mineral.id: mineral.name for mineral in zone.atlas.minerals},
    )


def _stages(sums: list[dict[str, Any]]) -> tuple[StageSum, ...]:
    found: dict[str, StageSum] = {}
    for each in sums:
        name = each["stage"] or "not stated"
        stage = found.setdefault(name, StageSum(name, {}, {}))
        stage.lines[each["outcome"]] = each["lines"]  # type: ignore[index]
        stage.customs_value_usd[each["outcome"]] = each["value"] or NOTHING  # type: ignore[index]
    order = {stage: index for index, stage in enumerate(STAGE_ORDER)}
    return tuple(sorted(found.values(), key=lambda stage: order.get(stage.stage, len(order))))


def _economies(
    sums: list[dict[str, Any]], law: LawTables, names: Mapping[str, str]
) -> tuple[EconomySum, ...]:
    """Add up by economy, whichever way it was spelt."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in sums:
        given = (each["economy"] or "").strip()
        found.setdefault(law.spellings.get(given, given), []).append(each)
    economies = []
    for code, parts in found.items():
        origins = {part["origin"] for part in parts} - {"not_tested"}
        economies.append(
            EconomySum(
                economy=code,
                name=names.get(code, code) or "Not stated",
                origin=next(iter(origins)) if len(origins) == 1 else "mixed" if origins else "not_tested",
                lines=sum(part["lines"] for part in parts),
                adjusted_lines=sum(int(part["adjusted"] or 0) for part in parts),
                customs_value_usd=sum((part["value"] or NOTHING for part in parts), NOTHING),
                adjustment_usd=sum((part["adjustment"] or NOTHING for part in parts), NOTHING),
            )
        )
    return tuple(sorted(economies, key=lambda e: (-e.adjustment_usd, -e.customs_value_usd, e.economy)))


def line_told(row: Mapping[str, Any], law: LawTables, names: Mapping[str, str]) -> LineTold:
    """Tell one line: its numbers, and the reason for its outcome in a sentence."""
    # A file that holds results only lacks what was declared: then there is no price to show.
    is_whole = "tariff_code" in row and "quantity" in row
    found = assess_compiled(law, row, is_split=row["reason"] == "split_consignment") if is_whole else None
    floor = None if row["segment"] is None else law.segments[row["segment"]].floor
    product = law.charter.scope.product(row["product_id"]) if row["product_id"] else None
    given = str(row.get("produced_in") or row.get("origin_economy") or "")
    economy = law.spellings.get(given, given)
    price = price_usd_per_t(found) if found is not None else None
    return LineTold(
        row=row["row"],
        entry_number=str(row.get("entry_number") or ""),
        line_number=str(row.get("line_number") or ""),
        tariff_code=str(row.get("tariff_code") or ""),
        product=row["product_id"] or "",
        title=product.title if product else "",
        mineral=row["mineral"] or "",
        stage=row["stage"] or "",
        economy=names.get(economy, economy) or "not stated",
        origin=row["origin"],
        importer=str(row.get("importer") or ""),
        outcome=row["outcome"],
        reason=row["reason"],
        price_usd_per_t=price,
        floor_usd_per_t=floor,
        floor_is_assumed=_is_assumed(law, row["segment"]),
        customs_value_usd=row["customs_value_usd"],
        adjustment_usd=row["adjustment_usd"] or NOTHING,
        why=_why(row, floor, price, law),
    )


def price_usd_per_t(found: Determination) -> Decimal | None:
    """Give the net frontier price a line shows, in USD per contained tonne to the cent, for reading."""
    parts = [found.facts.get(name) for name in ("in_quantity", "tonnes_per_unit", "share")]
    if found.customs_value_usd is None or any(part is None for part in parts):
        return None
    tonnes = Decimal(1)
    for part in parts:
        tonnes *= Decimal(str(part))
    return (found.customs_value_usd / tonnes).quantize(Decimal("0.01"), ROUND_HALF_UP) if tonnes else None


def _why(row: Mapping[str, Any], floor: Decimal | None, price: Decimal | None, law: LawTables) -> str:
    reason = BY_NAME[row["reason"]]
    if row["reason"] == "below_floor" and price is not None and floor is not None:
        rule = next((r for r in law.rules if r.id == row["rule"]), None)
        compared = (
            ""
            if rule is None or (rule.levy == "invoice" and rule.base == "value")
            else f" ({rule.levy} levy)"
        )
        words = f"{per_tonne(price)}, below the floor of {per_tonne(floor)}{compared}"
        return f"{words}; {ORIGIN_IN_WHY[row['origin']]}."
    return reason.words


ORIGIN_IN_WHY = {
    "zone": "zone origin",
    "developing": "developing origin",
    "neutral": "neutral origin",
    "covered": "covered origin",
    "unknown": "origin unknown: strictest rate",
    "not_tested": "origin not tested",
}


def _assumed(law: LawTables, sums: Mapping[str, Any]) -> bool:
    return _is_assumed(law, sums["segment"]) is True


def _is_assumed(law: LawTables, segment: int | None) -> bool | None:
    """Say whether the floor of a stretch of law is assumed; `None` where there is no floor."""
    row = None if segment is None else law.segments[segment].floor_row
    return None if row is None else law.floors[row].assumed is not None


def _cited_by_charter(zone: Zone) -> Iterable[Cited]:
    for source in zone.charter.citation.sources:
        yield Cited(
            source.title, source.publisher, source.licence or "not stated", source.url or "", "charter"
        )
