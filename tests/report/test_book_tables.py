from __future__ import annotations

from datetime import UTC, date, datetime

from stannary.ledger.store import AsOf
from stannary.report.book_tables import as_of_in_words, neutral, shown


def test_rows_for_a_spreadsheet_keep_amounts_and_mark_formulas():
    rows = [
        {
            "member": "=cmd()",
            "amount": "-12.50",
            "days": 3,
            "since": None,
            "note": "-1+1",
            "account": "Assets:X",
        }
    ]
    assert neutral(rows) == [
        {
            "member": "'=cmd()",
            "amount": "-12.50",
            "days": 3,
            "since": None,
            "note": "'-1+1",
            "account": "Assets:X",
        }
    ]


def test_money_keeps_its_decimals_and_metal_only_those_it_needs():
    assert shown(-123_456_700, "USD") == "-1,234,567.00"
    assert shown(1_234, "JPY") == "1,234"
    assert shown(1_500, "BHD") == "1.500"
    assert shown(1_000_000_000_000, "NDPR.OXIDE") == "1,000"
    assert shown(12_500_000_001, "NDPR.OXIDE") == "12.500000001"
    assert shown(0, "NDPR.OXIDE") == "0"


def test_a_statement_says_from_where_it_looks():
    assert as_of_in_words(AsOf()) == "in all"
    view = AsOf(date(2026, 3, 31), datetime(2026, 4, 10, 17, 0, tzinfo=UTC))
    assert as_of_in_words(view) == "as of 2026-03-31, as known at 2026-04-10 17:00 UTC"
