"""Money, mass, price: exact factors, and the one place where money is rounded.

Mass units are UN/CEFACT Recommendation 20 codes (the customs standard) and the everyday names beside
them; factors are exact by definition (international pound 0.45359237 kg, 1959). Money owed is rounded
once, to the cent, half away from zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from stannary.errors import Place, Problem, UnitError

__all__ = [
    "CENT",
    "EXACT",
    "MASS_UNITS",
    "allocate",
    "round_cents",
    "round_minor",
    "tonnes_per",
    "usd_per_tonne",
]

EXACT = Context(prec=120, rounding=ROUND_HALF_UP)
"""The context of sums and products that must not lose a digit."""

PUBLISHED = Context(prec=28, rounding=ROUND_HALF_UP)
"""The context of a quotient, which may have no end: 28 digits, whatever the caller's own context."""

CENT = Decimal("0.01")

POUND = Decimal("0.00045359237")
TROY_OUNCE = Decimal("0.0000311034768")

MASS_UNITS: dict[str, tuple[Decimal, str]] = {
    # Rec 20 code: (tonnes in one unit, name)
    "TNE": (Decimal(1), "tonne"),
    "KTN": (Decimal(1000), "kilotonne"),
    "DTN": (Decimal("0.1"), "decitonne"),
    "KGM": (Decimal("0.001"), "kilogram"),
    "HGM": (Decimal("0.0001"), "hectogram"),
    "GRM": (Decimal("0.000001"), "gram"),
    "MGM": (Decimal("0.000000001"), "milligram"),
    "LBR": (POUND, "pound"),
    "ONZ": (POUND / 16, "ounce (avoirdupois)"),
    "APZ": (TROY_OUNCE, "troy ounce"),
    "STN": (POUND * 2000, "short ton (US)"),
    "LTN": (POUND * 2240, "long ton (UK)"),
    "CWA": (POUND * 100, "hundredweight (US)"),
    "CWI": (POUND * 112, "hundredweight (UK)"),
    "CTM": (Decimal("0.0000002"), "metric carat"),
}

EVERYDAY_NAMES: dict[str, str] = {
    "t": "TNE", "tonne": "TNE", "tonnes": "TNE", "mt": "TNE", "kt": "KTN",
    "kg": "KGM", "g": "GRM", "mg": "MGM", "lb": "LBR", "lbs": "LBR",
    "oz": "ONZ", "ozt": "APZ", "oz t": "APZ", "troy oz": "APZ",
    "st": "STN", "short ton": "STN", "long ton": "LTN",
}  # fmt: skip


def round_cents(amount: Decimal) -> Decimal:
    """Round an amount of money to the cent, half away from zero: the one rounding of the house."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP, context=EXACT)


def round_minor(amount: Decimal, exponent: int) -> int:
    """Round an amount to whole minor units of `exponent` decimals by the same rule: 1.005 at 2 is 101."""
    return int(
        amount.scaleb(exponent, context=EXACT).to_integral_value(rounding=ROUND_HALF_UP, context=EXACT)
    )


def allocate(total: int, weights: Sequence[Decimal]) -> tuple[int, ...]:
    """Split whole minor units by weights with none lost: largest remainder, ties to the earlier share.

    The shares sum to `total` exactly and each lies within one unit of its exact share. A negative total is
    the mirror image of the positive one. Raises `ValueError` where a weight is negative or
    not finite, or all are zero.
    """
    if not all(weight.is_finite() for weight in weights):
        raise ValueError("weights must be numbers")
    whole = sum((Fraction(weight) for weight in weights), Fraction(0))
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative, and not all zero")
    exact = [abs(total) * Fraction(weight) / whole for weight in weights]
    shares = [int(each) for each in exact]
    short = abs(total) - sum(shares)
    by_remainder = sorted(range(len(exact)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_remainder[:short]:
        shares[index] += 1
    return tuple(-share if total < 0 else share for share in shares)


def tonnes_per(unit: str, *, place: Place | None = None) -> Decimal:
    """Give the tonnes in one unit of mass, exactly.

    `unit` is a Rec 20 code or an everyday name. Raises `UnitError` (STN-UNIT-001) for any other.
    """
    code = EVERYDAY_NAMES.get(unit.strip().lower(), unit.strip().upper())
    if code not in MASS_UNITS:
        known = ", ".join(MASS_UNITS)
        raise UnitError(
            [
                Problem(
                    "STN-UNIT-001",
                    f"{unit!r} is not a unit of mass.",
                    f"Use one of {known}.",
                    place or Place(),
                )
            ]
        )
    return MASS_UNITS[code][0]


def usd_per_tonne(price: Decimal, unit: str, *, place: Place | None = None) -> Decimal:
    """Turn a price in USD (or US cents) per unit of mass into USD per tonne.

    `unit` reads like ``USD/kg``, ``USD/lb``, ``USc/lb`` or ``USD/oz t``. The result is exact for decimal
    units and rounded to 28 digits for pounds and ounces. Raises `UnitError` for other units.
    """
    money, _, mass = unit.partition("/")
    scale = {"usd": Decimal(1), "usc": CENT}.get(money.strip().lower())
    if scale is None or not mass:
        raise UnitError(
            [
                Problem(
                    "STN-UNIT-001",
                    f"{unit!r} is not a price per mass.",
                    "Write, say, USD/kg.",
                    place or Place(),
                )
            ]
        )
    return PUBLISHED.divide(price * scale, tonnes_per(mass, place=place))
