"""Step 1 and 3: what the goods are, and what the charter says of them on the day.

*As a customs line:* my code, and where it is a basket the product I declare, make me a product of the
charter; my product and my day find the floor, the reference price, the duty rule and the test of origin.
"""

from __future__ import annotations

from typing import Any

from stannary.border.law_tables import LawTables

__all__ = ["classify", "find_law"]


def classify(lines: Any, law: LawTables, using: Any) -> Any:
    """Find each line's product.

    Adds `claim` (0 ok, 1 ambiguous, 2 mismatch, 3 unreadable), `product_index` and `usual_share`.
    """
    return using.find_claims(lines, law)


def find_law(lines: Any, law: LawTables, using: Any) -> Any:
    """Find what is in force on the day.

    Adds `segment`, `floor_row`, `floor`, `reference`, `rule_index`, `test_index` and `de_minimis`.
    """
    lines = using.find_segments(lines, law)
    return using.extend(lines, de_minimis=using.dated(lines.in_entered_on, law.de_minimis, "decimal(18, 4)"))
