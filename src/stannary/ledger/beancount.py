"""A book as a Beancount journal, which `bean-check` accepts: accounts, vouchers, and every balance asserted.

Names of accounts and classes are Beancount's own. A metal whose code Beancount cannot read is written under
another, which its `commodity` directive tells. Balances are asserted to the last minor unit (``~ 0``), with
all below an account, as Beancount counts them; a closed account stands at zero. What is pending is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from stannary.ledger.commodities import EXPONENTS
from stannary.ledger.export import LifeOfAccount, PlainBook, cause_in_words
from stannary.ledger.files import amount_text
from stannary.ledger.state import Recorded

__all__ = ["as_beancount", "currencies_of"]

CURRENCY = re.compile(r"[A-Z][A-Z0-9._-]*[A-Z0-9]")


def as_beancount(plain: PlainBook) -> Iterator[str]:
    """Write a book as a Beancount journal, line by line."""
    names = currencies_of(plain.commodities)
    yield f'option "title" {quoted(f"Books of {plain.organisation}")}\n'
    for code in plain.commodities:
        if code in EXPONENTS:
            yield f'option "operating_currency" "{names[code]}"\n'
    yield "\n"
    for code in plain.commodities:
        yield f'{plain.first_on} commodity {names[code]}\n  code: "{code}"\n'
    yield "\n"
    for each in plain.accounts:
        yield f"{each.first_on} open {each.account.name} {names[each.account.commodity]}\n"
    for recorded in plain.entries:
        yield from _transaction(recorded, names)
    yield "\n"
    for each in plain.accounts:
        if each.closed_on is not None:
            yield f"{each.closed_on} close {each.account.name}\n"
        else:
            units = _with_all_below(each, plain.accounts)
            amount = amount_text(units, each.account.commodity)
            yield f"{plain.after} balance {each.account.name} {amount} ~ 0 {names[each.account.commodity]}\n"


def currencies_of(commodities: Sequence[str]) -> dict[str, str]:
    """Give each commodity a name Beancount can read, no two the same; most keep their own."""
    names = {code: code for code in commodities if CURRENCY.fullmatch(code)}
    for code in commodities:
        if code not in names:
            stem = code.rstrip("._-")[:16] or "METAL"
            number = 1
            while f"{stem}-X{number}" in names.values():
                number += 1
            names[code] = f"{stem}-X{number}"
    return names


def quoted(text: str) -> str:
    """Write text as a Beancount string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _transaction(recorded: Recorded, names: Mapping[str, str]) -> Iterator[str]:
    voucher, cause = recorded.voucher, recorded.voucher.cause
    narration = voucher.narrative or cause_in_words(cause)
    yield f"\n{voucher.effective_on} * {quoted(narration)}\n"
    said = {
        "key": voucher.key,
        "kind": voucher.kind,
        "refers-to": voucher.refers_to,
        "recorded-at": recorded.recorded_at.isoformat(),
        "cause": cause_in_words(cause),
        "digest": cause.digest,
        "charter": cause.charter,
        "article": cause.article,
        "software": cause.software,
        "member": voucher.member,
        "programme": voucher.programme,
        "mineral": voucher.mineral,
    }
    for name, text in said.items():
        if text:
            yield f"  {name}: {quoted(text)}\n"
    for each in recorded.transfers:
        for account, units in ((each.debit, each.amount), (each.credit, -each.amount)):
            yield f"  {account}  {amount_text(units, each.commodity)} {names[each.commodity]}\n"


def _with_all_below(each: LifeOfAccount, accounts: Sequence[LifeOfAccount]) -> int:
    stem = f"{each.account.name}:"
    return each.units + sum(
        other.units
        for other in accounts
        if other.account.name.startswith(stem) and other.account.commodity == each.account.commodity
    )
