"""Step 7: what is owed, by the charter's own formulas, in whole cents.

For each duty rule the price that counts is found (the line's own, the reference price, the content's
value), the rule is asked for the duty, the cap applied, and the origin's share taken. Rounded once, at
the end, half away from zero.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from stannary.border.law_tables import LawTables
from stannary.border.valuation import contained_tonnes, frontier_usd
from stannary.charter.border_adjustment import (
    AdValorem,
    LicenceGate,
    RuleInForce,
    TriggerOnly,
    breach,
    capped,
    shared,
)

__all__ = ["adjust", "owed_usd"]


def adjust(lines: Any, law: LawTables, using: Any) -> Any:
    """Work out `adjustment_cents`, and for gates and triggers whether the floor is `breached`."""
    lines = using.find_spent_quota(using.settle(lines, law, "adjustment_cents", owed_usd))
    if not _gates(law):
        return using.extend(lines, breached=using.literal(False, "boolean"))
    lines = using.settle(lines, law, "breach_marks", breaches)
    return using.extend(lines, breached=(lines.breach_marks > 0).fill_null(False))


def owed_usd(lines: Any, law: LawTables, measure: Any) -> Any:
    """Give what each line owes in USD, before rounding, as read by a measure."""
    using = measure.using
    floor_value, tonnes = floor_usd(lines, law, measure)
    price = frontier_usd(lines, law, measure)
    branches = []
    for index, item in enumerate(law.rules):
        compared = price_compared(lines, law, item, measure, price)
        duty = item.rule.duty(compared, floor_value, tonnes, using=using)
        if item.cap is not None:
            duty = capped(duty, floor_value, item.cap, using=using)
        branches.append((lines.rule_index == index, duty))
    share = measure.convert(lines.origin_share, f"decimal(38, {law.share_decimals})")
    return shared(using.cases(*branches), share, using=using)


def floor_usd(lines: Any, law: LawTables, measure: Any) -> tuple[Any, Any]:
    """Give the value of each line at its floor, and its contained tonnes."""
    using = measure.using
    tonnes = measure.as_floor(contained_tonnes(lines, law, measure))
    return shared(tonnes, measure.convert(lines.floor, "decimal(38, 4)"), using=using), tonnes


def price_compared(lines: Any, law: LawTables, item: RuleInForce, measure: Any, price: Any) -> Any:
    """Give the price one rule compares with the floor: the line's, the reference, or the content's."""
    using = measure.using
    if item.levy == "reference":
        return reference_usd(lines, law, measure)
    if item.base == "content":
        content = lines.in_content_value
        if isinstance(item.rule, AdValorem):
            content = content.fill_null(lines.in_value)
        rate = measure.convert(lines.rate, "decimal(38, 10)")
        return measure.as_price(shared(measure.convert(content, "decimal(38, 4)"), rate, using=using))
    if law.charter.border_adjustment.valuation.related_party == "reference_price":
        related = lines.in_related_party.fill_null(False)
        return using.cases((related, reference_usd(lines, law, measure)), otherwise=price)
    return price


def compares_own_price(item: RuleInForce) -> bool:
    """Say whether a rule compares the line's own price: the one that a related party's is replaced for."""
    return item.levy == "invoice" and item.base == "value"


def reference_usd(lines: Any, law: LawTables, measure: Any) -> Any:
    """Give the value of each line at the reference price of its product."""
    reference = measure.convert(lines.reference, "decimal(38, 4)")
    return measure.as_price(shared(contained_tonnes(lines, law, measure), reference, using=measure.using))


def breaches(lines: Any, law: LawTables, measure: Any) -> Any:
    """Give 1 where a gate's or trigger's floor is broken, 0 where not."""
    gates = _gates(law)
    floor_value, _ = floor_usd(lines, law, measure)
    price = frontier_usd(lines, law, measure)
    branches = [
        (
            lines.rule_index == index,
            breach(
                price_compared(lines, law, law.rules[index], measure, price),
                floor_value,
                law.rules[index].at_floor,
                using=measure.using,
            ),
        )
        for index in gates
    ]
    return measure.using.cases(*branches, otherwise=measure.using.number(Decimal(0)))


def _gates(law: LawTables) -> list[int]:
    """List the rules that charge nothing and ask only whether the floor is broken."""
    return [index for index, item in enumerate(law.rules) if isinstance(item.rule, LicenceGate | TriggerOnly)]
