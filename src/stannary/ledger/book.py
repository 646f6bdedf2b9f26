"""The book: vouchers in, receipts and balances out, whatever store keeps it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from types import TracebackType

from stannary.errors import LedgerError, NotFoundError, Place, Problem, refuse
from stannary.ledger.accounts import Standing
from stannary.ledger.form import faults_of
from stannary.ledger.rules import decide_all
from stannary.ledger.state import Accepted, Recorded, Repeated, State
from stannary.ledger.store import EVERYTHING, AsOf, Receipt, Store
from stannary.ledger.vouchers import Cause, Voucher

__all__ = ["Book"]


class Book:
    """The books of one or more organisations, in one store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __enter__(self) -> Book:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    def post(self, *vouchers: Voucher) -> list[Receipt]:
        """Put vouchers into the book in one transaction: all of them or none.

        A voucher sent before is answered with its first receipt. Raises `LedgerError` with every problem of
        every voucher refused; then nothing is written.
        """
        # a store looks rows up by what a voucher says: it is shown none that is not in its form
        told = [(voucher, faults_of(voucher)) for voucher in vouchers]
        sound = [voucher for voucher, faults in told if not faults]
        problems = [problem for _, faults in told for problem in faults]

        def judge(state: State) -> list[Accepted | Repeated]:
            try:
                answers = decide_all(state, sound)
            except LedgerError as error:
                raise LedgerError([*problems, *error.problems]) from None
            refuse(LedgerError, problems)
            return answers

        if not sound:
            refuse(LedgerError, problems)
            return []
        return self.store.commit(sound, judge)

    def post_many(self, vouchers: Iterable[Voucher], batch: int = 1_000) -> Iterator[Receipt]:
        """Put a stream of vouchers into the book, a batch a transaction, in order.

        Each batch stands or falls as one. After a refusal or a crash the same stream may be sent again: what
        stands is answered, not repeated.
        """
        held: list[Voucher] = []
        for voucher in vouchers:
            held.append(voucher)
            if len(held) >= batch:
                yield from self.post(*held)
                held = []
        yield from self.post(*held)

    def balance(self, organisation: str, account: str, as_of: AsOf = EVERYTHING) -> Standing:
        """Give one account as of a point of view. Raises `NotFoundError` where there is none."""
        for standing in self.store.standings(organisation, as_of, account):
            return standing
        message = f"{organisation} has no account {account}."
        raise NotFoundError(
            [Problem("STN-LEDGER-002", message, "List the accounts.", Place(path=organisation))]
        )

    def standings(self, organisation: str | None = None, as_of: AsOf = EVERYTHING) -> list[Standing]:
        """Give every account with its sums as of a point of view, by organisation and name."""
        return self.store.standings(organisation, as_of)

    def journal(self, organisation: str | None = None) -> Iterator[Recorded]:
        """Give vouchers in the order of recording."""
        return self.store.journal(organisation)

    def expire(self, organisation: str, on: date) -> list[Receipt]:
        """Void every pending voucher that has expired by a day, each once however often this is called."""
        lapsed = [
            Voucher(
                organisation,
                _expiry_of(each.voucher.key),
                "void_pending",
                max(on, each.voucher.effective_on),
                Cause("expiry", each.voucher.key),
                refers_to=each.voucher.key,
            )
            for each in self.store.lapsed(organisation, on)
        ]
        return self.post(*lapsed)


def _expiry_of(key: str) -> str:
    # a long key is cut, and its digest tells it from others that begin alike
    if len(key) <= 190:
        return f"{key}/expired"
    return f"{key[:150]}-{hashlib.sha256(key.encode()).hexdigest()[:32]}/expired"
