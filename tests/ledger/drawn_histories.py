"""Histories of a book drawn at random: vouchers good and bad, sent again, at hours that jump."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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

KEYS = [f"v/{number}" for number in range(60)]
ACTING = ("post_pending", "void_pending", "reverse")
DAYS = st.integers(-1, 12).map(lambda days: FIRST_ON + timedelta(days))
CAUSES = st.sampled_from([Cause("determination", "E-1/1"), Cause("decision", "D-2", "d" * 64, "c" * 64)])


@st.composite
def transfers(draw: st.DrawFn, organisation: str) -> Transfer:
    """Draw a transfer between accounts that mostly exist and mostly fit."""
    names = [each.name for each in ACCOUNTS if each.organisation == organisation] + ["Assets:None"]
    counted = {"USA": ["USD", "USD", "USD", METAL], "JPN": ["JPY"]}[organisation]
    commodity = draw(st.sampled_from(counted if draw(st.integers(0, 9)) else ["USD", "JPY", METAL]))
    wanted = (organisation, commodity)
    fitting = [each.name for each in ACCOUNTS if (each.organisation, each.commodity) == wanted]
    pool = fitting if len(fitting) > 1 and draw(st.integers(0, 9)) else names
    debit, credit = draw(st.permutations(pool))[:2]
    return Transfer(
        debit,
        credit,
        draw(st.one_of(st.integers(1, 40), st.integers(1, 40), st.integers(-1, 200))),
        commodity,
    )


@st.composite
def vouchers(draw: st.DrawFn, standing: tuple[Voucher, ...] = ()) -> Voucher:
    """Draw a voucher of any kind, which may or may not stand; mostly it acts on one that does."""
    kind = draw(st.sampled_from([*KINDS, *["post"] * 7, *["pending"] * 7, *ACTING * 4]))
    wanted = ("post", "post_pending") if kind == "reverse" else ("pending",)
    targets = [each for each in standing if each.kind in wanted] if kind in ACTING else []
    target = draw(st.sampled_from(targets)) if targets and draw(st.integers(0, 7)) else None
    if kind in ACTING and not targets and draw(st.integers(0, 7)):
        kind = "pending"
    organisation = target.organisation if target else draw(st.sampled_from(["USA", "USA", "USA", "JPN"]))
    day = draw(DAYS)
    if target and draw(st.integers(0, 5)):
        day = max(day, target.effective_on)
    moved: tuple[Transfer, ...] = ()
    if kind in ("post", "pending"):
        moved = tuple(draw(st.lists(transfers(organisation), min_size=1, max_size=3)))
    elif kind == "post_pending" and target and draw(st.booleans()):
        part = draw(st.integers(-9, 3))
        less = max(-part, 0)
        moved = tuple(replace(each, amount=each.amount - less + (part == 3)) for each in target.transfers)
    account = draw(st.sampled_from([each for each in ACCOUNTS if each.organisation == organisation]))
    if kind == "set_limits":
        limits = st.one_of(st.none(), st.integers(-50, 250))
        account = replace(account, lowest=draw(limits), highest=draw(limits))
    expires = draw(st.one_of(st.none(), st.integers(1, 8))) if kind == "pending" else None
    return Voucher(
        organisation,
        draw(st.sampled_from(KEYS)),
        kind,
        day,
        draw(CAUSES),
        moved,
        refers_to=(target.key if target else draw(st.sampled_from(KEYS))) if kind in ACTING else None,
        expires_on=None if expires is None else day + timedelta(expires),
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
    for _ in range(draw(st.integers(4, most))):
        history.hours.hour += timedelta(seconds=draw(steps))
        history.send(draw(vouchers(tuple(each.voucher for each in history.journal))))
    return history
