"""Many clients at once on PostgreSQL: nothing overdrawn, nothing twice, nothing sealed out of order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier, Event
from typing import Any, TypeVar

import psycopg
import pytest
from tests.postgres import Databases, Server

from stannary.errors import LedgerError
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.postgres import PostgresStore
from stannary.ledger.rules import decide_all
from stannary.ledger.state import Recorded
from stannary.ledger.store import AsOf
from stannary.ledger.sums import standings_of
from stannary.ledger.vouchers import Cause, Transfer, Voucher

CAUSE = Cause("loan event", "L-1")
BANK = "Assets:Bank"
LOANS = [f"Assets:Loan:L{number}" for number in range(20)]
LIMIT = 1_000

Given = TypeVar("Given")


@pytest.fixture
def kind() -> str:
    """Say which store these tests are about."""
    return "postgres"


@pytest.fixture
def book(databases: Databases, postgres_server: Server, today: date) -> Iterator[Book]:
    """Give a book with twenty loans, each of at most 1,000, that threads may share."""
    name = databases.make()
    with Book(PostgresStore(postgres_server.url(name, "clerk"))) as book:
        loans = [Account("USA", loan, "USD", highest=LIMIT) for loan in LOANS]
        accounts = [Account("USA", BANK, "USD"), *loans]
        book.post(*(about("open_account", each, today - timedelta(days=5)) for each in accounts))
        yield book
    databases.give_back(name)


def about(kind: Any, account: Account, day: date, key: str = "") -> Voucher:
    """Give a voucher about an account."""
    return Voucher(account.organisation, key or f"{kind}/{account.name}", kind, day, CAUSE, account=account)


def moving(key: str, debit: str, credit: str, amount: int, day: date, kind: Any = "post") -> Voucher:
    """Give a voucher of one transfer."""
    return Voucher("USA", key, kind, day, CAUSE, (Transfer(debit, credit, amount, "USD"),))


def at_once(clients: int, work: Callable[[int], Given]) -> list[Given]:
    """Let clients work at the same time, all starting together, and give what each brought."""
    start = Barrier(clients)

    def one(number: int) -> Given:
        start.wait(30)
        return work(number)

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, range(clients)))


def attempt(book: Book, *vouchers: Voucher) -> str:
    """Post, and give ``stands``, ``repeat``, or the code of the refusal."""
    try:
        receipts = book.post(*vouchers)
    except LedgerError as refusal:
        return refusal.problems[0].code
    return "repeat" if receipts[0].is_repeat else "stands"


def check(book: Book) -> list[Recorded]:
    """Check that standings are the fold of the vouchers and within their limits; give the journal."""
    journal = list(book.journal())
    standings = book.standings()
    folded = standings_of(standings, journal, AsOf())
    assert standings == [folded[at] for at in sorted(folded)]
    assert all(each.keeps_its_limits for each in standings)
    assert [each.recorded_at for each in journal] == sorted(each.recorded_at for each in journal)
    return journal


def test_parallel_draws_use_loans_up_and_never_overdraw(book: Book, today: date) -> None:
    def draw(client: int) -> Counter[str]:
        dice, answers = random.Random(client), Counter[str]()
        open_loans = list(LOANS)
        while open_loans:
            loan = dice.choice(open_loans)
            key = f"draw/{client}/{answers.total()}"
            answer = attempt(book, moving(key, loan, BANK, 50, today))
            answers[answer] += 1
            if answer != "stands":
                open_loans.remove(loan)
        return answers

    answers = sum(at_once(8, draw), Counter[str]())
    assert answers == {"stands": 20 * LIMIT // 50, "STN-LEDGER-007": 8 * 20}
    assert [book.balance("USA", loan).balance for loan in LOANS] == [LIMIT] * 20
    check(book)
    journal = [each for each in book.journal("USA") if each.voucher.kind == "post"]
    for hour in (journal[len(journal) // 3].recorded_at, journal[len(journal) // 2].recorded_at):
        assert all(each.keeps_its_limits for each in book.standings("USA", AsOf(recorded_at=hour)))


def test_holds_count_against_the_limit_from_all_sides(book: Book, today: date) -> None:
    def hold(client: int) -> list[str]:
        return [
            attempt(book, moving(f"hold/{client}/{number}", LOANS[0], BANK, 150, today, "pending"))
            for number in range(3)
        ]

    answers = Counter(answer for of_one in at_once(8, hold) for answer in of_one)
    assert answers == {"stands": 6, "STN-LEDGER-007": 18}
    assert book.balance("USA", LOANS[0]).pending_debits == 900


def test_what_is_pending_is_used_once_whoever_asks(book: Book, today: date) -> None:
    book.post(moving("hold", LOANS[0], BANK, 400, today, "pending"))

    def use(client: int) -> str:
        kind: Any = "post_pending" if client % 2 else "void_pending"
        return attempt(book, Voucher("USA", f"use/{client}", kind, today, CAUSE, refers_to="hold"))

    assert Counter(at_once(20, use)) == {"stands": 1, "STN-LEDGER-010": 19}
    assert book.balance("USA", LOANS[0]).pending_debits == 0
    assert book.balance("USA", LOANS[0]).balance in (0, 400)
    check(book)


def test_one_key_is_one_voucher_whoever_sends_it(book: Book, today: date) -> None:
    sent = moving("once", LOANS[0], BANK, 300, today)
    answers = at_once(8, lambda _: book.post(sent)[0])
    assert Counter(each.is_repeat for each in answers) == {False: 1, True: 7}
    assert len({each.recorded.recorded_at for each in answers}) == 1
    assert book.balance("USA", LOANS[0]).balance == 300


def test_one_key_with_other_content_is_refused_to_all_but_the_first(book: Book, today: date) -> None:
    answers = at_once(8, lambda client: attempt(book, moving("once", LOANS[client], BANK, 300, today)))
    assert Counter(answers) == {"stands": 1, "STN-LEDGER-008": 7}


def test_an_account_is_opened_once_whoever_opens_it(book: Book, today: date) -> None:
    account = Account("USA", "Assets:Loan:New", "USD", highest=5)
    opened = [about("open_account", account, today, f"open/{client}") for client in range(8)]
    answers = at_once(8, lambda client: attempt(book, opened[client]))
    assert Counter(answers) == {"stands": 1, "STN-LEDGER-014": 7}


def test_batches_in_opposite_order_never_wait_for_each_other(
    book: Book, today: date, postgres_server: Server
) -> None:
    def send(client: int) -> list[str]:
        loans = LOANS if client % 2 else LOANS[::-1]
        return [
            attempt(book, *(moving(f"{client}/{turn}/{loan}", loan, BANK, 1, today) for loan in loans))
            for turn in range(5)
        ]

    deadlocks = "SELECT sum(deadlocks) FROM pg_stat_database"
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        before = connection.execute(deadlocks).fetchone()
        assert at_once(6, send) == [["stands"] * 5] * 6
        assert connection.execute(deadlocks).fetchone() == before
    assert [book.balance("USA", loan).balance for loan in LOANS] == [30] * 20


def test_nothing_slips_into_a_period_while_it_is_closed(book: Book, today: date) -> None:
    day = today - timedelta(days=1)
    book.post(Voucher("USA", "close/0", "close_period", today - timedelta(days=9), CAUSE))

    def post_or_close(client: int) -> list[str]:
        if client == 0:
            for turn in range(10):
                book.post(moving(f"0/{turn}", LOANS[0], BANK, 1, day))
            return [attempt(book, Voucher("USA", "close/1", "close_period", day, CAUSE))]
        return [attempt(book, moving(f"{client}/{turn}", LOANS[client], BANK, 1, day)) for turn in range(40)]

    answers = at_once(6, post_or_close)
    assert answers[0] == ["stands"]
    for of_one in answers[1:]:
        assert of_one == sorted(of_one, reverse=True), "what stands comes before what is refused"
        assert set(of_one) <= {"stands", "STN-LEDGER-005"}
    kinds = [each.voucher.kind for each in check(book)]
    assert "post" not in kinds[kinds.index("close_period", kinds.index("close_period") + 1) :]


def test_nothing_slips_into_an_account_while_it_is_closed(book: Book, today: date) -> None:
    account = Account("USA", "Assets:Spare", "USD")
    book.post(about("open_account", account, today))

    def post_or_close(client: int) -> list[str]:
        if client == 0:
            closing = [about("close_account", account, today, f"close/{turn}") for turn in range(20)]
            return [attempt(book, each) for each in closing]
        sides = (account.name, BANK)
        return [
            attempt(
                book,
                moving(f"in/{client}/{turn}", *sides, 5, today),
                moving(f"out/{client}/{turn}", *sides[::-1], 5, today),
            )
            for turn in range(20)
        ]

    answers = at_once(4, post_or_close)
    assert answers[0][0] == "stands", "every batch leaves the account at zero"
    assert set(answers[0][1:]) == {"STN-LEDGER-003"}
    for of_one in answers[1:]:
        assert of_one == sorted(of_one, reverse=True)
    kinds = [each.voucher.kind for each in check(book)]
    assert "post" not in kinds[kinds.index("close_account") :]


def digest(recorded: Recorded) -> bytes:
    """Give a digest of a voucher."""
    return bytes.fromhex(recorded.voucher.request_hash)


def test_two_sealers_number_every_voucher_once_and_without_gaps(book: Book, today: date) -> None:
    done = Event()
    writers = Barrier(4)

    def write_or_seal(client: int) -> list[int]:
        if client >= 4:
            numbers: list[int] = []
            while not done.is_set():
                numbers += [leaf.number for leaf in book.store.add_leaves(digest, 7)]
            return numbers
        for turn in range(40):
            book.post(moving(f"{client}/{turn}", LOANS[client], BANK, 1, today))
        if writers.wait(60) == 0:
            done.set()
        return []

    sealed = [number for of_one in at_once(6, write_or_seal) for number in of_one]
    while added := book.store.add_leaves(digest, 1_000):
        sealed += [leaf.number for leaf in added]
    leaves = list(book.store.leaves())
    assert sorted(sealed) == [leaf.number for leaf in leaves] == list(range(21 + 160))
    assert [leaf.sealed_at for leaf in leaves] == sorted(leaf.sealed_at for leaf in leaves)
    keys = [leaf.key for leaf in leaves]
    assert sorted(keys) == sorted(each.voucher.key for each in book.journal())
    for client in range(4):
        own = [key for key in keys if key.startswith(f"{client}/")]
        assert own == [f"{client}/{turn}" for turn in range(40)]
    assert [digest(each) for each in book.store.sealed()] == [leaf.digest for leaf in leaves]


def test_a_voucher_still_under_way_is_not_overtaken_in_the_log(book: Book, today: date) -> None:
    """The slow one has its number and its hour first, and commits last."""
    assert len(book.store.add_leaves(digest, 1_000)) == 21
    slow, fast = moving("slow", LOANS[0], BANK, 1, today), moving("fast", LOANS[1], BANK, 1, today)
    judging, go_on = Event(), Event()

    def judge_slowly(state: Any) -> Any:
        judging.set()
        assert go_on.wait(30)
        return decide_all(state, [slow])

    with ThreadPoolExecutor(1) as pool:
        posted = pool.submit(book.store.commit, [slow], judge_slowly)
        assert judging.wait(30)
        book.post(fast)
        assert book.store.add_leaves(digest, 1_000) == []
        go_on.set()
        posted.result(30)
    assert [leaf.key for leaf in book.store.add_leaves(digest, 1_000)] == ["slow", "fast"]
