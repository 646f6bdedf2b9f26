"""Step 8: the outcome of each line and the reason for it, decided in words from what is known and missing.

A missing number is never zero: a line that lacks a fact the law needs is referred. Order matters: what
cannot be read comes first, then scope, then exemption and preference, then what the law itself lacks,
then the price.
"""

from __future__ import annotations

from typing import Any

from stannary.border.adjustment import compares_own_price
from stannary.border.codes import EXEMPTION_NAMES, ORIGIN_NAMES, OUTCOMES, reason_code
from stannary.border.faults import blank
from stannary.border.law_tables import CODE_AMBIGUOUS, CODE_MISMATCH, CODE_UNREADABLE, LawTables
from stannary.charter.border_adjustment import AdValorem, LicenceGate, QuotaThenGap, RuleInForce, TriggerOnly

__all__ = ["decide"]


def decide(lines: Any, law: LawTables, using: Any) -> Any:
    """Decide `outcome` and `reason` (codes) and the `owed_cents` that follow from them."""
    reason = using.cases(
        (lines.fault > 0, lines.fault),
        _branch((lines.claim == CODE_UNREADABLE).fill_null(False), "tariff_code_unreadable"),
        *_outside(lines, law),
        *_not_enough(lines, law),
        *_free(lines),
        *_law_lacks(lines, law, using),
        *_by_price(lines, law),
        otherwise=using.literal(reason_code("price_at_or_above_floor"), "int16"),
    )
    lines = using.extend(lines, reason=reason)
    is_referred = lines.reason < 60
    outcome = using.cases(
        (is_referred, _outcome("referred", using)),
        (
            lines.reason.isin([reason_code("code_not_covered"), reason_code("charter_not_in_force")]),
            _outcome("out_of_scope", using),
        ),
        (lines.reason == reason_code("zone_origin"), _outcome("preferential", using)),
        (lines.reason.isin(ADJUSTED), _outcome("adjusted", using)),
        otherwise=_outcome("cleared", using),
    )
    exempt = using.cases(
        (lines.reason == reason_code("exempt"), lines.exemption), otherwise=using.literal(0, "int8")
    )
    lines = using.extend(lines, outcome=outcome, exemption=exempt)
    nothing = using.literal(0, "int64")
    owed = using.cases(
        (lines.outcome == OUTCOMES.index("adjusted"), lines.adjustment_cents), otherwise=nothing
    )
    return using.extend(lines, owed_cents=owed)


ADJUSTED = [reason_code(name) for name in ("below_floor", "rate_applied", "split_consignment", "quota_spent")]

Branch = tuple[Any, Any]


def _outcome(name: str, using: Any) -> Any:
    return using.literal(OUTCOMES.index(name), "int8")


def _branch(condition: Any, name: str) -> Branch:
    return condition, reason_code(name)


def _outside(lines: Any, law: LawTables) -> list[Branch]:
    day = lines.in_entered_on
    return [
        _branch((day < law.first_day) | (day > law.last_day), "charter_not_in_force"),
        _branch(lines.claim.isnull(), "code_not_covered"),
        _branch((lines.claim == CODE_AMBIGUOUS).fill_null(False), "product_ambiguous"),
        _branch((lines.claim == CODE_MISMATCH).fill_null(False), "product_not_under_code"),
    ]


def _not_enough(lines: Any, law: LawTables) -> list[Branch]:
    """List what a line in scope must have before anything can be decided of it."""
    limits = law.charter.border_adjustment.valuation
    lacks = (lines.adds_freight & lines.in_freight.isnull() & lines.freight_uplift.isnull()) | (
        lines.adds_insurance & lines.in_insurance.isnull() & lines.insurance_uplift.isnull()
    )
    return [
        _branch(lines.in_quantity.isnull(), "quantity_missing"),
        _branch(blank(lines.in_quantity_unit), "unit_missing"),
        _branch(lines.tonnes_per_unit.isnull(), "unit_unknown"),
        _branch(lines.in_value.isnull(), "value_missing"),
        _branch(blank(lines.in_currency), "currency_missing"),
        _branch(lines.rate.isnull(), "exchange_rate_missing"),
        _branch(lines.term_unknown, "incoterm_unknown"),
        _branch(lacks, "freight_missing"),
        _branch(lines.share.isnull(), "assay_missing"),
        _branch((lines.quantity_absurd).fill_null(False), "quantity_absurd"),
        _branch(
            (lines.customs_value_cents > int(limits.absurd_value_usd * 100)).fill_null(True), "value_absurd"
        ),
    ]


def _free(lines: Any) -> list[Branch]:
    zone = lines.origin == ORIGIN_NAMES.index("zone")
    return [
        _branch(lines.exemption != EXEMPTION_NAMES.index("none"), "exempt"),
        _branch(lines.origin == ORIGIN_NAMES.index("not_tested"), "origin_test_missing"),
        _branch((zone & (lines.origin_share == 0)).fill_null(False), "zone_origin"),
        _branch((lines.origin_share == 0).fill_null(False), "origin_pays_nothing"),
    ]


def _law_lacks(lines: Any, law: LawTables, using: Any) -> list[Branch]:
    """List what the charter would need to decide the line and does not hold."""
    valuation = law.charter.border_adjustment.valuation
    related = lines.in_related_party.fill_null(False)
    needs_floor = ~lines.rule_index.isin(_indexes(law, _asks_no_floor))
    by_reference = lines.rule_index.isin(_indexes(law, lambda r: r.levy == "reference"))
    by_content = lines.rule_index.isin(
        _indexes(law, lambda r: r.base == "content" and not isinstance(r.rule, AdValorem))
    )
    found = [
        _branch(lines.rule_index.isnull(), "rule_missing"),
        _branch((needs_floor & lines.floor.isnull()).fill_null(True), "floor_missing"),
        _branch((by_content & lines.in_content_value.isnull()).fill_null(False), "content_value_missing"),
    ]
    if valuation.related_party == "refer":
        found.append(_branch(related, "related_party_price"))
    if valuation.related_party == "reference_price":
        by_reference = by_reference | (related & lines.rule_index.isin(_indexes(law, compares_own_price)))
    found.append(
        _branch((by_reference & lines.reference.isnull()).fill_null(False), "reference_price_missing")
    )
    found.append(_branch(lines.origin_share.isnull(), "origin_rate_missing"))
    found.append(_branch(lines.adjustment_cents.isnull(), "amount_absurd"))
    return found


def _asks_no_floor(item: RuleInForce) -> bool:
    return isinstance(item.rule, AdValorem) and item.cap is None


def _by_price(lines: Any, law: LawTables) -> list[Branch]:
    """List the outcomes that the price decides."""
    owed = (lines.adjustment_cents > 0).fill_null(False)
    rates = lines.rule_index.isin(_indexes(law, lambda r: isinstance(r.rule, AdValorem)))
    gates = lines.rule_index.isin(_indexes(law, lambda r: isinstance(r.rule, LicenceGate)))
    triggers = lines.rule_index.isin(_indexes(law, lambda r: isinstance(r.rule, TriggerOnly)))
    quotas = lines.rule_index.isin(_indexes(law, lambda r: isinstance(r.rule, QuotaThenGap)))
    return [
        _branch(gates & lines.breached & ~blank(lines.in_licence), "licensed"),
        _branch(gates & lines.breached, "licence_needed"),
        _branch(triggers & lines.breached, "trigger_pulled"),
        _branch(quotas & ~blank(lines.in_quota_order) & ~lines.quota_spent, "within_quota"),
        _branch(quotas & lines.quota_spent & owed, "quota_spent"),
        _branch(rates & owed, "rate_applied"),
        _branch(owed & lines.split, "split_consignment"),
        _branch(owed, "below_floor"),
    ]


def _indexes(law: LawTables, test: Any) -> list[int]:
    return [index for index, rule in enumerate(law.rules) if test(rule)]
