"""How numbers, codes and outcomes are written for people: once, for terminal and page alike."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

__all__ = [
    "ORIGIN_WORDS",
    "OUTCOME_WORDS",
    "STAGE_ORDER",
    "cents",
    "count",
    "exact",
    "named",
    "per_tonne",
    "percent",
    "round_money",
    "sentence",
    "share",
    "title_of",
]

OUTCOME_WORDS = {
    "adjusted": "Adjusted: owes a border adjustment",
    "referred": "Referred: an officer must look",
    "cleared": "Cleared: owes nothing",
    "preferential": "Preferential: of zone origin",
    "out_of_scope": "Out of scope",
}
"""Outcomes in the order in which they want attention."""

ORIGIN_WORDS = {
    "zone": "Inside the zone",
    "developing": "Developing economy",
    "neutral": "Neutral economy",
    "covered": "Covered economy",
    "unknown": "Not known",
    "not_tested": "Not tested",
    "mixed": "More than one of these",
}

UNCLASSIFIED = "not stated"
"""What sums call the lines that lack a name in some dimension."""
STAGE_ORDER = ("mine", "concentrate", "smelted", "refined", "metal", "component", "scrap", UNCLASSIFIED)
SCALES = ((Decimal(10) ** 12, "trillion"), (Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million"))


def cents(amount: Decimal | None) -> str:
    """Write an amount exactly, to the cent; a missing one as a dash."""
    return "–" if amount is None else f"{amount:,.2f}"


def exact(amount: Decimal | None) -> str:
    """Write an amount with every decimal that says something, two at least; a missing one as a dash."""
    if amount is None:
        return "–"
    exponent = amount.normalize().as_tuple().exponent
    return f"{amount:,.{max(2, -exponent if isinstance(exponent, int) else 2)}f}"


def round_money(amount: Decimal | None) -> str:
    """Write an amount in round words: three figures and a scale. For headlines; tables are exact."""
    if amount is None:
        return "–"
    for size, name in SCALES:
        # 999,950 and more would read as 1,000 thousand
        if abs(amount) >= size * Decimal("0.9995"):
            return f"{_three_figures(amount / size)} {name} USD"
    return f"{amount.quantize(Decimal(1), rounding=ROUND_HALF_UP):,} USD"


def _three_figures(number: Decimal) -> str:
    places = 2 if abs(number) < Decimal("9.995") else 1 if abs(number) < Decimal("99.95") else 0
    return f"{number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):,}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def per_tonne(amount: Decimal | None) -> str:
    """Write a price in USD per contained tonne: whole dollars where that keeps three figures."""
    if amount is None:
        return "–"
    places = 0 if abs(amount) >= 100 else 2
    return f"{amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):,} USD/t"


def share(part: Decimal, whole: Decimal) -> str:
    """Write a share in percent; a share of nothing as a dash."""
    return "–" if whole == 0 else f"{part / whole * 100:.1f}%"


def percent(part: Decimal | None) -> str:
    """Write a part of one in percent, to one decimal; a missing one as a dash."""
    return "–" if part is None else f"{(part * 100).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)}%"


def sentence(text: str) -> str:
    """Begin a text with a capital."""
    return text[:1].upper() + text[1:]


def title_of(name: str) -> str:
    """Write a code of ours as words."""
    if name == UNCLASSIFIED:
        return "Not classified"
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def named(name: str) -> str:
    """Write a name that someone else gave, such as an importer's, as it stands."""
    return "Not stated" if name == UNCLASSIFIED else name
