"""How the U.S. Geological Survey writes a number, and how it writes that there is none.

Source of the notation: the footnotes to the tables of the Mineral Commodity Summaries. `W` is withheld to
avoid disclosing company proprietary data, `NA` not available, `XX` not applicable, an em dash zero, `E` a
net exporter, `s` less than half a unit (when its note says so).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from stannary.atlas.importers.facts import FactState

__all__ = ["Cell", "Unit", "number", "read_cell", "read_unit"]

PLAIN = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+", re.ASCII)
NEGATIVE = re.compile(r"[-−–—]\s?(?=[\d.])", re.ASCII)
RANGE = re.compile(r"([\d.,]+)\s*[-–—]\s*([\d.,]+)")
HALF_UNIT = re.compile(r"less than (?:½|1/2|one-half)\s*unit", re.IGNORECASE)
LESS_THAN_MASS = re.compile(r"less than ([\d,.]+) (carats|tons|metric tons|kilograms)\b", re.IGNORECASE)
WORDS = re.compile(r"[A-Za-z][A-Za-z ,()]*\.?")
MARKED_ESTIMATE = re.compile(r"^e(?=\d)", re.ASCII)

STATES_WITHOUT_NUMBER = {
    "W": FactState.WITHHELD,
    "NA": FactState.NOT_AVAILABLE,
    "XX": FactState.NOT_APPLICABLE,
    "E": FactState.NET_EXPORTER,
}
ZEROS = frozenset({"—", "–", "-", "--"})


@dataclass(frozen=True, slots=True)
class Unit:
    """A published unit as a plain one: `name`, and how many of it one published unit is."""

    name: str
    scale: Decimal = Decimal(1)
    basis: str = ""


UNITS: dict[str, Unit] = {
    "metric tons": Unit("t"),
    "thousand metric tons": Unit("t", Decimal(1_000)),
    "million metric tons": Unit("t", Decimal(1_000_000)),
    "thousand metric dry tons": Unit("t", Decimal(1_000), "dry weight"),
    "kilograms": Unit("kg"),
    "million carats": Unit("ct", Decimal(1_000_000)),
    "thousand carats": Unit("ct", Decimal(1_000)),
    "thousands of carats": Unit("ct", Decimal(1_000)),
    "million cubic meters": Unit("m3", Decimal(1_000_000)),
    "million liters": Unit("L", Decimal(1_000_000)),
    "million dollars": Unit("USD", Decimal(1_000_000)),
    "percent": Unit("percent"),
    "number": Unit("number"),
    "index": Unit("index"),
    "dollars per metric ton": Unit("USD/t"),
    "dollars per kilogram": Unit("USD/kg"),
    "dollars per gram": Unit("USD/g"),
    "dollars per pound": Unit("USD/lb"),
    "cents per pound": Unit("USc/lb"),
    "dollars per troy ounce": Unit("USD/oz t"),
    "dollars per short ton": Unit("USD/st"),
    "dollars per carat": Unit("USD/ct"),
    "dollars per dry metric ton unit": Unit("USD/dmtu"),
    "t": Unit("t"),
    "kt": Unit("t", Decimal(1_000)),
    "mt": Unit("t", Decimal(1_000_000)),
    "kg": Unit("kg"),
    "mcm": Unit("m3", Decimal(1_000_000)),
    "mct": Unit("ct", Decimal(1_000_000)),
    "kct": Unit("ct", Decimal(1_000)),
}
NOTED_MASSES = {"carats": ("ct", 1), "tons": ("t", 1), "metric tons": ("t", 1), "kilograms": ("kg", 1)}


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says: a value, bounds, or a state without a number; `remark` where words are needed."""

    state: FactState
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    remark: str = ""


def read_unit(published: str) -> Unit:
    """Give the plain unit of a published one; a unit that is not known stays as it was written."""
    return UNITS.get(" ".join(published.split()).lower(), Unit(published.strip()))


def read_cell(published: str, note: str, unit: Unit) -> Cell | None:
    """Read one published cell in its unit; `None` when it is in no notation that the Survey uses.

    `note` is the cell's own note, which says whether the number is estimated and what an `s` means.
    """
    text = published.replace("\xa0", " ").strip()
    if text in ZEROS:
        return Cell(FactState.ZERO, Decimal(0))
    if text.upper() in STATES_WITHOUT_NUMBER:
        return Cell(STATES_WITHOUT_NUMBER[text.upper()])
    if text == "s" or HALF_UNIT.fullmatch(text.rstrip(".")):
        return small(f"{note} {text}", unit)
    if text[:1] in ("<", ">"):
        return bound(text, unit)
    value = number(MARKED_ESTIMATE.sub("", text))
    if value is not None:
        if value == 0:
            return Cell(FactState.ZERO, Decimal(0))
        estimated = is_estimated(note) or text.startswith("e")
        state = FactState.ESTIMATED if estimated else FactState.REPORTED
        return Cell(state, value * unit.scale)
    return ends(text, unit) or spoken(text)


def number(text: str) -> Decimal | None:
    """Read a plain number with thousands commas; `None` when it is anything else."""
    unsigned = NEGATIVE.sub("", text, count=1) if NEGATIVE.match(text) else text
    if not PLAIN.fullmatch(unsigned):
        return None
    value = Decimal(unsigned.replace(",", ""))
    return value if unsigned == text else -value


def is_estimated(note: str) -> bool:
    """Say whether a note marks its number as an estimate of the Survey."""
    return note.strip().lower().startswith("estimated")


def small(note: str, unit: Unit) -> Cell:
    """Read an `s`: below half a unit, below what its note says, or shown elsewhere in the table."""
    if HALF_UNIT.search(note):
        return Cell(FactState.LESS_THAN, high=unit.scale / 2)
    said = LESS_THAN_MASS.search(note)
    if said:
        name, scale = NOTED_MASSES[said[2].lower()]
        high = number(said[1])
        if name == unit.name and high is not None:
            return Cell(FactState.LESS_THAN, high=high * scale)
    return Cell(FactState.NOT_AVAILABLE, remark="Published without a number of its own.")


def bound(text: str, unit: Unit) -> Cell | None:
    """Read "<5" or ">50" as a bound, which is no value."""
    value = number(text[1:].strip())
    if value is None:
        return None
    if text[0] == "<":
        return Cell(FactState.LESS_THAN, high=value * unit.scale)
    return Cell(FactState.GREATER_THAN, low=value * unit.scale)


def ends(text: str, unit: Unit) -> Cell | None:
    """Read "50–300" as its two ends."""
    match = RANGE.fullmatch(text)
    if not match:
        return None
    low, high = number(match[1]), number(match[2])
    if low is None or high is None or low > high:
        return None
    return Cell(FactState.RANGE, low=low * unit.scale, high=high * unit.scale)


def spoken(text: str) -> Cell | None:
    """Keep words ("Large"), and a number whose sign was lost in the publisher's own file, as no number."""
    if WORDS.fullmatch(text) and len(text) > 2:
        return Cell(FactState.WORDS, remark=f"Published as {text!r}.")
    if text.startswith("?") and number(text[1:]) is not None:
        return Cell(FactState.UNREADABLE, remark=f"Published as {text!r}: the sign is not readable.")
    return None
