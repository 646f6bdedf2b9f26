"""Books in which everything has happened: vouchers of every kind, in several commodities, drawn at random."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from stannary.errors import LedgerError
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.memory import MemoryStore
from stannary.ledger.vouchers import Cause, Transfer, Voucher

START = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
FIRST_ON = date(2026, 1, 1)
HOME = "USA"

ACCOUNTS = (
    Account(HOME, "Assets:Cash", "USD"),
    Account(HOME, "Assets:Cash:Petty", "USD"),
    Account(HOME, "Assets:Bank:Yen", "JPY"),
    Account(HOME, "Assets:Receivable:Duties:Acme", "USD"),
    Account(HOME, "Assets:Clearing:JPN", "USD", clears_within_days=30),
    Account(HOME, "Assets:Stock:Oxide", "NDPR.OXIDE", lowest=0),
    Account(HOME, "Liabilities:Payable:Support", "USD", lowest=-(10**9), highest=10**9),
    Account(HOME, "Equity:Metal", "NDPR.OXIDE"),
    Account(HOME, "Equity:Odd", "ODD.-_"),
    Account(HOME, "Assets:Odd:Lot-1", "ODD.-_"),
    Account(HOME, "Income:Yen", "JPY"),
    Account(HOME, "Income:Duties", "USD"),
    Account(HOME, "Expenses:Support", "USD"),
)

PLAIN = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs"]), max_size=30)
WORDS = st.one_of(
    PLAIN, st.sampled_from(['a "quote" \\ and ; | more', "=1+1", "-2", "@x", "NA", "x  y", "  "])
)
NAMES = st.sampled_from(["", "USA", "JPN", "=cmd()"])


class Hours:
    """A clock that goes on by a minute each time it is read."""

    def __init__(self) -> None:
        self.hour = START

    def __call__(self) -> datetime:
        """Tell the hour."""
        self.hour += timedelta(minutes=1)
        return self.hour


def book_with(accounts: Iterable[Account], *vouchers: Voucher) -> Book:
    """Give a book in memory with accounts opened and vouchers posted."""
    book = Book(MemoryStore(Hours()))
    cause = Cause("chart", "test")
    book.post(
        *(
            Voucher(each.organisation, f"open/{each.name}", "open_account", FIRST_ON, cause, account=each)
            for each in accounts
        )
    )
    book.post(*vouchers)
    return book


def moves(debit: str, credit: str, amount: int, commodity: str = "USD") -> tuple[Transfer, ...]:
    """Give one transfer."""
    return (Transfer(debit, credit, amount, commodity),)


@st.composite
def lively_books(draw: st.DrawFn) -> Book:
    """Draw a book: what its rules refuse is left out, what they accept stands."""
    book = book_with(ACCOUNTS)
    for number in range(draw(st.integers(1, 25))):
        voucher = draw(voucher_like(number, [each.voucher for each in book.journal()]))
        try:
            book.post(voucher)
        except LedgerError:
            continue
    return book


@st.composite
def voucher_like(draw: st.DrawFn, number: int, before: list[Voucher]) -> Voucher:
    """Draw a voucher that may or may not be accepted."""
    kind = draw(
        st.sampled_from(
            ["post"] * 5 + ["pending"] * 2 + ["post_pending", "void_pending", "reverse", "close_account"]
        )
    )
    day = FIRST_ON + timedelta(days=draw(st.integers(0, 240)))
    fields = {
        "cause": Cause("decision", draw(st.sampled_from(["E-1", "E-2", "=E"])), article=draw(NAMES)),
        "narrative": draw(WORDS),
        "member": draw(NAMES),
        "programme": draw(NAMES),
        "mineral": draw(NAMES),
    }
    key = f"v/{number}"
    if kind == "close_account":
        return Voucher(
            HOME, key, "close_account", day, fields["cause"], account=draw(st.sampled_from(ACCOUNTS))
        )
    if kind in ("post", "pending"):
        transfers = tuple(draw(st.lists(transfer_like(), min_size=1, max_size=3)))
        expires_on = day + timedelta(days=300) if kind == "pending" and draw(st.booleans()) else None
        return Voucher(HOME, key, kind, day, transfers=transfers, expires_on=expires_on, **fields)
    wanted = {"reverse": ("post", "post_pending")}.get(kind, ("pending",))
    targets = [each for each in before if each.kind in wanted]
    target = draw(st.sampled_from(targets)) if targets else None
    if target is not None:
        day = max(day, target.effective_on)
    return Voucher(HOME, key, kind, day, refers_to=target.key if target else "none", **fields)


@st.composite
def transfer_like(draw: st.DrawFn) -> Transfer:
    """Draw a transfer between two accounts of one commodity."""
    debit = draw(st.sampled_from(ACCOUNTS))
    others = [each for each in ACCOUNTS if each.commodity == debit.commodity and each != debit]
    credit = draw(st.sampled_from(others))
    return Transfer(debit.name, credit.name, draw(st.integers(1, 10**6)), debit.commodity)
