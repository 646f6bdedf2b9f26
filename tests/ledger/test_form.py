"""The form of a voucher: garbage in any field is refused by name, or stored exactly as it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stannary.errors import LedgerError
from stannary.ledger.accounts import Account
from stannary.ledger.book import Book
from stannary.ledger.logbook import leaf_bytes
from stannary.ledger.memory import MemoryStore
from stannary.ledger.rules import decide
from stannary.ledger.state import Accepted, Refused, State
from stannary.ledger.vouchers import Cause, Transfer, Voucher

from .drawn_histories import FIRST_ON, Hours, new_history

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
CAUSE = Cause("determination", "E-1/1")


TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            " ",
            "\x00",
            "\ud800",
            "\u202e",
            "NA",
            "=1+1",
            "a" * 501,
            "../x",
            "Assets:Cash",
            "USD",
            "v/1",
            "K",
        ]
    ),
)
GARBAGE = st.one_of(
    TEXTS, st.none(), st.booleans(), st.floats(), st.integers(), st.just(10**5_000), st.binary(max_size=4),
    st.decimals(), st.dates(), st.datetimes(timezones=st.just(UTC)), st.lists(st.integers(), max_size=2),
    st.just({}), st.just(object()), st.just(Decimal("NaN")), st.tuples(st.none()),
    st.builds(Transfer, TEXTS, TEXTS, st.integers(), TEXTS).map(lambda each: (each,)),
    st.builds(Account, TEXTS, TEXTS, TEXTS), st.builds(Cause, TEXTS, TEXTS),
)  # fmt: skip


def _sound() -> Voucher:
    transfers = (Transfer("Assets:Cash", "Income:Duties", 5, "USD"),)
    return Voucher("USA", "v/1", "post", FIRST_ON, CAUSE, transfers, narrative="Duty")


@settings(max_examples=150)
@given(st.data())
def test_garbage_in_any_field_is_refused_or_stored_exactly(data: st.DataObject) -> None:
    names = [each.name for each in fields(Voucher) if each.init]
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    voucher = replace(_sound(), **{name: data.draw(GARBAGE) for name in chosen})
    _refused_or_stored_exactly(voucher)


@pytest.mark.parametrize(
    "put",
    [
        lambda value: {"transfers": (Transfer(value, "Income:Duties", 5, "USD"),)},
        lambda value: {"transfers": (Transfer("Assets:Cash", "Income:Duties", value, "USD"),)},
        lambda value: {"transfers": (Transfer("Assets:Cash", "Income:Duties", 5, value),)},
        lambda value: {"cause": Cause(value, "E-1")},
        lambda value: {"cause": Cause("determination", "E-1", software=value)},
        lambda value: {"kind": "open_account", "transfers": (), "account": Account("USA", value, "USD")},
        lambda value: {
            "kind": "open_account", "transfers": (),
            "account": Account("USA", "Assets:New", "USD", lowest=value),
        },
        lambda value: {
            "kind": "open_account", "transfers": (),
            "account": Account("USA", "Assets:New", "USD", clears_within_days=value),
        },
    ],
)  # fmt: skip
@settings(max_examples=30)
@given(data=st.data())
def test_garbage_deeper_down_is_refused_or_stored_exactly(
    put: Callable[[Any], dict[str, Any]], data: st.DataObject
) -> None:
    _refused_or_stored_exactly(replace(_sound(), **put(data.draw(GARBAGE))))


def _refused_or_stored_exactly(voucher: Voucher) -> None:
    history = new_history()
    before = history.journal
    try:
        (receipt,) = history.book.post(voucher)
    except LedgerError as error:
        assert all(problem.code.startswith("STN-LEDGER-") for problem in error.problems)
        str(error).encode()
        assert history.journal == before
        assert isinstance(decide(State(NOW), voucher), Refused | Accepted)
    else:
        kept = history.book.store.find(voucher.organisation, voucher.key)
        assert kept is not None
        assert kept.voucher == voucher == receipt.recorded.voucher
        assert leaf_bytes(kept) == leaf_bytes(receipt.recorded)


def test_a_true_is_no_amount_and_a_moment_is_no_day() -> None:
    book = Book(MemoryStore(Hours()))
    amount = replace(_sound(), transfers=(Transfer("Assets:Cash", "Income:Duties", True, "USD"),))
    moment = replace(_sound(), effective_on=NOW)
    for voucher, code in ((amount, "STN-LEDGER-013"), (moment, "STN-LEDGER-001")):
        with pytest.raises(LedgerError) as caught:
            book.post(voucher)
        assert [problem.code for problem in caught.value.problems] == [code]


@pytest.mark.parametrize("cause", [Cause(" ", "E-1"), Cause("determination", " "), Cause("", "")])
def test_a_cause_of_blanks_is_none(cause: Cause) -> None:
    book = new_history().book
    sent = Voucher("USA", "k", "close_period", FIRST_ON, cause)
    with pytest.raises(LedgerError) as refusal:
        book.post(sent)
    assert [each.code for each in refusal.value.problems] == ["STN-LEDGER-016"]
