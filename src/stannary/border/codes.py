"""The closed lists a determination is written in: outcomes, reasons, origins, exemptions, as small integers.

Codes, not sentences, so that fifty million lines stay cheap; the words are looked up when someone asks.
A code never changes its meaning and is never used again for another.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "EXEMPTION_NAMES",
    "ORIGIN_NAMES",
    "OUTCOMES",
    "REASONS",
    "Reason",
    "exemption_code",
    "reason_code",
]

OUTCOMES = ("out_of_scope", "cleared", "preferential", "adjusted", "referred")
"""Outcome by code: 0 out_of_scope … 4 referred."""

ORIGIN_NAMES = ("not_tested", "zone", "developing", "neutral", "covered", "unknown")
"""Origin by code."""

EXEMPTION_NAMES = ("none", "relief", "inward_processing", "goods_afloat", "de_minimis")
"""Exemption by code."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line has its outcome, and what the declarant can do about it."""

    code: int
    name: str
    words: str
    remedy: str = ""


REASONS: tuple[Reason, ...] = (
    Reason(0, "none", "No remark."),
    # the line itself: what is missing or cannot be read
    Reason(1, "entry_number_missing", "The entry number is missing.", "Give the entry number."),
    Reason(2, "line_number_missing", "The line number is missing.", "Number the lines of the entry."),
    Reason(3, "tariff_code_missing", "The tariff code is missing.", "Declare a tariff code of 6 to 10 digits."),
    Reason(4, "tariff_code_unreadable", "The tariff code is not a code.", "Use 4 to 12 digits; dots and spaces may stand between."),
    Reason(5, "entered_on_missing", "The date of entry is missing.", "Give the date as YYYY-MM-DD."),
    Reason(6, "entered_on_unreadable", "The date of entry is not a date.", "Write it as YYYY-MM-DD."),
    Reason(7, "quantity_missing", "The quantity is missing.", "Declare the quantity and its unit."),
    Reason(8, "quantity_unreadable", "The quantity is not a number.", "Write digits with a decimal point, no separators."),
    Reason(9, "quantity_not_positive", "The quantity is zero or negative.", "Declare the quantity received."),
    Reason(10, "quantity_absurd", "The quantity is larger than the charter's limit for one line.", "Check the unit."),
    Reason(11, "unit_missing", "The unit of quantity is missing.", "Use a UN/ECE Rec 20 code such as KGM or TNE."),
    Reason(12, "unit_unknown", "The unit of quantity is not a unit of mass.", "Use a UN/ECE Rec 20 code such as KGM or TNE."),
    Reason(13, "value_missing", "The declared value is missing.", "Declare the value and its currency."),
    Reason(14, "value_unreadable", "The declared value is not a number.", "Write digits with a decimal point, no separators."),
    Reason(15, "value_negative", "The declared value is negative.", "Declare the price paid or payable."),
    Reason(16, "value_absurd", "The declared value is larger than the charter's limit for one line.", "Check value and currency."),
    Reason(17, "currency_missing", "The currency is missing.", "Use an ISO 4217 code such as USD."),
    Reason(18, "exchange_rate_missing", "There is no exchange rate for the currency on the day.", "Add the rate to the atlas, or declare in USD."),
    Reason(19, "incoterm_unknown", "The delivery term is not one the charter lists.", "Use an Incoterms 2020 term, such as CIF."),
    Reason(20, "freight_missing", "The term leaves freight or insurance out, none is declared, and the charter has no uplift.", "Declare freight and insurance."),
    Reason(21, "amount_unreadable", "Freight, insurance, duties, content value or content share is not a number.", "Write digits with a decimal point."),
    Reason(22, "amount_negative", "Freight, insurance, duties or content value is negative.", "Declare the amounts as they are."),
    Reason(23, "assay_unreadable", "The assay is not a number.", "Write it as a share, such as 0.652."),
    Reason(24, "assay_out_of_range", "The assay is not a share above 0 and at most 1.", "Write it as a share, such as 0.652."),
    Reason(25, "assay_missing", "The code gives no usual content and the line carries no assay.", "Declare the assay."),
    Reason(26, "exported_on_unreadable", "The date of export is not a date.", "Write it as YYYY-MM-DD."),
    Reason(27, "related_party_unreadable", "The related-party mark is neither yes nor no.", "Write true or false."),
    Reason(28, "amount_absurd", "What the line would owe is larger than any amount that is kept.", "Check quantity and unit."),
    # the law: what it needs and does not find
    Reason(40, "product_ambiguous", "The tariff code holds several covered products and the line does not say which.", "Declare the product."),
    Reason(41, "product_not_under_code", "The product declared is not one of those under the tariff code.", "Check code and product."),
    Reason(42, "floor_missing", "No floor is in force for the product on the day.", "The zone must publish one; the line waits."),
    Reason(43, "rule_missing", "No duty rule is in force for the product on the day.", "The charter must name one; the line waits."),
    Reason(44, "reference_price_missing", "The rule needs a reference price and none is in force.", "The zone must publish one; the line waits."),
    Reason(45, "content_value_missing", "The rule is on the content's value and none is declared.", "Declare the value of the covered content."),
    Reason(46, "related_party_price", "Buyer and seller are related; an officer decides the price.", "Show that the price is at arm's length."),
    Reason(47, "licence_needed", "The price breaks the floor and the goods need a licence.", "Present a licence."),
    Reason(48, "trigger_pulled", "The price breaks the trigger price; an investigation is opened.", "Await the investigation."),
    Reason(49, "origin_test_missing", "No test of origin is in force for the product on the day.", "The charter must name one; the line waits."),
    Reason(50, "origin_rate_missing", "No share of the adjustment is in force for the origin on the day.", "The charter must name one; the line waits."),
    # why a line that was decided came out as it did
    Reason(60, "code_not_covered", "The tariff code is not in the charter's scope."),
    Reason(61, "charter_not_in_force", "The charter is not in force on the day of entry."),
    Reason(62, "price_at_or_above_floor", "The net frontier price is not below the floor."),
    Reason(63, "zone_origin", "Every stage that counts was done in parties to the zone."),
    Reason(64, "exempt", "An exemption applies."),
    Reason(65, "below_floor", "The net frontier price is below the floor."),
    Reason(66, "within_quota", "The line is drawn on the tariff quota."),
    Reason(67, "licensed", "The price breaks the floor; a licence is presented."),
    Reason(68, "rate_applied", "The rate is due on the value."),
    Reason(69, "split_consignment", "Several small lines of one importer, code and day make one consignment above the de minimis."),
    Reason(71, "quota_spent", "The tariff quota the line claims is spent; the duty outside the quota is due."),
    Reason(70, "origin_pays_nothing", "The share of the adjustment that this origin pays is zero."),
)  # fmt: skip

BY_NAME = {reason.name: reason for reason in REASONS}
BY_CODE = {reason.code: reason for reason in REASONS}


def reason_code(name: str) -> int:
    """Give the code of a reason by its name."""
    return BY_NAME[name].code


def exemption_code(name: str) -> int:
    """Give the code of an exemption by its name."""
    return EXEMPTION_NAMES.index(name)
