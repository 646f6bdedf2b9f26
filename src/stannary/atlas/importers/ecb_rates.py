"""The euro reference rates of the European Central Bank, as US dollars a unit of each currency.

`eurofxref-hist.csv` is one line a day and one column a currency, in units of the currency for one euro,
``N/A`` where there is none. A dollar rate of another currency is the ratio of two reference rates: it is
derived, rounded, and says so. The ECB lets its statistics be used free of charge when the source is cited
and they are not modified; a derived series is therefore for the user's own copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path

from stannary.atlas.importers.delimited import Faults, Line, open_bytes, read_lines
from stannary.atlas.importers.facts import (
    FactState,
    HalfWritten,
    ImportedFact,
    Publication,
    Redistribution,
    unwritable,
)
from stannary.errors import AtlasError

__all__ = ["ECB_RATES", "read_ecb_rates", "usd_per_unit", "write_exchange_rates"]

ECB_RATES = Publication(
    id="ecb-reference-rates",
    title="Euro foreign exchange reference rates",
    publisher="European Central Bank",
    url="https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/",
    licence="Free use with the source cited and the statistics unmodified",
    redistribution=Redistribution.SINGLE_FACT,
    attribution="European Central Bank, euro foreign exchange reference rates",
)

CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
RATE = re.compile(r"\d{1,9}(?:\.\d{1,12})?", re.ASCII)
PLACES = 6
SIGNIFICANT = Context(prec=6, rounding=ROUND_HALF_UP)
WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
ROUNDED = (
    "USD per EUR divided by units per EUR, rounded half up to 6 decimals, "
    "or to 6 significant digits where that is finer."
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day's reference rates: units of each currency for one euro, in the order of the columns."""

    on: date
    rates: dict[str, Decimal | None]


def read_ecb_rates(path: Path, *, since: date | None = None) -> tuple[ImportedFact, ...]:
    """Read `eurofxref-hist.csv` into one row a day and currency, in USD for one unit.

    EUR is the published dollar rate itself (`reported`); every other currency is a cross through the euro
    (`derived`, see `usd_per_unit`). A day or currency without a rate is a row without a value. Days before
    `since` are left out. Raises `AtlasError` (STN-ATLAS-001, -002, -004, -007, -009) with every problem.
    """
    faults = Faults(str(path))
    facts: list[ImportedFact] = []
    seen: set[date] = set()
    with open_bytes(path) as stream:
        lines = read_lines(stream, faults, check_header=check_header, trailing_blanks=True)
        for line in lines:
            day = read_day(line, faults)
            if day is None:
                continue
            if day.on in seen:
                faults.note("STN-ATLAS-007", f"The day {day.on} is given twice.", "Keep one.", line.number, 1)
            seen.add(day.on)
            if since is None or day.on >= since:
                facts.extend(day_facts(day))
    if not seen:
        faults.note("STN-ATLAS-009", "The table holds no day.", "Download eurofxref-hist.csv again.")
    faults.refuse()
    return tuple(facts)


def usd_per_unit(usd_per_eur: Decimal, units_per_eur: Decimal) -> Decimal:
    """Give the US dollars for one unit of a currency, from two rates against the euro.

    Rounded once, half up: to 6 decimals, or to 6 significant digits where that is finer, since 6 decimals
    would leave a rupiah two digits.
    """
    exact = WIDE.divide(usd_per_eur, units_per_eur)
    places = max(PLACES, SIGNIFICANT.prec - 1 - exact.adjusted())
    return exact.quantize(Decimal(1).scaleb(-places), context=WIDE)


def write_exchange_rates(facts: Iterable[ImportedFact], folder: Path) -> Path:
    """Write rates as an atlas' `exchange_rates.csv`: day, currency, usd_per_unit, source.

    Only rows with a value are written: a day without a rate is a day that is not in the table. Raises
    `AtlasError` (STN-ATLAS-020) when the folder cannot be written or the file holds something else.
    """
    target = folder / "exchange_rates.csv"
    rows = sorted((f.period, f.product, f.value, f.source) for f in facts if f.value is not None)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with HalfWritten(target, ("day", "currency", "usd_per_unit", "source")) as file:
            for day, currency, value, source in rows:
                file.write([day, currency, format(value, "f"), source])
            file.finish()
    except OSError as error:
        raise AtlasError([unwritable(target, f"It cannot be written ({error.strerror}).")]) from error
    return target


def check_header(header: list[str], faults: Faults) -> None:
    """Note a header that is not `Date, USD, JPY, …`."""
    remedy = "Give eurofxref-hist.csv, unpacked from the ECB's zip."
    if header[:1] != ["Date"]:
        faults.note("STN-ATLAS-009", "The first column is not 'Date'.", remedy, 1, 1)
    if "USD" not in header:
        faults.note("STN-ATLAS-009", "The column 'USD' is missing: no cross can be made.", remedy, 1)
    for index, name in enumerate(header[1:], start=2):
        if not CURRENCY.fullmatch(name):
            faults.note("STN-ATLAS-009", f"{name[:40]!r} is not a currency code.", remedy, 1, index)


def read_day(line: Line, faults: Faults) -> Day | None:
    """Read one day, noting a date or rate that is none."""
    text = line.cells["Date"].strip()
    try:
        on = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        on = None
    if on is None:
        message = f"{text[:40]!r} is not a day."
        faults.note("STN-ATLAS-004", message, "Write 2026-05-29.", line.number, 1)
    rates: dict[str, Decimal | None] = {}
    for currency, cell in line.cells.items():
        value = cell.strip()
        if currency == "Date":
            continue
        rate = Decimal(value) if RATE.fullmatch(value) else None
        if value not in ("N/A", "") and not rate:
            message = f"{value[:40]!r} is neither a rate above zero nor N/A."
            faults.note("STN-ATLAS-004", message, "Give it as published.", line.number, line.column(currency))
        rates[currency] = rate or None
    return Day(on, rates) if on else None


def day_facts(day: Day) -> Iterator[ImportedFact]:
    """Give a day's rows: the euro as published, every other currency as a cross."""
    usd = day.rates["USD"]
    yield rate_fact(day.on, "EUR", usd, FactState.REPORTED, "")
    for currency, units in day.rates.items():
        if currency != "USD":
            value = None if usd is None or units is None else usd_per_unit(usd, units)
            yield rate_fact(day.on, currency, value, FactState.DERIVED, ROUNDED)


def rate_fact(on: date, currency: str, value: Decimal | None, state: FactState, note: str) -> ImportedFact:
    """Build the row of a rate; without a value it is not available, whatever it would have been."""
    return ImportedFact(
        publication=ECB_RATES,
        table="exchange_rates",
        commodity=currency,
        statistic="daily reference rate",
        product=currency,
        economy=None,
        economy_published="",
        period=on.isoformat(),
        value=value,
        unit=f"USD/{currency}",
        state=FactState.NOT_AVAILABLE if value is None else state,
        note="" if value is None else note,
    )
