"""Post to a book in a file without end, saying on the pipe what was acknowledged, until somebody kills it.

Single vouchers, batches, holdings posted and voided, and draws on loans that are soon full: a line a receipt,
written only when the receipt is there.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from stannary.errors import LedgerError
from stannary.ledger.book import Book
from stannary.ledger.sqlite import SqliteStore
from stannary.ledger.vouchers import Cause, Transfer, Voucher

DAY = date(2026, 11, 1)
HOUR = datetime(2026, 11, 2, 9, tzinfo=UTC)


def sent(key: str, debit: str = "Assets:Bank", kind: Any = "post", amount: int = 7, **fields: Any) -> Voucher:
    """Give a voucher that moves an amount out of duties, or holds it."""
    made = () if "refers_to" in fields else (Transfer(debit, "Income:Duties", amount, "USD"),)
    return Voucher("USA", key, kind, DAY, Cause("determination", key), made, **fields)


def post_for_ever(book: Book, run: str) -> None:
    """Post, and say each key once it stands."""
    for number in count():
        key, loan = f"{run}/{number}", f"Assets:Loan:L{number % 5}"
        settling = ("post_pending", "void_pending")[number % 2]
        for vouchers in (
            [sent(f"{key}/one")],
            [sent(f"{key}/batch/{place}") for place in range(9)],
            [sent(f"{key}/held", loan, "pending", 3)],
            [sent(f"{key}/settled", kind=settling, refers_to=f"{key}/held")],
            [sent(f"{key}/drawn", loan, "post", 11)],
        ):
            try:
                receipts = book.post(*vouchers)
            except LedgerError as refusal:
                assert all(each.code in ("STN-LEDGER-007", "STN-LEDGER-009") for each in refusal.problems)
                continue
            os.write(1, "".join(f"{receipt.key}\n" for receipt in receipts).encode())


with Book(SqliteStore(Path(sys.argv[1]), lambda: HOUR)) as opened:
    os.write(1, b"ready\n")
    post_for_ever(opened, sys.argv[2])
