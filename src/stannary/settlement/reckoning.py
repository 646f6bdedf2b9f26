"""How a settlement is written down while it is worked out: inputs, steps, then statement and vouchers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from stannary.errors import Place, Problem
from stannary.ledger.accounts import Account
from stannary.ledger.commodities import amount_of
from stannary.ledger.vouchers import Transfer, Voucher
from stannary.settlement.chart import Chart
from stannary.settlement.statement import Input, Settlement, Statement, Step, cause_of, key_of

__all__ = ["Books", "Leg", "Reckoning", "Tags", "problem"]

MOST_OF_A_NARRATIVE = 300


@dataclass(frozen=True, slots=True)
class Books:
    """In whose books a thing is settled, and under what: fingerprint of the charter, version of software."""

    organisation: str
    charter: str = ""
    software: str = ""

    def chart(self, currency: str) -> Chart:
        """Give the organisation's chart of accounts in a currency."""
        return Chart(self.organisation, currency)


@dataclass(frozen=True, slots=True)
class Leg:
    """An amount in minor units that moves from the account credited to the account debited."""

    debit: Account
    credit: Account
    amount: int

    @classmethod
    def signed(cls, debit: Account, credit: Account, amount: int) -> Leg:
        """Give a leg whose sides are swapped where the amount is negative."""
        return cls(debit, credit, amount) if amount >= 0 else cls(credit, debit, -amount)


@dataclass(frozen=True, slots=True)
class Tags:
    """For whom, out of which programme and for which mineral, for statements of receipts and payments."""

    member: str = ""
    programme: str = ""
    mineral: str = ""


@dataclass
class Reckoning:
    """One settlement in the making. `article` is where the charter asks for it."""

    kind: str
    reference: str
    on: date
    article: str
    inputs: list[Input] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def given(self, name: str, value: Decimal | str, unit: str = "", source: str = "") -> None:
        """Write down something the reckoning starts from."""
        self.inputs.append(Input(name, value, unit, source))

    def step(self, name: str, formula: str, value: Decimal, unit: str, article: str = "") -> Decimal:
        """Write down a step and give its value."""
        self.steps.append(Step(name, formula, value, unit, article or self.article))
        return value

    def rounded(self, name: str, units: int, currency: str) -> None:
        """Write down the one rounding, to whole minor units."""
        self.step(
            name, "rounded once to the minor unit, half away from zero", amount_of(units, currency), currency
        )

    def settle(
        self,
        books: Books,
        owed: tuple[int, str],
        legs: Iterable[Leg],
        parties: tuple[str, str] = ("", ""),
        outcome: str = "",
        tags: Tags = Tags(),
    ) -> Settlement:
        """Give the statement of an amount (minor units, currency) and one voucher with every leg not zero.

        `parties` are who owes and to whom. Where no leg moves anything there is no voucher.
        """
        return self.settle_parts(books, owed, {"settled": (legs, tags)}, parties, outcome)

    def settle_parts(
        self,
        books: Books,
        owed: tuple[int, str],
        parts: Mapping[str, tuple[Iterable[Leg], Tags]],
        parties: tuple[str, str] = ("", ""),
        outcome: str = "",
    ) -> Settlement:
        """Give the statement and one voucher a part, each with its own key, legs and tags."""
        statement = self._statement(books, owed, parties, outcome)
        cause = cause_of(statement)
        vouchers: list[Voucher] = []
        accounts: dict[Account, None] = {}
        for step, (legs, tags) in parts.items():
            moving = [leg for leg in legs if leg.amount != 0]
            if not moving:
                continue
            accounts.update(dict.fromkeys(side for leg in moving for side in (leg.debit, leg.credit)))
            vouchers.append(
                Voucher(
                    books.organisation,
                    key_of(self.kind, self.reference, step),
                    "post",
                    self.on,
                    cause,
                    together(moving),
                    narrative=(statement.outcome or statement.owed)[:MOST_OF_A_NARRATIVE],
                    member=tags.member,
                    programme=tags.programme,
                    mineral=tags.mineral,
                )
            )
        return Settlement(statement, tuple(vouchers), tuple(accounts))

    def _statement(
        self, books: Books, owed: tuple[int, str], parties: tuple[str, str], outcome: str
    ) -> Statement:
        units, currency = owed
        return Statement(
            kind=self.kind,
            reference=self.reference,
            organisation=books.organisation,
            on=self.on,
            inputs=tuple(self.inputs),
            steps=tuple(self.steps),
            amount=amount_of(units, currency),
            currency=currency,
            article=self.article,
            charter=books.charter,
            software=books.software,
            payer=parties[0],
            payee=parties[1],
            outcome=outcome,
        )


def together(legs: Sequence[Leg]) -> tuple[Transfer, ...]:
    """Give legs as transfers, those between the same two accounts as one, in order of first mention."""
    sums: dict[tuple[str, str, str], int] = {}
    for leg in legs:
        at = (leg.debit.name, leg.credit.name, leg.debit.commodity)
        sums[at] = sums.get(at, 0) + leg.amount
    return tuple(Transfer(debit, credit, amount, unit) for (debit, credit, unit), amount in sums.items())


def problem(code: str, message: str, remedy: str, path: str) -> Problem:
    """Give a problem of a settlement at a path such as ``contract.mp-materials-ppa``."""
    return Problem(f"STN-SETTLE-{code}", message, remedy, Place(path=path))
