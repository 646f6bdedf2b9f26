"""What a book counts: money in the minor units of ISO 4217, and contained metal in milligrams.

Amounts are whole numbers of these units and nothing else; no float and no fraction ever enters a book. A
currency is its three letters (``USD``). A metal is the product of the charter in capitals (``NDPR.OXIDE`` for
``ndpr.oxide``), always with a dot, so that the two cannot be confused. ISO 4217 exponents are those of the
standard's table A.1 (funds and test codes left out), not of CLDR, which differs for some.
"""

from __future__ import annotations

import re
from decimal import Decimal

from stannary.units import EXACT, round_minor

__all__ = [
    "EXPONENTS",
    "LARGEST",
    "amount_of",
    "exponent",
    "in_words",
    "is_commodity",
    "metal",
    "minor_units",
]

LARGEST = 2**61
"""The largest amount of one transfer, a quarter of what a 64-bit column holds, so that sums have room."""

MILLIGRAMS_IN_A_TONNE = 9
"""The decimal exponent of a metal: one tonne is 10^9 milligrams."""

TWO_DECIMALS = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
    USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS: dict[str, int] = {
    **dict.fromkeys(TWO_DECIMALS.split(), 2),
    **dict.fromkeys(NO_DECIMALS.split(), 0),
    **dict.fromkeys(THREE_DECIMALS.split(), 3),
}
"""Decimals of every currency in circulation (ISO 4217:2015 with amendments to 2025)."""

METAL = re.compile(r"[A-Z][A-Z0-9_-]*(\.[A-Z0-9_-]+)+")


def is_commodity(code: str) -> bool:
    """Say whether a book can count in this: a currency of the table, or a metal."""
    return code in EXPONENTS or (METAL.fullmatch(code) is not None and len(code) <= 24)


def metal(product: str) -> str:
    """Give the commodity in which the contained tonnes of a product are counted."""
    return product.upper()


def exponent(commodity: str) -> int:
    """Give the decimals of a commodity. Raises `KeyError` for what a book cannot count."""
    if commodity in EXPONENTS:
        return EXPONENTS[commodity]
    if is_commodity(commodity):
        return MILLIGRAMS_IN_A_TONNE
    raise KeyError(commodity)


def minor_units(amount: Decimal, commodity: str) -> int:
    """Round an amount of money or of tonnes to whole minor units, once, half away from zero."""
    return round_minor(amount, exponent(commodity))


def amount_of(units: int, commodity: str) -> Decimal:
    """Give whole minor units as an amount of money or of tonnes, exactly."""
    return Decimal(units).scaleb(-exponent(commodity), context=EXACT)


def in_words(units: int, commodity: str) -> str:
    """Write an amount with thousands separated: ``1,234.50 USD``; metal as ``12.5 t NDPR.OXIDE``."""
    amount = amount_of(units, commodity)
    if commodity in EXPONENTS:
        return f"{amount:,} {commodity}"
    trimmed = f"{amount:,f}".rstrip("0").rstrip(".")
    return f"{trimmed} t {commodity}"
