"""Entry lines: their columns, and how each is read from text, decimals, floats or dates.

A value that is given and cannot be read marks its line (`<column>_bad`); the line is referred, never
dropped. Amounts are read to the decimals stated here, rounded half away from zero at reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

__all__ = ["COLUMNS_OF_AN_ENTRY", "REQUIRED", "EntryColumn", "read_columns"]

Kind = Literal["text", "code", "decimal", "date", "flag"]

BLANKS = " \t\n\f\r"
"""What may stand round a value: one list, since engines differ on what else is a blank."""
NUMBER = rf"^[{BLANKS}]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{{1,2}})?[{BLANKS}]*$"
DAY = (
    rf"^[{BLANKS}]*([1-9][0-9]{{3}}|0[1-9][0-9]{{2}}|00[1-9][0-9]|000[1-9])-[0-9]{{2}}-[0-9]{{2}}[{BLANKS}]*$"
)
FIRST, LAST = date.min, date.max
YES = ("true", "yes", "y", "1", "t")
NO = ("false", "no", "n", "0", "f")


@dataclass(frozen=True, slots=True)
class EntryColumn:
    """One column of an entry line, its kind, and the WCO Data Model term it stands for."""

    name: str
    kind: Kind
    required: bool
    wco: str
    words: str
    digits: int = 18
    decimals: int = 4


COLUMNS_OF_AN_ENTRY: tuple[EntryColumn, ...] = (
    EntryColumn("entry_number", "text", True, "Declaration.ID", "Number of the entry."),
    EntryColumn("line_number", "text", True, "GovernmentAgencyGoodsItem.SequenceNumeric", "Number of the line in the entry."),
    EntryColumn("tariff_code", "text", True, "Commodity.Classification.ID", "HS or national code, as text; leading zeros count."),
    EntryColumn("quantity", "decimal", True, "GoodsMeasure.NetNetWeightMeasure", "Net mass.", 18, 6),
    EntryColumn("quantity_unit", "text", True, "GoodsMeasure.unitCode", "UN/ECE Rec 20 code (KGM, TNE, LBR, …) or kg, t, g, lb, oz t."),
    EntryColumn("value", "decimal", True, "CustomsValuation.InvoiceAmount", "Price paid or payable.", 18, 4),
    EntryColumn("currency", "text", True, "CustomsValuation.currencyID", "ISO 4217."),
    EntryColumn("entered_on", "date", True, "Declaration.AcceptanceDateTime", "Day of entry, YYYY-MM-DD."),
    EntryColumn("product", "text", False, "Commodity.Description.ID", "Product of the charter, needed under basket codes."),
    EntryColumn("origin_economy", "text", False, "Origin.CountryCode", "Declared origin; stands in for produced_in."),
    EntryColumn("export_economy", "text", False, "ExportCountry.ID", "Economy of export."),
    EntryColumn("mined_in", "text", False, "Commodity.AdditionalOrigin", "Where the ore was mined."),
    EntryColumn("refined_in", "text", False, "Commodity.AdditionalOrigin", "Where it was refined."),
    EntryColumn("separated_in", "text", False, "Commodity.AdditionalOrigin", "Where it was separated."),
    EntryColumn("melted_in", "text", False, "Commodity.AdditionalOrigin", "Where it was melted (smelted, poured)."),
    EntryColumn("produced_in", "text", False, "Origin.CountryCode", "Where the goods were produced."),
    EntryColumn("importer", "text", False, "Importer.ID", "Importer."),
    EntryColumn("assay", "decimal", False, "Commodity.Constituent.Percent", "Contained share of net mass, above 0 and at most 1.", 9, 6),
    EntryColumn("incoterm", "text", False, "TradeTerms.ConditionCode", "Incoterms 2020; empty is CIF."),
    EntryColumn("freight", "decimal", False, "CustomsValuation.FreightCharge", "Freight to the frontier.", 18, 4),
    EntryColumn("insurance", "decimal", False, "CustomsValuation.InsuranceCharge", "Insurance to the frontier.", 18, 4),
    EntryColumn("duties_included", "decimal", False, "DutyTaxFee.DeductAmount", "Duties inside the value (DDP).", 18, 4),
    EntryColumn("content_value", "decimal", False, "Commodity.Constituent.Value", "Value of the covered content of a derivative.", 18, 4),
    EntryColumn("covered_content_share", "decimal", False, "Commodity.Constituent.Share", "Share of covered-origin content, for the tolerance.", 9, 6),
    EntryColumn("exported_on", "date", False, "Consignment.DepartureDateTime", "Day the goods left."),
    EntryColumn("related_party", "flag", False, "CustomsValuation.PartyRelationshipIndicator", "Are buyer and seller related?"),
    EntryColumn("contract", "text", False, "Contract.ID", "Contract."),
    EntryColumn("evidence", "text", False, "AdditionalDocument.ID", "Reference of evidence of origin."),
    EntryColumn("procedure", "text", False, "GovernmentProcedure.CurrentCode", "Customs procedure."),
    EntryColumn("quota_order", "text", False, "DutyTaxFee.QuotaOrderID", "Order number of the quota drawn on."),
    EntryColumn("licence", "text", False, "AdditionalDocument.LicenceID", "Import licence."),
)  # fmt: skip

REQUIRED = tuple(column.name for column in COLUMNS_OF_AN_ENTRY if column.required)
BY_NAME = {column.name: column for column in COLUMNS_OF_AN_ENTRY}


def read_columns(raw: ir.Table, kept: Sequence[str]) -> ir.Table:
    """Give each column of an entry in its proper type, under `in_<name>`, with `<name>_bad` marks.

    The raw columns named in `kept` stay beside them, under `given_<number>`, so that no name of theirs
    meets one of ours. Columns the table lacks are missing (null), never guessed.
    """
    read: dict[str, Any] = {}
    for column in COLUMNS_OF_AN_ENTRY:
        given = raw[column.name] if column.name in raw.columns else None
        value, bad = _read(column, given)
        if column.name == "produced_in":
            value = value.nullif("")  # an empty cell, too, lets the declared origin stand in
        read[f"in_{column.name}"] = value
        if column.kind in ("decimal", "date", "flag"):
            read[f"{column.name}_bad"] = bad
    beside = {f"given_{number}": raw[name] for number, name in enumerate(kept)}
    return raw.select("row", **beside, **read)


def _read(column: EntryColumn, given: Any) -> tuple[Any, Any]:
    """Give a column's value in its type, and whether something was given that cannot be read."""
    if column.kind == "text":
        return _text(given), ibis.literal(False)
    if column.kind == "decimal":
        return _decimal(column, given)
    if column.kind == "date":
        return _day(given)
    return _flag(given)


def _text(given: Any) -> Any:
    if given is None or given.type().is_null():
        return ibis.null("string")
    if given.type().is_floating():
        return ibis.ifelse(given.isnan(), ibis.null("string"), given.cast("string"))
    return given if given.type().is_string() else given.cast("string")


def _decimal(column: EntryColumn, given: Any) -> tuple[Any, Any]:
    target = f"decimal({column.digits}, {column.decimals})"
    if given is None:
        return ibis.null(target), ibis.literal(False)
    kind = given.type()
    if kind.is_decimal():
        fits = (
            kind.scale <= column.decimals and kind.precision - kind.scale <= column.digits - column.decimals
        )
        value = given if fits else given.try_cast(target)
        return value, ibis.literal(False) if fits else given.notnull() & value.isnull()
    if kind.is_string():
        text = given.nullif("")
        value = ibis.ifelse(text.re_search(NUMBER), text.try_cast(target), ibis.null(target))
        return value, text.notnull() & value.isnull()
    if kind.is_floating():
        finite = ~(given.isnan() | given.isinf())
        value = ibis.ifelse(finite, given.try_cast(target), ibis.null(target))
        return value, given.notnull() & value.isnull()
    if kind.is_integer():
        value = given.try_cast(target)
        return value, given.notnull() & value.isnull()
    return ibis.null(target), given.notnull()


def _day(given: Any) -> tuple[Any, Any]:
    if given is None:
        return ibis.null("date"), ibis.literal(False)
    kind = given.type()
    if kind.is_date() or kind.is_timestamp():
        day = given if kind.is_date() else given.date()
        value = ibis.ifelse(day.between(FIRST, LAST), day, ibis.null("date"))
        return value, given.notnull() & value.isnull()
    if kind.is_string():
        text = given.nullif("")
        value = ibis.ifelse(text.re_search(DAY), text.try_cast("date"), ibis.null("date"))
        return value, text.notnull() & value.isnull()
    return ibis.null("date"), given.notnull()


def _flag(given: Any) -> tuple[Any, Any]:
    if given is None:
        return ibis.null("boolean"), ibis.literal(False)
    if given.type().is_boolean():
        return given, ibis.literal(False)
    text = given.cast("string").strip().lower().nullif("")
    value = ibis.cases((text.isin(YES), True), (text.isin(NO), False), else_=ibis.null("boolean"))
    return value, text.notnull() & value.isnull()
