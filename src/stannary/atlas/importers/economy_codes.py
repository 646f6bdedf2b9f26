"""The economies that publishers name in their own ways, as ISO 3166 alpha-3 codes.

A name or code that is not certain is left without a code (`None`): the published name stays in the row,
and nothing is guessed. `WLD` is the world, `XOT` the remaining countries together, `XKX` Kosovo.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from pathlib import Path

__all__ = ["economy_of_alpha_2", "economy_of_alpha_3", "economy_of_name"]

TABLE = Path(__file__).with_name("economy_codes.csv")

COMEXT_CODES = {"XS": "SRB"}
"""Comext's own letters where they name one ISO economy. XI and XU, the two parts in which the United
Kingdom is also reported, stay without a code: as GBR they would count its trade twice."""

COMTRADE_CODES = {"W00": "WLD"}

FOOTNOTE = re.compile(r"(?<=[^\s\d])\s*\d{1,2}$")
QUALIFIER = re.compile(r"\s*\([^)]*\)")


def economy_of_name(name: str) -> str | None:
    """Give the alpha-3 code of an economy named in English, or `None` when the name is not known.

    Footnote figures ("United States1") and remarks in brackets ("World total (rounded)") do not matter;
    a bracket that is part of the name ("Congo (Kinshasa)") does.
    """
    cleaned = FOOTNOTE.sub("", name.strip())
    names = economies_by_name()
    return names.get(plain(cleaned)) or names.get(plain(QUALIFIER.sub("", cleaned)))


def economy_of_alpha_2(code: str) -> str | None:
    """Give the alpha-3 code of a two-letter code as Comext writes it, or `None`."""
    return COMEXT_CODES.get(code) or economies_by_alpha_2().get(code)


def economy_of_alpha_3(code: str) -> str | None:
    """Give the alpha-3 code when it is one, with UN Comtrade's code for the world read as WLD, or `None`."""
    if code in COMTRADE_CODES:
        return COMTRADE_CODES[code]
    return code if code in economies_by_alpha_2().values() else None


def plain(name: str) -> str:
    """Reduce a name to bare lower-case words, so that accents, case and commas make no difference."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"['’.]", "", bare.casefold())).split())


@cache
def rows() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Read the table that ships beside this module: alpha-3, alpha-2 and the names in use."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            (row["alpha_3"], row["alpha_2"], tuple(row["names"].split("|"))) for row in csv.DictReader(stream)
        )


@cache
def economies_by_alpha_2() -> dict[str, str]:
    """Map two-letter codes to alpha-3."""
    return {alpha_2: alpha_3 for alpha_3, alpha_2, _ in rows() if alpha_2}


@cache
def economies_by_name() -> dict[str, str]:
    """Map plain names to alpha-3."""
    return {plain(name): alpha_3 for alpha_3, _, names in rows() for name in names}
