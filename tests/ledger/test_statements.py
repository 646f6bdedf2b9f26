from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.ledger.accounts import Account
from stannary.ledger.ageing import Layer, clearing, open_items, open_layers
from stannary.ledger.book import Book
from stannary.ledger.export import gather, journal_json
from stannary.ledger.hledger import as_hledger
from stannary.ledger.memory import MemoryStore
from stannary.ledger.receipts import BY, receipts_and_payments
from stannary.ledger.statements import balance_sheet, commitments, trial_balance
from stannary.ledger.store import EVERYTHING, AsOf
from stannary.ledger.vouchers import Cause, Voucher

from .lively_books import ACCOUNTS, FIRST_ON, HOME, START, book_with, lively_books, moves

DAYS = st.one_of(st.none(), st.integers(0, 260).map(lambda days: FIRST_ON + timedelta(days=days)))
ON = date(2026, 9, 1)
BRISK = settings(max_examples=40, deadline=None)


def posted(key: str, on: date, transfers, **more) -> Voucher:
    cause = more.pop("cause", Cause("determination", "E-1"))
    return Voucher(HOME, key, more.pop("kind", "post"), on, cause, transfers, **more)


@BRISK
@given(lively_books(), DAYS)
def test_both_sides_of_a_trial_balance_are_equal_on_every_day(book, day):
    trial = trial_balance(book, HOME, AsOf(day))
    assert trial.is_balanced
    assert sum(each.balance for each in trial.standings if each.account.commodity == "USD") == 0


@BRISK
@given(lively_books(), DAYS)
def test_assets_are_liabilities_equity_and_result_on_every_day(book, day):
    sheet = balance_sheet(book, HOME, AsOf(day))
    assert sheet.is_balanced
    assert all(line.units for line in sheet.lines)


@BRISK
@given(lively_books(), DAYS, DAYS, st.lists(st.sampled_from(BY), min_size=1, max_size=4, unique=True))
def test_receipts_less_payments_are_what_the_money_accounts_changed_by(book, since, day, by):
    receipts = receipts_and_payments(book, HOME, AsOf(day), since=since, by=by)
    assert receipts.is_balanced


@BRISK
@given(lively_books())
def test_open_items_of_an_account_sum_to_its_balance_and_pending_ones_to_what_is_held(book):
    items = open_items(book, HOME, ON, EVERYTHING)
    for standing in book.standings(HOME):
        name = standing.account.name
        mine = [item for item in items if item.account == name]
        if name.startswith(("Assets:Receivable", "Liabilities:Payable")):
            assert sum(item.units for item in mine if item.kind != "pending") == standing.balance
        assert sum(item.units for item in mine if item.kind == "pending") == standing.pending_debits
        given_by = [item for item in items if item.other == name]
        assert sum(item.units for item in given_by) == standing.pending_credits


@BRISK
@given(lively_books(), DAYS)
def test_a_clearing_account_shows_its_balance_and_no_age_at_zero(book, day):
    for line in clearing(book, HOME, ON, AsOf(day)):
        assert line.units == book.balance(HOME, line.account.name, AsOf(day)).balance
        assert (line.since is None) == (line.units == 0)


@BRISK
@given(lively_books())
def test_commitments_leave_no_account_beyond_its_limits(book):
    found = commitments(book, HOME)
    assert {each.account.name for each in found.standings} == {
        each.account.name for each in book.standings(HOME) if each.account.is_constrained
    }
    for each in found.standings:
        assert all(room is None or room >= 0 for room in (found.room_down(each), found.room_up(each)))


@BRISK
@given(lively_books(), st.data())
def test_what_was_known_at_an_hour_is_the_book_as_it_then_was(book, data):
    journal = list(book.journal())
    cut = data.draw(st.integers(1, len(journal)))
    hour = journal[cut - 1].recorded_at
    seen = [each.voucher for each in journal if each.recorded_at <= hour]
    then = Book(MemoryStore(lambda: START))
    then.post(*seen)
    view = AsOf(None, hour)
    now, before = trial_balance(book, HOME, view), trial_balance(then, HOME)
    assert (now.debits, now.credits) == (before.debits, before.credits)
    names = ("USD", "JPY")
    for of in names:
        assert receipts_and_payments(book, HOME, view).closing[of] == (
            receipts_and_payments(then, HOME).closing.get(of, 0)
        )


LAYERS = st.lists(
    st.builds(
        Layer, st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(-50, 50).filter(bool), st.just("k")
    )
)


@given(LAYERS)
def test_open_layers_keep_the_sum_and_stand_on_one_side(layers):
    left = open_layers(layers)
    assert sum(each.units for each in left) == sum(each.units for each in layers)
    assert len({each.units > 0 for each in left}) <= 1
    assert [each.effective_on for each in left] == sorted(each.effective_on for each in left)


def test_the_oldest_amount_is_settled_first():
    layers = [
        Layer(date(2026, 1, day), units, str(day)) for day, units in ((1, 10), (2, 20), (3, -15), (4, 1))
    ]
    assert open_layers(layers) == [Layer(date(2026, 1, 2), 15, "2"), Layer(date(2026, 1, 4), 1, "4")]
    assert open_layers([*layers, Layer(date(2026, 1, 5), -20, "5")]) == [Layer(date(2026, 1, 5), -4, "5")]


CLEARING = Account(HOME, "Assets:Clearing:JPN", "USD", clears_within_days=30)
CASH = Account(HOME, "Assets:Cash", "USD")
OWED = Account(HOME, "Assets:Receivable:Duties:Acme", "USD")
INCOME = Account(HOME, "Income:Duties", "USD")


def test_a_clearing_account_is_overdue_the_day_after_its_last():
    book = book_with((CLEARING, CASH), posted("a", date(2026, 3, 1), moves(CLEARING.name, CASH.name, 500)))
    for on, overdue in ((date(2026, 3, 31), False), (date(2026, 4, 1), True)):
        [line] = clearing(book, HOME, on, AsOf(on))
        assert (line.is_overdue, line.since, line.units) == (overdue, date(2026, 3, 1), 500)
    book.post(posted("b", date(2026, 4, 2), moves(CASH.name, CLEARING.name, 500)))
    [line] = clearing(book, HOME, date(2026, 6, 1), AsOf(date(2026, 6, 1)))
    assert (line.is_overdue, line.since, line.units) == (False, None, 0)


def test_what_was_reversed_does_not_hide_the_age_of_what_was_not():
    first = posted("a", date(2026, 3, 1), moves(CLEARING.name, CASH.name, 500))
    second = posted("b", date(2026, 3, 20), moves(CLEARING.name, CASH.name, 500))
    book = book_with((CLEARING, CASH), first, second)
    undone = Voucher(HOME, "c", "reverse", date(2026, 3, 25), Cause("error", "b"), refers_to="b")
    book.post(undone)
    [line] = clearing(book, HOME, ON, EVERYTHING)
    assert (line.since, line.units) == (date(2026, 3, 1), 500)


def test_a_payment_settles_the_decision_it_names_and_no_other():
    owes = [
        posted(
            f"d{n}",
            date(2026, 1, n),
            moves(OWED.name, INCOME.name, 100),
            cause=Cause("d", f"E-{n}"),
            member="USA",
        )
        for n in (1, 2)
    ]
    paid = posted("p", date(2026, 2, 1), moves(CASH.name, OWED.name, 60), cause=Cause("payment", "E-2"))
    items = open_items(book_with((CASH, OWED, INCOME), *owes, paid), HOME, date(2026, 3, 1), EVERYTHING)
    assert [(each.reference, each.units, each.days, each.member) for each in items] == [
        ("E-1", 100, 59, "USA"),
        ("E-2", 40, 58, "USA"),
    ]


def test_a_reference_that_goes_on_from_a_decision_belongs_to_it():
    causes = [("determination", "E-1/2"), ("determination", "E-1/20"), ("payment", "E-1/2/BANK-7")]
    transfers = [moves(OWED.name, INCOME.name, 100)] * 2 + [moves(CASH.name, OWED.name, 100)]
    vouchers = [
        posted(str(number), date(2026, 1, 1 + number), moved, cause=Cause(*cause))
        for number, (cause, moved) in enumerate(zip(causes, transfers, strict=True))
    ]
    [item] = open_items(book_with((CASH, OWED, INCOME), *vouchers), HOME, ON, EVERYTHING)
    assert (item.reference, item.units, item.since) == ("E-1/20", 100, date(2026, 1, 2))


def test_a_pending_voucher_is_open_until_it_is_settled_and_says_when_it_expired():
    held = posted(
        "h", date(2026, 1, 1), moves(OWED.name, INCOME.name, 5), kind="pending", expires_on=date(2026, 2, 1)
    )
    book = book_with((OWED, INCOME), held)
    for on, expired in ((date(2026, 1, 31), False), (date(2026, 2, 1), True)):
        [item] = open_items(book, HOME, on, AsOf(on))
        assert (item.kind, item.has_expired, item.units) == ("pending", expired, 5)
    book.expire(HOME, date(2026, 9, 1))
    assert open_items(book, HOME, ON, AsOf(ON)) == ()
    assert len(open_items(book, HOME, ON, AsOf(date(2026, 8, 1)))) == 1


def test_receipts_go_to_whom_the_first_voucher_names_and_a_reversal_takes_them_off():
    held = posted(
        "h",
        date(2026, 1, 1),
        moves(CASH.name, INCOME.name, 70),
        kind="pending",
        member="JPN",
        mineral="gallium",
    )
    book = book_with((CASH, INCOME), held)
    book.post(Voucher(HOME, "p", "post_pending", date(2026, 1, 5), Cause("bank", "1"), refers_to="h"))
    [line] = receipts_and_payments(book, HOME).lines
    assert (line.names, line.receipts, line.payments) == (("JPN", "", "gallium"), 70, 0)
    book.post(Voucher(HOME, "r", "reverse", date(2026, 2, 5), Cause("error", "1"), refers_to="p"))
    assert receipts_and_payments(book, HOME).lines == ()
    [line] = receipts_and_payments(book, HOME, since=date(2026, 2, 1)).lines
    assert (line.receipts, line.payments) == (-70, 0)


def test_money_moved_between_money_accounts_is_no_receipt():
    bank = Account(HOME, "Assets:Bank:One", "USD")
    book = book_with((CASH, bank), posted("a", date(2026, 1, 1), moves(CASH.name, bank.name, 70)))
    receipts = receipts_and_payments(book, HOME)
    assert (receipts.lines, receipts.closing) == ((), {"USD": 0})


def test_commitments_have_the_limits_of_their_day():
    loan = Account(HOME, "Assets:Loans:Mine", "USD", highest=1_000)
    book = book_with((loan, CASH), posted("draw", date(2026, 2, 1), moves(loan.name, CASH.name, 600)))
    raised = replace(loan, highest=2_000)
    book.post(Voucher(HOME, "raise", "set_limits", date(2026, 6, 1), Cause("board", "1"), account=raised))
    rooms = []
    for day in (date(2026, 1, 31), date(2026, 5, 31), date(2026, 6, 1)):
        [standing] = (found := commitments(book, HOME, AsOf(day))).standings
        rooms.append(found.room_up(standing))
    assert rooms == [1_000, 400, 1_400]


def test_every_store_gives_the_same_statements_and_exports(book):
    names = ("Assets:Cash", "Assets:Receivable:Duties:Acme", "Income:Duties", "Assets:Clearing:JPN")
    accounts = [each for each in ACCOUNTS if each.name in names or each.is_constrained]
    stock, support = "Assets:Stock:Oxide", "Liabilities:Payable:Support"
    accounts += [Account(HOME, "Equity:Metal", "NDPR.OXIDE")]
    cash, owed, income, passing = names
    vouchers = [
        posted("d", date(2026, 1, 3), moves(owed, income, 900), member="USA", mineral="ndpr"),
        posted("p", date(2026, 2, 3), moves(cash, owed, 400), member="USA"),
        posted("c", date(2026, 2, 4), moves(passing, cash, 50), member="JPN", programme="revenue"),
        posted("s", date(2026, 2, 5), moves(stock, "Equity:Metal", 10**12, "NDPR.OXIDE")),
        posted("h", date(2026, 2, 6), moves(support, cash, 70), kind="pending"),
        posted("g", date(2026, 2, 7), moves(support, cash, 60), kind="pending", member="JPN"),
        posted("q", date(2026, 2, 8), moves(support, cash, 45), kind="post_pending", refers_to="g"),
        Voucher(HOME, "r", "reverse", date(2026, 3, 1), Cause("error", "1"), refers_to="c"),
    ]
    model = book_with(accounts, *vouchers)
    book.post(*(each.voucher for each in model.journal()))
    for day in (None, date(2026, 2, 7), date(2026, 2, 28), date(2026, 3, 1)):
        view = AsOf(day)
        for draw_up in (trial_balance, balance_sheet, commitments, receipts_and_payments):
            assert draw_up(book, HOME, view) == draw_up(model, HOME, view)
        for tell in (open_items, clearing):
            assert tell(book, HOME, ON, view) == tell(model, HOME, ON, view)
    assert list(journal_json(book.journal())) == list(journal_json(model.journal()))
    assert list(as_hledger(gather(book, HOME))) == list(as_hledger(gather(model, HOME)))


def test_receipts_from_the_first_day_there_is_are_those_from_the_beginning():
    book = book_with([])
    ever = receipts_and_payments(book, HOME)
    assert replace(receipts_and_payments(book, HOME, since=date.min), since=None) == replace(ever, since=None)
