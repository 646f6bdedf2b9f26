"""Put vouchers into a book in PostgreSQL until killed, and say of each that it was acknowledged.

    python writes_to_postgres.py URL DAY WRITER FIRST

Keys are numbered from FIRST on, without end. A line on the standard output is a key that stands.
"""

from __future__ import annotations

import sys
from datetime import date
from itertools import count

from stannary.ledger.book import Book
from stannary.ledger.postgres import PostgresStore
from stannary.ledger.vouchers import Cause, Transfer, Voucher

CAUSE = Cause("loan event", "L-1")


def main(url: str, day: str, writer: str, first: str) -> None:
    """Post vouchers of two transfers each until killed."""
    book = Book(PostgresStore(url, patience_s=120))
    for number in count(int(first)):
        key = f"{writer}/{number}"
        transfers = (
            Transfer(f"Assets:Loan:W{writer}", "Assets:Bank", 3, "USD"),
            Transfer("Assets:Loan:All", "Assets:Bank", 5, "USD"),
        )
        book.post(Voucher("USA", key, "post", date.fromisoformat(day), CAUSE, transfers))
        sys.stdout.write(f"{key}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
