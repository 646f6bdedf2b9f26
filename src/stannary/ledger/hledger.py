"""A book as an hledger journal, which `hledger check --strict` accepts, every balance asserted at its end.

hledger has no way to write a semicolon or a line end inside a description: they become a comma and a space.
What is pending is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from stannary.ledger.commodities import exponent
from stannary.ledger.export import PlainBook, cause_in_words
from stannary.ledger.files import amount_text
from stannary.ledger.state import Recorded

__all__ = ["as_hledger"]

TYPES = {"Assets": "A", "Liabilities": "L", "Equity": "E", "Income": "R", "Expenses": "X"}


def as_hledger(plain: PlainBook) -> Iterator[str]:
    """Write a book as an hledger journal, line by line."""
    yield f"; Books of {plain.organisation}\ndecimal-mark .\n\n"
    for code in plain.commodities:
        yield f"commodity 1000.{'0' * exponent(code)} {symbol(code)}\n"
    for each in plain.accounts:
        yield f"account {each.account.name}  ; type: {TYPES[each.account.account_class]}\n"
    for recorded in plain.entries:
        yield from _transaction(recorded)
    if plain.accounts:
        yield f"\n{plain.after} * balances\n"
    for each in plain.accounts:
        code = each.account.commodity
        asserted = f"{amount_text(each.units, code)} {symbol(code)}"
        yield f"    {each.account.name}  0 {symbol(code)} = {asserted}\n"


def symbol(code: str) -> str:
    """Write a commodity as hledger reads it: in quotes where it is more than letters."""
    return code if code.isalpha() else f'"{code}"'


def _transaction(recorded: Recorded) -> Iterator[str]:
    voucher, cause = recorded.voucher, recorded.voucher.cause
    description = flat(voucher.narrative or cause_in_words(cause))
    yield f"\n{voucher.effective_on} * ({voucher.key}) {description}\n"
    said = {
        "kind": voucher.kind,
        "refers-to": voucher.refers_to,
        "cause": cause_in_words(cause),
        "article": cause.article,
        "member": voucher.member,
        "programme": voucher.programme,
        "mineral": voucher.mineral,
    }
    for name, text in said.items():
        if text:
            yield f"    ; {name}: {flat(text)}\n"
    for each in recorded.transfers:
        for account, units in ((each.debit, each.amount), (each.credit, -each.amount)):
            yield f"    {account}  {amount_text(units, each.commodity)} {symbol(each.commodity)}\n"


def flat(text: str) -> str:
    """Give text on one line without a sign that begins a comment."""
    return " ".join(text.replace(";", ",").split())
