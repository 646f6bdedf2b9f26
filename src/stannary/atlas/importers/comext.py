"""Eurostat Comext: the detailed monthly trade of the EU, by eight-digit code of the Combined Nomenclature.

The bulk files (`full_v2_<YYYYMM>.7z`) hold one comma-separated table, ``full_<YYYYMM>.dat``, of some five
million lines; it is read as a stream. Python has no reader for 7z: unpack the archive first; a ``.dat``,
``.csv`` or ``.gz`` is read as it is. The layout used until 2021 (DECLARANT_ISO, VALUE_IN_EUROS …) is read
too. Eurostat, CC BY 4.0 (Commission Decision 2011/833/EU).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from stannary.atlas.importers.delimited import Faults, Line, open_bytes, read_lines
from stannary.atlas.importers.economy_codes import economy_of_alpha_2
from stannary.atlas.importers.facts import FactState, ImportedFact, Publication, Redistribution

__all__ = ["COMEXT", "read_comext", "stream_comext"]

COMEXT = Publication(
    id="eurostat-comext",
    title="International trade in goods, detailed data (Comext)",
    publisher="Eurostat",
    url="https://ec.europa.eu/eurostat/databrowser/bulk?lang=en&selectedTab=fileComext",
    licence="CC BY 4.0",
    redistribution=Redistribution.ALLOWED,
    attribution="Eurostat, Comext, CC BY 4.0; codes and periods rewritten",
)

LAYOUTS: dict[str, tuple[str, ...]] = {
    # what the reader needs: the names it has had
    "reporter": ("REPORTER", "DECLARANT_ISO"),
    "partner": ("PARTNER_ISO", "PARTNER"),
    "trade_type": ("TRADE_TYPE",),
    "product": ("PRODUCT_NC", "PRODUCT_CN8", "PRODUCT"),
    "flow": ("FLOW",),
    "procedure": ("STAT_PROCEDURE", "STAT_REGIME"),
    "period": ("PERIOD",),
    "value": ("VALUE_EUR", "VALUE_IN_EUROS"),
    "quantity": ("QUANTITY_KG", "QUANTITY_IN_KG"),
}
SUPPLEMENTARY = (("SUPPL_UNIT", "QUANTITY_SUPPL_UNIT"), ("SUPP_UNIT", "SUP_QUANTITY"))

FLOWS = {"1": "imports", "2": "exports"}
PROCEDURES = {"1": "normal", "2": "inward processing", "3": "outward processing", "9": "not recorded"}
TRADE_TYPES = {"I": "intra-EU", "E": "extra-EU", "L": "Northern Ireland", "M": "Great Britain"}
PERIOD = re.compile(r"(\d{4})(0[1-9]|1[0-2]|52)", re.ASCII)
PRODUCT = re.compile(r"[0-9A-Z]{2,10}", re.ASCII)
ECONOMY = re.compile(r"[A-Z]{2}", re.ASCII)
AMOUNT = re.compile(r"\d{1,18}(?:\.\d{1,6})?", re.ASCII)
NO_UNIT = frozenset({"", "NO_SU", "-"})
BLANK_ZERO = "Published as 0 beside another measure above 0: under half a unit, or not collected."


def read_comext(path: Path, codes: Iterable[str]) -> tuple[ImportedFact, ...]:
    """Read the lines whose product code starts with one of `codes` (``2804``, ``81129289`` …) into memory.

    One row each for the value (EUR), the mass (kg) and the supplementary quantity of a line. Raises
    `AtlasError` (STN-ATLAS-001, -002, -004, -009) with every problem of the whole file.
    """
    return tuple(stream_comext(path, codes))


def stream_comext(path: Path, codes: Iterable[str] | None = None) -> Iterator[ImportedFact]:
    """Give the rows one by one, all of them without `codes`; for files larger than memory.

    Every line is checked, wanted or not. The rows before a fault are given before `AtlasError` is raised at
    the end: a receiver must keep nothing until the stream ends (`write_facts` does so).
    """
    wanted = None if codes is None else tuple(codes)
    faults = Faults(str(path))
    lines = 0
    with open_bytes(path, gzipped=True) as stream:
        for line in read_lines(stream, faults, check_header=check_header):
            lines += 1
            names = used_names(line.columns)
            product = line.cells[names["product"]].strip()
            if check_line(line, names, faults) and (wanted is None or product.startswith(wanted)):
                yield from line_facts(line, names)
    if not lines:
        faults.note("STN-ATLAS-009", "The table holds no trade.", "Download the file again.")
    faults.refuse()


def used_names(columns: Iterable[str]) -> dict[str, str]:
    """Say which of the names each needed column has in this file."""
    present = set(columns)
    return {
        need: next(name for name in known if name in present)
        for need, known in LAYOUTS.items()
        if any(name in present for name in known)
    }


def check_header(header: list[str], faults: Faults) -> None:
    """Note the needed columns that are missing, under any of their names."""
    for known in LAYOUTS.values():
        if not any(name in header for name in known):
            faults.note(
                "STN-ATLAS-009",
                f"The column {' or '.join(known)} is missing.",
                "Give full_<YYYYMM>.dat, unpacked from Comext's full_v2_<YYYYMM>.7z.",
                1,
            )


def check_line(line: Line, names: dict[str, str], faults: Faults) -> bool:
    """Note every cell of a line that is not in its documented form; say whether there was none."""
    sound = True
    for need, form, remedy in (
        ("reporter", ECONOMY, "Two letters, such as DE."),
        ("partner", ECONOMY, "Two letters, such as CN."),
        ("product", PRODUCT, "A code of the Combined Nomenclature."),
        ("period", PERIOD, "Write 202512, or 202552 for the whole year."),
        ("value", AMOUNT, "A plain number, not below zero."),
        ("quantity", AMOUNT, "A plain number, not below zero."),
    ):
        cell = line.cells[names[need]].strip()
        if not form.fullmatch(cell):
            sound = False
            message = f"{cell[:40]!r} is no {need} of Comext."
            faults.note("STN-ATLAS-004", message, remedy, line.number, line.column(names[need]))
    flow = line.cells[names["flow"]].strip()
    if flow not in FLOWS:
        sound = False
        message = f"{flow[:40]!r} is no flow of Comext."
        faults.note("STN-ATLAS-004", message, "1 or 2.", line.number, line.column(names["flow"]))
    return sound


def line_facts(line: Line, names: dict[str, str]) -> Iterator[ImportedFact]:
    """Give the rows of one sound line: value, mass, and supplementary quantity where there is a unit."""
    cells = {need: line.cells[name].strip() for need, name in names.items()}
    value, mass = Decimal(cells["value"]), Decimal(cells["quantity"])
    yield measure(cells, "value", "EUR", value, beside=mass)
    yield measure(cells, "net mass", "kg", mass, beside=value)
    for unit_name, quantity_name in SUPPLEMENTARY:
        unit = line.cells.get(unit_name, "").strip()
        quantity = line.cells.get(quantity_name, "").strip()
        if unit not in NO_UNIT and AMOUNT.fullmatch(quantity):
            amount = Decimal(quantity)
            yield measure(cells, "supplementary quantity", unit, amount, beside=max(value, mass))


def measure(
    cells: dict[str, str], statistic: str, unit: str, amount: Decimal, *, beside: Decimal
) -> ImportedFact:
    """Build the row of one measure; a zero beside another measure above zero is no measured zero."""
    year, part = cells["period"][:4], cells["period"][4:]
    state = FactState.REPORTED if amount else FactState.NOT_AVAILABLE if beside else FactState.ZERO
    procedure = PROCEDURES.get(cells["procedure"], cells["procedure"])
    trade_type = TRADE_TYPES.get(cells["trade_type"], cells["trade_type"])
    return ImportedFact(
        publication=COMEXT,
        table="trade",
        commodity=cells["product"],
        section=f"{trade_type}, procedure: {procedure}",
        statistic=f"{FLOWS[cells['flow']]}: {statistic}",
        product=cells["product"],
        economy=economy_of_alpha_2(cells["reporter"]),
        economy_published=cells["reporter"],
        partner=economy_of_alpha_2(cells["partner"]),
        partner_published=cells["partner"],
        period=year if part == "52" else f"{year}-{part}",
        value=None if state is FactState.NOT_AVAILABLE else amount,
        unit=unit,
        basis="product weight" if unit == "kg" else "",
        state=state,
        note=BLANK_ZERO if state is FactState.NOT_AVAILABLE else "",
    )
