"""Histories of a book drawn at random: vouchers good and bad, sent again, at hours that jump."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from stannary.errors import LedgerError
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.memory import MemoryStore
from stannary.ledger.state import Recorded
from stannary.ledger.vouchers import KINDS, Cause, Transfer, Voucher

FIRST_ON = date(2026, 3, 1)
METAL = "NDPR.OXIDE"

ACCOUNTS = (
    Account("USA", "Assets:Cash", "USD"),
    Account("USA", "Income:Duties", "USD"),
    Account("USA", "Assets:Loans:Acme", "USD", lowest=0, highest=100),
    Account("USA", "Expenses:Support", "USD", highest=150),
    Account("USA", "Assets:Stock:Lot1", METAL, lowest=0),
    Account("USA", "Equity:Stock", METAL),
    Account("JPN", "Assets:Cash", "JPY"),
    Account("JPN", "Income:Duties", "JPY", lowest=-200, highest=0),
)

KEYS = [f"v/{number}" for number in range(14)]
DAYS = st.integers(-3, 12).map(lambda days: FIRST_ON + timedelta(days))
CAUSES = st.sampled_from([Cause("determination", "E-1/1"), Cause("decision", "D-2", "d" * 64, "c" * 64)])


@st.composite
def transfers(draw: st.DrawFn, organisation: str) -> Transfer:
    """Draw a transfer between accounts that mostly exist and mostly fit."""
    names = [each.name for each in ACCOUNTS if each.organisation == organisation] + ["Assets:None"]
    commodity = draw(st.sampled_from(["USD", "USD", "JPY", METAL]))
    wanted = (organisation, commodity)
    fitting = [each.name for each in ACCOUNTS if (each.organisation, each.commodity) == wanted]
    pool = fitting if len(fitting) > 1 and draw(st.integers(0, 9)) else names
    debit, credit = draw(st.permutations(pool))[:2]
    return Transfer(debit, credit, draw(st.one_of(st.integers(1, 60), st.integers(-1, 200))), commodity)


@st.composite
def vouchers(draw: st.DrawFn) -> Voucher:
    """Draw a voucher of any kind, which may or may not stand."""
    weighed = ["post"] * 6 + ["pending"] * 5 + ["post_pending", "void_pending", "reverse"] * 3
    kind = draw(st.sampled_from([*weighed, *KINDS]))
    organisation = draw(st.sampled_from(["USA", "USA", "USA", "JPN"]))
    moved = st.lists(transfers(organisation), min_size=1, max_size=3).map(tuple)
    account = draw(st.sampled_from([each for each in ACCOUNTS if each.organisation == organisation]))
    if kind == "set_limits":
        limits = st.one_of(st.none(), st.integers(-50, 250))
        account = Account(organisation, account.name, account.commodity, draw(limits), draw(limits))
    expires = st.one_of(st.none(), st.integers(1, 8))
    day = draw(DAYS)
    days = draw(expires) if kind == "pending" else None
    carries = kind in ("post", "pending") or (kind == "post_pending" and draw(st.booleans()))
    acts = kind in ("post_pending", "void_pending", "reverse")
    return Voucher(
        organisation,
        draw(st.sampled_from(KEYS)),
        kind,
        day,
        draw(CAUSES),
        draw(moved) if carries else (),
        refers_to=draw(st.sampled_from(KEYS)) if acts else None,
        expires_on=None if days is None else day + timedelta(days),
        account=account if kind in ("open_account", "close_account", "set_limits") else None,
    )


class Hours:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.hour = datetime(2026, 3, 4, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the hour."""
        return self.hour


@dataclass
class History:
    """What was sent to a book, what became of it, and the book."""

    book: Book
    hours: Hours
    sent: list[tuple[Voucher, str]] = field(default_factory=list)

    def send(self, voucher: Voucher) -> str:
        """Send a voucher; give `stands`, `repeated`, or the first code of its refusal."""
        try:
            (receipt,) = self.book.post(voucher)
        except LedgerError as error:
            answer = error.problems[0].code
        else:
            answer = "repeated" if receipt.is_repeat else "stands"
        self.sent.append((voucher, answer))
        return answer

    @property
    def journal(self) -> list[Recorded]:
        """Give what stands."""
        return list(self.book.journal())


def new_history() -> History:
    """Give a book with the accounts above, and nothing else."""
    hours = Hours()
    history = History(Book(MemoryStore(hours)), hours)
    for number, account in enumerate(ACCOUNTS):
        cause = Cause("chart", "1")
        opened = Voucher(
            account.organisation, f"open/{number}", "open_account", FIRST_ON, cause, account=account
        )
        assert history.send(opened) == "stands"
    return history


@st.composite
def histories(draw: st.DrawFn, most: int = 30) -> History:
    """Draw a history, the clock going on or back between vouchers."""
    history = new_history()
    steps = st.sampled_from([0, 0, 1, 600, 86_400, -4_000])
    for voucher in draw(st.lists(vouchers(), min_size=1, max_size=most)):
        history.hours.hour += timedelta(seconds=draw(steps))
        history.send(voucher)
    return history
