"""Money that moves on what is owed: a payment out of cash or a budget, a receipt into cash, each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from stannary.errors import SettlementError, refuse
from stannary.ledger.accounts import Account, Standing
from stannary.ledger.commodities import EXPONENTS, amount_of, minor_units
from stannary.settlement.reckoning import Books, Leg, Reckoning, Tags, problem
from stannary.settlement.statement import Settlement, key_of, money_of

__all__ = ["open_amount", "payment_key", "settle_open_item"]

NO_TAGS = Tags()
KIND = "payment"


def settle_open_item(
    books: Books,
    account: Account,
    stands: int,
    amount: Decimal,
    reference: str,
    on: date,
    *,
    budget: str | None = None,
    tags: Tags = NO_TAGS,
) -> Settlement:
    """Settle a payment on what is owed: on a liability it goes out, on a receivable it comes in.

    `stands` is what is open on the account, in minor units, before this payment; `reference` is the bank's,
    by which the payment is settled once. With `budget` it goes out of what was set aside from that
    appropriation, else out of cash. Raises `SettlementError` (STN-SETTLE-001, 004) for an account of another
    class, or more than is owed.
    """
    path = f"payment.{reference}"
    goes_out = account.account_class == "Liabilities"
    comes_in = account.name.startswith("Assets:Receivable:")
    problems = []
    if not (goes_out or comes_in) or account.commodity not in EXPONENTS:
        message = f"{account.name} is no account of money that is owed."
        remedy = "Name one under Liabilities or Assets:Receivable."
        raise SettlementError([problem("001", message, remedy, path)])
    if not amount.is_finite() or amount <= 0 or amount != round(amount, EXPONENTS[account.commodity]):
        problems.append(problem("001", f"{amount} is not an amount to pay.", "Write, say, 1250.00.", path))
    if comes_in and budget is not None:
        problems.append(problem("001", "Money that comes in goes to cash.", "Leave the budget out.", path))
    units = 0 if problems else minor_units(amount, account.commodity)
    if units > stands:
        there = money_of(amount_of(stands, account.commodity), account.commodity)
        message = f"{money_of(amount, account.commodity)} is more than the {there} that stands open."
        problems.append(problem("004", message, "Pay no more than is owed.", path))
    refuse(SettlementError, problems)
    reckoning = Reckoning(KIND, case_of(account, reference), on, "")
    money = account.commodity
    reckoning.given("account", account.name)
    reckoning.given("reference", reference)
    reckoning.step("paid", "as given", amount_of(units, money), money)
    chart = books.chart(money)
    source = chart.cash() if budget is None else chart.set_aside(budget)
    # As the book holds it, whatever limits the account was opened with.
    held = Account(account.organisation, account.name, money)
    leg = Leg(held, source, units) if goes_out else Leg(source, held, units)
    way = "is paid out" if goes_out else "is received"
    outcome = f"{money_of(amount, money)} {way} on {account.name}."
    settled = reckoning.settle(books, (units, money), [leg], outcome=outcome, tags=tags)
    return replace(settled, accounts=tuple(each for each in settled.accounts if each != held))


def open_amount(owed: Standing) -> int:
    """Give what stands open on an account of what is owed, in minor units: above zero, however it is kept."""
    return -owed.balance if owed.account.account_class == "Liabilities" else owed.balance


def payment_key(account: Account, reference: str) -> str:
    """Give the key of the voucher by which a payment on an account stands in a book."""
    return key_of(KIND, case_of(account, reference), "settled")


def case_of(account: Account, reference: str) -> str:
    """Name one payment: the account of what is owed, and the bank's reference."""
    return f"{account.name}/{reference}"
