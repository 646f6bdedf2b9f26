"""Post to a book until the disk is full, saying each key once it stands, and the code of the refusal last.

The disk is a limit on the size of files, which the kernel holds this process to.
"""

from __future__ import annotations

import resource
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from stannary.errors import LedgerError
from stannary.ledger.book import Book
from stannary.ledger.sqlite import SqliteStore
from stannary.ledger.vouchers import Cause, Transfer, Voucher

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Book(SqliteStore(Path(sys.argv[1]), lambda: datetime(2026, 11, 2, 10, tzinfo=UTC))) as book:
    resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))
    for number in range(100_000):
        transfer = Transfer("Assets:Bank", "Income:Duties", 5, "USD")
        cause = Cause("determination", f"E-{number}")
        try:
            book.post(Voucher("USA", f"full/{number}", "post", date(2026, 11, 1), cause, (transfer,)))
        except LedgerError as refusal:
            sys.stdout.write(f"{refusal.problems[0].code}\n")
            break
        sys.stdout.write(f"full/{number}\n")
